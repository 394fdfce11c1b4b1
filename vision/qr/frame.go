package qr

import "math"

// frame is where a finder lies: its middle, and the steps of one module to its right and
// down, in the image.
type frame struct {
	c, x, y Point
	fit     float64 // part of the edges that were found where they must be
}

// at is the place u modules to the right and v down from the middle.
func (f *frame) at(u, v float64) Point {
	return Point{f.c.X + u*f.x.X + v*f.y.X, f.c.Y + u*f.x.Y + v*f.y.Y}
}

// turned gives the same place with the axes turned by quarters so that x points most nearly along
// a direction, and y to the same side as another one.
func (f frame) turned(x, y Point) frame {
	best := f
	most := math.Inf(-1)
	for range 4 {
		f.x, f.y = f.y, f.x.mul(-1)
		for range 2 {
			f.y = f.y.mul(-1)
			if s := f.x.unit().dot(x) + f.y.unit().dot(y); s > most {
				best, most = f, s
			}
		}
	}
	return best
}

// frameSearch fits frames to edges of the picture.
type frameSearch struct {
	u, v edgeFit
}

// edgeFit is a least-squares fit of an offset that is linear in place: a + b u + c v.
type edgeFit struct {
	at   [60][2]float64
	off  [60]float64
	n    int
	used [3]float64 // result
}

func (e *edgeFit) solve(spread float64) bool {
	limit := math.Inf(1)
	for range 3 {
		var m normal
		m.reset(3)
		for i := range e.n {
			a := [maxUnknowns]float64{1, e.at[i][0], e.at[i][1]}
			if r := e.off[i] - e.used[0] - e.used[1]*a[1] - e.used[2]*a[2]; math.Abs(r) > limit {
				continue
			}
			m.add(&a, e.off[i], 1)
		}
		// A little stiffness: few edges must not turn or stretch the frame.
		m.a[1][1] += 2
		m.a[2][2] += 2
		if !m.solve() {
			return false
		}
		copy(e.used[:], m.x[:3])
		limit = 0.4 * spread
	}
	return true
}

// squares are the edges of a finder: half sides in modules, and whether it gets lighter
// outwards.
var squares = [3]struct{ half, sign float64 }{{1.5, 1}, {2.5, -1}, {3.5, 1}}

// fitFrame fits a frame to the edges of a finder around c, given about the directions of its
// axes and the size of its modules.
func (s *frameSearch) fitFrame(p *plane, c Point, module float64, x, y Point, w *work) (frame, bool) {
	f := frame{c: c}
	w.spend(2_900)
	mx, okX := profileModule(p, c, x, module)
	my, okY := profileModule(p, c, y, module)
	if !okX && !okY {
		return f, false
	}
	f.x, f.y = x.mul(mx), y.mul(my)
	contrast := finderContrast(p, &f)
	if contrast < 6 {
		return f, false
	}
	for _, spread := range [...]float64{0.9, 0.6, 0.4} {
		w.spend(6_700)
		found := s.measure(p, &f, spread, contrast)
		f.fit = float64(found) / 60
		if found < 24 || !s.u.solve(spread) || !s.v.solve(spread) {
			return f, false
		}
		u, v := s.u.used, s.v.used
		next := frame{
			c:   f.at(u[0], v[0]),
			x:   f.x.mul(1 + u[1]).add(f.y.mul(v[1])),
			y:   f.x.mul(u[2]).add(f.y.mul(1 + v[2])),
			fit: f.fit,
		}
		f = next
	}
	a, b := f.x.norm(), f.y.norm()
	sine := math.Abs(f.x.cross(f.y)) / (a*b + 1e-12)
	if !finite(f.c) || a < 0.4*module || b < 0.4*module || a > 2.5*module || b > 2.5*module || sine < 0.35 ||
		distance(f.c, c) > 2*module {
		return f, false
	}
	return f, f.fit >= 0.5
}

// profileModule finds the size of a module along a direction: the one for which the
// brightness on both sides of the middle is most like a finder's.
func profileModule(p *plane, c, dir Point, module float64) (float64, bool) {
	const samples = 40
	var v [samples]float64
	step := module * 0.2
	sum := 0.0
	for i := range v {
		d := dir.mul(step * (float64(i) + 0.5))
		v[i] = p.at(c.add(d)) + p.at(c.sub(d))
		sum += v[i]
	}
	best, size := 0.0, module
	for k := range 21 {
		scale := 0.6 + 0.06*float64(k)
		light, dark, nl, nd := 0.0, 0.0, 0.0, 0.0
		for i := range v {
			switch d := 0.2 * (float64(i) + 0.5) / scale; {
			case d < 1.5 || d >= 2.5 && d < 3.5:
				dark += v[i]
				nd++
			case d < 4.2:
				light += v[i]
				nl++
			}
		}
		if nl == 0 || nd == 0 {
			continue
		}
		if s := light/nl - dark/nd - 4*math.Abs(scale-1); s > best {
			best, size = s, module*scale
		}
	}
	return size, best > 8
}

// finderContrast is how much lighter the light ring is than the middle.
func finderContrast(p *plane, f *frame) float64 {
	dark, light := 0.0, 0.0
	for _, d := range [...][2]float64{{1, 0}, {0, 1}, {-1, 0}, {0, -1}} {
		dark += p.at(f.at(d[0]*0.7, d[1]*0.7))
		light += p.at(f.at(d[0]*2, d[1]*2))
	}
	return (light - dark) / 4
}

// measure looks for the edges within spread modules of where the frame has them.
func (s *frameSearch) measure(p *plane, f *frame, spread, contrast float64) int {
	s.u.n, s.v.n = 0, 0
	s.u.used, s.v.used = [3]float64{}, [3]float64{}
	for _, q := range squares {
		for side := range 4 {
			for k := range 5 {
				t := q.half * (float64(k) - 2) * 0.4
				out := q.half
				if side >= 2 {
					out = -out
				}
				u, v, along := out, t, f.x
				e := &s.u
				if side%2 == 1 {
					u, v, along = t, out, f.y
					e = &s.v
				}
				sign := q.sign
				if side >= 2 {
					sign = -sign
				}
				if off, ok := edge(p, f.at(u, v), along, spread, sign, contrast); ok {
					e.at[e.n], e.off[e.n] = [2]float64{u, v}, off
					e.n++
				}
			}
		}
	}
	return s.u.n + s.v.n
}

// edge finds where brightness changes most along a direction, in units of it, to a fraction
// of the spacing by a parabola.
func edge(p *plane, at, along Point, spread, sign, contrast float64) (float64, bool) {
	const half = 6
	var g [2*half + 1]float64
	step := spread / half
	before := 0.0
	for i := range 2*half + 2 {
		v := p.at(at.add(along.mul((float64(i) - half - 0.5) * step)))
		if i > 0 {
			g[i-1] = sign * (v - before)
		}
		before = v
	}
	best, most := -1, 0.0
	for i := 1; i < len(g)-1; i++ {
		three := (g[i-1] + 2*g[i] + g[i+1]) * (1 - 0.06*math.Abs(float64(i-half)))
		if three > most {
			best, most = i, three
		}
	}
	// An edge of full contrast over a module changes by contrast * step at each step.
	if best < 0 || most < 4*contrast*step*0.3 {
		return 0, false
	}
	// The middle of gravity of what is near: blurred edges are flat on top.
	sum, moment := 0.0, 0.0
	for i := max(best-2, 0); i <= min(best+2, len(g)-1); i++ {
		if g[i] > 0 {
			sum += g[i]
			moment += g[i] * float64(i)
		}
	}
	return (moment/sum - half) * step, true
}
