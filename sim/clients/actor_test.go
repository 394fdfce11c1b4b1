package clients

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
)

// actor is a client that asks for all that can be asked, at random, and checks what it
// can at once. The first two want to be the source of the register remote.
type actor struct {
	w      *world
	id     int
	name   string
	rnd    *rand.Rand
	client *Client
	powers int // starts

	offset time.Duration // of its clock
	drift  float64
	clock  timesync.Estimator
	back   time.Duration // when the last answer about the clock came, by its own

	pending   map[uint16]*operation
	timing    map[uint16]bool // clock requests
	watches   map[uint16]*subscription
	endings   map[uint16]uint16 // requests to end a watch, and which
	claim     uint16
	source    bool   // it believes that it is the source
	rewatched uint16 // the watch that is ended and begun again
	swapped   int64
	quiet     bool // it asks for no more
}

// subscription is what an actor knows of one of its watches.
type subscription struct {
	set     wire.WatchSettings
	refs    []protocol.Ref
	held    []protocol.Sample
	asked   int // moment at which it was asked for on this connection
	moment  int // the earliest at which the registers can have held what was pushed
	pushed  time.Duration
	resumed bool // it stands on this connection
	whole   bool // all its registers came on this connection
	ended   bool // its end was asked for
}

func newActor(w *world, id int) *actor {
	a := &actor{w: w, id: id, name: fmt.Sprint("actor ", id), rnd: w.comp.Rand(fmt.Sprint("actor ", id))}
	a.offset = time.Duration(a.rnd.Int64N(int64(10 * time.Second)))
	a.drift = timesync.Drift * (2*a.rnd.Float64() - 1)
	a.client = NewClient(w.net, w.at, w.comp.Rand(a.name+" network"), a, ClientOptions{
		Wire:     wire.ClientConfig{Name: a.name, KeepAlive: 500 * time.Millisecond, Silence: silence, MaxInFlight: 64},
		Patience: 700 * time.Millisecond, Backoff: 50 * time.Millisecond, MaxBackoff: 500 * time.Millisecond,
	})
	w.at(w.millis(100), a.act)
	if id < 2 {
		w.at(w.millis(100), a.publish)
	}
	return a
}

func (a *actor) on(now time.Duration) {
	a.powers++
	a.client.On(now)
}

func (a *actor) off(now time.Duration) { a.client.Off(now) }

// local is the time by the actor's clock.
func (a *actor) local(now time.Duration) time.Duration {
	return now + a.offset + time.Duration(a.drift*float64(now))
}

// Begin asks for the watches. They are asked for anew on each connection.
func (a *actor) Begin(now time.Duration, c *wire.Client) {
	a.pending, a.watches, a.timing = map[uint16]*operation{}, map[uint16]*subscription{}, map[uint16]bool{}
	a.endings = map[uint16]uint16{}
	a.source, a.back = false, 0
	var e timesync.Estimator
	a.clock = e
	a.rewatched = a.watch(now, c, []protocol.Ref{cellA, cellB, cellC}, wire.WatchSettings{Interval: a.w.millis(50), Timed: a.id%2 == 0})
	a.watch(now, c, []protocol.Ref{lineCount}, wire.WatchSettings{Interval: a.w.millis(30), Timed: true})
	a.watch(now, c, []protocol.Ref{lineLevel}, wire.WatchSettings{Interval: a.w.millis(30), Deadband: wire.Absolute, Limit: 3})
	a.watch(now, c, []protocol.Ref{mask}, wire.WatchSettings{Heartbeat: beat})
	if a.id < 2 {
		a.take(c)
	}
}

// watch asks for a watch. Intervals are whole microseconds.
func (a *actor) watch(now time.Duration, c *wire.Client, refs []protocol.Ref, set wire.WatchSettings) uint16 {
	set.Interval = set.Interval.Truncate(time.Microsecond)
	id, err := c.WatchWith(refs, set)
	if err != nil {
		a.w.wrong(now, "%s: watch: %v", a.name, err)
		return 0
	}
	a.watches[id] = &subscription{set: set, refs: refs, held: make([]protocol.Sample, len(refs)), asked: len(a.w.truth) - 1}
	return id
}

// take claims the register remote.
func (a *actor) take(c *wire.Client) {
	if id, err := c.Claim([]protocol.Ref{remote}, holds); err == nil {
		a.claim = id
	}
}

// publish writes the register while the actor is its source.
func (a *actor) publish(now time.Duration) {
	a.w.at(now+100*time.Millisecond, a.publish)
	a.client.Ask(now, func(c *wire.Client) {
		if a.source {
			a.w.fresh++
			_, _ = c.Write(remote, protocol.I64, protocol.IntValue(a.w.fresh*actors+int64(a.id)))
		}
	})
}

