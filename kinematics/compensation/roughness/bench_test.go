package roughness_test

import (
	"fmt"
	"math"
	"testing"

	"linetwin.dev/kinematics/compensation/roughness"
)

// A height, by the number of samples in a cutoff.
func BenchmarkMeterAdd(b *testing.B) {
	for _, n := range []int{100, 400, 1600} {
		b.Run(fmt.Sprintf("samples=%d", n), func(b *testing.B) {
			m, err := roughness.NewMeter(roughness.Config{Spacing: 0.8e-3 / float64(n)})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Add(float64(i & 15))
				i++
			}
		})
	}
}

// A sample of a path at 1 kHz and 6 m/min: 0.1 mm, with two teeth and 50 heights of the profile.
func BenchmarkAlongAdd(b *testing.B) {
	a := newAlong(b, roughness.Marks{Radius: 3e-3, Pitch: 0.05e-3}, roughness.Config{Spacing: 2e-6})
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		x := 0.1e-3 * float64(i)
		a.Add([3]float64{0, x, 0}, 1e-6*math.Sin(1e3*x))
		i++
	}
}

func BenchmarkAcrossAdd(b *testing.B) {
	a := newAcross(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		a.Add([3]float64{0.1e-3 * float64(i%100-50), 1e-6 * float64(i), 0}, 1e-6*float64(i%3))
		i++
	}
}
