package bench

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAxesCoverTheirValuesWithFewRoundTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		span := rapid.Float64Range(1e-3, 1e6).Draw(t, "span")
		n := rapid.IntRange(2, 14).Draw(t, "ticks")
		a := linearAxis(lo, lo+span, n, scalePlain)
		if a.lo > lo+1e-6*span || a.hi < lo+span-1e-6*span {
			t.Fatalf("%g to %g is not in %g to %g", lo, lo+span, a.lo, a.hi)
		}
		check(t, a, n+2)
		b := timeAxis(0, span, n)
		if b.lo != 0 || b.hi != span {
			t.Fatalf("the time axis of %g is %g to %g", span, b.lo, b.hi)
		}
		check(t, b, n+1)
	})
}

func check(t *rapid.T, a axis, most int) {
	if len(a.ticks) == 0 || len(a.ticks) > most {
		t.Fatalf("%d ticks, at most %d", len(a.ticks), most)
	}
	for i, k := range a.ticks {
		if k.at < a.lo-1e-9*(a.hi-a.lo) || k.at > a.hi+1e-9*(a.hi-a.lo) {
			t.Fatalf("tick %g is outside %g to %g", k.at, a.lo, a.hi)
		}
		if i > 0 && (k.at <= a.ticks[i-1].at || k.label == a.ticks[i-1].label) {
			t.Fatalf("ticks %v repeat", a.ticks)
		}
	}
}

func TestTimeAxesAreLabelledLikeAClock(t *testing.T) {
	for _, c := range []struct {
		end         float64
		first, last string
	}{{10, "0 s", "10 s"}, {60, "0 s", "60 s"}, {300, "0:00", "5:00"}, {3600, "0:00", "60:00"}, {36000, "0:00 h", "10:00 h"}, {0.01, "0.000 s", "0.010 s"}} {
		a := timeAxis(0, c.end, 14)
		if f, l := a.ticks[0].label, a.ticks[len(a.ticks)-1].label; f != c.first || l != c.last {
			t.Errorf("%g s: %q to %q, want %q to %q", c.end, f, l, c.first, c.last)
		}
	}
}