// act makes a request, and another one after a while.
func (a *actor) act(now time.Duration) {
	a.w.at(now+time.Duration(a.rnd.ExpFloat64()*float64(60*time.Millisecond)), a.act)
	if a.quiet {
		return
	}
	if a.rnd.IntN(100) == 0 && now < stormy {
		a.client.Deafen()
	}
	a.client.Ask(now, func(c *wire.Client) {
		if len(a.pending) < 4 {
			a.ask(now, c)
		}
	})
}

func (a *actor) ask(now time.Duration, c *wire.Client) {
	any := []protocol.Ref{cellA, cellB, cellC, sum, swap, mask}
	ref := any[a.rnd.IntN(len(any))]
	cell := cellA + protocol.Ref(a.rnd.IntN(3))
	switch a.rnd.IntN(14) {
	case 0:
		a.call(objects[ref].object, operation{reads: []int{objects[ref].cell}})(c.Read(ref, 0, a.rnd.IntN(2) == 0))
	case 1:
		a.call(0, operation{reads: []int{0, 1, 2}})(c.Block(cellA, 3, protocol.I64))
	case 2:
		a.call(0, operation{reads: []int{2, 0}})(c.List([]protocol.Ref{cellC, cellA}, true))
	case 3, 4:
		v := a.value()
		a.call(0, operation{steps: []step{{cell: int(cell - cellA), value: v}}})(c.Write(cell, protocol.I64, protocol.IntValue(v)))
	case 5, 6:
		a.transact(c)
	case 7, 8:
		if a.adding() {
			return // many lost sums are beyond any checker
		}
		v := a.rnd.Int64N(1 << 50) // so that a sum tells what was added
		a.call(1, operation{steps: []step{{action: protocol.Add, value: v}}})(
			c.Change(protocol.I64, protocol.Change{Ref: sum, Action: protocol.Add, Value: protocol.IntValue(v)}))
	case 9:
		v := a.value()
		a.call(2, operation{steps: []step{{action: protocol.CompareSet, value: v, operand: a.swapped}}})(
			c.Change(protocol.I64, protocol.Change{Ref: swap, Action: protocol.CompareSet, Value: protocol.IntValue(v), Operand: protocol.IntValue(a.swapped)}))
	case 10:
		bit := int64(1) << a.rnd.IntN(60)
		a.call(3, operation{steps: []step{{action: protocol.Mask, value: a.value() & bit, operand: ^bit}}})(
			c.Change(protocol.U64, protocol.Change{Ref: mask, Action: protocol.Mask, Value: protocol.IntValue(a.w.fresh & bit), Operand: protocol.IntValue(^bit)}))
	case 11:
		if id, err := c.Clock(a.local(now), a.back); err == nil {
			a.timing[id] = true
		}
	case 12:
		_, _ = c.Ping()
	case 13:
		a.rewatch(now, c)
	}
}

// adding tells whether the actor has an add without an answer.
func (a *actor) adding() bool {
	for _, o := range a.pending {
		if len(o.steps) == 1 && o.steps[0].action == protocol.Add {
			return true
		}
	}
	return false
}

// value that nobody has written yet.
func (a *actor) value() int64 {
	a.w.fresh++
	return a.w.fresh
}

// transact sets some cells and reads others, all at one instant.
func (a *actor) transact(c *wire.Client) {
	o := operation{reads: []int{0, 1, 2}}
	var changes []wire.TypedChange
	for range 2 + a.rnd.IntN(2) {
		cell, v := a.rnd.IntN(3), a.value()
		o.steps = append(o.steps, step{cell: cell, value: v})
		changes = append(changes, wire.TypedChange{Type: protocol.I64, Change: protocol.Change{Ref: cellA + protocol.Ref(cell), Value: protocol.IntValue(v)}})
	}
	a.call(0, o)(c.Transact(changes, []protocol.Ref{cellA, cellB, cellC}, false))
}

// rewatch ends the watch of the cells and begins another one.
func (a *actor) rewatch(now time.Duration, c *wire.Client) {
	s := a.watches[a.rewatched]
	if s == nil || !s.resumed {
		return // it is on its way
	}
	if id, err := c.Unwatch(a.rewatched); err == nil {
		s.ended = true
		a.endings[id] = a.rewatched
		a.rewatched = a.watch(now, c, s.refs, s.set)
	}
}

// call puts an operation into the history.
func (a *actor) call(object int, o operation) func(id uint16, err error) {
	return func(id uint16, err error) {
		if err != nil {
			a.w.wrong(a.w.comp.Now(), "%s cannot ask: %v", a.name, err)
			return
		}
		a.w.order++
		o.client, o.call, o.ret = a.id, a.w.order, never
		a.pending[id] = &o
		a.w.history[object] = append(a.w.history[object], &o)
	}
}

