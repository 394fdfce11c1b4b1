package sim

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// belt is a conveyor in the world. Within a tick it moves with constant acceleration,
// so that the instant at which anything on it reaches a place has a closed form.
type belt struct {
	name  string
	spec  specs.Conveyor
	link  link
	from  time.Duration // begin of the current tick
	s, v  float64       // position (m) and speed (m/s) at from
	a     float64       // acceleration in the current tick, m/s2
	stuck int           // faults that hold it
	parts queue

	run             *protocol.In
	position, speed *protocol.Out
	counts, rate    float64 // what the encoder had at the end of its last period, m and m/s
}

// at is the position at an instant of the current tick.
func (b *belt) at(t time.Duration) float64 {
	d := (t - b.from).Seconds()
	return b.s + b.v*d + b.a*d*d/2
}

// when is the instant of the current tick, which is dt long, at which the belt
// reaches position s: the tick's begin if it is there already; false when it does not
// get there.
func (b *belt) when(s float64, dt time.Duration) (time.Duration, bool) {
	if s > b.at(b.from+dt) {
		return 0, false
	}
	c := s - b.s
	if c <= 0 {
		return b.from, true
	}
	// The smaller positive root of a/2 d^2 + v d - c = 0, in the form that does not
	// cancel. Near standstill the discriminant may be a rounding error below zero.
	d := 2 * c / (b.v + math.Sqrt(max(b.v*b.v+2*b.a*c, 0)))
	return b.from + min(time.Duration(math.Ceil(d*1e9)), dt), true
}

// advance ends the tick that began at from and plans the next one, dt long.
func (b *belt) advance(now, dt time.Duration) {
	d := (now - b.from).Seconds()
	b.s = b.at(now)
	b.v = max(b.v+b.a*d, 0)
	b.from = now
	if b.stuck > 0 {
		b.v, b.a = 0, 0
		return
	}
	target := 0.0
	if b.commanded() {
		// What drum and rollers add: a sine over one turn of the drum.
		target = float64(b.spec.Speed) * (1 + float64(b.spec.Sim.Ripple)*math.Sin(2*math.Pi*b.s/float64(b.spec.Sim.Drum)))
	}
	limit := float64(b.spec.Acceleration)
	b.a = min(max((target-b.v)/dt.Seconds(), -limit), limit)
}

// commanded tells whether the motor is on. It drops out when it hears nothing, as
// drives do when their bus fails.
func (b *belt) commanded() bool {
	return b.run != nil && b.link.up() && b.run.Quality() != protocol.Bad && b.run.Bool()
}

// counted is a position as the encoder counts it, in metres.
func (b *belt) counted(s float64) float64 {
	r := float64(b.spec.Encoder.Resolution)
	return math.Floor(s/r) * r
}

// Conveyor is the device of a belt: its encoder and its motor.
type Conveyor struct{ b *belt }

// Conveyor puts up the device of a conveyor. The error says which register cannot be had.
func (w *World) Conveyor(name string) (*Conveyor, error) {
	b := w.belts[name]
	if b == nil {
		return nil, fmt.Errorf("sim: there is no conveyor %q", name)
	}
	p := w.site.Port(name, lane, "conveyors", name)
	err := p.Define(
		device.Signal{Out: &b.position, Name: "position", Type: protocol.F64, Unit: "m", Doc: "position of the belt by its encoder"},
		device.Signal{Out: &b.speed, Name: "speed", Type: protocol.F64, Unit: "m/s", Doc: "speed of the belt by its encoder"},
	)
	if err != nil {
		return nil, err
	}
	b.link.connect(p, b.publish)
	w.links[name], w.jams[name] = &b.link, func(_ time.Duration, by int) { b.stuck += by }
	return &Conveyor{b}, nil
}

// Start binds the command and begins to publish.
func (c *Conveyor) Start() (err error) {
	b := c.b
	if b.run, err = b.link.port.In(b.name, "run", protocol.Bool); err != nil {
		return err
	}
	period := b.spec.Encoder.Period.D()
	b.link.port.Every(engine.Sense, period, 0, func(now time.Duration) { b.sample(now, period.Seconds()) }).CatchUp()
	return nil
}

// sample reads the encoder: its count, and the speed over the period that ends. It
// counts on while nobody hears it.
func (b *belt) sample(now time.Duration, period float64) {
	s := b.counted(b.at(now))
	b.rate = math.Round((s-b.counts)/period*1e6) / 1e6
	b.counts = s
	if b.link.up() {
		b.publish(now)
	}
}

func (b *belt) publish(now time.Duration) {
	b.position.SetFloat(now, b.counts)
	b.speed.SetFloat(now, b.rate)
}

// Close does nothing: a simulated belt holds nothing.
func (c *Conveyor) Close() error { return nil }

var _ device.Device = (*Conveyor)(nil)
