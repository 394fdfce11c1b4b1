package cnc

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
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
	type seen struct {
		kind gcode.Kind
		x, y float64
	}
	var got []seen
	var at path.Sample
	cycles, changed := 0, 0
	c := Config{Machine: &m, Limits: limits, ToolChange: 0.5, Program: gcode.Config{Tools: gcode.SampleTools()}}
	c.Handle = func(e *gcode.Event) error {
		got = append(got, seen{e.Kind, math.Round(at.Joints[0] * 1e5), math.Round(at.Joints[1] * 1e5)})
		if e.Kind == gcode.ChangeTool {
			changed = cycles
		}
		return nil
	}
	first := 0
	_, err := play(t, "G21 G90 F600\nG64 P0.1\nG1 X10\nM3 S1000\nG1 X20\nM62 P1\nG1 X30\nG1 X30 Y10\nT1 M6\nG1 X0\nM2\n", c,
		func(_ *Run, s *path.Sample) {
			at = *s
			if cycles++; changed > 0 && first == 0 && s.Speed > 0 {
				first = cycles
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	want := []seen{
		{gcode.SpindleSpeed, 1000, 0}, {gcode.SpindleClockwise, 1000, 0}, {gcode.MotionBit, 2000, 0},
		{gcode.SelectTool, 3000, 1000}, {gcode.StartChange, 3000, 1000}, {gcode.ChangeTool, 3000, 1000},
		{gcode.SpindleStop, 0, 1000}, {gcode.ProgramEnd, 0, 1000},
	}
	for i, w := range want {
		if !slices.ContainsFunc(got, func(g seen) bool {
			return g.kind == w.kind && math.Abs(g.x-w.x) <= 2 && math.Abs(g.y-w.y) <= 2
		}) {
			t.Errorf("event %d, kind %d, did not come at %g, %g: %v", i, w.kind, w.x, w.y, got)
		}
	}
	if wait := first - changed; wait < 499 || wait > 510 {
		t.Errorf("a tool change of 0.5 s takes %d cycles of a millisecond", wait)
	}
}

func TestMistakesHaveTheirPlaceInTheProgram(t *testing.T) {
	m, limits := mill(t)
	for _, test := range []struct{ program, want string }{
		{"G21 F100\nG1 X600\nM2\n", "part.ngc:2: axis X would be at 600 mm, outside of its range from -500 to 500 mm"},
		{"G21 F100\nG1 B10\nM2\n", "part.ngc:2: axis B moves, and the machine has none"},
		{"G21 G95 F0.1\nG1 X1\nM2\n", "part.ngc:2:1: G1 with G95 and a spindle speed of 0"},
		{"G21 F100\nG1 X1 Q\nM2\n", "part.ngc:2:"},
		{"G21 F2000\nG43.4 H1\nG1 Y480\nG1 A80\nM2\n", "part.ngc:4: axis Z would be at "},
	} {
		_, err := play(t, test.program, Config{Machine: &m, Limits: limits, Program: gcode.Config{Tools: gcode.SampleTools()}}, nil)
		var mistake *gcode.Error
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: error %v; want %q", test.program, err, test.want)
		}
	}
	plain := []path.Axis{{Name: "X", Limit: limits[0]}, {Name: "Y", Limit: limits[0]}, {Name: "Z", Limit: limits[0]}}
	if _, err := play(t, "G21 F100\nG43.4 H1\nG1 X1\nM2\n", Config{Axes: plain, Program: gcode.Config{Tools: gcode.SampleTools()}}, nil); err == nil || !strings.Contains(err.Error(), "G43.4 needs a machine") {
		t.Errorf("error %v", err)
	}
	for _, c := range []Config{
		{Machine: &m, Cycle: 1e-3},
		{Machine: &m, Limits: limits, Axes: plain, Cycle: 1e-3},
		{Axes: []path.Axis{{Name: "Q", Limit: limits[0]}}, Cycle: 1e-3},
		{Axes: []path.Axis{{Name: "Y", Limit: limits[0]}, {Name: "X", Limit: limits[0]}}, Cycle: 1e-3},
		{Axes: []path.Axis{plain[0], plain[1], plain[2], {Name: "A", Limit: limits[0]}}, Cycle: 1e-3},
	} {
		if _, err := New("part.ngc", strings.NewReader(""), c); !errors.Is(err, ErrConfig) {
			t.Errorf("config %+v: error %v", c, err)
		}
	}
}

func TestFeedsMeanWhatTheirModesSay(t *testing.T) {
	m, limits := mill(t)
	for _, test := range []struct {
		program string
		want    float64 // m/s
	}{
		{"G21 F1200\nG1 X50\nM2\n", 0.02},
		{"G20\nF60 G1 X2\nM2\n", 0.0254},
		{"G21 G95 S600 M3 F2\nG1 X50\nM2\n", 0.02},
		{"G21 G93\nG1 X50 F30\nM2\n", 0.025},
		{"G21 F1200\nG2 X20 I10\nM2\n", 0.02},
	} {
		fastest := 0.0
		if _, err := play(t, test.program, Config{Machine: &m, Limits: limits}, func(_ *Run, s *path.Sample) { fastest = max(fastest, s.Speed) }); err != nil {
			t.Fatal(err)
		}
		near(t, test.program+": speed", fastest, test.want, 1e-9)
	}
}

func TestAHeldProgramGoesOn(t *testing.T) {
	m, limits := mill(t)
	program := "G21 F3000\nG64 P0.05\nG1 X20\nG1 Y20\nG2 X0 Y0 I-10 J-10\nM2\n"
	want, err := play(t, program, Config{Machine: &m, Limits: limits}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, stood := 0, 0
	got, err := play(t, program, Config{Machine: &m, Limits: limits}, func(r *Run, s *path.Sample) {
		n++
		if n == 100 || n == 400 || n == 700 {
			r.Hold()
		}
		if s.State == path.Held && s.Speed == 0 {
			if stood++; stood%50 == 0 {
				r.Resume()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Joints != want.Joints || stood < 100 {
		t.Errorf("held for %d cycles, the program ends at %v, not at %v", stood, got.Joints, want.Joints)
	}
}

// endless is a program without end, of many kinds of blocks.
type endless struct {
	n   int
	buf []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.buf) < len(p) {
		e.n++
		x := float64(e.n%2000) * 0.1
		e.buf = fmt.Appendf(e.buf, "G1 X%.3f Y%.3f A%.3f\n", 20*math.Sin(x), 20*math.Cos(x), 5*math.Sin(x/3))
	}
	n := copy(p, e.buf)
	e.buf = e.buf[:copy(e.buf, e.buf[n:])]
	return n, nil
}

func TestCyclesAllocateNothing(t *testing.T) {
	m, limits := mill(t)
	r, err := New("part.ngc", io.MultiReader(strings.NewReader("G21 G90 F6000\nG64 P0.02\n"), &endless{}), Config{Machine: &m, Limits: limits, Cycle: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var s path.Sample
	cycle := func() {
		if _, err := r.Next(&s); err != nil {
			t.Fatal(err)
		}
	}
	for range 2000 {
		cycle()
	}
	if n := testing.AllocsPerRun(1000, cycle); n > 0.5 {
		t.Errorf("%g allocations a cycle", n)
	}
}

// BenchmarkRun is a cycle of a millisecond with all that is in it: text, plan, sample.
func BenchmarkRun(b *testing.B) {
	m, limits := mill(b)
	r, err := New("part.ngc", io.MultiReader(strings.NewReader("G21 G90 F6000\nG64 P0.02\n"), &endless{}), Config{Machine: &m, Limits: limits, Cycle: 1e-3})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var s path.Sample
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Next(&s); err != nil {
			b.Fatal(err)
		}
	}
}
