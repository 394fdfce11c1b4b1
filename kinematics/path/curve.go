package path

import (
	"math"

	"linetwin.dev/kinematics/machine"
)

// curve is a polynomial of fourth degree of the way u in every coordinate, plus, in the
// first three, a circle or spiral: with it a polynomial of first degree makes helices,
// and those of higher degree round its ends.
type curve struct {
	poly [5][MaxAxes]float64
	arc  bool
	turn arc
}

// arc is (radius + growth u) (a cos(phase + rate u) + b sin(phase + rate u)).
type arc struct {
	a, b           [3]float64 // of length 1, at a right angle
	radius, growth float64
	phase, rate    float64
}

// at sets the coordinates and their derivatives with respect to u.
func (c *curve) at(u float64, n int, out *[MaxAxes]machine.Jet) {
	p := &c.poly
	for i := range n {
		c1, c2, c3, c4 := p[1][i], p[2][i], p[3][i], p[4][i]
		out[i] = machine.Jet{
			p[0][i] + u*(c1+u*(c2+u*(c3+u*c4))),
			c1 + u*(2*c2+u*(3*c3+u*(4*c4))),
			2*c2 + u*(6*c3+u*(12*c4)),
			6*c3 + u*(24*c4),
		}
	}
	if !c.arc {
		return
	}
	t := &c.turn
	sin, cos := math.Sincos(t.phase + t.rate*u)
	r, g, w := t.radius+t.growth*u, t.growth, t.rate
	// radius times e^(i phi), and its derivatives
	f := [4][2]float64{
		{r * cos, r * sin},
		{g*cos - r*w*sin, g*sin + r*w*cos},
		{-2*g*w*sin - r*w*w*cos, 2*g*w*cos - r*w*w*sin},
		{-3*g*w*w*cos + r*w*w*w*sin, -3*g*w*w*sin - r*w*w*w*cos},
	}
	for i := range 3 {
		for k := range f {
			out[i][k] += t.a[i]*f[k][0] + t.b[i]*f[k][1]
		}
	}
}

// from is the same curve, its u counted from another point of it.
func (c *curve) from(u float64, n int) curve {
	d := *c
	p := &c.poly
	for i := range n {
		c1, c2, c3, c4 := p[1][i], p[2][i], p[3][i], p[4][i]
		d.poly[0][i] = p[0][i] + u*(c1+u*(c2+u*(c3+u*c4)))
		d.poly[1][i] = c1 + u*(2*c2+u*(3*c3+u*(4*c4)))
		d.poly[2][i] = c2 + u*(3*c3+u*(6*c4))
		d.poly[3][i] = c3 + u*(4*c4)
	}
	if c.arc {
		d.turn.radius += d.turn.growth * u
		d.turn.phase += d.turn.rate * u
	}
	return d
}

// spread sets where the coordinates and their derivatives are on the first part, of some
// length, of the curve: about the middle, by the mean value theorem, from the highest
// derivative down.
func (c *curve) spread(length float64, n int, out *[MaxAxes]machine.Spread) {
	half := length / 2
	var mid [MaxAxes]machine.Jet
	c.at(half, n, &mid)
	for i := range n {
		most := 24 * math.Abs(c.poly[4][i])
		if c.arc && i < 3 {
			t := &c.turn
			r, w := math.Max(math.Abs(t.radius), math.Abs(t.radius+t.growth*length)), math.Abs(t.rate)
			most += math.Hypot(t.a[i], t.b[i]) * (r*w + 4*math.Abs(t.growth)) * w * w * w
		}
		for k := 3; k >= 0; k-- {
			out[i][k] = machine.Ball{Mid: mid[i][k], Rad: half * most}
			most = out[i][k].Most()
		}
	}
}

// bounds sets the largest sizes of the first three derivatives of the coordinates on the
// first part of the curve. They are exact for lines and circles.
func (c *curve) bounds(length float64, n int, out *[MaxAxes]rates) {
	p := &c.poly
	l := length
	for i := range n {
		c1, c2, c3, c4 := p[1][i], p[2][i], p[3][i], p[4][i]
		// The third derivative is linear; the others differ from the straight line
		// between their ends by at most l^2/8 of their second derivative.
		third := max(math.Abs(6*c3), math.Abs(6*c3+24*c4*l))
		second := max(math.Abs(2*c2), math.Abs(2*c2+l*(6*c3+12*c4*l))) + 3*math.Abs(c4)*l*l
		first := max(math.Abs(c1), math.Abs(c1+l*(2*c2+l*(3*c3+4*c4*l)))) + third*l*l/8
		out[i] = rates{first, second, third}
	}
	if !c.arc {
		return
	}
	t := &c.turn
	r, g, w := math.Max(math.Abs(t.radius), math.Abs(t.radius+t.growth*l)), math.Abs(t.growth), math.Abs(t.rate)
	for i := range 3 {
		size := math.Hypot(t.a[i], t.b[i])
		out[i][0] += size * (r*w + g)
		out[i][1] += size * (r*w + 2*g) * w
		out[i][2] += size * (r*w + 3*g) * w * w
	}
}

// rates are the largest sizes of a coordinate's first three derivatives.
type rates [3]float64
