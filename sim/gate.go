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

// gate pushes parts off a belt while it is out. A spring drives it out and a valve
// holds it back: without a command it goes out, and nothing passes.
type gate struct {
	name  string
	spec  specs.Gate
	belt  *belt
	link  link
	stuck int // faults that hold it

	from time.Duration // begin of the current tick
	out  float64       // at from; 0: withdrawn, 1: fully out
	rate float64       // in the current tick, 1/s: evenly until it is at an end

	open         *protocol.In
	opened, home *protocol.Out
	publish      func(now time.Duration)
}

// at is how far out the gate is at an instant of the current tick.
func (g *gate) at(t time.Duration) float64 {
	return min(max(g.out+g.rate*(t-g.from).Seconds(), 0), 1)
}

// commanded tells whether the gate is to go out.
func (g *gate) commanded() bool {
	return !g.link.up() || g.open.Quality() == protocol.Bad || g.open.Bool()
}

// switchRange is the part of the travel at each end in which the switch there is closed.
const switchRange = 0.01

// move ends the tick that began at from and plans the next one, dt long.
func (g *gate) move(now, dt time.Duration) {
	if g.open == nil {
		return
	}
	const end = 1e-9 // of the travel: what rounding leaves
	g.out, g.from, g.rate = g.at(now), now, 0
	way := -g.out
	if g.commanded() {
		way = 1 - g.out
	}
	if g.stuck > 0 || math.Abs(way) < end {
		return
	}
	g.rate = math.Copysign(1/max(g.spec.Travel.D(), 1).Seconds(), way)
	for _, edge := range [2]float64{switchRange, 1 - switchRange} {
		if d := (edge - g.out) / g.rate; d >= 0 && d < dt.Seconds() {
			g.link.port.At(engine.Sense, now+time.Duration(d*1e9)+2, g.publish) // just past it
		}
	}
}

// takes is the instant of the current tick, which is dt long, at which the gate pushes
// a part off: when it is at least half out and the part's centre within its reach.
func (g *gate) takes(p *part, dt time.Duration) (time.Duration, bool) {
	if g.open == nil || p.belt != g.belt {
		return 0, false
	}
	from, to, ok := g.working(dt)
	if !ok {
		return 0, false
	}
	low := p.s0 + float64(g.spec.At) - float64(g.spec.Reach)/2
	if s := g.belt.at(from); s > low+float64(g.spec.Reach) {
		return 0, false // it was past before
	} else if s >= low {
		return from, true
	}
	t, ok := g.belt.when(low, dt)
	return t, ok && t <= to
}

// working is the part of the current tick in which the gate is at least half out.
func (g *gate) working(dt time.Duration) (from, to time.Duration, ok bool) {
	from, to = g.from, g.from+dt
	a, b := g.out >= 0.5, g.at(to) >= 0.5
	if a == b {
		return from, to, a
	}
	middle := g.from + time.Duration(math.Abs(0.5-g.out)/math.Abs(g.rate)*1e9)
	if a {
		return from, middle, true
	}
	return middle, to, true
}

// Gate is the device of a gate: its valve and its two end switches.
type Gate struct{ g *gate }

// Gate puts up the device of a gate. The error says which register cannot be had.
func (w *World) Gate(name string) (*Gate, error) {
	g := w.gate(name)
	if g == nil {
		return nil, fmt.Errorf("sim: there is no gate %q", name)
	}
	p := w.site.Port(name, lane, "gates", name)
	err := p.Define(
		device.Signal{Out: &g.opened, Name: "opened", Type: protocol.Bool, Doc: "the gate is fully out"},
		device.Signal{Out: &g.home, Name: "closed", Type: protocol.Bool, Doc: "the gate is fully withdrawn"},
	)
	if err != nil {
		return nil, err
	}
	tell := func(now time.Duration) {
		at := g.at(now)
		g.opened.SetBool(now, at >= 1-switchRange)
		g.home.SetBool(now, at <= switchRange)
	}
	g.publish = func(now time.Duration) {
		if g.link.up() {
			tell(now)
		}
	}
	g.link.connect(p, tell)
	w.links[name], w.jams[name] = &g.link, func(_ time.Duration, by int) { g.stuck += by }
	return &Gate{g}, nil
}

// Start binds the command and publishes the end switches.
func (d *Gate) Start() (err error) {
	g := d.g
	if g.open, err = g.link.port.In(g.name, "open", protocol.Bool); err != nil {
		return err
	}
	g.link.port.At(engine.Sense, 0, g.publish)
	return nil
}

// Close does nothing.
func (d *Gate) Close() error { return nil }

var _ device.Device = (*Gate)(nil)
