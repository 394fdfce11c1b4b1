package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// lane is the thread that the whole world shares on the wall clock, because its
// devices look into it.
const lane = "plant"

// tick of the plant: how often actuators are looked at and parts are put on.
const tick = 5 * time.Millisecond

// World is the simulated plant: what is true.
type World struct {
	site     *device.Site
	port     *device.Port
	belts    map[string]*belt
	eyes     []*eye
	gates    []*gate
	feeders  []*feeder
	machines map[string]*machine
	cameras  map[string]*Camera
	rooms    map[string]*scenery.Room // around each belt, if pictures are taken
	parts    []*part                  // all that ever were, in order of birth
	first    int                      // the parts before this one have left
}

// part is one bottle.
type part struct {
	truth   device.Part
	belt    *belt
	product *specs.Product
	s0      float64 // the belt's position at which the part's centre was at x = 0
	y, yaw  float64
	look    *look
	gone    bool
}

// x of the part's centre at an instant of the current tick, in metres.
func (p *part) x(t time.Duration) float64 { return p.belt.at(t) - p.s0 }

// NewWorld builds the plant of a scenario and makes it move. It adds the component
// "world", so it is to be called once for an engine.
func NewWorld(site *device.Site) (*World, error) {
	w := &World{
		site:     site,
		port:     site.Port("world", lane),
		belts:    map[string]*belt{},
		machines: map[string]*machine{},
		cameras:  map[string]*Camera{},
		rooms:    map[string]*scenery.Room{},
	}
	sp := site.Spec
	for _, n := range specs.Names(sp.Conveyors) {
		w.belts[n] = &belt{name: n, spec: sp.Conveyors[n]}
		room, err := scenery.NewRoom(sp.Conveyors[n])
		if err != nil {
			return nil, fmt.Errorf("conveyor %s: %w", n, err)
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
	for _, n := range specs.Names(sp.Feeders) {
		f, err := newFeeder(w, n, sp.Feeders[n])
		if err != nil {
			return nil, err
		}
		w.feeders = append(w.feeders, f)
	}
	for _, n := range specs.Names(sp.Machines) {
		m, err := newMachine(w, n, sp.Machines[n])
		if err != nil {
			return nil, err
		}
		w.machines[n] = m
	}
	w.port.Every(engine.Plant, tick, 0, w.step)
	for _, f := range sp.Faults {
		w.schedule(f)
	}
	return w, nil
}

// step moves the plant from now to the next tick.
func (w *World) step(now time.Duration) {
	for _, n := range specs.Names(w.belts) {
		w.belts[n].advance(now, tick)
	}
	for _, f := range w.feeders {
		f.feed(now)
	}
	for _, e := range w.eyes {
		e.look(w, tick)
	}
	for _, g := range w.gates {
		g.move(tick)
	}
	w.discharge(now)
}

// discharge takes parts off the line: by a gate, or at the end of the conveyor.
func (w *World) discharge(now time.Duration) {
	for _, p := range w.parts[w.first:] {
		if p.gone {
			continue
		}
		x := p.x(now)
		switch {
		case slices.ContainsFunc(w.gates, func(g *gate) bool { return g.takes(p, x) }):
			w.leave(now, p, device.Rejected)
		case x >= float64(p.belt.spec.Length):
			w.leave(now, p, device.Passed)
		}
	}
	for w.first < len(w.parts) && w.parts[w.first].gone {
		w.first++
	}
}

func (w *World) leave(now time.Duration, p *part, by device.Exit) {
	p.gone = true
	p.truth.Exit, p.truth.Left = by, now
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

// near are the parts whose centre is within reach of x at t, in order of birth.
func (w *World) near(t time.Duration, x, reach float64, yield func(p *part, px float64)) {
	for _, p := range w.parts[w.first:] {
		if p.gone {
			continue
		}
		if px := p.x(t); math.Abs(px-x) <= reach {
			yield(p, px)
		}
	}
}

// Remaining is the number of parts on the line.
func (w *World) Remaining() int {
	n := 0
	for _, p := range w.parts[w.first:] {
		if !p.gone {
			n++
		}
	}
	return n
}

// Start begins nothing: the world moves by itself.
func (w *World) Start() error { return nil }

// Close releases the renderer's memory.
func (w *World) Close() error {
	w.parts, w.first = nil, 0
	return nil
}

// feeder puts parts onto a belt.
type feeder struct {
	w       *World
	spec    specs.Feeder
	belt    *belt
	product specs.Product
	kit     *scenery.Kit
	gaps    *rand.Rand
	places  *rand.Rand
	defects *rand.Rand
	looks   *rand.Rand
	begun   bool
	next    float64 // position of the belt at which the next part's centre is at x = 0
	serial  uint64
}

func newFeeder(w *World, name string, f specs.Feeder) (*feeder, error) {
	c := w.port.Component()
	product := w.site.Spec.Products[f.Product]
	k, err := scenery.NewKit(product, w.site.Dir)
	if err != nil {
		return nil, fmt.Errorf("feeder %s: %w", name, err)
	}
	return &feeder{
		w: w, spec: f, belt: w.belts[f.Conveyor], product: product, kit: k,
		gaps: c.Rand("gaps " + name), places: c.Rand("places " + name),
		defects: c.Rand("defects " + name), looks: c.Rand("looks " + name),
		serial: f.FirstSerial,
	}, nil
}

// feed puts the next part on when its place has come onto the belt.
func (f *feeder) feed(now time.Duration) {
	if now < f.spec.First.D() {
		return
	}
	s := f.belt.at(now)
	if !f.begun {
		f.begun, f.next = true, s
	}
	if s < f.next {
		return
	}
	p := &part{belt: f.belt, product: &f.product, s0: f.next,
		y:   cutNormal(f.places, 2.5) * float64(f.spec.Lateral),
		yaw: cutNormal(f.places, 2.5) * float64(f.spec.Yaw),
	}
	p.truth = device.Part{Serial: f.serial, Product: f.spec.Product, Defects: f.draw(), Born: now}
	p.look = &look{kit: f.kit, draw: f.looks.Uint64(), serial: f.serial, defects: p.truth.Defects}
	f.w.parts = append(f.w.parts, p)
	f.serial++
	f.next += float64(f.spec.Spacing.Min) + f.gaps.ExpFloat64()*float64(f.spec.Spacing.Mean-f.spec.Spacing.Min)
}

// draw decides what is wrong with a part. Each rate has its own draw, so that
// changing one changes no other.
func (f *feeder) draw() device.Defect {
	d := f.spec.Defects
	var got device.Defect
	for _, r := range []struct {
		rate specs.Ratio
		is   device.Defect
	}{
		{d.UnreadableQR, device.UnreadableQR}, {d.MissingQR, device.MissingQR},
		{d.WrongLabel, device.WrongLabel}, {d.ShiftedLabel, device.ShiftedLabel},
		{d.MissingCap, device.MissingCap}, {d.Dent, device.Dent},
	} {
		if f.defects.Float64() < float64(r.rate) {
			got |= r.is
		}
	}
	if got&device.MissingQR != 0 {
		got &^= device.UnreadableQR
	}
	return got
}

// cutNormal is a standard normal, drawn again while it is beyond limit.
func cutNormal(r *rand.Rand, limit float64) float64 {
	for {
		if v := r.NormFloat64(); math.Abs(v) <= limit {
			return v
		}
	}
}
