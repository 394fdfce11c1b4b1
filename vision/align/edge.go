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

// edge draws what is known of a quadrilateral that does not lie on one surface: each of its corners
// that has depth reaches half a pixel into it. Depth goes on as between the corner and the neighbour
// that it is joined with, in the quadrilateral or else on the other side of the corner. What the
// quadrilateral as a whole spans is a gap.
func (w *worker) edge(near, gap *raster, x, y int) {
	a := w.a
	for j := range 2 {
		for i := range 2 {
			w.quarter(near, x+i, y+j, 1-2*i, 1-2*j)
		}
	}
	k := y*a.pitch + x
	at := [4]int{k, k + 1, k + a.pitch, k + a.pitch + 1}
	missing, n := 0, 0
	for i, m := range at {
		if a.s[m] == 0 {
			missing, n = i, n+1
		}
	}
	if n > 1 {
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

// quarter takes up the quarter of a quadrilateral that belongs to the depth pixel x, y, in the
// direction dx, dy from it, if that has depth.
func (w *worker) quarter(near *raster, x, y, dx, dy int) {
	a := w.a
	i := y*a.pitch + x
	s := a.s[i]
	if s == 0 {
		return
	}
	side, down := i+dx, i+dy*a.pitch
	diagonal := down + dx
	var sx, sy float32 // half of the step in depth to the side and down
	switch {
	case a.joined(s, a.s[side]):
		sx = (a.s[side] - s) / 2
	case x-dx >= 0 && a.joined(s, a.s[i-dx]):
		sx = (s - a.s[i-dx]) / 2
	}
	switch {
	case a.joined(s, a.s[down]):
		sy = (a.s[down] - s) / 2
	case y-dy >= 0 && a.joined(s, a.s[i-dy*a.pitch]):
		sy = (s - a.s[i-dy*a.pitch]) / 2
	}
	own := (1-dx)/2 + (1 - dy) // where the pixel lies in two rows from the top left
	c := &w.corners[own]
	n := c.n
	c.u[own*chunk+n], c.v[own*chunk+n], c.z[own*chunk+n] = a.u[i], a.v[i], a.z[i]
	rx, ry, rz := a.rx, a.ry, a.rz
	c.src[0][n], c.src[1][n], c.src[2][n] = s+sx, s+sy, s+sx+sy
	c.rx[0][n], c.ry[0][n], c.rz[0][n] = (rx[i]+rx[side])/2, (ry[i]+ry[side])/2, (rz[i]+rz[side])/2
	c.rx[1][n], c.ry[1][n], c.rz[1][n] = (rx[i]+rx[down])/2, (ry[i]+ry[down])/2, (rz[i]+rz[down])/2
	c.rx[2][n] = (rx[i] + rx[side] + rx[down] + rx[diagonal]) / 4
	c.ry[2][n] = (ry[i] + ry[side] + ry[down] + ry[diagonal]) / 4
	c.rz[2][n] = (rz[i] + rz[side] + rz[down] + rz[diagonal]) / 4
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
	g.n, w.torn = 0, true
}
