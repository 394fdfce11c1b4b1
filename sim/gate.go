package sim

import (
	"math"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// gate pushes parts off a belt while it is out.
type gate struct {
	name  string
	spec  specs.Gate
	belt  *belt
	out   float64 // 0: withdrawn, 1: fully out
	stuck bool

	port         *device.Port
	open         *protocol.In
	opened, home *protocol.Out
}

func (g *gate) move(dt time.Duration) {
	if g.open == nil || g.stuck {
		return
	}
	step := dt.Seconds() / g.spec.Travel.D().Seconds()
	if g.open.Quality() != protocol.Bad && g.open.Bool() {
		g.out = math.Min(g.out+step, 1)
	} else {
		g.out = math.Max(g.out-step, 0)
	}
}

// takes tells whether the gate pushes off a part whose centre is at x.
func (g *gate) takes(p *part, x float64) bool {
	return p.belt == g.belt && g.out >= 0.5 && math.Abs(x-float64(g.spec.At)) <= float64(g.spec.Reach)/2
}

// Gate is the device of a gate: its valve and its two end switches.
type Gate struct{ g *gate }

// Gate puts up the device of a gate.
func (w *World) Gate(name string) (*Gate, error) {
	for _, g := range w.gates {
		if g.name != name {
			continue
		}
		g.port = w.site.Port(name, lane, "gates", name)
		var err error
		if g.opened, err = g.port.Out("opened", protocol.Bool, "", "the gate is fully out"); err != nil {
			return nil, err
		}
		if g.home, err = g.port.Out("closed", protocol.Bool, "", "the gate is fully withdrawn"); err != nil {
			return nil, err
		}
		return &Gate{g}, nil
	}
	panic("sim: no gate " + name)
}

// Start binds the command and begins to publish.
func (d *Gate) Start() (err error) {
	g := d.g
	if g.open, err = g.port.In(g.name, "open", protocol.Bool); err != nil {
		return err
	}
	g.port.Every(engine.Sense, tick, 0, func(now time.Duration) {
		g.opened.SetBool(now, g.out >= 1)
		g.home.SetBool(now, g.out <= 0)
	})
	return nil
}

// Close does nothing.
func (d *Gate) Close() error { return nil }
