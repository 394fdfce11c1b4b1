package onnx

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"

	"linetwin.dev/vision/model"
)

// fit is where a picture lies in a network's input: input = picture*scale + offset, in
// pixels from the top left corner.
type fit struct{ scaleX, scaleY, offsetX, offsetY float64 }

// fitOf lays a picture of w x h into an input.
func fitOf(in *model.Input, w, h int) fit {
	x, y := float64(in.Width)/float64(w), float64(in.Height)/float64(h)
	switch in.Fit {
	case "crop":
		x = max(x, y)
		y = x
	case "letterbox":
		x = min(x, y)
		y = x
	}
	return fit{x, y, (float64(in.Width) - float64(w)*x) / 2, (float64(in.Height) - float64(h)*y) / 2}
}

// back turns a box of the input into one of the picture, cut to it.
func (f fit) back(b model.Box, w, h int) model.Box {
	x0, x1 := (b.X-f.offsetX)/f.scaleX, (b.X+b.Width-f.offsetX)/f.scaleX
	y0, y1 := (b.Y-f.offsetY)/f.scaleY, (b.Y+b.Height-f.offsetY)/f.scaleY
	x0, x1 = clamp(x0, float64(w)), clamp(x1, float64(w))
	y0, y1 = clamp(y0, float64(h)), clamp(y1, float64(h))
	b.X, b.Y, b.Width, b.Height = x0, y0, max(0, x1-x0), max(0, y1-y0)
	return b
}

func clamp(v, most float64) float64 { return min(max(v, 0), most) }

// letterGrey fills what a letterbox leaves free, as the trainers of YOLO do.
const letterGrey = 114

// prepare writes a picture as a network's input, channel after channel, into to, which
// has Planes*Height*Width places. It is scaled with a triangle as wide as the step, so
// that small pictures of large ones do not alias.
func prepare(in *model.Input, img model.Image, to []float32) fit {
	f := fitOf(in, img.W, img.H)
	dst := image.NewRGBA(image.Rect(0, 0, in.Width, in.Height))
	draw.Draw(dst, dst.Rect, image.NewUniform(color.Gray{letterGrey}), image.Point{}, draw.Src)
	src := img.RGBA()
	// What a crop leaves over is cut off before, to the pixel, or else it would be scaled.
	x0, y0 := max(0, -f.offsetX/f.scaleX), max(0, -f.offsetY/f.scaleY)
	from := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(float64(img.W)-x0)), int(math.Round(float64(img.H)-y0)))
	w, h := within(float64(img.W)*f.scaleX, in.Width), within(float64(img.H)*f.scaleY, in.Height)
	corner := image.Pt((in.Width-w)/2, (in.Height-h)/2)
	at := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
	if from.Empty() { // a line of pixels
		from = src.Bounds()
	}
	if from.Size() == at.Size() {
		draw.Draw(dst, at, src, from.Min, draw.Src)
	} else {
		draw.BiLinear.Scale(dst, at, src, from, draw.Src, nil)
	}
	f = fit{
		float64(at.Dx()) / float64(from.Dx()), float64(at.Dy()) / float64(from.Dy()),
		float64(at.Min.X), float64(at.Min.Y),
	}
	f.offsetX -= float64(from.Min.X) * f.scaleX
	f.offsetY -= float64(from.Min.Y) * f.scaleY

	n := in.Width * in.Height
	for i := range n {
		p := dst.Pix[4*i : 4*i+3]
		switch in.Channels {
		case "gray":
			v := (299*float64(p[0]) + 587*float64(p[1]) + 114*float64(p[2])) / 1000
			to[i] = float32((v - in.Mean[0]) * in.Scale[0])
		case "bgr":
			for c := range 3 {
				to[c*n+i] = float32((float64(p[2-c]) - in.Mean[c]) * in.Scale[c])
			}
		default:
			for c := range 3 {
				to[c*n+i] = float32((float64(p[c]) - in.Mean[c]) * in.Scale[c])
			}
		}
	}
	return f
}

// within is a length in whole pixels: one at least, and no more than there are.
func within(v float64, most int) int { return min(max(1, int(math.Round(v))), most) }
