package defects

import (
	"cmp"
	"math"
	"slices"
)

// blockSide is the side of a block in pixels of whatever level.
const blockSide = 16

// spot is the middle of a block in a level of the good picture.
type spot struct{ x, y int }

// spots chooses blocks for a level: one with structure in both directions for each cell of a grid, at
// most some hundred.
func spots(p *plane, most int) []spot {
	step := blockSide / 4
	w, h := (p.w-blockSide-2)/step+1, (p.h-blockSide-2)/step+1
	if min(p.w, p.h) < blockSide+2 {
		return nil
	}
	cells := 1 // in steps
	for (w/cells+1)*(h/cells+1) > most {
		cells++
	}
	cells = max(cells, 2)
	var all []spot
	for y0 := 0; y0 < h; y0 += cells {
		for x0 := 0; x0 < w; x0 += cells {
			best, at := 0.0, spot{}
			// Not every block of a cell is looked at: neighbours are alike.
			hop := max(cells/3, 1)
			for y := y0; y < min(y0+cells, h); y += hop {
				for x := x0; x < min(x0+cells, w); x += hop {
					c := spot{x*step + blockSide/2 + 1, y*step + blockSide/2 + 1}
					if s := corner(p, c); s > best {
						best, at = s, c
					}
				}
			}
			if best > 0 {
				all = append(all, at)
			}
		}
	}
	return all
}

// corner is how well a block tells where it is: the lesser eigenvalue of its structure tensor, and a little
// of the greater.
func corner(p *plane, c spot) float64 {
	var sx, sy, xx, xy, yy float32
	const half = blockSide / 2
	for y := c.y - half; y < c.y+half; y++ {
		up, row, down := p.row(y - 1)[c.x-half-1:][:blockSide+2], p.row(y)[c.x-half-1:][:blockSide+2], p.row(y + 1)[c.x-half-1:][:blockSide+2]
		for x := 1; x <= blockSide; x++ {
			gx, gy := row[x+1]-row[x-1], down[x]-up[x]
			sx, sy = sx+gx, sy+gy
			xx, xy, yy = xx+gx*gx, xy+gx*gy, yy+gy*gy
		}
	}
	const n = blockSide * blockSide
	xx, xy, yy = xx-sx*sx/n, xy-sx*sy/n, yy-sy*sy/n
	a, b := float64(xx+yy)/2, math.Hypot(float64(xx-yy)/2, float64(xy))
	return a - b + 0.05*(a+b)
}

// reading is what a block tells about the motion: the displacement d that remains of it satisfies
// (xx xy; xy yy) d = (bx, by), in units of what it knows.
type reading struct {
	x, y       float64 // middle, in the picture's level
	xx, xy, yy float64
	bx, by     float64
	alike      float64 // correlation coefficient of the block in both pictures
	inside     bool    // the block lies in both
	textured   bool    // there is something to see
}

