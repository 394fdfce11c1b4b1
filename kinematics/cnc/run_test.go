package cnc

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// mill is a machine with two rotary axes under the table.
func mill(t testing.TB) (machine.Machine, []machine.Limit) {
	t.Helper()
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{
		Offset: [3]float64{0, 0.01, 0.05},
		Linear: [3]machine.Range{{Min: -0.5, Max: 0.5}, {Min: -0.5, Max: 0.5}, {Min: -0.4, Max: 0.4}},
	})
	if err != nil {
		t.Fatal(err)
	}
	linear, rotary := machine.Limit{Speed: 0.5, Accel: 3, Jerk: 60}, machine.Limit{Speed: 2, Accel: 20, Jerk: 400}
	return m, []machine.Limit{linear, linear, linear, rotary, rotary}
}

// play runs a program to its end.
func play(t testing.TB, program string, c Config, look func(r *Run, s *path.Sample)) (end path.Sample, err error) {
	t.Helper()
	if c.Cycle == 0 {
		c.Cycle = 1e-3
	}
	r, err := New("part.ngc", strings.NewReader(program), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for n := 0; ; n++ {
		more, err := r.Next(&end)
		if err != nil {
			return end, err
		}
		if look != nil {
			look(r, &end)
		}
		if !more {
			return end, nil
		}
		if n > 1e6 {
			t.Fatal("the program has no end")
		}
	}
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, not %.12g", what, got, want)
	}
}

func TestAProgramEndsWhereItsLastBlockSays(t *testing.T) {
	m, limits := mill(t)
	end, err := play(t, "G21 G90 F1000\nG64 P0.01\nG1 X10 Y20\nG2 X20 Y30 I10\nG1 Z-5 A10 C30\nG0 X0\nM2\n",
		Config{Machine: &m, Limits: limits}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0.03, -0.005, 10 * math.Pi / 180, 30 * math.Pi / 180} {
		near(t, m.AxisName(i), end.Joints[i], want, 1e-12)
	}
}

func TestToolCentrePointControlKeepsTheTipWhileRotaryAxesTurn(t *testing.T) {
	m, limits := mill(t)
	tools := gcode.SampleTools()
	worst := 0.0
	_, err := play(t, "G21 G90 F500\nG43.4 H1\nG1 X10 Y0 Z0\nG4 P0.01\nG1 A20 C90 F2000\nG4 P0.01\nM2\n",
		Config{Machine: &m, Limits: limits, Program: gcode.Config{Tools: tools}}, func(_ *Run, s *path.Sample) {
			if s.Line < 5 || s.Line > 5 {
				return
			}
			worst = max(worst, math.Abs(s.Point[0]-0.01), math.Abs(s.Point[1]), math.Abs(s.Point[2]))
		})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the tip's way", worst, 0, 1e-12)
}

func TestEventsComeWhenTheMachineIsThere(t *testing.T) {
	m, limits := mill(t)
	var got []string
	var run *Run
	var at path.Sample
	c := Config{Machine: &m, Limits: limits, ToolChange: 0.5, Program: gcode.Config{Tools: gcode.SampleTools()}}
	c.Handle = func(e *gcode.Event) error {
		got = append(got, fmt.Sprintf("%d@%.3g", e.Kind, at.Joints[0]*1e3))
		return nil
	}
	_ = run
	_, err := play(t, "G21 G90 F600\nG64 P0.1\nG1 X10\nM3 S1000\nG1 X20\nM62 P1\nG1 X30\nG1 X30 Y10\nT1 M6\nG1 X0\nM2\n", c,
		func(r *Run, s *path.Sample) { at = *s })
	if err != nil {
		t.Fatal(err)
	}
	t.Log(got)
}
