package compensation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
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

// By the number of nodes along each axis.
func BenchmarkVolumeCorrect(b *testing.B) {
	for _, n := range []int{2, 11, 41} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			v := benchVolume(b, n)
			r := rand.New(rand.NewPCG(3, 3))
			poses := make([]kinematics.Pose, 1024)
			for i := range poses {
				poses[i] = kinematics.Translation(r.Float64(), r.Float64(), r.Float64())
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				poses[i&1023].R = v.Correct(poses[i&1023]).R
				i++
			}
		})
	}
}

func BenchmarkVolumeAt(b *testing.B) {
	v := benchVolume(b, 11)
	r := rand.New(rand.NewPCG(3, 3))
	points := make([][3]float64, 1024)
	for i := range points {
		points[i] = [3]float64{r.Float64(), r.Float64(), r.Float64()}
	}
	b.ReportAllocs()
	i, sum := 0, 0.
	for b.Loop() {
		sum += v.At(points[i&1023])[0]
		i++
	}
	_ = sum
}

func BenchmarkAxisAt(b *testing.B) {
	at, e := make([]float64, 101), make([]float64, 101)
	r := rand.New(rand.NewPCG(3, 3))
	for i := range at {
		at[i], e[i] = 0.01*float64(i), 1e-5*r.NormFloat64()
	}
	a, err := compensation.NewAxis(at, e, nil)
	if err != nil {
		b.Fatal(err)
	}
	p := compensation.Play{Width: 1e-4}
	b.ReportAllocs()
	i, sum := 0, 0.
	for b.Loop() {
		x := 0.001 * float64(i%1000)
		sum += a.At(x, p.Move(x))
		i += 37
	}
	_ = sum
}

func BenchmarkThermal(b *testing.B) {
	th := newThermal(b)
	w, err := th.NewWarmth(0.1, []float64{20, 20})
	if err != nil {
		b.Fatal(err)
	}
	temps := []float64{31, 45}
	b.ReportAllocs()
	sum := 0.
	for b.Loop() {
		w.Step(1e-3, temps)
		sum += th.At(w, 0.3)
	}
	_ = sum
}

// A grid of 21 x 21 x 21 nodes.
func BenchmarkReadVolume(b *testing.B) {
	var text strings.Builder
	if err := benchVolume(b, 21).WriteCSV(&text); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compensation.ReadVolume(strings.NewReader(text.String()), "v.csv"); err != nil {
			b.Fatal(err)
		}
	}
}