// read compares the block of the picture whose middle a motion takes to about c. Both blocks are
// compared less their mean and over their spread, so light does not matter. Gradients are the mean of both
// pictures': steps are then of second order (Benhimane and Malis).
func read(picture, good *plane, m, back motion, c spot) reading {
	const half, side = blockSide / 2, blockSide + 2
	px, py := back.at(float64(c.x), float64(c.y))
	if !(px > -1e6 && px < 1e6 && py > -1e6 && py < 1e6) {
		return reading{}
	}
	cx, cy := int(math.Round(px)), int(math.Round(py))
	x0, y0 := cx-half-1, cy-half-1
	r := reading{x: float64(cx) - 0.5, y: float64(cy) - 0.5}
	if x0 < 0 || y0 < 0 || x0+side > picture.w || y0+side > picture.h {
		return r
	}
	var a, b [side * side]float32
	// Over a block, a motion is as good as linear.
	u00, v00 := m.at(float64(x0), float64(y0))
	u10, v10 := m.at(float64(x0+side), float64(y0))
	u01, v01 := m.at(float64(x0), float64(y0+side))
	u11, v11 := m.at(float64(x0+side), float64(y0+side))
	lim := func(v ...float64) (lo, hi float64) { return slices.Min(v), slices.Max(v) }
	if lo, hi := lim(u00, u10, u01, u11); !(lo >= 0 && hi < float64(good.w-2)) {
		return r
	}
	if lo, hi := lim(v00, v10, v01, v11); !(lo >= 0 && hi < float64(good.h-2)) {
		return r
	}
	r.inside = true
	ux, vx := float32((u10-u00+u11-u01)/(2*side)), float32((v10-v00+v11-v01)/(2*side))
	uy, vy := float32((u01-u00+u11-u10)/(2*side)), float32((v01-v00+v11-v10)/(2*side))
	var sa, sb, saa, sbb, sab float32
	for y := range side {
		copy(a[y*side:][:side], picture.row(y0 + y)[x0:])
		u, v := float32(u00)+uy*float32(y), float32(v00)+vy*float32(y)
		for x := range side {
			iu, iv := int(u), int(v)
			fu, fv := u-float32(iu), v-float32(iv)
			i := iv*good.w + iu
			q0, q1 := good.pix[i:i+2], good.pix[i+good.w:i+good.w+2]
			top := q0[0] + fu*(q0[1]-q0[0])
			b[y*side+x] = top + fv*(q1[0]+fu*(q1[1]-q1[0])-top)
			u, v = u+ux, v+vx
		}
	}
	ma, mb := a[side*side/2], b[side*side/2] // for the sums' precision
	for y := 1; y <= blockSide; y++ {
		for i := y*side + 1; i <= y*side+blockSide; i++ {
			p, q := a[i]-ma, b[i]-mb
			sa, sb = sa+p, sb+q
			saa, sbb, sab = saa+p*p, sbb+q*q, sab+p*q
		}
	}
	const n = blockSide * blockSide
	va, vb := saa/n-sa/n*sa/n, sbb/n-sb/n*sb/n
	r.textured = vb > 2
	if va < 0.25 || vb < 0.25 {
		return r
	}
	da, db := float32(math.Sqrt(float64(va))), float32(math.Sqrt(float64(vb)))
	r.alike = float64((sab/n - sa/n*sb/n) / (da * db))
	ma, mb = ma+sa/n, mb+sb/n
	ia, ib := 1/da, 1/db
	var sx, sy, mx, my, xx, xy, yy, bx, by float32
	for y := 1; y <= blockSide; y++ {
		for i := y*side + 1; i <= y*side+blockSide; i++ {
			p, q := (a[i]-ma)*ia, (b[i]-mb)*ib
			e, mid := p-q, (p+q)/2
			gx := ((a[i+1]-a[i-1])*ia + (b[i+1]-b[i-1])*ib) / 4
			gy := ((a[i+side]-a[i-side])*ia + (b[i+side]-b[i-side])*ib) / 4
			sx, sy, mx, my = sx+gx, sy+gy, mx+gx*mid, my+gy*mid
			xx, xy, yy = xx+gx*gx, xy+gx*gy, yy+gy*gy
			bx, by = bx+gx*e, by+gy*e
		}
	}
	// What a shift does to the mean and to the spread is not seen in blocks without: a ramp tells nothing.
	k := 2 / max(1+float32(r.alike), 0.5)
	xx, xy, yy = xx-(sx*sx+k*mx*mx)/n, xy-(sx*sy+k*mx*my)/n, yy-(sy*sy+k*my*my)/n
	r.xx, r.xy, r.yy, r.bx, r.by = float64(xx), float64(xy), float64(yy), float64(bx), float64(by)
	return r
}

// weight is what a block counts for: one over the share of its variance that the motion does not explain.
func (r *reading) weight() float64 {
	if !r.textured || r.alike < 0.3 {
		return 0
	}
	return 1 / max(1-r.alike*r.alike, 0.02)
}

// bases gives the displacement at a place, from -1 to 1 over a picture's longer side, for each parameter
// of a motion of 2 (shift), 4 (similarity), 6 (affine) or 8 (homography) degrees of freedom.
func bases(x, y float64, freedom int) (u, v [8]float64) {
	if freedom == 4 {
		return [8]float64{1, 0, x, y}, [8]float64{0, 1, y, -x}
	}
	return [8]float64{1, 0, x, y, 0, 0, x * x, x * y}, [8]float64{0, 1, 0, 0, x, y, x * y, y * y}
}

