package align

import "math"

// slack closes the seams between neighbours that rounding would open: twice the area, in square
// pixels, by which a pixel may lie out of an edge. It amounts to a ten-thousandth of a pixel or so.
const slack = 2e-4

// least is four times the area, in square pixels, of the smallest quadrilateral that is drawn.
const least = 4e-6

// draw is the kernel that draws a quadrilateral: its corners are the points 0 and 1 of u, v, z, and
// those a pitch further on. Of each pixel in it, it keeps the nearest z. Seen from behind it is not drawn.
//
// Corners are taken clockwise as a, b, d, c, relative to the first pixel that may lie within.
// A pixel lies within when it is on the right of all four edges. Depth is the plane that fits the corners best.
func (r *raster) draw(u, v, z []float32, pitch int) {
	us := [4]float32{u[0], u[1], u[pitch+1], u[pitch]}
	vs := [4]float32{v[0], v[1], v[pitch+1], v[pitch]}
	zs := [4]float32{z[0], z[1], z[pitch+1], z[pitch]}
	x0, x1 := span(us, r.last[0][0])
	y0, y1 := span(vs, r.last[1][0])
	if !(x0 <= x1) || !(y0 <= y1) {
		return
	}
	var du, dv, c [4]float32
	for i := range 4 {
		us[i] -= x0
		vs[i] -= y0
	}
	for i := range 4 {
		du[i], dv[i] = us[(i+1)&3]-us[i], vs[(i+1)&3]-vs[i]
		c[i] = dv[i]*us[i] - du[i]*vs[i] + slack
	}
	// Twice the vectors along the pixel's row and column, of the mean pixel.
	eu, ev, ez := du[0]-du[2], dv[0]-dv[2], (zs[1]-zs[0])-(zs[3]-zs[2])
	fu, fv, fz := du[1]-du[3], dv[1]-dv[3], (zs[2]-zs[1])-(zs[0]-zs[3])
	det := eu*fv - fu*ev
	if !(det > least) {
		return
	}
	inverse := 1 / det
	gx, gy := (ez*fv-fz*ev)*inverse, (fz*eu-ez*fu)*inverse
	mean := func(s [4]float32) float32 { return ((s[0] + s[2]) + (s[1] + s[3])) * 0.25 }
	z0 := mean(zs) - gx*mean(us) - gy*mean(vs)

	columns, rows := int(x1-x0)/lanes*lanes+lanes, int64(y1-y0)+1
	first := int64(y0)
	for k := range columns {
		x := float32(k)
		var e [4]float32
		for i := range 4 {
			e[i] = c[i] - dv[i]*x
		}
		at := z0 + gx*x
		for row := range rows {
			if y := first + row; y >= r.first && y < r.end && within(e) {
				if p := &r.near[(y-r.first)*r.pitch+int64(x0)+int64(k)]; at < *p {
					*p = at
				}
			}
			for i := range 4 {
				e[i] += du[i]
			}
			at += gy
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
