package control_test

import (
	"math"
	"strings"
	"testing"
)

// near fails unless got is within tolerance of want.
func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v; it must be %v to within %g", what, got, want, tolerance)
	}
}

// wantError fails unless err says something.
func wantError(t testing.TB, err error, says string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "control: ") || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v; it must say %q", err, says)
	}
}

// nonsense is what arrives over broken wires.
var nonsense = []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, math.MaxFloat64, 1e200, 5e-324, 0}

func isFinite(x float64) bool { return x-x == 0 }
