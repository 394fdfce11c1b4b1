package gcode_test

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

// events interprets a program and calls a function for each event.
func events(tb testing.TB, program string, cfg gcode.Config, do func(*gcode.Event)) error {
	tb.Helper()
	in := gcode.New("test.ngc", strings.NewReader(program), cfg)
	defer in.Close()
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		do(e)
	}
}

// motions are those of a program that has no mistake.
func motions(tb testing.TB, program string, cfg gcode.Config) (list []gcode.Event) {
	tb.Helper()
	err := events(tb, program, cfg, func(e *gcode.Event) {
		if e.Kind.Moves() {
			list = append(list, *e)
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// reader follows what events say of coordinates, as somebody would who reads them: it is
// another way to machine coordinates than the interpreter's own.
type reader struct {
	units               float64
	system, local, tool gcode.Axes
	rotation            float64
	centre              bool
}

func (r *reader) observe(e *gcode.Event) {
	switch e.Kind {
	case gcode.UseUnits:
		factor := r.units / e.Units.Metres()
		if r.units != 0 {
			for _, a := range []*gcode.Axes{&r.system, &r.local, &r.tool} {
				for _, i := range []int{gcode.X, gcode.Y, gcode.Z, gcode.U, gcode.V, gcode.W} {
					a[i] *= factor
				}
			}
		}
		r.units = e.Units.Metres()
	case gcode.WorkOffset:
		r.system = e.Axes
	case gcode.LocalOffset:
		r.local = e.Axes
	case gcode.ToolOffset:
		r.tool = e.Axes
	case gcode.Rotation:
		r.rotation = e.Value * math.Pi / 180
	case gcode.ToolCentre:
		r.centre = e.On
	}
}

func (r *reader) machine(p gcode.Axes) gcode.Axes {
	for i := range p {
		p[i] += r.local[i]
	}
	sin, cos := math.Sincos(r.rotation)
	p[0], p[1] = p[0]*cos-p[1]*sin, p[0]*sin+p[1]*cos
	for i := range p {
		p[i] += r.system[i]
		if !r.centre {
			p[i] += r.tool[i]
		}
		if i >= gcode.A && i <= gcode.C {
			p[i] *= math.Pi / 180
		} else {
			p[i] *= r.units
		}
	}
	return p
}

func apart(a, b gcode.Axes) (most float64) {
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i])/(1+math.Abs(b[i])))
	}
	return most
}

func TestMotionIsWhatTheCoordinateEventsSay(t *testing.T) {
	moved := 0
	for seed := range uint64(400) {
		r := &reader{}
		// Many of these programs end with a mistake; what comes before counts.
		_ = events(t, randomProgram(seed), gcode.Config{Tools: gcode.SampleTools(), MachineUnits: gcode.Inches}, func(e *gcode.Event) {
			r.observe(e)
			if e.Kind.Moves() {
				moved++
				if d := apart(e.Motion.End, r.machine(e.Axes)); d > 1e-11 {
					t.Fatalf("seed %d, line %d: off by %g", seed, e.Line, d)
				}
			}
		})
	}
	if moved < 5000 {
		t.Errorf("only %d motions", moved)
	}
}

func TestChangesOfCoordinatesDoNotMoveTheMachine(t *testing.T) {
	for _, between := range []string{"G92 X3 Y4 A5", "G52 X1", "G10 L2 P1 X1 Y2 R30", "G10 L20 P1 X9 Y8 Z7", "G55", "G59.3",
		"G43 H1", "G43.1 Z5", "G20", "G92 X1\nG92.2", "G92 X1\nG92.1", "T2 M6"} {
		program := "G21 G10 L2 P2 X5 R45\nG10 L2 P9 Z3 R-20\nG1 F100 X10 Y20 Z30 A40\n" + between + "\nG91 G1 X0 Y0 Z0 A0\nM2\n"
		m := motions(t, program, gcode.Config{Tools: gcode.SampleTools()})
		if d := apart(m[1].Motion.End, m[0].Motion.End); len(m) != 2 || d > 1e-12 {
			t.Errorf("%q moves the machine by %g", between, d)
		}
	}
}

func TestArcsStayOnTheirCircle(t *testing.T) {
	arcs := 0
	for seed := range uint64(400) {
		var at [3]float64
		_ = events(t, randomProgram(seed), gcode.Config{}, func(e *gcode.Event) {
			if !e.Kind.Moves() {
				return
			}
			m, end := e.Motion, [3]float64(e.Motion.End[:3])
			if e.Kind == gcode.ArcFeed {
				arcs++
				r1, r2 := radius(&m, at), radius(&m, end)
				for i := range 33 {
					f := float64(i) / 32
					p := m.Point(at, f)
					if off := math.Abs(radius(&m, p) - (r1 + (r2-r1)*f)); off > 1e-9 {
						t.Fatalf("seed %d, line %d: %g m off the circle", seed, e.Line, off)
					}
					low, high := m.Extent(at)
					for j := range p {
						// What digits leave of a spiral may be outside.
						if slack := 1e-9 + math.Abs(r1-r2); p[j] < low[j]-slack || p[j] > high[j]+slack {
							t.Fatalf("seed %d, line %d: %v is outside %v to %v", seed, e.Line, p, low, high)
						}
					}
				}
				if p := m.Point(at, 1); distance(p, end) > 1e-9 {
					t.Fatalf("seed %d, line %d: the arc ends %g m beside its end", seed, e.Line, distance(p, end))
				}
				if math.Signbit(m.Sweep) != (e.Turns < 0) || math.Abs(m.Sweep) > 2*math.Pi*math.Abs(float64(e.Turns))+1e-9 {
					t.Fatalf("seed %d, line %d: sweep %g with %d turns", seed, e.Line, m.Sweep, e.Turns)
				}
			}
			at = end
		})
	}
	if arcs < 500 {
		t.Errorf("only %d arcs", arcs)
	}
}

