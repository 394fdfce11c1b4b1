//go:build linux

package main

import (
	"linetwin.dev/bench"
	"linetwin.dev/kinematics"
)

// withoutPinocchio says in the name of a peer which other one there would be.
const withoutPinocchio = " (Pinocchio is not in Debian)"

// measureChain measures forward kinematics and Jacobian.
func measureChain(s *session) ([]bench.Row, error) {
	list := contests{of: "Kinematics of one state"}
	var rows []bench.Row
	for _, kind := range []struct {
		what, kdl string
		reach     func(*arm) string
		do        func(*arm) func(int) error
	}{
		{"FK", "forward", func(a *arm) string { return a.forward }, func(a *arm) func(int) error {
			q := a.joints()
			return func(times int) error {
				for range times {
					q[0] += 1e-6
					a.chain.Forward(q)
				}
				return nil
			}
		}},
		{"Jacobian", "jacobian", func(a *arm) string { return a.jacobian }, func(a *arm) func(int) error {
			q := a.joints()
			j := new(kinematics.Jacobian)
			return func(times int) error {
				for range times {
					q[0] += 1e-6
					a.chain.Jacobian(q, j)
				}
				return nil
			}
		}},
	} {
		for _, a := range s.arms {
			row, err := s.beside(&list, a, kind.what, kind.kdl, "ns", kind.reach(a), kind.do(a))
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	list.show()
	return append(rows, list.allocations("FK, Jacobian")), nil
}

// beside has KDL do the same as we on one arm.
func (s *session) beside(list *contests, a *arm, what, kdl, unit, reach string, do func(int) error) (bench.Row, error) {
	peer, err := s.kdl.contender(a, kdl)
	if err != nil {
		return bench.Row{}, err
	}
	we := inGo(ours, do)
	if err := s.contest(we, peer); err != nil {
		return bench.Row{}, err
	}
	list.add(what+", "+a.name, we, peer)
	row := we.row(what+", "+a.name+" chain", unit, reach, peer)
	row.Peer += withoutPinocchio
	return row, nil
}
