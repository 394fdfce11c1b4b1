package dynamics

import (
	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/numeric"
)

// joint is where a link is at one joint value: how its axes are turned against those of
// the frame before it, and where its origin is from there, along the link's own axes.
type joint struct {
	turn
	p vec
}

type joints [kinematics.MaxJoints]joint

// at sets j to the links' placement at joint values q.
func (m *Model) at(q []float64, j *joints) {
	for i, v := range q {
		l := &m.links[i]
		s, c, d := l.s, l.c, l.d
		if l.prismatic {
			d += v
		} else {
			s, c = numeric.Sincos(l.theta + v)
		}
		j[i] = joint{turn{s, c, l.sa, l.ca}, vec{l.a, d * l.sa, d * l.ca}}
	}
}

// load is what a body needs to move as it does: a force, and a moment about the origin
// of its link's frame.
type load struct{ f, n vec }

// newtonEuler sets tau to the torques, without those of drives, for velocities qd and
// accelerations qdd, either of them nil for 0, against gravity given by up, and with the
// wrench w on the tool (Featherstone 2008, table 5.1, in link coordinates).
//
// All spatial vectors of link i are at its origin and along its axes. Its joint acts in
// the frame before it, where its axis is z: there the joint's motion adds to single
// components.
func (m *Model) newtonEuler(j *joints, up vec, qd, qdd []float64, w *Wrench, tau []float64) {
	var loads [kinematics.MaxJoints]load
	var omega, v, domega vec // velocity, and angular acceleration
	dv := up
	for i := range tau {
		l, t := &m.links[i], &j[i]
		var rate, accel float64
		if qd != nil {
			rate = qd[i]
		}
		if qdd != nil {
			accel = qdd[i]
		}
		// a += S qdd + v x S qd, v += S qd
		if l.prismatic {
			dv = vec{dv.x + omega.y*rate, dv.y - omega.x*rate, dv.z + accel}
			v.z += rate
		} else {
			dv = vec{dv.x + v.y*rate, dv.y - v.x*rate, dv.z}
			domega = vec{domega.x + omega.y*rate, domega.y - omega.x*rate, domega.z + accel}
			omega.z += rate
		}
		omega, domega = t.in(omega), t.in(domega)
		v = t.in(v).add(omega.cross(t.p))
		dv = t.in(dv).add(domega.cross(t.p))
		// f = I a + v x* I v
		b := &l.body
		pf := v.scale(b.m).add(omega.cross(b.h))
		pn := b.i.mul(omega).add(b.h.cross(v))
		loads[i] = load{
			dv.scale(b.m).add(domega.cross(b.h)).add(omega.cross(pf)),
			b.i.mul(domega).add(b.h.cross(dv)).add(omega.cross(pn)).add(v.cross(pf)),
		}
	}
	f, n := m.onLast(w)
	for i := len(tau) - 1; i >= 0; i-- {
		t := &j[i]
		f, n = f.add(loads[i].f), n.add(loads[i].n)
		n = t.out(n.add(t.p.cross(f)))
		f = t.out(f)
		if m.links[i].prismatic {
			tau[i] = f.z
		} else {
			tau[i] = n.z
		}
	}
}

// onLast is what the last link must give besides moving itself: the opposite of the
// wrench on the tool.
func (m *Model) onLast(w *Wrench) (f, n vec) {
	if *w == (Wrench{}) {
		return f, n
	}
	f, n = vecOf(m.tool.Rotate(w.Force)).scale(-1), vecOf(m.tool.Rotate(w.Moment)).scale(-1)
	return f, n.add(vecOf(m.tool.P).cross(f))
}

// Torques sets tau to what the drives must give for accelerations qdd at positions q and
// velocities qd, against gravity, friction, rotor inertia, and the wrench w that the
// surroundings exert on the tool, at its origin and along its axes: the inverse dynamics
//
//	tau = M(q) qdd + h(q, qd)
//
// by the recursive Newton-Euler algorithm, in time proportional to the number of joints.
// The slice tau must be none of the others.
func (m *Model) Torques(q, qd, qdd []float64, w Wrench, tau []float64) {
	m.check(len(q), len(qd), len(qdd), len(tau))
	var j joints
	m.at(q, &j)
	m.newtonEuler(&j, m.up, qd, qdd, &w, tau)
	for i := range tau {
		d := &m.drive[i]
		tau[i] += d.Rotor*qdd[i] + d.friction(qd[i])
	}
}

// Bias sets h to the torques at velocities qd without acceleration, with the wrench w on
// the tool as in Torques: gravity, Coriolis, centrifugal and friction torques.
func (m *Model) Bias(q, qd []float64, w Wrench, h []float64) {
	m.check(len(q), len(qd), len(h))
	var j joints
	m.at(q, &j)
	m.bias(&j, qd, &w, h)
}

func (m *Model) bias(j *joints, qd []float64, w *Wrench, h []float64) {
	m.newtonEuler(j, m.up, qd, nil, w, h)
	for i := range h {
		h[i] += m.drive[i].friction(qd[i])
	}
}

// GravityTorques sets tau to what holds the machine still at q, with no wrench on the
// tool.
func (m *Model) GravityTorques(q, tau []float64) {
	m.check(len(q), len(tau))
	var j joints
	m.at(q, &j)
	m.newtonEuler(&j, m.up, nil, nil, &Wrench{}, tau)
}

// FrictionTorques sets tau to what overcomes friction at velocities qd.
func (m *Model) FrictionTorques(qd, tau []float64) {
	m.check(len(qd), len(tau))
	for i, v := range qd {
		tau[i] = m.drive[i].friction(v)
	}
}

// Compensation sets tau to the torques against gravity and friction at positions q and
// velocities qd: what a position loop, or a hand that guides the machine, need not give.
// For a machine that is to follow a path give the wanted velocities, not the measured
// ones: friction compensated by noise makes a drive chatter.
func (m *Model) Compensation(q, qd, tau []float64) {
	m.GravityTorques(q, tau)
	m.check(len(qd))
	for i, v := range qd {
		tau[i] += m.drive[i].friction(v)
	}
}
