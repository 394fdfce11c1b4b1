package kinematics

import (
	"math"
	"testing"
)

// The whole of the package in one loop: the arm at rest catches a bottle that passes on
// a belt at 0.5 m/s and keeps its tool above it, pointing down, until it is out of reach.
func TestTheReferenceArmStaysOverABottleOnTheBelt(t *testing.T) {
	c := arm5(t)
	n := c.Joints()
	const (
		dt    = 0.004
		speed = 0.5
	)
	var lim JointLimits
	for i := range n {
		l := c.Link(i)
		lim.Min, lim.Max = append(lim.Min, l.Min), append(lim.Max, l.Max)
		lim.Speed, lim.Accel = append(lim.Speed, 180*deg), append(lim.Accel, 900*deg)
	}
	above := func(s float64) Pose {
		return FromRPY([3]float64{-0.1 + speed*s, 0, 0.24}, [3]float64{180 * deg, 0, 0})
	}
	q, qd := make([]float64, n), make([]float64, n)
	if _, err := c.Inverse(above(0), nil, IKOptions{}, q); err != nil {
		t.Fatal(err)
	}
	f, err := NewFollower(lim, q)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for k := 1; k <= 250; k++ { // one second, half a metre
		s := float64(k) * dt
		sol, err := c.Inverse(above(s), q, IKOptions{Restarts: -1}, q)
		if err != nil {
			t.Fatalf("%v s: %v", s, err)
		}
		if sol.Iterations > 4 {
			t.Errorf("%v s: %d iterations on a smooth path", s, sol.Iterations)
		}
		if err := c.Velocity(q, Twist{speed}, allSix, 1e-4, qd); err != nil {
			t.Fatal(err)
		}
		f.Step(dt, q, qd)
		if s > 0.3 {
			d, a := Distance(c.Forward(f.Position()), above(s))
			worst = math.Max(worst, math.Max(d, a))
		}
	}
	if worst > 2e-9 {
		t.Errorf("the tool strays by %v m or rad from a path within the arm's limits", worst)
	}
}
