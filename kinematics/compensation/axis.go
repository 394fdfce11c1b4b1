package compensation

import (
	"fmt"
	"math"
	"slices"
)

// Axis is the error of one axis over its position, when it comes from below (forward) and when
// it comes from above (backward): lead, straightness and lost motion of a screw. Between its
// nodes it is linear, beyond them constant. For metres read radians where the axis is rotary.
//
// An Axis is immutable, and any number of goroutines may use one. No method allocates, but
// WriteCSV.
type Axis struct {
	at                nodes
	forward, backward []float64
	rotary            bool
}

// NewAxis makes a table of a linear axis from positions in m, which have to rise, and the errors
// there in m: forward, and backward, which may be nil where it is the same. It copies them. The
// error says which number makes no sense.
func NewAxis(positions, forward, backward []float64) (*Axis, error) {
	return newAxis(false, positions, forward, backward)
}

// NewRotaryAxis makes a table of a rotary axis: all is in rad. The rest is as with NewAxis.
func NewRotaryAxis(positions, forward, backward []float64) (*Axis, error) {
	return newAxis(true, positions, forward, backward)
}

func newAxis(rotary bool, positions, forward, backward []float64) (*Axis, error) {
	if backward == nil {
		backward = forward
	}
	a := &Axis{rotary: rotary, at: slices.Clone(positions), forward: slices.Clone(forward), backward: slices.Clone(backward)}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("compensation: axis: %w", err)
	}
	return a, nil
}

func (a *Axis) check() error {
	if err := a.at.check("position"); err != nil {
		return err
	}
	if len(a.at) > MaxNodes {
		return fmt.Errorf("%d positions; there may be %d", len(a.at), MaxNodes)
	}
	if len(a.forward) != len(a.at) || len(a.backward) != len(a.at) {
		return fmt.Errorf("%d positions, %d errors forward and %d backward; there have to be as many of each", len(a.at), len(a.forward), len(a.backward))
	}
	for i := range a.at {
		for _, v := range []float64{a.forward[i], a.backward[i]} {
			if err := checkError(v); err != nil {
				return fmt.Errorf("position %v: %w", a.at[i], err)
			}
		}
	}
	return checkSlope(a.MaxSlope(math.Inf(1)))
}

// At is the error at a position, in m, on a side: 1 after a motion forward, -1 after one
// backward, and what Play says between, where the two are mixed.
func (a *Axis) At(position, side float64) float64 {
	i, part := a.at.cell(position)
	j := a.at.next(i)
	f := a.forward[i] + part*(a.forward[j]-a.forward[i])
	b := a.backward[i] + part*(a.backward[j]-a.backward[i])
	return 0.5*(1+side)*f + 0.5*(1-side)*b
}

// Correct is where to send the axis so that, with its error, it is at the position: where x plus
// the error at x is the position. The side is that of Play.Move for the position.
func (a *Axis) Correct(position, side float64) float64 {
	x := position
	for range maxCorrectSteps {
		next := position - a.At(x, side)
		done := math.Abs(next-x) <= correctTolerance
		x = next
		if done {
			break
		}
	}
	return x
}

// maxCorrectSteps and correctTolerance end the search for a corrected position. Each step
// leaves of the error at most the slope, so that 41 leave 1e-12 m of any that is allowed, and
// two or three of what machines have.
const (
	maxCorrectSteps  = 41
	correctTolerance = 1e-13
)

// MaxSlope bounds how fast the error changes with the position, in m/m, where reversals take
// the given width (Play): an axis that is compensated is faster than it would be by at most that
// part. With a width of +Inf reversals do not count.
func (a *Axis) MaxSlope(width float64) float64 {
	worst := 0.
	for i := range a.at {
		j := a.at.next(i)
		slope := 0.
		if j > i {
			d := a.at[j] - a.at[i]
			slope = max(math.Abs(a.forward[j]-a.forward[i]), math.Abs(a.backward[j]-a.backward[i])) / d
		}
		gap := max(math.Abs(a.forward[i]-a.backward[i]), math.Abs(a.forward[j]-a.backward[j]))
		worst = max(worst, slope+gap/width)
	}
	return worst
}

// MaxKink is the largest change of the error's slope at a node, in m/m: a compensated axis that
// passes a node changes its speed by at most that part of it.
func (a *Axis) MaxKink() float64 {
	worst := 0.
	for _, e := range [][]float64{a.forward, a.backward} {
		before := 0.
		for i := range a.at {
			slope := 0.
			if i+1 < len(a.at) {
				slope = (e[i+1] - e[i]) / (a.at[i+1] - a.at[i])
			}
			worst = max(worst, math.Abs(slope-before))
			before = slope
		}
	}
	return worst
}

// Play tells on which side of its lost motion an axis is, from the way it has gone. The side
// goes from -1 to 1 over Width metres of motion forward and back over as many backward, so that
// the error of a table does not jump at a reversal: what is called play, or elastic
// predisplacement. It depends on the way alone and not on time.
//
// The zero value of all but Width is ready for use: its side is 0 until it has moved. A Play
// is for one goroutine at a time.
type Play struct {
	Width   float64 // m; it has to be positive
	side    float64
	at      float64
	started bool
}

// Move to a position and tell the side, from -1 to 1. A position that is no number moves nothing.
func (p *Play) Move(position float64) (side float64) {
	if position-position != 0 {
		return p.side
	}
	if p.started {
		p.side = min(max(p.side+2*(position-p.at)/p.Width, -1), 1)
	}
	p.at, p.started = position, true
	return p.side
}

// Side is what the last Move told.
func (p *Play) Side() float64 { return p.side }
