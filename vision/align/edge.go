package align

// patch holds the corners of a quarter of a quadrilateral, as two rows of two.
type patch struct{ u, v, z [4]float32 }

// edge draws what is known of a quadrilateral that does not lie on one surface: each of its corners
// that has depth reaches half a pixel into it. Depth goes on as between the corner and the neighbour
// that it is joined with, in the quadrilateral or else on the other side of the corner. What the
// quadrilateral as a whole spans is a gap.
func (w *worker) edge(near, gap *raster, x, y int) {
	a := w.a
	for j := range 2 {
		for i := range 2 {
			if w.quarter(x+i, y+j, 1-2*i, 1-2*j) {
				w.draw(near, &w.corner)
			}
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
	p := &w.corner
	for i, m := range at {
		p.u[i], p.v[i], p.z[i] = a.u[m], a.v[m], a.z[m]
	}
	w.draw(gap, p)
	w.gaps = true
}

func (w *worker) draw(r *raster, p *patch) {
	if w.a.vector {
		drawQuads(r, &p.u[0], &p.v[0], &p.z[0], 2, 1)
	} else {
		r.draw(p.u[:], p.v[:], p.z[:], 2)
	}
}

// quarter sets the worker's corner to the quarter of the quadrilateral that belongs to the depth
// pixel x, y, in the direction dx, dy from it. It is false where there is no depth.
func (w *worker) quarter(x, y, dx, dy int) bool {
	a := w.a
	i := y*a.pitch + x
	s := a.s[i]
	if s == 0 {
		return false
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
	// Where the four lie in two rows from the top left.
	own := 0
	if dx < 0 {
		own++
	}
	if dy < 0 {
		own += 2
	}
	p := &w.corner
	p.u[own], p.v[own], p.z[own] = a.u[i], a.v[i], a.z[i]
	rx, ry, rz := a.rx, a.ry, a.rz
	return w.put(own^1, s+sx, (rx[i]+rx[side])/2, (ry[i]+ry[side])/2, (rz[i]+rz[side])/2) &&
		w.put(own^2, s+sy, (rx[i]+rx[down])/2, (ry[i]+ry[down])/2, (rz[i]+rz[down])/2) &&
		w.put(own^3, s+sx+sy, (rx[i]+rx[side]+rx[down]+rx[diagonal])/4, (ry[i]+ry[side]+ry[down]+ry[diagonal])/4, (rz[i]+rz[side]+rz[down]+rz[diagonal])/4)
}

// put projects a point into a place of the corner.
func (w *worker) put(k int, s, rx, ry, rz float32) (ok bool) {
	p := &w.corner
	p.u[k], p.v[k], p.z[k], ok = w.a.lens.project(s, rx, ry, rz)
	return ok
}
