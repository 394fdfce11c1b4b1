package compensation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
)

// Cost of a measurement by the size of the window: what it should not depend on.
func BenchmarkMatrixObserve(b *testing.B) {
	for _, window := range []int{8, 32, 128, 512, 1024} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			m := newMatrix(b, loose(window, 10))
			cmd, at := measurements(4096)
			for i := range cmd {
				m.Observe(cmd[i], at[i], 0)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Observe(cmd[i&4095], at[i&4095], 0)
				i++
			}
		})
	}
}

func measurements(n int) (cmd, at []kinematics.Pose) {
	r := rand.New(rand.NewPCG(2, 2))
	cmd, at = make([]kinematics.Pose, n), make([]kinematics.Pose, n)
	for i := range cmd {
		cmd[i] = randomPose(r)
		p := plant{response: 1}
		for k := range p.shift {
			p.shift[k], p.turn[k] = 1e-5*r.NormFloat64(), 1e-5*r.NormFloat64()
		}
		at[i] = p.measured(cmd[i], kinematics.Identity())
	}
	return cmd, at
}

func BenchmarkMatrixAdvance(b *testing.B) {
	m := newMatrix(b, loose(8, 1e-6))
	cmd, at := measurements(64)
	for i := range cmd {
		m.Observe(cmd[i], at[i], 0)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%500 == 0 { // measurements do not stay away for so long that it holds
			m.Observe(cmd[n&63], at[n&63], 0)
		}
		m.Advance()
	}
}

func BenchmarkMatrixApply(b *testing.B) {
	m := newMatrix(b, loose(8, 10))
	cmd, _ := measurements(1)
	b.ReportAllocs()
	for b.Loop() {
		cmd[0] = m.Apply(cmd[0])
	}
}

// One whole cycle: a measurement, the next correction, a setpoint.
func BenchmarkMatrixCycle(b *testing.B) {
	c := loose(64, 10)
	c.Trim = 0.25
	m := newMatrix(b, c)
	cmd, at := measurements(4096)
	for i := range cmd {
		m.Observe(cmd[i], at[i], 0)
	}
	b.ReportAllocs()
	i := 0
	var sent kinematics.Pose
	for b.Loop() {
		m.Observe(cmd[i&4095], at[i&4095], 0)
		m.Advance()
		sent = m.Apply(cmd[i&4095])
		i++
	}
	_ = sent
	if m.Status().State != compensation.Tracking {
		b.Fatal(m.Status())
	}
}
