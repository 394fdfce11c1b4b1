package kinematics

import (
	"math"

	"linetwin.dev/kinematics/numeric"
)

// wristArm solves an arm with a spherical wrist: the place of the wrist's centre gives the
// first three joints, and what turn is then still missing the others (Pieper, 1968). The
// names follow the links: a point at the wrist is f after joint 3, k before joint 2 turns,
// g after it.
func (c *Chain) wristArm(t *Pose, near *[6]float64, out *candidates) {
	w := t.Apply(c.centre)
	if c.links[0].prismatic {
		q := *near
		d := sub(w, c.slidesFrom)
		for i := range 3 {
			q[i] = c.slides[3*i]*d[0] + c.slides[3*i+1]*d[1] + c.slides[3*i+2]*d[2]
		}
		c.wrist(t, &q, near, false, out)
		return
	}
	l1 := &c.links[0]
	z := w[2] - l1.d
	rho2 := w[0]*w[0] + w[1]*w[1]
	r := rho2 + z*z
	var thirds [2]float64
	switch {
	case l1.sa == 0:
		// Axes 1 and 2 are parallel: the height is joint 3's.
		for _, x := range thirds[:c.thirdByHeight(l1.ca*z, &thirds)] {
			k := c.beforeSecond(x)
			g1 := (r - l1.a*l1.a - dot(k, k)) / (2 * l1.a)
			h := k[0]*k[0] + k[1]*k[1] - g1*g1
			if h < -touch*c.reach*c.reach {
				continue
			}
			g2 := math.Sqrt(max(h, 0))
			c.second(t, near, &w, x, &k, g1, g2, out)
			if h > 0 {
				c.second(t, near, &w, x, &k, g1, -g2, out)
			}
		}
	case c.height():
		// What joint 3 does leaves the height over joint 2 alone: in front of axis 1 or behind
		// it comes first, and gives the distance that joint 3 has to make.
		k3 := c.beforeSecond(0)[2]
		g2 := (z - l1.ca*k3) / l1.sa
		h := (rho2 - k3*k3) + (z-g2)*(z+g2)
		if h < -touch*c.reach*c.reach {
			return
		}
		side := math.Sqrt(max(h, 0))
		for i := range 2 {
			g1 := side - l1.a
			for _, x := range thirds[:c.thirdByDistance(r+l1.a*l1.a-2*l1.a*side, &thirds)] {
				k := c.beforeSecond(x)
				c.second(t, near, &w, x, &k, g1, g2, out)
			}
			if side = -side; i == 0 && side == 0 {
				return
			}
		}
	default:
		// Axes 1 and 2 meet: the distance from there is joint 3's.
		for _, x := range thirds[:c.thirdByDistance(r, &thirds)] {
			k := c.beforeSecond(x)
			g2 := (z - l1.ca*k[2]) / l1.sa
			h := (rho2 - k[2]*k[2]) + (z-g2)*(z+g2)
			if h < -touch*c.reach*c.reach {
				continue
			}
			side := math.Sqrt(max(h, 0))
			c.second(t, near, &w, x, &k, side, g2, out)
			if h > 0 {
				c.second(t, near, &w, x, &k, -side, g2, out)
			}
		}
	}
}

// height tells that joint 3 does not change the wrist's height along axis 2.
func (c *Chain) height() bool {
	if c.links[2].prismatic {
		return c.links[1].ca == 0
	}
	return c.links[1].sa == 0
}

// beforeSecond is the wrist's centre in the frame of link 2's far side, before joint 2
// turns it, with joint 3 at x.
func (c *Chain) beforeSecond(x float64) [3]float64 {
	l2, l3 := &c.links[1], &c.links[2]
	d4 := c.links[3].d
	u1, u2, u3 := l3.a, -l3.sa*d4, l3.d+l3.ca*d4
	s, cn := l3.st, l3.ct
	if l3.prismatic {
		u3 += x
	} else {
		s, cn = numeric.Sincos(x)
	}
	f1, f2 := cn*u1-s*u2, s*u1+cn*u2
	return [3]float64{l2.a + f1, l2.ca*f2 - l2.sa*u3, l2.d + l2.sa*f2 + l2.ca*u3}
}

