package vision

import (
	"sync"

	"linetwin.dev/vision/qr"
)

// QRAsk says what a decoder shall do.
type QRAsk struct {
	Codes  int  // to read at most; 0: all there are
	Budget int  // of work, in units of about one pixel looked at, 2.3 ns
	Quick  bool // only what is cheap
	Invert bool // light codes on a dark ground, too
}

// QRDecoder reads codes in an image; none is no error. It tells the work that it
// did. It must not panic, must give equal results for equal images, and must be safe
// for concurrent use.
type QRDecoder interface {
	DecodeQR(g Gray, ask QRAsk) (codes []Code, work int, err error)
}

// ownDecoder is that of package qr.
type ownDecoder struct{ pool sync.Pool } // of *qr.Decoder

var _ QRDecoder = (*ownDecoder)(nil)

func newQRDecoder() *ownDecoder {
	d := &ownDecoder{}
	d.pool.New = func() any { return qr.NewDecoder(qr.Options{}) }
	return d
}

// DecodeQR reads the codes.
func (o *ownDecoder) DecodeQR(g Gray, ask QRAsk) ([]Code, int, error) {
	d := o.pool.Get().(*qr.Decoder)
	defer o.pool.Put(d)
	d.Use(qr.Options{Max: ask.Codes, Quick: ask.Quick, NoInverted: !ask.Invert})
	found := d.Decode(qr.Image{Pix: g.Pix, Stride: g.Stride, W: g.W, H: g.H}, ask.Budget)
	if len(found) == 0 {
		return nil, d.Spent(), nil
	}
	codes := make([]Code, len(found))
	for i, f := range found {
		codes[i] = Code{Text: f.Text, Quality: f.Quality, How: f.Stage}
		for k, p := range f.Corners {
			codes[i].Corners[k] = Point(p)
		}
	}
	return codes, d.Spent(), nil
}
