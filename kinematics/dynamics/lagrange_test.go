package dynamics

import (
	"testing"

	"linetwin.dev/kinematics"

	"pgregory.net/rapid"
)

// lagrange is the machine once more, by other means: frames from package kinematics, the
// mass matrix from the Jacobians of the centres of mass, Coriolis and gravity torques
// from numeric derivatives of kinetic and potential energy.
type lagrange struct {
	chain   *kinematics.Chain
	bodies  []Body
	drives  []Drive
	gravity [3]float64
}

func cross(a, b [3]float64) [3]float64 { return vecOf(a).cross(vecOf(b)).array() }

func (l *lagrange) massMatrix(q []float64) []float64 {
	n := len(q)
	mass, frames := make([]float64, n*n), make([]kinematics.Pose, n)
	l.chain.Frames(q, frames)
	for k, b := range l.bodies {
		r := frames[k]
		c := r.Apply(b.Centre)
		lin, ang := make([][3]float64, k+1), make([][3]float64, k+1)
		before := l.chain.Base()
		for i := range k + 1 {
			z := before.Rotate([3]float64{0, 0, 1})
			if l.chain.Link(i).Kind == kinematics.Prismatic {
				lin[i] = z
			} else {
				lin[i], ang[i] = cross(z, vecOf(c).sub(vecOf(before.P)).array()), z
			}
			before = frames[i]
		}
		in := r.Inverse()
		t := b.Inertia
		for i := range k + 1 {
			w := in.Rotate(ang[i])
			iw := r.Rotate([3]float64{
				t[0]*w[0] + t[3]*w[1] + t[4]*w[2], t[3]*w[0] + t[1]*w[1] + t[5]*w[2], t[4]*w[0] + t[5]*w[1] + t[2]*w[2]})
			for j := range k + 1 {
				mass[j*n+i] += b.Mass*vecOf(lin[i]).dot(vecOf(lin[j])) + vecOf(iw).dot(vecOf(ang[j]))
			}
		}
	}
	for i, d := range l.drives {
		mass[i*n+i] += d.Rotor
	}
	return mass
}

func (l *lagrange) potential(q []float64) float64 {
	frames := make([]kinematics.Pose, len(q))
	l.chain.Frames(q, frames)
	p := 0.0
	for k, b := range l.bodies {
		p -= b.Mass * vecOf(l.gravity).dot(vecOf(frames[k].Apply(b.Centre)))
	}
	return p
}

// derivative of f by q[i], by differences of the fourth order.
func derivative(f func(q []float64) []float64, q []float64, i int) []float64 {
	const h = 1e-3
	var d []float64
	for _, s := range [][2]float64{{-2, 1}, {-1, -8}, {1, 8}, {2, -1}} {
		moved := append([]float64(nil), q...)
		moved[i] += s[0] * h
		v := f(moved)
		if d == nil {
			d = make([]float64, len(v))
		}
		for k := range v {
			d[k] += s[1] * v[k] / (12 * h)
		}
	}
	return d
}

// torques without friction: d/dt (M qd) - d/dq (qd' M qd / 2 - V), less what the wrench
// on the tool does.
func (l *lagrange) torques(q, qd, qdd []float64, w Wrench) []float64 {
	n := len(q)
	tau, mass := make([]float64, n), l.massMatrix(q)
	var jac kinematics.Jacobian
	l.chain.Jacobian(q, &jac)
	onTool := w.Along(l.chain.Forward(q))
	for i := range n {
		dm := derivative(l.massMatrix, q, i)
		dv := derivative(func(q []float64) []float64 { return []float64{l.potential(q)} }, q, i)
		tau[i] += dv[0]
		unit := make([]float64, n)
		unit[i] = 1
		twist := jac.Mul(unit)
		tau[i] -= vecOf(onTool.Force).dot(vecOf(twist.Linear())) + vecOf(onTool.Moment).dot(vecOf(twist.Angular()))
		for j := range n {
			tau[i] += mass[i*n+j] * qdd[j]
			for k := range n {
				tau[j] += dm[j*n+k] * qd[k] * qd[i]       // dM/dt qd
				tau[i] -= dm[j*n+k] * qd[j] * qd[k] / 2.0 // - dT/dq
			}
		}
	}
	return tau
}

func TestNewtonEulerAgreesWithLagrange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := uniform(rapid.Uint64().Draw(t, "seed"))
		n := rapid.IntRange(1, 7).Draw(t, "joints")
		m, bodies := u.machine(t, n, false)
		l := &lagrange{m.chain, bodies, m.drive[:n], m.gravity}
		q, qd, qdd, w := u.values(n, 3), u.values(n, 3), u.values(n, 5), u.wrench()
		tau := make([]float64, n)
		m.Torques(q, qd, qdd, w, tau)
		near(t, "torque", tau, l.torques(q, qd, qdd, w), 1e-8)

		mass := make([]float64, n*n)
		m.MassMatrix(q, mass)
		near(t, "mass matrix", mass, l.massMatrix(q), 1e-13)
	})
}
