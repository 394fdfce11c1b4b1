package vision

import (
	"fmt"
	"sync"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision/qr"
)

// Code is one QR code found in an image.
type Code struct {
	Text string
	// Corners of the code without its quiet zone, in pixels: the corner at the
	// top left of the upright code, then clockwise as printed.
	Corners [4]Point
	// Quality grades the print and the picture, after ISO/IEC 15415.
	Quality qr.Quality
	// Stage of the cascade that read it, and the decoder's own way there.
	Stage, How string
}

// QRParams tune a reader: the schema says what each of them does. Start from StationQR
// or FileQR; without a budget nothing is read.
type QRParams = specs.QRParams

// StationQR is what the schema gives a station that says nothing.
func StationQR() QRParams {
	return QRParams{
		Codes: 1, Budget: specs.Duration(10 * time.Millisecond),
		Contrast: 3, Blur: 1.2, Window: 31, Offset: 4, Close: 1, Open: 1,
		Halve: 2, Enlarge: 2, Invert: true, Rotation: 0.5235987755982988, // as "30deg" is read, to the last bit
	}
}

// FileQR is for pictures of which nothing is known: all codes, and time.
func FileQR() QRParams {
	p := StationQR()
	p.Codes, p.Budget = 0, specs.Duration(600*time.Millisecond)
	return p
}

// QROptions set up a QRReader.
type QROptions struct {
	Params QRParams // without a budget: FileQR
	// Decoder that is tried on every stage's image; nil: that of package qr.
	Decoder QRDecoder
	// Accept tells whether a text is one that may occur here; nil: any is. A code
	// with another text counts as not read, which makes a misread impossible
	// where texts have a form.
	Accept func(text string) bool
	// Trace is told each stage, after it ran. The stage's image is the reader's again
	// once Trace returns. nil: nobody is.
	Trace func(QRStage)
}

// QRStage is what a stage of the cascade saw and read.
type QRStage struct {
	Name   string
	Region Rect // of the image that was read
	Image  Gray // what the stage made of it, for the decoder
	Codes  []Code
	Cost   time.Duration // of its work, counted
}

// QRReader reads QR codes in a cascade: each stage runs only where those before
// found nothing. It is safe for concurrent use.
type QRReader struct {
	opt  QROptions
	pool sync.Pool // of *qrScratch
}

// QRScan is what reading an image came to.
type QRScan struct {
	Codes []Code
	// Stage that read the first code; empty when none did.
	Stage string
	// Cost is the work, counted and not measured: the time that it takes on one core
	// of 2020.
	Cost time.Duration
	// Err is what the decoder complained about; the scan went on to other stages.
	Err error
}

// NewQRReader returns a reader.
func NewQRReader(o QROptions) *QRReader {
	if o.Params.Budget == 0 {
		o.Params = FileQR()
	}
	if o.Decoder == nil {
		o.Decoder = newQRDecoder()
	}
	r := &QRReader{opt: o}
	r.pool.New = func() any { return new(qrScratch) }
	return r
}

// Read returns the codes in a region of the image; an empty one stands for the
// regions of the parameters. Corners are in pixels of img.
func (r *QRReader) Read(img Image, roi Rect) []Code { return r.Scan(img, roi).Codes }

// Scan is Read that tells how it went.
func (r *QRReader) Scan(img Image, roi Rect) QRScan {
	if !img.Valid() {
		return QRScan{Err: fmt.Errorf("image of %dx%d has %d bytes; want 3*W*H", img.W, img.H, len(img.Pix))}
	}
	sc := r.pool.Get().(*qrScratch)
	defer r.pool.Put(sc)
	var s QRScan
	for _, c := range r.regions(roi, img.W, img.H) {
		g := img.Gray(c, sc.gray)
		sc.gray = g.Pix
		r.region(g, c, sc, &s)
		if r.full(&s) {
			break
		}
	}
	return s
}

// ScanGray is Scan on a grey image.
func (r *QRReader) ScanGray(g Gray, roi Rect) QRScan {
	var s QRScan
	if !g.Valid() {
		s.Err = fmt.Errorf("image of %dx%d has %d bytes", g.W, g.H, len(g.Pix))
		return s
	}
	sc := r.pool.Get().(*qrScratch)
	defer r.pool.Put(sc)
	for _, c := range r.regions(roi, g.W, g.H) {
		r.region(g.Crop(c), c, sc, &s)
		if r.full(&s) {
			break
		}
	}
	return s
}

