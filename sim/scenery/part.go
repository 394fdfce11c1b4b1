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
	face    face
	front   *render.Mesh
	looks   [faceSlots]*render.Material
}

// Part makes the bottle with this serial and these defects. Where a dent lies, which
// way a label is off and what has happened to a code are drawn from rnd, of which one
// number is taken, whatever the defects are.
//
// Serials print their last eight digits.
func (k *Kit) Part(serial uint64, defects device.Defect, rnd *rand.Rand) *Part {
	rnd = rand.New(rand.NewPCG(rnd.Uint64(), serial))
	p := &Part{kit: k, serial: serial, defects: defects, face: k.face, front: k.front}
	p.looks = [faceSlots]*render.Material{slotBody: k.bodyLook, slotLabel: k.label, slotCode: k.bodyLook}
	if defects&device.WrongLabel != 0 {
		p.looks[slotLabel] = k.wrongLabel
	}
	if defects&device.MissingQR == 0 {
		c := must(qrCanvas(p.Text()))
		if defects&device.UnreadableQR != 0 {
			c.damage(rnd)
		}
		p.looks[slotCode] = &render.Material{Texture: must(render.NewTexture(c.w, c.h, c.pix, false))}
	}
	if defects&device.ShiftedLabel != 0 {
		p.shiftLabel(rnd)
	}
	if defects&device.Dent != 0 {
		p.makeDent(rnd)
	}
	if defects&(device.ShiftedLabel|device.Dent) != 0 {
		p.front = must(p.face.mesh())
	}
	return p
}

// must is for what NewKit has tried already: every serial makes a code of the same
// length, and every face a mesh.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shiftLabel moves the label by 4 to 8 mm, as far up or down as there is room.
func (p *Part) shiftLabel(rnd *rand.Rand) {
	f := &p.face
	by := 0.004 + 0.004*rnd.Float64()
	sin, cos := math.Sincos(rnd.Float64() * 2 * math.Pi)
	up := min(max(by*sin, max(f.shape.foot, f.core.Z1)-f.label.Z0), f.shape.shoulder-f.label.Z1)
	across := math.Copysign(math.Sqrt(by*by-up*up), cos)
	f.shift = [2]float64{across, up}
	f.label = f.label.move(across, up)
}

// makeDent presses a dent of 25 to 40 mm across and 8 to 14 mm deep into the flat part
// of the front, or as large a one as there is room for.
func (p *Part) makeDent(rnd *rand.Rand) {
	s := p.face.shape
	low, high := s.foot, s.shoulder
	r := min(0.0125+0.0075*rnd.Float64(), s.outline.flat, (high-low)/2)
	p.face.dent = Dent{
		X:      (2*rnd.Float64() - 1) * (s.outline.flat - r),
		Z:      low + r + rnd.Float64()*(high-low-2*r),
		Radius: r,
		Depth:  min(0.008+0.006*rnd.Float64(), s.depth/3),
	}
}

// Serial of the part, as it was given.
func (p *Part) Serial() uint64 { return p.serial }

// Defects of the part.
func (p *Part) Defects() device.Defect { return p.defects }

// Text that is encoded in the QR code, also when the code is missing or damaged.
func (p *Part) Text() string { return qrText(p.kit.product.QR.Prefix, p.serial) }

// Dent of the part; its zero value when there is none.
func (p *Part) Dent() Dent { return p.face.dent }

// LabelShift is by how much the label is out of its place: along x and up, metres.
func (p *Part) LabelShift() (along, up float64) { return p.face.shift[0], p.face.shift[1] }

// LabelCorners are where the label is, in the order of [Kit.LabelCorners].
func (p *Part) LabelCorners() [4][3]float64 { return p.face.corners(p.face.label) }

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
	return append(items, render.Item{Mesh: k.cap, Pose: pose, Materials: k.capSlots})
}
