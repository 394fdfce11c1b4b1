//go:build linux

package main

import (
	"linetwin.dev/bench"
	"linetwin.dev/kinematics/dynamics"
)

// measureDynamics measures inverse dynamics, mass matrix and solve, and forward dynamics. KDL
// does the second by ChainDynParam and Eigen's LDLT, the third by ChainFdSolver_RNE.
func measureDynamics(s *session) ([]bench.Row, error) {
	list := contests{of: "Dynamics of one state"}
	var rows []bench.Row
	for _, kind := range []struct {
		what, kdl, unit string
		reach           func(*arm) string
		do              func(m *dynamics.Model, q, qd, qdd, tau []float64) error
	}{
		{"RNEA", "torques", "ns", func(a *arm) string { return a.torques }, func(m *dynamics.Model, q, qd, qdd, tau []float64) error {
			m.Torques(q, qd, qdd, dynamics.Wrench{}, tau)
			return nil
		}},
		{"mass matrix + solve", "solve-mass", "ns", func(a *arm) string { return a.solveMass }, func(m *dynamics.Model, q, qd, _, x []float64) error {
			copy(x, qd)
			return m.SolveMass(q, x)
		}},
		{"forward dynamics", "accelerations", "us", func(a *arm) string { return a.accelerations }, func(m *dynamics.Model, q, qd, tau, qdd []float64) error {
			return m.Accelerations(q, qd, tau, dynamics.Wrench{}, qdd)
		}},
	} {
		for _, a := range s.arms {
			n := a.chain.Joints()
			q, qd, given, got := a.joints(), make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range n {
				qd[i], given[i] = 0.2, 0.1
			}
			row, err := s.beside(&list, a, kind.what, kind.kdl, kind.unit, kind.reach(a), func(times int) error {
				for range times {
					q[0] += 1e-6
					if err := kind.do(a.model, q, qd, given, got); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	list.show()
	return append(rows, list.allocations("RNEA, mass matrix + solve, forward dynamics")), nil
}
