package align

// points brings row y of the depth image into the colour camera's frame.
func (w *worker) points(y int) {
	a := w.a
	top, bottom := inf, -inf
	for c := a.from[y]; c < a.to[y]; c++ {
		x := c * chunk
		src := a.src[y*a.w+x : min(y*a.w+x+chunk, (y+1)*a.w)]
		if len(src) < chunk {
			clear(w.rest[copy(w.rest[:], src):])
			src = w.rest[:]
		}
		i, k := y*a.pitch+x, y*(a.chunks+1)+c
		if a.vector {
			projectChunk(&a.lens, &src[0], &a.rx[i], &a.ry[i], &a.rz[i], &a.u[i], &a.v[i], &a.z[i], &a.s[i], &a.top[k], &a.bottom[k])
		} else {
			a.projectChunk(src, i, k)
		}
		top, bottom = min(top, a.top[k]), max(bottom, a.bottom[k])
	}
	a.rowTop[y], a.rowBottom[y] = top, bottom
}

// projectChunk is the kernel of points in plain Go.
func (a *Aligner) projectChunk(src []float32, i, k int) {
	top, bottom := inf, -inf
	for j, s := range src[:chunk] {
		u, v, z, ok := a.lens.project(s, a.rx[i+j], a.ry[i+j], a.rz[i+j])
		if ok && s >= a.lens.nearest[0] && s <= a.lens.furthest[0] {
			top, bottom = min(top, v), max(bottom, v)
		} else {
			s = 0
		}
		a.u[i+j], a.v[i+j], a.z[i+j], a.s[i+j] = u, v, z, s
	}
	a.top[k], a.bottom[k] = top, bottom
}

// project brings the point at depth s on a ray into the colour image; it is ok when the lens sees it.
func (l *constants) project(s, rx, ry, rz float32) (u, v, z float32, ok bool) {
	px, py, pz := s*rx+l.tx[0], s*ry+l.ty[0], s*rz+l.tz[0]
	inverse := 1 / pz
	x, y := px*inverse, py*inverse
	r2 := x*x + y*y
	num := 1 + r2*(l.k1[0]+r2*(l.k2[0]+r2*l.k3[0]))
	den := 1 + r2*(l.k4[0]+r2*(l.k5[0]+r2*l.k6[0]))
	d := num / den
	xy := x * y
	u = l.fx[0]*(x*d+l.p1x2[0]*xy+l.p2[0]*(r2+2*x*x)) + l.cx[0]
	v = l.fy[0]*(y*d+l.p1[0]*(r2+2*y*y)+l.p2x2[0]*xy) + l.cy[0]
	return u, v, pz, pz >= front && r2 <= l.domain[0]
}
