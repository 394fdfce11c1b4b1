package dynamics

import (
	"testing"

	"pgregory.net/rapid"
)

// Peers on a machine of this class, 6R / 5R: inverse dynamics takes Pinocchio 1,069 / 824
// ns and KDL 1,659 / 1,297; mass matrix and solve 791 / 622 and 2,315 / 1,692; forward
// dynamics 2,600 / 2,000 (ABA) and 3,900 / 3,100.

var benchMachines = []struct {
	name string
	make func(rapid.TB) *Model
}{{"5R", arm5}, {"6R", ur5}}

func benchmark(b *testing.B, work func(m *Model, q, qd, qdd, tau []float64)) {
	for _, c := range benchMachines {
		b.Run(c.name, func(b *testing.B) {
			m := c.make(b)
			n := m.Joints()
			q, qd, qdd, tau := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range n {
				q[i], qd[i], qdd[i] = 0.3+0.2*float64(i), 0.2, 0.1
			}
			b.ReportAllocs()
			for b.Loop() {
				q[0] += 1e-6
				work(m, q, qd, qdd, tau)
			}
		})
	}
}

func BenchmarkTorques(b *testing.B) {
	benchmark(b, func(m *Model, q, qd, qdd, tau []float64) { m.Torques(q, qd, qdd, Wrench{}, tau) })
}

func BenchmarkMassMatrix(b *testing.B) {
	var mass [36]float64
	benchmark(b, func(m *Model, q, _, _, _ []float64) { m.MassMatrix(q, mass[:m.n*m.n]) })
}

func BenchmarkSolveMass(b *testing.B) {
	benchmark(b, func(m *Model, q, qd, _, tau []float64) {
		copy(tau, qd)
		if err := m.SolveMass(q, tau); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkAccelerations(b *testing.B) {
	benchmark(b, func(m *Model, q, qd, qdd, tau []float64) {
		if err := m.Accelerations(q, qd, tau, Wrench{}, qdd); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCompensation(b *testing.B) {
	benchmark(b, func(m *Model, q, qd, _, tau []float64) { m.Compensation(q, qd, tau) })
}
