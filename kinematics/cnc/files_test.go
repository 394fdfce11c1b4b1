package cnc

import (
	"io"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/path"
)

func TestLinesOfSubsAreToldByTheirFile(t *testing.T) {
	m, limits := mill(t)
	read := 0
	c := Config{Machine: &m, Limits: limits, Read: func(e *gcode.Event) {
		if e.Kind.Moves() {
			read++
		}
	}}
	c.Program.Find = func(sub string) (io.ReadCloser, string, error) {
		return io.NopCloser(strings.NewReader("o<away> sub\nG1 Y#1\no<away> endsub\n")), sub + ".ngc", nil
	}
	seen := map[string]int{}
	_, err := play(t, "G21 F600\nG1 X5\no<away> call [7]\nG1 X0\nM2\n", c, func(r *Run, s *path.Sample) {
		if s.Speed > 0 {
			seen[r.File(s.File)] |= 1 << s.Line
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen["part.ngc"] != 1<<2|1<<4 || seen["away.ngc"] != 1<<2 || read != 3 {
		t.Errorf("%d motions, moved in lines %v", read, seen)
	}
	_, err = play(t, "G21 F600\nG1 X5\no<away> call [700]\nM2\n", c, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "away.ngc:2: axis Y would be at 700 mm, ") {
		t.Errorf("error %v", err)
	}
}
