package clients

import (
	"context"
	"fmt"
	"hash"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/network"
	"linetwin.dev/twin/engine"
)

// The registers of the world, by reference.
const (
	lineCount protocol.Ref = iota // the line's: counts
	lineLevel                     // the line's: wanders
	cellA                         // written by clients, alone, together, and read together
	cellB                         //
	cellC                         //
	sum                           // clients add to it
	swap                          // clients compare and set it
	mask                          // clients set bits of it
	remote                        // published by whichever client is its source
	registers = int(remote) + 1
)

// object of linearizability that a register belongs to, and its cell there.
var objects = map[protocol.Ref]struct{ object, cell int }{
	cellA: {0, 0}, cellB: {0, 1}, cellC: {0, 2}, sum: {1, 0}, swap: {2, 0}, mask: {3, 0},
}

// Times of the world, short so that much happens in little of it.
const (
	stormy  = 8 * time.Second  // faults come until then
	calm    = 14 * time.Second // the world ends; the network has been well since stormy
	holds   = 1500 * time.Millisecond
	beat    = 300 * time.Millisecond
	silence = 1200 * time.Millisecond
	actors  = 4
)

// world is a line, a server and some clients on a network whose conditions are drawn from
// the seed, and what is true of it.
type world struct {
	mutant
	seed   uint64
	rnd    *rand.Rand
	eng    *engine.Engine
	comp   *engine.Component
	bank   *protocol.Bank
	store  *protocol.Writer
	outs   []*protocol.Out
	net    *network.Network
	server *Server
	actors []*actor

	queue   []*protocol.Transaction // transactions that wait for their writer's turn
	turning bool
	order   int   // of calls and returns
	fresh   int64 // the last value that was written; each is written once
	history [4][]*operation
	truth   []moment
	trace   hash.Hash      // of the story, if somebody wants it
	faults  []string       // what was found wrong
	met     map[string]int // how often things happened, if somebody wants to know
}

// moment is what all registers held from an instant on.
type moment struct {
	at      time.Duration
	samples [registers]protocol.Sample
}

// mutant is what a world has that a right one has not, to see it found out.
type mutant struct {
	name  string
	apply func(w *world, now time.Duration, tx *protocol.Transaction) (handled bool)
	// event may keep an event from an actor, or give it others.
	event func(a *actor, e wire.Event, give func(wire.Event))
	clock func(now time.Duration) time.Duration
	bank  func(w *world) *protocol.Bank // that sessions see
}

// newWorld draws everything from the seed.
func newWorld(seed uint64, m mutant) *world {
	w := &world{mutant: m, seed: seed, eng: engine.New(engine.Options{Seed: seed, Workers: -1})}
	w.comp = w.eng.Component("world", "plant")
	w.rnd = w.comp.Rand("world")
	w.bank = protocol.NewBank()
	line := w.bank.Writer("line", "")
	w.store = w.bank.Writer("store", "")
	for ref, d := range []protocol.Def{
		{Name: "line.count", Type: protocol.I64}, {Name: "line.level", Type: protocol.F64},
		{Name: "cell.a", Type: protocol.I64}, {Name: "cell.b", Type: protocol.I64}, {Name: "cell.c", Type: protocol.I64},
		{Name: "sum", Type: protocol.I64}, {Name: "swap", Type: protocol.I64}, {Name: "mask", Type: protocol.U64},
		{Name: "remote", Type: protocol.I64},
	} {
		d.Access = protocol.Operator
		writer := w.store
		if protocol.Ref(ref) <= lineLevel {
			writer = line
			d.Access = protocol.ReadOnly
		}
		o, err := writer.Define(d)
		if err != nil {
			panic(err)
		}
		o.Set(0, protocol.Value{}, protocol.Good)
		w.outs = append(w.outs, o)
	}
	w.bank.Seal()
	w.witness(0)
	w.net = network.New(w.weather(), w.at)
	w.net.Trace(func(now time.Duration, conn int, what string, n int) {
		w.note(now, conn, what, n)
		w.meet("net: " + what)
	})
	lineTime := func() time.Duration { return w.comp.Now() }
	if w.clock != nil {
		lineTime = func() time.Duration { return w.clock(w.comp.Now()) }
	}
	bank := w.bank
	if w.mutant.bank != nil {
		bank = w.mutant.bank(w)
	}
	w.server = NewServer(bank, wire.ServerConfig{
		Apply: w.submit, LineTime: lineTime, Synchronised: w.synchronised, Sources: new(wire.Sources),
		Idle: 2 * time.Second, Half: time.Second, Stall: time.Second, MaxOutput: 64 + w.rnd.IntN([]int{200, 4000}[w.rnd.IntN(2)]), MaxPending: 64,
	}, w.at)
	w.server.Ended = func(_ time.Duration, reason error) {
		for _, what := range []string{"nothing arrived", "has not read its replies", "of its first byte"} {
			if strings.Contains(reason.Error(), what) {
				w.meet("ended: " + what)
			}
		}
	}
	w.net.Listen(w.server.Accept)
	for i := range actors {
		w.actors = append(w.actors, newActor(w, i))
	}
	w.plan()
	return w
}

