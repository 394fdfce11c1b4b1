package machine

import "math"

// Ball is every number within Rad, which is not negative, of Mid.
type Ball struct{ Mid, Rad float64 }

// Between is the smallest Ball with a and b in it.
func Between(a, b float64) Ball { return Ball{a + (b-a)/2, math.Abs(b-a) / 2} }

// Most is the largest size of a number in the ball.
func (b Ball) Most() float64 { return math.Abs(b.Mid) + b.Rad }

// Spread is a Jet of which only the Balls are known that its parts are in, over a piece of
// a path. What is computed with Spreads contains every value that Jets give anywhere on
// the piece, and with short pieces hardly more. Rounding is not accounted for: it is some
// units in the last place.
type Spread [4]Ball

// Add is f + g.
func (f *Spread) Add(g *Spread) (r Spread) {
	for k := range r {
		r[k] = Ball{f[k].Mid + g[k].Mid, f[k].Rad + g[k].Rad}
	}
	return r
}

// Sub is f - g.
func (f *Spread) Sub(g *Spread) (r Spread) {
	for k := range r {
		r[k] = Ball{f[k].Mid - g[k].Mid, f[k].Rad + g[k].Rad}
	}
	return r
}

// Scale is f times the constant s.
func (f *Spread) Scale(s float64) (r Spread) {
	for k := range r {
		r[k] = f[k].scale(s)
	}
	return r
}

// Mul is f g (Leibniz).
func (f *Spread) Mul(g *Spread) Spread {
	return Spread{
		f[0].mul(g[0]),
		f[1].mul(g[0]).add(f[0].mul(g[1])),
		f[2].mul(g[0]).add(f[1].mul(g[1]).scale(2)).add(f[0].mul(g[2])),
		f[3].mul(g[0]).add(f[2].mul(g[1]).add(f[1].mul(g[2])).scale(3)).add(f[0].mul(g[3])),
	}
}

// Sincos gives sine and cosine of f.
func (f *Spread) Sincos() (sin, cos Spread) {
	s, c := f[0].sincos()
	v, a, j := f[1], f[2], f[3]
	vv := v.mul(v)
	cubed := j.sub(vv.mul(v))
	va := v.mul(a).scale(3)
	sin = Spread{s, c.mul(v), c.mul(a).sub(s.mul(vv)), c.mul(cubed).sub(s.mul(va))}
	cos = Spread{c, s.mul(v).scale(-1), s.mul(a).add(c.mul(vv)).scale(-1), s.mul(cubed).add(c.mul(va)).scale(-1)}
	return sin, cos
}

func (b Ball) add(o Ball) Ball { return Ball{b.Mid + o.Mid, b.Rad + o.Rad} }

func (b Ball) sub(o Ball) Ball { return Ball{b.Mid - o.Mid, b.Rad + o.Rad} }

func (b Ball) scale(s float64) Ball { return Ball{b.Mid * s, b.Rad * math.Abs(s)} }

func (b Ball) mul(o Ball) Ball {
	return Ball{b.Mid * o.Mid, math.Abs(b.Mid)*o.Rad + b.Rad*(math.Abs(o.Mid)+o.Rad)}
}

// sincos is by Taylor's theorem about the middle: the second derivative is at most 1.
func (b Ball) sincos() (sin, cos Ball) {
	s, c := math.Sincos(b.Mid)
	rest := b.Rad * b.Rad / 2
	sin = Ball{s, min(math.Abs(c)*b.Rad+rest, 2)}
	cos = Ball{c, min(math.Abs(s)*b.Rad+rest, 2)}
	return sin, cos
}

// Enclose is Derive for all points of a piece of a path at once: from Balls that hold the
// tip of the tool, the angles of the rotary axes, and their derivatives anywhere on the
// piece to Balls that hold those of the joints. Where Bound is mostly within a factor of
// 3, Enclose comes as near to the truth as the piece is short.
func (m *Machine) Enclose(point *[3]Spread, angles, joints []Spread) {
	m.checkAngles(len(angles))
	m.checkLen(len(joints))
	copy(joints[3:], angles)
	var x [3]Spread
	for i := range x {
		w := &m.work.R
		a, b, c := point[0].Scale(w[3*i]), point[1].Scale(w[3*i+1]), point[2].Scale(w[3*i+2])
		ab := a.Add(&b)
		x[i] = ab.Add(&c)
		x[i][0].Mid += m.work.P[i]
	}
	for i := m.tables - 1; i >= 0; i-- {
		r := &m.rot[i]
		s, c := angles[r.slot-3].Sincos()
		r.swingSpread(&x, &s, &c)
	}
	var h [3]Spread
	for i := range h {
		h[i][0].Mid = -m.tool[i]
	}
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		s, c := angles[r.slot-3].Sincos()
		r.swingSpread(&h, &s, &c)
	}
	for i := range x {
		joints[i] = x[i].Sub(&h[i])
	}
}

// swingSpread rotates the point x about the axis through the pivot, by the angle with the
// sine and cosine given.
func (r *rotary) swingSpread(x *[3]Spread, s, c *Spread) {
	for i := range x {
		x[i][0].Mid -= r.pivot[i]
	}
	if r.main > 0 {
		k := int(r.main - 1)
		i, j := (k+1)%3, (k+2)%3
		a, b := x[i], x[j]
		up := s.Scale(r.w[k])
		ca, cb, sa, sb := c.Mul(&a), c.Mul(&b), up.Mul(&a), up.Mul(&b)
		x[i], x[j] = ca.Sub(&sb), cb.Add(&sa)
	} else {
		// along the axis, at a right angle to it, and at a right angle to both
		var along Spread
		for i := range x {
			part := x[i].Scale(r.w[i])
			along = along.Add(&part)
		}
		old := *x
		for i := range x {
			j, k := (i+1)%3, (i+2)%3
			l := along.Scale(r.w[i])
			side := old[i].Sub(&l)
			u, v := old[k].Scale(r.w[j]), old[j].Scale(r.w[k])
			up := u.Sub(&v)
			cs, su := c.Mul(&side), s.Mul(&up)
			sum := l.Add(&cs)
			x[i] = sum.Add(&su)
		}
	}
	for i := range x {
		x[i][0].Mid += r.pivot[i]
	}
}
