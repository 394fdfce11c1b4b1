package jerk_test

import (
	"math"
	"math/big"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

// after is where a phase leads from a state in some time, to 300 bits.
func after(s jerk.State, jerk, dt float64) (p, v, a *big.Float) {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }
	t := number(dt)
	// to the next higher derivative's integral: c + t x / n
	integral := func(c float64, x *big.Float, n float64) *big.Float {
		x = new(big.Float).Mul(t, x)
		return x.Add(x.Quo(x, number(n)), number(c))
	}
	a = integral(s.A, number(jerk), 1)
	v = integral(s.V, integral(s.A, number(jerk), 2), 1)
	p = integral(s.P, integral(s.V, integral(s.A, number(jerk), 3), 2), 1)
	return p, v, a
}

// off is how far a value is from what it should be.
func off(x float64, exact *big.Float) float64 {
	d, _ := new(big.Float).Sub(exact, new(big.Float).SetFloat64(x)).Float64()
	return math.Abs(d)
}

// An acceleration of 0.0026 and a deceleration of 117 make motions of hours with ends of some
// hundredths of a second. Times are known to their rounding only, some 1e-11 s after hours;
// what that does to a state at the end must not add up to micrometres in the hours before.
func TestAfterHoursAMotionIsOffByTheRoundingOfItsTimesAndNotMore(t *testing.T) {
	c := one{
		jerk.State{P: -27, V: -16, A: -38.33333333333333}, jerk.State{P: 8, V: -15},
		jerk.Limits{MaxV: 44.2047619047619, MinV: -45, MaxA: 0.0026455026455026454, MinA: -117, MaxJ: 896},
	}
	var pr jerk.Profile
	if err := pr.Plan(c.from, c.to, &c.l); err != nil {
		t.Fatal(err)
	}
	least, u := pr.Duration(), seeded(9)
	for range 2000 {
		if err := pr.PlanFor(c.from, c.to, &c.l, least*u(1, 10)); err != nil {
			t.Fatal(err)
		}
		keepsLaws(t, &pr, c)
		// The two times of a phase are each rounded by half a unit in the last place; and a
		// velocity's rounding is a position's after the whole time.
		late := math.Nextafter(pr.Duration(), math.Inf(1)) - pr.Duration()
		down, up := pr.Extrema()
		far := max(up, -down)
		t0, s, j := pr.Phase(0)
		for i := range pr.Phases() {
			t1, next, nextJ := pr.Phase(i + 1)
			p, v, a := after(s, j, t1-t0)
			for _, x := range []struct {
				what              string
				miss, rate, scale float64
			}{
				{"position", off(next.P, p), max(math.Abs(s.V), math.Abs(next.V)), far - c.l.MinV*pr.Duration()},
				{"velocity", off(next.V, v), max(math.Abs(s.A), math.Abs(next.A)), -c.l.MinV},
				{"acceleration", off(next.A, a), c.l.MaxJ, -c.l.MinA},
			} {
				if most := x.rate*late + 1e-15*x.scale; x.miss > most {
					t.Fatalf("%v s: at the end of phase %d the %s is off by %v; rounding explains %v", pr.Duration(), i, x.what, x.miss, most)
				}
			}
			t0, s, j = t1, next, nextJ
		}
	}
}
