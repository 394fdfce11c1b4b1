package sim

import (
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// eye is a light barrier. Parts pass it in order of birth.
type eye struct {
	name   string
	spec   specs.PhotoEye
	belt   *belt
	jitter *rand.Rand
	rise   int // the next part to break the beam
	fall   int // the next part to clear it
	stuck  bool
	dark   bool // offline
	wired  []*Camera

	port                  *device.Port
	blocked, count, latch *protocol.Out
	edges                 int64
}

// look finds the edges of the coming tick.
func (e *eye) look(w *World, dt time.Duration) {
	if e.port == nil {
		return
	}
	for e.rise = max(e.rise, w.first); e.rise < len(w.parts); e.rise++ {
		p := w.parts[e.rise]
		if p.gone || p.belt != e.belt {
			continue
		}
		t, ok := e.belt.when(p.s0+float64(e.spec.At)-float64(p.product.Body.Width)/2, dt)
		if !ok {
			break
		}
		e.edge(t, true)
	}
	for e.fall = max(e.fall, w.first); e.fall < e.rise; e.fall++ {
		p := w.parts[e.fall]
		if p.belt != e.belt {
			continue
		}
		if p.gone { // taken out of the beam
			e.edge(e.belt.from, false)
			continue
		}
		t, ok := e.belt.when(p.s0+float64(e.spec.At)+float64(p.product.Body.Width)/2, dt)
		if !ok {
			break
		}
		e.edge(t, false)
	}
}

// edge makes the output follow the beam, after the response time. The counter and
// the latch are the PLC's fast input: they take the encoder's count at the edge.
func (e *eye) edge(t time.Duration, blocked bool) {
	if e.stuck {
		return
	}
	t += e.spec.Response.D() + time.Duration(e.jitter.Float64()*float64(e.spec.Jitter))
	if blocked {
		for _, c := range e.wired {
			c.trigger(t)
		}
	}
	if e.dark {
		return
	}
	e.port.At(engine.Sense, t, func(now time.Duration) {
		e.port.Writer().Begin()
		defer e.port.Writer().Commit()
		e.blocked.SetBool(now, blocked)
		if blocked {
			e.edges++
			e.count.SetInt(now, e.edges)
			e.latch.SetFloat(now, e.belt.counted(e.belt.at(now)))
		}
	})
}

// PhotoEye is the device of a light barrier.
type PhotoEye struct{ e *eye }

// PhotoEye puts up the device of a light barrier.
func (w *World) PhotoEye(name string) (*PhotoEye, error) {
	for _, e := range w.eyes {
		if e.name != name {
			continue
		}
		e.port = w.site.Port(name, lane, "photoeyes", name)
		var err error
		if e.blocked, err = e.port.Out("blocked", protocol.Bool, "", "the beam is interrupted"); err != nil {
			return nil, err
		}
		if e.count, err = e.port.Out("count", protocol.U32, "", "interruptions since the start"); err != nil {
			return nil, err
		}
		if e.latch, err = e.port.Out("latch", protocol.F64, "m", "position of the belt at the last interruption"); err != nil {
			return nil, err
		}
		return &PhotoEye{e}, nil
	}
	panic("sim: no photo-eye " + name)
}

// Start publishes the clear beam.
func (d *PhotoEye) Start() error {
	e := d.e
	e.port.At(engine.Sense, 0, func(now time.Duration) {
		e.blocked.SetBool(now, false)
		e.count.SetInt(now, 0)
		e.latch.SetFloat(now, 0)
	})
	return nil
}

// Close does nothing.
func (d *PhotoEye) Close() error { return nil }
