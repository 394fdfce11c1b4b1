package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// Component is a named part of the twin: it owns activities, random streams and
// log records. Its methods may be called before Run and from activities of its own
// lane; At also from those of another lane, Post from anywhere.
type Component struct {
	e    *Engine
	lane *lane
	name string
	id   uint16
}

// Task is an activity. A periodic one can be stopped.
type Task struct {
	comp    *Component
	fn      func(now time.Duration)
	job     *job
	period  time.Duration // 0: one-shot
	seq     uint32
	phase   Phase
	stopped bool
	catchUp bool
}

// Name of the component.
func (c *Component) Name() string { return c.name }

// ID is the component's place in the order of components, as the log has it.
func (c *Component) ID() uint16 { return c.id }

// Engine that the component belongs to.
func (c *Component) Engine() *Engine { return c.e }

// Now is the instant of the running activity.
func (c *Component) Now() time.Duration { return c.lane.now }

// Every runs fn in the given phase at offset, offset+period, ..., beginning with the
// first of these that has not passed. It panics when period is not positive or offset
// is negative: a spec is checked before.
func (c *Component) Every(p Phase, period, offset time.Duration, fn func(now time.Duration)) *Task {
	if period <= 0 || offset < 0 {
		panic("engine: " + c.name + ": a period must be positive and an offset not negative")
	}
	l := c.lane
	t := &Task{comp: c, fn: fn, period: period, phase: p}
	l.locked(func() {
		l.tasks++
		t.seq = l.tasks
		at := offset
		if at < l.now {
			at += (l.now - at + period - 1) / period * period
		}
		if l.passed(at, p) {
			at += period
		}
		l.q.push(l.event(at, t))
	})
	return t
}

// CatchUp makes the task run every one of its periods on the wall clock, however late,
// instead of skipping those that it missed: for a simulated world, whose time must have
// no holes. It returns the task, and is to be called before Run.
func (t *Task) CatchUp() *Task {
	t.catchUp = true
	return t
}

// Stop ends a periodic task. It may be called from activities of the task's lane.
func (t *Task) Stop() { t.stopped = true }

// At runs fn once at the instant at, in the given phase. An instant that has passed
// means the running one, and a phase of that which has passed the nanosecond after it:
// an instant goes through its phases once.
func (c *Component) At(p Phase, at time.Duration, fn func(now time.Duration)) {
	l := c.lane
	l.lock()
	l.schedule(c, p, at, fn, nil)
	l.unlock()
}

// After runs fn once, d after the running activity's instant.
func (c *Component) After(p Phase, d time.Duration, fn func(now time.Duration)) {
	c.At(p, c.lane.now+d, fn)
}

// Post runs fn soon, in the Sense phase. It may be called from any goroutine; it is
// how the world outside (servers, consoles, real devices) gets onto the line's clock.
func (c *Component) Post(fn func(now time.Duration)) { c.lane.post(c, fn) }

// Offload runs work on another core, and then done in the Sense phase of the
// instant latency from now, as At has it. In virtual time that instant is exact, however long
// the work took; on the wall clock the result comes when it is there. cost is how
// long the work really took, to be measured and not to be acted on.
func (c *Component) Offload(latency time.Duration, work func(), done func(now, cost time.Duration)) {
	c.offload(latency, work, done, false)
}

// Simulate is Offload for a device's own latency: on the wall clock, too, the
// result does not come before its instant.
func (c *Component) Simulate(latency time.Duration, work func(), done func(now, cost time.Duration)) {
	c.offload(latency, work, done, true)
}

// Emit appends a record to the log, at the running activity's instant and phase.
// data is copied.
func (c *Component) Emit(kind uint8, data []byte) {
	c.e.log.append(c.lane.now, c.lane.phase, c.id, kind, data)
}

// Rand is a new random stream for one purpose of this component. Streams of
// different seeds, components or purposes are independent, and adding one changes
// no other.
func (c *Component) Rand(purpose string) *rand.Rand {
	return rand.New(rand.NewPCG(Stream(c.e.opt.Seed, c.name, purpose)))
}

// Stream derives the two words of a random stream's seed, as the first 16 bytes of
// SHA-256 over seed, component and purpose.
func Stream(seed uint64, component, purpose string) (uint64, uint64) {
	b := binary.LittleEndian.AppendUint64(nil, seed)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(component)))
	b = append(append(b, component...), purpose...)
	h := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])
}
