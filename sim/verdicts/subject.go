package verdicts

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"strings"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/trial"
)

// MostFalseRejects is the share of good bottles that may be called bad; of bad ones none may be
// called good.
const MostFalseRejects = 0.005

// kinds of bottles, and how many of a hundred; of flaws, from which severity on they must be found.
var kinds = []struct {
	name  string
	is    device.Defect
	least float64 // 0: as a feeder makes them
	parts int
}{
	{"good", 0, 0, 50},
	{"unreadable code", device.UnreadableQR, 0, 5},
	{"missing code", device.MissingQR, 0, 3},
	{"wrong label", device.WrongLabel, 0, 5},
	{"missing cap", device.MissingCap, 0, 5},
	{"shifted label", device.ShiftedLabel, 0.4, 5},
	{"rotated label", device.RotatedLabel, 0.3, 4},
	{"torn label", device.TornLabel, 0.05, 4},
	{"smeared label", device.SmearedLabel, 0.1, 3},
	{"crooked cap", device.CrookedCap, 0.4, 4},
	{"dent", device.Dent, 0.3, 5},
	{"bulge", device.Bulge, 0.4, 4},
	{"scratched code", device.ScratchedQR, 0.01, 2},
	{"faint code", device.FaintQR, 0.01, 1},
}

// Least severity from which on a kind of flaw is always found at the scenario's own noise: what
// Subject draws severities from. It is false for a kind that comes in no sizes, or is harmless.
func Least(kind device.Defect) (severity float64, ok bool) {
	for _, k := range kinds {
		if k.is == kind && k.least > 0 && kind&device.Harmless == 0 {
			return k.least, true
		}
	}
	return 0, false
}

// Subject tries a station of a scenario on n bottles, half of them good, at the scenario's own noise.
func Subject(sc *specs.Loaded, inspection string, n int) (*trial.Subject, error) {
	s, err := New(sc, inspection, Stress{})
	if err != nil {
		return nil, err
	}
	out := &trial.Subject{Name: "verdicts", Title: "Verdicts", Item: "bottle", Strict: true}
	for _, k := range kinds {
		least, about := 1.0, "called bad"
		switch {
		case k.is == 0:
			least, about = 1-MostFalseRejects, "called good"
		case k.is&device.Harmless != 0:
			about = "read rightly or called unreadable, and nothing else"
		}
		out.Categories = append(out.Categories, trial.Category{
			Name: k.name, About: about, Least: least, Count: (n*k.parts + 50) / 100, Try: s.try(k.is, k.least),
		})
	}
	return out, nil
}

// try judges bottles of a kind, of any severity from the least on.
func (s *Station) try(d device.Defect, least float64) func(seed uint64, i int) (trial.Outcome, error) {
	return func(seed uint64, i int) (trial.Outcome, error) {
		shot, err := s.shootKind(seed, i, d, least)
		if err != nil {
			return trial.Outcome{}, err
		}
		defer shot.Release()
		var c Case
		o := trial.Outcome{Items: 1, Right: 1}
		o.Took = trial.Timed(func() { c = shot.Judge() })
		var notes []string
		if c.Escaped || c.Rejected {
			o.Right = 0
			notes = append(notes, "called "+c.Verdict.Reason.String())
		}
		if c.Misread {
			o.Wrong = 1
			notes = append(notes, fmt.Sprintf("number %d was read as %d", shot.Part.Serial(), c.Verdict.Serial))
		}
		if len(notes) > 0 {
			v := c.Verdict
			o.Note = fmt.Sprintf("%s; %s; label %.3f, off by %.1f mm and %.1f deg, damaged by %.1f %%; cap at %.1f mm, leaning by %.1f deg; dent of %.1f mm, bulge of %.1f mm",
				shot.what(), strings.Join(notes, "; "), v.Score, 1000*v.Shift, v.Turn*180/math.Pi, 100*v.Damage,
				1000*v.CapHeight, v.CapTilt*180/math.Pi, 1000*v.DentDepth, 1000*v.BulgeHeight)
			picture := vision.Draw(&shot.Frame, v, 640)
			o.Picture = func() image.Image { return picture }
		}
		return o, nil
	}
}

// shootKind takes the picture of a bottle of a kind, of a severity from the least up to 1, or of
// the sizes that a feeder makes.
func (s *Station) shootKind(seed uint64, i int, d device.Defect, least float64) (*Shot, error) {
	if least == 0 {
		return s.Shoot(seed, i, d)
	}
	rnd := rand.New(rand.NewPCG(seed, ^uint64(i)))
	return s.ShootFlaw(seed, i, scenery.Flaw{Kind: d, Severity: least + (1-least)*rnd.Float64()})
}

// what is wrong with the bottle, with sizes.
func (s *Shot) what() string {
	out := s.Defects.String()
	for _, z := range s.Part.Sizes() {
		out += fmt.Sprintf(", %.3g %s", z.Value, z.Unit)
	}
	return out
}

// Step is one strength of a stress.
type Step struct {
	At     float64 // the factor, 1 is as the scenario says
	Stress Stress
}

// Axis is a stress in growing steps.
type Axis struct {
	Name, About string
	Steps       []Step
}

// Axes are what the rates are shown over.
func Axes() []Axis {
	axis := func(name, about string, of func(f float64) Stress, steps ...float64) Axis {
		a := Axis{Name: name, About: about}
		for _, f := range steps {
			a.Steps = append(a.Steps, Step{f, of(f)})
		}
		return a
	}
	return []Axis{
		axis("light", "the lamps' light", func(f float64) Stress { return Stress{Light: f} }, 0.01, 0.02, 0.035, 0.06, 0.1, 0.2, 0.5, 1, 2, 3, 5, 8),
		axis("blur", "the exposure, by which a moving bottle is blurred", func(f float64) Stress { return Stress{Exposure: f} }, 1, 2, 3, 4, 6, 8, 10),
		axis("depth noise", "the noise of depth", func(f float64) Stress { return Stress{Depth: f} }, 0.5, 1, 2, 3, 4, 6, 8),
	}
}
