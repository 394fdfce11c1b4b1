package twin

import (
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

func watchedGroup() *clientGroup {
	all := []string{"*"}
	return newClientGroups(bench.NewMetrics(), &specs.Scenario{Clients: map[string]specs.Clients{"hmi": {
		Watch: specs.ClientWatch{Registers: all}, Read: specs.ClientRead{Registers: all}, Write: specs.ClientWrite{Registers: all},
		Publish: specs.ClientPublish{Registers: all}, Clock: specs.ClientClock{Every: 1},
	}}})["hmi"]
}

func TestAnAcknowledgedWriteThatTheRegisterNeverHadIsLost(t *testing.T) {
	g := watchedGroup()
	h := new(valueHistory)
	g.history[3] = h
	const s = time.Second
	h.add(0, protocol.IntValue(1))
	h.add(10*s, protocol.IntValue(2))
	h.add(11*s, protocol.IntValue(3))
	for _, c := range []struct {
		name     string
		register uint32
		value    uint64
		at, took time.Duration
		lost     bool
	}{
		{"it is there", 3, 3, 12 * s, 2 * s, false},
		{"it was there, and was overwritten", 3, 2, 12 * s, 3 * s, false},
		{"it was there before, and when the request was made", 3, 1, 12 * s, 4 * s, false},
		{"it was there before the request only", 3, 1, 12 * s, s / 2, true},
		{"it was never there", 3, 4, 12 * s, 2 * s, true},
		{"nobody knows the register", 4, 3, 12 * s, 2 * s, true},
	} {
		before := g.lostWrites.Count()
		g.happened(c.at, &device.ClientEvent{What: device.ClientWrote, Register: c.register, Value: c.value, Took: c.took})
		if lost := g.lostWrites.Count() > before; lost != c.lost {
			t.Errorf("%s: lost %t", c.name, lost)
		}
	}
}

func TestTheHistoryOfARegisterIsBounded(t *testing.T) {
	h := new(valueHistory)
	for i := range 100_000 {
		h.add(time.Duration(i)*time.Second, protocol.IntValue(int64(i)))
	}
	if n := len(h.values); n > 1000 {
		t.Errorf("%d values are kept", n)
	}
	if !h.had(99_999*time.Second-remembers, protocol.IntValue(99_999-200)) || h.had(99_990*time.Second, protocol.IntValue(5)) {
		t.Error("what is kept is not what counts")
	}
}

func TestALostSourceIsBlindUntilItsRegisterIsBad(t *testing.T) {
	const s = time.Second
	p := &published{hold: 3 * s}
	if _, lost := p.says(0, protocol.Good); lost {
		t.Error("the first value is a source's")
	}
	for _, c := range []struct {
		at   time.Duration
		q    protocol.Quality
		age  time.Duration
		lost bool
	}{{s, protocol.Good, s, false}, {2 * s, protocol.Good, s, false}, {5 * s, protocol.Bad, 3 * s, true}, {6 * s, protocol.Bad, s, false}, {7 * s, protocol.Good, s, false}} {
		if age, lost := p.says(c.at, c.q); age != c.age || lost != c.lost {
			t.Errorf("at %v: %v, %t", c.at, age, lost)
		}
	}
	if _, lost := p.ends(12 * s); lost {
		t.Error("within twice the hold it may be on its way")
	}
	if age, lost := p.ends(14 * s); !lost || age != 7*s {
		t.Errorf("a register that stays good: %v, %t", age, lost)
	}
}

func TestWhatHappensToClientsIsMeasured(t *testing.T) {
	g := watchedGroup()
	for _, e := range []device.ClientEvent{
		{What: device.ClientConnected}, {What: device.ClientBroken}, {What: device.ClientConnected, Took: time.Second},
		{What: device.ClientResumed, Took: time.Second}, {What: device.ClientNotResumed},
		{What: device.ClientAnswered, Took: 20 * time.Millisecond}, {What: device.ClientRefused}, {What: device.ClientLost},
		{What: device.ClientPushed, Took: 30 * time.Millisecond, Count: 7}, {What: device.ClientStalePush}, {What: device.ClientStaleRead},
		{What: device.ClientDropped}, {What: device.ClientClock, Error: -0.01, Uncertainty: 0.02}, {What: device.ClientClock, Error: -0.03, Uncertainty: 0.02},
	} {
		g.happened(time.Minute, &e)
	}
	hits, total := g.resumed.Counts()
	for name, c := range map[string][2]uint64{
		"reconnects": {g.reconnects.Count(), 1}, "recovery": {g.recovery.Count(), 1}, "resumed": {hits, 1}, "of": {total, 2},
		"requests": {g.requests.Count(), 1}, "latency": {g.latency.Count(), 1}, "refused": {g.refused.Count(), 1}, "lost": {g.lost.Count(), 1},
		"pushes": {g.pushes.Count(), 1}, "push_delay": {g.pushDelay.Count(), 1}, "coalesced": {g.coalesced.Count(), 7},
		"stale_pushes": {g.stalePushes.Count(), 1}, "stale_reads": {g.staleReads.Count(), 1}, "dropped": {g.dropped.Count(), 1},
		"clock_error": {g.clockError.Count(), 2}, "clock_wrong": {g.wrongClock.Count(), 1},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %d, want %d", name, c[0], c[1])
		}
	}
}
