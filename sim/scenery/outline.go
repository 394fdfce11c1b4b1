package scenery

import "math"

// outline is the horizontal section of a bottle's body: a rectangle with rounded
// corners, as a closed line of straight pieces. It is measured by s, the way along it
// from the middle of the front face, positive towards +x, so counter-clockwise seen
// from above.
type outline struct {
	pts  []point2 // by rising s, from the middle of the front around to it again
	half float64  // s of the end of the right front corner: from there on it is the side
	flat float64  // half the width of the flat part of the front
}

type point2 struct{ s, x, y, nx, ny float64 }

// cornerSteps is the number of straight pieces in a rounded corner.
const cornerSteps = 6

func newOutline(width, depth, radius float64) *outline {
	o := &outline{flat: width/2 - radius}
	add := func(x, y, nx, ny float64) {
		p := point2{x: x, y: y, nx: nx, ny: ny}
		if n := len(o.pts); n > 0 {
			q := o.pts[n-1]
			p.s = q.s + math.Hypot(x-q.x, y-q.y)
		}
		o.pts = append(o.pts, p)
	}
	hx, hy := width/2-radius, depth/2-radius
	add(0, -depth/2, 0, -1)
	for c, m := range [4]point2{{x: hx, y: -hy}, {x: hx, y: hy}, {x: -hx, y: hy}, {x: -hx, y: -hy}} {
		for k := range cornerSteps + 1 {
			sin, cos := math.Sincos((float64(c-1) + float64(k)/cornerSteps) * math.Pi / 2)
			add(m.x+radius*cos, m.y+radius*sin, cos, sin)
		}
		if c == 0 {
			o.half = o.pts[len(o.pts)-1].s
		}
	}
	add(0, -depth/2, 0, -1)
	return o
}

// length of the whole way around.
func (o *outline) length() float64 { return o.pts[len(o.pts)-1].s }

// at is the place and normal at s; negative s are left of the middle.
func (o *outline) at(s float64) point2 {
	if s < 0 {
		// The line is its own mirror image, and must be so to the last bit.
		p := o.at(-s)
		return point2{s, -p.x, p.y, -p.nx, p.ny}
	}
	i := 1
	for i < len(o.pts)-1 && o.pts[i].s < s {
		i++
	}
	a, b := o.pts[i-1], o.pts[i]
	f := min(max((s-a.s)/(b.s-a.s), 0), 1)
	switch f {
	case 0:
		return a
	case 1:
		return b
	}
	nx, ny := a.nx+(b.nx-a.nx)*f, a.ny+(b.ny-a.ny)*f
	l := math.Hypot(nx, ny)
	return point2{s, a.x + (b.x-a.x)*f, a.y + (b.y-a.y)*f, nx / l, ny / l}
}
