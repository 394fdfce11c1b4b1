package jerk_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

// randomMoves are moves of n axes from any state; to rest, or to any state that can be a
// target.
func randomMoves(n, count int, rest bool) []jerk.Move {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	moves := make([]jerk.Move, count)
	for k := range moves {
		m := &moves[k]
		for range n {
			l := jerk.Symmetric(1+10*r.Float64(), 1+10*r.Float64(), 1+10*r.Float64())
			m.Limits = append(m.Limits, l)
			for {
				s := jerk.State{P: 4 * r.NormFloat64(), V: 0.8 * r.NormFloat64(), A: 0.8 * r.NormFloat64()}
				// A start may be any of which the mirror in time is a target.
				if l.CheckTarget(s.V, -s.A) == nil {
					m.From = append(m.From, s)
					break
				}
			}
			for {
				s := jerk.State{P: 4 * r.NormFloat64(), V: 0.8 * r.NormFloat64(), A: 0.8 * r.NormFloat64()}
				if rest {
					s.V, s.A = 0, 0
				}
				if l.CheckTarget(s.V, s.A) == nil {
					m.To = append(m.To, s)
					break
				}
			}
		}
	}
	return moves
}

// To compare with: Ruckig 0.8 / 4.2 / 7.6 us for 1 / 3 / 5 axes.
func BenchmarkPlan(b *testing.B) {
	for _, kind := range []string{"rest", "any"} {
		for _, n := range []int{1, 3, 5} {
			b.Run(fmt.Sprintf("to=%s/axes=%d", kind, n), func(b *testing.B) {
				moves := randomMoves(n, 4096, kind == "rest")
				var tr jerk.Trajectory
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := tr.Plan(moves[i&4095]); err != nil {
						b.Fatal(err)
					}
					i++
				}
			})
		}
	}
}

func BenchmarkProfilePlan(b *testing.B) {
	moves := randomMoves(1, 4096, false)
	var pr jerk.Profile
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m := &moves[i&4095]
		if err := pr.Plan(m.From[0], m.To[0], &m.Limits[0]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// To compare with: Ruckig 29 to 55 ns for 5 axes.
func BenchmarkAtFiveAxes(b *testing.B) {
	m := randomMoves(5, 1, false)[0]
	var tr jerk.Trajectory
	if err := tr.Plan(m); err != nil {
		b.Fatal(err)
	}
	var p, v, a [5]float64
	dt := tr.Duration() / 4000
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		tr.At(float64(i)*dt, p[:], v[:], a[:])
		if i++; i == 4000 {
			i = 0
		}
	}
}

func BenchmarkExitSpeed(b *testing.B) {
	l := jerk.Symmetric(1, 5, 100)
	b.ReportAllocs()
	length := 0.001
	for b.Loop() {
		if _, err := jerk.ExitSpeed(0.1, 0.5, length, &l); err != nil {
			b.Fatal(err)
		}
		if length *= 1.1; length > 1 {
			length = 0.001
		}
	}
}
