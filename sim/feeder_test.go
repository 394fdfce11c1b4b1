package sim

import (
	"math"
	"testing"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// born is a feeder's first n parts, put on as fast as they come.
func born(t *testing.T, n int, edit func(f *specs.Feeder)) []*part {
	t.Helper()
	s := newStage(t, func(s *specs.Scenario) {
		f := s.Feeders["infeed"]
		edit(&f)
		s.Feeders["infeed"] = f
	})
	f := s.w.feeders[0]
	for len(f.belt.parts.list) < n {
		f.belt.s += 100
		f.feed(2 * sec)
	}
	return f.belt.parts.list[:n]
}

const many = 10_000

func TestSpacingIsTheLeastPlusAnExponential(t *testing.T) {
	parts := born(t, many, func(f *specs.Feeder) { f.Spacing = specs.Spacing{Min: 0.2, Mean: 0.5} })
	var sum, above float64
	for i := 1; i < len(parts); i++ {
		gap := parts[i].s0 - parts[i-1].s0
		if gap < 0.2-1e-9 {
			t.Fatalf("a gap of %v m", gap)
		}
		sum += gap
		if gap > 0.5 {
			above++
		}
	}
	n := float64(len(parts) - 1)
	// Five standard deviations: of a mean 0.3/sqrt(n), of a part exp(-1) a binomial's.
	if mean := sum / n; math.Abs(mean-0.5) > 5*0.3/math.Sqrt(n) {
		t.Errorf("mean gap %v", mean)
	}
	p := math.Exp(-1)
	if part := above / n; math.Abs(part-p) > 5*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%v of the gaps are above the mean, want %v", part, p)
	}
}

func TestPlacesAreNormalAndCutOff(t *testing.T) {
	parts := born(t, many, func(f *specs.Feeder) { f.Lateral, f.Yaw = 2e-3, 0.02 })
	var y2, yaw2, cross float64
	for _, p := range parts {
		if math.Abs(p.y) > 2.5*2e-3 || math.Abs(p.yaw) > 2.5*0.02 {
			t.Fatalf("a part lies at %v m, %v rad", p.y, p.yaw)
		}
		y2 += p.y * p.y / 4e-6 / many
		yaw2 += p.yaw * p.yaw / 4e-4 / many
		cross += p.y * p.yaw / 4e-5 / many
	}
	// The variance of a standard normal cut at 2.5: 1 - 2 c phi(c) / (2 Phi(c) - 1).
	const c = 2.5
	want := 1 - 2*c*math.Exp(-c*c/2)/math.Sqrt(2*math.Pi)/math.Erf(c/math.Sqrt2)
	if math.Abs(y2-want) > 0.06 || math.Abs(yaw2-want) > 0.06 || math.Abs(cross) > 0.05 {
		t.Errorf("variances %v and %v, want %v; covariance %v, want 0", y2, yaw2, want, cross)
	}
}

// rates of defects, all different.
var someDefects = specs.Defects{UnreadableQR: 0.02, MissingQR: 0.1, WrongLabel: 0.03, ShiftedLabel: 0.05, MissingCap: 0.07, Dent: 0.01,
	TornLabel: 0.04, SmearedLabel: 0.06, RotatedLabel: 0.015, ScratchedQR: 0.035, FaintQR: 0.025, CrookedCap: 0.045, Bulge: 0.055}

func TestDefectsComeAtTheirRates(t *testing.T) {
	parts := born(t, many, func(f *specs.Feeder) { f.Defects = someDefects })
	got := map[device.Defect]float64{}
	both := 0.0
	for _, p := range parts {
		for d := device.UnreadableQR; d <= device.Bulge; d <<= 1 {
			if p.truth.Defects&d != 0 {
				got[d]++
			}
		}
		if p.truth.Defects&(device.MissingQR|device.MissingCap) == device.MissingQR|device.MissingCap {
			both++
		}
	}
	for d, rate := range map[device.Defect]float64{
		device.UnreadableQR: 0.02 * 0.9, // a missing code is not unreadable as well
		device.MissingQR:    0.1, device.WrongLabel: 0.03, device.ShiftedLabel: 0.05, device.MissingCap: 0.07, device.Dent: 0.01,
		device.TornLabel: 0.04, device.SmearedLabel: 0.06, device.RotatedLabel: 0.015,
		device.ScratchedQR: 0.035 * 0.9, device.FaintQR: 0.025 * 0.9, // as with an unreadable one
		device.CrookedCap: 0.045 * 0.93, device.Bulge: 0.055 * 0.99,
	} {
		if dev := 5 * math.Sqrt(rate*(1-rate)*many); math.Abs(got[d]-rate*many) > dev {
			t.Errorf("%v: %v of %d, want %v within %v", d, got[d], many, rate*many, dev)
		}
	}
	if rate := 0.1 * 0.07; math.Abs(both-rate*many) > 5*math.Sqrt(rate*many) {
		t.Errorf("two defects meet on %v parts, want %v: they are not independent", both, rate*many)
	}
}

func TestDefectsThatWereAddedLaterChangeNoneOfTheOthers(t *testing.T) {
	old := someDefects
	old.TornLabel, old.SmearedLabel, old.RotatedLabel, old.ScratchedQR, old.FaintQR, old.CrookedCap, old.Bulge = 0, 0, 0, 0, 0, 0, 0
	a := born(t, 2000, func(f *specs.Feeder) { f.Defects = someDefects })
	b := born(t, 2000, func(f *specs.Feeder) { f.Defects = old })
	for i := range a {
		x, y := a[i], b[i]
		if x.truth.Defects&(device.Dent<<1-1) != y.truth.Defects || x.s0 != y.s0 || x.look.draw != y.look.draw {
			t.Fatalf("part %d changed: %v without them, %v with them", i, y.truth.Defects, x.truth.Defects)
		}
	}
}

func TestOneRateChangesNothingElse(t *testing.T) {
	a := born(t, 2000, func(f *specs.Feeder) { f.Defects = someDefects })
	b := born(t, 2000, func(f *specs.Feeder) { f.Defects = someDefects; f.Defects.WrongLabel = 0.9 })
	changed := 0
	for i := range a {
		x, y := a[i], b[i]
		if x.truth.Defects&^device.WrongLabel != y.truth.Defects&^device.WrongLabel || x.s0 != y.s0 || x.y != y.y || x.yaw != y.yaw || x.look.draw != y.look.draw {
			t.Fatalf("part %d changed with the rate of wrong labels", i)
		}
		if x.truth.Defects != y.truth.Defects {
			changed++
		}
	}
	if changed < 1500 {
		t.Errorf("only %d parts have another label", changed)
	}
}
