package dynamics

// Energy is the kinetic energy, rotors included, and the potential energy in J at positions
// q and velocities qd. The potential is 0 where the centre of all mass is at the origin
// of the chain's parent frame.
func (m *Model) Energy(q, qd []float64) (kinetic, potential float64) {
	m.check(len(q), len(qd))
	var j joints
	m.at(q, &j)
	var omega, v vec
	frame := m.chain.Base()
	for i, rate := range qd {
		l, t := &m.links[i], &j[i]
		if l.prismatic {
			v.z += rate
		} else {
			omega.z += rate
		}
		omega = t.in(omega)
		v = t.in(v).add(omega.cross(t.p))
		b := &l.body
		kinetic += (omega.dot(b.i.mul(omega)) + b.m*v.dot(v) + 2*v.dot(omega.cross(b.h)) + m.drive[i].Rotor*rate*rate) / 2
		// The link's frame in the parent's: its rows are the parent's axes along its own.
		frame.P = frame.Apply(t.out(t.p).array())
		for r := 0; r < 9; r += 3 {
			axis := t.in(vec{frame.R[r], frame.R[r+1], frame.R[r+2]})
			frame.R[r], frame.R[r+1], frame.R[r+2] = axis.x, axis.y, axis.z
		}
		h := frame.Rotate(b.h.array())
		for k, g := range m.gravity {
			potential -= g * (b.m*frame.P[k] + h[k])
		}
	}
	return kinetic, potential
}