// Said takes what the server said, unless a mutant has taken it.
func (a *actor) Said(now time.Duration, c *wire.Client, e *wire.Event) {
	if a.w.event == nil {
		a.said(now, c, e)
		return
	}
	kept := *e
	kept.Entries = append([]wire.Entry(nil), e.Entries...)
	a.w.event(a, kept, func(e wire.Event) { a.said(now, c, &e) })
}

func (a *actor) said(now time.Duration, c *wire.Client, e *wire.Event) {
	a.w.note(now, a.id, e.Kind, e.ID, e.Status, len(e.Entries), e.Coalesced)
	switch {
	case e.Kind == wire.Lost:
		a.w.meet("lost")
	case e.Kind == wire.Resumed:
		a.w.meet("resumed")
	case e.Kind == wire.Refused:
		a.w.meet("refused: " + e.Status.String())
	case e.Coalesced > 0:
		a.w.meet("coalesced")
	}
	if s := a.watches[e.ID]; s != nil {
		a.watched(now, s, e)
		return
	}
	if id := a.endings[e.ID]; id != 0 {
		delete(a.endings, e.ID)
		delete(a.watches, id) // also if the request was lost: it is not asked for anew
		return
	}
	switch {
	case e.Kind == wire.Lost:
		delete(a.timing, e.ID)
		delete(a.pending, e.ID) // in the history it has no return
		return
	case e.ID == a.claim && e.ID != 0:
		a.claimed(now, c, e)
		return
	case a.timing[e.ID] && e.Kind == wire.Timed:
		delete(a.timing, e.ID)
		a.timed(now, e.Exchange)
		return
	}
	if o := a.pending[e.ID]; o != nil {
		delete(a.pending, e.ID)
		a.finish(now, o, e)
	}
}

// claimed notes whether the actor is the source; while another one is, it asks again.
func (a *actor) claimed(now time.Duration, c *wire.Client, e *wire.Event) {
	a.source = e.Kind == wire.Done || e.Kind == wire.Resumed
	if a.source {
		return
	}
	a.claim = 0
	if e.Status != protocol.Busy {
		a.w.wrong(now, "%s: its claim is refused: %v", a.name, e.Status)
	}
	power := a.powers
	a.w.at(now+200*time.Millisecond, func(now time.Duration) {
		if a.powers == power && a.claim == 0 {
			a.take(c) // also without a connection: it is asked for when there is one
			a.client.Ask(now, func(*wire.Client) {})
		}
	})
}

// timed holds the estimate of the line's clock against the truth.
func (a *actor) timed(now time.Duration, x timesync.Exchange) {
	a.back = a.local(now)
	x.Returned = a.back
	if !a.clock.Add(x) {
		a.w.wrong(now, "%s: an exchange of times that cannot be: %+v", a.name, x)
		return
	}
	if e, _ := a.clock.Estimate(a.back); max(now-a.back-e.Offset, a.back+e.Offset-now) > e.Uncertainty {
		a.w.wrong(now, "%s has the line's clock wrong by %v, and says at most %v", a.name, now-a.back-e.Offset, e.Uncertainty)
	}
}

// finish gives an operation its return.
func (a *actor) finish(now time.Duration, o *operation, e *wire.Event) {
	a.w.order++
	o.ret = a.w.order
	switch {
	case e.Kind == wire.Refused && e.Status == protocol.Differs:
		o.differs = 1
	case e.Kind == wire.Refused && e.Status == protocol.Busy:
		o.steps, o.reads = nil, nil // it did not happen
	case e.Kind == wire.Refused:
		a.w.wrong(now, "%s: refused: %v", a.name, e.Status)
	case e.Kind == wire.Done && len(o.reads) == 0:
	case e.Kind == wire.Answered && len(o.reads) > 0:
		for _, x := range e.Entries {
			o.values = append(o.values, x.Sample.Value.Int())
		}
	case e.Kind == wire.Answered && len(e.Entries) == 1:
		o.olds = []int64{e.Entries[0].Sample.Value.Int()}
	default:
		a.w.wrong(now, "%s: an event %d with %d entries does not answer the request", a.name, e.Kind, len(e.Entries))
	}
	if len(o.steps) == 1 && o.steps[0].action == protocol.CompareSet && o.differs == 0 && o.ret != never {
		a.swapped = o.steps[0].value
	}
	if o.differs != 0 {
		a.swapped = a.w.outs[swap].In().Int() // as if it had looked
	}
}

// Broken notes the loss of the connection.
func (a *actor) Broken(now time.Duration, err error) {
	a.w.note(now, a.id, err)
	for _, what := range []string{"reset by peer", "EOF", "connect timed out", "has no power", "owes an answer", "shuts down", "refused"} {
		if strings.Contains(err.Error(), what) {
			a.w.meet("broken: " + what)
		}
	}
	a.source = false
	for _, s := range a.watches {
		s.resumed, s.whole = false, false
		s.asked = len(a.w.truth) - 1
	}
}
