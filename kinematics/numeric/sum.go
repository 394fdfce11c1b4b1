package numeric

import "math"

// Sum is a running sum in Neumaier's manner: beside the sum it carries what rounding
// cut off, so that the error does not grow with the number of terms in any count that
// a machine will ever reach (Compensated.Bound). In every step the correction is folded
// back into the sum, which keeps it below half a unit in the last place and makes
// Value the sum rounded once.
//
// The zero Sum is 0 and ready for use. Nothing allocates. A Sum is for one goroutine
// at a time. After an infinite or NaN term, or an overflow, the sum is what plain
// addition makes of it.
type Sum struct {
	sum, rest float64
}

// NewSum is a sum that starts at v.
func NewSum(v float64) Sum { return Sum{sum: v} }

// Add a term.
func (s *Sum) Add(v float64) {
	t := s.sum + v
	var lost float64 // what t lacks of sum + v, exactly
	if math.Abs(s.sum) >= math.Abs(v) {
		lost = (s.sum - t) + v
	} else {
		lost = (v - t) + s.sum
	}
	lost += s.rest
	s.sum = t + lost
	s.rest = (t - s.sum) + lost
	if s.rest != s.rest { // infinities leave no remainder
		s.sum, s.rest = t, 0
	}
}

// Value is the sum, rounded to nearest.
func (s *Sum) Value() float64 { return s.sum }

// Rest is what Value lacks: Value + Rest is the sum to about 106 bits. It is at most
// half a unit in the last place of Value.
func (s *Sum) Rest() float64 { return s.rest }

// ULP is the unit in the last place of x: the distance from |x| to the next larger
// float64. It is +Inf for the largest float64 and NaN for infinities and NaN.
func ULP(x float64) float64 {
	x = math.Abs(x)
	return math.Nextafter(x, math.Inf(1)) - x
}
