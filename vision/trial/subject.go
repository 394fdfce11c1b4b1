package trial

import (
	"image"
	"time"
)

// Subject is a reader or an inspection, with what it is tried on.
type Subject struct {
	Name  string // as in metrics: "qr"
	Title string // as in reports
	// Item is what is to be found in pictures, in the singular: "code".
	Item string
	// Error says what the error of an item is, and Unit in which unit: "corner", "px".
	Error, Unit string
	// Spread is a second measure of an item, as a share; "" for none: "volume".
	Spread     string
	Categories []Category
	// Detection adds the F score, by which detectors are compared.
	Detection bool
	// LeastMean is the mean rate over the categories that is to be reached; 0: any.
	LeastMean float64
	// Strict wants nothing wrong in any category.
	Strict bool
}

// Category is a kind of picture.
type Category struct {
	Name, About string
	Least       float64 // the rate that is to be reached, from 0 to 1; 0: any
	Count       int     // pictures
	Skipped     string  // why there are none, if there are none
	// Try makes picture i of a seed, gives it to the reader, and scores what comes of it. It is
	// called from several goroutines at once.
	Try func(seed uint64, i int) (Outcome, error)
}

// share divides n pictures among categories: the first ones get one more where n does not divide.
func share(list []Category, n int) {
	for k := range list {
		list[k].Count = n / len(list)
		if k < n%len(list) {
			list[k].Count++
		}
	}
}

// Outcome is what came of one picture.
type Outcome struct {
	Items int // that were to be found
	Right int // that were
	Wrong int // that were found, and are not there
	// Errors of the items that are right, in the subject's unit, and their second measure; an item may
	// have several, as a code has four corners.
	Errors, Spreads []float64
	Grades          []int         // of print quality, 4 best to 0, of the items that are right
	Took            time.Duration // on the wall clock
	Note            string        // what went wrong
	// Picture shows what went wrong, with the truth drawn in; nil where nothing did.
	Picture func() image.Image
}

func (o *Outcome) failed() bool { return o.Wrong > 0 || o.Right < o.Items }
