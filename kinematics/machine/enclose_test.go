package machine

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// over is where a wave and its derivatives are on a piece of the parameter.
func (w wave) over(from, to float64) (s Spread) {
	mid := w.at((from + to) / 2)
	for k := range s {
		steepest := math.Abs(w.size) * math.Pow(w.rate, float64(k+1))
		s[k] = Ball{mid[k], steepest * (to - from) / 2}
	}
	return s
}

func TestEncloseHoldsWhatDeriveGivesAnywhereOnThePiece(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var waves [5]wave
				for i := range 3 {
					waves[i] = drawWave(t, 0.5, 0.3, "point")
				}
				for i := 3; i < 5; i++ {
					waves[i] = drawWave(t, 1, 1, "angle")
				}
				long := rapid.Float64Range(0.001, 0.5).Draw(t, "length")
				var spread [5]Spread
				for i, w := range waves {
					spread[i] = w.over(0, long)
				}
				held := make([]Spread, m.Axes())
				m.Enclose((*[3]Spread)(spread[:3]), spread[3:3+m.Rotaries()], held)
				const parts = 20
				for part := range parts + 1 {
					s := long * float64(part) / parts
					var at [5]Jet
					for i, w := range waves {
						at[i] = w.at(s)
					}
					q := make([]Jet, m.Axes())
					m.Derive((*[3]Jet)(at[:3]), at[3:3+m.Rotaries()], q)
					for i := range q {
						for k, ball := range held[i] {
							if off := math.Abs(q[i][k] - ball.Mid); off > ball.Rad+1e-12 {
								t.Fatalf("derivative %d of %s at %g is %g, %g outside of %g±%g",
									k, m.AxisName(i), s, q[i][k], off-ball.Rad, ball.Mid, ball.Rad)
							}
						}
					}
				}
			})
		})
	}
}

func TestEncloseIsTightOnShortPieces(t *testing.T) {
	m := named(t, "XYZAC-TRT", Geometry{Offset: [3]float64{0, 0.01, 0.05}})
	waves := [5]wave{{0.1, 0.1, 1, 0}, {0.2, 0.1, 1.3, 1}, {-0.1, 0.05, 0.7, 2}, {0.3, 0.5, 1, 0.4}, {1, 1, 1.2, 2}}
	rad := func(long float64) (worst float64) {
		var spread [5]Spread
		for i, w := range waves {
			spread[i] = w.over(0, long)
		}
		held := make([]Spread, 5)
		m.Enclose((*[3]Spread)(spread[:3]), spread[3:], held)
		for _, s := range held {
			for _, ball := range s {
				worst = max(worst, ball.Rad)
			}
		}
		return worst
	}
	if a, b := rad(0.02), rad(0.002); a > 0.2 || b > a/9 {
		t.Errorf("the balls have radii up to %g on a piece of 0.02 and %g on one of 0.002; they should shrink with the piece", a, b)
	}
}
