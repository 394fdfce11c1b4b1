package match

import (
	"fmt"
	"math"
	"strings"
)

// Match is a place where a template was found.
type Match struct {
	// Template is its index in the searcher's list.
	Template int
	// X and Y are the place of the template's centre, in pixels of the image. For a template of w x h
	// that is neither turned nor scaled, its first pixel is at (X - (w-1)/2, Y - (h-1)/2).
	X, Y float64
	// Angle by which it is turned, in degrees from -180 to 180, clockwise as seen.
	Angle float64
	// Scale is its size in the image over its own.
	Scale float64
	// Score is Agreed times Correlation squared, from 0 to 1: the share of the area that agrees, times
	// the share of its variance that the template explains.
	Score float64
	// Correlation is the normalised correlation coefficient of the part that agrees, grey level by
	// grey level.
	Correlation float64
	// Agreed is the share of the template's area that agrees with the image, 0 to 1; the rest is
	// covered, out of the image, or different.
	Agreed float64
	// Gain and Offset of the image's grey levels against the template's, over the part that agrees.
	Gain, Offset float64
	// Corners of the template in the image, the outer edges of its corner pixels, from its top left
	// clockwise.
	Corners [4]Point
	// Cells tell which part agreed: Across x Down cells of the template, row by row, each with its own
	// correlation, or CellDiffers. They belong to the searcher, until its next search.
	Cells        []float64
	Across, Down int
	// Next is the best score of the same template elsewhere that was looked at in full and is no
	// match, 0 if there is none, and NextAt the distance of that place in pixels.
	Next, NextAt float64
}

// CellDiffers stands for the correlation of a cell that does not agree.
const CellDiffers = -2

// Reason is why a place is no match.
type Reason int

// The reasons.
const (
	LowScore  Reason = iota + 1 // the score is below TemplateOptions.MinScore, or that of Options
	Overlaps                    // it overlaps a better match of the same template
	BeyondMax                   // Options.Max better ones are there
)

func (r Reason) String() string {
	switch r {
	case LowScore:
		return "its score is too low"
	case Overlaps:
		return "it overlaps a better match"
	case BeyondMax:
		return "there are enough better ones"
	}
	return "unknown reason"
}

// Rejected is a place that was looked at in full and is no match.
type Rejected struct {
	Template     int
	X, Y         float64
	Angle, Scale float64 // as in Match
	Score        float64
	Reason       Reason
}

// Explain says in a sentence what of a template agreed, and how far it is ahead.
func (m *Match) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "score %.2f: %.0f %% agrees, with a correlation of %.2f", m.Score, 100*m.Agreed, m.Correlation)
	if part := m.missing(); part != "" {
		fmt.Fprintf(&b, "; %s differs or is covered", part)
	}
	if math.Abs(m.Gain-1) > 0.05 || math.Abs(m.Offset) > 5 {
		fmt.Fprintf(&b, "; light %.2f x %+.0f", m.Gain, m.Offset)
	}
	if m.Next > 0 {
		fmt.Fprintf(&b, "; next best %.2f, %.0f pixels away", m.Next, m.NextAt)
	}
	return b.String()
}

// missing names where the cells that do not agree have their middle.
func (m *Match) missing() string {
	n, x, y := 0.0, 0.0, 0.0
	for i, c := range m.Cells {
		if c == CellDiffers {
			n++
			x += (float64(i%m.Across)+0.5)/float64(m.Across) - 0.5
			y += (float64(i/m.Across)+0.5)/float64(m.Down) - 0.5
		}
	}
	if n == 0 || m.Agreed > 0.995 {
		return ""
	}
	var words []string
	switch {
	case y/n < -0.12:
		words = append(words, "upper")
	case y/n > 0.12:
		words = append(words, "lower")
	}
	switch {
	case x/n < -0.12:
		words = append(words, "left")
	case x/n > 0.12:
		words = append(words, "right")
	}
	if words == nil {
		return "the middle"
	}
	return "the " + strings.Join(words, " ") + " part"
}

// Explain says in a sentence why a place is no match.
func (r *Rejected) Explain() string {
	return fmt.Sprintf("score %.2f at (%.1f, %.1f): %v", r.Score, r.X, r.Y, r.Reason)
}

// corners of a template at a pose.
func (t *Template) corners(p pose) (c [4]Point) {
	sin, cos := math.Sincos(p.angle)
	sin, cos = sin*p.scale, cos*p.scale
	for i := range c {
		x, y := float64(t.w)/2, float64(t.h)/2
		if i == 0 || i == 3 {
			x = -x
		}
		if i < 2 {
			y = -y
		}
		c[i] = Point{p.x + cos*x - sin*y, p.y + sin*x + cos*y}
	}
	return c
}
