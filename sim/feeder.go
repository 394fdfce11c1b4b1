package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// feeder puts parts onto a belt. Each thing that is random has a stream of its own.
type feeder struct {
	w       *World
	spec    specs.Feeder
	belt    *belt
	product specs.Product
	kit     *scenery.Kit
	gaps    *rand.Rand
	places  *rand.Rand
	defects *rand.Rand
	others  *rand.Rand // more defects
	looks   *rand.Rand
	turns   *rand.Rand
	begun   bool
	next    float64 // position of the belt at which the next part's centre is at x = 0
	serial  uint64
}

func newFeeder(w *World, name string, f specs.Feeder) (*feeder, error) {
	c := w.port.Component()
	product := w.site.Spec.Products[f.Product]
	k, err := scenery.NewKit(product, w.site.Dir)
	if err != nil {
		return nil, w.misfit("products", f.Product, err)
	}
	return &feeder{
		w: w, spec: f, belt: w.belts[f.Conveyor], product: product, kit: k,
		gaps: c.Rand("gaps " + name), places: c.Rand("places " + name),
		defects: c.Rand("defects " + name), others: c.Rand("other defects " + name), looks: c.Rand("looks " + name),
		turns:  c.Rand("turns " + name),
		serial: f.FirstSerial,
	}, nil
}

// feed puts on what has its place on the belt by now.
func (f *feeder) feed(now time.Duration) {
	if now < f.spec.First.D() {
		return
	}
	s := f.belt.at(now)
	if !f.begun {
		f.begun, f.next = true, s
	}
	for s >= f.next {
		// Another feeder's part may stand there: then this one waits for its turn.
		if p := f.belt.parts.last(); p != nil {
			if clear := p.s0 + p.half() + float64(f.product.Body.Width)/2; f.next < clear {
				f.next = clear
				continue
			}
		}
		f.put(now)
		f.next += float64(f.spec.Spacing.Min) + f.gaps.ExpFloat64()*float64(f.spec.Spacing.Mean-f.spec.Spacing.Min)
	}
}

// put puts the next part on.
func (f *feeder) put(now time.Duration) {
	p := &part{belt: f.belt, product: &f.product, s0: f.next,
		y:   cutNormal(f.places, 2.5) * float64(f.spec.Lateral),
		yaw: cutNormal(f.places, 2.5) * float64(f.spec.Yaw),
	}
	if f.turns.Float64() < float64(f.spec.Turned) {
		p.yaw += math.Pi
	}
	p.truth = device.Part{Serial: f.serial, Product: f.spec.Product, Defects: f.draw(), Born: now}
	p.look = &look{kit: f.kit, draw: f.looks.Uint64(), serial: f.serial, defects: p.truth.Defects}
	f.belt.parts.add(p)
	f.serial++
}

// draw decides what is wrong with a part. Each rate meets a draw of its own, whatever
// the other rates are, so that changing one changes no other defect. What is
// missing cannot have another defect as well, and a dent is no bulge.
func (f *feeder) draw() device.Defect {
	d := &f.spec.Defects
	var got device.Defect
	for _, r := range [...]struct {
		rate specs.Ratio
		is   device.Defect
		from *rand.Rand
	}{
		{d.UnreadableQR, device.UnreadableQR, f.defects}, {d.MissingQR, device.MissingQR, f.defects},
		{d.WrongLabel, device.WrongLabel, f.defects}, {d.ShiftedLabel, device.ShiftedLabel, f.defects},
		{d.MissingCap, device.MissingCap, f.defects}, {d.Dent, device.Dent, f.defects},
		{d.TornLabel, device.TornLabel, f.others}, {d.SmearedLabel, device.SmearedLabel, f.others},
		{d.RotatedLabel, device.RotatedLabel, f.others}, {d.ScratchedQR, device.ScratchedQR, f.others},
		{d.FaintQR, device.FaintQR, f.others}, {d.CrookedCap, device.CrookedCap, f.others},
		{d.Bulge, device.Bulge, f.others},
	} {
		if r.from.Float64() < float64(r.rate) {
			got |= r.is
		}
	}
	if got&device.MissingQR != 0 {
		got &^= device.UnreadableQR | device.ScratchedQR | device.FaintQR
	}
	if got&device.MissingCap != 0 {
		got &^= device.CrookedCap
	}
	if got&device.Dent != 0 {
		got &^= device.Bulge
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