func radius(m *gcode.Motion, p [3]float64) float64 {
	height := 0.0
	for i := range p {
		p[i] -= m.Centre[i]
		height += p[i] * m.Normal[i]
	}
	for i := range p {
		p[i] -= height * m.Normal[i]
	}
	return distance(p, [3]float64{})
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func TestFeedsAreInSIUnits(t *testing.T) {
	for _, c := range []struct {
		program string
		kind    gcode.FeedKind
		feed    float64
	}{
		{"G21 F600\nG1 X10", gcode.FeedLinear, 0.01},
		{"G20\nF60 G1 X10", gcode.FeedLinear, 0.0254},
		{"F360 G1 A90", gcode.FeedAngular, 360 * math.Pi / 180 / 60},
		{"F600 G1 X1 A90", gcode.FeedLinear, 0.01},
		{"F600 G1 U1 A90", gcode.FeedLinear, 0.01},
		{"F600 G2 I1", gcode.FeedLinear, 0.01},
		{"G93 G1 X10 F2", gcode.FeedTime, 30},
		{"S100 M3 G95 F0.5\nG1 X1", gcode.FeedPerTurn, 0.0005},
		{"G0 X1", gcode.FeedRapid, 0},
		{"F600 G38.2 Z-1", gcode.FeedLinear, 0.01},
	} {
		m := motions(t, c.program+"\nM2\n", gcode.Config{})[0].Motion
		if m.FeedKind != c.kind || math.Abs(m.Feed-c.feed) > 1e-15 {
			t.Errorf("%q: feed %d, %g; want %d, %g", c.program, m.FeedKind, m.Feed, c.kind, c.feed)
		}
	}
	m := motions(t, "M3 S100\nG33 Z-5 K1.5\nM2\n", gcode.Config{})[0].Motion
	if m.FeedKind != gcode.FeedSpindle || math.Abs(m.Pitch-0.0015) > 1e-15 {
		t.Errorf("G33 K1.5 has pitch %g", m.Pitch)
	}
}

func TestBlendingIsTheOneInEffect(t *testing.T) {
	m := motions(t, "F100 G64 P0.05\nG1 X1\nG61 X2\nG61.1 X3\nG64 X4\nG64 P0.1 G81 X5 Z-1 R1\nX6\nM2\n", gcode.Config{})
	for i, want := range []struct {
		how       gcode.Blending
		tolerance float64
	}{{gcode.Continuous, 5e-5}, {gcode.ExactPath, 5e-5}, {gcode.ExactStop, 5e-5}, {gcode.Continuous, 0}, {gcode.ExactPath, 0}} {
		got := m[i].Motion
		if got.Blending != want.how || want.how == gcode.Continuous && math.Abs(got.Tolerance-want.tolerance) > 1e-15 {
			t.Errorf("motion %d: %d, %g; want %d, %g", i+1, got.Blending, got.Tolerance, want.how, want.tolerance)
		}
	}
}

func TestToolCentrePointControlGivesTheTip(t *testing.T) {
	tools := &gcode.ToolTable{Tools: []gcode.Tool{{Number: 5, Pocket: 1, Offset: gcode.Axes{gcode.Z: 80}}}}
	m := motions(t, "G21 F1000 T5 M6\nG43 H5\nG1 X1 Z10 B30\nG43.4 H5\nG1 X1 Z10 B30\nG49\nG1 X1 Z10\nM2\n", gcode.Config{Tools: tools})
	for i, want := range []struct {
		centre bool
		z      float64
		length float64
	}{{false, 0.09, 0.08}, {true, 0.01, 0.08}, {false, 0.01, 0}} {
		got := m[i].Motion
		if got.ToolCentre != want.centre || math.Abs(got.End[gcode.Z]-want.z) > 1e-15 || math.Abs(got.ToolOffset[gcode.Z]-want.length) > 1e-15 {
			t.Errorf("motion %d: centre %v, Z %g, length %g; want %v", i+1, got.ToolCentre, got.End[gcode.Z], got.ToolOffset[gcode.Z], want)
		}
	}
}

func TestAllNineAxesMove(t *testing.T) {
	m := motions(t, "G0 X1 Y2 Z3 A4 B5 C6 U7 V8 W9\nG91 G0 U1 C-6\nM2\n", gcode.Config{})
	if want := (gcode.Axes{1, 2, 3, 4, 5, 0, 8, 8, 9}); m[1].Axes != want {
		t.Errorf("at %v, want %v", m[1].Axes, want)
	}
}

func TestEventsSayWhereTheyComeFrom(t *testing.T) {
	find := func(name string) (io.ReadCloser, string, error) {
		return io.NopCloser(strings.NewReader("o<far> sub\n\nN30 G0 X3\no<far> endsub\n")), "far.ngc", nil
	}
	m := motions(t, "G0 X1\nF1 G41.1 D1\nG1 X5\n(a) G1 Y9\nG40\no<far> call\nG0 X9\nM2\n", gcode.Config{Find: find})
	want := []struct {
		file string
		line int
	}{{"test.ngc", 1}, {"test.ngc", 3}, {"test.ngc", 4}, {"far.ngc", 3}, {"test.ngc", 7}}
	if len(m) != len(want) {
		t.Fatalf("%d motions, want %d", len(m), len(want))
	}
	for i, w := range want {
		if m[i].File != w.file || m[i].Line != w.line {
			t.Errorf("motion %d comes from %s:%d, want %s:%d", i+1, m[i].File, m[i].Line, w.file, w.line)
		}
	}
}
