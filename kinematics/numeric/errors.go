package numeric

import (
	"fmt"
	"math"
)

// Method is a way to get to a position by equal steps.
type Method uint8

// The methods.
const (
	Naive       Method = iota // x += step
	Compensated               // Sum.Add(step)
	ClosedForm                // Grid.At(count)
)

// String names the method.
func (m Method) String() string {
	switch m {
	case Naive:
		return "naive"
	case Compensated:
		return "compensated"
	case ClosedForm:
		return "closed form"
	}
	return fmt.Sprintf("Method(%d)", uint8(m))
}

// unit is the unit roundoff of float64: half the distance from 1 to the next number.
const unit = 0x1p-53

// StepBound is the most by which one step may miss when the position is about at: half
// a unit in the last place for plain addition; for a compensated sum, that much of
// what it carries beside the sum; 0 in closed form, which takes no steps.
//
// Bounds are true bounds for float64 arithmetic with rounding to nearest, without
// overflow. They speak of the value that the step has as a float64: 0.1 is
// 0.1000000000000000055.
func (m Method) StepBound(at float64) float64 {
	switch m {
	case Naive:
		return ULP(at) / 2
	case Compensated:
		// The correction is at most unit |at| and so is what this step loses; adding
		// the two rounds their sum, of at most twice that. The third unit pays for at
		// being the sum after the step and not the one before.
		return 3 * unit * unit * math.Abs(at)
	}
	return 0
}

// Bound is the most by which the position may be off start + count*step after count
// steps from start.
//
// By plain addition it grows with the square of the count, as each step loses in
// proportion to how far one has come. Compensated, it is half a unit in the last place
// and a term that grows likewise but is 2^53 times smaller: from start 0 it comes to
// another half unit after 3e15 steps, which is 9,500 years at 10 kHz. In closed form
// it does not depend on the count. Counts are from 0 to 2^53, those of plain addition
// to 1e10, where the bound is a millionth of the position.
func (m Method) Bound(start, step float64, count int64) float64 {
	n := float64(count)
	far := math.Abs(start) + n*math.Abs(step) // no position is further from 0
	// The bounds of single steps hold at positions that are themselves off a little.
	const slack = 1 + 2e-6
	path := slack * n * (math.Abs(start) + (n+1)/2*math.Abs(step)) // the sum of all |positions|
	last := slack * ULP(Grid{Start: start, Step: step}.At(count)) / 2
	switch m {
	case Naive:
		return path * unit
	case Compensated:
		return last + path*3*unit*unit
	}
	return last + 0x1p-100*far
}
