package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// lane is the thread that the whole world shares on the wall clock, because its
// devices look into it.
const lane = "plant"

// tick of the plant: how often actuators are looked at and parts are put on.
const tick = 5 * time.Millisecond

// World is the simulated plant: what is true. It and its devices belong to one lane of
// the engine; a step in which nothing happens allocates nothing.
type World struct {
	site     *device.Site
	port     *device.Port
	order    []*belt // by name
	belts    map[string]*belt
	eyes     []*eye
	gates    []*gate
	feeders  []*feeder
	machines map[string]*machine
	cameras  map[string]*Camera
	rooms    map[string]*scenery.Room // around each belt
	capLevel float64                  // height of the highest product, m
	// Devices that faults can strike, by name.
	links map[string]*link
	jams  map[string]func(now time.Duration, by int)
}

// NewWorld builds the plant of a scenario and makes it move. It adds the component
// "world", so it is to be called once for an engine. The error names the feeder,
// conveyor or machine that cannot be built, and why.
func NewWorld(site *device.Site) (*World, error) {
	w := &World{
		site:     site,
		port:     site.Port("world", lane),
		belts:    map[string]*belt{},
		machines: map[string]*machine{},
		cameras:  map[string]*Camera{},
		rooms:    map[string]*scenery.Room{},
		links:    map[string]*link{},
		jams:     map[string]func(time.Duration, int){},
	}
	if err := w.build(site.Spec); err != nil {
		return nil, err
	}
	w.port.Every(engine.Plant, tick, 0, w.step).CatchUp()
	for _, f := range site.Spec.Faults {
		w.schedule(f)
	}
	return w, nil
}

func (w *World) build(sp *specs.Scenario) error {
	for _, n := range specs.Names(sp.Conveyors) {
		b := &belt{name: n, spec: sp.Conveyors[n]}
		w.belts[n] = b
		w.order = append(w.order, b)
		room, err := scenery.NewRoom(sp.Conveyors[n])
		if err != nil {
			return w.misfit("conveyors", n, err)
		}
		w.rooms[n] = room
	}
	for _, n := range specs.Names(sp.Photoeyes) {
		e := sp.Photoeyes[n]
		w.eyes = append(w.eyes, &eye{name: n, spec: e, belt: w.belts[e.Conveyor], jitter: w.port.Component().Rand("eye " + n)})
	}
	for _, n := range specs.Names(sp.Gates) {
		g := sp.Gates[n]
		w.gates = append(w.gates, &gate{name: n, spec: g, belt: w.belts[g.Conveyor]})
	}
	for _, n := range specs.Names(sp.Products) {
		p := sp.Products[n]
		w.capLevel = max(w.capLevel, float64(p.Body.Height+p.Cap.Height))
	}
	for _, n := range specs.Names(sp.Feeders) {
		f, err := newFeeder(w, n, sp.Feeders[n])
		if err != nil {
			return err
		}
		w.feeders = append(w.feeders, f)
	}
	for _, n := range specs.Names(sp.Machines) {
		m, err := newMachine(w, n, sp.Machines[n])
		if err != nil {
			return err
		}
		w.machines[n] = m
	}
	return nil
}

// eye finds a photo-eye, or nil.
func (w *World) eye(name string) *eye {
	for _, e := range w.eyes {
		if e.name == name {
			return e
		}
	}
	return nil
}

// gate finds a gate, or nil.
func (w *World) gate(name string) *gate {
	for _, g := range w.gates {
		if g.name == name {
			return g
		}
	}
	return nil
}

// misfit is an error about a part of the specification, with its place.
func (w *World) misfit(section, name string, err error) error {
	err = fmt.Errorf("%s.%s: %w", section, name, err)
	if w.site.Where == nil {
		return err
	}
	return specs.Errors{mistake.At(w.site.Where(section, name), err.Error())}
}

// step ends the tick before now and plans the one that begins.
func (w *World) step(now time.Duration) {
	for _, b := range w.order {
		w.discharge(now, b)
	}
	for _, b := range w.order {
		b.advance(now, tick)
	}
	for _, f := range w.feeders {
		f.feed(now)
	}
	for _, e := range w.eyes {
		e.look(tick)
	}
	for _, g := range w.gates {
		g.move(now, tick)
	}
}

// discharge takes off a belt what a gate has pushed or what has run off its end in the
// tick that ends now.
func (w *World) discharge(now time.Duration, b *belt) {
	for _, p := range b.parts.list {
		if p.gone {
			continue
		}
		at, by := now, device.OnLine
		if t, ok := b.when(p.s0+float64(b.spec.Length), tick); ok {
			at, by = t, device.Passed
		}
		for _, g := range w.gates {
			if t, ok := g.takes(p, tick); ok && t <= at {
				at, by = t, device.Rejected
			}
		}
		if by != device.OnLine {
			w.leave(now, p, by, at)
		}
	}
	b.parts.trim()
}

func (w *World) leave(now time.Duration, p *part, by device.Exit, at time.Duration) {
	p.gone = true
	p.truth.Exit, p.truth.Left = by, at
	p.look = nil
	w.tell(now, device.TruthLeft, p.truth)
}

// tell puts a truth or a remark into the log.
func (w *World) tell(now time.Duration, kind uint8, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sim: %T cannot be told: %v", v, err)) // its fields are plain
	}
	w.port.Emit(now, kind, b)
}

// near calls yield with the parts whose centre is within reach of x at t, and the x of
// that centre, belt by belt, foremost first.
func (w *World) near(t time.Duration, x, reach float64, yield func(p *part, px float64)) {
	for _, b := range w.order {
		s := b.at(t)
		for _, p := range b.parts.list {
			if px := s - p.s0; !p.gone && math.Abs(px-x) <= reach {
				yield(p, px)
			}
		}
	}
}

// Start begins nothing: the world moves by itself.
func (w *World) Start() error { return nil }

// Close forgets the parts, and with them what the renderer keeps of each.
func (w *World) Close() error {
	for _, b := range w.order {
		b.parts = queue{}
	}
	return nil
}

var _ device.Device = (*World)(nil)
