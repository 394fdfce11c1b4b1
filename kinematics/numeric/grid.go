package numeric

import "math"

// Grid is a row of evenly spaced values in closed form: value n is
//
//	Start + n Step / Per
//
// computed to about 100 bits and rounded once, so that it is right after any number of
// steps, forwards or back, and needs no state. Per is for steps that binary fractions
// cannot hold: {Step: 1, Per: 10} steps by a true tenth, {Step: 1, Per: 1000} is the
// time in seconds of the samples at 1 kHz. A Per of 0 stands for 1.
type Grid struct {
	Start, Step, Per float64
}

// At is value n, rounded to nearest for every |n| up to 2^53 (next to a tie, to one of the
// two neighbours). Where Start and n Step / Per cancel, the error is at most 2^-100 of
// the larger. Results that overflow are infinite; what is subnormal on the way loses
// digits.
func (g Grid) At(n int64) float64 {
	k := float64(n)
	// hi + lo = k Step
	hi := k * g.Step
	lo := math.FMA(k, g.Step, -hi)
	if g.Per != 0 && g.Per != 1 {
		// The quotient by one step of long division.
		q := hi / g.Per
		lo = (math.FMA(-q, g.Per, hi) + lo) / g.Per
		hi = q
	}
	// Start + hi without error, then the rest.
	s := g.Start + hi
	b := s - g.Start
	e := (g.Start - (s - b)) + (hi - b)
	v := s + (e + lo)
	if v != v { // an infinity on the way
		return s
	}
	return v
}
