package verdicts

import (
	"fmt"
	"image"
	"strings"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/trial"
)

// MostFalseRejects is the share of good bottles that may be called bad; of bad ones none may be
// called good.
const MostFalseRejects = 0.005

// kinds of bottles, and how many of a hundred.
var kinds = []struct {
	name  string
	is    device.Defect
	parts int
}{
	{"good", 0, 50},
	{"unreadable code", device.UnreadableQR, 8},
	{"missing code", device.MissingQR, 4},
	{"wrong label", device.WrongLabel, 8},
	{"shifted label", device.ShiftedLabel, 10},
	{"missing cap", device.MissingCap, 8},
	{"dent", device.Dent, 12},
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
		if k.is == 0 {
			least, about = 1-MostFalseRejects, "called good"
		}
		out.Categories = append(out.Categories, trial.Category{
			Name: k.name, About: about, Least: least, Count: (n*k.parts + 50) / 100, Try: s.try(k.is),
		})
	}
	return out, nil
}

// try judges bottles of a kind.
func (s *Station) try(d device.Defect) func(seed uint64, i int) (trial.Outcome, error) {
	return func(seed uint64, i int) (trial.Outcome, error) {
		shot, err := s.Shoot(seed, i, d)
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
			o.Note = fmt.Sprintf("%v; %s; label %.3f, off by %.1f mm; cap at %.1f mm; dent of %.1f mm",
				d, strings.Join(notes, "; "), v.Score, 1000*v.Shift, 1000*v.CapHeight, 1000*v.DentDepth)
			picture := vision.Draw(&shot.Frame, v, 640)
			o.Picture = func() image.Image { return picture }
		}
		return o, nil
	}
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
