package match

import "math"

// grid is how the samples of a template lie on a level of a pyramid: that at x, y of the template is
// at x0 + cos x - sin y, y0 + sin x + cos y. Its layout is that of the kernels in assembly.
type grid struct{ x0, y0, cos, sin float64 }

func (g *grid) at(x, y float32) (float64, float64) {
	dx, dy := float64(x), float64(y)
	return g.x0 + g.cos*dx - g.sin*dy, g.y0 + g.sin*dx + g.cos*dy
}

// holds tells whether all samples of a cell lie so far in an image that sample needs no look at its border.
func (g *grid) holds(m Image, c *cell) bool {
	const play = 1e-6 // for roundings
	lowX, lowY := math.Inf(1), math.Inf(1)
	highX, highY := math.Inf(-1), math.Inf(-1)
	for _, p := range [4][2]float32{{c.x0, c.y0}, {c.x1, c.y0}, {c.x0, c.y1}, {c.x1, c.y1}} {
		x, y := g.at(p[0], p[1])
		lowX, highX, lowY, highY = min(lowX, x), max(highX, x), min(lowY, y), max(highY, y)
	}
	return lowX >= 1+play && lowY >= 1+play && highX < float64(m.W-2)-play && highY < float64(m.H-2)-play
}

// sample is the grey level of a sample: at full size by the B-spline, else between four pixels, as near
// the border. It is false where that is too far out of the image.
func (g *grid) sample(m Image, level int, sx, sy float32) (float64, bool) {
	const slack = 1.25 // pixels beyond the border, where its pixels are taken
	x, y := g.at(sx, sy)
	maxX, maxY := float64(m.W-1), float64(m.H-1)
	switch {
	case x >= 1 && y >= 1 && x < maxX-1 && y < maxY-1:
		if level == 0 {
			return spline(m, x, y), true
		}
		return linear(m, x, y), true
	case x < -slack || y < -slack || x > maxX+slack || y > maxY+slack:
		return 0, false
	}
	return linear(m, min(max(x, 0), maxX), min(max(y, 0), maxY)), true
}

// sampleVector is sample for as many samples as dst holds, a multiple of four, which the grid holds.
func sampleVector(dst []float64, m Image, level int, x, y []float32, g *grid) {
	x, y = x[:len(dst)], y[:len(dst)]
	if level == 0 {
		splineVector(&dst[0], &m.Pix[0], m.Stride, &x[0], &y[0], len(dst), g)
	} else {
		linearVector(&dst[0], &m.Pix[0], m.Stride, &x[0], &y[0], len(dst), g)
	}
}

// linear is the grey level between four pixels.
func linear(m Image, x, y float64) float64 {
	ix, iy := min(int(x), m.W-2), min(int(y), m.H-2)
	fx, fy := x-float64(ix), y-float64(iy)
	a := m.Pix[iy*m.Stride+ix:][:2:2]
	b := m.Pix[(iy+1)*m.Stride+ix:][:2:2]
	top := float64(a[0]) + fx*(float64(a[1])-float64(a[0]))
	bottom := float64(b[0]) + fx*(float64(b[1])-float64(b[0]))
	return top + fy*(bottom-top)
}

// spline is the grey level between sixteen pixels by their cubic B-spline. That smooths, by as much
// between the pixels as on them, so that nothing draws a fit towards whole pixels, as it does with
// a linear or an interpolating cubic kernel (Unser, Splines: a perfect fit for signal and image
// processing, 1999). The template is smoothed alike.
func spline(m Image, x, y float64) float64 {
	ix, iy := int(x), int(y)
	wx, wy := basis(x-float64(ix)), basis(y-float64(iy))
	v := 0.0
	at := (iy-1)*m.Stride + ix - 1
	for k := range wy {
		r := m.Pix[at+k*m.Stride:][:4:4]
		v += wy[k] * (wx[0]*float64(r[0]) + wx[1]*float64(r[1]) + wx[2]*float64(r[2]) + wx[3]*float64(r[3]))
	}
	return v
}

// basis are the weights of a cubic B-spline at a fraction after the second of four pixels.
func basis(f float64) [4]float64 {
	g := 1 - f
	return [4]float64{g * g * g / 6, (4 + 3*f*f*(f-2)) / 6, (4 + 3*g*g*(g-2)) / 6, f * f * f / 6}
}