// regions that are read: the one that is asked for, or those of the parameters, or all of
// the image.
func (r *QRReader) regions(roi Rect, w, h int) []Rect {
	if c := roi.Clip(w, h); !c.Empty() {
		return []Rect{c}
	}
	var all []Rect
	for _, p := range r.opt.Params.Regions {
		if c := (Rect{p.X, p.Y, p.X + p.W, p.Y + p.H}).Clip(w, h); !c.Empty() {
			all = append(all, c)
		}
	}
	if len(r.opt.Params.Regions) == 0 {
		all = append(all, Rect{0, 0, w, h})
	}
	return all
}

// full tells whether as many codes are read as are wanted.
func (r *QRReader) full(s *QRScan) bool {
	return r.opt.Params.Codes > 0 && len(s.Codes) >= r.opt.Params.Codes
}

// workThousand is the time that stands for a thousand units of the decoder's work: what they take on the
// pictures that take longest.
const workThousand = 2300 * time.Nanosecond

// workIn is the work that a time stands for, and workTime the time that work does.
func workIn(t time.Duration) int       { return int(t * 1000 / workThousand) }
func workTime(units int) time.Duration { return time.Duration(units) * workThousand / 1000 }

// firstShare is the part of the budget that reading the image as it is may take, where
// other stages follow.
const firstShare = 0.8

// leastLook is the work, for each pixel, with which the decoder can find anything at all: no image is
// prepared for less. lastLook is what it may take over its budget, to end what it is at.
const (
	leastLook = 1
	lastLook  = 2
)

// region runs the cascade on one region, whose first pixel is at the image's at.X0,
// at.Y0, and adds what it finds to s.
func (r *QRReader) region(g Gray, at Rect, sc *qrScratch, s *QRScan) {
	left := workIn(r.opt.Params.Budget.D())
	for i := range qrStages {
		st := &qrStages[i]
		w, h, cost := st.plan(g.W, g.H, &r.opt.Params)
		rest := left - cost - lastLook*w*h
		if w*h == 0 || i > 0 && rest < leastLook*w*h {
			continue // it has nothing to offer for an image like this, or there is no time to look at it
		}
		img, back := st.prepare(g, &r.opt.Params, &sc.filters)
		ask := QRAsk{Codes: r.opt.Params.Codes, Budget: rest, Quick: st.quick, Invert: r.opt.Params.Invert}
		if i == 0 {
			ask.Budget = int(firstShare * float64(left))
		}
		codes, spent, err := r.decode(img, ask)
		if err != nil {
			s.Err = fmt.Errorf("QR stage %q: %w", st.name, err)
		}
		cost += spent
		left -= cost
		s.Cost += workTime(cost)
		for k := range codes {
			c := &codes[k]
			c.Stage = st.name
			for j, p := range c.Corners {
				p = back.apply(p)
				c.Corners[j] = Point{p.X + float64(at.X0), p.Y + float64(at.Y0)}
			}
		}
		if r.opt.Trace != nil {
			r.opt.Trace(QRStage{st.name, at, img, codes, workTime(cost)})
		}
		if len(codes) == 0 {
			continue
		}
		if s.Stage == "" {
			s.Stage = st.name
		}
		s.Codes = append(s.Codes, codes...)
		return
	}
}

// decode asks the decoder, and asks for all codes where the first ones are none that may
// occur here.
func (r *QRReader) decode(img Gray, ask QRAsk) (codes []Code, spent int, err error) {
	if ask.Budget <= 0 {
		return nil, 0, nil
	}
	codes, spent, err = r.opt.Decoder.DecodeQR(img, ask)
	if r.opt.Accept == nil || len(codes) == 0 {
		return codes, spent, err
	}
	found := len(codes)
	codes = r.accepted(codes)
	if len(codes) > 0 || ask.Codes == 0 || found < ask.Codes {
		return codes, spent, err
	}
	ask.Codes, ask.Budget = 0, ask.Budget-spent
	if ask.Budget <= 0 {
		return nil, spent, err
	}
	codes, more, err := r.opt.Decoder.DecodeQR(img, ask)
	return r.accepted(codes), spent + more, err
}

func (r *QRReader) accepted(codes []Code) []Code {
	kept := codes[:0]
	for _, c := range codes {
		if r.opt.Accept(c.Text) && (r.opt.Params.Codes == 0 || len(kept) < r.opt.Params.Codes) {
			kept = append(kept, c)
		}
	}
	return kept
}
