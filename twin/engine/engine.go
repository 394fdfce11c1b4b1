package engine

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Phase orders the activities of one instant.
type Phase uint8

// The phases, in the order in which they run.
const (
	Sense   Phase = iota // devices publish, results of offloaded work arrive
	Control              // logic reads what was sensed and decides
	Actuate              // decisions become setpoints
	Plant                // the simulated world moves
	Observe              // MES, metrics and recorder look, and change nothing
	phases
)

var phaseNames = [...]string{"sense", "control", "actuate", "plant", "observe"}

// String is the phase's name in lower case.
func (p Phase) String() string {
	if p < phases {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase(%d)", uint8(p))
}

// Options of an engine. The zero value is virtual time, seed 0, all cores.
type Options struct {
	Seed uint64
	// Realtime runs on the wall clock instead of in virtual time.
	Realtime bool
	// Workers is the number of threads for offloaded work: 0 means one a core;
	// negative means none, so that work runs when its result is due.
	Workers int
	// Shuffle, when not 0, seeds a permutation of the components within each phase
	// of each instant. The log stays the same if their order does not matter.
	Shuffle uint64
	// Sink gets the log in canonical form, in pieces of whole records. It owns
	// the piece until it gives it back through Log.Recycle. It is called from the
	// engine's thread (wall clock: with the log's lock held) and must not block for long.
	Sink func(piece []byte)
}

// Engine runs activities. Components are added before Run, tasks before it and, from
// within an activity of the same lane, during it.
type Engine struct {
	opt     Options
	lanes   []*lane
	comps   []*Component
	log     *Log
	pool    *pool
	begun   atomic.Bool
	running atomic.Bool  // on the wall clock, from the instant 0 on
	clock   atomic.Int64 // virtual time for those outside
	events  atomic.Uint64
	start   time.Time // wall clock: the instant 0
	stop    atomic.Bool
	errOnce sync.Once
	err     error
}

// New returns an engine at time 0.
func New(opt Options) *Engine {
	e := &Engine{opt: opt}
	e.log = newLog(opt)
	n := opt.Workers
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	if opt.Realtime {
		n = max(n, 1) // there is no due instant at which the work could run here
	}
	e.pool = newPool(max(n, 0))
	if !opt.Realtime {
		e.lanes = []*lane{newLane(e, "virtual")}
	}
	return e
}

// Realtime tells whether the engine runs on the wall clock.
func (e *Engine) Realtime() bool { return e.opt.Realtime }

// Seed is the seed of all random streams.
func (e *Engine) Seed() uint64 { return e.opt.Seed }

// Log is the log of the run.
func (e *Engine) Log() *Log { return e.log }

// Now is the line's time as seen from outside of the activities, for progress and
// for servers. It may be called from any goroutine; in virtual time it lags.
func (e *Engine) Now() time.Duration {
	if e.opt.Realtime && e.running.Load() {
		return time.Since(e.start)
	}
	return time.Duration(e.clock.Load())
}

// Events is the number of activities that ran. It may be called from any
// goroutine; during a virtual run it lags.
func (e *Engine) Events() uint64 { return e.events.Load() }

// Component adds a component. Its name seeds its random streams and stands in the
// log; the order of calls breaks ties. Components of one lane share a thread on
// the wall clock and may touch each other's state; others may not. In virtual time
// lanes mean nothing. It panics when the name is taken, when there are 4,096 already,
// and when the run has begun: the log's digest begins with their names.
func (e *Engine) Component(name, laneName string) *Component {
	if e.begun.Load() {
		panic("engine: component " + name + " comes after the begin of the run")
	}
	for _, c := range e.comps {
		if c.name == name {
			panic("engine: component " + name + " is there already")
		}
	}
	if len(e.comps) > maxComponents {
		panic("engine: too many components")
	}
	c := &Component{e: e, name: name, id: uint16(len(e.comps)), lane: e.laneFor(laneName)}
	e.comps = append(e.comps, c)
	e.log.addComponent(name)
	return c
}

func (e *Engine) laneFor(name string) *lane {
	if !e.opt.Realtime {
		return e.lanes[0]
	}
	for _, l := range e.lanes {
		if l.name == name {
			return l
		}
	}
	l := newLane(e, name)
	e.lanes = append(e.lanes, l)
	return l
}

// Stop ends the run after the current instant, so that a run to the same instant has
// the same log; on the wall clock, after the current activities. err, if not nil, is
// what Run returns. It may be called from any goroutine.
func (e *Engine) Stop(err error) {
	e.errOnce.Do(func() { e.err = err })
	e.stop.Store(true)
	for _, l := range e.lanes {
		l.nudge()
	}
}

// Run runs all activities up to and including the instant until, or to the end
// of ctx, or to Stop. It returns what Stop was given, or ctx's cause; the log is
// closed and whole in every case. An engine runs once.
func (e *Engine) Run(ctx context.Context, until time.Duration) error {
	if !e.begun.CompareAndSwap(false, true) {
		panic("engine: Run called twice")
	}
	if ctx.Err() != nil { // not after a while, but before anything runs
		e.Stop(context.Cause(ctx))
	}
	unhook := context.AfterFunc(ctx, func() { e.Stop(context.Cause(ctx)) })
	defer unhook()
	e.pool.start()
	defer e.pool.close()
	e.log.begin()
	if e.opt.Realtime {
		e.runWall(until)
	} else {
		e.lanes[0].runVirtual(until)
	}
	e.log.end()
	if e.opt.Realtime {
		e.clock.Store(int64(min(time.Since(e.start), until)))
	}
	e.running.Store(false)
	if e.stop.Load() {
		return e.err
	}
	e.clock.Store(int64(until))
	return nil
}

// runVirtual jumps from event to event.
func (l *lane) runVirtual(until time.Duration) {
	e := l.e
	var n uint64
	for l.q.len() > 0 {
		ev := l.q.top()
		if ev.at > until || ev.at > l.now && e.stop.Load() {
			break
		}
		if ev.at != l.now || ev.phase() != l.phase {
			e.log.settle()
			l.now, l.phase = ev.at, ev.phase()
		}
		l.step(ev)
		if n++; n&63 == 0 {
			e.clock.Store(int64(l.now))
			e.events.Store(n)
			if l.posted.Load() {
				l.takePosts()
			}
		}
	}
	e.log.settle()
	e.clock.Store(int64(l.now))
	e.events.Store(n)
}

// step runs the event at the top of the queue.
func (l *lane) step(ev event) {
	t := ev.task
	if t.period > 0 {
		if t.stopped {
			l.q.pop()
			return
		}
		l.q.replaceTop(l.event(ev.at+t.period, t))
		t.fn(ev.at)
		return
	}
	l.q.pop()
	l.fire(t, ev.at)
}

// fire runs a one-shot and takes its task back.
func (l *lane) fire(t *Task, now time.Duration) {
	fn, j := t.fn, t.job
	l.release(t)
	if j != nil {
		j.deliver(now)
		return
	}
	fn(now)
}
