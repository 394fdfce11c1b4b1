package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// TestMain lets the test binary be the recogniser, too.
func TestMain(m *testing.M) {
	if os.Getenv("LINETWIN_TEST_JUDGE") == "" {
		os.Exit(m.Run())
	}
	err := recogniser.Serve(os.Stdin, os.Stdout, func() (*recogniser.Handler, error) {
		if os.Getenv("LINETWIN_TEST_JUDGE") == "lacking" {
			return nil, errors.New("weights.bin is missing")
		}
		return &recogniser.Handler{Name: "test", Recognise: behave}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// What the recogniser does, by the red of the first pixel.
const (
	tells byte = iota // labels: crushed with its green, open with its blue, in parts of 255
	boxes             // a crushed place at 2, 3
	complains
	hangs
	floods
	dies
)

func behave(m model.Image) (a model.Answer, err error) {
	switch m.Pix[0] {
	case tells:
		g, b := float64(m.Pix[1])/255, float64(m.Pix[2])/255
		a.Labels = []model.Label{{Label: "crushed", Score: g}, {Label: "open", Score: b}, {Label: "fine", Score: 1}}
		a.Text = fmt.Sprintf("%dx%d", m.W, m.H)
	case boxes:
		a.Boxes = []model.Box{{Label: "crushed", Score: 0.8, X: 2, Y: 3, Width: 4, Height: 5}}
	case complains:
		err = errors.New("too dark")
	case hangs:
		time.Sleep(time.Hour)
	case floods:
		for {
			fmt.Print(strings.Repeat("x", 4096))
		}
	case dies:
		os.Exit(7)
	}
	return a, err
}

// picture is of one colour.
func picture(r, g, b byte) vision.Image {
	m := vision.Image{W: 40, H: 30, Pix: make([]byte, 3*40*30)}
	for i := 0; i < len(m.Pix); i += 3 {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2] = r, g, b
	}
	return m
}

// found is a verdict with the places of a part: front over 10..20 x 8..24, cap above it.
func found() vision.Verdict {
	return vision.Verdict{Marks: []vision.Mark{
		{Label: "cap", OK: true, Poly: rectangle(12, 4, 18, 8)},
		{Label: "front", OK: true, Poly: rectangle(10, 8, 20, 24)},
	}}
}

func open(t *testing.T, how string, clock Clock, change func(*specs.Recogniser)) *Judge {
	t.Helper()
	spec := specs.Recogniser{Region: "front", Bad: []string{"open", "crushed"}, MinScore: 0.5,
		Deadline: specs.Duration(time.Minute), Patience: specs.Duration(20 * time.Second)}
	if change != nil {
		change(&spec)
	}
	j, err := Open(recogniser.Spec{
		Name: "test", Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_JUDGE=" + how}, StopWithin: 100 * time.Millisecond,
	}, &spec, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func look(t *testing.T, j *Judge, m vision.Image) vision.Verdict {
	t.Helper()
	v := found()
	if err := j.Look(t.Context(), m, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestABadClassIsAFindingFromItsScoreOn(t *testing.T) {
	j := open(t, "well", Simulated, nil)
	for _, c := range []struct {
		green, blue byte
		class       string
		score       float64
	}{
		{0, 0, "", 0}, {127, 51, "", 127. / 255}, {128, 51, "crushed", 128. / 255}, {204, 255, "open", 1},
	} {
		v := look(t, j, picture(tells, c.green, c.blue))
		if bad := c.class != ""; v.Class != c.class || v.ClassScore != c.score || v.Good() == bad || bad != (v.Reason == vision.Learned) {
			t.Errorf("crushed %d, open %d of 255: %v, class %q with %v; want %q with %v", c.green, c.blue, v.Reason, v.Class, v.ClassScore, c.class, c.score)
		}
	}
	if n := j.Counts(); n.Shown != 4 || n.Bad != 2 || n.NoAnswer != 0 || n.Restarts != 0 {
		t.Errorf("%+v", n)
	}
}

func TestABoxIsMarkedWhereItIsInThePicture(t *testing.T) {
	v := look(t, open(t, "well", Simulated, nil), picture(boxes, 0, 0))
	last := v.Marks[len(v.Marks)-1]
	// The crop begins a twentieth of 10 and of 16 before 10 and 8: with the pixel 10, 7, whose
	// corner is at 9.5, 6.5.
	if last.Label != "crushed" || last.OK || last.Poly[0] != (vision.Point{X: 9.5 + 2, Y: 6.5 + 3}) || last.Poly[2] != (vision.Point{X: 9.5 + 6, Y: 6.5 + 8}) {
		t.Errorf("the mark is %+v", last)
	}
}

func TestTheCropIsTheRegionWithItsMargin(t *testing.T) {
	m := picture(0, 0, 0)
	for i := range m.W * m.H {
		m.Pix[3*i+1], m.Pix[3*i+2] = byte(i%m.W), byte(i/m.W)
	}
	for region, want := range map[string]vision.Rect{
		"front": {X0: 10, Y0: 7, X1: 22, Y1: 26}, "cap": {X0: 12, Y0: 4, X1: 19, Y1: 9}, "whole": {X0: 10, Y0: 3, X1: 22, Y1: 26},
	} {
		j, v := &Judge{spec: specs.Recogniser{Region: region}}, found()
		outline, ok := j.outline(&v)
		at := crop(outline, m)
		got := cut(m, at)
		if !ok || at != want || got.W != want.X1-want.X0 || got.H != want.Y1-want.Y0 || !got.Valid() {
			t.Fatalf("%s: %+v, %t, %dx%d, want %+v", region, at, ok, got.W, got.H, want)
		}
		last := got.Pix[len(got.Pix)-3:]
		if int(got.Pix[1]) != want.X0 || int(got.Pix[2]) != want.Y0 || int(last[1]) != want.X1-1 || int(last[2]) != want.Y1-1 {
			t.Errorf("%s: the crop is of other pixels", region)
		}
	}
}

func TestAPartWithoutAnAnswerIsNotJudgedAndTheNextOneIs(t *testing.T) {
	for name, what := range map[string]byte{"complains": complains, "hangs": hangs, "floods": floods, "dies": dies} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := open(t, "well", Simulated, func(s *specs.Recogniser) {
				if what == hangs {
					s.Patience = specs.Duration(time.Second) // what is well answers within it on a busy machine, too
				}
			})
			look(t, j, picture(tells, 0, 0))
			for range 4 { // more often than requests wait that are not patient
				if v := look(t, j, picture(what, 0, 0)); v.Reason != vision.NotJudged || v.Good() {
					t.Fatalf("the verdict is %v", v.Reason)
				}
			}
			if v := look(t, j, picture(tells, 255, 0)); v.Class != "crushed" {
				t.Errorf("the part after it is %v with class %q; want it judged", v.Reason, v.Class)
			}
			n := j.Counts()
			if restarts := n.Restarts; n.Shown != 6 || n.NoAnswer != 4 || n.Bad != 1 || n.Why == nil || what != complains && restarts != 4 || what == complains && restarts != 0 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestNothingIsAskedOfWhatIsNotSeen(t *testing.T) {
	j := open(t, "lacking", Simulated, nil) // it would fail
	for _, v := range []vision.Verdict{{}, {Reason: vision.NotJudged, Marks: found().Marks}, {Reason: vision.NoQR}} {
		was := v.Reason
		if err := j.Look(t.Context(), picture(0, 0, 0), &v); err != nil || v.Reason != was {
			t.Errorf("%v, %v", v.Reason, err)
		}
	}
}

func TestARecogniserThatNeverRunsEndsASimulationAndNoLine(t *testing.T) {
	v := found()
	err := open(t, "lacking", Simulated, nil).Look(t.Context(), picture(0, 0, 0), &v)
	if err == nil || !strings.Contains(err.Error(), "does not run: recogniser test cannot load its model: weights.bin is missing") {
		t.Errorf("simulated: %v", err)
	}
	j := open(t, "lacking", Wall, func(s *specs.Recogniser) { s.Deadline = specs.Duration(50 * time.Millisecond) })
	for range 3 {
		v := found()
		if err := j.Look(t.Context(), picture(0, 0, 0), &v); err != nil || v.Reason != vision.NotJudged {
			t.Errorf("on the wall clock: %v, %v", v.Reason, err)
		}
	}
}

func TestOnTheWallClockAnAnswerBehindItsDeadlineCountsNoMore(t *testing.T) {
	j := open(t, "well", Wall, nil)
	look(t, j, picture(tells, 0, 0)) // its model is loaded now
	j.spec.Deadline = specs.Duration(30 * time.Millisecond)
	if v := look(t, j, picture(hangs, 0, 0)); v.Reason != vision.NotJudged {
		t.Errorf("%v, without an answer", v.Reason)
	}
	if n := j.Counts(); n.NoAnswer != 1 || !errors.Is(n.Why, context.DeadlineExceeded) {
		t.Errorf("%+v", n)
	}
}

func TestARunThatIsInterruptedWaitsForNoAnswer(t *testing.T) {
	j := open(t, "well", Simulated, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := found()
	if err := j.Look(ctx, picture(hangs, 0, 0), &v); err != nil || v.Reason != vision.NotJudged || j.Counts().NoAnswer != 0 {
		t.Errorf("%v, %v, %+v; the recogniser is not to blame", v.Reason, err, j.Counts())
	}
}

func TestWhatIsWrongIsToldWithItsField(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	models := func(name, device string) (recogniser.Spec, *model.Spec, error) {
		if name != "caps" && filepath.Clean(name) != filepath.Join(dir, "caps") || device != "cpu" {
			return recogniser.Spec{}, nil, fmt.Errorf("there is no model %s on %s", name, device)
		}
		return recogniser.Spec{Command: []string{"caps"}}, &model.Spec{Name: "caps", File: "caps.onnx", Labels: []string{"fine", "open"}}, nil
	}
	for _, c := range []struct {
		spec        specs.Recogniser
		field, want string // field "": it is right
	}{
		{specs.Recogniser{Model: "caps", Bad: []string{"open"}}, "", ""},
		{specs.Recogniser{Model: "./caps", Bad: []string{"open"}}, "", ""},
		{specs.Recogniser{Model: "caps/caps.onnx", Bad: []string{"open"}}, "", ""},
		{specs.Recogniser{Model: "caps/cups.onnx", Bad: []string{"open"}}, "model", `describes "caps.onnx"`},
		{specs.Recogniser{Model: "cups", Bad: []string{"open"}}, "model", "no model cups"},
		{specs.Recogniser{Model: "./cups", Bad: []string{"open"}}, "model", "no model " + filepath.Join(dir, "cups")},
		{specs.Recogniser{Model: "caps", Bad: []string{"fine", "opened"}}, "bad", `knows no class "opened"; its classes are fine, open`},
		{specs.Recogniser{Command: []string{"no-such-program-anywhere"}}, "command", `"no-such-program-anywhere" cannot be run`},
		{specs.Recogniser{Command: []string{"./notes.txt"}}, "command", `"./notes.txt" cannot be run`},
		{specs.Recogniser{Command: []string{os.Args[0], "-x"}}, "", ""},
	} {
		c.spec.Device = "cpu"
		_, err := Prepare(&c.spec, dir, models)
		var at *vision.SettingError
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%+v: %v", c.spec, err)
		case c.field != "" && (!errors.As(err, &at) || at.Field[1] != c.field || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v; want it of %s, with %q", c.spec, err, c.field, c.want)
		}
	}
}
