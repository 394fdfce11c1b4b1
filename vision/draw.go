package vision

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Colours of outlines around what is in order, and what is not.
var (
	GoodColor = color.RGBA{46, 204, 113, 255}
	BadColor  = color.RGBA{231, 60, 60, 255}
)

var (
	markText = color.RGBA{255, 255, 255, 255}
	markBack = color.RGBA{20, 24, 28, 255}
)

// Draw makes a picture of what an inspection saw: the frame, at most maxWidth
// pixels wide (0: as it is), under a line with the verdict, with the verdict's marks
// drawn in: green what is in order, red what is not. The part is what one wants to
// see: the picture shows the marks' surroundings where there are any, the whole
// frame else. A frame without pixels gives the line alone.
func Draw(f *Frame, v Verdict, maxWidth int) image.Image {
	const bar, blank = 22, 480
	if f == nil || !f.Color.Valid() {
		w := blank
		if maxWidth > 0 {
			w = min(w, maxWidth)
		}
		img := image.NewRGBA(image.Rect(0, 0, w, bar))
		header(img, v, bar)
		return img
	}
	src := around(f.Color, v.Marks)
	w, h := src.X1-src.X0, src.Y1-src.Y0
	scale := 1.0
	if maxWidth > 0 && w > maxWidth {
		scale = float64(maxWidth) / float64(w)
		h = max(int(math.Round(float64(h)*scale)), 1)
		w = maxWidth
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h+bar))
	shrink(img, bar, w, h, f.Color, src)
	for _, m := range v.Marks {
		c := GoodColor
		if !m.OK {
			c = BadColor
		}
		top := Point{math.Inf(1), math.Inf(1)}
		poly := make([]Point, len(m.Poly))
		for i, p := range m.Poly {
			poly[i] = Point{(p.X-float64(src.X0)+0.5)*scale - 0.5, (p.Y-float64(src.Y0)+0.5)*scale - 0.5 + bar}
			top.X, top.Y = min(top.X, poly[i].X), min(top.Y, poly[i].Y)
		}
		Outline(img, c, poly...)
		if len(m.Poly) > 0 && inside(top, w, h+bar) {
			write(img, pixel(top.X)+2, max(pixel(top.Y)-3, bar+11), c, m.Label)
		}
	}
	header(img, v, bar)
	return img
}

// around is the region of the image about the marks, or all of it.
func around(m Image, marks []Mark) Rect {
	var all []Point
	for _, k := range marks {
		all = append(all, k.Poly...)
	}
	if len(all) == 0 {
		return m.Bounds()
	}
	b := Around(all...)
	c := b.Grow(max(b.X1-b.X0, b.Y1-b.Y0)/4).Clip(m.W, m.H)
	if c.Empty() {
		return m.Bounds()
	}
	return c
}

// shrink averages a region of the image into the lower part of a picture.
func shrink(dst *image.RGBA, top, w, h int, src Image, r Rect) {
	rw, rh := r.X1-r.X0, r.Y1-r.Y0
	for y := range h {
		y0, y1 := y*rh/h, max((y+1)*rh/h, y*rh/h+1)
		for x := range w {
			x0, x1 := x*rw/w, max((x+1)*rw/w, x*rw/w+1)
			var sum [3]int
			for yy := y0; yy < y1; yy++ {
				for xx := x0; xx < x1; xx++ {
					p := src.Pix[3*((r.Y0+yy)*src.W+r.X0+xx):][:3]
					sum[0], sum[1], sum[2] = sum[0]+int(p[0]), sum[1]+int(p[1]), sum[2]+int(p[2])
				}
			}
			n := (y1 - y0) * (x1 - x0)
			dst.SetRGBA(x, y+top, color.RGBA{byte(sum[0] / n), byte(sum[1] / n), byte(sum[2] / n), 255})
		}
	}
}

// header writes the verdict over the picture.
func header(img *image.RGBA, v Verdict, bar int) {
	for y := range bar {
		for x := range img.Rect.Dx() {
			img.SetRGBA(x, y, markBack)
		}
	}
	c := GoodColor
	if !v.Good() {
		c = BadColor
	}
	for y := 4; y < bar-4; y++ {
		for x := 4; x < 10; x++ {
			img.SetRGBA(x, y, c)
		}
	}
	text := v.Findings()
	if v.Text != "" {
		text = v.Text + ": " + text
	}
	const left = 16
	if v.Reason&NotJudged == 0 {
		measured := fmt.Sprintf("  label %.2f", v.Score)
		if v.Reason&WrongLabel == 0 { // which has no place
			measured += fmt.Sprintf(", %.1f mm", 1000*v.Shift)
		}
		// Half of a number would mislead.
		if font.MeasureString(basicfont.Face7x13, text+measured).Ceil() <= img.Rect.Dx()-left {
			text += measured
		}
	}
	write(img, left, bar-7, markText, text)
}

func write(img *image.RGBA, x, y int, c color.Color, text string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(text)
}

// inside tells whether a point is near enough to the picture to be worth drawing.
func inside(p Point, w, h int) bool {
	return p.X > -float64(w) && p.Y > -float64(h) && p.X < 2*float64(w) && p.Y < 2*float64(h)
}

// Outline draws a polygon, closed and two pixels wide. Sides that end far outside the picture, or
// nowhere, are left out.
func Outline(img *image.RGBA, c color.RGBA, poly ...Point) {
	for i, p := range poly {
		line(img, p, poly[(i+1)%len(poly)], c)
	}
}

// line draws two pixels wide. Ends far outside the picture, or nowhere, are left out.
func line(img *image.RGBA, a, b Point, c color.RGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if !inside(a, w, h) || !inside(b, w, h) {
		return
	}
	n := int(max(math.Abs(b.X-a.X), math.Abs(b.Y-a.Y))) + 1
	for i := range n + 1 {
		t := float64(i) / float64(n)
		x, y := pixel(a.X+t*(b.X-a.X)), pixel(a.Y+t*(b.Y-a.Y))
		for d := range 4 {
			if p := image.Pt(x+d&1, y+d>>1); p.In(img.Rect) {
				img.SetRGBA(p.X, p.Y, c)
			}
		}
	}
}
