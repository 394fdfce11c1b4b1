package kinematics

import "testing"

// Peers on a machine of this class: FK of a 6R / 5R chain takes Pinocchio 354 / 291 ns
// and KDL 452 / 372 ns, the Jacobian 513 / 422 and 1,203 / 902 ns; IK along a path takes
// KDL 20 to 106 us, from random seeds 42 to 149 us with 88 to 91 % success at 1e-4 m.

var benchMachines = machines[:2] // 5R and 6R

// benchJoints are values for which no sine takes a short cut.
func benchJoints(c *Chain) []float64 {
	q := make([]float64, c.Joints())
	for i := range q {
		q[i] = 0.3 + 0.2*float64(i)
	}
	return q
}

func BenchmarkForward(b *testing.B) {
	for _, m := range benchMachines {
		b.Run(m.name, func(b *testing.B) {
			c := m.make(b)
			q := benchJoints(c)
			b.ReportAllocs()
			for b.Loop() {
				q[0] += 1e-6
				c.Forward(q)
			}
		})
	}
}

func BenchmarkJacobian(b *testing.B) {
	for _, m := range benchMachines {
		b.Run(m.name, func(b *testing.B) {
			c := m.make(b)
			q := benchJoints(c)
			var j Jacobian
			b.ReportAllocs()
			for b.Loop() {
				q[0] += 1e-6
				c.Jacobian(q, &j)
			}
		})
	}
}

func BenchmarkVelocity(b *testing.B) {
	for _, m := range benchMachines {
		b.Run(m.name, func(b *testing.B) {
			c := m.make(b)
			q, qd := benchJoints(c), make([]float64, c.Joints())
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Velocity(q, Twist{0.1, 0.2, 0.3, 0, 0, 0.1}, [6]float64{1, 1, 1, 1, 1, 1}, 0.01, qd); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInversePath follows a path: each target is within 0.1 rad of its seed.
func BenchmarkInversePath(b *testing.B) {
	benchmarkInverse(b, func(u *uniform, c *Chain, q, seed []float64) {
		for i := range q {
			seed[i] = clamp(q[i]+u.next(-0.1, 0.1), c.min[i], c.max[i])
		}
	})
}

// BenchmarkInverseRandom starts each search anywhere.
func BenchmarkInverseRandom(b *testing.B) {
	benchmarkInverse(b, func(u *uniform, c *Chain, q, seed []float64) { u.joints(c, seed) })
}

func benchmarkInverse(b *testing.B, start func(u *uniform, c *Chain, q, seed []float64)) {
	for _, m := range benchMachines {
		b.Run(m.name, func(b *testing.B) {
			c := m.make(b)
			n := c.Joints()
			q, seed := make([]float64, n), make([]float64, n)
			var u uniform
			misses, runs := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				u.joints(c, q)
				start(&u, c, q, seed)
				if _, err := c.Inverse(c.Forward(q), seed, IKOptions{}, q); err != nil {
					misses++
				}
				runs++
			}
			b.ReportMetric(100*float64(runs-misses)/float64(runs), "%reached")
		})
	}
}

// BenchmarkFollower is one cycle of five joints that chase a jumping target.
func BenchmarkFollower(b *testing.B) {
	f := fiveJoints(b)
	target, vel := make([]float64, 5), make([]float64, 5)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if n++; n%512 == 0 {
			for i := range target {
				target[i] = 1 - target[i]
			}
		}
		f.Step(0.001, target, vel)
	}
}

func BenchmarkPlanMove(b *testing.B) {
	lim := fiveLimits()
	from, to := make([]float64, 5), []float64{1, -1, 0.5, 0.2, 2}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PlanMove(from, to, lim); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMoveAt(b *testing.B) {
	m, err := PlanMove(make([]float64, 5), []float64{1, -1, 0.5, 0.2, 2}, fiveLimits())
	if err != nil {
		b.Fatal(err)
	}
	q, qd := make([]float64, 5), make([]float64, 5)
	t := 0.0
	b.ReportAllocs()
	for b.Loop() {
		if t += 0.001; t > m.Duration() {
			t = 0
		}
		m.At(t, q, qd)
	}
}

// BenchmarkSolutions finds all joints for a pose in closed form.
func BenchmarkSolutions(b *testing.B) {
	for _, m := range closedForms {
		b.Run(m.name, func(b *testing.B) {
			c := m.make(b)
			q := benchJoints(c)
			for i := range q {
				lo, hi := c.searchRange(i)
				q[i] = lo + (hi-lo)*(0.3+0.05*float64(i))
			}
			target := c.Forward(q)
			var s Solutions
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Solutions(target, q, IKOptions{}, &s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(s.N), "solutions")
		})
	}
}