func (w *world) at(at time.Duration, fn func(time.Duration)) { w.comp.At(engine.Observe, at, fn) }

// millis draws a time below n milliseconds.
func (w *world) millis(n int) time.Duration {
	return time.Duration(w.rnd.Int64N(int64(n)*1e6 + 1))
}

// weather draws the conditions of the network.
func (w *world) weather() network.Conditions {
	c := network.Conditions{
		Latency: w.millis(20), Jitter: w.millis(40), Loss: 0.05 * w.rnd.Float64() * w.rnd.Float64(),
		Segment: 1 + w.rnd.IntN([]int{8, 100, 1448}[w.rnd.IntN(3)]), Buffer: 100 + w.rnd.IntN([]int{400, 4000}[w.rnd.IntN(2)]), Refuse: 0.2 * w.rnd.Float64(),
		Cut: 500*time.Millisecond + w.millis(8000), HalfOpen: time.Second + w.millis(20_000),
	}
	if w.rnd.IntN(3) == 0 {
		c.Rate = 20e3 + 1e5*w.rnd.Float64()
	}
	return c
}

// plan schedules the line, the clients and the faults.
func (w *world) plan() {
	w.comp.Every(engine.Observe, 7*time.Millisecond, 0, func(now time.Duration) {
		w.outs[lineCount].SetInt(now, int64(now/(7*time.Millisecond)))
		w.outs[lineLevel].SetFloat(now, w.outs[lineLevel].In().Float()+w.rnd.NormFloat64())
		w.witness(now)
	})
	for _, a := range w.actors {
		w.at(w.millis(300), a.on)
	}
	for t := w.millis(3000); t < stormy; t += w.millis(6000) {
		w.at(t, []func(time.Duration){w.stop, w.kill, w.lapse, w.blackout}[w.rnd.IntN(4)])
	}
	w.at(stormy, func(now time.Duration) {
		w.net.Change(network.Conditions{Latency: time.Millisecond, Jitter: time.Millisecond})
		w.net.Reset(now)
	})
}

// stop and kill are a server that is started anew.
func (w *world) stop(now time.Duration) { w.restart(now, w.server.Stop) }
func (w *world) kill(now time.Duration) { w.restart(now, w.server.Kill) }

func (w *world) restart(now time.Duration, end func(time.Duration)) {
	end(now)
	w.net.Shut(1)
	w.at(now+w.millis(800), func(time.Duration) { w.net.Shut(-1) })
}

// lapse is a network on which nothing passes for a while.
func (w *world) lapse(now time.Duration) {
	w.net.Lapse(1)
	w.at(now+w.millis(2000), func(time.Duration) { w.net.Lapse(-1) })
}

// blackout is a client without power.
func (w *world) blackout(now time.Duration) {
	a := w.actors[w.rnd.IntN(len(w.actors))]
	a.off(now)
	w.at(now+w.millis(2000), a.on)
}

// submit takes a client's transaction: half of them are carried out at once, the others
// in the writer's next turn.
func (w *world) submit(tx *protocol.Transaction) bool {
	now := w.comp.Now()
	if w.apply != nil && w.apply(w, now, tx) {
		return true
	}
	if len(w.queue) == 0 && w.rnd.IntN(2) == 0 {
		w.carryOut(now, tx)
		return true
	}
	w.queue = append(w.queue, tx)
	if !w.turning {
		w.turning = true
		w.at(now+w.millis(30), w.turn)
	}
	return false
}

// turn is the writer's.
func (w *world) turn(now time.Duration) {
	w.turning = false
	queue := w.queue
	w.queue = nil
	for _, tx := range queue {
		w.carryOut(now, tx)
		tx.Finish()
	}
}

