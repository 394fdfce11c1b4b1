package twin_test

import (
	"context"
	"errors"

	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// slot is a program of some seconds, with corners, arcs and both rotary axes.
const slot = `G21 G90 G17 G54
T1 M6
S12000 M3
G43.4 H1
G64 P0.002
G0 X-20 Y0 Z30 A-10 C0
G1 Z20 F1200
X20 A-20 C30
G3 X20 Y10 I0 J5
G1 X-20 A-30 C-60
X-20 Y0 A-10 C0
M5
G0 Z40
M2
`

// milling is a scenario of one mill that runs a program, beside some files.
func milling(t testing.TB, program string, edit func(*specs.Scenario), files ...string) twin.Scenario {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"part.ngc":  program,
		"tools.tbl": "T1 P1 D8 Z100\n",
		"shop.cue": `package shop
import "linetwin.dev/specs"
specs.#Scenario
name: "shop"
duration: "30s"
mills: vmc: {
	type: "XYZAC-TRT"
	x: {min: "-200mm", max: "200mm"}
	y: {min: "-200mm", max: "200mm"}
	z: {min: "50mm", max: "400mm", home: "300mm"}
	tilt: {min: "-110deg", max: "40deg"}
	turn: {}
	tools: "tools.tbl"
	gauge: every: "10ms"
	sim: drift: shift: ["30um", "0um", "0um"]
	sim: drift: time: "5s"
}
cncs: nc: {mill: "vmc", program: "part.ngc", work: ["5mm", "0mm", "0mm"]}
`,
	}
	for i := 0; i < len(files); i += 2 {
		all[files[i]] = files[i+1]
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := specs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(&l.Scenario)
	}
	return twin.Scenario{Scenario: &l.Scenario, Dir: dir, Where: l.Where}
}

// online turns the correction by the gauge on.
func online(s *specs.Scenario) {
	nc := s.CNCs["nc"]
	nc.Compensation.Online.Gain = 5
	s.CNCs["nc"] = nc
}

// states are those that a CNC went through, in their order.
func states(out twin.Outcome) string {
	var all []string
	for _, s := range out.Report.Timeline.Spans {
		if s.Lane == "CNC nc" {
			all = append(all, s.Label)
		}
	}
	return strings.Join(all, " ")
}

