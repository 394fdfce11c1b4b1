package kinematics

import (
	"math"
	"slices"
	"testing"
	"time"
)

// Peers: BenchmarkPeers measures KDL and Eigen where they are installed. Pinocchio, published
// for a machine of this class: forward kinematics of 6R / 5R 354 / 291 ns, Jacobian 513 / 422.

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

// benchmarkInverse goes through 10,000 random poses, again and again, by closed form where
// there is one and by search, and reports the median and the 99th percentile of the time
// that a call takes in us, and the share of poses that were reached. Each pose is asked for
// three times and the fastest counts, which leaves out what else the machine was doing.
func benchmarkInverse(b *testing.B, start func(u *uniform, c *Chain, q, seed []float64)) {
	for _, m := range []struct {
		name string
		make func(testing.TB) *Chain
	}{{"5R", arm5}, {"6R", ur5}, {"6R-industrial", offset6}, {"6R-general", general6}} {
		c := m.make(b)
		for _, way := range []struct {
			name string
			o    IKOptions
		}{{"closed", IKOptions{}}, {"search", IKOptions{Search: true}}} {
			if way.name == "closed" && c.Form() == Iterative {
				continue
			}
			b.Run(m.name+"/"+way.name, func(b *testing.B) {
				const poses = 10_000
				n := c.Joints()
				targets, seeds := make([]Pose, poses), make([]float64, poses*n)
				q := make([]float64, n)
				u := uniform(1)
				for i := range targets {
					u.joints(c, q)
					start(&u, c, q, seeds[i*n:][:n])
					targets[i] = c.Forward(q)
				}
				took := make([]float64, 0, max(b.N, poses))
				misses := 0
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					k := i % poses
					best := math.Inf(1)
					var err error
					for range 3 {
						begin := time.Now()
						_, err = c.Inverse(targets[k], seeds[k*n:][:n], way.o, q)
						best = min(best, time.Since(begin).Seconds())
					}
					took = append(took, best)
					if err != nil {
						misses++
					}
				}
				b.StopTimer()
				slices.Sort(took)
				b.ReportMetric(1e6*took[len(took)/2], "p50-us")
				b.ReportMetric(1e6*took[len(took)*99/100], "p99-us")
				b.ReportMetric(100*float64(b.N-misses)/float64(b.N), "%reached")
			})
		}
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
