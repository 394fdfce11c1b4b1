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
		a.top[k], a.bottom[k] = a.project(&a.lens, src, a.rx[i:], a.ry[i:], a.rz[i:], a.u[i:], a.v[i:], a.z[i:], a.s[i:])
		top, bottom = min(top, a.top[k]), max(bottom, a.bottom[k])
	}
	a.rowTop[y], a.rowBottom[y] = top, bottom
}

// project brings a chunk of points at the depths src on rays into the colour image. s becomes src, or 0 where the lens
// does not see the point, or its depth is out of range. The others lie from top to bottom.
func (a *Aligner) project(l *constants, src, rx, ry, rz, u, v, z, s []float32) (top, bottom float32) {
	if a.vector {
		projectChunk(l, &src[0], &rx[0], &ry[0], &rz[0], &u[0], &v[0], &z[0], &s[0], &top, &bottom)
		return top, bottom
	}
	return l.projectChunk(src, rx, ry, rz, u, v, z, s)
}

// projectChunk is the kernel of that name in plain Go.
func (l *constants) projectChunk(src, rx, ry, rz, u, v, z, s []float32) (top, bottom float32) {
	top, bottom = inf, -inf
	for j, depth := range src[:chunk] {
		var ok bool
		u[j], v[j], z[j], ok = l.project(depth, rx[j], ry[j], rz[j])
		if ok && depth >= l.nearest[0] && depth <= l.furthest[0] {
			top, bottom = min(top, v[j]), max(bottom, v[j])
		} else {
			depth = 0
		}
		s[j] = depth
	}
	return top, bottom
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
