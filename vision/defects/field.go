package defects

import "math"

// field is a smooth displacement of the picture on top of a motion, in pixels, at the nodes of a grid
// and linear in between.
type field struct {
	w, h int
	step float64
	u, v []float64
}

// mostBend bounds the field, in pixels, as it must not take a part that was moved for the picture being bent.
const mostBend = 2.5

// bend makes the field that readings of the finest level ask for, or nil where there is none worth having.
// Each node takes the displacement of the blocks around it, weighted by what these know and how near
// they are; blocks that disagree with the others there count little.
func bend(all []reading, w, h int, before *field) *field {
	f := &field{step: max(float64(max(w, h))/12, 2*blockSide)}
	f.w, f.h = int(math.Ceil(float64(w)/f.step))+1, int(math.Ceil(float64(h)/f.step))+1
	f.u, f.v = make([]float64, f.w*f.h), make([]float64, f.w*f.h)
	reach := 1.2 * f.step
	for ny := range f.h {
		for nx := range f.w {
			cx, cy := float64(nx)*f.step, float64(ny)*f.step
			var p [2]float64
			scale := math.Inf(1)
			for range 3 {
				var xx, xy, yy, bx, by, off, sum float64
				for i := range all {
					r := &all[i]
					d2 := (sq(r.x-cx) + sq(r.y-cy)) / sq(reach)
					wt := r.weight()
					if d2 > 9 || wt == 0 {
						continue
					}
					wt *= math.Exp(-d2 / 2)
					e := misfit(r, [8]float64{1}, [8]float64{0, 1}, [8]float64{p[0], p[1]}, 2)
					wt /= 1 + sq(e/scale)
					off, sum = off+wt*min(e, mostBend), sum+wt
					xx, xy, yy = xx+wt*r.xx, xy+wt*r.xy, yy+wt*r.yy
					bx, by = bx+wt*r.bx, by+wt*r.by
				}
				if sum == 0 {
					break
				}
				const hold = 300 // about the knowledge of a clear block
				det := (xx+hold)*(yy+hold) - xy*xy
				p = [2]float64{((yy+hold)*bx - xy*by) / det, ((xx+hold)*by - xy*bx) / det}
				scale = max(off/sum, 0.1)
			}
			f.u[ny*f.w+nx] = min(max(p[0], -mostBend), mostBend)
			f.v[ny*f.w+nx] = min(max(p[1], -mostBend), mostBend)
		}
	}
	if before != nil {
		for i := range f.u {
			f.u[i] = min(max(f.u[i]+before.u[i], -mostBend), mostBend)
			f.v[i] = min(max(f.v[i]+before.v[i], -mostBend), mostBend)
		}
	}
	return f
}

// most is the largest displacement.
func (f *field) most() float64 {
	d := 0.0
	for i := range f.u {
		d = max(d, math.Hypot(f.u[i], f.v[i]))
	}
	return d
}

// at is the displacement at a place.
func (f *field) at(x, y float64) (u, v float64) {
	x, y = min(max(x/f.step, 0), float64(f.w)-1.001), min(max(y/f.step, 0), float64(f.h)-1.001)
	ix, iy := int(x), int(y)
	a, b := x-float64(ix), y-float64(iy)
	i := iy*f.w + ix
	mix := func(p []float64) float64 {
		return (1-b)*((1-a)*p[i]+a*p[i+1]) + b*((1-a)*p[i+f.w]+a*p[i+f.w+1])
	}
	return mix(f.u), mix(f.v)
}
