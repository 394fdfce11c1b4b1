package numeric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestWholeTurnsAreTakenOnlyWithinTheLimits(t *testing.T) {
	for _, c := range []struct{ v, near, lo, hi, want float64 }{
		{1, 1 + 20*math.Pi, math.Inf(-1), math.Inf(1), 1 + 20*math.Pi},
		{3, -3, -math.Pi, math.Pi, 3},
		{3, -3, -4, 4, 3 - 2*math.Pi},
		{-3, 40, -10, 10, -3 + 4*math.Pi},
		{1, 0, 2, 3, 1},
		{1, 0, -1, 1 - 1e-13, 1 - 1e-13},
	} {
		if got := NearestTurn(c.v, c.near, c.lo, c.hi, 1e-12); math.Abs(got-c.want) > 1e-14*max(1, math.Abs(c.want)) {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestNoOtherTurnWithinTheLimitsIsNearer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		angle := rapid.Float64Range(-30, 30)
		v, near, lo := angle.Draw(t, "v"), angle.Draw(t, "near"), angle.Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 20).Draw(t, "width")
		const slack = 1e-10
		got := NearestTurn(v, near, lo, hi, slack)
		if n := (got - v) / (2 * math.Pi); math.Abs(n-math.Round(n)) > 1e-9 {
			t.Fatalf("%v is %v turns away", got, n)
		}
		for n := -30; n <= 30; n++ {
			w := v + 2*math.Pi*float64(n)
			if w < lo || w > hi {
				continue
			}
			if got < lo || got > hi {
				t.Fatalf("%v is not within %v and %v; %v is", got, lo, hi, w)
			}
			if math.Abs(got-near) > math.Abs(w-near)+1e-9 {
				t.Fatalf("%v is nearer to %v than %v", w, near, got)
			}
		}
	})
}

func TestOnlyWhatRoundingCarriedOverALimitIsPutOnIt(t *testing.T) {
	for v, want := range map[float64]float64{1 + 1e-11: 1, -1 - 1e-11: -1, 1 + 1e-9: 1 + 1e-9, -1 - 1e-9: -1 - 1e-9, 0.5: 0.5} {
		if got := ToLimit(v, -1, 1, 1e-10); got != want {
			t.Errorf("%v becomes %v, want %v", v, got, want)
		}
	}
}
