package control

import (
	"fmt"
	"math"
)

// finite tells numbers from NaN and infinities.
func finite(x float64) bool { return x-x == 0 }

// A field of a configuration, and what it may be.
type field struct {
	name, unit string
	value      float64
	low, high  float64
}

// positive is a field that must be there.
func positive(name, unit string, v float64) field {
	return field{name, unit, v, math.SmallestNonzeroFloat64, math.MaxFloat64}
}

// atLeast0 is a field that may be left out.
func atLeast0(name, unit string, v float64) field {
	return field{name, unit, v, 0, math.MaxFloat64}
}

// share is a field between nothing and all.
func share(name string, v float64) field { return field{name, "", v, 0, 1} }

// check returns an error that names the first field out of its range.
func check(where string, fields ...field) error {
	for _, f := range fields {
		if f.value >= f.low && f.value <= f.high {
			continue
		}
		want := fmt.Sprintf("between %g and %g", f.low, f.high)
		switch {
		case f.low == math.SmallestNonzeroFloat64 && f.high == math.MaxFloat64:
			want = "positive"
		case f.low == 0 && f.high == math.MaxFloat64:
			want = "0 or more"
		case f.low == math.SmallestNonzeroFloat64:
			want = fmt.Sprintf("positive and at most %g", f.high)
		case f.high == math.MaxFloat64 && f.low == -math.MaxFloat64:
			want = "finite"
		case f.high == math.MaxFloat64:
			want = fmt.Sprintf("at least %g", f.low)
		}
		unit := f.unit
		if unit != "" {
			unit = " " + unit
		}
		return fmt.Errorf("control: %s: %s is %g%s; it must be %s", where, f.name, f.value, unit, want)
	}
	return nil
}

// clamp is x brought between -limit and limit.
func clamp(x, limit float64) float64 { return max(-limit, min(limit, x)) }
