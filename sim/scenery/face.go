package scenery

import (
	"math"
	"slices"

	"linetwin.dev/sim/render"
)

// Rect on the front face, in metres: X to the right of the middle, Z above the belt.
// Beyond the flat part of the face, X goes on along the rounded corner.
type Rect struct{ X0, Z0, X1, Z1 float64 }

func (r Rect) has(x, z float64) bool { return x > r.X0 && x < r.X1 && z > r.Z0 && z < r.Z1 }

func (r Rect) move(dx, dz float64) Rect { return Rect{r.X0 + dx, r.Z0 + dz, r.X1 + dx, r.Z1 + dz} }

func around(x, z, w, h float64) Rect { return Rect{x - w/2, z - h/2, x + w/2, z + h/2} }

// Dent is a hollow in the front face, round and smooth: at the distance r from its
// middle it is Depth cos^2(pi r / (2 Radius)) deep. Metres; the zero value is none.
type Dent struct{ X, Z, Radius, Depth float64 }

// at gives how far the face is pushed in at x, z, and the slopes along x and z.
func (d Dent) at(x, z float64) (depth, dx, dz float64) {
	r := math.Hypot(x-d.X, z-d.Z)
	if r >= d.Radius {
		return 0, 0, 0
	}
	k := math.Pi / (2 * d.Radius)
	c := math.Cos(k * r)
	depth = d.Depth * c * c
	if r > 0 {
		g := -d.Depth * k * math.Sin(2*k*r) / r
		dx, dz = g*(x-d.X), g*(z-d.Z)
	}
	return depth, dx, dz
}

// The slots of a face's materials.
const (
	slotBody = iota
	slotLabel
	slotCode
	faceSlots
)

// dentStep is the size of the cells in which a dent is drawn.
const dentStep = 0.0025

// face is the front of a bottle, from corner to corner and from the foot to the
// shoulder, with what is printed on it. It is one sheet, cut along the borders of the
// prints, so that a print is part of the surface and follows its dents.
type face struct {
	shape *shape
	label Rect
	code  Rect // with the quiet zone
	core  Rect // without
	dent  Dent
	shift [2]float64 // by how much the label is out of its place
	// A label that is turned by an angle, counter-clockwise as seen, with its print's width and
	// height; label is what is around it then.
	turned float64
	print  [2]float64
}

// slot of what is to be seen at x, z: the label lies over the code's quiet zone, but
// not over the code.
func (f *face) slot(x, z float64) int {
	switch {
	case f.core.has(x, z):
		return slotCode
	case f.label.has(x, z):
		return slotLabel
	case f.code.has(x, z):
		return slotCode
	}
	return slotBody
}

// mesh builds the sheet.
func (f *face) mesh() (*render.Mesh, error) {
	o := f.shape.outline
	var xs, zs []float64
	for _, p := range o.pts {
		if p.s <= o.half {
			xs = append(xs, p.s, -p.s)
		}
	}
	zs = append(zs, f.shape.foot, f.shape.shoulder)
	for _, r := range [3]Rect{f.label, f.code, f.core} {
		xs = append(xs, r.X0, r.X1)
		zs = append(zs, r.Z0, r.Z1)
	}
	if f.dent.Radius > 0 {
		n := math.Ceil(f.dent.Radius / dentStep)
		for k := -n; k <= n; k++ {
			xs = append(xs, f.dent.X+f.dent.Radius*k/n)
			zs = append(zs, f.dent.Z+f.dent.Radius*k/n)
		}
	}
	xs, zs = cuts(xs, -o.half, o.half), cuts(zs, f.shape.foot, f.shape.shoulder)

	var b builder
	for slot := range faceSlots {
		var r Rect
		switch slot {
		case slotLabel:
			r = f.label
		case slotCode:
			r = f.code
		default:
			r = Rect{0, 0, 1, 1}
		}
		b.group(slot)
		at := make([]uint32, len(xs)*len(zs)) // vertex number + 1, 0 for none yet
		corner := func(i, j int) uint32 {
			k := &at[j*len(xs)+i]
			if *k == 0 {
				p, n := f.point(xs[i], zs[j])
				*k = b.vertex(p, n, (xs[i]-r.X0)/(r.X1-r.X0), (r.Z1-zs[j])/(r.Z1-r.Z0)) + 1
			}
			return *k - 1
		}
		for j := 1; j < len(zs); j++ {
			for i := 1; i < len(xs); i++ {
				if f.slot((xs[i-1]+xs[i])/2, (zs[j-1]+zs[j])/2) == slot {
					b.quad(corner(i-1, j-1), corner(i, j-1), corner(i, j), corner(i-1, j))
				}
			}
		}
	}
	return b.mesh()
}

// point is the place and normal of the sheet at x, z in the part's frame.
func (f *face) point(x, z float64) (p, n [3]float64) {
	q := f.shape.outline.at(x)
	depth, dx, dz := f.dent.at(x, z)
	l := math.Sqrt(1 + dx*dx + dz*dz)
	if depth == 0 {
		return [3]float64{q.x, q.y, z}, [3]float64{q.nx, q.ny, 0}
	}
	return [3]float64{q.x, q.y + depth, z}, [3]float64{dx / l, -1 / l, dz / l}
}

// cuts sorts, drops what is out of range, and merges what is too close to make a cell.
func cuts(v []float64, lo, hi float64) []float64 {
	const least = 1e-7
	slices.Sort(v)
	out := []float64{lo}
	for _, x := range v {
		if x > out[len(out)-1]+least && x < hi-least {
			out = append(out, x)
		}
	}
	return append(out, hi)
}
