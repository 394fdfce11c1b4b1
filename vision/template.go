package vision

import (
	"errors"
	"fmt"
	"math"
)

// Template is a grey pattern to be found in images, prepared once. It is
// immutable and safe for concurrent use.
type Template struct {
	g    Gray
	mean float64
	norm float64   // sqrt of the sum of squares about the mean
	half *Template // at half the size, nil when that is too small to tell anything
}

// Match is where a template fits best.
type Match struct {
	// X, Y is the place of the template's first pixel in the image, in pixels.
	X, Y float64
	// Score is the normalised correlation there, from -1 to 1.
	Score float64
}

// ErrFlat says that a template has no contrast, so that it fits everywhere.
var ErrFlat = errors.New("the template has no contrast")

// minHalf is the least side of a template at half size: smaller ones lose what
// makes them unique.
const minHalf = 16

// NewTemplate prepares a pattern; the pixels are copied. It returns ErrFlat when
// there is nothing to correlate with, and an error for an invalid image.
func NewTemplate(g Gray) (*Template, error) {
	if !g.Valid() {
		return nil, fmt.Errorf("template of %dx%d has %d bytes", g.W, g.H, len(g.Pix))
	}
	t := &Template{g: g.clone()}
	sum, squares := 0.0, 0.0
	for _, p := range t.g.Pix {
		sum += float64(p)
		squares += float64(p) * float64(p)
	}
	n := float64(len(t.g.Pix))
	t.mean = sum / n
	variance := squares/n - t.mean*t.mean
	if variance < 1 { // less than one grey level
		return nil, ErrFlat
	}
	t.norm = math.Sqrt(variance * n)
	if min(g.W, g.H) >= 2*minHalf {
		t.half, _ = NewTemplate(g.Resize(g.W/2, g.H/2)) // nil if the contrast is all in the detail
	}
	return t, nil
}

// Size of the template in pixels.
func (t *Template) Size() (w, h int) { return t.g.W, t.g.H }

// Find returns the best place of the template inside a window of the image: the
// maximum of the normalised correlation coefficient over all places at which the
// template lies wholly in the window, refined to a fraction of a pixel by a
// parabola through the peak and its neighbours along each axis. An empty window
// is the whole image. It returns an error when the template does not fit in.
//
// Windows that are costly to search are searched at half size first, and around
// the best places of that in full. The correlation is OpenCV's where cgo is
// there, and plain Go elsewhere; they agree to 1e-4.
func (t *Template) Find(g Gray, window Rect) (Match, error) {
	if !g.Valid() {
		return Match{}, fmt.Errorf("image of %dx%d has %d bytes", g.W, g.H, len(g.Pix))
	}
	if window.Empty() {
		window = g.Bounds()
	}
	window = window.Clip(g.W, g.H)
	in := g.Crop(window)
	if in.W < t.g.W || in.H < t.g.H {
		return Match{}, fmt.Errorf("template of %dx%d does not fit into a window of %dx%d", t.g.W, t.g.H, in.W, in.H)
	}
	m, err := t.find(in)
	m.X += float64(window.X0)
	m.Y += float64(window.Y0)
	return m, err
}

// candidates of the coarse search that are looked at in full.
const candidates = 3

func (t *Template) find(in Gray) (Match, error) {
	places := (in.W - t.g.W + 1) * (in.H - t.g.H + 1)
	if t.half == nil || places < 64 || in.W*in.H <= exhaustivePixels {
		return t.search(in, in.Bounds())
	}
	small := in.Resize(in.W/2, in.H/2)
	if small.W < t.half.g.W || small.H < t.half.g.H {
		return t.search(in, in.Bounds())
	}
	scores, err := correlate(small, t.half)
	if err != nil {
		return Match{}, err
	}
	w := small.W - t.half.g.W + 1
	best := Match{Score: math.Inf(-1)}
	for range candidates {
		at := peak(scores)
		x, y := at%w, at/w
		const reach = 3
		m, err := t.search(in, Rect{
			2*x - reach, 2*y - reach, 2*x + reach + t.g.W, 2*y + reach + t.g.H,
		}.Clip(in.W, in.H))
		if err != nil {
			return Match{}, err
		}
		if m.Score > best.Score {
			best = m
		}
		for yy := max(y-2, 0); yy <= y+2 && yy*w < len(scores); yy++ {
			for xx := max(x-2, 0); xx <= min(x+2, w-1); xx++ {
				scores[yy*w+xx] = -2
			}
		}
	}
	return best, nil
}

// search correlates in full within a window that the template fits into.
func (t *Template) search(in Gray, window Rect) (Match, error) {
	part := in.Crop(window)
	scores, err := correlate(part, t)
	if err != nil {
		return Match{}, err
	}
	w := part.W - t.g.W + 1
	at := peak(scores)
	x, y := at%w, at/w
	m := Match{float64(window.X0 + x), float64(window.Y0 + y), float64(scores[at])}
	if x > 0 && x < w-1 {
		m.X += parabola(scores[at-1], scores[at], scores[at+1])
	}
	if y > 0 && y < len(scores)/w-1 {
		m.Y += parabola(scores[at-w], scores[at], scores[at+w])
	}
	return m, nil
}

// peak is the index of the greatest score, the first of equals.
func peak(scores []float32) int {
	best := 0
	for i, s := range scores {
		if s > scores[best] {
			best = i
		}
	}
	return best
}

// parabola is the place of the maximum of the parabola through three samples,
// of which the middle one is the greatest, relative to it.
func parabola(l, c, r float32) float64 {
	d := float64(l) - 2*float64(c) + float64(r)
	if d >= -1e-9 {
		return 0
	}
	return min(max((float64(l)-float64(r))/(2*d), -0.5), 0.5)
}
