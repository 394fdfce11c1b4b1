package path

import "testing"

// What a coarse corner's spread reaches keeps its own tolerance, and enough of it to be passed
// at a speed: both spreads would shrink by the same factor, a million here.
func TestACoarseCornerLeavesAFineOneItsTolerance(t *testing.T) {
	c := Config{Axes: axes(3), Cycle: 1e-4}
	moves := []Move{
		{To: [MaxAxes]float64{0.01}, Feed: 0.05, Tolerance: 1e-8},
		{To: [MaxAxes]float64{0.01, 0.0003}, Feed: 0.05, Tolerance: 1e-2},
		{To: [MaxAxes]float64{0.02, 0.0003}, Feed: 0.05, Tolerance: 1e-2},
	}
	j := judge{c: c, fail: t.Fatalf}
	slow := 0
	each(t, c, moves, nil, func(_ *Runner, s *Sample) {
		j.look(s)
		if s.State == Running && s.Speed < 1e-6 {
			slow++
		}
	})
	if slow > 30 {
		t.Errorf("the machine creeps for %d samples; to start and to stop takes some 20", slow)
	}
}
