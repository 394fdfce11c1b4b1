package path

import (
	"errors"
	"math"
	"testing"

	"linetwin.dev/kinematics/machine"
)

// Some of the many zones of a long smooth path end where rounding leaves less of them than the
// time that it takes can say. The machine goes on all the same.
func TestNothingIsLeftOfAZoneThatRoundingHasNotPassed(t *testing.T) {
	linear, rotary := machine.Limit{Speed: 0.5, Accel: 5, Jerk: 200}, machine.Limit{Speed: 3, Accel: 30, Jerk: 1500}
	planner, runner, err := New(Config{Cycle: 1e-3, Queue: 8192, Axes: []Axis{
		{Name: "X", Limit: linear}, {Name: "Y", Limit: linear}, {Name: "Z", Limit: linear},
		{Name: "A", Rotary: true, Limit: rotary}, {Name: "C", Rotary: true, Limit: rotary},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const moves = 20_000
	round := func(x float64) float64 { return math.Round(x*1e7) / 1e7 }
	var s Sample
	for i := 0; s.Line < moves-10; {
		for i < moves {
			x := float64(i+1) * 0.008
			err := planner.Add(Move{
				To:   [MaxAxes]float64{round(0.05 * math.Sin(x)), round(0.05 * (math.Cos(x) - 1)), round(0.002 * math.Sin(x/7)), round(0.1 * math.Sin(x/3)), round(0.3 * math.Sin(x/5))},
				Feed: 0.02, Tolerance: 1e-5, Line: i + 1,
			})
			if errors.Is(err, ErrFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			i++
		}
		if i == moves {
			if err := planner.Flush(); err != nil && !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
		}
		for range 100 {
			runner.Next(&s)
		}
	}
}
