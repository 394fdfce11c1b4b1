package vision

import (
	"errors"
	"fmt"
)

// Code is one QR code found in an image.
type Code struct {
	Text string
	// Corners of the code without its quiet zone, in pixels: the corner at the
	// top left of the upright code, then clockwise as printed.
	Corners [4]Point
}

// ErrNoCode says that an image holds no code that can be read.
var ErrNoCode = errors.New("no QR code could be read")

// QRDecoder reads codes in an image, at least one and at most limit, or says why
// it did not: ErrNoCode, or what went wrong in the decoder. It need not find all
// of them: the reader hides what was found and asks again. It must not panic, and
// must be safe for concurrent use.
type QRDecoder interface {
	DecodeQR(g Gray, limit int) ([]Code, error)
}

// QROptions set up a QRReader. The zero value reads every code there is.
type QROptions struct {
	// Decoder that is tried on every stage's image; nil: the built-in one.
	Decoder QRDecoder
	// Accept tells whether a text is one that may occur here; nil: any is. A code
	// with another text counts as not read, which makes a misread impossible
	// where texts have a form.
	Accept func(text string) bool
	// MaxCodes that are looked for in one image; 0: 8.
	MaxCodes int
	// Stages that may be tried; 0: all. 1 tries only the image as it is.
	Stages int
	// RegionOnly keeps the reader from looking outside the region of interest.
	RegionOnly bool
}

// QRReader reads QR codes in a cascade: each stage costs more than the one
// before, and runs only where those found nothing. It is safe for concurrent use.
type QRReader struct{ opt QROptions }

// QRScan is what reading an image came to.
type QRScan struct {
	Codes []Code
	// Stage that read the first code; empty when none did.
	Stage string
	// Tries counts how often the decoder ran.
	Tries int
	// Err is what the decoder complained about, beyond finding no code; the scan
	// went on to other stages.
	Err error
}

// NewQRReader returns a reader.
func NewQRReader(o QROptions) *QRReader {
	if o.Decoder == nil {
		o.Decoder = zxingDecoder{}
	}
	if o.MaxCodes <= 0 {
		o.MaxCodes = 8
	}
	if o.Stages <= 0 || o.Stages > len(qrStages) {
		o.Stages = len(qrStages)
	}
	return &QRReader{o}
}

// Read returns the codes in the region of interest, or, unless RegionOnly is
// set, in the whole image when the region has none. An empty region is the whole
// image. Corners are in pixels of img.
func (r *QRReader) Read(img Image, roi Rect) []Code { return r.Scan(img, roi).Codes }

// Scan is Read that tells how it went.
func (r *QRReader) Scan(img Image, roi Rect) QRScan {
	if !img.Valid() {
		return QRScan{Err: fmt.Errorf("image of %dx%d has %d bytes; want 3*W*H", img.W, img.H, len(img.Pix))}
	}
	if c := roi.Clip(img.W, img.H); r.opt.RegionOnly && !c.Empty() {
		s := r.ScanGray(img.Gray(c, nil), Rect{})
		for i := range s.Codes {
			for j := range s.Codes[i].Corners {
				s.Codes[i].Corners[j].X += float64(c.X0)
				s.Codes[i].Corners[j].Y += float64(c.Y0)
			}
		}
		return s
	}
	return r.ScanGray(img.Gray(img.Bounds(), nil), roi)
}

// ScanGray is Scan on a grey image.
func (r *QRReader) ScanGray(g Gray, roi Rect) QRScan {
	var s QRScan
	if !g.Valid() {
		s.Err = fmt.Errorf("image of %dx%d has %d bytes", g.W, g.H, len(g.Pix))
		return s
	}
	whole := g.Bounds()
	roi = roi.Clip(g.W, g.H)
	if roi.Empty() {
		roi = whole
	}
	r.region(g, roi, &s)
	if len(s.Codes) == 0 && !r.opt.RegionOnly && roi != whole {
		r.region(g, whole, &s)
	}
	return s
}

