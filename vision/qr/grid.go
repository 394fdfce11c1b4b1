package qr

import "math"

// grid says where the modules of a code lie in the image: a homography, and on top of it,
// where the surface is not flat, a displacement that is interpolated between nodes. Its
// coordinates u and v are modules from the code's top left corner, right and down.
type grid struct {
	n    int // modules along a side
	h    [9]float64
	mesh bool
	k    int // nodes along a side
	off  [maxNodes * maxNodes]Point
}

const maxNodes = maxSide/4 + 2

// nodes is the number of nodes along a side: one for about every four modules.
func nodes(n int) int { return n/4 + 2 }

// flat takes the displacement away.
func (g *grid) flat() { g.mesh = false }

// bend makes a displacement of zero, unless there is one.
func (g *grid) bend() {
	if !g.mesh {
		g.mesh, g.k = true, nodes(g.n)
		clear(g.off[:g.k*g.k])
	}
}

// at is where a place of the code lies in the image.
func (g *grid) at(u, v float64) Point {
	if g.mesh {
		d := g.shift(u, v)
		u, v = u+d.X, v+d.Y
	}
	h := &g.h
	w := h[6]*u + h[7]*v + h[8]
	if math.Abs(w) < 1e-9 {
		w = 1e-9
	}
	return Point{(h[0]*u + h[1]*v + h[2]) / w, (h[3]*u + h[4]*v + h[5]) / w}
}

// shift is the displacement at a place, in modules.
func (g *grid) shift(u, v float64) Point {
	last := float64(g.k - 1)
	x, y := clamp(u/float64(g.n), 0, 1)*last, clamp(v/float64(g.n), 0, 1)*last
	i, j := min(int(x), g.k-2), min(int(y), g.k-2)
	fx, fy := x-float64(i), y-float64(j)
	o := g.off[j*g.k+i:]
	return mix(mix(o[0], o[1], fx), mix(o[g.k], o[g.k+1], fx), fy)
}

// steps are one module to the right and one down at a place, in the image.
func (g *grid) steps(u, v float64) (x, y Point) {
	return g.at(u+0.5, v).sub(g.at(u-0.5, v)), g.at(u, v+0.5).sub(g.at(u, v-0.5))
}

// residual is by how much, in modules, a place of the image is off the one that the grid has for u, v.
func (g *grid) residual(p Point, u, v float64) Point {
	var r Point
	for range 2 {
		x, y := g.steps(u+r.X, v+r.Y)
		d := p.sub(g.at(u+r.X, v+r.Y))
		det := x.cross(y)
		if math.Abs(det) < 1e-9 {
			return Point{}
		}
		r = r.add(Point{d.cross(y) / det, x.cross(d) / det})
	}
	return r
}

// mark is a place of the code that was found in the image.
type mark struct {
	u, v   float64
	at     Point
	weight float64
}

// fitPlane makes the homography the one nearest to the marks, with no displacement. It
// minimizes the algebraic error in coordinates that are centred and scaled (Hartley).
func (g *grid) fitPlane(marks []mark) bool {
	var c Point
	for _, m := range marks {
		c = c.add(m.at)
	}
	c = c.mul(1 / float64(len(marks)))
	size := 1e-9
	for _, m := range marks {
		size = math.Max(size, distance(m.at, c))
	}
	half := float64(g.n) / 2
	var eq normal
	eq.reset(8)
	for _, m := range marks {
		u, v := m.u/half-1, m.v/half-1
		x, y := (m.at.X-c.X)/size, (m.at.Y-c.Y)/size
		eq.add(&[maxUnknowns]float64{u, v, 1, 0, 0, 0, -u * x, -v * x}, x, m.weight)
		eq.add(&[maxUnknowns]float64{0, 0, 0, u, v, 1, -u * y, -v * y}, y, m.weight)
	}
	if !eq.solve() {
		return false
	}
	x := &eq.x
	// From modules to what was fitted, and from that to pixels.
	a := [9]float64{x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], 1}
	for r := range 3 {
		p, q := a[3*r]/half, a[3*r+1]/half
		a[3*r], a[3*r+1], a[3*r+2] = p, q, a[3*r+2]-(p+q)*half
	}
	for i := range 3 {
		g.h[i] = size*a[i] + c.X*a[6+i]
		g.h[3+i] = size*a[3+i] + c.Y*a[6+i]
		g.h[6+i] = a[6+i]
	}
	g.flat()
	return g.sound()
}

// sound tells whether the grid is one that a camera can see: in front of it, not turned
// inside out, of a size.
func (g *grid) sound() bool {
	n := float64(g.n)
	var corner [4]Point
	sign := 0.0
	for i, c := range [4][2]float64{{0, 0}, {n, 0}, {n, n}, {0, n}} {
		w := g.h[6]*c[0] + g.h[7]*c[1] + g.h[8]
		if i == 0 {
			sign = w
		}
		if !(w*sign > 0.02*sign*sign) {
			return false
		}
		corner[i] = g.at(c[0], c[1])
		if !finite(corner[i]) {
			return false
		}
	}
	turn := 0.0
	for i := range corner {
		a, b, c := corner[i], corner[(i+1)%4], corner[(i+2)%4]
		t := b.sub(a).cross(c.sub(b))
		if i > 0 && t*turn <= 0 {
			return false
		}
		turn = t
	}
	return math.Abs(turn) > n*n/4
}

// warp is a displacement that is a polynomial in place, fitted to measured offsets.
type warp struct {
	x, y normal
}

// reset begins a fit of a degree from 1 to 3.
func (f *warp) reset(degree int) {
	terms := [...]int{1, 3, 6, 10}[degree]
	f.x.reset(terms)
	f.y.reset(terms)
}

// monomials up to the third degree, s and t from -1 to 1.
func monomials(s, t float64) [maxUnknowns]float64 {
	return [maxUnknowns]float64{1, s, t, s * s, s * t, t * t, s * s * s, s * s * t, s * t * t, t * t * t}
}

// bake solves and adds the displacement to the nodes of a grid; largest is the most that a
// node moved. Ridge keeps the higher terms small where little was measured.
func (f *warp) bake(g *grid, ridge float64) (largest float64, ok bool) {
	for i := range f.x.n {
		f.x.a[i][i] += ridge
		f.y.a[i][i] += ridge
	}
	if !f.x.solve() || !f.y.solve() {
		return 0, false
	}
	g.bend()
	for j := range g.k {
		for i := range g.k {
			m := monomials(2*float64(i)/float64(g.k-1)-1, 2*float64(j)/float64(g.k-1)-1)
			var d Point
			for t := range f.x.n {
				d.X += f.x.x[t] * m[t]
				d.Y += f.y.x[t] * m[t]
			}
			largest = max(largest, math.Abs(d.X), math.Abs(d.Y))
			o := &g.off[j*g.k+i]
			*o = o.add(d)
		}
	}
	return largest, largest < float64(g.n)
}
