package sim

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// link is a device's connection to the line's registers. While it is cut, the device
// publishes nothing, hears no command, and all of its registers are bad. What the
// device counts by itself it goes on counting, so that its first values after the cut
// are the true ones, and a gap shows in them.
type link struct {
	port *device.Port // nil while the device is not a simulated one
	cuts int          // faults that cut it now
	tell func(now time.Duration)
}

// connect puts the link up. tell publishes all that the device has to say; what it
// publishes in every period anyhow may be left out.
func (l *link) connect(p *device.Port, tell func(now time.Duration)) { l.port, l.tell = p, tell }

// up tells whether the device is heard.
func (l *link) up() bool { return l.cuts == 0 }

// cut begins (by = 1) or ends (by = -1) a fault that cuts the link. Registers follow
// at the next nanosecond, in the device's own phase.
func (l *link) cut(now time.Duration, by int) {
	was := l.up()
	l.cuts += by
	if was == l.up() {
		return
	}
	l.port.At(engine.Sense, now+1, func(now time.Duration) {
		if !l.up() {
			l.port.Writer().SetAllQuality(now, protocol.Bad)
			return
		}
		l.port.Writer().Begin()
		l.tell(now)
		l.port.Writer().Commit()
	})
}
