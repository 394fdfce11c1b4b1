package sim

import (
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// schedule makes a fault come and go. Faults of one device may overlap: it is well
// again when the last one is over. A device that is not simulated here has none. Of those
// of clients, networks and mills the world only tells: they do something about them themselves.
func (w *World) schedule(f specs.Fault) {
	set := func(by int, kind string) func(time.Duration) {
		return func(now time.Duration) {
			if w.strike(now, f, by) {
				w.tell(now, device.Note, device.FaultRemark(kind, f.Device, f.Kind))
			}
		}
	}
	w.port.At(engine.Plant, f.At.D(), set(1, "fault"))
	w.port.At(engine.Plant, f.At.D()+f.For.D(), set(-1, "fault-end"))
}

// strike begins (by = 1) or ends (by = -1) a fault; false when there is no such device.
func (w *World) strike(now time.Duration, f specs.Fault, by int) bool {
	if _, ok := w.site.Spec.Networks[f.Device]; ok {
		return true
	}
	if _, ok := w.site.Spec.Clients[f.Device]; ok {
		return true
	}
	if _, ok := w.site.Spec.Mills[f.Device]; ok {
		return true
	}
	switch f.Kind {
	case "drop-frames":
		if c := w.cameras[f.Device]; c != nil {
			c.dropping += by
			return true
		}
	case "unplug":
		if c := w.cameras[f.Device]; c != nil {
			c.life.unplug(now, by)
			return true
		}
	case "freeze":
		if c := w.cameras[f.Device]; c != nil {
			c.life.freeze(by)
			return true
		}
	case "clock-jump":
		if c := w.cameras[f.Device]; c != nil {
			c.jump(now, by)
			return true
		}
	case "offline":
		if l := w.links[f.Device]; l != nil {
			l.cut(now, by)
			return true
		}
	case "stuck":
		if jam := w.jams[f.Device]; jam != nil {
			jam(now, by)
			return true
		}
	}
	return false
}
