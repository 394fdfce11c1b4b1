package wire

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

func TestADeadbandHoldsBackWhatIsWithinIt(t *testing.T) {
	i, u, f := protocol.IntValue, protocol.UintValue, protocol.FloatValue
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		typ      protocol.Type
		deadband Deadband
		limit    float32
		from, to protocol.Value
		pushed   bool
	}{
		{protocol.I16, NoDeadband, 0, i(5), i(6), true},
		{protocol.I16, Absolute, 2, i(5), i(7), false},
		{protocol.I16, Absolute, 2, i(5), i(8), true},
		{protocol.I16, Absolute, 2, i(5), i(3), false},
		{protocol.I16, Absolute, 2, i(-1), i(2), true},
		{protocol.I16, Absolute, 0, i(5), i(6), true},
		{protocol.U64, Absolute, 1, u(1 << 63), u(1<<63 + 1), false},
		{protocol.U64, Absolute, 1, u(1 << 63), u(1<<63 + 2), true},
		{protocol.U64, Absolute, 0, u(math.MaxUint64 - 1), u(math.MaxUint64), true},
		{protocol.U64, Absolute, 1e19, u(0), u(math.MaxUint64), true},
		{protocol.I64, Absolute, 0, i(1 << 62), i(1<<62 - 1), true},
		{protocol.I64, Absolute, 1e19, i(math.MinInt64), i(math.MaxInt64), true},
		{protocol.F64, Absolute, 0.5, f(1), f(1.5), false},
		{protocol.F64, Absolute, 0.5, f(1), f(1.5000001), true},
		{protocol.F64, Absolute, 0.5, f(1), f(nan), true},
		{protocol.F64, Absolute, 0.5, f(nan), f(1), true},
		{protocol.F64, Absolute, 0.5, f(nan), f(nan), false},
		{protocol.F64, Absolute, 0.5, f(inf), f(-inf), true},
		{protocol.F64, Absolute, 0.5, f(inf), f(1), true},
		{protocol.F64, Absolute, math.MaxFloat32, f(1), f(inf), true},
		{protocol.F32, Absolute, 0, f(0), f(math.Copysign(0, -1)), false},
		{protocol.F32, NoDeadband, 0, f(0), f(math.Copysign(0, -1)), true},
		{protocol.F32, Percent, 10, f(200), f(220), false},
		{protocol.F32, Percent, 10, f(200), f(221), true},
		{protocol.F32, Percent, 10, f(-200), f(-180), false},
		{protocol.F32, Percent, 10, f(-200), f(-179), true},
		{protocol.F32, Percent, 10, f(0), f(0x1p-100), true},
		{protocol.F32, Percent, 0, f(7), f(7.5), true},
		{protocol.F64, Percent, 10, f(inf), f(1), true},
		{protocol.F64, Percent, 0, f(inf), f(1), true},
		{protocol.F64, Percent, 10, f(nan), f(1), true},
		{protocol.I32, Percent, 50, i(-4), i(-6), false},
		{protocol.I32, Percent, 50, i(-4), i(-7), true},
		{protocol.Bool, Absolute, 100, u(0), u(1), true},
		{protocol.Bool, Percent, 100, u(1), u(0), true},
	} {
		t.Run(fmt.Sprintf("%v %v by %v %v to %v", c.typ, c.deadband, c.limit, c.from.Format(c.typ), c.to.Format(c.typ)), func(t *testing.T) {
			l := newLine(t, many(1, c.typ)...)
			l.outs[0].Set(1, c.from, protocol.Good)
			p := newPair(t, l, ServerConfig{}, ClientConfig{})
			must(t)(p.client.WatchWith([]protocol.Ref{0}, WatchSettings{Deadband: c.deadband, Limit: c.limit, Timed: true}))
			p.settle()
			l.outs[0].Set(2, c.to, protocol.Good)
			p.server.Tick(1)
			if events := p.settle(); (len(events) == 1) != c.pushed {
				t.Errorf("%d pushes", len(events))
			}
			// A quality is pushed always, and then the new value counts.
			l.outs[0].Set(3, c.to, protocol.Bad)
			p.server.Tick(2)
			if e := p.one(); e.Entries[0].Sample != (protocol.Sample{Value: c.to, Time: 3, Quality: protocol.Bad}) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestDeadbandsThatAreNoneAreRefused(t *testing.T) {
	l := newLine(t, many(1, protocol.F64)...)
	for name, flags := range map[string][5]byte{
		"an unknown deadband": {3 << 1},
		"an unknown flag":     {1 << 3},
		"a negative limit":    {1 << 1, 0, 0, 0x80, 0xbf},
		"an infinite limit":   {1 << 1, 0, 0, 0x80, 0x7f},
		"no number":           {2 << 1, 0, 0, 0xc0, 0x7f},
	} {
		p := newPair(t, l, ServerConfig{}, ClientConfig{})
		request := append(beginSized(nil, opWatchWith, 1), 0, 0, 0, 0, 0, 0, 0, 0)
		request = append(append(request, flags[:]...), 0, 0)
		p.server.Receive(0, endSized(request, 0))
		if out := p.server.Output(); len(out) != 4 || out[0] != opFail || out[3] != byte(protocol.Malformed) || p.server.Watching() {
			t.Errorf("%s: the answer is % x", name, out)
		}
	}
	c := NewClient(ClientConfig{})
	for _, set := range []WatchSettings{{Deadband: 3}, {Deadband: Absolute, Limit: -1}, {Deadband: Percent, Limit: float32(math.NaN())}, {Limit: float32(math.Inf(1))}} {
		if _, err := c.WatchWith([]protocol.Ref{0}, set); err == nil {
			t.Errorf("%+v is accepted", set)
		}
	}
}

func TestAHeartbeatComesWhenNothingElseWasPushed(t *testing.T) {
	l := newLine(t, many(1, protocol.I32)...)
	p := newPair(t, l, ServerConfig{Stall: time.Hour}, ClientConfig{})
	ms := time.Millisecond
	id := must(t)(p.client.WatchWith([]protocol.Ref{0}, WatchSettings{Interval: 10 * ms, Heartbeat: 100 * ms}))
	p.settle()
	at := map[time.Duration]int{} // pushes by the number of their entries, +1
	for p.now = ms; p.now <= 400*ms; p.now += ms {
		if p.now == 150*ms {
			l.outs[0].SetInt(1, 5)
		}
		p.server.Tick(p.now)
		for _, e := range p.settle() {
			if e.Kind != Pushed || e.ID != id {
				t.Fatalf("%+v", e)
			}
			at[p.now] = 1 + len(e.Entries)
		}
	}
	if want := (map[time.Duration]int{100 * ms: 1, 150 * ms: 2, 250 * ms: 1, 350 * ms: 1}); fmt.Sprint(at) != fmt.Sprint(want) {
		t.Errorf("pushes at %v, want %v", at, want)
	}
}

// A watch with a long interval whose turn comes while the client does not read is not put
// off for another interval.
func TestAPushThatWasHeldBackComesAsSoonAsTheClientReads(t *testing.T) {
	l := newLine(t, many(1, protocol.I32)...)
	p := &pair{t: t, client: NewClient(ClientConfig{}), server: NewServer(0, l.bank, ServerConfig{MaxOutput: 1, Stall: 2 * time.Hour, Idle: 2 * time.Hour})}
	p.settle()
	must(t)(p.client.Watch([]protocol.Ref{0}, time.Hour, false))
	p.server.Receive(0, p.client.Output()) // the answer is not read, and so nothing pushed
	p.client.Sent(len(p.client.Output()))
	p.settle()
	p.server.Tick(time.Second)
	if e := p.one(); e.Kind != Pushed {
		t.Errorf("the first: %+v", e)
	}
	l.outs[0].SetInt(1, 5)
	must(t)(p.client.Ping())
	p.server.Receive(0, p.client.Output())
	p.client.Sent(len(p.client.Output()))
	p.server.Tick(time.Hour + time.Second)
	p.settle()
	l.outs[0].SetInt(2, 6)
	p.server.Tick(time.Hour + 2*time.Second)
	if e := p.one(); e.Kind != Pushed || e.Entries[0].Sample.Value.Int() != 6 || e.Coalesced != 1 {
		t.Errorf("the second: %+v", e)
	}
}

// shown is a push in the order in which the server makes them.
func shown(id uint16, coalesced int, entries string) string {
	return fmt.Sprintf("watch %d, %d coalesced:%s", id, coalesced, entries)
}

// follower is what a watch should do, said in another way: it keeps a list of the values
// of each register that fell due and that nobody has seen.
type follower struct {
	WatchSettings
	id        uint16
	refs      []protocol.Ref
	fresh     bool
	due, beat time.Duration
	last      []protocol.Sample
	owed      [][]protocol.Sample
}

func (w *follower) same(a, b protocol.Sample) bool {
	if !w.Timed {
		a.Time, b.Time = 0, 0
	}
	return a == b
}

func (w *follower) changed(t protocol.Type, a, b protocol.Sample) bool {
	if a.Quality != b.Quality || t == protocol.Bool || w.Deadband == NoDeadband {
		return !w.same(a, b)
	}
	limit := float64(w.Limit)
	if w.Deadband == Percent {
		limit = limit / 100 * math.Abs(a.Value.Number(t))
	}
	return math.Abs(a.Value.Number(t)-b.Value.Number(t)) > limit
}

// tick returns what is pushed, or "".
func (w *follower) tick(now time.Duration, bank *protocol.Bank, blocked bool) string {
	lagging := false
	for _, owed := range w.owed {
		lagging = lagging || len(owed) > 0
	}
	switch {
	case blocked && (w.fresh || now < w.due):
	case blocked:
		w.due = now + w.Interval
		for i, ref := range w.refs {
			if s := bank.At(ref).Sample(); w.changed(bank.At(ref).Type(), w.last[i], s) {
				w.last[i], w.owed[i] = s, append(w.owed[i], s)
			}
		}
	case w.fresh || lagging || now >= w.due:
		coalesced, entries := 0, ""
		for i, ref := range w.refs {
			s := bank.At(ref).Sample()
			if !w.fresh && len(w.owed[i]) == 0 && !w.changed(bank.At(ref).Type(), w.last[i], s) {
				continue
			}
			for j, old := range w.owed[i] {
				if j < len(w.owed[i])-1 || !w.same(old, s) {
					coalesced++
				}
			}
			w.last[i], w.owed[i] = s, nil
			if !w.Timed {
				s.Time = 0
			}
			entries += fmt.Sprintf(" %d=%v", i, s)
		}
		if entries == "" && (w.Heartbeat == 0 || now < w.beat) {
			return ""
		}
		w.fresh, w.due, w.beat = false, now+w.Interval, now+w.Heartbeat
		return shown(w.id, coalesced, entries)
	}
	return ""
}

func TestWatchesFollowTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		types := []protocol.Type{protocol.I64, protocol.F64, protocol.Bool, protocol.U16}
		var defs []protocol.Def
		for i, typ := range types {
			defs = append(defs, protocol.Def{Name: fmt.Sprint("r", i), Type: typ})
		}
		l := newLine(t, defs...)
		// With any output at all the client is one that does not read.
		s := NewServer(0, l.bank, ServerConfig{MaxOutput: 1, Idle: time.Hour, Stall: time.Hour})
		c := NewClient(ClientConfig{})
		var got, want []string
		read := func() {
			for len(s.Output()) > 0 {
				if err := c.Receive(s.Output(), func(e *Event) {
					if e.Kind != Pushed {
						return
					}
					entries := ""
					for _, entry := range e.Entries {
						entries += fmt.Sprintf(" %d=%v", entry.Index, entry.Sample)
					}
					got = append(got, shown(e.ID, e.Coalesced, entries))
				}); err != nil {
					t.Fatal(err)
				}
				s.Sent(0, len(s.Output()))
			}
		}
		send := func() {
			s.Receive(0, c.Output())
			c.Sent(len(c.Output()))
		}
		send()
		read()
		var watches []*follower
		for range rapid.IntRange(1, 2).Draw(t, "watches") {
			set := WatchSettings{
				Interval:  time.Duration(rapid.SampledFrom([]int{0, 0, 3, 10}).Draw(t, "interval")) * time.Millisecond,
				Heartbeat: time.Duration(rapid.SampledFrom([]int{0, 0, 2, 7}).Draw(t, "heartbeat")) * time.Millisecond,
				Timed:     rapid.Bool().Draw(t, "timed"),
				Deadband:  Deadband(rapid.IntRange(0, 2).Draw(t, "deadband")),
				Limit:     rapid.SampledFrom([]float32{0, 1, 50}).Draw(t, "limit"),
			}
			refs := []protocol.Ref{3, 0, 1, 2}[:rapid.IntRange(1, 4).Draw(t, "registers")]
			id, err := c.WatchWith(refs, set)
			if err != nil {
				t.Fatal(err)
			}
			watches = append(watches, &follower{WatchSettings: set, id: id, refs: refs, fresh: true,
				last: make([]protocol.Sample, len(refs)), owed: make([][]protocol.Sample, len(refs))})
			send() // its answer makes the output full, so that its first push comes later
			read()
		}
		for now := time.Duration(1); now < 60; now++ {
			at := now * time.Millisecond
			for range rapid.IntRange(0, 2).Draw(t, "writes") {
				ref := rapid.IntRange(0, len(types)-1).Draw(t, "ref")
				v := rapid.Int64Range(0, 3).Draw(t, "value")
				value := protocol.IntValue(v)
				switch types[ref] {
				case protocol.F64:
					value = protocol.FloatValue(float64(v))
				case protocol.Bool:
					value = protocol.BoolValue(v > 1)
				}
				l.outs[ref].Set(at, value, protocol.Quality(rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(t, "quality")))
			}
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0:
				if _, err := c.Ping(); err != nil {
					t.Fatal(err)
				}
				if !s.Blocked() {
					send()
				}
			case 1, 2:
				read()
			}
			blocked := s.Blocked()
			s.Tick(at)
			for _, w := range watches {
				if push := w.tick(at, l.bank, blocked); push != "" {
					want = append(want, push)
					blocked = true
				}
			}
		}
		read()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Fatalf("push %d of %d and %d:\n%v\nwant\n%v", i, len(got), len(want), got[min(i, len(got)):], want[min(i, len(want)):])
				}
			}
		}
		if total := s.Counts(); total.Pushes != uint64(len(want)) {
			t.Fatalf("%d pushes are counted, there were %d", total.Pushes, len(want))
		}
	})
}
