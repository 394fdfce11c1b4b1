package machine

import "math"

// Jet is a quantity and its first three derivatives with respect to a parameter of a
// path: f, f', f”, f”'. What is computed with jets has exact derivatives, without
// differences.
type Jet [4]float64

// Add is f + g.
func (f Jet) Add(g Jet) Jet { return Jet{f[0] + g[0], f[1] + g[1], f[2] + g[2], f[3] + g[3]} }

// Sub is f - g.
func (f Jet) Sub(g Jet) Jet { return Jet{f[0] - g[0], f[1] - g[1], f[2] - g[2], f[3] - g[3]} }

// Scale is f times the constant s.
func (f Jet) Scale(s float64) Jet { return Jet{f[0] * s, f[1] * s, f[2] * s, f[3] * s} }

// Mul is f g (Leibniz).
func (f Jet) Mul(g Jet) Jet {
	return Jet{
		f[0] * g[0],
		f[1]*g[0] + f[0]*g[1],
		f[2]*g[0] + 2*f[1]*g[1] + f[0]*g[2],
		f[3]*g[0] + 3*(f[2]*g[1]+f[1]*g[2]) + f[0]*g[3],
	}
}

// Sincos gives sine and cosine of f.
func (f Jet) Sincos() (sin, cos Jet) {
	s, c := math.Sincos(f[0])
	v, a, j := f[1], f[2], f[3]
	// s' = c v, c' = -s v, and so on
	sin = Jet{s, c * v, c*a - s*v*v, c*(j-v*v*v) - 3*s*v*a}
	cos = Jet{c, -s * v, -s*a - c*v*v, -s*(j-v*v*v) - 3*c*v*a}
	return sin, cos
}

// InvSqrt is 1/sqrt(f); f must be above 0.
func (f Jet) InvSqrt() Jet {
	// g = f^p with p = -1/2: g' = p g f'/f, differentiated by Leibniz' rule
	g := 1 / math.Sqrt(f[0])
	r1, r2, r3 := f[1]/f[0], f[2]/f[0], f[3]/f[0]
	return Jet{
		g,
		-0.5 * g * r1,
		g * (0.75*r1*r1 - 0.5*r2),
		g * (-1.875*r1*r1*r1 + 2.25*r1*r2 - 0.5*r3),
	}
}

// InTime is the quantity's velocity, acceleration and jerk in time, for a path that is run
// with the given speed, acceleration and jerk of its parameter (chain rule).
func (f Jet) InTime(speed, accel, jerk float64) (v, a, j float64) {
	return f[1] * speed,
		f[2]*speed*speed + f[1]*accel,
		f[3]*speed*speed*speed + 3*f[2]*speed*accel + f[1]*jerk
}

// Constant is the jet of what does not change.
func Constant(v float64) Jet { return Jet{v} }

// vec is a vector of jets.
type vec [3]Jet

func constant(v [3]float64) vec { return vec{{v[0]}, {v[1]}, {v[2]}} }

func (a *vec) at(k int) [3]float64 { return [3]float64{a[0][k], a[1][k], a[2][k]} }

func (a *vec) set(k int, v [3]float64) { a[0][k], a[1][k], a[2][k] = v[0], v[1], v[2] }

// each applies a constant linear map, one derivative after the other.
func (a *vec) each(f func([3]float64) [3]float64) (r vec) {
	for k := range 4 {
		r.set(k, f(a.at(k)))
	}
	return r
}

// unitVec scales a to length 1; a must not be zero.
func unitVec(a vec) vec {
	g := a[0].Mul(a[0]).Add(a[1].Mul(a[1])).Add(a[2].Mul(a[2])).InvSqrt()
	return vec{a[0].Mul(g), a[1].Mul(g), a[2].Mul(g)}
}

// turnVec rotates v about the axis by the angle with the sine and cosine given.
func (r *rotary) turnVec(v *vec, s, c *Jet) {
	if r.main > 0 {
		k := int(r.main - 1)
		i, j := (k+1)%3, (k+2)%3
		a, b := v[i], v[j]
		up := s.Scale(r.w[k])
		v[i], v[j] = c.Mul(a).Sub(up.Mul(b)), c.Mul(b).Add(up.Mul(a))
		return
	}
	var along, side, up vec
	for k := range 4 {
		x := v.at(k)
		l := scale(r.w, dot(r.w, x))
		along.set(k, l)
		side.set(k, sub(x, l))
		up.set(k, cross(r.w, x))
	}
	for i := range v {
		v[i] = along[i].Add(c.Mul(side[i])).Add(s.Mul(up[i]))
	}
}

// swingVec rotates the point x about the axis through the pivot.
func (r *rotary) swingVec(x *vec, s, c *Jet) {
	for i := range x {
		x[i][0] -= r.pivot[i]
	}
	r.turnVec(x, s, c)
	for i := range x {
		x[i][0] += r.pivot[i]
	}
}
