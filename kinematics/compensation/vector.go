package compensation

import "math"

// Small fixed-size linear algebra. Matrices are row-major.

func norm(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }

func scale(v [3]float64, s float64) [3]float64 { return [3]float64{v[0] * s, v[1] * s, v[2] * s} }

// within shortens v to a length of at most most, and tells whether it had to.
func within(v [3]float64, most float64) ([3]float64, bool) {
	n := norm(v)
	if n <= most {
		return v, false
	}
	return scale(v, most/n), true
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// mul is a b.
func mul(a, b *[9]float64) (m [9]float64) {
	for r := 0; r < 9; r += 3 {
		x, y, z := a[r], a[r+1], a[r+2]
		m[r] = x*b[0] + y*b[3] + z*b[6]
		m[r+1] = x*b[1] + y*b[4] + z*b[7]
		m[r+2] = x*b[2] + y*b[5] + z*b[8]
	}
	return m
}

// mulTranspose is a b', with b' the transpose of b.
func mulTranspose(a, b *[9]float64) (m [9]float64) {
	for r := 0; r < 9; r += 3 {
		x, y, z := a[r], a[r+1], a[r+2]
		m[r] = x*b[0] + y*b[1] + z*b[2]
		m[r+1] = x*b[3] + y*b[4] + z*b[5]
		m[r+2] = x*b[6] + y*b[7] + z*b[8]
	}
	return m
}

// transposeMul is a' b, with a' the transpose of a.
func transposeMul(a, b *[9]float64) (m [9]float64) {
	for r := range 3 {
		x, y, z := a[r], a[r+3], a[r+6]
		m[3*r] = x*b[0] + y*b[3] + z*b[6]
		m[3*r+1] = x*b[1] + y*b[4] + z*b[7]
		m[3*r+2] = x*b[2] + y*b[5] + z*b[8]
	}
	return m
}

// transposeApply is a' v.
func transposeApply(a *[9]float64, v [3]float64) [3]float64 {
	return [3]float64{
		a[0]*v[0] + a[3]*v[1] + a[6]*v[2],
		a[1]*v[0] + a[4]*v[1] + a[7]*v[2],
		a[2]*v[0] + a[5]*v[1] + a[8]*v[2],
	}
}

// orthonormal is the rotation next to r, which is all but one: a step of Newton's iteration
// for the polar factor, r (3 - r'r)/2. It leaves three quarters of the square of the error.
func orthonormal(r *[9]float64) [9]float64 {
	g := transposeMul(r, r)
	for i := range g {
		g[i] *= -0.5
	}
	g[0] += 1.5
	g[4] += 1.5
	g[8] += 1.5
	return mul(r, &g)
}

// skew is how far r'r is from the unit matrix, in its worst element.
func skew(r *[9]float64) float64 {
	g := transposeMul(r, r)
	worst := 0.
	for i, v := range g {
		if i%4 == 0 {
			v--
		}
		// Not max: it is to be NaN where r has one.
		if !(math.Abs(v) <= worst) {
			worst = math.Abs(v)
		}
	}
	return worst
}

// rotationTolerance is how far from orthonormal a rotation may be that a caller hands in: what
// angles of seven digits make.
const rotationTolerance = 1e-6

// rigid tells whether a pose is one: finite, and neither stretched nor mirrored.
func rigid(r *[9]float64, p *[3]float64) bool {
	if !(skew(r) <= rotationTolerance) || p[0]-p[0]+p[1]-p[1]+p[2]-p[2] != 0 {
		return false
	}
	m := cross([3]float64{r[0], r[1], r[2]}, [3]float64{r[3], r[4], r[5]})
	return m[0]*r[6]+m[1]*r[7]+m[2]*r[8] > 0
}
