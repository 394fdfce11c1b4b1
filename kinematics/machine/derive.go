package machine

import "errors"

// ErrPole is the error of DeriveInverse where the angles of the rotary axes have no
// derivatives: the tool is at the pole, or at the edge of the directions that it can be
// given. errors.Is does not find ErrUnreachable in it.
var ErrPole = errors.New("machine: the tool is at the pole, where the path does not say how fast the rotary axes turn; keep the axis that is free at rest")

// Derive is FromProgram with derivatives: from the tip of the tool and the angles of the
// rotary axes along a path, each with its first three derivatives with respect to the
// path's parameter, to those of the joints.
func (m *Machine) Derive(point *[3]Jet, angles, joints []Jet) {
	m.checkAngles(len(angles))
	m.checkLen(len(joints))
	copy(joints[3:], angles)
	x := vec(*point)
	x = x.each(m.work.Rotate)
	for i := range x {
		x[i][0] += m.work.P[i]
	}
	for i := m.tables - 1; i >= 0; i-- {
		r := &m.rot[i]
		s, c := angles[r.slot-3].Sincos()
		r.swingVec(&x, &s, &c)
	}
	h := constant(scale(m.tool, -1))
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		s, c := angles[r.slot-3].Sincos()
		r.swingVec(&h, &s, &c)
	}
	for i := range x {
		joints[i] = x[i].Sub(h[i])
	}
}

// DeriveInverse is Inverse with derivatives: from the tip of the tool and the tool's axis
// along a path to the joints, with their first three derivatives with respect to the
// path's parameter. The axis need not have length 1, nor stay at one length. On an error
// joints is left alone; besides those of Inverse there is ErrPole.
func (m *Machine) DeriveInverse(point, axis *[3]Jet, near []float64, joints []Jet) (Answer, error) {
	m.checkLen(len(joints))
	var q [MaxAxes]float64
	p, u := vec(*point), vec(*axis)
	ans, err := m.Inverse(p.at(0), u.at(0), near, q[:m.n])
	if err != nil {
		return ans, err
	}
	if m.count == 2 && ans.Singularity < poleRadius || m.count == 1 && ans.Free {
		return ans, ErrPole
	}
	var angles [2]Jet
	for i := range angles[:m.count] {
		angles[i][0] = q[3+i]
	}
	if m.count > 0 {
		u = unitVec(u)
		u = u.each(m.work.Rotate)
		m.deriveAngles(&u, &angles)
	}
	m.Derive(point, angles[:m.count], joints)
	copyValues(joints, q[:m.n])
	return ans, nil
}

// copyValues puts back what Inverse has found, which rounding may have moved to a limit.
func copyValues(joints []Jet, q []float64) {
	for i, v := range q {
		joints[i][0] = v
	}
}

// deriveAngles completes the angles of the rotary axes, of which the values are known, by
// their derivatives: with v = E2 b and w = E1^-1 a, which must be one vector at all times,
// each derivative of w - v is linear in the angles' derivatives of the same order, always
// by the same two vectors.
func (m *Machine) deriveAngles(u *vec, angles *[2]Jet) {
	z := constant([3]float64{0, 0, 1})
	a, b := u, &z
	if m.count == 2 && m.pair.inverted || m.count == 1 && m.tables == 1 {
		a, b = b, a
	}
	if m.count == 1 {
		// E b = a, with one angle
		r := &m.rot[0]
		angle := &angles[0]
		for k := 1; k < 4; k++ {
			s, c := angle.Sincos()
			v := *b
			r.turnVec(&v, &s, &c)
			d := cross(r.w, v.at(0))
			angle[k] = dot(d, sub(a.at(k), v.at(k))) / dot(d, d)
		}
		return
	}
	r1, r2 := &m.rot[0], &m.rot[1]
	first, second := &angles[r1.slot-3], &angles[r2.slot-3]
	for k := 1; k < 4; k++ {
		s1, c1 := first.Scale(-m.pair.sign1).Sincos()
		s2, c2 := second.Sincos()
		w, v := *a, *b
		r1.turnVec(&w, &s1, &c1)
		r2.turnVec(&v, &s2, &c2)
		d1, d2 := cross(r1.w, w.at(0)), cross(r2.w, v.at(0))
		gap := sub(w.at(k), v.at(k))
		// gap = x1 d1 + x2 d2, all three at a right angle to v
		n := cross(d1, d2)
		nn := dot(n, n)
		first[k] = m.pair.sign1 * dot(cross(gap, d2), n) / nn
		second[k] = dot(cross(d1, gap), n) / nn
	}
}
