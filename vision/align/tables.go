package align

import "math"

// constants are what the kernels need of the colour camera and of the pose, each number in all lanes.
// The kernel in assembly knows its layout.
type constants struct {
	tx, ty, tz             [lanes]float32 // millimetres
	nearest, furthest      [lanes]float32
	domain                 [lanes]float32 // largest r^2
	k1, k2, k3, k4, k5, k6 [lanes]float32
	p1x2, p2, p1, p2x2     [lanes]float32
	fx, fy, cx, cy         [lanes]float32
}

// front is how far before the colour camera a point must lie, in millimetres.
const front = 1

func newConstants(cfg Config, domain float64) (l constants) {
	set := func(lane *[lanes]float32, v float64) {
		for i := range lane {
			lane[i] = float32(v)
		}
	}
	c, p := &cfg.Color, cfg.DepthInColor.P
	set(&l.tx, 1000*p[0])
	set(&l.ty, 1000*p[1])
	set(&l.tz, 1000*p[2])
	set(&l.nearest, cfg.Nearest)
	set(&l.furthest, cfg.Furthest)
	set(&l.domain, domain*domain)
	set(&l.k1, c.K1)
	set(&l.k2, c.K2)
	set(&l.k3, c.K3)
	set(&l.k4, c.K4)
	set(&l.k5, c.K5)
	set(&l.k6, c.K6)
	set(&l.p1x2, 2*c.P1)
	set(&l.p2, c.P2)
	set(&l.p1, c.P1)
	set(&l.p2x2, 2*c.P2)
	set(&l.fx, c.FX)
	set(&l.fy, c.FY)
	set(&l.cx, c.CX)
	set(&l.cy, c.CY)
	return l
}

// tabulate works out the rays of the depth pixels, and which of them may be seen by the colour camera.
func (a *Aligner) tabulate(depth, color *Lens) {
	n := a.pitch * (a.h + 1)
	rays := make([]float32, 3*n)
	for i := range rays {
		rays[i] = float32(math.NaN())
	}
	a.rx, a.ry, a.rz = rays[:n], rays[n:2*n], rays[2*n:]
	a.from, a.to = make([]int, a.h), make([]int, a.h)
	for y := range a.h {
		first, last := a.chunks, -1
		before := [2]float64{-1, -1}
		for x := range a.w {
			dx, dy, ok := depth.Ray(float64(x), float64(y))
			if !ok {
				continue
			}
			r := a.cfg.DepthInColor.Rotate([3]float64{dx, dy, 1})
			i := y*a.pitch + x
			a.rx[i], a.ry[i], a.rz[i] = float32(r[0]), float32(r[1]), float32(r[2])
			at, ok := a.mayBeSeen(color, r)
			if ok {
				first, last = min(first, x/chunk), x/chunk
			}
			if ok && a.within(at) && a.within(before) {
				a.reach = max(a.reach, float32(math.Hypot(at[0]-before[0], at[1]-before[1])))
			}
			before = at
		}
		a.from[y], a.to[y] = first, last+1
	}
	// Half a pixel to the side, and as much for depth that goes on as it slopes.
	a.reach = 2*a.reach + 2
}

// within tells whether a place lies in the colour image.
func (a *Aligner) within(p [2]float64) bool {
	return p[0] >= 0 && p[1] >= 0 && p[0] < float64(a.cw) && p[1] < float64(a.ch)
}

// margin is by how much the path of a pixel over the colour image may bend off the straight line
// between four of its points, as a part of the image.
const margin = 0.03

// mayBeSeen tells whether a point on the ray r may lie in the colour image at some depth within
// the range, and where it does at the nearest. It errs towards yes.
func (a *Aligner) mayBeSeen(lens *Lens, r [3]float64) (at [2]float64, ok bool) {
	left, right, top, bottom := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	p, valid := a.cfg.DepthInColor.P, 0
	const samples = 4
	for k := range samples {
		// Evenly over the inverse of the depth, in which the path is even.
		t := float64(k) / (samples - 1)
		z := 1 / ((1-t)/a.cfg.Nearest + t/a.cfg.Furthest)
		pz := r[2]*z + 1000*p[2]
		if !(pz > front) {
			continue
		}
		u, v, ok := lens.Project(r[0]*z+1000*p[0], r[1]*z+1000*p[1], pz)
		if !ok {
			continue
		}
		if valid == 0 {
			at = [2]float64{u, v}
		}
		left, right, top, bottom = min(left, u), max(right, u), min(top, v), max(bottom, v)
		valid++
	}
	if valid == 0 {
		return at, false
	}
	if valid < samples {
		return at, true
	}
	c := &lens.c
	mx, my := margin*float64(c.W)+8, margin*float64(c.H)+8
	return at, right >= -mx && left <= float64(c.W)+mx && bottom >= -my && top <= float64(c.H)+my
}
