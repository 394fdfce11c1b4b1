package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// eye is a light barrier. Parts come to it one after the other: the beam is broken and
// cleared in turns.
type eye struct {
	name   string
	spec   specs.PhotoEye
	belt   *belt
	jitter *rand.Rand
	wired  []*Camera // cameras that the output triggers
	link   link

	next  int           // number of the next part to break the beam
	in    *part         // part in the beam, or nil
	last  time.Duration // of the output's last edge
	beam  bool          // the beam is broken, as the receiver has it
	out   bool          // the output, which stays as it is while it is stuck
	stuck int           // faults that hold the output
	edges int64         // of the output, rising
	place float64       // the encoder's count at the last one, m

	blocked, count, latch *protocol.Out
}

// look finds the edges of the coming tick.
func (e *eye) look(dt time.Duration) {
	if e.link.port == nil {
		return
	}
	for {
		if e.in == nil && !e.enter(dt) {
			return
		}
		if e.in != nil && !e.leave(dt) {
			return
		}
	}
}

// enter finds the instant at which the next part breaks the beam.
func (e *eye) enter(dt time.Duration) bool {
	for ; e.next < e.belt.parts.end(); e.next++ {
		p := e.belt.parts.get(e.next)
		if p == nil {
			continue
		}
		t, ok := e.belt.when(p.s0+float64(e.spec.At)-p.half(), dt)
		if ok {
			e.in = p
			e.next++
			e.schedule(t, true)
		}
		return ok
	}
	return false
}

// leave finds the instant at which the part in the beam clears it, or is taken out.
func (e *eye) leave(dt time.Duration) bool {
	t, ok := e.belt.from, true
	if !e.in.gone {
		t, ok = e.belt.when(e.in.s0+float64(e.spec.At)+e.in.half(), dt)
	}
	if ok {
		e.in = nil
		e.schedule(t, false)
	}
	return ok
}

// schedule makes the output follow the beam after the response time. Edges never
// overtake each other, however narrow the gap between two parts is.
func (e *eye) schedule(t time.Duration, broken bool) {
	t += e.spec.Response.D() + time.Duration(e.jitter.Float64()*float64(e.spec.Jitter))
	t = max(t, e.last+1)
	e.last = t
	e.link.port.At(engine.Sense, t, func(now time.Duration) {
		e.beam = broken
		e.follow(now)
	})
}

// follow gives the output the state of the beam, unless it is stuck.
func (e *eye) follow(now time.Duration) {
	if e.stuck > 0 || e.out == e.beam {
		return
	}
	e.out = e.beam
	if e.out {
		e.edges++
		e.place = e.belt.counted(e.belt.at(now))
		for _, c := range e.wired {
			c.trigger(now)
		}
	}
	if e.link.up() {
		e.link.port.Writer().Begin()
		e.publish(now)
		e.link.port.Writer().Commit()
	}
}

// publish tells the output, and what the fast input at it has counted and latched: the
// encoder's count at the edge.
func (e *eye) publish(now time.Duration) {
	e.blocked.SetBool(now, e.out)
	e.count.SetInt(now, e.edges)
	e.latch.SetFloat(now, e.place)
}

// jam begins or ends a fault that holds the output as it is.
func (e *eye) jam(now time.Duration, by int) {
	e.stuck += by
	e.link.port.At(engine.Sense, now+1, e.follow)
}

// PhotoEye is the device of a light barrier: its output, and the fast input that
// counts its edges and latches the encoder.
type PhotoEye struct{ e *eye }

// PhotoEye puts up the device of a light barrier. The error says which register cannot
// be had.
func (w *World) PhotoEye(name string) (*PhotoEye, error) {
	e := w.eye(name)
	if e == nil {
		return nil, fmt.Errorf("sim: there is no photo-eye %q", name)
	}
	p := w.site.Port(name, lane, "photoeyes", name)
	err := p.Define(
		device.Signal{Out: &e.blocked, Name: "blocked", Type: protocol.Bool, Doc: "the beam is interrupted"},
		device.Signal{Out: &e.count, Name: "count", Type: protocol.U32, Doc: "interruptions since the start"},
		device.Signal{Out: &e.latch, Name: "latch", Type: protocol.F64, Unit: "m", Doc: "position of the belt at the last interruption"},
	)
	if err != nil {
		return nil, err
	}
	e.link.connect(p, e.publish)
	w.links[name], w.jams[name] = &e.link, e.jam
	return &PhotoEye{e}, nil
}

// Start publishes the clear beam.
func (d *PhotoEye) Start() error {
	d.e.link.port.At(engine.Sense, 0, d.e.publish)
	return nil
}

// Close does nothing.
func (d *PhotoEye) Close() error { return nil }

var _ device.Device = (*PhotoEye)(nil)
