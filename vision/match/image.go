package match

import (
	"fmt"
	"image"
	"image/color"
)

// Image is a grey image, 8 bits a pixel, rows from the top. A row starts every Stride bytes, so
// that a region of an image is itself an Image. x points to the right, y down, and the centre of
// the first pixel is (0, 0). It converts from vision.Gray without a copy.
type Image struct {
	W, H, Stride int
	Pix          []byte
}

// check says what is wrong with an image.
func (m Image) check() error {
	switch {
	case m.W <= 0 || m.H <= 0:
		return fmt.Errorf("it has no pixels: %dx%d", m.W, m.H)
	case m.Stride < m.W:
		return fmt.Errorf("its rows of %d pixels start every %d bytes", m.W, m.Stride)
	case m.W > MaxSide || m.H > MaxSide:
		return fmt.Errorf("%dx%d is too large; sides go up to %d pixels", m.W, m.H, MaxSide)
	case len(m.Pix) < (m.H-1)*m.Stride+m.W:
		return fmt.Errorf("%dx%d pixels need %d bytes, and it has %d", m.W, m.H, (m.H-1)*m.Stride+m.W, len(m.Pix))
	}
	return nil
}

// MaxSide is the longest side of an image.
const MaxSide = 16384

func (m Image) row(y int) []byte { return m.Pix[y*m.Stride:][:m.W:m.W] }

// Rect is a region in whole pixels, X0 <= x < X1 and Y0 <= y < Y1. It converts from vision.Rect.
type Rect struct{ X0, Y0, X1, Y1 int }

// Empty tells whether no pixel is in the region.
func (r Rect) Empty() bool { return r.X0 >= r.X1 || r.Y0 >= r.Y1 }

// clip is what of a region lies in an image of some size; the empty one stands for the whole image.
func (r Rect) clip(w, h int) Rect {
	if r == (Rect{}) {
		return Rect{0, 0, w, h}
	}
	return Rect{max(r.X0, 0), max(r.Y0, 0), min(r.X1, w), min(r.Y1, h)}
}

// Point is a place in an image, in pixels.
type Point struct{ X, Y float64 }

// Luma of a colour, with the weights of ITU-R BT.601 in 1/256.
func Luma(r, g, b byte) byte {
	return byte((77*uint32(r) + 150*uint32(g) + 29*uint32(b) + 128) >> 8)
}

// FromImage is the Luma of an image, and the mask that its alpha channel is: 0 where more than
// half transparent, nil where nothing is.
func FromImage(m image.Image) (g Image, mask []byte) {
	b := m.Bounds()
	g = Image{W: b.Dx(), H: b.Dy(), Stride: b.Dx(), Pix: make([]byte, b.Dx()*b.Dy())}
	mask = make([]byte, len(g.Pix))
	masked := false
	for y := range g.H {
		for x := range g.W {
			c := color.NRGBAModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			i := y*g.W + x
			g.Pix[i] = Luma(c.R, c.G, c.B)
			if mask[i] = c.A >> 7; mask[i] == 0 {
				masked = true
			}
		}
	}
	if !masked {
		mask = nil
	}
	return g, mask
}
