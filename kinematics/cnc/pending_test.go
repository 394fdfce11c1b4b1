package cnc

import (
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/path"
)

func TestWhatComesWithAMotionComesAlsoWhenThereIsNone(t *testing.T) {
	m, limits := mill(t)
	for _, program := range []string{
		"%\nG21 F600\nG1 X5\nM62 P1\n%\n",
		"%\nG21 G91 F600\nG1 X5\nM62 P1\nG1 X0\n%\n",
	} {
		var at float64
		seen := 0
		c := Config{Machine: &m, Limits: limits, Handle: func(e *gcode.Event) error {
			if e.Kind == gcode.MotionBit {
				near(t, "X at M62", at, 0.005, 1e-9)
				seen++
			}
			return nil
		}}
		if _, err := play(t, program, c, func(_ *Run, s *path.Sample) { at = s.Joints[0] }); err != nil {
			t.Fatal(err)
		}
		if seen != 1 {
			t.Errorf("%q: M62 came %d times", program, seen)
		}
	}
}

func TestManyCommentsBehindAStopComeInOrderAndWaitInTheProgram(t *testing.T) {
	m, limits := mill(t)
	const comments = 30_000
	many := strings.Repeat("(again)\n", comments)
	for _, program := range []string{
		"G21 F600\nG1 X5\nM3 S100\n" + many + "G1 X0\nM2\n",
		"G21 F600\nG64 P0.1\nG1 X5\nM62 P1\nG1 X8\n" + many + "G1 X10\nM2\n",
	} {
		seen, most := 0, 0
		c := Config{Machine: &m, Limits: limits, Handle: func(e *gcode.Event) error {
			if e.Kind == gcode.Comment {
				seen++
			}
			return nil
		}}
		if _, err := play(t, program, c, func(r *Run, _ *path.Sample) { most = max(most, len(r.pending)) }); err != nil {
			t.Fatal(err)
		}
		if seen != comments || most > 2*mostPending {
			t.Errorf("%d of %d comments came, %d waited", seen, comments, most)
		}
	}
}