// region runs the cascade on one region and adds what it finds to s.
func (r *QRReader) region(g Gray, roi Rect, s *QRScan) {
	work, owned, refused := g.Crop(roi), false, 0
	for _, st := range qrStages[:r.opt.Stages] {
		for refused <= r.opt.MaxCodes {
			img, scale := st.prepare(work)
			if !img.Valid() {
				break // the stage has nothing to offer for an image like this
			}
			s.Tries++
			codes, err := r.opt.Decoder.DecodeQR(img, r.opt.MaxCodes-len(s.Codes))
			if err != nil {
				if !errors.Is(err, ErrNoCode) {
					s.Err = fmt.Errorf("QR stage %q: %w", st.name, err)
				}
				break
			}
			if !owned && r.opt.MaxCodes > 1 {
				work, owned = work.clone(), true
			}
			for _, c := range codes {
				for i, p := range c.Corners {
					c.Corners[i] = Point{(p.X+0.5)*scale - 0.5, (p.Y+0.5)*scale - 0.5}
				}
				if owned {
					work.cover(c.Corners)
				}
				for i := range c.Corners {
					c.Corners[i].X += float64(roi.X0)
					c.Corners[i].Y += float64(roi.Y0)
				}
				if r.opt.Accept != nil && !r.opt.Accept(c.Text) {
					refused++
					continue
				}
				if s.Stage == "" {
					s.Stage = st.name
				}
				s.Codes = append(s.Codes, c)
			}
			if len(s.Codes) >= r.opt.MaxCodes {
				return
			}
			if !owned {
				break
			}
		}
		if len(s.Codes) > 0 {
			return
		}
	}
}

// qrStage prepares an image for the decoder; scale is how many pixels of the
// given image one pixel of the prepared one covers. An empty image means that the
// stage does not apply.
type qrStage struct {
	name    string
	prepare func(g Gray) (img Gray, scale float64)
}

var qrStages = [...]qrStage{
	{"as is", func(g Gray) (Gray, float64) { return g, 1 }},
	{"scaled", func(g Gray) (Gray, float64) {
		switch {
		case max(g.W, g.H) <= 220:
			return g.Resize(2*g.W, 2*g.H), 0.5
		case max(g.W, g.H) > 1000:
			return g.Resize(g.W/2, g.H/2), 2
		}
		return Gray{}, 0
	}},
	{"threshold", func(g Gray) (Gray, float64) { return g.AdaptiveThreshold(31, 4), 1 }},
	{"smooth and threshold", func(g Gray) (Gray, float64) { return g.smooth().AdaptiveThreshold(51, 2), 1 }},
	{"inverted", func(g Gray) (Gray, float64) { return g.inverted(), 1 }},
}

// clone returns a copy that shares nothing.
func (g Gray) clone() Gray {
	c := newGray(g.W, g.H, nil)
	for y := range g.H {
		copy(c.row(y), g.row(y))
	}
	return c
}

// cover fills a convex quadrangle with mid grey.
func (g Gray) cover(q [4]Point) {
	b := Around(q[:]...).Clip(g.W, g.H)
	for y := b.Y0; y < b.Y1; y++ {
		for x := b.X0; x < b.X1; x++ {
			if insideQuad(q, float64(x), float64(y)) {
				g.Pix[y*g.Stride+x] = 128
			}
		}
	}
}

// insideQuad tells whether a point is on the same side of all four edges.
func insideQuad(q [4]Point, x, y float64) bool {
	var left, right bool
	for i := range q {
		a, b := q[i], q[(i+1)%4]
		switch s := (b.X-a.X)*(y-a.Y) - (b.Y-a.Y)*(x-a.X); {
		case s > 0:
			left = true
		case s < 0:
			right = true
		}
	}
	return !left || !right
}
