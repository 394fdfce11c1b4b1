package servo

import (
	"math"

	"linetwin.dev/kinematics"
)

// Interaction returns the two rows of the interaction matrix of an image point at
// normalised coordinates x, y (X/Z and Y/Z) and depth z in metres: the point's
// velocity in the image, per second, is the product of the rows with the camera's
// own twist (Chaumette & Hutchinson, Visual Servo Control I, 2006, eq. 11).
func Interaction(x, y, z float64) (rx, ry [6]float64) {
	return [6]float64{-1 / z, 0, x / z, x * y, -(1 + x*x), y},
		[6]float64{0, -1 / z, y / z, 1 + y*y, -x * y, -x}
}

// moved turns a row that multiplies the camera's own twist into one that
// multiplies the twist of a frame fixed to the camera at pose t, seen in that
// frame: row times the adjoint of t.
func moved(row *[6]float64, t *kinematics.Pose) (out [6]float64) {
	r, p := &t.R, &t.P
	a0, a1, a2 := row[0], row[1], row[2]
	// The camera's twist is v = R v' + p x (R w'), w = R w', and a . (p x u) is (a x p) . u.
	b0, b1, b2 := row[3]+a1*p[2]-a2*p[1], row[4]+a2*p[0]-a0*p[2], row[5]+a0*p[1]-a1*p[0]
	for i := range 3 {
		out[i] = a0*r[i] + a1*r[3+i] + a2*r[6+i]
		out[3+i] = b0*r[i] + b1*r[3+i] + b2*r[6+i]
	}
	return out
}

// normal holds the normal equations of a weighted least-squares problem in six
// unknowns: A x = b, A symmetric with its lower half in use.
type normal struct {
	a [6][6]float64
	b [6]float64
}

// add a row of the problem: row . x = rhs, with a weight.
func (n *normal) add(row *[6]float64, rhs, weight float64) {
	for i := range 6 {
		w := weight * row[i]
		n.b[i] += w * rhs
		for j := 0; j <= i; j++ {
			n.a[i][j] += w * row[j]
		}
	}
}

// hold fixes an unknown at zero.
func (n *normal) hold(i int) {
	for j := range 6 {
		n.a[i][j], n.a[j][i] = 0, 0
	}
	n.a[i][i], n.b[i] = 1, 0
}

// solve by Cholesky's decomposition, in place; false when A is not positive.
func (n *normal) solve() (x [6]float64, ok bool) {
	l := &n.a
	for j := range 6 {
		d := l[j][j]
		for k := range j {
			d -= l[j][k] * l[j][k]
		}
		if !(d > 0) || math.IsInf(d, 1) {
			return x, false
		}
		d = math.Sqrt(d)
		l[j][j] = d
		for i := j + 1; i < 6; i++ {
			s := l[i][j]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			l[i][j] = s / d
		}
	}
	for i := range 6 {
		s := n.b[i]
		for k := range i {
			s -= l[i][k] * x[k]
		}
		x[i] = s / l[i][i]
	}
	for i := 5; i >= 0; i-- {
		s := x[i]
		for k := i + 1; k < 6; k++ {
			s -= l[k][i] * x[k]
		}
		x[i] = s / l[i][i]
	}
	return x, true
}
