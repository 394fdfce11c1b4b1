package path

import "math"

// In a bend a part of the acceleration along a straight line is kept for changing speed,
// and the rest may go into the bend. Where the machine is through within the smoothing time,
// its speed hardly changes, and little is kept.
const (
	keepLong  = 0.25
	keepShort = 0.05
)

// exact is what rounding may take away from a limit.
const exact = 1 - 1e-11

// allowed is how fast a piece of path may be run, and with which acceleration, so that
// for every joint, with |q'|, |q”|, |q”'| at most the rates d1, d2, d3,
//
//	d1 v                      <= Speed
//	d2 v^2 + d1 a             <= Accel
//	d3 v^3 + 3 d2 v a + d1 j  <= Jerk     where j = a/T
//
// which are the chain rule's terms. most is the speed that is enough.
func (s *settings) allowed(d *[MaxAxes]rates, length, most float64) (speed, accel float64) {
	speed, accel = s.bend(d, keepShort, most)
	if speed*s.smooth*2 < length && speed < most*exact*exact {
		return s.bend(d, keepLong, most)
	}
	return speed, accel
}

// bend is allowed, with a part of the acceleration kept back.
func (s *settings) bend(d *[MaxAxes]rates, keep, most float64) (speed, accel float64) {
	straight := math.Inf(1) // acceleration without bends
	for i := range s.n {
		if d1 := d[i][0]; d1 > 0 {
			l := &s.axes[i].Limit
			straight = min(straight, l.Accel/d1, l.Jerk*s.smooth/d1)
		}
	}
	straight = min(straight, s.hardest)
	kept := keep * straight
	v := min(most, s.fastest)
	for i := range s.n {
		d1, d2, d3 := d[i][0], d[i][1], d[i][2]
		l := &s.axes[i].Limit
		if d1*v > l.Speed {
			v = l.Speed / d1
		}
		if d2 == 0 && d3 == 0 {
			continue
		}
		if rest := l.Accel - d1*kept; d2*v*v > rest {
			v = math.Sqrt(rest / d2)
		}
		rest, slope := l.Jerk-d1*kept/s.smooth, 3*d2*kept
		if (d3*v*v+slope)*v > rest {
			v = cubic(d3, slope, rest, v)
		}
	}
	a := straight
	for i := range s.n {
		d1, d2, d3 := d[i][0], d[i][1], d[i][2]
		l := &s.axes[i].Limit
		if d1 > 0 {
			a = min(a, (l.Accel-d2*v*v)/d1)
		}
		if rate := 3*d2*v + d1/s.smooth; rate > 0 {
			a = min(a, (l.Jerk-d3*v*v*v)/rate)
		}
	}
	return v * exact, a * exact
}

// cubic is the v with a v^3 + b v = c, for a, b not negative and c above 0, found from above
// by Newton's steps, which stay above.
func cubic(a, b, c, v float64) float64 {
	if a > 0 {
		v = min(v, math.Cbrt(c/a))
	}
	if b > 0 {
		v = min(v, c/b)
	}
	for range 20 {
		f := (a*v*v+b)*v - c
		step := f / (3*a*v*v + b)
		v -= step
		if step <= 1e-13*v {
			break
		}
	}
	return v
}
