package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/gcode/plot"
	"linetwin.dev/kinematics/machine"
)

// planOf plans a program on the machine of some flags.
func planOf(t *testing.T, program string, flags ...string) *gcodePlan {
	t.Helper()
	name := filepath.Join(t.TempDir(), "part.ngc")
	if err := os.WriteFile(name, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	m := planFlags(t, flags...)
	f := gcodeFlags{units: unitsFlag(gcode.Inches)}
	p, err := f.plan(name, m, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// planFlags are the flags of a machine.
func planFlags(t *testing.T, flags ...string) *machineFlags {
	t.Helper()
	cmd := (&gcodeFlags{}).newPlan()
	m := &machineFlags{}
	cmd.ResetFlags()
	m.add(cmd)
	if err := cmd.ParseFlags(flags); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestThePlanOfALineTakesTheTimeOfItsSCurve(t *testing.T) {
	const a, j = 2.0, 50.0
	for _, test := range []struct {
		program      string
		length, feed float64 // m, m/s
	}{
		{"G21 F6000\nG1 X100\nM2\n", 0.1, 0.1},
		{"G21 F12000\nG1 Y-250\nM2\n", 0.25, 0.2},
		{"G20\nG1 Z3 F100\nM2\n", 0.0762, 0.0254 * 100 / 60},
		{"G21 F60000\nG1 X15\nM2\n", 0.015, 1},   // too short for its feed
		{"G21\nG0 X15\nM2\n", 0.015, 0.4},        // and for a rapid move's
		{"G21\nG0 X300 Z50\nM2\n", 0.3, 0.4},     // the longer way counts
		{"G21 G93\nG1 X50 F60\nM2\n", 0.05, .05}, // in a second
	} {
		// Up to speed v and back down takes 2 (v/a + a/j) and a way of v (v/a + a/j).
		v := test.feed
		if top := (math.Sqrt(a*a/j/j+4*test.length/a) - a/j) * a / 2; top < v {
			v = top
		}
		want := test.length/v + v/a + a/j
		p := planOf(t, test.program, "--limit", "XYZ=400mm/s,2m/s2,50m/s3", "--cycle", "100us")
		if got := p.total(); got < want-1e-9 || got > want+1.01e-4 {
			t.Errorf("%q takes %.6f s, not %.6f s rounded up to a cycle", test.program, got, want)
		}
		if way := p.way[plot.Cutting] + p.way[plot.Rapid]; !strings.Contains(test.program, " Z50") && math.Abs(way-test.length) > 1e-7 {
			t.Errorf("%q goes %.9f m, not %.9f m", test.program, way, test.length)
		}
	}
}

func TestAPlanSplitsTheCycleTime(t *testing.T) {
	p := planOf(t, "G21 F6000 G61.1\nG0 X10\nG1 X20\nG1 Y20\nG4 P0.25\nT1 M6\nG1 X0\nM2\n", "--tool-change", "2s")
	if got := p.seconds(plot.Dwell); math.Abs(got-0.25) > 2e-3 {
		t.Errorf("%g s of dwell, not 0.25 s", got)
	}
	if got := p.seconds(plot.Stop); math.Abs(got-2) > 5e-3 {
		t.Errorf("%g s at rest, not 2 s of tool change", got)
	}
	if p.halts != 3 {
		t.Errorf("%d times at rest between moves, not 3", p.halts)
	}
	if math.Abs(p.way[plot.Rapid]-0.01) > 1e-7 || math.Abs(p.way[plot.Cutting]-0.05) > 1e-7 {
		t.Errorf("%g m rapid and %g m cutting, not 0.01 and 0.05", p.way[plot.Rapid], p.way[plot.Cutting])
	}
	if got := p.travel[0]; math.Abs(got.Min) > 1e-12 || math.Abs(got.Max-0.02) > 1e-12 {
		t.Errorf("X goes from %g to %g m", got.Min, got.Max)
	}
}

func TestPeaksAreWhereTheLimitIsReachedAndNoneIsBroken(t *testing.T) {
	p := planOf(t, "G21 G64 P0.01 F30000\nG1 X5\nG1 X200\nG1 Y30\nG1 A90\nG2 X100 Y-70 I-100 J0\nM2\n",
		"--limit", "XYZ=300mm/s,3m/s2,60m/s3", "--limit", "A=90deg/s,10rad/s2,200rad/s3")
	if m := p.peaks[0][0]; m.line != 3 || math.Abs(m.value-0.3) > 1e-9 {
		t.Errorf("the greatest speed of X is %g m/s in line %d; its limit is 0.3 m/s, in line 3", m.value, m.line)
	}
	if m := p.peaks[3][0]; m.line != 5 || math.Abs(m.value-math.Pi/2) > 1e-8 {
		t.Errorf("the greatest speed of A is %g rad/s in line %d", m.value, m.line)
	}
	for i, a := range p.axes {
		for k, limit := range limits(a.Limit) {
			if got := p.peaks[i][k].value; got > limit*(1+1e-9) {
				t.Errorf("axis %s: derivative %d is %g, above its limit of %g", a.Name, k+1, got, limit)
			}
		}
	}
	if p.moved(2) || !p.moved(1) {
		t.Error("Z does not move, and Y does")
	}
}

func TestTheLinesThatLoseMostAreFound(t *testing.T) {
	program := "G21 G64 P0.001 F6000\nG1 X100\nX300\no1 repeat [30]\nG91 G1 X0.5\nY0.5\no1 endrepeat\nG90 X400\nM2\n"
	p := planOf(t, program)
	worst := p.slowest()
	if len(worst) < 2 || worst[0].line+worst[1].line != 5+6 {
		t.Fatalf("the slowest line is %d", worst[0].line)
	}
	var took, lost float64
	for _, l := range p.lines.worst(100) {
		took += l.took
		lost += l.lost
	}
	if want := p.seconds(plot.Cutting); math.Abs(took-want) > 1e-9 {
		t.Errorf("lines take %g s of %g s", took, want)
	}
	// What is not lost is the way at its feed.
	if want := (0.3 + 30*0.001 + 0.085) / 0.1; math.Abs(took-lost-want) > 0.01 {
		t.Errorf("%g s are left, and at its feed the program takes %g s", took-lost, want)
	}
}

func TestTheTimesOfLinesNeedBoundedRoom(t *testing.T) {
	lines := lineTimes{open: map[lineKey]*lineTime{}}
	for i := range 5 * keptLines {
		lost := 1e-3
		if i%50_000 == 7 {
			lost = float64(i)
		}
		lines.add(lineKey{0, i}, lost, 1)
		if len(lines.open) > keptLines {
			t.Fatalf("%d lines are kept", len(lines.open))
		}
	}
	for i, l := range lines.worst(3) {
		if want := 5*keptLines/50_000*50_000 + 7 - i*50_000; l.line != want {
			t.Errorf("line %d is number %d, not %d", l.line, i, want)
		}
	}
}

func TestAnOverrideIsNotATimeThatIsWon(t *testing.T) {
	program := "G21 F6000\nG1 X300\nM2\n"
	plain, fast := planOf(t, program), planOf(t, program, "--override", "120%")
	if fast.total() >= plain.total()*0.9 {
		t.Errorf("%g s with an override of 120 %%, %g s without", fast.total(), plain.total())
	}
	if l := fast.lines.worst(1)[0]; l.lost < 0.05 || math.Abs(l.took-l.lost-0.3/0.12) > 1e-3 {
		t.Errorf("%g s of %g s are lost against 120 %% of the feed", l.lost, l.took)
	}
}

func TestLimitsComeFromFlagsThenTheIniThenDefaults(t *testing.T) {
	ini, err := gcode.ReadINI("m.ini", strings.NewReader(`[TRAJ]
COORDINATES = X Y Z B
LINEAR_UNITS = inch
[KINS]
KINEMATICS = trivkins coordinates=XYYZB
[AXIS_X]
MAX_VELOCITY = 4
MAX_ACCELERATION = 40
MIN_LIMIT = -1
[JOINT_0]
MAX_VELOCITY = 3
HOME = 0.5
[JOINT_2]
MAX_VELOCITY = 5
[JOINT_4]
MAX_VELOCITY = 90
MIN_LIMIT = -1e99
MAX_LIMIT = 180
`))
	if err != nil {
		t.Fatal(err)
	}
	m := planFlags(t, "--limit", "X=,,30m/s3", "--limit", "b=,5rad/s2,", "--start", "y=10mm", "--range", "Y=-1m,")
	c, err := m.config("m.ini", ini)
	if err != nil {
		t.Fatal(err)
	}
	inf, inch := math.Inf(1), 0.0254 // not a constant: products are rounded as they are there
	want := []struct {
		name  string
		limit machine.Limit
		span  machine.Range
		start float64
	}{
		{"X", machine.Limit{Speed: 3 * inch, Accel: 40 * inch, Jerk: 30}, machine.Range{Min: -inch, Max: inf}, 0.5 * inch},
		{"Y", machine.Limit{Speed: 5 * inch, Accel: 3, Jerk: 60}, machine.Range{Min: -1, Max: inf}, 0.01},
		{"Z", machine.Limit{Speed: 0.5, Accel: 3, Jerk: 60}, machine.Range{}, 0},
		{"B", machine.Limit{Speed: math.Pi / 2, Accel: 5, Jerk: 400}, machine.Range{Min: -inf, Max: math.Pi}, 0},
	}
	if len(c.Axes) != len(want) {
		t.Fatalf("%d axes", len(c.Axes))
	}
	for i, w := range want {
		a := c.Axes[i]
		if a.Name != w.name || a.Limit != w.limit || a.Range != w.span || c.Start[i] != w.start || a.Rotary != (w.name == "B") {
			t.Errorf("got %+v from %g, want %+v", a, c.Start[i], w)
		}
	}
	// Y's 3/60 s is the longest of those that were given.
	if c.Path.Smoothing != 0.05 || c.Cycle != time.Millisecond.Seconds() {
		t.Errorf("smoothing over %g s", c.Path.Smoothing)
	}
}

func TestMachinesTakeTheirGeometryFromFlags(t *testing.T) {
	m := planFlags(t, "--machine", "xyzbc-hh", "--pivot", "150mm", "--offset", "5mm,0,20mm", "--reverse", "C", "--range", "B=-0.5rad,1.75rad")
	c, err := m.config("", nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := machine.Named("XYZBC-HH", machine.Geometry{
		Pivot: [3]float64{0, 0, 0.15}, Offset: [3]float64{0.005, 0, 0.02}, ReverseTurn: true,
		Tilt: machine.Range{Min: -0.5, Max: 1.75},
	})
	if err != nil {
		t.Fatal(err)
	}
	if *c.Machine != want || len(c.Limits) != 5 || len(c.Axes) != 0 {
		t.Errorf("got %+v, want %+v", *c.Machine, want)
	}
}
