package path

import (
	"math"
	"testing"

	"linetwin.dev/kinematics/machine"
)

// curve5 is a five-axis finishing pass: lines of 0.2 mm along a curved wall, in all axes.
func curve5(n int) []Move {
	var all []Move
	for i := range n {
		x := float64(i+1) * 2e-4
		to := [MaxAxes]float64{
			0.05 * math.Sin(x*15), 0.03 * math.Cos(x*15), 0.002 * x, 0.3 * math.Sin(x*9), 0.5 * math.Cos(x*7) * x,
		}
		for k := range to {
			to[k] = math.Round(to[k]*1e6) / 1e6
		}
		all = append(all, Move{To: to, Feed: 0.1, Tolerance: 1e-5, Line: i + 1})
	}
	return all
}

// benchmark plans and runs moves; one operation is one move.
func benchmark(b *testing.B, c Config, control *machine.Machine, samples bool) {
	p, r, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	if control != nil {
		if err := p.Control(control); err != nil {
			b.Fatal(err)
		}
	}
	moves := curve5(5000)
	var s Sample
	b.ReportAllocs()
	next := 0
	for b.Loop() {
		for !p.Room() {
			if samples {
				r.Next(&s)
			} else {
				r.skip()
			}
		}
		mv := &moves[next%len(moves)]
		if err := p.Add(*mv); err != nil {
			b.Fatal(err)
		}
		next++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "segments/s")
}

// skip takes the machine a long way on without samples.
func (r *Runner) skip() {
	r.look()
	r.depart()
	r.advance(0.05)
}

// BenchmarkPlan is the figure: planned segments, five axes, limited in jerk.
func BenchmarkPlan(b *testing.B) {
	m, five := trunnion(b)
	b.Run("axes", func(b *testing.B) { benchmark(b, Config{Axes: axes(5), Cycle: 1e-3}, nil, false) })
	b.Run("tool centre", func(b *testing.B) { benchmark(b, Config{Axes: five, Cycle: 1e-3}, m, false) })
	b.Run("tool centre, 1 kHz samples", func(b *testing.B) { benchmark(b, Config{Axes: five, Cycle: 1e-3}, m, true) })
}

// BenchmarkNext is one cycle of a machine.
func BenchmarkNext(b *testing.B) {
	m, five := trunnion(b)
	for _, test := range []struct {
		name    string
		control *machine.Machine
	}{{"axes", nil}, {"tool centre", m}} {
		b.Run(test.name, func(b *testing.B) {
			p, r, err := New(Config{Axes: five, Cycle: 1e-4})
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Control(test.control); err != nil {
				b.Fatal(err)
			}
			moves := curve5(5000)
			next := 0
			var s Sample
			b.ReportAllocs()
			for b.Loop() {
				if p.Room() {
					b.StopTimer()
					for p.Room() {
						if err := p.Add(moves[next%len(moves)]); err != nil {
							b.Fatal(err)
						}
						next++
					}
					b.StartTimer()
				}
				r.Next(&s)
			}
		})
	}
}
