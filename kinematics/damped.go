package kinematics

import "linetwin.dev/kinematics/numeric"

// normal is a symmetric positive definite matrix of at most 6x6, of which only the
// lower triangle is looked at. factor turns it into its L D L' factors in place: D on
// the diagonal, L below it.
type normal [6][6]float64

// factor works on the leading n rows; false if they are not positive definite to
// within rounding.
func (a *normal) factor(n int) bool {
	for c := range n {
		full := a[c][c]
		d := full
		for k := range c {
			d -= a[c][k] * a[c][k] * a[k][k]
		}
		if !(d > 1e-15*full) {
			return false
		}
		a[c][c] = d
		for r := c + 1; r < n; r++ {
			v := a[r][c]
			for k := range c {
				v -= a[r][k] * a[c][k] * a[k][k]
			}
			a[r][c] = v / d
		}
	}
	return true
}

// wellConditioned tells whether the leading n rows have eigenvalues within a factor of
// 1e12, by the pivots of a factorisation that takes the largest first, which follow them
// to within a small factor. It destroys a.
func (a *normal) wellConditioned(n int) bool {
	largest := 0.0
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if a[i][i] > a[p][p] {
				p = i
			}
		}
		d := a[p][p]
		if k == 0 {
			largest = d
		}
		if !(d > 1e-12*largest) {
			return false
		}
		// Exchange rows and columns k and p, of the part that is left.
		if p != k {
			a[p][p] = a[k][k]
			for i := k + 1; i < n; i++ {
				switch {
				case i < p:
					a[i][k], a[p][i] = a[p][i], a[i][k]
				case i > p:
					a[i][k], a[i][p] = a[i][p], a[i][k]
				}
			}
		}
		for r := k + 1; r < n; r++ {
			f := a[r][k] / d
			for c := k + 1; c <= r; c++ {
				a[r][c] -= f * a[c][k]
			}
		}
	}
	return true
}

// dampedSolve finds the x that minimises |J x - e|^2 + lambda |x|^2 over the columns
// of j that free lists, and leaves it in x in the order of that list; false if the
// system is singular, which for lambda > 0 takes a lambda lost in rounding.
//
// Up to six columns go by the normal equations (J'J + lambda) x = J'e, more by the
// equivalent x = J'(JJ' + lambda)^-1 e: whichever system is smaller. The smaller one
// also is the one that stays regular when lambda is small.
func dampedSolve(j *Jacobian, free []int, e *[6]float64, lambda float64, x *[MaxJoints]float64) bool {
	var a [36]float64 // row by row
	var b [6]float64
	m := len(free)
	if m <= 6 {
		for r, ir := range free {
			for s, is := range free[:r+1] {
				a[6*r+s] = dot6(&j.Col[ir], &j.Col[is])
			}
			a[7*r] += lambda
			b[r] = dot6(&j.Col[ir], (*Twist)(e))
		}
		for r := m; r < 6; r++ {
			a[7*r] = 1 // rows of nothing
		}
		if !numeric.SolveSym6(&a, &b) {
			return false
		}
		copy(x[:m], b[:m])
		return true
	}
	for _, i := range free {
		t := &j.Col[i]
		for r := range t {
			for s := 0; s <= r; s++ {
				a[6*r+s] += t[r] * t[s]
			}
		}
	}
	for r := range b {
		a[7*r] += lambda
		if a[7*r] == 0 {
			a[7*r] = 1 // a row of nothing: no joint moves this component
		}
	}
	b = *e
	if !numeric.SolveSym6(&a, &b) {
		return false
	}
	for r, i := range free {
		x[r] = dot6(&j.Col[i], (*Twist)(&b))
	}
	return true
}

func dot6(a, b *Twist) float64 {
	return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] + a[3]*b[3] + a[4]*b[4] + a[5]*b[5]
}
