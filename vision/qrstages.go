package vision

import "math"

// qrScratch is the memory of one reading.
type qrScratch struct {
	gray    []byte
	filters filters
}

// qrStage prepares an image for the decoder. plan tells the size of what it makes, and what making
// it costs; no size means that the stage is switched off, or does not apply. back takes pixels of the
// prepared image to those of the given one.
type qrStage struct {
	name    string
	quick   bool
	plan    func(w, h int, p *QRParams) (width, height, cost int)
	prepare func(g Gray, p *QRParams, f *filters) (img Gray, back affine)
}

// qrStages are ordered by what they read of what those before could not, for the work that
// they are. BenchmarkFilterPrices tells what they take.
var qrStages = [...]qrStage{
	{"as is", false, func(w, h int, _ *QRParams) (int, int, int) { return w, h, 0 },
		func(g Gray, _ *QRParams, _ *filters) (Gray, affine) { return g, identity }},
	{"contrast", true, func(w, h int, p *QRParams) (int, int, int) {
		across, down := tiles(w, h)
		return applies(p.Contrast > 0, w, h, w*h*4+across*down*tileWork)
	},
		func(g Gray, p *QRParams, f *filters) (Gray, affine) { return f.equalized(g, p.Contrast), identity }},
	{"blur", true, func(w, h int, p *QRParams) (int, int, int) { return applies(p.Blur > 0, w, h, w*h*int(3+8*p.Blur)) },
		func(g Gray, p *QRParams, f *filters) (Gray, affine) { return f.blurred(g, p.Blur), identity }},
	{"threshold", true, func(w, h int, p *QRParams) (int, int, int) { return applies(p.Window > 0, w, h, w*h*4) },
		func(g Gray, p *QRParams, f *filters) (Gray, affine) {
			return f.thresholded(g, p.Window, int(math.Round(p.Offset))), identity
		}},
	{"close", true, func(w, h int, p *QRParams) (int, int, int) { return applies(p.Close > 0, w, h, w*h*2*(1+p.Close)) },
		func(g Gray, p *QRParams, f *filters) (Gray, affine) { return f.closed(g, p.Close), identity }},
	{"open", true, func(w, h int, p *QRParams) (int, int, int) { return applies(p.Open > 0, w, h, w*h*2*(1+p.Open)) },
		func(g Gray, p *QRParams, f *filters) (Gray, affine) { return f.opened(g, p.Open), identity }},
	halving("half", 1), halving("quarter", 2), halving("eighth", 3),
	{"enlarged", true, func(w, h int, p *QRParams) (int, int, int) {
		w, h = enlarged(w, h, p)
		return applies(p.Enlarge > 1 && w*h <= mostEnlarged, w, h, 3*w*h)
	}, func(g Gray, p *QRParams, f *filters) (Gray, affine) {
		w, h := enlarged(g.W, g.H, p)
		return f.resized(g, w, h), scaling(float64(g.W)/float64(w), float64(g.H)/float64(h))
	}},
	{"rotated", true, func(w, h int, p *QRParams) (int, int, int) {
		w, h = rotatedSize(w, h, float64(p.Rotation))
		return applies(p.Rotation != 0, w, h, 4*w*h)
	}, func(g Gray, p *QRParams, f *filters) (Gray, affine) { return f.rotated(g, float64(p.Rotation)) }},
}

// tileWork is that of a tile of the local contrast, whatever its size.
const tileWork = 1280

// applies is the plan of a stage that applies, or one without a size.
func applies(does bool, w, h, cost int) (int, int, int) {
	if !does {
		return 0, 0, 0
	}
	return w, h, cost
}

// leastHalved is the least side of an image that is worth halving: fewer pixels hold no code.
const leastHalved = 60

// halving is the stage that halves an image some times.
func halving(name string, times int) qrStage {
	return qrStage{name, true, func(w, h int, p *QRParams) (int, int, int) {
		return applies(p.Halve >= times && min(w, h)>>times >= leastHalved, w>>times, h>>times, 3*w*h/2)
	}, func(g Gray, _ *QRParams, f *filters) (Gray, affine) {
		w, h := g.W>>times, g.H>>times
		return f.resized(g, w, h), scaling(float64(g.W)/float64(w), float64(g.H)/float64(h))
	}}
}

// mostEnlarged is the number of pixels up to which an image is enlarged.
const mostEnlarged = 3_000_000

// enlarged is the size of an image of w x h that was enlarged.
func enlarged(w, h int, p *QRParams) (int, int) {
	return int(float64(w) * p.Enlarge), int(float64(h) * p.Enlarge)
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
