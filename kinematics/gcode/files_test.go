package gcode_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

func TestToolTablesAreLinuxCNCs(t *testing.T) {
	table, err := gcode.ReadToolTable("tool.tbl", strings.NewReader("; comment\n\nT1 P3 D6.5 X1 Y-2 Z+25.4 A1 B2 C3 U4 V5 W6 I10 J20 Q3 ; an end mill\nt99999 p123 z0.1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := gcode.Tool{Number: 1, Pocket: 3, Offset: gcode.Axes{1, -2, 25.4, 1, 2, 3, 4, 5, 6}, Diameter: 6.5, FrontAngle: 10, BackAngle: 20, Orientation: 3, Comment: "an end mill"}
	if len(table.Tools) != 2 || table.Tools[0] != want || table.Tools[1].Number != 99999 {
		t.Errorf("got %+v", table.Tools)
	}
	for _, c := range []struct{ text, want string }{
		{"T1 P1\nT2 P2 H3", "t:2:7: \"H3\": a tool has the words"},
		{"T1 P1 Zx", "t:1:7: \"Zx\" is not a letter with a number"},
		{"T1.5 P1", "t:1:1: \"T1.5\": T has a whole number"},
		{"P1 Z2", "t:1: the tool has no number"},
		{"T1 Z2", "t:1: tool 1 has no pocket"},
		{"T1 P1 Q12", "t:1:7: \"Q12\": a tool's orientation is 0 to 9"},
	} {
		if _, err := gcode.ReadToolTable("t", strings.NewReader(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestParametersComeBackFromTheirFile(t *testing.T) {
	in := gcode.New("p", strings.NewReader("G21 G10 L2 P2 X1.5 R30\n#100=7 #5=3\nG28.1\nM2\n"), gcode.Config{})
	for {
		if _, err := in.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := gcode.WriteParameters(&file, in.Parameters()); err != nil {
		t.Fatal(err)
	}
	p, err := gcode.ReadParameters("var", &file)
	if err != nil {
		t.Fatal(err)
	}
	if p[5241] != 1.5 || p[5250] != 30 || p[100] != 7 || p[5] != 0 || p[5420] != 0 {
		t.Errorf("#5241 %g, #5250 %g, #100 %g, #5 %g", p[5241], p[5250], p[100], p[5])
	}
	for _, c := range []struct{ text, want string }{
		{"5161 1\n5161 2", "v:2: parameter 5161 comes after 5161"},
		{"9999 1", "v:1: there is no parameter 9999"},
		{"5161 x", "v:1: parameter 5161 has \"x\", which is no number"},
	} {
		if _, err := gcode.ReadParameters("v", strings.NewReader(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestAnIniFileConfiguresTheInterpreter(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("more.inc", "RETAIN_G43 = 1\n[TRAJ]\nSPINDLES = 2\n")
	text := "# a machine\n[DISPLAY]\nPROGRAM_PREFIX = programs\n[RS274NGC]\nSUBROUTINE_PATH = a:\\\n  b\nORIENT_OFFSET = 15\n#INCLUDE more.inc\n[AXIS_C]\nWRAPPED_ROTARY = 1\n[VALUES]\nDEPTH = -2.5\n"
	ini, err := gcode.ReadINI(filepath.Join(dir, "machine.ini"), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var c gcode.Config
	if err := ini.Configure(&c); err != nil {
		t.Fatal(err)
	}
	if !c.RetainG43 || c.OrientOffset != 15 || c.Spindles != 2 || c.WrappedRotary != [3]bool{false, false, true} {
		t.Errorf("got %+v", c)
	}
	if f := strings.Join(ini.Folders(), " "); f != "programs a b" {
		t.Errorf("folders %q", f)
	}
	if v, ok := c.Lookup("_ini[values]depth"); v != -2.5 || !ok {
		t.Errorf("depth %g, %v", v, ok)
	}
	for _, c := range []struct{ text, want string }{
		{"[A\n", "i:1: a section without its ]"},
		{"[A]\nB", "i:2: \"B\" is neither a [section] nor KEY = value"},
		{"#INCLUDE none.inc", "i:1: open none.inc: "},
	} {
		if _, err := gcode.ReadINI("i", strings.NewReader(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
	wrong, err := gcode.ReadINI("i", strings.NewReader("[RS274NGC]\nRETAIN_G43=maybe\nORIENT_OFFSET=x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := wrong.Configure(&c); err == nil || !strings.Contains(err.Error(), "RETAIN_G43 = maybe") || !strings.Contains(err.Error(), "ORIENT_OFFSET = x") {
		t.Errorf("got %v", err)
	}
}

// bench is a machine that says where it is.
type benchMachine struct{}

func (benchMachine) Position(believed gcode.Axes) gcode.Axes {
	believed[gcode.Z]++
	return believed
}
func (benchMachine) Probed(believed gcode.Axes) (gcode.Axes, bool) {
	believed[gcode.Z] += 2
	return believed, true
}
func (benchMachine) Input(n int, analog bool, _ float64) float64 {
	if analog {
		return 2.5
	}
	return float64(n)
}

func TestTheMachineAnswersWhatOnlyItKnows(t *testing.T) {
	var said []string
	program := "F100 G38.2 Z-10\n(msg,x)\n(debug,%.1f#5063 #5070 #5422)\nM66 P3 L0\n(debug,#5399)\nM66 E0\n(debug,%.1f#5399)\nM2\n"
	err := events(t, program, gcode.Config{Machine: benchMachine{}}, func(e *gcode.Event) {
		if e.Kind == gcode.Message {
			said = append(said, string(e.Text))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, "|"); got != "x|-8.0 1.0 -9.0|3.000000|2.5" {
		t.Errorf("got %q", got)
	}
}

func TestWrappedRotaryAxesTurnAsTheirSignSays(t *testing.T) {
	cfg := gcode.Config{WrappedRotary: [3]bool{true, false, false}}
	m := motions(t, "G0 A90\nA10\nA-350\nA350\nG91 A20\nG90 A0\nM2\n", cfg)
	for i, want := range []float64{90, 370, 350, 350, 370, 720} {
		if got := m[i].Axes[gcode.A]; got != want {
			t.Errorf("move %d goes to %g, want %g", i+1, got, want)
		}
	}
}

func TestIndexersMoveAloneBetweenUnlockAndLock(t *testing.T) {
	var kinds []gcode.Kind
	cfg := gcode.Config{Indexer: [3]bool{true, false, false}}
	if err := events(t, "G0 A90\nM2\n", cfg, func(e *gcode.Event) {
		if e.Line == 1 {
			kinds = append(kinds, e.Kind)
		}
	}); err != nil {
		t.Fatal(err)
	}
	want := []gcode.Kind{gcode.ControlMode, gcode.IndexUnlock, gcode.Traverse, gcode.IndexLock, gcode.ControlMode, gcode.NaiveCAM}
	if len(kinds) != len(want) {
		t.Fatalf("got %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("event %d is %d, want %d", i, kinds[i], want[i])
		}
	}
	if err := events(t, "G0 A90 X1\nM2\n", cfg, func(*gcode.Event) {}); err == nil || !strings.Contains(err.Error(), "1:4: A is an indexer, which moves alone") {
		t.Errorf("got %v", err)
	}
}
