package vision

import (
	"math"
	"slices"
)

// capHeadroom is how far above its place a cap is looked for, in millimetres.
const capHeadroom = 25

// judgeCap measures the height of what stands on the bottle's axis: in each
// column of the image, the height of the topmost point in the cap's cylinder; over
// the columns, the median. Depth enters only through the camera's tilt.
func (in *Inspector) judgeCap(depth Depth, p placing, sc *scratch, v *finding) {
	s, c, roi := in.shape, in.view.c, in.roi
	sc.tops = sc.tops[:0]
	box := in.capCorners(p.stand, 0.6*s.capRadius, s.height-capHeadroom, s.top()+capHeadroom)
	cols := Around(box[:]...).Clip(depth.W, depth.H)
	cols = Rect{max(cols.X0, roi.X0), max(cols.Y0, roi.Y0), min(cols.X1, roi.X1), min(cols.Y1, roi.Y1)}
	radius := s.capRadius + 8
	low, high := s.height-capHeadroom, s.top()+capHeadroom
	const steady = 3 // points in a row that are no stray one
	w := roi.X1 - roi.X0
	for x := cols.X0; x < cols.X1; x++ {
		run, first, depth0 := 0, 0, 0.0
		for y := cols.Y0; y < cols.Y1 && run < steady; y++ {
			z := float64(depth.Z[y*depth.W+x])
			r := in.rays[3*((y-roi.Y0)*w+x-roi.X0):][:3]
			t := z - p.bias
			px, py, pz := c[0]+t*float64(r[0])-p.stand.x, c[1]+t*float64(r[1])-p.stand.y, c[2]+t*float64(r[2])
			if !(z > 0) || px*px+py*py > radius*radius || pz < low || pz > high {
				run = 0
				continue
			}
			if run == 0 {
				first, depth0 = y, t
			}
			run++
		}
		if run < steady {
			continue
		}
		up := in.rays[3*((max(first-1, roi.Y0)-roi.Y0)*w+x-roi.X0)+2]
		at := in.rays[3*((first-roi.Y0)*w+x-roi.X0)+2]
		sc.tops = append(sc.tops, c[2]+depth0*float64(up+at)/2)
	}
	present := false
	if n := cols.X1 - cols.X0; n > 0 && len(sc.tops) >= max(n/2, 3) {
		slices.Sort(sc.tops)
		v.CapHeight = sc.tops[len(sc.tops)/2] / 1000
		present = math.Abs(v.CapHeight-s.top()/1000) <= float64(in.cfg.Inspection.CapTolerance)
	}
	var why Reason
	lean, ok := in.fitCap(depth, p, sc)
	if ok {
		v.CapTilt = math.Hypot(lean.ax, lean.ay)
		if v.CapTilt > float64(in.cfg.Inspection.MaxTilt) {
			why = CrookedCap
		}
		// A cap that leans reaches higher than it should, but is there.
		if high := lean.top(s) - s.top(); why != 0 && math.Abs(high)/1000 <= float64(in.cfg.Inspection.CapTolerance) {
			present, v.CapHeight = true, lean.top(s)/1000
		}
	}
	if !present {
		why = NoCap
	}
	outline := in.capCorners(p.stand, s.capRadius, s.height, s.top())
	v.mark("cap", why != 0, why, outline[:])
}

// capCorners are those of the upright rectangle through a bottle's axis that a cap of some
// radius takes from z0 to z1, seen along y.
func (in *Inspector) capCorners(at stand, radius, z0, z1 float64) [4]Point {
	return in.view.corners(face{ox: at.x, oy: at.y, cos: 1}, -radius, radius, z0, z1)
}

// capPoint is a point near the cap, from where its axis meets the bottle's top; and the direction
// in which it was seen.
type capPoint struct{ at, ray [3]float64 }

// leaning is a cap that is off its place: displaced by x, y, z millimetres, and its axis
// leaning by ax along x and ay along y: the sine of the angle.
type leaning struct{ x, y, z, ax, ay float64 }

// top is the height of the middle of a cap's upper side.
func (l leaning) top(s shape) float64 {
	return s.height + l.z + s.capHeight*math.Sqrt(1-l.ax*l.ax-l.ay*l.ay)
}

// What of the cap is looked at: one pixel in capStep x capStep, up to capReach millimetres
// around it, and from capFoot above where its lower edge should be. Of that, what is less than capEdge above
// the edge of the cap as it leans counts no more: pixels there see some of the neck, which a cap that leans back bares.
const (
	capStep  = 2
	capReach = 8
	capFoot  = 3
	capEdge  = 4
)

