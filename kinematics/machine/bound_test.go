package machine

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func drawPath(t *rapid.T, n int) ([]Jet, []Limit) {
	q, lim := make([]Jet, n), make([]Limit, n)
	for i := range q {
		for k := range q[i] {
			q[i][k] = drawVec(t, 2, "derivative")[0]
		}
		l := drawVec(t, 1, "limit")
		lim[i] = Limit{1.1 + l[0], 1.1 + l[1], 1.1 + l[2]}
	}
	return q, lim
}

// tightest is the largest part of a limit that is used.
func tightest(q []Jet, lim []Limit, v, a, j float64) (speed, accel, jerk float64) {
	for i := range q {
		x, y, z := q[i].InTime(v, a, j)
		speed = max(speed, math.Abs(x)/lim[i].Speed)
		accel = max(accel, math.Abs(y)/lim[i].Accel)
		jerk = max(jerk, math.Abs(z)/lim[i].Jerk)
	}
	return speed, accel, jerk
}

func TestSpeedAccelAndJerkUseALimitUpAndBreakNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, lim := drawPath(t, 5)
		v := Speed(q, lim)
		a, b, c := tightest(q, lim, v, 0, 0)
		within1(t, "tightest limit at Speed", max(a, b, c), 1, 1e-12)

		v *= rapid.Float64Range(0, 1.5).Draw(t, "part")
		if lo, hi := Accel(q, v, lim); lo <= hi {
			for _, x := range []float64{lo, hi} {
				_, most, _ := tightest(q, lim, v, x, 0)
				within1(t, "tightest acceleration", most, 1, 1e-9)
			}
		} else {
			mid := (lo + hi) / 2
			if _, most, _ := tightest(q, lim, v, mid, 0); most < 1-1e-9 {
				t.Fatalf("no acceleration at speed %v, but %v only uses %v", v, mid, most)
			}
		}
		x := drawVec(t, 1, "accel")[0]
		if lo, hi := Jerk(q, v, x, lim); lo <= hi {
			for _, j := range []float64{lo, hi} {
				_, _, most := tightest(q, lim, v, x, j)
				within1(t, "tightest jerk", most, 1, 1e-9)
			}
		}
	})
}

func TestAPathThatRestsHasNoLimits(t *testing.T) {
	q, lim := []Jet{{1}, {2}}, []Limit{{1, 1, 1}, {1, 1, 1}}
	if v := Speed(q, lim); !math.IsInf(v, 1) {
		t.Errorf("speed %v", v)
	}
	if lo, hi := Accel(q, 1, lim); !math.IsInf(lo, -1) || !math.IsInf(hi, 1) {
		t.Errorf("acceleration from %v to %v", lo, hi)
	}
	q[1] = Jet{2, 0, 5} // turns round, too fast
	if lo, hi := Accel(q, 1, lim); lo <= hi {
		t.Errorf("acceleration from %v to %v", lo, hi)
	}
}

func TestBoundHoldsOnTheWholeSegment(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			n := m.Axes()
			bound, q := make([]Jet, n), make([]Jet, n)
			worst, cases := 0.0, 0
			rapid.Check(t, func(t *rapid.T) {
				a, b := drawVec(t, 0.3, "from"), drawVec(t, 0.3, "to")
				ra, rb := drawVec(t, 2, "angles"), drawVec(t, 2, "angles")
				m.Bound(a, b, ra[:m.Rotaries()], rb[:m.Rotaries()], bound)
				var most [4]float64 // over the linear axes
				for k := range 65 {
					s := float64(k) / 64
					var p [3]Jet
					for i := range p {
						p[i] = Jet{a[i] + (b[i]-a[i])*s, b[i] - a[i]}
					}
					r := make([]Jet, m.Rotaries())
					for i := range r {
						r[i] = Jet{ra[i] + (rb[i]-ra[i])*s, rb[i] - ra[i]}
					}
					m.Derive(&p, r, q)
					for i := range q {
						for d := 1; d < 4; d++ {
							if v := math.Abs(q[i][d]); v > bound[i][d]+1e-12 {
								t.Fatalf("axis %s at %v: derivative %d is %v, above the bound of %v", m.AxisName(i), s, d, v, bound[i][d])
							} else if i < 3 {
								most[d] = max(most[d], v)
							}
						}
					}
					if k == 0 {
						for i := range q {
							within1(t, "beginning", bound[i][0], q[i][0], 1e-15)
						}
					}
				}
				if most[1] > 0.05 {
					worst, cases = worst+bound[0][1]/most[1], cases+1
				}
			})
			if mean := worst / float64(cases); mean > 3.5 {
				t.Errorf("the bound of the speed is %v times too large on average", mean)
			} else {
				t.Logf("the bound of the speed is %.2f times too large on average", mean)
			}
		})
	}
}
