package twin

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// beltFilter estimates a belt's position and speed from its encoder, whose steps are
// coarser than the servo's tolerance: an alpha-beta filter, which follows a constant
// speed without error and halves the noise of the steps.
type beltFilter struct {
	position *protocol.In
	period   time.Duration
	half     float64 // half a step of the encoder, m
	t        time.Duration
	s, v     float64 // m, m/s
	begun    bool
}

// The gains, for a critically damped filter whose memory is about ten samples: the
// ripple of a belt is slow against that.
const (
	alpha = 0.19
	beta  = 0.01
)

func (b *beltFilter) bind(p *device.Port, c specs.Conveyor, name string) (err error) {
	b.period, b.half = c.Encoder.Period.D(), float64(c.Encoder.Resolution)/2
	b.position, err = p.In(name, "position", protocol.F64)
	return err
}

// update takes a new count, if there is one.
func (b *beltFilter) update(now time.Duration) {
	at, z := b.position.Time(), b.position.Float()+b.half
	switch {
	case b.position.Quality() == protocol.Bad:
		return
	case !b.begun:
		b.begun, b.t, b.s = true, at, z
		return
	case at <= b.t && now-b.t < 4*b.period:
		return
	case at <= b.t: // no new count for long: the belt stands
		b.t, b.s, b.v = now, z, 0
		return
	}
	dt := (at - b.t).Seconds()
	b.s += b.v * dt
	r := z - b.s
	b.s += alpha * r
	b.v += beta * r / b.period.Seconds()
	b.t = at
}

// at is the belt's position at an instant near the last count.
func (b *beltFilter) at(t time.Duration) float64 { return b.s + b.v*(t-b.t).Seconds() }