// thirdByDistance finds the values of joint 3 at which the wrist is the root of square
// away from the foot of link 2.
func (c *Chain) thirdByDistance(square float64, x *[2]float64) int {
	l2, l3 := &c.links[1], &c.links[2]
	d4 := c.links[3].d
	u1, u2, u3 := l3.a, -l3.sa*d4, l3.d+l3.ca*d4
	if l3.prismatic {
		f1, f2 := l3.ct*u1-l3.st*u2, l3.st*u1+l3.ct*u2
		// (u3 + x)^2 + 2 d2 cos(alpha2) (u3 + x) = rest
		p := l2.d * l2.ca
		h := square - (l2.a+f1)*(l2.a+f1) - f2*f2 - l2.d*l2.d - 2*l2.d*l2.sa*f2 + p*p
		if h < -touch*c.reach*c.reach {
			return 0
		}
		h = math.Sqrt(max(h, 0))
		x[0], x[1] = h-p-u3, -h-p-u3
		if h == 0 {
			return 1
		}
		return 2
	}
	rest := square - (l2.a*l2.a + l2.d*l2.d + u1*u1 + u2*u2 + u3*u3 + 2*l2.d*l2.ca*u3)
	return crossing(2*(l2.a*u1+l2.d*l2.sa*u2), 2*(l2.d*l2.sa*u1-l2.a*u2), rest, touch*c.reach*c.reach, x)
}

// thirdByHeight finds the values of joint 3 at which the wrist has a height along axis 2.
func (c *Chain) thirdByHeight(height float64, x *[2]float64) int {
	l2, l3 := &c.links[1], &c.links[2]
	d4 := c.links[3].d
	u1, u2, u3 := l3.a, -l3.sa*d4, l3.d+l3.ca*d4
	if l3.prismatic {
		f2 := l3.st*u1 + l3.ct*u2
		x[0] = (height-l2.d-l2.sa*f2)/l2.ca - u3
		return 1
	}
	rest := (height - l2.d - l2.ca*u3) / l2.sa
	return crossing(u2, u1, rest, touch*c.reach, x)
}

// second completes a candidate of which joint 3 and the wrist's place g behind joint 2 are
// known.
func (c *Chain) second(t *Pose, near *[6]float64, w *[3]float64, x3 float64, k *[3]float64, g1, g2 float64, out *candidates) {
	l1 := &c.links[0]
	q := *near
	q[2] = x3
	free := false
	least := freeBelow * c.reach
	if math.Abs(k[0])+math.Abs(k[1]) > least {
		q[1] = math.Atan2(g2, g1) - math.Atan2(k[1], k[0])
	} else {
		free = true // the wrist lies on axis 2
	}
	if math.Abs(w[0])+math.Abs(w[1]) > least {
		q[0] = math.Atan2(w[1], w[0]) - math.Atan2(l1.ca*g2-l1.sa*k[2], l1.a+g1)
	} else {
		free = true // on axis 1
	}
	c.wrist(t, &q, near, free, out)
}

// wrist adds the candidates for the last three joints to an arm of which the first three
// are known.
func (c *Chain) wrist(t *Pose, q, near *[6]float64, free bool, out *candidates) {
	var p Pose
	p.R = Identity().R
	for i := range 3 {
		l := &c.links[i]
		if l.prismatic {
			p.advance(l, 0)
		} else {
			p.advance(l, q[i]-l.theta)
		}
	}
	// The missing turn, less the last link's own twist: its z and x columns.
	l6 := &c.links[5]
	r := &t.R
	z := [3]float64{l6.sa*r[1] + l6.ca*r[2], l6.sa*r[4] + l6.ca*r[5], l6.sa*r[7] + l6.ca*r[8]}
	x := [3]float64{r[0], r[3], r[6]}
	back := transpose(&p.R)
	z, x = mulVec(&back, &z), mulVec(&back, &x)
	var angles [2][3]float64
	n, same := euler(&c.links[3], &c.links[4], &z, &x, near[3], near[5], &angles)
	for _, a := range angles[:n] {
		q[3], q[4], q[5] = a[0], a[1], a[2]
		out.add(q, free || same)
	}
}
