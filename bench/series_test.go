package bench

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSeriesKeepsPeaksAndEndsInBoundedMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(8, 200).Draw(t, "points")
		steps := rapid.SliceOfN(rapid.IntRange(0, 50_000_000), 1, 2000).Draw(t, "steps")
		seed := rapid.Float64Range(0.1, 10).Draw(t, "shape")
		record := func() (Curve, float64, float64) {
			s := NewMetrics().Series("x", One, SeriesOptions{Points: limit})
			now, lo, hi := time.Duration(0), math.Inf(1), math.Inf(-1)
			for i, d := range steps {
				now += time.Duration(d)
				v := math.Sin(seed * float64(i) * float64(i))
				lo, hi = min(lo, v), max(hi, v)
				s.Append(now, v)
			}
			return s.Curve(), lo, hi
		}
		c, lo, hi := record()
		if len(c.Points) > limit || c.Samples != uint64(len(steps)) {
			t.Fatalf("%d points of %d samples; at most %d", len(c.Points), c.Samples, limit)
		}
		gotLo, gotHi := math.Inf(1), math.Inf(-1)
		for i, p := range c.Points {
			gotLo, gotHi = min(gotLo, p.V), max(gotHi, p.V)
			if i > 0 && p.T < c.Points[i-1].T {
				t.Fatalf("point %d goes back in time", i)
			}
		}
		if gotLo != lo || gotHi != hi {
			t.Fatalf("extremes %g, %g; want %g, %g", gotLo, gotHi, lo, hi)
		}
		total := time.Duration(0)
		for _, d := range steps {
			total += time.Duration(d)
		}
		if last := c.Points[len(c.Points)-1]; last.T != total {
			t.Fatalf("the last point is at %s, want %s", last.T, total)
		}
		if again, _, _ := record(); !slices.Equal(again.Points, c.Points) {
			t.Fatal("the same samples gave other points")
		}
	})
}

func TestSeriesLeavesOutSamplesThatGoBackOrAreNotNumbers(t *testing.T) {
	s := NewMetrics().Series("x", One, SeriesOptions{})
	s.Append(2, 1)
	s.Append(1, 1)
	s.Append(3, math.NaN())
	s.Append(3, 2)
	if c := s.Curve(); s.Lost() != 2 || !slices.Equal(c.Points, []Point{{2, 1}, {3, 2}}) {
		t.Errorf("%d lost, points %v", s.Lost(), c.Points)
	}
}
