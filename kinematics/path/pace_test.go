package path

import (
	"math"
	"testing"
)

func TestThePaceTellsWhatALineLosesAgainstItsFeed(t *testing.T) {
	c := Config{Axes: axes(4), Cycle: 1e-4}
	for _, test := range []struct {
		name string
		mv   Move
		want float64 // s that it takes at its feed
	}{
		{"a line", Move{To: [MaxAxes]float64{0.03, 0.04}, Feed: 0.1}, 0.5},
		{"a line with a rotary axis", Move{To: [MaxAxes]float64{0.03, 0.04, 0, 0.2}, Feed: 0.1}, 0.5},
		{"a rotary axis alone", Move{To: [MaxAxes]float64{3: 0.4}, Feed: 0.8}, 0.5},
		{"inverse time", Move{To: [MaxAxes]float64{0.02}, Time: 0.5}, 0.5},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.mv.Line, test.mv.File = 7, 3
			var lost, time float64
			each(t, c, []Move{test.mv}, nil, func(_ *Runner, s *Sample) {
				if s.State != Running {
					return
				}
				if s.Line != 7 || s.File != 3 || s.Feed != test.mv.Feed || s.Rapid || s.Pace < 0 || s.Pace > 1+1e-9 {
					t.Fatalf("line %d of file %d, feed %g, rapid %v, pace %g", s.Line, s.File, s.Feed, s.Rapid, s.Pace)
				}
				lost += (1 - s.Pace) * c.Cycle
				time += c.Cycle
			})
			if math.Abs(time-lost-test.want) > 1e-6 || lost < 0.05 {
				t.Errorf("%g s of which %g s are lost; at its feed it takes %g s", time, lost, test.want)
			}
		})
	}
	each(t, c, []Move{{To: [MaxAxes]float64{0.03}}}, nil, func(_ *Runner, s *Sample) {
		if s.State == Running && (!s.Rapid || s.Pace != 0 || s.Feed != 0) {
			t.Fatalf("rapid %v, pace %g, feed %g", s.Rapid, s.Pace, s.Feed)
		}
	})
}
