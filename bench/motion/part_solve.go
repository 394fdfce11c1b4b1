//go:build linux

package main

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"linetwin.dev/bench"
	"linetwin.dev/kinematics/numeric"
)

// measureSolve solves a symmetric positive definite system of order 6, with factorisation.
func measureSolve(s *session) ([]bench.Row, error) {
	u := uniform(1)
	var b, a [36]float64
	for i := range b {
		b[i] = u.next(-1, 1)
	}
	for i := range 6 {
		for j := range 6 {
			for k := range 6 {
				a[i*6+j] += b[i*6+k] * b[j*6+k]
			}
		}
		a[i*7] += 0.1
	}
	indefinite := errors.New("the matrix is not positive definite")

	we := inGo(ours, func(times int) error {
		rhs := [6]float64{1, 2, 3, 4, 5, 6}
		for range times {
			x := rhs
			if !numeric.SolveSym6(&a, &x) {
				return indefinite
			}
			rhs[0] += 1e-9 * x[0]
		}
		return nil
	})
	var l [36]float64
	var x [6]float64
	cholesky := func(rhs *[6]float64) bool {
		l, x = a, *rhs
		f, ok := lapack64.Potrf(blas64.Symmetric{N: 6, Stride: 6, Data: l[:], Uplo: blas.Lower})
		lapack64.Potrs(f, blas64.General{Rows: 6, Cols: 1, Stride: 1, Data: x[:]})
		return ok
	}
	gonum := inGo("gonum", func(times int) error {
		rhs := [6]float64{1, 2, 3, 4, 5, 6}
		for range times {
			if !cholesky(&rhs) {
				return indefinite
			}
			rhs[0] += 1e-9 * x[0]
		}
		return nil
	})
	rhs := [6]float64{1, 2, 3, 4, 5, 6}
	got := rhs
	if !numeric.SolveSym6(&a, &got) || !cholesky(&rhs) {
		return nil, indefinite
	}
	for i := range got {
		if !(math.Abs(got[i]-x[i]) <= 1e-12*(1+math.Abs(x[i]))) {
			return nil, fmt.Errorf("the solution is %v, by gonum %v", got, x)
		}
	}
	eigen, err := s.kdl.contender(s.arms[0], "ldlt")
	if err != nil {
		return nil, err
	}
	if err := s.contest(we, gonum, eigen); err != nil {
		return nil, err
	}
	list := contests{of: "Symmetric positive definite system of order 6"}
	list.add("factor and solve", we, gonum, eigen)
	list.show()
	const reach = "<= 60ns"
	return []bench.Row{
		we.row("6x6 symmetric solve, beside gonum's Cholesky", "ns", reach, gonum),
		we.row("6x6 symmetric solve, beside Eigen's LDLT", "ns", reach, eigen),
		list.allocations("6x6 symmetric solve"),
	}, nil
}
