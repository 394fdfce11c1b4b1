package qr

import "math"

const maxUnknowns = 10

// normal gathers the normal equations of a linear least-squares problem and solves them.
type normal struct {
	n int
	a [maxUnknowns][maxUnknowns]float64
	b [maxUnknowns]float64
	x [maxUnknowns]float64 // the solution
}

func (m *normal) reset(n int) { *m = normal{n: n} }

// add takes in one equation, row . x = value, with a weight.
func (m *normal) add(row *[maxUnknowns]float64, value, weight float64) {
	for i := range m.n {
		f := weight * row[i]
		if f == 0 {
			continue
		}
		for j := i; j < m.n; j++ {
			m.a[i][j] += f * row[j]
		}
		m.b[i] += f * value
	}
}

// solve by Cholesky's decomposition; false where the equations do not determine x.
func (m *normal) solve() bool {
	var l [maxUnknowns][maxUnknowns]float64
	var y [maxUnknowns]float64
	for i := range m.n {
		for j := range i + 1 {
			s := m.a[j][i]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			if i == j {
				if !(s > 1e-12*(1+m.a[i][i])) {
					return false
				}
				l[i][i] = math.Sqrt(s)
			} else {
				l[i][j] = s / l[j][j]
			}
		}
	}
	for i := range m.n {
		s := m.b[i]
		for k := range i {
			s -= l[i][k] * y[k]
		}
		y[i] = s / l[i][i]
	}
	for i := m.n - 1; i >= 0; i-- {
		s := y[i]
		for k := i + 1; k < m.n; k++ {
			s -= l[k][i] * m.x[k]
		}
		m.x[i] = s / l[i][i]
	}
	return true
}
