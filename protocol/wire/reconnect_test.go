package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// again joins the client to another session, and returns the events of that.
func (p *pair) again(bank *protocol.Bank, config ServerConfig) []Event {
	p.t.Helper()
	p.server.Close(protocol.OK, "the connection is lost")
	p.server = NewServer(p.now, bank, config)
	p.server.OnFinished(func(*protocol.Transaction) {})
	var lost []Event
	p.client.Reconnect(func(e *Event) { lost = append(lost, *e) })
	return append(lost, p.settle()...)
}

// brief says of each event what it is and of which request.
func brief(events []Event) (all []string) {
	for _, e := range events {
		name := map[Kind]string{Greeted: "greeted", Answered: "answered", Done: "done", Refused: "refused", Resumed: "resumed", Lost: "lost", Pushed: "pushed"}[e.Kind]
		all = append(all, fmt.Sprint(name, " ", e.ID))
	}
	return all
}

func TestAfterALossWatchesAndClaimsGoOnAndTheRestIsLost(t *testing.T) {
	w := newWorkshop(t)
	p, slow := w.slow(t)
	c := p.client
	watch := must(t)(c.WatchWith([]protocol.Ref{0, 1}, WatchSettings{Heartbeat: time.Second, Deadband: Percent, Limit: 5}))
	claim := must(t)(c.Claim([]protocol.Ref{2}, 0))
	ended := must(t)(c.Watch([]protocol.Ref{1}, 0, false))
	p.settle()
	write := must(t)(c.Write(0, protocol.I64, protocol.IntValue(5)))
	p.settle()
	end := must(t)(c.Unwatch(ended))
	young := must(t)(c.Watch([]protocol.Ref{3}, 0, true))
	read := must(t)(c.Read(0, 0, false))
	if len(slow.queue) != 1 {
		t.Fatalf("%d writes wait", len(slow.queue))
	}
	want := []string{fmt.Sprint("lost ", ended), fmt.Sprint("lost ", write), fmt.Sprint("lost ", end), fmt.Sprint("lost ", read), "greeted 0",
		fmt.Sprint("resumed ", watch), fmt.Sprint("pushed ", watch), fmt.Sprint("resumed ", claim), fmt.Sprint("done ", young), fmt.Sprint("pushed ", young)}
	events := p.again(w.bank, w.config)
	if got := brief(events); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if first := events[6]; len(first.Entries) != 2 {
		t.Errorf("the watch begins with %+v", first)
	}
	if c.InFlight() != 3 || p.server.Claimed() != 1 {
		t.Errorf("%d in flight, %d claimed", c.InFlight(), p.server.Claimed())
	}
	// And once more, with nothing else under way.
	if got := brief(p.again(w.bank, w.config)); !slices.Equal(got, []string{"greeted 0", fmt.Sprint("resumed ", watch), fmt.Sprint("pushed ", watch),
		fmt.Sprint("resumed ", claim), fmt.Sprint("resumed ", young), fmt.Sprint("pushed ", young)}) {
		t.Errorf("the second time: %v", got)
	}
}

func TestAClaimWhoseReleaseIsLostIsNotMadeAgain(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	old := must(t)(p.client.Claim([]protocol.Ref{1}, 0))
	p.settle()
	release := must(t)(p.client.Release())
	young := must(t)(p.client.Claim([]protocol.Ref{2}, 0))
	got := brief(p.again(w.bank, w.config))
	if want := []string{fmt.Sprint("lost ", old), fmt.Sprint("lost ", release), "greeted 0", fmt.Sprint("done ", young)}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if p.server.Claimed() != 1 || p.client.InFlight() != 1 {
		t.Errorf("%d claimed, %d in flight", p.server.Claimed(), p.client.InFlight())
	}
	// A claim asked for before the release has been answered stays.
	must(t)(p.client.Release())
	must(t)(p.client.Claim([]protocol.Ref{4}, 0))
	p.settle()
	if p.server.Claimed() != 1 || p.client.InFlight() != 1 {
		t.Errorf("%d claimed, %d in flight", p.server.Claimed(), p.client.InFlight())
	}
}

func TestAnotherMapEndsAClientThatReconnects(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	must(t)(p.client.Watch([]protocol.Ref{0}, 0, false))
	p.settle()
	l := newLine(t, many(8, protocol.I64)...)
	p.again(l.bank, ServerConfig{})
	if err := p.client.Err(); !errors.Is(err, protocol.MapDiffers) {
		t.Errorf("got %v", err)
	}
}

