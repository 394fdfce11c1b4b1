package trial

import (
	"image"
	"image/color"
	"math"

	"linetwin.dev/vision"
)

// Colours of what is drawn in: what is true and was found, what is true and was missed, what was found and is not true.
var (
	hitColor   = color.RGBA{46, 204, 113, 255}
	missColor  = color.RGBA{255, 176, 32, 255}
	falseColor = color.RGBA{231, 60, 60, 255}
)

func truthColor(missed bool) color.RGBA {
	if missed {
		return missColor
	}
	return hitColor
}

// drawing is a picture into which outlines are drawn.
type drawing struct{ img *image.RGBA }

func newDrawing(m vision.Image) drawing {
	img := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		copy(img.Pix[4*i:], m.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	return drawing{img}
}

// polygon draws a closed outline two pixels wide.
func (d drawing) polygon(c color.RGBA, p ...vision.Point) {
	for i := range p {
		a, b := p[i], p[(i+1)%len(p)]
		n := int(2*max(math.Abs(b.X-a.X), math.Abs(b.Y-a.Y))) + 1
		if n > 1<<16 {
			continue // a corner that is nowhere near
		}
		for k := range n {
			t := float64(k) / float64(n)
			x, y := int(math.Round(a.X+t*(b.X-a.X))), int(math.Round(a.Y+t*(b.Y-a.Y)))
			d.img.SetRGBA(x, y, c)
			d.img.SetRGBA(x+1, y, c)
			d.img.SetRGBA(x, y+1, c)
		}
	}
}

// box draws the outline of a rectangle of pixels.
func (d drawing) box(c color.RGBA, x, y, w, h int) {
	l, t, r, b := float64(x)-1, float64(y)-1, float64(x+w), float64(y+h)
	d.polygon(c, vision.Point{X: l, Y: t}, vision.Point{X: r, Y: t}, vision.Point{X: r, Y: b}, vision.Point{X: l, Y: b})
}
