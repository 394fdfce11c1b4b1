package cloud

import "math"

// eigen finds the eigenvalues of a symmetric matrix of n x n (n up to 6) in a, from the smallest to the largest, and
// its eigenvectors, one after the other, by Jacobi's rotations. It destroys a.
func eigen(n int, a, values, vectors []float64) {
	v := vectors[:n*n]
	clear(v)
	for i := range n {
		v[i*n+i] = 1
	}
	for range 60 {
		var off, all float64
		for i := range n {
			for j := range n {
				if all += a[i*n+j] * a[i*n+j]; i != j {
					off += a[i*n+j] * a[i*n+j]
				}
			}
		}
		if !(off > 1e-30*all) {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(n, a, v, p, q)
			}
		}
	}
	for i := range n {
		values[i] = a[i*n+i]
	}
	for i := range n { // few values: the simplest sort
		for j := i; j > 0 && values[j] < values[j-1]; j-- {
			values[j], values[j-1] = values[j-1], values[j]
			for k := range n {
				v[j*n+k], v[(j-1)*n+k] = v[(j-1)*n+k], v[j*n+k]
			}
		}
	}
}

// rotate makes element p, q of a zero.
func rotate(n int, a, v []float64, p, q int) {
	apq := a[p*n+q]
	if apq == 0 {
		return
	}
	theta := (a[q*n+q] - a[p*n+p]) / (2 * apq)
	t := math.Copysign(1/(math.Abs(theta)+math.Sqrt(theta*theta+1)), theta)
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := v[p*n+k], v[q*n+k]
		v[p*n+k], v[q*n+k] = c*x-s*y, s*x+c*y
	}
}

// spread gathers points to find in which directions they spread.
type spread struct {
	n      float64
	origin [3]float64 // near the points, so that sums of squares keep their digits
	sum    [3]float64
	square [6]float64 // xx xy xz yy yz zz
}

func (s *spread) add(p [3]float64) {
	p = minus(p, s.origin)
	s.n++
	s.sum = plus(s.sum, p)
	s.square[0] += p[0] * p[0]
	s.square[1] += p[0] * p[1]
	s.square[2] += p[0] * p[2]
	s.square[3] += p[1] * p[1]
	s.square[4] += p[1] * p[2]
	s.square[5] += p[2] * p[2]
}

// axes gives the centroid, and the variances in the directions in which they are least to most.
func (s *spread) axes() (centre, variances [3]float64, axes [9]float64) {
	m := scaled(s.sum, 1/s.n)
	c := [6]float64{}
	for k, ij := range [6][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}} {
		c[k] = s.square[k]/s.n - m[ij[0]]*m[ij[1]]
	}
	a := [9]float64{c[0], c[1], c[2], c[1], c[3], c[4], c[2], c[4], c[5]}
	eigen(3, a[:], variances[:], axes[:])
	return plus(s.origin, m), variances, axes
}
