package align

import "math"

// corners collects quarters of quadrilaterals that do not lie on one surface, all of them the same
// quarter, until there is a chunk of them to project and draw at a time. Of each, one corner is a depth
// pixel, whose place is known; the other three lie half a pixel off it.
type corners struct {
	n          int
	src        [3][chunk]float32 // depths of the three,
	rx, ry, rz [3][chunk]float32 // their rays,
	s          [3][chunk]float32 // and their depths once projected, 0 where they are not seen
	patches
}

// patches are quadrilaterals: their first corners, then their second ones, and so on, in two rows from the top left.
type patches struct {
	u, v, z [4 * chunk]float32
}

// gaps collects quadrilaterals over edges as corners collects quarters of them.
type gaps struct {
	n int
	patches
}

// sample is a depth pixel: its depth and its ray.
type sample struct{ s, rx, ry, rz float32 }

// edge takes up what is known of a quadrilateral that does not lie on one surface: each of its corners
// that has depth reaches half a pixel into it. Depth goes on as between the corner and the neighbour
// that it is joined with, in the quadrilateral or else on the other side of the corner. What the
// quadrilateral as a whole spans is a gap.
func (w *worker) edge(near, gap *raster, x, y int) {
	a := w.a
	k := y*a.pitch + x
	at := [4]int{k, k + 1, k + a.pitch, k + a.pitch + 1} // in two rows from the top left
	var q [4]sample
	missing, n := 0, 0
	for i, m := range at {
		q[i] = sample{a.s[m], a.rx[m], a.ry[m], a.rz[m]}
		if q[i].s == 0 {
			missing, n = i, n+1
		}
	}
	for own, m := range at {
		if q[own].s == 0 {
			continue
		}
		// The neighbours on the other side.
		var left, above float32
		if dx := 1 - own&1*2; x+own&1-dx >= 0 {
			left = a.s[m-dx]
		}
		if dy := 1 - own&2; y+own>>1-dy >= 0 {
			above = a.s[m-dy*a.pitch]
		}
		w.quarter(near, own, m, &q, left, above)
	}
	if n > 1 || a.out.Marks == nil {
		return
	}
	if n == 1 {
		// A triangle: the corner that is missing falls onto one beside it.
		at[missing] = at[missing^1]
	}
	g := &w.gaps
	for i, m := range at {
		g.u[i*chunk+g.n], g.v[i*chunk+g.n], g.z[i*chunk+g.n] = a.u[m], a.v[m], a.z[m]
	}
	if g.n++; g.n == chunk {
		w.flushGaps(gap)
	}
}

// quarter takes up the quarter of the quadrilateral q that belongs to its corner own, the depth pixel i.
// left and above are the depths of its neighbours out of the quadrilateral.
func (w *worker) quarter(near *raster, own, i int, q *[4]sample, left, above float32) {
	a := w.a
	own &= 3
	p, side, down, diagonal := &q[own], &q[own^1], &q[own^2], &q[own^3]
	s := p.s
	var sx, sy float32 // half of the step in depth to the side and down
	switch {
	case a.joined(s, side.s):
		sx = (side.s - s) / 2
	case a.joined(s, left):
		sx = (s - left) / 2
	}
	switch {
	case a.joined(s, down.s):
		sy = (down.s - s) / 2
	case a.joined(s, above):
		sy = (s - above) / 2
	}
	c := &w.corners[own]
	n := c.n & (chunk - 1)
	c.u[own*chunk+n], c.v[own*chunk+n], c.z[own*chunk+n] = a.u[i], a.v[i], a.z[i]
	c.src[0][n], c.src[1][n], c.src[2][n] = s+sx, s+sy, s+sx+sy
	c.rx[0][n], c.ry[0][n], c.rz[0][n] = (p.rx+side.rx)/2, (p.ry+side.ry)/2, (p.rz+side.rz)/2
	c.rx[1][n], c.ry[1][n], c.rz[1][n] = (p.rx+down.rx)/2, (p.ry+down.ry)/2, (p.rz+down.rz)/2
	c.rx[2][n] = (p.rx + side.rx + down.rx + diagonal.rx) / 4
	c.ry[2][n] = (p.ry + side.ry + down.ry + diagonal.ry) / 4
	c.rz[2][n] = (p.rz + side.rz + down.rz + diagonal.rz) / 4
	if c.n++; c.n == chunk {
		w.flush(near, own)
	}
}

// flush draws the quarters that were collected.
func (w *worker) flush(near *raster, own int) {
	c := &w.corners[own]
	if c.n == 0 {
		return
	}
	for k := range 3 {
		at := (own ^ (k + 1)) * chunk
		w.a.project(&w.a.unbounded, c.src[k][:], c.rx[k][:], c.ry[k][:], c.rz[k][:], c.u[at:], c.v[at:], c.z[at:], c.s[k][:])
	}
	var mask uint32
	for i := range c.n {
		if c.s[0][i] > 0 && c.s[1][i] > 0 && c.s[2][i] > 0 {
			mask |= 1 << i
		}
	}
	w.drawAll(near, c.u[:], c.v[:], c.z[:], chunk, 2*chunk, mask)
	c.n = 0
}

// flushGaps draws the gaps that were collected.
func (w *worker) flushGaps(gap *raster) {
	g := &w.gaps
	if g.n == 0 {
		return
	}
	w.drawAll(gap, g.u[:], g.v[:], g.z[:], chunk, 2*chunk, math.MaxUint32>>(chunk-g.n))
	g.n = 0
}
