package cnc

import (
	"fmt"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// A program that goes on for ever and moves nothing must not keep Next from coming back, nor
// fill the memory.
func TestAProgramThatMovesNothingForEverLeavesCyclesAsTheyAre(t *testing.T) {
	m, limits := mill(t)
	for name, body := range map[string]string{
		"comments":                   "(msg,still here)",
		"motion to where it is":      "G1 X0 F100",
		"outputs for a motion":       "M62 P1",
		"outputs with no motion":     "M62 P1\nG1 X0 F100\n(msg,still here)",
		"a block, then its comments": "G1 X0 F100\n(msg,still here)",
		"outputs at once":            "M64 P1",
	} {
		t.Run(name, func(t *testing.T) {
			seen := 0
			r, err := New("idle.ngc", strings.NewReader("o1 while [1]\n"+body+"\no1 endwhile\nM2\n"), Config{
				Machine: &m, Limits: limits, Cycle: 1e-3,
				Handle: func(*gcode.Event) error { seen++; return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			var s path.Sample
			for range 500 {
				if more, err := r.Next(&s); err != nil || !more {
					t.Fatalf("more is %v, with the error %v", more, err)
				}
				if r.waiting() > mostPending+mostRead {
					t.Fatalf("%d events wait", r.waiting())
				}
			}
			if seen == 0 && strings.Contains(body, "M6") || seen == 0 && strings.Contains(body, "msg") {
				t.Error("nothing of the program is handed on")
			}
		})
	}
}

// What comes with a motion comes with the next one when that one is none.
func TestAnOutputDoesNotGetLostWithAMoveThatIsNone(t *testing.T) {
	var seen []string
	var at float64
	_, err := play(t, "G21 F600\nM62 P1\nG1 X0\nG1 X10\nM62 P2\nG1 X20\nM2\n", Config{
		Axes: []path.Axis{{Name: "X", Limit: machine.Limit{Speed: 1, Accel: 1, Jerk: 10}}}, Cycle: 1e-3,
		Handle: func(e *gcode.Event) error {
			if e.Kind == gcode.MotionBit {
				seen = append(seen, fmt.Sprintf("%d at %.0f", e.Number, at*1e3))
			}
			return nil
		},
	}, func(_ *Run, s *path.Sample) { at = s.Joints[0] })
	if got := strings.Join(seen, ", "); err != nil || got != "1 at 0, 2 at 10" {
		t.Errorf("%s, with the error %v", got, err)
	}
}
