package kinematics

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// spd is a random symmetric positive definite matrix with the given floor.
func spd(u *uniform, floor float64) (a normal) {
	var m [6][6]float64
	for r := range m {
		for c := range m {
			m[r][c] = u.next(-1, 1)
		}
	}
	for r := range a {
		for c := range a {
			for k := range m {
				a[r][c] += m[r][k] * m[c][k]
			}
		}
		a[r][r] += floor
	}
	return a
}

func TestSixEquationsAreSolved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := uniform(rapid.Uint64().Draw(t, "seed"))
		a := spd(&u, 0.01)
		var x, b [6]float64
		for i := range x {
			x[i] = u.next(-1, 1)
		}
		for r := range b {
			for c := range x {
				b[r] += a[r][c] * x[c]
			}
		}
		lower := a
		for r := range lower {
			for c := r + 1; c < 6; c++ {
				lower[r][c] = math.NaN() // must not be looked at
			}
		}
		if !solve6(&lower, &b) {
			t.Fatal("called singular")
		}
		for i := range x {
			within(t, "x", b[i], x[i], 1e-11)
		}
	})
}

func TestEquationsThatAreSingularAreRefused(t *testing.T) {
	u := uniform(1)
	for k := range 6 {
		a := spd(&u, 0.1)
		for i := range 6 {
			a[k][i], a[i][k] = 0, 0
		}
		b := [6]float64{1, 2, 3, 4, 5, 6}
		if solve6(&a, &b) || b != [6]float64{1, 2, 3, 4, 5, 6} {
			t.Errorf("row %d of zeros: solved as %v", k, b)
		}
		a[k][k] = math.NaN()
		if solve6(&a, &b) {
			t.Error("NaN passes")
		}
	}
}

func BenchmarkSolve6(b *testing.B) {
	u := uniform(1)
	a := spd(&u, 0.1)
	x := [6]float64{1, 2, 3, 4, 5, 6}
	b.ReportAllocs()
	for b.Loop() {
		y := x
		if !solve6(&a, &y) {
			b.Fatal("singular")
		}
	}
}
