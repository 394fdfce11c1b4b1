package scenery

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/twin/device"
)

// Flaw is a defect that comes in sizes. Severity is from 0, which a careful look can tell,
// to 1, which nobody overlooks; see [Kit.Spoil].
type Flaw struct {
	Kind     device.Defect
	Severity float64
}

// Size is how large a defect of a part truly is.
type Size struct {
	Kind  device.Defect
	Value float64
	Unit  string
}

// leastSeverity of the flaws that a feeder makes.
const leastSeverity = 0.3

// extent of a kind of flaw at severity 0 and 1.
type extent struct {
	kind   device.Defect
	lo, hi float64
	unit   string
}

// extents are what the kinds of flaws are measured by: the depth of a dent and the height of
// a bulge; the way of a shifted label, the angle of a rotated one; the part of a torn label
// that is gone; how far ink was wiped; the width of the widest scratch; how much of its contrast
// a faint code has lost; the angle of a cap.
var extents = [...]extent{
	{device.Dent, 1, 14, "mm"},
	{device.Bulge, 1, 8, "mm"},
	{device.ShiftedLabel, 1, 8, "mm"},
	{device.RotatedLabel, 1, 8, "deg"},
	{device.TornLabel, 3, 30, "%"},
	{device.SmearedLabel, 1, 12, "mm"},
	{device.ScratchedQR, 0.3, 4, "mm"},
	{device.FaintQR, 40, 95, "%"},
	{device.CrookedCap, 2, 12, "deg"},
}

func (f Flaw) size() (Size, bool) {
	for _, e := range extents {
		if e.kind == f.Kind {
			return Size{f.Kind, e.lo + (e.hi-e.lo)*f.Severity, e.unit}, true
		}
	}
	return Size{}, false
}

// Spoil makes a bottle that has just these flaws, each of the size that its severity asks for:
//
//	Dent          1 to 14 mm deep      RotatedLabel  1 to 8 deg      ScratchedQR  0.3 to 4 mm wide
//	Bulge         1 to 8 mm high       TornLabel     3 to 30 % gone  FaintQR      40 to 95 % of its contrast
//	ShiftedLabel  1 to 8 mm off        SmearedLabel  1 to 12 mm wide CrookedCap   2 to 12 deg
//
// or as large as the bottle has room for; [Part.Sizes] tells. Where they are is drawn from
// rnd. The error names a kind that has no size, comes twice or is a combination, or a
// severity that is not from 0 to 1.
func (k *Kit) Spoil(serial uint64, rnd *rand.Rand, flaws ...Flaw) (*Part, error) {
	var all device.Defect
	for _, f := range flaws {
		switch _, ok := f.size(); {
		case bits.OnesCount(uint(f.Kind)) != 1 || !ok:
			return nil, fmt.Errorf("scenery: a flaw of kind %q has no size; take one of dent, bulge, shifted, rotated, torn or smeared label, scratched or faint QR, crooked cap", f.Kind)
		case !(f.Severity >= 0 && f.Severity <= 1):
			return nil, fmt.Errorf("scenery: %v of severity %g; it is from 0 to 1", f.Kind, f.Severity)
		case all&f.Kind != 0:
			return nil, fmt.Errorf("scenery: %v twice on one part", f.Kind)
		}
		all |= f.Kind
	}
	if both := device.Dent | device.Bulge; all&both == both {
		return nil, fmt.Errorf("scenery: a dent and a bulge on one part; its front has room for one of them")
	}
	p := k.blank(serial, all)
	code := p.print()
	for _, f := range flaws {
		p.spoil(f, code, rnd)
	}
	p.finish(code)
	return p, nil
}

// Sizes of the part's defects, of those that have one.
func (p *Part) Sizes() []Size { return p.sizes }

// spoil adds a flaw to a part that is not finished.
func (p *Part) spoil(f Flaw, code *canvas, rnd *rand.Rand) {
	size, _ := f.size()
	v := size.Value
	switch f.Kind {
	case device.Dent, device.Bulge:
		depth := v / 1000
		if f.Kind == device.Bulge {
			depth = -depth
		}
		p.press(f.Kind, 0.0125+0.0075*rnd.Float64(), depth, rnd.Float64(), rnd.Float64())
		return // and tells its size itself, as does
	case device.ShiftedLabel:
		p.shiftLabel(v/1000, rnd)
		return
	case device.RotatedLabel:
		p.rotateLabel(math.Copysign(v*math.Pi/180, rnd.Float64()-0.5))
	case device.TornLabel:
		p.onLabel(func(c *canvas) { c.tear(v/100, rgb(p.kit.product.Body.Color), rnd) })
	case device.SmearedLabel:
		label := p.face.label
		p.onLabel(func(c *canvas) { c.wipe(int(math.Round(v / 1000 / (label.X1 - label.X0) * float64(c.w)))) })
	case device.ScratchedQR:
		if code == nil {
			return
		}
		texels := v / 1000 / float64(p.kit.product.QR.Size) * qrModules * module
		code.scratches(texels, rnd)
	case device.FaintQR:
		if code == nil {
			return
		}
		for i := range code.w * code.h {
			code.set(i, mix(code.get(i), paper, v/100))
		}
	case device.CrookedCap:
		p.tiltCap(v*math.Pi/180, rnd.Float64()*2*math.Pi)
	}
	p.sizes = append(p.sizes, size)
}

