package numeric

import (
	"errors"
	"fmt"
	"math"
)

// MaxOrder is the largest order of the systems that LDL solves.
const MaxOrder = 16

// ErrNotPositiveDefinite says that a matrix has no L D L' with a positive D, to within
// rounding: it is singular, indefinite, or holds a NaN.
var ErrNotPositiveDefinite = errors.New("numeric: matrix is not positive definite")

// LDL is the factorisation A = L D L' of a symmetric positive definite matrix of order
// 1 to MaxOrder, with a unit lower triangular L and a diagonal D. It is a plain value
// of fixed size: nothing allocates. Factor changes it; Solve and LogDet only
// read, so that any number of goroutines may use one that stands.
type LDL struct {
	n int
	l [MaxOrder][MaxOrder]float64 // below the diagonal
	d [MaxOrder]float64
	r [MaxOrder]float64 // 1 / d
}

// Factor sets f to the factors of a, which is n x n, row-major; only its lower triangle
// is read. Where a is not positive definite, the error is ErrNotPositiveDefinite and f
// may not be used. It panics where n is not 1 to MaxOrder, or a has not n*n elements.
func (f *LDL) Factor(a []float64, n int) error {
	if n < 1 || n > MaxOrder || len(a) != n*n {
		panic(fmt.Sprintf("numeric: %d elements for a matrix of order %d; the order is 1 to %d, the elements its square", len(a), n, MaxOrder))
	}
	f.n = n
	for i := range n {
		row, li := a[i*n:i*n+i+1], &f.l[i]
		// li holds L D until it is divided by D.
		for j, v := range row[:i] {
			lj := &f.l[j]
			for k := range j {
				v -= li[k] * lj[k]
			}
			li[j] = v
		}
		d := row[i]
		for k := range i {
			u := li[k]
			li[k] = u * f.r[k]
			d -= u * li[k]
		}
		if !(d > lost*row[i]) || !(d > 0) || math.IsInf(d, 1) {
			f.n = 0
			return ErrNotPositiveDefinite
		}
		f.d[i], f.r[i] = d, 1/d
	}
	return nil
}

// Order of the factored matrix; 0 before Factor and after it failed.
func (f *LDL) Order() int { return f.n }

// Solve sets x, which holds b, to the solution of A x = b. It panics unless x has as
// many elements as A has rows.
func (f *LDL) Solve(x []float64) {
	f.check(x)
	for i := 1; i < len(x); i++ {
		v, l := x[i], &f.l[i]
		for k, y := range x[:i] {
			v -= l[k] * y
		}
		x[i] = v
	}
	for i := range x {
		x[i] *= f.r[i]
	}
	for i := len(x) - 1; i > 0; i-- {
		v, l := x[i], &f.l[i]
		for k := range x[:i] {
			x[k] -= l[k] * v
		}
	}
}

// LogDet is the natural logarithm of A's determinant.
func (f *LDL) LogDet() float64 {
	s := 0.0
	for _, d := range f.d[:f.n] {
		s += math.Log(d)
	}
	return s
}

func (f *LDL) check(x []float64) {
	if len(x) != f.n || f.n == 0 {
		panic(fmt.Sprintf("numeric: %d values for a factored matrix of order %d", len(x), f.n))
	}
}