func (w *world) carryOut(now time.Duration, tx *protocol.Transaction) {
	w.store.Apply(now, tx)
	if tx.Changes[0].Action == protocol.Keep {
		w.meet("source lost")
	}
	w.witness(now)
}

// witness notes what the registers hold, if that is something else than before.
func (w *world) witness(now time.Duration) {
	m := moment{at: now}
	for i := range m.samples {
		m.samples[i] = w.bank.At(protocol.Ref(i)).Sample()
	}
	if n := len(w.truth); n > 0 && w.truth[n-1].samples == m.samples {
		return
	}
	w.truth = append(w.truth, m)
}

// note adds to the story.
func (w *world) note(now time.Duration, what ...any) {
	if w.trace != nil {
		fmt.Fprintln(w.trace, append(what, int64(now))...)
	}
}

// meet counts what happens.
func (w *world) meet(what string) {
	if w.met != nil {
		w.met[what]++
	}
}

// wrong notes what must not be.
func (w *world) wrong(now time.Duration, format string, args ...any) {
	if len(w.faults) < 5 {
		w.faults = append(w.faults, fmt.Sprintf("at %v: ", now)+fmt.Sprintf(format, args...))
	}
}

// synchronised holds the server's estimate of a client's clock against the truth.
func (w *world) synchronised(client string, e timesync.Estimate) {
	now := w.comp.Now()
	for _, a := range w.actors {
		if a.name == client && e.Exchanges > 0 { // none: the client is gone
			if off := (now - a.local(now)) - e.Offset; max(off, -off) > e.Uncertainty {
				w.wrong(now, "the server has the clock of %s wrong by %v, and says at most %v", client, off, e.Uncertainty)
			}
		}
	}
}

// run lets the world go to its end, and says what was wrong.
func (w *world) run() []string {
	w.at(stormy+3*time.Second, func(now time.Duration) {
		for _, a := range w.actors {
			a.settle(now)
		}
	})
	if err := w.eng.Run(context.Background(), calm); err != nil {
		w.wrong(calm, "%v", err)
	}
	for _, a := range w.actors {
		a.judge(calm)
	}
	w.judgeRemote()
	for i, ops := range w.history {
		switch check(ops, state{}) {
		case notLinear:
			w.wrong(calm, "object %d is not linearizable: %d operations", i, len(ops))
		case undecided:
			w.wrong(calm, "object %d: %d operations are too many to decide", i, len(ops))
		}
	}
	return w.faults
}

// judgeRemote checks that the register with a source is bad whenever the source has not
// been heard for longer than its hold, and before another source takes over.
func (w *world) judgeRemote() {
	for i := 1; i < len(w.truth); i++ {
		was, is := w.truth[i-1].samples[remote], w.truth[i].samples[remote]
		if was == is {
			continue
		}
		if a, b := was.Value.Int()%actors, is.Value.Int()%actors; was.Quality == protocol.Good && is.Quality == protocol.Good && was.Value.Int() != 0 && a != b {
			w.wrong(is.Time, "the register of source %d was good when source %d took it", a, b)
		}
		// The source writes all the time; what it says last before it is heard no more can
		// be a ping, within the hold after its last write.
		if age := is.Time - was.Time; was.Quality == protocol.Good && was.Value.Int() != 0 && age > 2*holds {
			w.wrong(is.Time, "the register of a source that was lost stayed good for %v", age)
		}
	}
	if last := w.truth[len(w.truth)-1].samples[remote]; last.Quality == protocol.Good && last.Value.Int() != 0 && calm-last.Time > 2*holds {
		w.wrong(calm, "the register of a source that was lost has stayed good since %v", last.Time)
	}
}

// changes of registers since a moment.
func (w *world) changes(from int, refs []protocol.Ref) (n int) {
	for i := from + 1; i < len(w.truth); i++ {
		for _, ref := range refs {
			if w.truth[i].samples[ref] != w.truth[i-1].samples[ref] {
				n++
			}
		}
	}
	return n
}

// since is the first moment at or behind one at which the registers held these samples;
// false if there was none.
func (w *world) since(from int, refs []protocol.Ref, held []protocol.Sample, timed bool) (int, bool) {
	for i := from; i < len(w.truth); i++ {
		if !slices.ContainsFunc(refs, func(ref protocol.Ref) bool {
			s, h := w.truth[i].samples[ref], held[slices.Index(refs, ref)]
			return s.Value != h.Value || s.Quality != h.Quality || timed && s.Time != h.Time
		}) {
			return i, true
		}
	}
	return 0, false
}
