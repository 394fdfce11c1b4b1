package machine

import "testing"

func benchMachine(b *testing.B, work func(m *Machine, q []float64, tip, axis [3]float64)) {
	for _, m := range every(b)[:6] {
		b.Run(m.Name(), func(b *testing.B) {
			q := []float64{0.1, -0.2, 0.3, 0.5, 0.9}
			tip, axis := m.Forward(q)
			b.ReportAllocs()
			for b.Loop() {
				axis[0] += 1e-9
				work(&m, q, tip, axis)
			}
		})
	}
}

func BenchmarkForward(b *testing.B) {
	benchMachine(b, func(m *Machine, q []float64, _, _ [3]float64) { m.Forward(q) })
}

func BenchmarkFromProgram(b *testing.B) {
	var out [5]float64
	benchMachine(b, func(m *Machine, q []float64, tip, _ [3]float64) { m.FromProgram(tip, q[3:], out[:]) })
}

// BenchmarkSolutions finds all joints for a tip and a tool axis.
func BenchmarkSolutions(b *testing.B) {
	var s Solutions
	benchMachine(b, func(m *Machine, q []float64, tip, axis [3]float64) {
		if err := m.Solutions(tip, axis, q, &s); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkDerive gives the joints' first three derivatives.
func BenchmarkDerive(b *testing.B) {
	var out [5]Jet
	benchMachine(b, func(m *Machine, q []float64, tip, _ [3]float64) {
		p := [3]Jet{{tip[0], 1}, {tip[1], 0, 1}, {tip[2], 0.3}}
		a := [2]Jet{{q[3], 0.1}, {q[4], 0.2}}
		m.Derive(&p, a[:], out[:])
	})
}

func BenchmarkDeriveInverse(b *testing.B) {
	var out [5]Jet
	benchMachine(b, func(m *Machine, q []float64, tip, axis [3]float64) {
		p := [3]Jet{{tip[0], 1}, {tip[1], 0, 1}, {tip[2], 0.3}}
		a := [3]Jet{{axis[0], 0.1}, {axis[1], 0.2}, {axis[2], 0.1}}
		if _, err := m.DeriveInverse(&p, &a, q, out[:]); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkBound(b *testing.B) {
	var out [5]Jet
	benchMachine(b, func(m *Machine, q []float64, tip, axis [3]float64) {
		m.Bound(tip, axis, q[:2], q[3:], out[:])
	})
}

func TestACycleDoesNotAllocate(t *testing.T) {
	for _, m := range every(t)[:8] {
		q, near, angles := []float64{0.1, -0.2, 0.3, 0.5, 0.9}, make([]float64, 5), make([]float64, 0, 2)
		tip, axis := m.Forward(q)
		var s Solutions
		var jets [5]Jet
		var cols [MaxAxes]Column
		p, a := [3]Jet{{tip[0], 1}, {tip[1]}, {tip[2]}}, [3]Jet{{axis[0], 0.1}, {axis[1], 0.1}, {axis[2]}}
		lim := []Limit{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}
		for name, work := range map[string]func(){
			"Forward":       func() { m.Forward(q); m.ToProgram(q, angles) },
			"FromProgram":   func() { m.FromProgram(tip, q[3:], near); m.FromAxes(tip, q[3:], near) },
			"Solutions":     func() { _ = m.Solutions(tip, axis, q, &s) },
			"Inverse":       func() { _, _ = m.Inverse(tip, axis, q, near) },
			"DeriveInverse": func() { _, _ = m.DeriveInverse(&p, &a, q, jets[:]) },
			"Bound":         func() { m.Bound(tip, axis, q[3:], q[:2], jets[:]); Speed(jets[:], lim) },
			"Jacobian":      func() { m.Jacobian(q, &cols) },
			"WithTool":      func() { n := m.WithTool(tip); n.Forward(q) },
		} {
			if n := testing.AllocsPerRun(100, work); n != 0 {
				t.Errorf("%s: %s allocates %v times", m.Name(), name, n)
			}
		}
	}
}

// BenchmarkEnclose bounds the joints' first three derivatives over a short piece.
func BenchmarkEnclose(b *testing.B) {
	m := named(b, "XYZAC-TRT", Geometry{Offset: [3]float64{0, 0.01, 0.05}})
	var spread, held [5]Spread
	for i := range spread {
		spread[i] = wave{0.1, 0.2, 1, float64(i)}.over(0, 0.01)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Enclose((*[3]Spread)(spread[:3]), spread[3:], held[:])
	}
}
