package dynamics

import (
	"errors"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/numeric"
)

// ErrSingular says that a mass matrix is singular: some motion of the joints moves no
// mass, so that no acceleration follows from torques.
var ErrSingular = errors.New("dynamics: the mass matrix is singular: " +
	"some motion of the joints moves no mass; give the bodies an inertia, or the drives a Rotor")

// compositeBodies sets the lower triangle of dst, whose rows are stride apart, to the mass
// matrix (Featherstone 2008, table 6.2). Link by link from the tool to the base, the
// inertia of all that is behind a joint moves to the frame before it. There the joint's
// axis is z, so that the force for unit acceleration of the joint alone is a column of
// that inertia.
func (m *Model) compositeBodies(j *joints, dst []float64, stride int) {
	var mass float64
	var h, d, o vec // the first moment and the two halves of the rotational inertia
	for i := m.n - 1; i >= 0; i-- {
		l := &m.links[i]
		b := &l.body
		mass += b.m
		h, d, o = j[i].bringOut(mass, h.add(b.h), d.add(b.i.d), o.add(b.i.o))
		f, n, self := vec{-h.y, h.x, 0}, vec{o.y, o.x, d.z}, d.z
		if l.prismatic {
			f, n, self = vec{z: mass}, vec{h.y, -h.x, 0}, mass
		}
		row := dst[i*stride : i*stride+i+1]
		row[i] = self + m.drive[i].Rotor
		for k := i - 1; k >= 0; k-- {
			t := &j[k]
			n = t.out(n.add(t.p.cross(f)))
			f = t.out(f)
			row[k] = n.z
			if m.links[k].prismatic {
				row[k] = f.z
			}
		}
	}
}

// MassMatrix sets dst, n x n and row-major for n joints, to M(q), in kg m2 (kg m and kg
// with prismatic joints), rotors included. It is symmetric and, where every joint moves
// some mass, positive definite.
func (m *Model) MassMatrix(q, dst []float64) {
	m.check(len(q))
	m.checkMatrix(len(dst))
	var j joints
	m.at(q, &j)
	m.compositeBodies(&j, dst, m.n)
	for i := range m.n {
		for k := range i {
			dst[k*m.n+i] = dst[i*m.n+k]
		}
	}
}

// SolveMass sets x, which holds torques, to the accelerations M(q)^-1 x that these alone
// would cause. The only error is ErrSingular; x is then of no use.
func (m *Model) SolveMass(q, x []float64) error {
	m.check(len(q), len(x))
	var j joints
	m.at(q, &j)
	return m.solve(&j, x)
}

// solve puts the y with M y = x into x.
func (m *Model) solve(j *joints, x []float64) error {
	if m.n > 6 {
		return m.solveLarge(j, x)
	}
	var mass [36]float64
	m.compositeBodies(j, mass[:], 6)
	var b [6]float64
	copy(b[:], x)
	for i := m.n; i < 6; i++ {
		mass[7*i] = 1
	}
	if !numeric.SolveSym6(&mass, &b) {
		return ErrSingular
	}
	copy(x, b[:])
	return nil
}

func (m *Model) solveLarge(j *joints, x []float64) error {
	var mass [kinematics.MaxJoints * kinematics.MaxJoints]float64
	m.compositeBodies(j, mass[:], m.n)
	var f numeric.LDL
	if f.Factor(mass[:m.n*m.n], m.n) != nil {
		return ErrSingular
	}
	f.Solve(x)
	return nil
}

// Accelerations sets qdd to what follows from torques tau of the drives at positions q
// and velocities qd, with the wrench w on the tool as in Torques: the forward dynamics
//
//	qdd = M(q)^-1 (tau - h(q, qd))
//
// The slice qdd may be tau. The only error is ErrSingular; qdd is then of no use.
func (m *Model) Accelerations(q, qd, tau []float64, w Wrench, qdd []float64) error {
	m.check(len(q), len(qd), len(tau), len(qdd))
	var j joints
	m.at(q, &j)
	var h [kinematics.MaxJoints]float64
	m.bias(&j, qd, &w, h[:m.n])
	for i, t := range tau {
		qdd[i] = t - h[i]
	}
	return m.solve(&j, qdd)
}
