package compensation

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// trimmed is what a window has to say, by its definition.
func trimmed(samples []float64, trim float64) (mean, spread float64) {
	s := slices.Clone(samples)
	slices.Sort(s)
	n := len(s)
	cut := int(trim * float64(n))
	if 2*cut >= n {
		cut = (n - 1) / 2
	}
	for _, v := range s[cut : n-cut] {
		mean += v
	}
	return mean / float64(n-2*cut), (s[n-1-(n-1)/4] - s[(n-1)/4]) / 2
}

func TestAWindowHasTheTrimmedMeanOfItsLastSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "size")
		trim := rapid.SampledFrom([]float64{0.01, 0.1, 0.25, 0.4, 0.5}).Draw(t, "trim")
		value := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.Float64Range(-1e9, 1e9),
			rapid.SampledFrom([]float64{0, 0.5, -0.5, math.Copysign(0, -1)}))
		w := newWindow(size, trim)
		var all []float64
		ever := 0.
		for range rapid.IntRange(1, 200).Draw(t, "count") {
			v := value.Draw(t, "v")
			if len(all) >= size {
				w.replace(all[len(all)-size], v)
			} else {
				w.add(v)
			}
			all = append(all, v)
			last := all[max(0, len(all)-size):]
			mean, spread := trimmed(last, trim)
			largest := 0.
			for _, v := range last {
				largest = max(largest, math.Abs(v))
			}
			// What has gone leaves rounding of some 106 bits.
			ever = max(ever, largest)
			if got := w.mean(); math.Abs(got-mean) > 1e-15*largest*float64(size)+1e-29*ever {
				t.Fatalf("mean of %v is %v, want %v", last, got, mean)
			}
			if got := w.spread(); got != spread {
				t.Fatalf("spread of %v is %v, want %v", last, got, spread)
			}
		}
	})
}

// A value of 1e9 in the middle leaves nothing behind when it has gone.
func TestAWindowDoesNotDrift(t *testing.T) {
	w := newWindow(5, 0.2)
	ring := []float64{1e9, -3e9, 2e9, 7e9, 0.1}
	for _, v := range ring {
		w.add(v)
	}
	for k := range 1_000_000 {
		v := 1e-6 * float64(k%7)
		if k%11 == 0 {
			v = 1e9
		}
		if k > 999_000 {
			v = 1e-6 * float64(k%3)
		}
		w.replace(ring[k%5], v)
		ring[k%5] = v
	}
	want, _ := trimmed(ring, 0.2)
	if got := w.mean(); math.Abs(got-want) > 1e-21 {
		t.Errorf("mean %v, want %v", got, want)
	}
}
