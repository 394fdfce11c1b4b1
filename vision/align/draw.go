package align

import (
	"math"
	"math/bits"
)

// slack closes the seams between neighbours that rounding would open: twice the area, in square
// pixels, by which a pixel may lie out of an edge. It amounts to a ten-thousandth of a pixel or so.
const slack = 2e-4

// least is four times the area, in square pixels, of the smallest quadrilateral that is drawn.
const least = 4e-6

// plan is what must be known of each of a chunk of quadrilaterals to draw it. The kernels in assembly
// know its layout.
//
// Its corners are taken clockwise as a, b, d, c, relative to the first pixel that may lie within. A pixel x, y
// lies within when it is on the right of all four edges: when c - dv x + du y is not negative for any.
// Depth there is z0 + gx x + gy y, the plane that fits the corners best.
type plan struct {
	c, du, dv               [4][chunk]float32
	gx, gy, z0              [chunk]float32
	at, above, rows, blocks [chunk]int32 // the first pixel in the band, rows above it, rows and blocks of columns to draw
}

// drawAll draws those of a chunk of quadrilaterals whose bits are set in mask. Their first corners lie at
// u, v, z and on; the second ones b, the third ones c, the fourth ones b + c further. Of each pixel in them, the
// nearest z is kept. What is seen from behind is not drawn.
func (w *worker) drawAll(r *raster, u, v, z []float32, b, c int, mask uint32) {
	if w.a.vector {
		if mask = planQuads(&w.plan, r, &u[0], &v[0], &z[0], int64(b), int64(c), mask); mask != 0 {
			drawQuads(&w.plan, &r.near[0], r.pitch, mask)
		}
		return
	}
	for m := mask; m != 0; m &= m - 1 {
		if k := bits.TrailingZeros32(m); w.plan.set(k, r, u[k:], v[k:], z[k:], b, c) {
			w.plan.draw(k, r)
		}
	}
}

// set is the kernel planQuads, for one quadrilateral, in plain Go. It tells whether there is anything to draw.
func (p *plan) set(k int, r *raster, u, v, z []float32, b, c int) bool {
	us := [4]float32{u[0], u[b], u[b+c], u[c]}
	vs := [4]float32{v[0], v[b], v[b+c], v[c]}
	zs := [4]float32{z[0], z[b], z[b+c], z[c]}
	x0, x1 := span(us, r.last[0][0])
	y0, y1 := span(vs, r.last[1][0])
	if !(x0 <= x1) || !(y0 <= y1) {
		return false
	}
	top, bottom := max(int64(y0), r.first), min(int64(y1)+1, r.end)
	p.at[k] = int32((top-r.first)*r.pitch + int64(x0))
	p.above[k], p.rows[k] = int32(top-int64(y0)), int32(bottom-top)
	p.blocks[k] = int32(x1-x0)/lanes + 1
	var du, dv [4]float32
	for i := range 4 {
		us[i] -= x0
		vs[i] -= y0
	}
	for i := range 4 {
		du[i], dv[i] = us[(i+1)&3]-us[i], vs[(i+1)&3]-vs[i]
		p.du[i][k], p.dv[i][k] = du[i], dv[i]
		p.c[i][k] = dv[i]*us[i] - du[i]*vs[i] + slack
	}
	// Twice the vectors along the pixel's row and column, of the mean pixel.
	eu, ev, ez := du[0]-du[2], dv[0]-dv[2], (zs[1]-zs[0])-(zs[3]-zs[2])
	fu, fv, fz := du[1]-du[3], dv[1]-dv[3], (zs[2]-zs[1])-(zs[0]-zs[3])
	det := eu*fv - fu*ev
	inverse := 1 / det
	gx, gy := (ez*fv-fz*ev)*inverse, (fz*eu-ez*fu)*inverse
	mean := func(s [4]float32) float32 { return ((s[0] + s[2]) + (s[1] + s[3])) * 0.25 }
	p.gx[k], p.gy[k], p.z0[k] = gx, gy, mean(zs)-gx*mean(us)-gy*mean(vs)
	return det > least && p.rows[k] > 0
}

// draw is the kernel drawQuads, for one quadrilateral, in plain Go.
func (p *plan) draw(k int, r *raster) {
	for column := range int(p.blocks[k]) * lanes {
		x := float32(column)
		var e [4]float32
		for i := range 4 {
			e[i] = p.c[i][k] - p.dv[i][k]*x
		}
		z := p.z0[k] + p.gx[k]*x
		at := int64(p.at[k]) + int64(column)
		for row := range p.above[k] + p.rows[k] {
			if row >= p.above[k] {
				if within(e) && z < r.near[at] {
					r.near[at] = z
				}
				at += r.pitch
			}
			for i := range 4 {
				e[i] += p.du[i][k]
			}
			z += p.gy[k]
		}
	}
}

// span is the range of whole pixels between the least and the largest of s, within 0 to last.
func span(s [4]float32, last float32) (from, to float32) {
	low, high := min(s[0], s[1], s[2], s[3]), max(s[0], s[1], s[2], s[3])
	return max(float32(math.Ceil(float64(low))), 0), min(float32(math.Floor(float64(high))), last)
}

func within(e [4]float32) bool {
	return !math.Signbit(float64(e[0])) && !math.Signbit(float64(e[1])) && !math.Signbit(float64(e[2])) && !math.Signbit(float64(e[3]))
}
