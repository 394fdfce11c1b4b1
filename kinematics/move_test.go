package kinematics

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMoveKeepsEveryLimitAndOneJointUsesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MaxJoints).Draw(t, "n")
		var l JointLimits
		from, to := make([]float64, n), make([]float64, n)
		for i := range n {
			l.Min, l.Max = append(l.Min, -4), append(l.Max, 4)
			l.Speed = append(l.Speed, rapid.Float64Range(0.01, 10).Draw(t, "speed"))
			l.Accel = append(l.Accel, rapid.Float64Range(0.01, 100).Draw(t, "accel"))
			at := rapid.OneOf(rapid.Float64Range(-4, 4), rapid.Just(4.0), rapid.Just(0.0))
			from[i], to[i] = at.Draw(t, "from"), at.Draw(t, "to")
		}
		m, err := PlanMove(from, to, l)
		if err != nil {
			t.Fatal(err)
		}
		q, qd, last, lastV := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		copy(last, from)
		const steps = 200
		dt := m.Duration() / steps
		used := m.Duration() == 0
		for k := 0; k <= steps; k++ {
			m.At(m.Duration()*(float64(k)/steps), q, qd)
			for i := range q {
				if q[i] < -4 || q[i] > 4 || math.Abs(qd[i]) > l.Speed[i]*(1+1e-12) ||
					math.Abs(qd[i]-lastV[i]) > l.Accel[i]*dt*(1+1e-9)+1e-12 {
					t.Fatalf("step %d joint %d: %v at %v after %v at %v in %v s", k, i+1, q[i], qd[i], last[i], lastV[i], dt)
				}
				within(t, "way", q[i]-last[i], (qd[i]+lastV[i])/2*dt, l.Accel[i]*dt*dt/2+1e-12)
				used = used || math.Abs(qd[i]) > l.Speed[i]*(1-1e-6) || math.Abs(qd[i]-lastV[i]) > l.Accel[i]*dt*(1-1e-6)
			}
			copy(last, q)
			copy(lastV, qd)
		}
		if !used {
			t.Fatal("no joint used its speed or its acceleration")
		}
		for i := range q {
			if q[i] != to[i] || qd[i] != 0 {
				t.Fatalf("joint %d ends at %v with speed %v; want %v at rest", i+1, q[i], qd[i], to[i])
			}
		}
		m.At(-1, q, nil)
		for i := range q {
			if q[i] != from[i] {
				t.Fatalf("joint %d starts at %v, not %v", i+1, q[i], from[i])
			}
		}
	})
}

func TestMoveTakesTheTimeOfItsSlowestJoint(t *testing.T) {
	l := JointLimits{[]float64{-9, -9}, []float64{9, 9}, []float64{1, 2}, []float64{2, 8}}
	for _, c := range []struct {
		name   string
		to     []float64
		second float64
	}{
		{"trapezoid: 2 m at 1 m/s and one ramp of 0.5 s", []float64{2, 1}, 2.5},
		{"triangle: up and down over 0.25 m each side at 2 m/s2", []float64{0.5, 0}, 1},
		{"the second is slower", []float64{0.1, 8}, 4.25},
		{"nothing to do", []float64{0, 0}, 0},
	} {
		m, err := PlanMove([]float64{0, 0}, c.to, l)
		if err != nil {
			t.Fatal(err)
		}
		within(t, c.name, m.Duration(), c.second, 1e-12)
	}
}

func TestPlanMoveNamesTheJointAtFault(t *testing.T) {
	l := fiveLimits()
	zero := make([]float64, 5)
	for want, c := range map[string]struct{ from, to []float64 }{
		"joint 2: end 5 must be finite and between": {zero, []float64{0, 5, 0, 0, 0}},
		"joint 1: start NaN":                        {[]float64{math.NaN(), 0, 0, 0, 0}, zero},
		"end has 2 joint values":                    {zero, zero[:2]},
	} {
		if _, err := PlanMove(c.from, c.to, l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
