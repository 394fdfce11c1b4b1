package kinematics

import "math"

// Twist is a rigid body's velocity: the linear velocity of a point in m/s, then the
// angular velocity in rad/s. Which point, and along whose axes, depends on where the
// twist comes from and is said there:
//
//   - of a frame, seen in that frame (a camera's or a tool's own twist): the velocity
//     of the frame's origin, along the frame's own axes;
//   - of the tool, in the base's parent frame (Chain.Jacobian, Chain.Velocity): the
//     velocity of the tool's origin, along the parent's axes.
//
// As the argument of Exp and the result of Log it is a displacement in m and rad.
type Twist [6]float64

// Linear part.
func (t Twist) Linear() [3]float64 { return [3]float64{t[0], t[1], t[2]} }

// Angular part.
func (t Twist) Angular() [3]float64 { return [3]float64{t[3], t[4], t[5]} }

// Scale multiplies every component by s.
func (t Twist) Scale(s float64) Twist {
	for i := range t {
		t[i] *= s
	}
	return t
}

// Adjoint moves a twist from the placed frame to the outer one: t is the velocity of
// a body at p's origin along p's axes, the result that of the same body at the outer
// frame's origin along the outer axes. So with p the pose of a camera in the tool's
// frame it turns the camera's own twist into the tool's own twist.
func (p Pose) Adjoint(t Twist) Twist {
	v, w := p.Rotate(t.Linear()), p.Rotate(t.Angular())
	m := cross(p.P, w)
	return Twist{v[0] + m[0], v[1] + m[1], v[2] + m[2], w[0], w[1], w[2]}
}

// RotateTwist gives t along the outer axes, the point that it describes unchanged.
// With p the pose of the tool it turns the tool's own twist into the one that
// Chain.Velocity takes.
func (p Pose) RotateTwist(t Twist) Twist {
	v, w := p.Rotate(t.Linear()), p.Rotate(t.Angular())
	return Twist{v[0], v[1], v[2], w[0], w[1], w[2]}
}

// seriesBelow is the squared angle below which the coefficients of the exponential
// and its inverse come from their series: the closed forms lose digits there.
const seriesBelow = 0.01

// ExpSO3 is the rotation, row-major, by |w| radians about the axis w (Rodrigues).
// It is exact to rounding for every angle, zero included.
func ExpSO3(w [3]float64) [9]float64 {
	a, b, _ := expCoefficients(dot(w, w))
	xx, yy, zz := b*w[0]*w[0], b*w[1]*w[1], b*w[2]*w[2]
	xy, yz, zx := b*w[0]*w[1], b*w[1]*w[2], b*w[2]*w[0]
	x, y, z := a*w[0], a*w[1], a*w[2]
	return [9]float64{
		1 - yy - zz, xy - z, zx + y,
		xy + z, 1 - xx - zz, yz - x,
		zx - y, yz + x, 1 - xx - yy,
	}
}

// LogSO3 is the rotation vector, in radians, of the rotation r: ExpSO3's inverse,
// with |w| in [0, pi]. It goes through the unit quaternion, whose parts are never
// all small, so it keeps its digits at small angles and near pi alike; at pi itself
// it returns one of the two opposite vectors.
func LogSO3(r [9]float64) [3]float64 { return matQuat(&r).log() }

// Exp is the pose reached by moving for unit time with the constant twist t, seen in
// the moving frame: the screw motion along t.
func Exp(t Twist) Pose {
	v, w := t.Linear(), t.Angular()
	_, b, c := expCoefficients(dot(w, w))
	// P = v + b w x v + c w x (w x v)
	wv := cross(w, v)
	wwv := cross(w, wv)
	p := Pose{R: ExpSO3(w)}
	for i := range p.P {
		p.P[i] = v[i] + b*wv[i] + c*wwv[i]
	}
	return p
}

// Log is the twist, with an angle of at most pi, that leads to p in unit time: Exp's
// inverse.
func (p Pose) Log() Twist {
	w := LogSO3(p.R)
	d := logCoefficient(dot(w, w))
	wp := cross(w, p.P)
	wwp := cross(w, wp)
	var t Twist
	for i := range w {
		t[i] = p.P[i] - 0.5*wp[i] + d*wwp[i]
		t[i+3] = w[i]
	}
	return t
}

// expCoefficients for a squared angle: sin(x)/x, (1-cos x)/x^2, (x-sin x)/x^3.
func expCoefficients(xx float64) (a, b, c float64) {
	if xx < seriesBelow {
		a = 1 - xx/6*(1-xx/20*(1-xx/42*(1-xx/72)))
		b = 0.5 * (1 - xx/12*(1-xx/30*(1-xx/56*(1-xx/90))))
		c = 1. / 6 * (1 - xx/20*(1-xx/42*(1-xx/72*(1-xx/110))))
		return a, b, c
	}
	x := math.Sqrt(xx)
	s, _ := math.Sincos(x)
	h := math.Sin(x / 2)
	return s / x, 2 * h * h / xx, (x - s) / (xx * x)
}

// logCoefficient for a squared angle x^2 with x <= pi: (1 - x/2 cot(x/2)) / x^2, the
// factor of the double cross product in the inverse of the exponential's Jacobian.
func logCoefficient(xx float64) float64 {
	if xx < seriesBelow {
		return 1./12 + xx*(1./720+xx*(1./30240+xx*(1./1209600+xx/47900160)))
	}
	s, c := math.Sincos(math.Sqrt(xx) / 2)
	return (1 - math.Sqrt(xx)/2*c/s) / xx
}
