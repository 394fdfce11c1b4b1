package verdicts_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"linetwin.dev/sim/verdicts"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision/trial"
)

func bottling(tb testing.TB) *specs.Loaded {
	tb.Helper()
	sc, err := specs.Load("../../scenarios/bottling")
	if err != nil {
		tb.Fatal(err)
	}
	return sc
}

// LINETWIN_BOTTLES says how many bottles are judged: 10000 is what the line is held to.
func TestNoBadBottleIsCalledGoodAndHardlyAGoodOneBad(t *testing.T) {
	n := 200
	if v, err := strconv.Atoi(os.Getenv("LINETWIN_BOTTLES")); err == nil && v > 0 {
		n = v
	}
	subject, err := verdicts.Subject(bottling(t), "inspect", n)
	if err != nil {
		t.Fatal(err)
	}
	r, err := trial.Run(context.Background(), trial.Options{Seed: 1, Failures: 5}, subject)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Subjects[0].Groups {
		rate := float64(g.Right) / float64(g.Items)
		t.Logf("%s: %d of %d", g.Category.Name, g.Right, g.Items)
		if rate < g.Category.Least || g.Wrong > 0 {
			for _, f := range g.Failures {
				t.Logf("%d: %s", f.Number, f.Note)
			}
			t.Errorf("%s: %d of %d are judged rightly, %d misread; want %.4g", g.Category.Name, g.Right, g.Items, g.Wrong, g.Category.Least)
		}
	}
}

// LINETWIN_LADDER says how many bottles are judged of each kind and severity; with -v the test writes
// the table of vision/README.md.
func TestWhatIsLargeEnoughIsAlwaysFoundAndNamed(t *testing.T) {
	n, severities := 2, []float64(nil)
	if v, err := strconv.Atoi(os.Getenv("LINETWIN_LADDER")); err == nil && v > 0 {
		n, severities = v, []float64{0, 0.15, 0.3, 0.5, 1}
	}
	s, err := verdicts.New(bottling(t), "inspect", verdicts.Stress{})
	if err != nil {
		t.Fatal(err)
	}
	for kind := device.UnreadableQR; kind <= device.Bulge; kind <<= 1 {
		least, ok := verdicts.Least(kind)
		at := severities
		switch {
		case ok:
			at = append([]float64{least}, at...)
		case kind&device.Harmless == 0:
			continue
		}
		rungs, err := s.Ladder(5, kind, at, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rungs {
			t.Logf("%v of %.3g %s (severity %.2f): %d of %d found, %d named", kind, r.Size.Value, r.Size.Unit, r.Severity, r.Found, r.Judged, r.Named)
			if ok && r.Severity >= least && (r.Found < r.Judged || r.Named < r.Judged) {
				t.Errorf("%v of %.3g %s: %d of %d found and %d named, want all", kind, r.Size.Value, r.Size.Unit, r.Found, r.Judged, r.Named)
			}
		}
	}
	if _, err := s.Ladder(5, device.MissingCap, []float64{1}, 1); err == nil {
		t.Error("a cap can be missing a little")
	}
}

func TestABottleIsTheSameWhoeverAsks(t *testing.T) {
	a, err := verdicts.New(bottling(t), "inspect", verdicts.Stress{})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(i int, d device.Defect) string {
		s, err := a.Shoot(3, i, d)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Release()
		return fmt.Sprintf("%+v", s.Judge())
	}
	first := tell(5, device.Dent)
	tell(6, 0)
	if again := tell(5, device.Dent); again != first {
		t.Errorf("bottle 5 is first %s\nand then %s", first, again)
	}
}

func TestStressShowsInTheRates(t *testing.T) {
	axes := verdicts.Axes()
	for _, a := range axes {
		if a.Name == "light" {
			a.Steps = []verdicts.Step{a.Steps[0], {At: 1}}
			points, err := verdicts.Sweep(context.Background(), bottling(t), "inspect", a, 2, 24, nil)
			if err != nil {
				t.Fatal(err)
			}
			dark, usual := points[0], points[1]
			if dark.Good+dark.Bad != 24 || dark.Good < 12 || dark.Rejected < 10 {
				t.Errorf("in a hundredth of the light: %+v; want most good bottles rejected", dark)
			}
			if usual.Rejected+usual.Escaped+dark.Escaped > 0 {
				t.Errorf("in the usual light %+v, in the dark %+v", usual, dark)
			}
			if c := verdicts.Chart(a, points); len(c.Lines) != 2 || len(c.Lines[1].Points) != 2 || c.Lines[1].Points[0].Rate < 0.8 {
				t.Errorf("chart %+v", c)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := verdicts.Sweep(ctx, bottling(t), "inspect", axes[0], 1, 100, nil); err == nil {
		t.Error("an ended context ends no sweep")
	}
	if _, err := verdicts.New(bottling(t), "nowhere", verdicts.Stress{}); err == nil {
		t.Error("a station that is not there was put up")
	}
}
