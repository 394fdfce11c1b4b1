package match

import "math"

// pose is where a template is: its centre in full size, clockwise turn in radians, scale.
type pose struct{ x, y, angle, scale float64 }

// imageSums are the sums of a cell that an image gives: over its grey levels i, and their products
// with the template's t and its changes j.
type imageSums struct {
	inside    bool
	i, ii, ti float64
	ji        [4]float64
}

// fitter compares a template's samples with an image. It holds what is needed for that, one for
// each worker.
type fitter struct {
	cells  [mostCells]imageSums
	weight [mostCells]float64
	fixed  fixedSums // of all cells, by their weights
	moving imageSums
}

// look takes the samples' grey levels from a level of the pyramid and adds them up by cells. A
// cell that is not wholly in the image is not inside.
func (f *fitter) look(s *samples, m Image, level int, p pose) {
	size := float64(int(1) << level)
	sin, cos := math.Sincos(p.angle)
	on := grid{(p.x+0.5)/size - 0.5, (p.y+0.5)/size - 0.5, cos * p.scale, sin * p.scale}
	var levels [32]float64
	for c := range s.cells {
		cell := &s.cells[c]
		sum := imageSums{inside: cell.from < cell.to}
		fast := vector && on.holds(m, cell)
		for from := cell.from; from < cell.to; from += len(levels) {
			v := levels[:min(len(levels), cell.to-from)]
			done := 0
			if fast {
				if done = len(v) &^ 3; done > 0 {
					sampleVector(v[:done], m, level, s.x[from:], s.y[from:], &on)
				}
			}
			for i := done; i < len(v); i++ {
				var ok bool
				if v[i], ok = on.sample(m, level, s.x[from+i], s.y[from+i]); !ok {
					sum.inside = false
				}
			}
			sum.add(v, s, from)
		}
		f.cells[c] = sum
	}
}

// add some samples' grey levels, the first of which is that of sample from.
func (a *imageSums) add(levels []float64, s *samples, from int) {
	n := len(levels)
	t := s.t[from:][:n]
	j0, j1, j2, j3 := s.j[0][from:][:n], s.j[1][from:][:n], s.j[2][from:][:n], s.j[3][from:][:n]
	sum := *a
	for i, v := range levels {
		sum.i += v
		sum.ii += v * v
		sum.ti += v * float64(t[i])
		sum.ji[0] += v * float64(j0[i])
		sum.ji[1] += v * float64(j1[i])
		sum.ji[2] += v * float64(j2[i])
		sum.ji[3] += v * float64(j3[i])
	}
	*a = sum
}

// correlation of a cell, -1 to 1; 0 where there is no contrast.
func (c *cell) correlation(s *imageSums) float64 {
	n := c.s.n
	return ratio(s.ti-c.s.t*s.i/n, (c.s.tt-c.s.t*c.s.t/n)*(s.ii-s.i*s.i/n), n)
}

// ratio is cross / sqrt(product), where both variances in the product of n samples are more than a
// quarter of a grey level.
func ratio(cross, product, n float64) float64 {
	if !(product > n*n/16) {
		return 0
	}
	return cross / math.Sqrt(product)
}

// residual is the root mean square by which a cell differs from the template in some light.
func (c *cell) residual(m *imageSums, gain, offset float64) float64 {
	k := &c.s
	e := m.ii - 2*gain*m.ti - 2*offset*m.i + gain*gain*k.tt + 2*gain*offset*k.t + offset*offset*k.n
	return math.Sqrt(max(e/k.n, 0))
}

// weigh gives each cell a weight, by how well it agrees whatever its light and then by whether it
// has the light of the others, and adds them up. If none agrees, all that are inside count alike.
func (f *fitter) weigh(s *samples) {
	sum := 0.0
	for c := range s.cells {
		f.weight[c] = 0
		if f.cells[c].inside {
			f.weight[c] = min(max((s.cells[c].correlation(&f.cells[c])-0.2)*2, 0), 1)
		}
		sum += f.weight[c]
	}
	f.join(s)
	if gain, offset, _ := f.light(); gain > 0 {
		sum = 0
		for c := range s.cells {
			if f.weight[c] > 0 {
				r := s.cells[c].residual(&f.cells[c], gain, offset) / (0.5*gain*s.sigma + 2)
				f.weight[c] /= 1 + r*r
			}
			sum += f.weight[c]
		}
	}
	if sum < 0.3 {
		for c := range s.cells {
			if f.weight[c] = 0; f.cells[c].inside {
				f.weight[c] = 1
			}
		}
	}
	f.join(s)
}

