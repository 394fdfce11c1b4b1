package scenery

import (
	"math"

	"linetwin.dev/sim/render"
)

// shape holds the measures of a bottle in metres, from its specification and from
// what is usual for the rest.
type shape struct {
	width, depth, height float64
	outline              *outline
	foot                 float64 // height of the chamfer around the bottom
	shoulder             float64 // height at which the body starts to narrow
	neck                 float64 // radius of the neck
	capRadius, capHeight float64
	lip                  float64 // height of the neck's upper end, under the cap
}

const (
	shoulderSteps = 6
	neckSegments  = 48
)

// bodyMesh is all of the body but its front face: the sides and the back, the foot,
// the shoulder.
func (d *shape) bodyMesh() (*render.Mesh, error) {
	var b builder
	b.group(0)
	o := d.outline
	column := func(scale, weight, z, up float64) []uint32 {
		ids := make([]uint32, 0, len(o.pts))
		for _, p := range o.pts {
			a := math.Atan2(p.y, p.x)
			s, c := math.Sincos(a)
			x := p.x*scale*(1-weight) + d.neck*c*weight
			y := p.y*scale*(1-weight) + d.neck*s*weight
			nx, ny := p.nx*(1-weight)+c*weight, p.ny*(1-weight)+s*weight
			h := math.Hypot(nx, ny) / math.Sqrt(1-up*up)
			ids = append(ids, b.vertex([3]float64{x, y, z}, [3]float64{nx / h, ny / h, up}, 0, 0))
		}
		return ids
	}
	join := func(low, high []uint32, from, to float64) {
		for k := 1; k < len(low); k++ {
			if o.pts[k-1].s >= from && o.pts[k].s <= to {
				b.quad(low[k-1], low[k], high[k], high[k-1])
			}
		}
	}
	all := o.length()
	low, high := column(1, 0, d.foot, 0), column(1, 0, d.shoulder, 0)
	join(low, high, o.half, all-o.half)
	join(column(0.94, 0, 0, -0.6), column(1, 0, d.foot, -0.3), 0, all)
	prev := high
	for k := 1; k <= shoulderSteps; k++ {
		s, c := math.Sincos(math.Pi / 2 * float64(k) / shoulderSteps)
		next := column(1, 1-c, d.shoulder+(d.height-d.shoulder)*s, 0.98*s)
		join(prev, next, 0, all)
		prev = next
	}
	d.flashing(&b)
	return b.mesh()
}

// flashing is strips that lie under the border between the body and the front face. Where a
// rolling shutter bends the seam between the two, of which each has its own corners, it is the
// strip that shows, and not what is behind the bottle.
func (d *shape) flashing(b *builder) {
	const under, wide = 0.0004, 0.001
	o := d.outline
	at := func(s, z float64) uint32 {
		p := o.at(s)
		return b.vertex([3]float64{p.x - under*p.nx, p.y - under*p.ny, z}, [3]float64{p.nx, p.ny, 0}, 0, 0)
	}
	strip := func(s0, s1, z0, z1 float64) { b.quad(at(s0, z0), at(s1, z0), at(s1, z1), at(s0, z1)) }
	strip(o.half-wide, o.half+wide, d.foot, d.shoulder)
	strip(-o.half-wide, wide-o.half, d.foot, d.shoulder)
	for k := 1; k < len(o.pts) && o.pts[k].s <= o.half; k++ {
		for _, z := range [2]float64{d.foot, d.shoulder - wide} {
			strip(o.pts[k-1].s, o.pts[k].s, z, z+wide)
			strip(-o.pts[k].s, -o.pts[k-1].s, z, z+wide)
		}
	}
}

// neckMesh is the open neck, seen when there is no cap on it. Slot 0 is its wall, 1
// its dark inside.
func (d *shape) neckMesh() (*render.Mesh, error) {
	var b builder
	b.group(0)
	inner := d.neck - 0.0025
	b.band(b.ring(neckSegments, d.neck, d.height-0.001, 0, 0), b.ring(neckSegments, d.neck, d.lip, 0, 0))
	b.band(b.ring(neckSegments, d.neck, d.lip, math.Pi/2, 0), b.ring(neckSegments, inner, d.lip, math.Pi/2, 0))
	// A bead, such as a thread leaves.
	bead := d.height + (d.lip-d.height)*0.4
	b.band(b.ring(neckSegments, d.neck, bead-0.0012, -0.6, 0), b.ring(neckSegments, d.neck+0.0012, bead, 0, 0))
	b.band(b.ring(neckSegments, d.neck+0.0012, bead, 0, 0), b.ring(neckSegments, d.neck, bead+0.0012, 0.6, 0))
	b.group(1)
	deep := d.lip - 0.03
	b.band(b.ring(neckSegments, inner, d.lip, math.Pi, 0), b.ring(neckSegments, inner, deep, math.Pi, 0))
	floor := b.ring(neckSegments, inner, deep, math.Pi/2, 0)
	for k := 2; k < len(floor); k++ {
		b.tri(floor[0], floor[k-1], floor[k])
	}
	return b.mesh()
}

// capMesh: slot 0 is the side, 1 the top, whose texture covers the square around it.
func (d *shape) capMesh() (*render.Mesh, error) {
	const ridges = 72
	var b builder
	b.group(0)
	z0, z1 := d.height+0.0005, d.height+d.capHeight
	bevel := min(0.0006, d.capHeight/4)
	rim := d.capRadius - bevel
	// Ridges: every second corner lies deeper, and each face has its own normal.
	const cut = 0.0004
	for k := range ridges {
		corner := func(k int, z float64) [3]float64 {
			r := d.capRadius - cut*float64(k&1)
			s, c := math.Sincos(2 * math.Pi * float64(k) / ridges)
			return [3]float64{r * c, r * s, z}
		}
		b.rect(corner(k, z1-bevel), corner(k+1, z1-bevel), corner(k+1, z0), corner(k, z0), 1, 1)
		top := func(k int) [3]float64 {
			s, c := math.Sincos(2 * math.Pi * float64(k) / ridges)
			return [3]float64{rim * c, rim * s, z1}
		}
		b.rect(top(k), top(k+1), corner(k+1, z1-bevel), corner(k, z1-bevel), 1, 1)
	}
	low := b.ring(ridges, d.capRadius, z0, -math.Pi/2, 0)
	b.band(b.ring(ridges, d.neck, z0, -math.Pi/2, 0), low)
	b.group(1)
	up := [3]float64{0, 0, 1}
	var disc [ridges]uint32
	for k := range disc {
		s, c := math.Sincos(2 * math.Pi * float64(k) / ridges)
		disc[k] = b.vertex([3]float64{rim * c, rim * s, z1}, up,
			(1+c*rim/d.capRadius)/2, (1-s*rim/d.capRadius)/2)
	}
	for k := 2; k < ridges; k++ {
		b.tri(disc[0], disc[k-1], disc[k])
	}
	return b.mesh()
}
