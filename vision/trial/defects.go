package trial

import (
	"fmt"
	"image"
	"strings"

	"linetwin.dev/vision"
	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

// leastDefects is the share of the harder kinds of defects that is to be found; of others, commonDefects.
var leastDefects = map[string]float64{"missing": 0.7, "wrong": 0.7, "cut": 0.5, "tint": 0.65, "smear": 0.65}

const commonDefects = 0.85

// Defects tries the comparison of pictures with a good one on n rendered scenes: see package scenes of defects.
// All things are taken in turn, and all ways to take the picture. A defect is found when a box has three tenths of
// its area, taken together, in common with it; boxes that touch none are wrong.
func Defects(n int) *Subject {
	s := &Subject{Name: "defects", Title: "Defects", Item: "defect", Spread: "off box", LeastMean: 0.85}
	for _, kind := range append([]string{scenes.None}, scenes.Kinds...) {
		least, ok := leastDefects[kind]
		if !ok {
			least = commonDefects
		}
		c := Category{Name: kind, Least: least, About: "on a " + strings.Join(having(kind), ", "), Try: func(seed uint64, i int) (Outcome, error) {
			on := having(kind)
			level := scenes.Levels[i/len(on)%len(scenes.Levels)]
			// Scenes have one seed: those of two runs meet only after a million.
			scene := scenes.Make(seed*1_000_000+uint64(i), on[i%len(on)], kind, level)
			return inspectPicture(&scene)
		}}
		if kind == scenes.None {
			c.Name, c.About = "good", "nothing is wrong"
		}
		s.Categories = append(s.Categories, c)
	}
	share(s.Categories, n)
	return s
}

// having lists the things that can have a defect.
func having(kind string) (on []string) {
	for _, b := range scenes.Bases {
		if kind == scenes.None || scenes.Has(b, kind) {
			on = append(on, b)
		}
	}
	return on
}

func inspectPicture(s *scenes.Scene) (Outcome, error) {
	in, err := defects.New([]defects.Image{s.Good}, defects.Options{Workers: 1})
	if err != nil {
		return Outcome{}, err
	}
	var r defects.Report
	out := Outcome{Took: Timed(func() { r, err = in.Inspect(s.Picture) })}
	if err != nil {
		return Outcome{}, err
	}
	missed, astray := scoreBoxes(&out, r.Defects, s.Truth)
	if out.failed() {
		notes := []string{fmt.Sprintf("%s, %s, %v", s.Base, s.Defect, s.Level)}
		if !r.Registered {
			notes = append(notes, r.Why)
		}
		for _, b := range missed {
			notes = append(notes, fmt.Sprintf("missed %v", b))
		}
		for _, b := range astray {
			notes = append(notes, fmt.Sprintf("found %v, where nothing is wrong", b))
		}
		out.Note = strings.Join(notes, "; ")
		out.Picture = func() image.Image {
			d := newDrawing(vision.Image(s.Picture))
			for _, b := range astray {
				d.box(falseColor, b.Min.X, b.Min.Y, b.Dx(), b.Dy())
			}
			for _, b := range s.Truth {
				d.box(truthColor(len(missed) > 0), b.Min.X, b.Min.Y, b.Dx(), b.Dy())
			}
			return d.img
		}
	}
	return out, nil
}

// leastInCommon is the area that two boxes must have in common, as a share of what they cover together.
const leastInCommon = 0.3

func scoreBoxes(out *Outcome, found []defects.Defect, want []image.Rectangle) (missed, astray []image.Rectangle) {
	for _, w := range want {
		out.Items++
		best := 0.0
		for _, f := range found {
			best = max(best, inCommon(f.Box, w))
		}
		if best >= leastInCommon {
			out.Right++
			out.Spreads = append(out.Spreads, 1-best)
		} else {
			missed = append(missed, w)
		}
	}
	for _, f := range found {
		touches := false
		for _, w := range want {
			touches = touches || f.Box.Overlaps(w)
		}
		if !touches {
			out.Wrong++
			astray = append(astray, f.Box)
		}
	}
	if len(want) == 0 {
		out.Items = 1
		if out.Wrong == 0 {
			out.Right = 1
		}
	}
	return missed, astray
}

// inCommon is the area of two boxes' intersection over that of their union.
func inCommon(a, b image.Rectangle) float64 {
	area := func(r image.Rectangle) int { return r.Dx() * r.Dy() }
	both := area(a.Intersect(b))
	return float64(both) / float64(max(area(a)+area(b)-both, 1))
}