// fitCap fits a cylinder of the cap's size to the points near it: Gauss-Newton on the distances from its side
// or its top, whichever is further out, reweighted with Tukey's biweight. A depth is noisy along its
// ray, so that a distance counts as much as the surface faces the camera little. It is false where most
// points are not on any such cylinder.
func (in *Inspector) fitCap(depth Depth, p placing, sc *scratch) (leaning, bool) {
	s, c, roi := in.shape, in.view.c, in.roi
	sc.cap = sc.cap[:0]
	corners := in.capCorners(p.stand, s.capRadius+capReach, s.height, s.top()+capReach)
	box := Around(corners[:]...).Clip(depth.W, depth.H)
	box = Rect{max(box.X0, roi.X0), max(box.Y0, roi.Y0), min(box.X1, roi.X1), min(box.Y1, roi.Y1)}
	reach := s.capRadius + capReach
	w := roi.X1 - roi.X0
	for y := box.Y0; y < box.Y1; y += capStep {
		for x := box.X0; x < box.X1; x += capStep {
			z := float64(depth.Z[y*depth.W+x])
			if !(z > 0) {
				continue
			}
			r := in.rays[3*((y-roi.Y0)*w+x-roi.X0):][:3]
			ray := [3]float64{float64(r[0]), float64(r[1]), float64(r[2])}
			t := z - p.bias
			at := [3]float64{c[0] + t*ray[0] - p.stand.x, c[1] + t*ray[1] - p.stand.y, c[2] + t*ray[2] - s.height}
			if at[0]*at[0]+at[1]*at[1] <= reach*reach && at[2] >= capFoot && at[2] <= s.capHeight+capReach {
				sc.cap = append(sc.cap, capPoint{at, ray})
			}
		}
	}
	const fewest = 60
	if len(sc.cap) < fewest {
		return leaning{}, false
	}
	var l leaning
	near, told := 0, 0
	for i := range 12 {
		width := max(8-0.8*float64(i), 3)
		// What the cap may be off by, where nothing tells.
		m := [30]float64{}
		for k, sigma := range [5]float64{2, 2, 3, 0.2, 0.2} {
			m[7*k] = 1 / (sigma * sigma)
			m[6*k+5] = -[5]float64{l.x, l.y, l.z, l.ax, l.ay}[k] / (sigma * sigma)
		}
		near, told = 0, 0
		for k := range sc.cap {
			d, row, facing, above := l.distance(&sc.cap[k], s)
			if above < capEdge {
				continue
			}
			told++
			if r := d / width; r*r < 1 {
				near++
				const even, noise = 0.5, 1.5 // mm: of the model, and of a depth
				wt := (1 - r*r) * (1 - r*r) / (even*even + noise*noise*facing*facing)
				for a := range 5 {
					for b := range 5 {
						m[6*a+b] += wt * row[a] * row[b]
					}
					m[6*a+5] -= wt * row[a] * d
				}
			}
		}
		if near < fewest || !solve(m[:], 5) {
			return leaning{}, false
		}
		l = leaning{l.x + m[5], l.y + m[11], l.z + m[17], l.ax + m[23], l.ay + m[29]}
		if !(math.Hypot(l.ax, l.ay) < 0.5) {
			return leaning{}, false
		}
	}
	const most = 0.6
	return l, float64(near) >= most*float64(told)
}

// distance of a point from the cylinder, negative inside; its derivatives by l's numbers; the
// cosine between the surface's normal and the ray; and how far along the axis it is above the lower edge.
func (l leaning) distance(p *capPoint, s shape) (d float64, row [5]float64, facing, h float64) {
	az := math.Sqrt(1 - l.ax*l.ax - l.ay*l.ay)
	wx, wy, wz := p.at[0]-l.x, p.at[1]-l.y, p.at[2]-l.z
	h = l.ax*wx + l.ay*wy + az*wz
	ux, uy, uz := wx-h*l.ax, wy-h*l.ay, wz-h*az
	rho := max(math.Sqrt(ux*ux+uy*uy+uz*uz), 1e-9)
	hx, hy := wx-wz*l.ax/az, wy-wz*l.ay/az // of h by the lean
	if side, top := rho-s.capRadius, h-s.capHeight; side <= top {
		return top, [5]float64{-l.ax, -l.ay, -az, hx, hy}, l.ax*p.ray[0] + l.ay*p.ray[1] + az*p.ray[2], h
	}
	ux, uy, uz = ux/rho, uy/rho, uz/rho
	return rho - s.capRadius, [5]float64{-ux, -uy, -uz, -h / rho * hx, -h / rho * hy}, ux*p.ray[0] + uy*p.ray[1] + uz*p.ray[2], h
}
