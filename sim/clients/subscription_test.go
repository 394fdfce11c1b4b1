package clients

import (
	"maps"
	"math"
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// watched takes an event of a watch.
func (a *actor) watched(now time.Duration, s *subscription, e *wire.Event) {
	switch e.Kind {
	case wire.Done, wire.Resumed:
		s.resumed = true
	case wire.Lost: // with the request to end it
	case wire.Refused:
		a.w.wrong(now, "%s: a watch is refused: %v", a.name, e.Status)
	case wire.Pushed:
		a.pushed(now, s, e)
	}
}

// pushed checks that what a watch shows was so, at one instant, not before what it showed
// before, and on a new connection not before that.
func (a *actor) pushed(now time.Duration, s *subscription, e *wire.Event) {
	from := s.moment
	if !s.whole {
		if len(e.Entries) != len(s.refs) {
			a.w.wrong(now, "%s: the first push on a connection has %d of %d registers", a.name, len(e.Entries), len(s.refs))
		}
		from = max(from, s.asked)
	}
	for _, x := range e.Entries {
		s.held[x.Index] = x.Sample
	}
	s.whole, s.pushed = true, now
	at, ok := a.w.since(from, s.refs, s.held, s.set.Timed)
	if !ok {
		a.w.wrong(now, "%s: a push shows registers %v as %v, which they were not since moment %d of %d", a.name, s.refs, s.held, from, len(a.w.truth))
		return
	}
	if e.Coalesced > a.w.changes(s.moment, s.refs) {
		a.w.wrong(now, "%s: %d values were coalesced, of %d", a.name, e.Coalesced, a.w.changes(s.moment, s.refs))
	}
	s.moment = at
}

// settle begins the quiet time at the end: every actor looks once more at everything.
func (a *actor) settle(now time.Duration) {
	a.quiet = true
	a.client.Ask(now, func(c *wire.Client) {
		a.call(0, operation{reads: []int{0, 1, 2}})(c.Block(cellA, 3, protocol.I64))
		for _, ref := range []protocol.Ref{sum, swap, mask} {
			a.call(objects[ref].object, operation{reads: []int{0}})(c.Read(ref, 0, false))
		}
	})
}

// judge checks what must be so at the end.
func (a *actor) judge(now time.Duration) {
	if !a.client.Connected() {
		a.w.wrong(now, "%s is not connected although all has been well since %v", a.name, stormy)
		return
	}
	if len(a.pending) > 0 {
		a.w.wrong(now, "%s: %d requests have no answer", a.name, len(a.pending))
	}
	for _, id := range slices.Sorted(maps.Keys(a.watches)) {
		s := a.watches[id]
		if !s.resumed {
			a.w.wrong(now, "%s: the watch of %v was not resumed", a.name, s.refs)
			continue
		}
		for i, ref := range s.refs {
			a.judgeValue(now, s, a.w.bank.At(ref), s.held[i])
		}
		if s.set.Heartbeat > 0 && now-s.pushed > s.set.Heartbeat+4*poll {
			a.w.wrong(now, "%s: nothing was pushed since %v, the heartbeat is %v", a.name, s.pushed, s.set.Heartbeat)
		}
	}
}

// judgeValue holds the last value of a watch against what the register holds.
func (a *actor) judgeValue(now time.Duration, s *subscription, in *protocol.In, held protocol.Sample) {
	is := in.Sample()
	switch {
	case in.Ref() == lineCount:
		// It never rests: what is shown is as old as the network and the interval make it.
		if age := is.Value.Int() - held.Value.Int(); age > 20 {
			a.w.wrong(now, "%s: the watch of the counter ends %d behind", a.name, age)
		}
	case s.set.Deadband == wire.Absolute:
		if off := math.Abs(is.Value.Float() - held.Value.Float()); off > float64(s.set.Limit)+8 {
			a.w.wrong(now, "%s: the watch of the level is off by %v", a.name, off)
		}
	case is.Value != held.Value || is.Quality != held.Quality:
		a.w.wrong(now, "%s: the watch of register %d ends with %v, the register has %v", a.name, in.Ref(), held.Value.Int(), is.Value.Int())
	}
}