func TestRequestsMayBeMadeWhileLostOnesAreTold(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	claim := must(t)(p.client.Claim([]protocol.Ref{0}, 0))
	p.settle()
	p.client.last = math.MaxUint16 - 2
	for range 3 {
		must(t)(p.client.Read(0, 0, false)) // the last one has the id after that of the claim
	}
	p.server.Close(protocol.OK, "the connection is lost")
	p.server = NewServer(0, w.bank, w.config)
	var again []uint16
	p.client.Reconnect(func(e *Event) { again = append(again, must(t)(p.client.Read(1, 0, false))) })
	got := brief(p.settle())
	want := []string{"greeted 0", fmt.Sprint("resumed ", claim)}
	for _, id := range again {
		want = append(want, fmt.Sprint("answered ", id))
	}
	if len(again) != 3 || !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestIdsGoRoundPastThoseInUse(t *testing.T) {
	l := newLine(t, many(2, protocol.I32)...)
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	watch := must(t)(p.client.Watch([]protocol.Ref{0}, 0, false))
	p.settle()
	p.client.last = math.MaxUint16 - 1
	var ids []uint16
	for range 3 {
		id := must(t)(p.client.Read(1, 0, false))
		if e := p.one(); e.ID != id || e.Kind != Answered {
			t.Fatalf("%+v", e)
		}
		ids = append(ids, id)
	}
	if !slices.Equal(ids, []uint16{math.MaxUint16, watch + 1, watch + 2}) {
		t.Errorf("the ids are %v; 0 is none, and %d a watch", ids, watch)
	}
	l.outs[0].SetInt(1, 5)
	p.server.Tick(1)
	if e := p.one(); e.Kind != Pushed || e.ID != watch {
		t.Errorf("%+v", e)
	}
	// A watch under an id that is one is refused, and the old one stays.
	p.server.Receive(0, []byte{opWatch, byte(watch), 0, 6, 0, 0, 0, 0, 0, 1, 0})
	if out := p.server.Output(); len(out) != 4 || out[0] != opFail || out[3] != byte(protocol.Malformed) {
		t.Errorf("the answer is % x", out)
	}
	if n, registers := p.server.Watches(); n != 1 || registers != 1 {
		t.Errorf("%d watches of %d registers", n, registers)
	}
}

// A device may need a minute for a write. The server lives: it answers pings.
func TestAClientWaitsForASlowWriteAsLongAsTheServerLives(t *testing.T) {
	w := newWorkshop(t)
	p, slow := w.slow(t)
	id := must(t)(p.client.Write(0, protocol.I64, protocol.IntValue(5)))
	for ; p.now < time.Minute; p.now += time.Second {
		if err := p.client.Tick(p.now); err != nil {
			t.Fatalf("after %v: %v", p.now, err)
		}
		for _, e := range p.settle() {
			if e.ID == id {
				t.Fatalf("%+v", e)
			}
		}
		p.server.Tick(p.now)
	}
	slow.finish(p, 0)
	if e := p.one(); e.ID != id || e.Kind != Done {
		t.Errorf("%+v", e)
	}
}

func TestALowerGrantEndsOnlyWhoUsesMore(t *testing.T) {
	w := newWorkshop(t)
	grant := protocol.Grant{Access: protocol.Engineer, Name: "lamp"}
	known := true
	w.config.Authorise = func(Credentials) (protocol.Grant, bool) { return grant, known }
	reader, watcher, source := w.pair(t), w.pair(t), w.pair(t)
	all := []*pair{reader, watcher, source}
	must(t)(watcher.client.Watch([]protocol.Ref{0, 6}, 0, false))
	watcher.settle()
	source.status(source.client.Claim([]protocol.Ref{1, 3}, 0))
	read := func(p *pair, ref protocol.Ref) protocol.Status { return p.status(p.client.Read(ref, 0, false)) }
	configure := func() {
		for _, p := range all {
			p.server.Configure(w.config)
			p.settle()
		}
	}
	configure()
	for _, p := range all {
		if s := read(p, 6); s != protocol.OK || p.server.Name() != "lamp" {
			t.Fatal(s)
		}
	}
	grant.Read = []protocol.Range{{First: 0, Last: 5}}
	configure()
	if s := read(reader, 6); s != protocol.NotAuthorised {
		t.Errorf("a register that was read just before: %v", s)
	}
	if err := watcher.client.Err(); !errors.Is(err, protocol.NotAuthorised) {
		t.Errorf("a watch of what may not be read: %v", err)
	}
	if s := read(source, 5); s != protocol.OK {
		t.Errorf("the others: %v", s)
	}
	grant.Access = protocol.Operator
	configure()
	if err := source.client.Err(); !errors.Is(err, protocol.NotAuthorised) || w.qualities() != "gbgbgggg" {
		t.Errorf("a claim of what may not be written: %v, qualities %s", err, w.qualities())
	}
	if s := reader.status(reader.client.Write(3, protocol.I64, protocol.IntValue(1))); s != protocol.NotAuthorised {
		t.Errorf("a write of an engineer's register: %v", s)
	}
	known = false
	configure()
	if err := reader.client.Err(); !errors.Is(err, protocol.NotAuthorised) {
		t.Errorf("a client that is no longer known: %v", err)
	}
}

// Settings that say nothing of who carries out writes do not take that away: the session
// has told its client that it does.
func TestConfigureKeepsWhatTheClientWasGranted(t *testing.T) {
	w := newWorkshop(t)
	w.config.LineTime = func() time.Duration { return 5 * time.Second }
	w.config.Idle = 40 * time.Second
	p := w.pair(t)
	p.status(p.client.Claim([]protocol.Ref{0}, 0))
	p.server.Configure(ServerConfig{Idle: 10 * time.Second})
	if s := p.status(p.client.Write(0, protocol.I64, protocol.IntValue(3))); s != protocol.OK {
		t.Error(s)
	}
	if s := p.status(p.client.Clock(1, 0)); s != protocol.OK {
		t.Error(s)
	}
	p.server.Tick(39 * time.Second)
	if err := p.server.Err(); err != nil {
		t.Errorf("before the idle time that the client was told: %v", err)
	}
	p.server.Configure(ServerConfig{})
	p.server.Close(protocol.Busy, "kicked")
	if got := w.qualities(); got != "bggggggg" {
		t.Errorf("qualities %s", got)
	}
}
