package path

import (
	"math"
	"testing"
)

func TestNoSampleOfARandomPathBreaksALimit(t *testing.T) {
	seeds(t, 40, func(t *testing.T, r *random) {
		n := 1 + int(r.next()*9)
		moves := program(r, n, 60)
		c := Config{Axes: axes(n), Cycle: 1e-3}
		j := judge{c: c, fail: t.Fatalf}
		end := each(t, c, moves, nil, func(_ *Runner, s *Sample) { j.look(s) })
		last := moves[len(moves)-1].To
		for i := range n {
			if math.Abs(end.Joints[i]-last[i]) > 1e-10 {
				t.Fatalf("axis %d ends at %g, not at %g", i, end.Joints[i], last[i])
			}
		}
	})
}

func TestNoSampleBreaksALimitUnderToolCentrePointControl(t *testing.T) {
	m, all := trunnion(t)
	seeds(t, 40, func(t *testing.T, r *random) {
		moves := program(r, 5, 40)
		c := Config{Axes: all, Cycle: 1e-3}
		j := judge{c: c, fail: t.Fatalf}
		each(t, c, moves, m, func(_ *Runner, s *Sample) { j.look(s) })
	})
}

func TestHoldResumeAndOverrideAtAnyMomentBreakNoLimit(t *testing.T) {
	seeds(t, 40, func(t *testing.T, r *random) {
		n := 3 + int(r.next()*3)
		moves := program(r, n, 40)
		c := Config{Axes: axes(n), Cycle: 1e-3, MostOverride: 2}
		j := judge{c: c, fail: t.Fatalf}
		held := 0
		each(t, c, moves, nil, func(run *Runner, s *Sample) {
			j.look(s)
			if held > 0 {
				if held--; held == 0 {
					run.Resume()
				}
				return
			}
			switch k := r.next(); {
			case k < 0.01:
				run.Hold()
				held = 1 + int(r.next()*300)
			case k < 0.03:
				run.Override(r.between(0.05, 2), r.between(0.05, 1))
			}
		})
	}, 323)
}