// onLabel changes the print of this part's label.
func (p *Part) onLabel(change func(*canvas)) {
	w, h, pix, _ := p.looks[slotLabel].Texture.Pixels()
	c := &canvas{w: w, h: h, pix: pix}
	change(c)
	look := *p.looks[slotLabel]
	look.Texture = must(render.NewTexture(c.w, c.h, c.pix, false))
	p.looks[slotLabel] = &look
}

// rotateLabel turns the label about its middle. The place that it is on grows, and shows the
// body beside it.
func (p *Part) rotateLabel(angle float64) {
	old := p.face.label
	w, h := old.X1-old.X0, old.Z1-old.Z0
	sin, cos := math.Sincos(angle)
	s := math.Abs(sin)
	p.face.label = around((old.X0+old.X1)/2, (old.Z0+old.Z1)/2, w*cos+h*s, h*cos+w*s)
	p.face.turned, p.face.print = angle, [2]float64{w, h}
	body := rgb(p.kit.product.Body.Color)
	p.onLabel(func(c *canvas) {
		was := &canvas{w: c.w, h: c.h, pix: append([]byte(nil), c.pix...)}
		W, H := w*cos+h*s, h*cos+w*s
		for y := range c.h {
			for x := range c.w {
				// Right and up of the middle, in metres.
				a, b := ((float64(x)+0.5)/float64(c.w)-0.5)*W, (0.5-(float64(y)+0.5)/float64(c.h))*H
				u, v := (a*cos+b*sin)/w+0.5, 0.5-(b*cos-a*sin)/h
				c.set(y*c.w+x, was.sample(u*float64(was.w), v*float64(was.h), body))
			}
		}
	})
}

// tiltCap leans the cap on its neck, towards a direction.
func (p *Part) tiltCap(angle, towards float64) {
	s := &p.kit.shape
	sin, cos := math.Sincos(towards)
	// About a point of the rim's lower edge, so that the cap sits on it.
	rim := kinematics.Translation(s.neck*cos, s.neck*sin, s.height)
	lean := kinematics.FromRPY([3]float64{}, [3]float64{0, 0, towards}).
		Mul(kinematics.FromRPY([3]float64{}, [3]float64{0, angle, 0})).
		Mul(kinematics.FromRPY([3]float64{}, [3]float64{0, 0, -towards}))
	p.cap = rim.Mul(lean).Mul(rim.Inverse())
}

// sample is the colour at x, y in texels, whose centres are at halves; between them linear,
// and outside other.
func (p *canvas) sample(x, y float64, other render.RGB) render.RGB {
	x, y = x-0.5, y-0.5
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	at := func(x, y int) render.RGB {
		if x < 0 || y < 0 || x >= p.w || y >= p.h {
			return other
		}
		return p.get(y*p.w + x)
	}
	fx, fy := x-float64(x0), y-float64(y0)
	return mix(mix(at(x0, y0), at(x0+1, y0), fx), mix(at(x0, y0+1), at(x0+1, y0+1), fx), fy)
}

// tear takes a part of the area away, from a corner, along a ragged line.
func (p *canvas) tear(part float64, ground render.RGB, rnd *rand.Rand) {
	// The line x/w + y/h = k cuts off k^2/2 of the area.
	k := math.Sqrt(2 * part)
	right, below := rnd.IntN(2) == 1, rnd.IntN(2) == 1
	phase := rnd.Float64() * 2 * math.Pi
	for y := range p.h {
		for x := range p.w {
			u, v := (float64(x)+0.5)/float64(p.w), (float64(y)+0.5)/float64(p.h)
			if right {
				u = 1 - u
			}
			if below {
				v = 1 - v
			}
			if u+v < k+0.02*math.Sin(40*(u-v)+phase)+0.01*math.Sin(93*(u-v)) {
				p.set(y*p.w+x, ground)
			}
		}
	}
}

// scratches rubs off lines of print across the code, of which the first one has the width in
// texels and goes through its middle, and the others are narrower.
func (p *canvas) scratches(width float64, rnd *rand.Rand) {
	x, y := float64(p.w)/2, float64(p.h)/2
	for n := range 4 {
		a := rnd.Float64() * math.Pi
		dx, dy := math.Cos(a)*float64(p.w), math.Sin(a)*float64(p.w)
		p.line(x-dx, y-dy, x+dx, y+dy, width/float64(n+1))
		x, y = (qrQuiet+qrModules*rnd.Float64())*module, (qrQuiet+qrModules*rnd.Float64())*module
	}
}
