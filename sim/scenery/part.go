package scenery

import (
	"math"
	"math/rand/v2"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/twin/device"
)

// Part is one bottle as it looks. It is immutable.
type Part struct {
	kit     *Kit
	serial  uint64
	defects device.Defect
	sizes   []Size
	face    face
	front   *render.Mesh
	looks   [faceSlots]*render.Material
	cap     kinematics.Pose // of the cap in the part's frame
}

// Part makes the bottle with this serial and these defects. Where a dent lies, which
// way a label is off and what has happened to a code are drawn from rnd, of which one
// number is taken, whatever the defects are.
//
// Serials print their last eight digits.
func (k *Kit) Part(serial uint64, defects device.Defect, rnd *rand.Rand) *Part {
	draw := rnd.Uint64()
	rnd = rand.New(rand.NewPCG(draw, serial))
	p := k.blank(serial, defects)
	code := p.print()
	if code != nil && defects&device.UnreadableQR != 0 {
		code.damage(rnd)
	}
	if defects&device.ShiftedLabel != 0 {
		p.shiftLabel(0.004+0.004*rnd.Float64(), rnd)
	}
	if defects&device.Dent != 0 {
		p.makeDent(rnd)
	}
	// The others have numbers of their own, so that they change nothing of these.
	more := rand.New(rand.NewPCG(draw, ^serial))
	for kind := device.TornLabel; kind <= device.Bulge; kind <<= 1 {
		if defects&kind != 0 {
			p.spoil(Flaw{kind, leastSeverity + (1-leastSeverity)*more.Float64()}, code, more)
		}
	}
	p.finish(code)
	return p
}

// blank is the bottle before anything that has a size is wrong with it.
func (k *Kit) blank(serial uint64, defects device.Defect) *Part {
	p := &Part{kit: k, serial: serial, defects: defects, face: k.face, front: k.front, cap: kinematics.Identity()}
	p.looks = [faceSlots]*render.Material{slotBody: k.bodyLook, slotLabel: k.label, slotCode: k.bodyLook}
	if defects&device.WrongLabel != 0 {
		p.looks[slotLabel] = k.wrongLabel
	}
	return p
}

// print gives the code, or nil where it is missing.
func (p *Part) print() *canvas {
	if p.defects&device.MissingQR != 0 {
		return nil
	}
	return must(qrCanvas(p.Text()))
}

// finish makes the code's look, and the front face where it is another one.
func (p *Part) finish(code *canvas) {
	if code != nil {
		p.looks[slotCode] = &render.Material{Texture: must(render.NewTexture(code.w, code.h, code.pix, false))}
	}
	if p.face.label != p.kit.face.label || p.face.dent != (Dent{}) {
		p.front = must(p.face.mesh())
	}
}

// must is for what NewKit has tried already: every serial makes a code of the same
// length, and every face a mesh.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shiftLabel moves the label, as far up or down as there is room.
func (p *Part) shiftLabel(by float64, rnd *rand.Rand) {
	f := &p.face
	sin, cos := math.Sincos(rnd.Float64() * 2 * math.Pi)
	up := min(max(by*sin, max(f.shape.foot, f.core.Z1)-f.label.Z0), f.shape.shoulder-f.label.Z1)
	across := math.Copysign(math.Sqrt(by*by-up*up), cos)
	f.shift = [2]float64{across, up}
	f.label = f.label.move(across, up)
	p.sizes = append(p.sizes, Size{device.ShiftedLabel, by * 1000, "mm"})
}

// makeDent presses a dent of 25 to 40 mm across and 8 to 14 mm deep into the flat part
// of the front, or as large a one as there is room for.
func (p *Part) makeDent(rnd *rand.Rand) {
	r := 0.0125 + 0.0075*rnd.Float64()
	x, z := rnd.Float64(), rnd.Float64()
	p.press(device.Dent, r, 0.008+0.006*rnd.Float64(), x, z)
}

// press makes a dent of a radius and a depth, which is negative for a bulge, at a place that
// is told in parts of the room for it.
func (p *Part) press(kind device.Defect, r, depth, x, z float64) {
	s := p.face.shape
	low, high := s.foot, s.shoulder
	r = min(r, s.outline.flat, (high-low)/2)
	depth = min(depth, s.depth/3)
	p.face.dent = Dent{
		X:      (2*x - 1) * (s.outline.flat - r),
		Z:      low + r + z*(high-low-2*r),
		Radius: r,
		Depth:  depth,
	}
	p.sizes = append(p.sizes, Size{kind, math.Abs(depth) * 1000, "mm"})
}

// Serial of the part, as it was given.
func (p *Part) Serial() uint64 { return p.serial }

// Defects of the part.
func (p *Part) Defects() device.Defect { return p.defects }

// Text that is encoded in the QR code, also when the code is missing or damaged.
func (p *Part) Text() string { return qrText(p.kit.product.QR.Prefix, p.serial) }

// Dent of the part, of negative depth for a bulge; its zero value when there is none.
func (p *Part) Dent() Dent { return p.face.dent }

// LabelShift is by how much the label is out of its place: along x and up, metres.
func (p *Part) LabelShift() (along, up float64) { return p.face.shift[0], p.face.shift[1] }

// LabelCorners are where the label is, in the order of [Kit.LabelCorners].
func (p *Part) LabelCorners() [4][3]float64 {
	f := &p.face
	if f.turned == 0 {
		return f.corners(f.label)
	}
	sin, cos := math.Sincos(f.turned)
	x, z := (f.label.X0+f.label.X1)/2, (f.label.Z0+f.label.Z1)/2
	var c [4][3]float64
	for i, q := range [4][2]float64{{-0.5, 0.5}, {0.5, 0.5}, {0.5, -0.5}, {-0.5, -0.5}} {
		a, b := q[0]*f.print[0], q[1]*f.print[1]
		c[i], _ = f.point(x+a*cos-b*sin, z+a*sin+b*cos)
	}
	return c
}

// CapPose is the pose of the cap in the part's frame, the identity where it sits as it should;
// [Kit.CapTop] and [Kit.MarkerCorners] are in the cap's own.
func (p *Part) CapPose() kinematics.Pose { return p.cap }

// Corners of the box that the part fills, in the part's frame.
func (p *Part) Corners() [8][3]float64 {
	s := &p.kit.shape
	var c [8][3]float64
	for i := range c {
		c[i] = [3]float64{s.width * (float64(i&1) - 0.5), s.depth * (float64(i>>1&1) - 0.5), float64(i>>2) * (s.height + s.capHeight)}
	}
	return c
}

// appendItems adds what there is to see of the part at its pose.
func (p *Part) appendItems(items []render.Item, pose kinematics.Pose) []render.Item {
	k := p.kit
	items = append(items,
		render.Item{Mesh: k.body, Pose: pose, Materials: k.bodySlots},
		render.Item{Mesh: p.front, Pose: pose, Materials: p.looks[:]})
	if p.defects&device.MissingCap != 0 {
		return append(items, render.Item{Mesh: k.neck, Pose: pose, Materials: k.neckSlots})
	}
	if p.defects&device.CrookedCap != 0 {
		items = append(items, render.Item{Mesh: k.neck, Pose: pose, Materials: k.neckSlots})
		pose = pose.Mul(p.cap)
	}
	return append(items, render.Item{Mesh: k.cap, Pose: pose, Materials: k.capSlots})
}
