package vision

import "math"

// qrScratch is the memory of one reading.
type qrScratch struct {
	gray    []byte
	filters filters
}

// qrStage prepares an image for the decoder. back takes pixels of the prepared image to
// those of the given one; cost is the work of preparing. An empty image means that the
// stage is switched off, or does not apply.
type qrStage struct {
	name    string
	quick   bool
	prepare func(g Gray, p *QRParams, f *filters) (img Gray, back affine, cost int)
}

// qrStages are ordered by what they read of what those before could not, for the work that
// they are.
var qrStages = [...]qrStage{
	{"as is", false, func(g Gray, _ *QRParams, _ *filters) (Gray, affine, int) { return g, identity, 0 }},
	{"contrast", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Contrast == 0 {
			return Gray{}, identity, 0
		}
		return f.equalized(g, p.Contrast), identity, g.W * g.H * 3 / 2
	}},
	{"blur", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Blur == 0 {
			return Gray{}, identity, 0
		}
		return f.blurred(g, p.Blur), identity, g.W * g.H * int(1+3*p.Blur)
	}},
	{"threshold", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Window == 0 {
			return Gray{}, identity, 0
		}
		return f.thresholded(g, p.Window, int(math.Round(p.Offset))), identity, g.W * g.H
	}},
	{"close", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Close == 0 {
			return Gray{}, identity, 0
		}
		return f.closed(g, p.Close), identity, g.W * g.H * (2 + p.Close)
	}},
	{"open", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Open == 0 {
			return Gray{}, identity, 0
		}
		return f.opened(g, p.Open), identity, g.W * g.H * (2 + p.Open)
	}},
	{"half", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) { return halved(g, p, f, 1) }},
	{"quarter", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) { return halved(g, p, f, 2) }},
	{"eighth", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) { return halved(g, p, f, 3) }},
	{"enlarged", true, enlarged},
	{"rotated", true, func(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
		if p.Rotation == 0 {
			return Gray{}, identity, 0
		}
		img, back := f.rotated(g, float64(p.Rotation))
		return img, back, 2 * img.W * img.H
	}},
}

// leastHalved is the least side of an image that is worth halving: fewer pixels hold no code.
const leastHalved = 60

func halved(g Gray, p *QRParams, f *filters, times int) (Gray, affine, int) {
	w, h := g.W>>times, g.H>>times
	if p.Halve < times || min(w, h) < leastHalved {
		return Gray{}, identity, 0
	}
	return f.resized(g, w, h), scaling(float64(g.W)/float64(w), float64(g.H)/float64(h)), g.W * g.H
}

// mostEnlarged is the number of pixels up to which an image is enlarged.
const mostEnlarged = 3_000_000

func enlarged(g Gray, p *QRParams, f *filters) (Gray, affine, int) {
	w, h := int(float64(g.W)*p.Enlarge), int(float64(g.H)*p.Enlarge)
	if p.Enlarge <= 1 || w*h > mostEnlarged {
		return Gray{}, identity, 0
	}
	return f.resized(g, w, h), scaling(float64(g.W)/float64(w), float64(g.H)/float64(h)), 2 * w * h
}

// affine takes a point to (a x + b y + c, d x + e y + f).
type affine struct{ a, b, c, d, e, f float64 }

var identity = affine{a: 1, e: 1}

func (m affine) apply(p Point) Point {
	return Point{m.a*p.X + m.b*p.Y + m.c, m.d*p.X + m.e*p.Y + m.f}
}

// scaling by sx and sy about the image's top left corner, which is half a pixel off the
// first pixel's centre.
func scaling(sx, sy float64) affine {
	return affine{a: sx, c: sx/2 - 0.5, e: sy, f: sy/2 - 0.5}
}
