package sim

import (
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// schedule makes a fault come and go.
func (w *World) schedule(f specs.Fault) {
	set := func(on bool, kind string) func(time.Duration) {
		return func(now time.Duration) {
			w.strike(now, f, on)
			w.tell(now, device.Note, device.Remark{Kind: kind, Text: fmt.Sprintf("%s: %s", f.Device, f.Kind)})
		}
	}
	w.port.At(engine.Plant, f.At.D(), set(true, "fault"))
	w.port.At(engine.Plant, f.At.D()+f.For.D(), set(false, "fault-end"))
}

// strike begins or ends a fault.
func (w *World) strike(now time.Duration, f specs.Fault, on bool) {
	if c := w.cameras[f.Device]; c != nil {
		switch f.Kind {
		case "drop-frames":
			c.dropping = on
		case "offline":
			c.setOffline(now, on)
		}
	}
	if b := w.belts[f.Device]; b != nil {
		b.stuck = on
	}
	for _, g := range w.gates {
		if g.name == f.Device {
			g.stuck = on
		}
	}
	for _, e := range w.eyes {
		if e.name != f.Device {
			continue
		}
		switch f.Kind {
		case "stuck":
			e.stuck = on
		case "offline":
			e.setOffline(now, on)
		}
	}
}

// setOffline makes the registers' quality bad while the barrier does not answer.
func (e *eye) setOffline(now time.Duration, on bool) {
	e.dark = on
	if e.port == nil {
		return
	}
	e.port.At(engine.Sense, now+1, func(now time.Duration) {
		if on {
			e.port.Writer().SetAllQuality(now, protocol.Bad)
			return
		}
		e.port.Writer().SetAllQuality(now, protocol.Good)
	})
}