// join adds up the cells by their weights.
func (f *fitter) join(s *samples) {
	f.fixed, f.moving = fixedSums{}, imageSums{}
	for c := range s.cells {
		w, m := f.weight[c], &f.cells[c]
		if w == 0 {
			continue
		}
		f.fixed.add(&s.cells[c].s, w)
		f.moving.i += w * m.i
		f.moving.ii += w * m.ii
		f.moving.ti += w * m.ti
		for a := range m.ji {
			f.moving.ji[a] += w * m.ji[a]
		}
	}
}

// light is the gain and offset of the image against the template, over the weighted cells, and
// their correlation.
func (f *fitter) light() (gain, offset, correlation float64) {
	n := f.fixed.n
	if n == 0 {
		return 0, 0, 0
	}
	tt, ti := f.fixed.tt-f.fixed.t*f.fixed.t/n, f.moving.ti-f.fixed.t*f.moving.i/n
	if tt < n/16 {
		return 0, 0, 0
	}
	gain = ti / tt
	return gain, (f.moving.i - gain*f.fixed.t) / n, ratio(ti, tt*(f.moving.ii-f.moving.i*f.moving.i/n), n)
}

// step is a step of Gauss and Newton towards where the weighted cells agree best, by least squares
// with gain and offset taken out (Baker and Matthews, Lucas-Kanade 20 years on, 2004: the inverse
// compositional one). It returns how far the farthest sample moves, in pixels of the level, or
// false where the samples do not tell.
func (f *fitter) step(t *Template, level int, p *pose) (moved float64, ok bool) {
	fx, mv := &f.fixed, &f.moving
	n := fx.n
	gain, _, _ := f.light()
	if gain < 0.02 {
		return 0, false
	}
	tt := fx.tt - fx.t*fx.t/n
	var h [4][5]float64
	var kt [4]float64
	for a := range kt {
		kt[a] = fx.jt[a] - fx.j[a]*fx.t/n
	}
	for a := range kt {
		if !t.free[a] {
			h[a][a] = 1
			continue
		}
		for b := range kt {
			if t.free[b] {
				h[a][b] = fx.jj[a][b] - fx.j[a]*fx.j[b]/n - kt[a]*kt[b]/tt
			}
		}
		h[a][4] = (mv.ji[a]-fx.j[a]*mv.i/n)/gain - kt[a]
	}
	d, ok := solve(&h)
	if !ok {
		return 0, false
	}
	// No step may be longer than what the gradients tell about.
	size := float64(int(1) << level)
	radius := math.Hypot(float64(t.w), float64(t.h)) / 2 / size
	moved = math.Hypot(d[0], d[1]) + radius*math.Hypot(d[2], d[3])
	if moved > 2 {
		for a := range d {
			d[a] *= 2 / moved
		}
	}
	p.angle -= d[2]
	p.scale *= math.Exp(-d[3])
	sin, cos := math.Sincos(p.angle)
	p.x -= size * p.scale * (cos*d[0] - sin*d[1])
	p.y -= size * p.scale * (sin*d[0] + cos*d[1])
	return moved, true
}

// solve solves four linear equations by Gauss' elimination; false where they do not tell.
func solve(h *[4][5]float64) (x [4]float64, ok bool) {
	for c := range 4 {
		p := c
		for r := c + 1; r < 4; r++ {
			if math.Abs(h[r][c]) > math.Abs(h[p][c]) {
				p = r
			}
		}
		h[c], h[p] = h[p], h[c]
		if math.Abs(h[c][c]) < 1e-6 {
			return x, false
		}
		for r := c + 1; r < 4; r++ {
			k := h[r][c] / h[c][c]
			for i := c; i < 5; i++ {
				h[r][i] -= k * h[c][i]
			}
		}
	}
	for c := 3; c >= 0; c-- {
		x[c] = h[c][4]
		for i := c + 1; i < 4; i++ {
			x[c] -= h[c][i] * x[i]
		}
		x[c] /= h[c][c]
	}
	return x, true
}