// step is the motion by which readings say that a picture's level of w x h pixels must move first, and
// by how many pixels it moves at most.
func step(all []reading, w, h, freedom int) (motion, float64) {
	s := float64(max(w, h)) / 2
	cx, cy := float64(w-1)/2, float64(h-1)/2
	var p [8]float64
	errs := make([]float64, 0, len(all))
	scale := math.Inf(1)
	for range 3 {
		var a [unknowns * unknowns]float64
		var b [unknowns]float64
		known := 0.0
		for i := range all {
			r := &all[i]
			wt := r.weight()
			if wt == 0 {
				continue
			}
			u, v := bases((r.x-cx)/s, (r.y-cy)/s, freedom)
			wt /= 1 + sq(misfit(r, u, v, p, freedom)/scale)
			known += wt
			for j := range freedom {
				ju, jv := wt*(r.xx*u[j]+r.xy*v[j]), wt*(r.xy*u[j]+r.yy*v[j])
				for k := 0; k <= j; k++ {
					a[unknowns*j+k] += ju*u[k] + jv*v[k]
				}
				b[j] += wt * (u[j]*r.bx + v[j]*r.by)
			}
		}
		if known == 0 {
			return still, 0
		}
		// What no block tells stays as it is.
		for j := range freedom {
			loose := s
			if j >= 6 {
				loose = 0.02 * s
			}
			a[(unknowns+1)*j] += 100 / (loose * loose)
		}
		if !solve(&a, &b, freedom) {
			return still, 0
		}
		p = [8]float64(b[:8])
		errs = errs[:0]
		for i := range all {
			if all[i].weight() > 0 {
				u, v := bases((all[i].x-cx)/s, (all[i].y-cy)/s, freedom)
				errs = append(errs, misfit(&all[i], u, v, p, freedom))
			}
		}
		slices.Sort(errs)
		scale = max(2*errs[len(errs)/2], 0.05)
	}
	q := p
	if freedom == 4 {
		q = [8]float64{p[0], p[1], p[2], p[3], -p[3], p[2]}
	} else if freedom < 8 {
		q[6], q[7] = 0, 0
	}
	if freedom == 2 {
		q = [8]float64{p[0], p[1]}
	}
	d := motion{1 + q[2]/s, q[3] / s, q[0] / s, q[4] / s, 1 + q[5]/s, q[1] / s, -q[6] / s, -q[7] / s, 1}
	norm := motion{1 / s, 0, -cx / s, 0, 1 / s, -cy / s, 0, 0, 1}
	d = norm.inverse().after(d.after(norm))
	return d, d.apart(still, w, h)
}

// misfit is how many pixels a block's own displacement is off that of the parameters, in the directions
// in which it knows it.
func misfit(r *reading, u, v, p [8]float64, freedom int) float64 {
	du, dv := 0.0, 0.0
	for j := range freedom {
		du += u[j] * p[j]
		dv += v[j] * p[j]
	}
	ex, ey := r.bx-r.xx*du-r.xy*dv, r.by-r.xy*du-r.yy*dv
	// A block with a hundredth of the best direction's knowledge in the other is taken for an edge.
	t := 0.01 * (r.xx + r.yy)
	xx, yy := r.xx+t, r.yy+t
	det := xx*yy - r.xy*r.xy
	if !(det > 0) {
		return 0
	}
	return math.Hypot((yy*ex-r.xy*ey)/det, (xx*ey-r.xy*ex)/det)
}

func sq(x float64) float64 { return x * x }

// agreement of readings: the median correlation of the blocks that both pictures have, and the share of
// those in both. Half of the blocks may lie on defects.
func agreement(all []reading) (alike, inside float64, seen int) {
	var c []float64
	in, n := 0, 0
	for i := range all {
		r := &all[i]
		n++
		if !r.inside {
			continue
		}
		in++
		if r.textured {
			c = append(c, r.alike)
		}
	}
	if len(c) == 0 || n == 0 {
		return 0, float64(in) / float64(max(n, 1)), 0
	}
	slices.SortFunc(c, func(a, b float64) int { return cmp.Compare(b, a) })
	return c[len(c)/2], float64(in) / float64(n), len(c)
}
