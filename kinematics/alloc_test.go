package kinematics

import "testing"

func TestACycleDoesNotAllocate(t *testing.T) {
	c := arm5(t)
	q, qd, dst := []float64{0.1, -0.9, 1.2, -0.3, 0.4}, make([]float64, 5), make([]float64, 5)
	far := []float64{1, 0.3, 0.2, -1, 2}
	frames := make([]Pose, 5)
	target := c.Forward(q)
	f := fiveJoints(t)
	lim := fiveLimits()
	var j Jacobian
	var all Solutions
	six := offset6(t)
	posture := []float64{0.3, -0.9, 0.4, 1.1, 0.5, -0.7}
	place := six.Forward(posture)
	for name, work := range map[string]func(){
		"Forward":            func() { c.Forward(q) },
		"Frames":             func() { c.Frames(q, frames) },
		"Jacobian":           func() { c.Jacobian(q, &j); j.Mul(qd); j.Manipulability([6]bool{true, true}) },
		"Velocity":           func() { _ = c.Velocity(q, Twist{1}, allSix, 0.1, qd) },
		"Velocity, in error": func() { _ = c.Velocity(q, Twist{1}, [6]float64{}, 0, qd) },
		"Inverse":            func() { _, _ = c.Inverse(target, far, IKOptions{}, dst) },
		"Inverse, by search": func() { _, _ = c.Inverse(target, far, IKOptions{Search: true}, dst) },
		"Solutions": func() {
			_ = c.Solutions(target, far, IKOptions{}, &all)
			_ = six.Solutions(place, posture, IKOptions{}, &all)
		},
		"Solutions, by search": func() {
			_ = c.Solutions(target, far, IKOptions{Search: true, Restarts: 20}, &all)
		},
		"SingularValues": func() { six.Jacobian(posture, &j); j.SingularValues(1, nil) },
		"Follower":       func() { f.Step(0.01, q, qd); f.StepVelocity(0.01, q); f.Brake(0.01) },
		"PlanMove":       func() { m, _ := PlanMove(q, far, lim); m.At(0.1, dst, qd) },
		"Exp and Log":    func() { target = Exp(target.Log()) },
		"Adjoint":        func() { target.Adjoint(Twist{1}) },
		"LookAt":         func() { target.Mul(LookAt(target.P, [3]float64{}, [3]float64{0, 0, 1})).RPY() },
	} {
		if n := testing.AllocsPerRun(100, work); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
