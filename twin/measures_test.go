package twin_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin"
)

// late are a station's registers that came after those of the first versions.
var late = []string{"inspect.turn", "inspect.damage", "inspect.cap_tilt", "inspect.bulge", "inspect.relief", "inspect.grade"}

func TestRegistersThatCameLaterMoveNoOther(t *testing.T) {
	tw := build(t, modelled(short(t, 1)), twin.Options{})
	defer tw.Close()
	var names []string
	for _, r := range tw.Bank().Registers() {
		names = append(names, r.Name)
	}
	if tail := names[len(names)-len(late):]; !slices.Equal(tail, late) {
		t.Errorf("at the end are %q; want %q", tail, late)
	}
}

func TestWhatAStationMeasuresIsInItsRegisters(t *testing.T) {
	sc := changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
		s.Duration, s.Faults, s.Expect = specs.Duration(9*time.Second), nil, map[string]string{}
		f := s.Feeders["infeed"]
		f.Defects = specs.Defects{RotatedLabel: 1, TornLabel: 1, CrookedCap: 1, Bulge: 1}
		s.Feeders = map[string]specs.Feeder{"infeed": f}
	})
	tw := build(t, sc, twin.Options{})
	out, err := tw.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	limits := sc.Inspections["inspect"]
	for _, c := range []struct {
		name        string
		least, most float64
	}{
		{"inspect.turn", float64(limits.MaxTurn), math.Pi},
		{"inspect.damage", float64(limits.MaxDamage), 1},
		{"inspect.cap_tilt", float64(limits.MaxTilt), math.Pi / 2},
		{"inspect.bulge", float64(limits.MaxBulge), 0.02},
		{"inspect.grade", 0, 4},
		{"inspect.seq", 1, 100},
	} {
		info, err := tw.Bank().Lookup(c.name)
		if err != nil {
			t.Fatal(err)
		}
		v := math.Abs(tw.Bank().At(info.Ref).Sample().Value.Number(info.Type))
		if v < c.least || v > c.most {
			t.Errorf("%s is %v, want %v to %v", c.name, v, c.least, c.most)
		}
	}
	shown, best := map[string]int{}, 0.0
	for _, c := range out.Report.Series {
		shown[c.Name] = len(c.Points)
		if c.Name == "inspect.grade" {
			for _, p := range c.Points {
				best = max(best, p.V)
			}
		}
	}
	if best < 1 {
		t.Errorf("the best grade of a code is %v; want at least 1", best)
	}
	for _, n := range []string{"inspect.shift", "inspect.turn", "inspect.damage", "inspect.cap_tilt", "inspect.dent", "inspect.bulge", "inspect.grade"} {
		if shown[n] == 0 {
			t.Errorf("the report shows no %s", n)
		}
	}
}
