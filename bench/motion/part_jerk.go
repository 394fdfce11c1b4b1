//go:build linux

package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"linetwin.dev/bench"
	"linetwin.dev/kinematics/jerk"
)

const ruckig = "Ruckig (not in Debian)"

// measureJerk plans jerk-limited moves from any state to any other.
func measureJerk(s *session) ([]bench.Row, error) {
	list := contests{of: "Jerk-limited motion"}
	var rows []bench.Row
	for _, kind := range []struct {
		axes  int
		reach string
	}{{1, "<= 0.8us"}, {3, "<= 4.2us"}, {5, "<= 7.6us"}} {
		moves := make([]jerk.Move, 4096)
		r := rand.New(rand.NewPCG(7, uint64(kind.axes)))
		for i := range moves {
			moves[i] = newMove(kind.axes)
			draw(&moves[i], r)
		}
		tr := new(jerk.Trajectory)
		i := 0
		we := inGo(ours, func(times int) error {
			for range times {
				if err := tr.Plan(moves[i]); err != nil {
					return err
				}
				i = (i + 1) % len(moves)
			}
			return nil
		})
		if err := s.contest(we); err != nil {
			return nil, err
		}
		what := fmt.Sprintf("jerk-limited state to state, %d axes", kind.axes)
		if kind.axes == 1 {
			what = "jerk-limited state to state, 1 axis"
		}
		list.add(what, we)
		rows = append(rows, we.row(what, "us", kind.reach, nil).Against(ruckig, nil, bench.Lower))
	}
	evaluate, err := s.evaluate()
	if err != nil {
		return nil, err
	}
	list.add("evaluate 5 axes", evaluate)
	list.show()
	laws, err := checkLaws()
	if err != nil {
		return nil, err
	}
	rows = append(rows, laws...)
	return append(rows,
		evaluate.row("evaluate a 5-axis trajectory", "ns", "<= 30ns", nil).Against(ruckig, nil, bench.Lower),
		list.allocations("jerk-limited motion")), nil
}

// evaluate 5 axes at times that go through a motion.
func (s *session) evaluate() (*contender, error) {
	m := newMove(5)
	draw(&m, rand.New(rand.NewPCG(7, 5)))
	tr := new(jerk.Trajectory)
	if err := tr.Plan(m); err != nil {
		return nil, err
	}
	p, v, a := make([]float64, 5), make([]float64, 5), make([]float64, 5)
	const steps = 4000
	dt := tr.Duration() / steps
	i := 0
	we := inGo(ours, func(times int) error {
		for range times {
			tr.At(float64(i)*dt, p, v, a)
			if i++; i == steps {
				i = 0
			}
		}
		return nil
	})
	return we, s.contest(we)
}

func newMove(axes int) jerk.Move {
	return jerk.Move{From: make([]jerk.State, axes), To: make([]jerk.State, axes), Limits: make([]jerk.Limits, axes)}
}

// draw a move between any states that can be a start and a target.
func draw(m *jerk.Move, r *rand.Rand) {
	state := func() jerk.State {
		return jerk.State{P: 4 * r.NormFloat64(), V: 0.8 * r.NormFloat64(), A: 0.8 * r.NormFloat64()}
	}
	for i := range m.Limits {
		l := &m.Limits[i]
		*l = jerk.Symmetric(1+10*r.Float64(), 1+10*r.Float64(), 1+10*r.Float64())
		// A start may be any of which the mirror in time is a target.
		for ok := false; !ok; ok = l.CheckTarget(m.From[i].V, -m.From[i].A) == nil {
			m.From[i] = state()
		}
		for ok := false; !ok; ok = l.CheckTarget(m.To[i].V, m.To[i].A) == nil {
			m.To[i] = state()
		}
	}
}

// lawCases are random moves of 1, 3 and 5 axes that the laws are checked with.
const lawCases = 1_000_000

// checkLaws plans random moves: do all axes take as long, and by which part of their range do
// velocity, acceleration and jerk leave their limits?
func checkLaws() ([]bench.Row, error) {
	r := rand.New(rand.NewPCG(11, 4))
	moves := []jerk.Move{newMove(1), newMove(3), newMove(5)}
	tr := new(jerk.Trajectory)
	unequal, beyond := 0., 0.
	for k := range lawCases {
		m := &moves[k%len(moves)]
		draw(m, r)
		if err := tr.Plan(*m); err != nil {
			return nil, fmt.Errorf("case %d: %w", k, err)
		}
		for i := range m.Limits {
			pr := tr.Axis(i)
			if pr.At(0) != m.From[i] && pr.Duration() > 0 || pr.End() != m.To[i] {
				return nil, fmt.Errorf("case %d, axis %d: from %v to %v, not from %v to %v", k, i+1, pr.At(0), pr.End(), m.From[i], m.To[i])
			}
			unequal = max(unequal, math.Abs(pr.Duration()-tr.Duration()))
			beyond = max(beyond, excess(pr, &m.Limits[i]))
		}
	}
	fmt.Printf("\nLaws over %d moves of 1, 3 and 5 axes: durations of a move differ by %.3g s at most; limits are exceeded by %.3g of their range at most\n",
		lawCases, unequal, beyond)
	return []bench.Row{
		bench.Measured("jerk-limited state to state: durations of the axes differ by", unequal, "s", "<= 1e-9s"),
		bench.Measured("jerk-limited state to state: beyond limits, 10^6 cases", beyond, "1", "<= 1e-12"),
	}, nil
}

// excess is by which part of its range the worst of velocity, acceleration and jerk leaves its
// limits: at the ends of the phases, and where the velocity turns.
func excess(pr *jerk.Profile, l *jerk.Limits) float64 {
	worst := 0.
	see := func(x, lo, hi float64) { worst = max(worst, (x-hi)/(hi-lo), (lo-x)/(hi-lo)) }
	t0, s, j := pr.Phase(0)
	for i := range pr.Phases() {
		t1, next, nextJ := pr.Phase(i + 1)
		dt := t1 - t0
		see(j, -l.MaxJ, l.MaxJ)
		see(s.V, l.MinV, l.MaxV)
		see(s.A, l.MinA, l.MaxA)
		see(s.V+dt*(s.A+dt*j/2), l.MinV, l.MaxV)
		see(s.A+dt*j, l.MinA, l.MaxA)
		if turn := -s.A / j; turn > 0 && turn < dt {
			see(s.V+s.A*turn/2, l.MinV, l.MaxV)
		}
		t0, s, j = t1, next, nextJ
	}
	return worst
}
