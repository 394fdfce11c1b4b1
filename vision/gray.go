package vision

import "linetwin.dev/vision/match"

// Gray is an image of one channel, 8 bits, rows from the top. A row starts every
// Stride bytes, so that a region of an image is itself a Gray, without a copy.
type Gray struct {
	W, H, Stride int
	Pix          []byte
}

// Bounds is the region of the whole image.
func (m Image) Bounds() Rect { return Rect{0, 0, m.W, m.H} }

// Valid tells whether the image has pixels, and as many as its size says.
func (m Image) Valid() bool {
	return m.W > 0 && m.H > 0 && len(m.Pix) == 3*m.W*m.H
}

// Gray returns the luma of a region, which is clipped to the image. The pixels
// are written to buf, which grows if it is too small; it may be nil.
// See match.Luma for the weights.
func (m Image) Gray(r Rect, buf []byte) Gray {
	r = r.Clip(m.W, m.H)
	if r.Empty() || !m.Valid() {
		return Gray{}
	}
	g := newGray(r.X1-r.X0, r.Y1-r.Y0, buf)
	for y := 0; y < g.H; y++ {
		src := m.Pix[3*((r.Y0+y)*m.W+r.X0):][:3*g.W]
		dst := g.Pix[y*g.W:][:g.W]
		for x := range dst {
			p := src[3*x : 3*x+3 : 3*x+3]
			dst[x] = match.Luma(p[0], p[1], p[2])
		}
	}
	return g
}

// newGray returns an image without padding on buf if that is large enough. Its
// pixels are not cleared.
func newGray(w, h int, buf []byte) Gray {
	if cap(buf) < w*h {
		buf = make([]byte, w*h)
	}
	return Gray{W: w, H: h, Stride: w, Pix: buf[:w*h]}
}

// Bounds is the region of the whole image.
func (g Gray) Bounds() Rect { return Rect{0, 0, g.W, g.H} }

// Valid tells whether the image has pixels, and as many as its size says.
func (g Gray) Valid() bool {
	return g.W > 0 && g.H > 0 && g.Stride >= g.W && len(g.Pix) >= (g.H-1)*g.Stride+g.W
}

// Crop returns a region, clipped to the image, that shares the image's pixels.
func (g Gray) Crop(r Rect) Gray {
	r = r.Clip(g.W, g.H)
	if r.Empty() {
		return Gray{}
	}
	return Gray{
		W: r.X1 - r.X0, H: r.Y1 - r.Y0, Stride: g.Stride,
		Pix: g.Pix[r.Y0*g.Stride+r.X0 : (r.Y1-1)*g.Stride+r.X1],
	}
}

// row y of the image.
func (g Gray) row(y int) []byte { return g.Pix[y*g.Stride:][:g.W] }

// packed returns the image without padding: itself if it has none.
func (g Gray) packed() Gray {
	if g.Stride == g.W {
		return g
	}
	p := newGray(g.W, g.H, nil)
	for y := range g.H {
		copy(p.row(y), g.row(y))
	}
	return p
}

// bilinear is the grey level between pixels, at pixel coordinates that must lie
// in [0, W-1] x [0, H-1].
func (g Gray) bilinear(x, y float64) float64 {
	ix, iy := int(x), int(y)
	if ix > g.W-2 {
		ix = max(g.W-2, 0)
	}
	if iy > g.H-2 {
		iy = max(g.H-2, 0)
	}
	dx, dy := min(g.W-1, 1), min(g.H-1, 1)*g.Stride
	fx, fy := x-float64(ix), y-float64(iy)
	p := g.Pix[iy*g.Stride+ix:]
	top := float64(p[0]) + fx*(float64(p[dx])-float64(p[0]))
	bottom := float64(p[dy]) + fx*(float64(p[dy+dx])-float64(p[dy]))
	return top + fy*(bottom-top)
}
