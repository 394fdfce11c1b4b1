package twin

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

func trunnion(t *testing.T) machine.Machine {
	t.Helper()
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{Offset: [3]float64{0, 0, 0.02}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func strokesOf(t *testing.T, program string) ([]device.Stroke, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "part.ngc")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	tools := &gcode.ToolTable{Tools: []gcode.Tool{{Number: 1, Pocket: 1, Offset: gcode.Axes{gcode.Z: 100}}}}
	home := []float64{0, 0, 0.3, 0, 0}
	cfg := gcode.Config{Tools: tools, Start: gcode.Axes{gcode.Z: 0.3}}
	return readStrokes(file, cfg, trunnion(t), home)
}

func near(a, b [3]float64) bool { return distance(a, b) < 1e-12 }

func TestStrokesOfToolCentrePointControlAreWhatTheProgramSays(t *testing.T) {
	all, err := strokesOf(t, "G21 G90 T1 M6\nG43.4 H1\nG0 X10 Y0 Z50 A-20 C30\nG1 X20 A-25 F600\nG3 X10 Y10 I-10 J0\nG2 X10 Y10 Z40 I5 J0 P2\nM2\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 {
		t.Fatalf("%d strokes", len(all))
	}
	if !near(all[0].From, [3]float64{0, 0, 0.2}) || all[0].Cutting || !all[1].Cutting || all[1].Line != 4 {
		t.Errorf("it begins with %+v and %+v", all[0], all[1])
	}
	for i := 1; i < len(all); i++ {
		if !near(all[i].From, all[i-1].To) || all[i].FromTurns != all[i-1].ToTurns {
			t.Errorf("stroke %d begins elsewhere than the one before ends", i)
		}
	}
	if a := all[1].ToTurns; math.Abs(a[0]+25*math.Pi/180) > 1e-15 || math.Abs(a[1]-30*math.Pi/180) > 1e-15 {
		t.Errorf("the rotary axes go to %v", a)
	}
	if s := all[2]; math.Abs(s.Sweep-math.Pi/2) > 1e-12 || !near(s.Centre, [3]float64{0.01, 0, 0.05}) && !near(s.Centre, [3]float64{0.01, 0, 0}) {
		t.Errorf("an arc is %+v", s)
	}
	if s := all[3]; math.Abs(s.Sweep+4*math.Pi) > 1e-9 || !near(s.To, [3]float64{0.01, 0.01, 0.04}) {
		t.Errorf("a helix of two turns is %+v", s)
	}
}

func TestWithoutToolCentrePointControlStrokesFollowTheAxes(t *testing.T) {
	all, err := strokesOf(t, "G21 G90 T1 M6\nG43 H1\nG0 X30 Y0 Z50\nG1 A-20 C40 F600\nG2 X50 I10\nM2\n")
	if err != nil {
		t.Fatal(err)
	}
	m := trunnion(t)
	m = m.WithTool([3]float64{0, 0, 0.1})
	joints := []float64{0.03, 0, 0.15, 0, 0}
	n, arcs := 0, 0
	for i, s := range all {
		if i > 0 && !near(s.From, all[i-1].To) {
			t.Fatalf("stroke %d begins elsewhere than the one before ends", i)
		}
		switch s.Line {
		case 4:
			n++
			// The tip goes round the tables' axes, in short straight strokes.
			q := append([]float64(nil), joints...)
			q[3], q[4] = (s.FromTurns[0]+s.ToTurns[0])/2, (s.FromTurns[1]+s.ToTurns[1])/2
			want, _ := m.Forward(q)
			middle := [3]float64{(s.From[0] + s.To[0]) / 2, (s.From[1] + s.To[1]) / 2, (s.From[2] + s.To[2]) / 2}
			if d := distance(middle, want); d > 1e-7 {
				t.Fatalf("in its middle stroke %d is off by %g", i, d)
			}
		case 5:
			arcs++
		}
	}
	if n != 400 || arcs < 1000 {
		t.Errorf("%d strokes where the tables turn, %d on the arc", n, arcs)
	}
	end, _ := m.Forward([]float64{0.05, 0, 0.15, -20 * math.Pi / 180, 40 * math.Pi / 180})
	if last := all[len(all)-1].To; !near(last, end) {
		t.Errorf("it ends at %v, want %v", last, end)
	}
}

func TestCurvesAreStrokesToo(t *testing.T) {
	all, err := strokesOf(t, "G21 G90 T1 M6\nG43.4 H1\nG0 X0 Y0 Z50\nF600\nG5.2 X0 Y0 P1 L3\nX10 Y20 P1\nX20 Y0 P1\nG5.3\nM2\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 || !near(all[len(all)-1].To, [3]float64{0.02, 0, 0.05}) {
		t.Errorf("%d strokes, the last one %+v", len(all), all[len(all)-1])
	}
}

func TestAllMistakesOfAProgramAreToldWithTheirPlaces(t *testing.T) {
	_, err := strokesOf(t, "G21 G90\nG0 X1 Q\nG1 X[2 F100\nT7 M6\nG1 X3 F100\nM2\n")
	var list specs.Errors
	if !errors.As(err, &list) || len(list) != 3 {
		t.Fatalf("the error is %v", err)
	}
	for i, line := range []int{2, 3, 4} {
		if list[i].Line != line || list[i].Column == 0 || !strings.HasSuffix(list[i].File, "part.ngc") {
			t.Errorf("mistake %d is %+v", i, list[i])
		}
	}
	if _, err = strokesOf(t, "G21\nM2\n"); err == nil || !strings.Contains(err.Error(), "the program moves nothing; write motion, as in G1 X10 F600") {
		t.Errorf("the error of a program without motion is %v", err)
	}
}
