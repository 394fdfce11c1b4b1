package trial

import (
	"image"
	"image/color"

	"linetwin.dev/vision"
)

// Colours of what is drawn in, beside that of what is true and was found: what is true and was missed, what was
// found and is not true.
var (
	missColor  = color.RGBA{255, 176, 32, 255}
	falseColor = vision.BadColor
)

func truthColor(missed bool) color.RGBA {
	if missed {
		return missColor
	}
	return vision.GoodColor
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

func (d drawing) polygon(c color.RGBA, p ...vision.Point) { vision.Outline(d.img, c, p...) }

// box draws the outline of a rectangle of pixels.
func (d drawing) box(c color.RGBA, x, y, w, h int) {
	l, t, r, b := float64(x)-1, float64(y)-1, float64(x+w), float64(y+h)
	d.polygon(c, vision.Point{X: l, Y: t}, vision.Point{X: r, Y: t}, vision.Point{X: r, Y: b}, vision.Point{X: l, Y: b})
}
