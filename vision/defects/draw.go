package defects

import (
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

var drawn = color.RGBA{255, 40, 40, 255}

// Draw is the picture with a frame around each defect, outside of its box, and its kind and score.
func Draw(m Image, r Report) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		copy(img.Pix[4*i:4*i+3], m.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	thick := 1 + max(m.W, m.H)/1000
	for _, d := range r.Defects {
		for k := 1; k <= thick; k++ {
			frame(img, d.Box.Inset(-k))
		}
		y := d.Box.Min.Y - thick - 3
		if y < 10 {
			y = min(d.Box.Max.Y+thick+11, m.H-2)
		}
		say(img, max(d.Box.Min.X-thick, 0), y, fmt.Sprintf("%s %.1f", d.Kind, d.Score))
	}
	return img
}

// frame is the outermost pixels of a rectangle; those outside of the picture are not drawn.
func frame(img *image.RGBA, r image.Rectangle) {
	for x := r.Min.X; x < r.Max.X; x++ {
		img.SetRGBA(x, r.Min.Y, drawn)
		img.SetRGBA(x, r.Max.Y-1, drawn)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		img.SetRGBA(r.Min.X, y, drawn)
		img.SetRGBA(r.Max.X-1, y, drawn)
	}
}

// say writes on a dark ground, so that it can be read on anything.
func say(img *image.RGBA, x, y int, s string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.White), Face: basicfont.Face7x13, Dot: fixed.P(x+1, y)}
	for py := y - 10; py < y+3; py++ {
		for px := x; px < x+7*len(s)+2; px++ {
			img.SetRGBA(px, py, color.RGBA{30, 20, 20, 255})
		}
	}
	d.DrawString(s)
}
