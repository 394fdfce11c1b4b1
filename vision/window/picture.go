package window

import (
	"fmt"
	"image"
	"math"
)

// Picture is an image that can be shown at any zoom: beside its pixels it keeps halves
// of it, so that one that is shown small is not sampled here and there. It is immutable
// and may be shown by several goroutines.
type Picture struct {
	W, H   int
	levels []*image.RGBA
}

// RGBPicture makes a picture of w by h pixels of three bytes, rows from the top, which
// are copied.
func RGBPicture(w, h int, pix []byte) *Picture {
	checkSize(w, h, len(pix), 3)
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = pix[3*i], pix[3*i+1], pix[3*i+2], 255
	}
	return halved(m)
}

// GrayPicture makes a picture of w by h bytes, in rows of stride, which are copied.
func GrayPicture(w, h, stride int, pix []byte) *Picture {
	if w <= 0 || h <= 0 || stride < w || len(pix) < (h-1)*stride+w {
		panic(fmt.Sprintf("a picture of %dx%d in rows of %d has %d bytes", w, h, stride, len(pix)))
	}
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x, v := range pix[y*stride:][:w] {
			i := m.PixOffset(x, y)
			m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = v, v, v, 255
		}
	}
	return halved(m)
}

// DepthPicture makes a picture of w by h depths, in the colours of Viridis from near to
// far: lo and hi are shown by the first and the last. Where there is none (0, negative
// or NaN) it is dark.
func DepthPicture(w, h int, z []float32, lo, hi float32) *Picture {
	checkSize(w, h, len(z), 1)
	var table [256][3]byte
	for i := range table {
		c := Viridis(1 - float64(i)/255)
		table[i] = [3]byte{c.R, c.G, c.B}
	}
	scale := 255 / max(hi-lo, 1e-6)
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, v := range z {
		c := [3]byte{24, 24, 28}
		if v > 0 {
			c = table[int(min(max((v-lo)*scale, 0), 255))]
		}
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = c[0], c[1], c[2], 255
	}
	return halved(m)
}

func checkSize(w, h, n, each int) {
	if w <= 0 || h <= 0 || n != each*w*h {
		panic(fmt.Sprintf("a picture of %dx%d has %d values, not %d", w, h, n, each*w*h))
	}
}

// halved adds the halves of an image down to about 64 pixels.
func halved(m *image.RGBA) *Picture {
	p := &Picture{W: m.Rect.Dx(), H: m.Rect.Dy(), levels: []*image.RGBA{m}}
	for m.Rect.Dx() >= 128 && m.Rect.Dy() >= 128 {
		w, h := m.Rect.Dx()/2, m.Rect.Dy()/2
		half := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			r0, r1 := m.Pix[2*y*m.Stride:], m.Pix[(2*y+1)*m.Stride:]
			out := half.Pix[y*half.Stride:][:4*w]
			for x := range w {
				for k := range 4 {
					i := 8*x + k
					out[4*x+k] = byte((uint(r0[i]) + uint(r0[i+4]) + uint(r1[i]) + uint(r1[i+4]) + 2) / 4)
				}
			}
		}
		m = half
		p.levels = append(p.levels, m)
	}
	return p
}

// At is the colour of a pixel; false outside the picture.
func (p *Picture) At(x, y int) (r, g, b byte, ok bool) {
	if x < 0 || y < 0 || x >= p.W || y >= p.H {
		return 0, 0, 0, false
	}
	i := p.levels[0].PixOffset(x, y)
	px := p.levels[0].Pix[i : i+3]
	return px[0], px[1], px[2], true
}

// Picture shows a picture with its upper left edge at a place, each of its pixels zoom
// points wide: every pixel as a square where it is larger than one of the screen,
// smooth where it is smaller.
func (c *Canvas) Picture(p *Picture, at Point, zoom float64) {
	if zoom <= 0 || p == nil {
		return
	}
	perPixel := 1 / (zoom * c.Scale) // pixels of the picture in one of the canvas
	level := 0
	for level+1 < len(p.levels) && perPixel >= math.Ldexp(2, level) {
		level++
	}
	m := p.levels[level]
	step := perPixel / math.Ldexp(1, level)
	// Halving drops an odd last row or column; the edge is that of what is left.
	w, h := m.Rect.Dx(), m.Rect.Dy()
	x0, y0 := at.X*c.Scale, at.Y*c.Scale
	box := image.Rect(int(math.Ceil(max(x0-0.5, -1))), int(math.Ceil(max(y0-0.5, -1))),
		int(math.Ceil(min(x0+float64(p.W)/perPixel-0.5, 1e6))), int(math.Ceil(min(y0+float64(p.H)/perPixel-0.5, 1e6)))).Intersect(c.clip)
	if box.Empty() {
		return
	}
	if step <= 1 && level == 0 && perPixel < 1 {
		c.squares(m, box, x0, y0, step)
		return
	}
	xs := make([]tap, box.Dx())
	for i := range xs {
		xs[i] = tapAt((float64(box.Min.X+i)+0.5-x0)*step-0.5, w)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		ty := tapAt((float64(y)+0.5-y0)*step-0.5, h)
		r0, r1 := m.Pix[ty.a*m.Stride:], m.Pix[ty.b*m.Stride:]
		out := c.Image.Pix[c.Image.PixOffset(box.Min.X, y):][:4*box.Dx()]
		for i, tx := range xs {
			a, b := 4*tx.a, 4*tx.b
			for k := range 3 {
				top := uint32(r0[a+k])*(256-tx.f) + uint32(r0[b+k])*tx.f
				low := uint32(r1[a+k])*(256-tx.f) + uint32(r1[b+k])*tx.f
				out[4*i+k] = byte((top*(256-ty.f) + low*ty.f + 1<<15) >> 16)
			}
			out[4*i+3] = 255
		}
	}
}

// squares shows each pixel as a square.
func (c *Canvas) squares(m *image.RGBA, box image.Rectangle, x0, y0, step float64) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	xs := make([]int, box.Dx())
	for i := range xs {
		xs[i] = 4 * min(max(int((float64(box.Min.X+i)+0.5-x0)*step), 0), w-1)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := m.Pix[min(max(int((float64(y)+0.5-y0)*step), 0), h-1)*m.Stride:]
		out := c.Image.Pix[c.Image.PixOffset(box.Min.X, y):][:4*box.Dx()]
		for i, x := range xs {
			copy(out[4*i:4*i+4], row[x:x+4])
		}
	}
}

// tap is a pair of neighbours and the weight of the second, out of 256.
type tap struct {
	a, b int
	f    uint32
}

func tapAt(v float64, n int) tap {
	v = min(max(v, 0), float64(n-1))
	a := int(v)
	return tap{a, min(a+1, n-1), uint32((v - float64(a)) * 256)}
}
