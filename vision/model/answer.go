package model

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Answer is what a model says of a picture. A classifier gives labels, a detector boxes,
// a reader text; one may give all of them.
type Answer struct {
	Labels []Label `json:"labels,omitempty"` // of the whole picture, the likeliest first
	Boxes  []Box   `json:"boxes,omitempty"`  // what was found where, the surest first
	Text   string  `json:"text,omitempty"`   // what was read in the whole picture
}

// Label is one thing that a picture may show, with how sure the model is of it, 0 to 1.
type Label struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Box is something that was found, and where: in pixels of the picture as it was shown
// to the model, from its top left corner; X and Y are the box's own top left corner.
type Box struct {
	Label  string  `json:"label"`
	Score  float64 `json:"score"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Text   string  `json:"text,omitempty"` // what was read in the box
}

// What an answer may hold at most: a model that says more than this is broken.
const (
	MaxLabels    = 10_000
	MaxBoxes     = 10_000
	MaxLabelSize = 256      // bytes of one label
	MaxTextSize  = 64 << 10 // bytes of all text together
)

// Check says what an answer has that it must not have: a score that is none, a box that
// is nowhere, more of anything than a picture can show. An empty answer is right: the
// model saw nothing.
func (a *Answer) Check() error {
	if len(a.Labels) > MaxLabels || len(a.Boxes) > MaxBoxes {
		return fmt.Errorf("the answer has %d labels and %d boxes; at most %d and %d are taken", len(a.Labels), len(a.Boxes), MaxLabels, MaxBoxes)
	}
	text := len(a.Text)
	for i, l := range a.Labels {
		if err := checkLabel(l.Label, l.Score); err != nil {
			return fmt.Errorf("label %d of the answer: %w", i+1, err)
		}
	}
	for i, b := range a.Boxes {
		if err := checkLabel(b.Label, b.Score); err != nil {
			return fmt.Errorf("box %d of the answer: %w", i+1, err)
		}
		for _, v := range [...]float64{b.X, b.Y, b.Width, b.Height} {
			if math.IsNaN(v) || math.Abs(v) > 1e6 {
				return fmt.Errorf("box %d of the answer: %g, %g, %g, %g are no pixels", i+1, b.X, b.Y, b.Width, b.Height)
			}
		}
		if b.Width < 0 || b.Height < 0 {
			return fmt.Errorf("box %d of the answer: its size is %g x %g; neither may be negative", i+1, b.Width, b.Height)
		}
		text += len(b.Text)
	}
	if text > MaxTextSize {
		return fmt.Errorf("the answer has %d bytes of text; at most %d are taken", text, MaxTextSize)
	}
	return nil
}

func checkLabel(name string, score float64) error {
	switch {
	case len(name) > MaxLabelSize:
		return fmt.Errorf("its name has %d bytes; at most %d are taken", len(name), MaxLabelSize)
	case !(score >= 0 && score <= 1):
		return fmt.Errorf("score %g of %q; a score is from 0 to 1", score, name)
	}
	return nil
}

// Sort puts the surest first; equals keep their order.
func (a *Answer) Sort() {
	slices.SortStableFunc(a.Labels, func(x, y Label) int { return cmp.Compare(y.Score, x.Score) })
	slices.SortStableFunc(a.Boxes, func(x, y Box) int { return cmp.Compare(y.Score, x.Score) })
}
