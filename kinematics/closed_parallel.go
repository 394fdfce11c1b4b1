package kinematics

import (
	"math"

	"linetwin.dev/kinematics/numeric"
)

// parallel6 solves six joints of which the second to the fourth are parallel. Seen along
// those three, the frame of joint 5 has an offset from axis 1 that no joint but the
// first changes: that gives joint 1. What turn is left gives joints 5 and 6 and the
// sum of the parallel ones; and two links in a plane the rest. (Hawkins, Analytic inverse
// kinematics for the Universal Robots, 2013, has the case of right angles.)
func (c *Chain) parallel6(t *Pose, near *[6]float64, out *candidates) {
	l := &c.links
	p := t.Apply(c.centre)
	z := [3]float64{l[5].sa*t.R[1] + l[5].ca*t.R[2], l[5].sa*t.R[4] + l[5].ca*t.R[5], l[5].sa*t.R[7] + l[5].ca*t.R[8]}
	x := [3]float64{t.R[0], t.R[3], t.R[6]}
	var first [2]float64
	offset := l[1].d + l[2].d + l[3].d + l[4].d*l[3].ca
	n, free := c.firstByOffset(&p, offset, c.reach, near[0], &first)
	for _, q1 := range first[:n] {
		s, cn := numeric.Sincos(q1)
		place, zcol, xcol := c.inFirst(&p, s, cn), c.turnFirst(&z, s, cn), c.turnFirst(&x, s, cn)
		sum := near[1] + near[2] + near[3]
		var angles [2][3]float64
		m, same := euler(&l[3], &l[4], &zcol, &xcol, sum, near[5], &angles)
		for _, a := range angles[:m] {
			q := [6]float64{0: q1, 4: a[1], 5: a[2]}
			s, cn := numeric.Sincos(a[0])
			d := l[4].d * l[3].sa
			c.planar(place[0]-d*s-l[3].a*cn, place[1]+d*cn-l[3].a*s, a[0], &q, near, free || same, out)
		}
	}
}

// parallel5 solves five joints of which the second to the fourth are parallel. They
// cannot take every pose: candidates for others miss it.
func (c *Chain) parallel5(t *Pose, near *[6]float64, out *candidates) {
	l := &c.links
	p := t.Apply(c.centre)
	z := [3]float64{l[4].sa*t.R[1] + l[4].ca*t.R[2], l[4].sa*t.R[4] + l[4].ca*t.R[5], l[4].sa*t.R[7] + l[4].ca*t.R[8]}
	x := [3]float64{t.R[0], t.R[3], t.R[6]}
	// Both the place of the last axis and its direction give joint 1: take the one that
	// does so better.
	var first [2]float64
	var n int
	var free bool
	if max(math.Abs(p[0]), math.Abs(p[1])) >= c.reach*max(math.Abs(z[0]), math.Abs(z[1])) {
		n, free = c.firstByOffset(&p, l[1].d+l[2].d+l[3].d, c.reach, near[0], &first)
	} else {
		above := [3]float64{z[0], z[1], z[2] + l[0].d}
		n, free = c.firstByOffset(&above, l[3].ca, 1, near[0], &first)
	}
	for _, q1 := range first[:n] {
		s, cn := numeric.Sincos(q1)
		place, zcol, xcol := c.inFirst(&p, s, cn), c.turnFirst(&z, s, cn), c.turnFirst(&x, s, cn)
		// zcol = Rz(sum) (0, -sin(alpha4), cos(alpha4))
		sum := math.Atan2(zcol[0]*l[3].sa, -zcol[1]*l[3].sa)
		s, cn = numeric.Sincos(sum)
		a, b := cn*xcol[0]+s*xcol[1], cn*xcol[1]-s*xcol[0]
		q := [6]float64{0: q1, 4: math.Atan2(l[3].ca*b+l[3].sa*xcol[2], a)}
		c.planar(place[0]-l[3].a*cn, place[1]-l[3].a*s, sum, &q, near, free, out)
	}
}

// firstByOffset finds the values of joint 1 at which p lies at the given offset along axis
// 2; free where joint 1 does not move it. unit is the length that counts as 1.
func (c *Chain) firstByOffset(p *[3]float64, offset, unit, near float64, x *[2]float64) (n int, free bool) {
	l := &c.links[0]
	// Axis 2 is (sin(alpha) sin(x), -sin(alpha) cos(x), cos(alpha)).
	e := (offset - (p[2]-l.d)*l.ca) / l.sa
	if math.Abs(p[0])+math.Abs(p[1]) < freeBelow*unit {
		if math.Abs(e) > touch*unit {
			return 0, false
		}
		x[0] = near
		return 1, true
	}
	return crossing(-p[1], p[0], e, touch*unit, x), false
}

// inFirst takes a point from the base's frame to that of link 1, with sine and cosine of
// joint 1.
func (c *Chain) inFirst(p *[3]float64, s, cn float64) [3]float64 {
	l := &c.links[0]
	x, y, z := cn*p[0]+s*p[1]-l.a, cn*p[1]-s*p[0], p[2]-l.d
	return [3]float64{x, l.ca*y + l.sa*z, l.ca*z - l.sa*y}
}

// turnFirst does so with a direction.
func (c *Chain) turnFirst(v *[3]float64, s, cn float64) [3]float64 {
	l := &c.links[0]
	x, y, z := cn*v[0]+s*v[1], cn*v[1]-s*v[0], v[2]
	return [3]float64{x, l.ca*y + l.sa*z, l.ca*z - l.sa*y}
}

// planar adds the candidates for joints 2, 3 and 4, whose angles add up to sum, with the
// end of link 3 at (x, y) seen along their axes.
func (c *Chain) planar(x, y, sum float64, q, near *[6]float64, free bool, out *candidates) {
	a, b := c.links[1].a, c.links[2].a
	far := math.Sqrt(x*x + y*y)
	long, short := math.Abs(a)+math.Abs(b), math.Abs(math.Abs(a)-math.Abs(b))
	if far > long+touch*c.reach || far < short-touch*c.reach {
		return
	}
	// 2 a b sin and cos of joint 3 (Heron's formula, which loses nothing at the edges)
	sin := math.Sqrt(max((long-far)*(long+far)*(far-short)*(far+short), 0))
	cos := x*x + y*y - a*a - b*b
	if a*b < 0 {
		cos = -cos
	}
	half := math.Atan2(sin, cos)
	azimuth := math.Atan2(y, x)
	for i := range 2 {
		q[2] = half
		s, cn := numeric.Sincos(half)
		if far > freeBelow*c.reach {
			q[1] = azimuth - math.Atan2(b*s, a+b*cn)
		} else {
			q[1], free = near[1], true // folded up: link 3 ends on axis 2
		}
		q[3] = sum - q[1] - q[2]
		out.add(q, free)
		if half = -half; i == 0 && sin == 0 {
			return
		}
	}
}
