package sim

import (
	"math"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// belt is a conveyor in the world. Within a tick it moves with constant acceleration.
type belt struct {
	name  string
	spec  specs.Conveyor
	from  time.Duration // begin of the current tick
	s, v  float64       // position (m) and speed (m/s) at from
	a     float64       // acceleration in the current tick
	stuck bool

	run             *protocol.In
	position, speed *protocol.Out
	port            *device.Port
}

// at is the position at an instant of the current tick.
func (b *belt) at(t time.Duration) float64 {
	d := (t - b.from).Seconds()
	return b.s + b.v*d + b.a*d*d/2
}

// when is the instant of the current tick, which is dt long, at which the belt
// reaches position s; false when it does not.
func (b *belt) when(s float64, dt time.Duration) (time.Duration, bool) {
	end := b.at(b.from + dt)
	if s <= b.s || s > end {
		return 0, false
	}
	// The smaller positive root of a/2 d^2 + v d - (s - b.s) = 0, in the form that
	// does not cancel.
	c := s - b.s
	d := 2 * c / (b.v + math.Sqrt(math.Max(b.v*b.v+2*b.a*c, 0)))
	return b.from + time.Duration(math.Min(d*1e9, float64(dt))), true
}

// advance ends the tick that began at from and plans the next one.
func (b *belt) advance(now, dt time.Duration) {
	d := (now - b.from).Seconds()
	b.s = b.at(now)
	b.v = math.Max(b.v+b.a*d, 0)
	b.from = now
	target := 0.0
	if b.run.Bool() && b.run.Quality() != protocol.Bad {
		// The motor's and the rollers' ripple: a sine over one turn of the drum.
		target = float64(b.spec.Speed) * (1 + float64(b.spec.Sim.Ripple)*math.Sin(2*math.Pi*b.s/float64(b.spec.Sim.Drum)))
	}
	if b.stuck {
		b.v, b.a = 0, 0
		return
	}
	h := dt.Seconds()
	limit := float64(b.spec.Acceleration)
	b.a = min(max((target-b.v)/h, -limit), limit)
}

// counted is a position as the encoder counts it, in metres.
func (b *belt) counted(s float64) float64 {
	r := float64(b.spec.Encoder.Resolution)
	return math.Floor(s/r) * r
}

// Conveyor is the device of a belt: its encoder and its motor.
type Conveyor struct{ b *belt }

// Conveyor puts up the device of a conveyor.
func (w *World) Conveyor(name string) (*Conveyor, error) {
	b := w.belts[name]
	p := w.site.Port(name, lane, "conveyors", name)
	b.port = p
	var err error
	if b.position, err = p.Out("position", protocol.F64, "m", "position of the belt by its encoder"); err != nil {
		return nil, err
	}
	if b.speed, err = p.Out("speed", protocol.F64, "m/s", "speed of the belt by its encoder"); err != nil {
		return nil, err
	}
	return &Conveyor{b}, nil
}

// Start binds the command and begins to publish.
func (c *Conveyor) Start() (err error) {
	b := c.b
	if b.run, err = b.port.In(b.name, "run", protocol.Bool); err != nil {
		return err
	}
	period := b.spec.Encoder.Period.D()
	last := 0.0
	b.port.Every(engine.Sense, period, 0, func(now time.Duration) {
		s := b.counted(b.at(now))
		b.position.SetFloat(now, s)
		b.speed.SetFloat(now, math.Round((s-last)/period.Seconds()*1e6)/1e6)
		last = s
	})
	return nil
}

// Close does nothing: a simulated belt holds nothing.
func (c *Conveyor) Close() error { return nil }
