package qr

import "math"

// relaxer moves a grid until the borders between dark and light modules lie where the
// picture has them. It needs no patterns, so it follows curved surfaces and finds the far
// corner of codes that have no alignment pattern. It is right where the grid is off by
// less than half a module, and from there it works its way outwards.
type relaxer struct {
	fit    warp
	sum    [maxNodes * maxNodes][2]float64 // offsets in u and v at the nodes, times their weight
	weight [maxNodes * maxNodes][2]float64
	spare  [maxNodes * maxNodes][2]float64
	probes []probe
}

// step measures all borders and moves the grid: as a polynomial of a degree, or with degree 0 node
// by node. It gives the most that a node moved.
func (r *relaxer) step(g *grid, s *sampler, p *plane, degree int, w *work) float64 {
	n := g.n
	w.spend(35 * n * n)
	if degree > 0 {
		r.fit.reset(degree)
	} else {
		g.bend()
		clear(r.sum[:g.k*g.k])
		clear(r.weight[:g.k*g.k])
	}
	for row := range n {
		for col := range n {
			i := row*n + col
			if col < n-1 {
				if off, weight, ok := r.border(s, p, i, i+1); ok {
					r.take(g, float64(col)+1, float64(row)+0.5, 0, off, weight, degree)
				}
			}
			if row < n-1 {
				if off, weight, ok := r.border(s, p, i, i+n); ok {
					r.take(g, float64(col)+0.5, float64(row)+1, 1, off, weight, degree)
				}
			}
		}
	}
	if degree > 0 {
		moved, ok := r.fit.bake(g, 0.02*float64(n))
		if !ok {
			return math.Inf(1)
		}
		return moved
	}
	return r.spread(g)
}

// border measures between the middles of two modules, one dark and one light, where the brightness
// is half way; the offset is in modules, towards the second.
func (r *relaxer) border(s *sampler, p *plane, i, j int) (off, weight float64, ok bool) {
	if (s.soft[i] > 0) == (s.soft[j] > 0) {
		return 0, 0, false
	}
	a, b := s.raw[i], s.raw[j]
	sure := min(absf(s.soft[i]), absf(s.soft[j]))
	if sure < 0.15 {
		return 0, 0, false
	}
	from, to := s.middle(i), s.middle(j)
	half := float64(a+b) / 2
	before, last := float64(a)-half, 0.0
	for k := 1; k <= 6; k++ {
		t := float64(k) / 6
		v := float64(b) - half
		if k < 6 {
			v = p.at(mix(from, to, t)) - half
		}
		if before*v <= 0 && before != v {
			return last + (t-last)*before/(before-v) - 0.5, float64(sure), true
		}
		before, last = v, t
	}
	return 0, 0, false
}

// middle is where the centre of a module lies in the image.
func (s *sampler) middle(i int) Point {
	k := i/s.n*(s.n+1) + i%s.n
	return mix(mix(s.corner[k], s.corner[k+1], 0.5), mix(s.corner[k+s.n+1], s.corner[k+s.n+2], 0.5), 0.5)
}

// take takes in one offset along an axis.
func (r *relaxer) take(g *grid, u, v float64, axis int, off, weight float64, degree int) {
	if degree > 0 {
		m := monomials(2*u/float64(g.n)-1, 2*v/float64(g.n)-1)
		if axis == 0 {
			r.fit.x.add(&m, off, weight)
		} else {
			r.fit.y.add(&m, off, weight)
		}
		return
	}
	last := float64(g.k - 1)
	x, y := u/float64(g.n)*last, v/float64(g.n)*last
	i, j := min(int(x), g.k-2), min(int(y), g.k-2)
	fx, fy := x-float64(i), y-float64(j)
	for k, share := range [4]float64{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy} {
		at := (j+k/2)*g.k + i + k%2
		r.sum[at][axis] += share * weight * off
		r.weight[at][axis] += share * weight
	}
}

// spread smooths over neighbouring nodes and moves each by what was measured around it.
func (r *relaxer) spread(g *grid) float64 {
	for range 2 {
		blur(r.sum[:], r.spare[:], g.k)
		blur(r.weight[:], r.spare[:], g.k)
	}
	largest := 0.0
	for i := range g.k * g.k {
		const stiff = 0.5
		d := Point{r.sum[i][0] / (r.weight[i][0] + stiff), r.sum[i][1] / (r.weight[i][1] + stiff)}
		g.off[i] = g.off[i].add(d)
		largest = max(largest, math.Abs(d.X), math.Abs(d.Y))
	}
	return largest
}

// blur averages each node with its neighbours, half and quarters, both ways.
func blur(v, spare [][2]float64, k int) {
	pass := func(from, to [][2]float64, stride, across int) {
		for a := range k {
			for b := range k {
				i := a*across + b*stride
				lo, hi := i-stride, i+stride
				if b == 0 {
					lo = i
				}
				if b == k-1 {
					hi = i
				}
				for t := range 2 {
					to[i][t] = from[lo][t]/4 + from[i][t]/2 + from[hi][t]/4
				}
			}
		}
	}
	pass(v, spare, 1, k)
	pass(spare, v, k, 1)
}

func absf(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}