func TestACNCObeysItsOperatorAndNeverBreaksALimit(t *testing.T) {
	type order struct {
		at time.Duration
		is int64 // a command, or 0 for an override
		by float64
	}
	const s = time.Second
	for _, c := range []struct {
		name   string
		orders []order
		edit   func(*specs.Scenario)
		states string
		time   [2]float64 // of the cycle, s
	}{
		{"to the end", nil, nil, "Idle Execute Complete", [2]float64{6, 8}},
		{"with corrections", nil, online, "Idle Execute Complete", [2]float64{6, 8}},
		{"held and resumed", []order{{5 * s, 4, 0}, {8 * s, 5, 0}}, online, "Idle Execute Holding Held Execute Complete", [2]float64{9, 11}},
		{"held, and resumed before it stands", []order{{5 * s, 4, 0}, {5*s + 20*time.Millisecond, 5, 0}}, nil, "Idle Execute Holding Execute Complete", [2]float64{6, 8}},
		{"at half the feed", []order{{1 * s, 0, 0.5}}, online, "Idle Execute Complete", [2]float64{10, 14}},
		{"faster, slower, stopped by the override, and on", []order{{4 * s, 0, 1.2}, {5 * s, 0, 0.1}, {6 * s, 0, 0}, {9 * s, 0, 1}}, online, "Idle Execute Complete", [2]float64{9, 14}},
		{"stopped, and anew", []order{{5 * s, 3, 0}, {7 * s, 1, 0}, {8 * s, 2, 0}}, online, "Idle Execute Stopping Stopped Idle Execute Complete", [2]float64{5, 8}},
		{"stopped while it is held", []order{{5 * s, 4, 0}, {7 * s, 3, 0}}, nil, "Idle Execute Holding Held Stopping Stopped", [2]float64{}},
		{"aborted, cleared, and anew", []order{{2 * s, 8, 0}, {3 * s, 9, 0}, {4 * s, 1, 0}, {5 * s, 2, 0}}, online, "Idle Execute Aborted Stopped Idle Execute Complete", [2]float64{5, 8}},
		{"with commands that do not fit", []order{{5 * s, 9, 0}, {6 * s, 1, 0}, {20 * s, 4, 0}}, nil, "Idle Execute Complete", [2]float64{6, 8}},
		{"twice", []order{{20 * s, 1, 0}, {21 * s, 2, 0}}, online, "Idle Execute Complete Idle Execute Complete", [2]float64{6, 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tw := build(t, milling(t, slot, c.edit), twin.Options{})
			for _, o := range c.orders {
				var err error
				if o.is == 0 {
					err = tw.Override(o.at, "nc", o.by)
				} else {
					err = tw.Command(o.at, "nc", o.is)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			out, err := tw.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimPrefix(states(out), "Stopped "); got != c.states {
				t.Errorf("it went through %s, want %s", got, c.states)
			}
			for _, l := range []string{"speed", "acceleration", "jerk"} {
				if v := value(t, out, "cnc.nc.limits."+l); v > 1 || v < 0.3 {
					t.Errorf("of the limits of %s it used %v", l, v)
				}
			}
			if v := value(t, out, "cnc.nc.late_cycles"); v != 0 {
				t.Errorf("%v late cycles", v)
			}
			if c.time[1] > 0 {
				if v := value(t, out, "cnc.nc.cycle_time"); v < c.time[0] || v > c.time[1] {
					t.Errorf("it took %v s, want %v", v, c.time)
				}
			}
			e := out.Summary.Metrics["cnc.nc.path_error"]
			if most := 40e-6; e.Max == nil || *e.Max > most {
				t.Errorf("the tip was off its path by %v", e)
			}
		})
	}
}

func TestAProgramRunsOnMillsOfAllTypes(t *testing.T) {
	for _, typ := range machine.Types() {
		program := slot
		if typ[3] == 'B' {
			program = strings.ReplaceAll(slot, " A-", " B-")
		}
		out := run(t, milling(t, program, func(s *specs.Scenario) {
			online(s)
			m := s.Mills["vmc"]
			m.Type, m.Pivot = typ, [3]specs.Length{0, 0, 0.15}
			m.Z.Max = 0.6
			s.Mills["vmc"] = m
		}), twin.Options{})
		e := out.Summary.Metrics["cnc.nc.path_error"]
		if got := states(out); !strings.HasSuffix(got, "Execute Complete") || e.Max == nil || *e.Max > 30e-6 || *e.P50 > 5e-6 {
			t.Errorf("%s: it went through %s, and was off by %v", typ, got, e)
		}
		if v := value(t, out, "cnc.nc.limits.jerk"); v > 1 {
			t.Errorf("%s: it used %v of the limits of jerk", typ, v)
		}
	}
}

func TestAStopInTheProgramWaitsForTheOperator(t *testing.T) {
	tw := build(t, milling(t, strings.Replace(slot, "M5\n", "M5\nM0\n", 1), nil), twin.Options{})
	if err := tw.Command(20*time.Second, "nc", 5); err != nil {
		t.Fatal(err)
	}
	out, err := tw.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := states(out); !strings.HasSuffix(got, "Execute Holding Held Execute Complete") {
		t.Errorf("it went through %s", got)
	}
}

func TestAMillThatIsLostStopsTheProgramWithAnAlarm(t *testing.T) {
	for _, c := range []struct {
		name  string
		edit  func(*specs.Scenario)
		alarm string
	}{
		{"cut off", func(s *specs.Scenario) {
			s.Faults = []specs.Fault{{At: specs.Duration(6 * time.Second), For: specs.Duration(time.Second), Device: "vmc", Kind: "offline"}}
		}, "nc: mill vmc does not answer"},
		{"with a drive that is too weak", func(s *specs.Scenario) {
			m := s.Mills["vmc"]
			m.Turn.Friction *= 1000
			s.Mills["vmc"] = m
		}, "nc: the drive of axis c of mill vmc has given up"},
	} {
		out := run(t, milling(t, slot, c.edit), twin.Options{})
		if got := states(out); !strings.HasSuffix(got, "Execute Aborted") {
			t.Errorf("%s: it went through %s", c.name, got)
		}
		if notes := strings.Join(out.Summary.Notes, "\n"); !strings.Contains(notes, c.alarm) {
			t.Errorf("%s: the notes are %s", c.name, notes)
		}
	}
}

func TestAMillCanBeClearedAndStartedAgainAfterItWasLost(t *testing.T) {
	tw := build(t, milling(t, slot, func(s *specs.Scenario) {
		online(s)
		s.Faults = []specs.Fault{{At: specs.Duration(6 * time.Second), For: specs.Duration(time.Second), Device: "vmc", Kind: "offline"}}
	}), twin.Options{})
	for i, command := range []int64{9, 1, 2} {
		if err := tw.Command(time.Duration(8+i)*time.Second, "nc", command); err != nil {
			t.Fatal(err)
		}
	}
	out, err := tw.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := states(out); !strings.HasSuffix(got, "Execute Aborted Stopped Idle Execute Complete") {
		t.Errorf("it went through %s", got)
	}
}

func TestMistakesInTheFilesOfAMillHaveTheirPlaces(t *testing.T) {
	table := "position[mm],forward[um]\n0,1\n"
	axes := func(s *specs.Scenario) {
		nc := s.CNCs["nc"]
		nc.Compensation.Axes.X = "x.csv"
		s.CNCs["nc"] = nc
	}
	for _, c := range []struct {
		name    string
		program string
		edit    func(*specs.Scenario)
		files   []string
		want    string
	}{
		{"a word that is none", "G21\nG1 X3 F100 Q$\nM2\n", nil, nil, "part.ngc:2:"},
		{"a feed that is missing", "G21 T1 M6 G43.4 H1\nG1 X3\nM2\n", nil, nil, "part.ngc:2:"},
		{"an axis that leaves its range", "G21\nG0 X500\nM2\n", nil, nil, "part.ngc:2:1: axis X would be at 505 mm, outside of its range from -200 to 200 mm"},
		{"a range that is left on the way", strings.Replace(slot, "X20 A-20 C30\n", "X20 A60 C30\n", 1), nil, nil, "part.ngc:8:1: axis A would be at"},
		{"a tool that is not there", "T9 M6\nG1 X3 F100\nM2\n", nil, nil, "part.ngc:1:1: tool 9 is not in the tool table"},
		{"a tool table", slot, nil, []string{"tools.tbl", "T1 P1 Y\n"}, "tools.tbl:1:"},
		{"a table of an axis", slot, axes, []string{"x.csv", table + "0,2\n"}, "x.csv:3:1: position: it has to be above that of the row before"},
		{"no lines to look at", slot, func(s *specs.Scenario) {
			nc := s.CNCs["nc"]
			nc.Surface.Ball, nc.Surface.Step = 4e-3, 1e-3
			nc.Surface.Across = []specs.SurfaceLine{{Direction: [3]float64{1, 0, 0}, Feed: [3]float64{1, 0, 0}, Within: 1e-3}}
			s.CNCs["nc"] = nc
		}, nil, "shop.cue:18:7: surface: roughness: the line has no feed across its direction"},
	} {
		sc := milling(t, c.program, nil, c.files...)
		if c.edit != nil {
			c.edit(sc.Scenario)
		}
		_, err := twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}, Check: true})
		var list specs.Errors
		if !errors.As(err, &list) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is a %T, %v; want %s", c.name, err, err, c.want)
		}
	}
}
