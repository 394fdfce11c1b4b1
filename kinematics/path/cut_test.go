package path

import (
	"testing"

	"linetwin.dev/kinematics/machine"
)

// An order may come when a billionth of a millimetre is left to brake; that takes a part of a
// cycle, in which the acceleration must not just end.
func TestAnOrderInTheLastInstantOfBrakingBreaksNoLimit(t *testing.T) {
	c := Config{Axes: axes(1), Cycle: 1e-4}
	c.Axes[0].Limit = machine.Limit{Speed: 0.5, Accel: 3, Jerk: 600}
	r := random(5)
	var moves []Move
	var at [MaxAxes]float64
	for range 600 {
		at[0] += r.between(1e-6, 2e-5)
		moves = append(moves, Move{To: at, Feed: 0.1, Stop: true})
	}
	j := judge{c: c, fail: t.Fatalf}
	each(t, c, moves, nil, func(run *Runner, s *Sample) {
		j.look(s)
		run.Override(1, 1)
	})
}
