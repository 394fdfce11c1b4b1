package trial

import (
	"fmt"
	"image"
	"math"
	"strings"

	"linetwin.dev/vision"
	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
	qrscenes "linetwin.dev/vision/qr/scenes"
)

// templateKinds say what is in the categories of package scenes of match, and how many of a hundred
// templates are to be found.
var templateKinds = map[scenes.Category]struct {
	about string
	least float64
}{
	scenes.Clean:   {"between the pixels, noise of 2 grey levels", 0.95},
	scenes.Noise:   {"noise of 5 to 20 grey levels", 0.95},
	scenes.Blur:    {"sigma 0.7 to 2 pixels", 0.85},
	scenes.Light:   {"gain 0.4 to 1.4, offset, a slope across the picture", 0.95},
	scenes.Covered: {"10 to 50 % covered", 0.9},
	scenes.Turned:  {"by any angle", 0.95},
	scenes.Scaled:  {"by 0.8 to 1.25", 0.95},
	scenes.Mixed:   {"turned, scaled, up to 30 % covered, noise, light and blur", 0.9},
	scenes.Decoys:  {"beside four that look alike in part", 0.95},
	scenes.Small:   {"14 to 24 pixels", 0.9},
	scenes.Large:   {"200 to 300 pixels", 0.95},
	scenes.Several: {"three to six of the same", 0.95},
	scenes.Absent:  {"not there, and not to be found", 0.95},
}

// Templates tries the search for templates on n rendered scenes: see package scenes of match. A template is found
// within a pixel, 2 degrees and 2 % of its size.
func Templates(n int) *Subject {
	s := &Subject{Name: "templates", Title: "Templates", Item: "template", Error: "place", Unit: "px", LeastMean: 0.95}
	for _, c := range scenes.Categories() {
		k := templateKinds[c]
		s.Categories = append(s.Categories, Category{Name: string(c), About: k.about, Least: k.least, Try: func(seed uint64, i int) (Outcome, error) {
			// Scenes have one seed: those of two runs meet only after a million.
			scene := scenes.Make(c, seed*1_000_000+uint64(i))
			return searchScene(&scene)
		}})
	}
	share(s.Categories, n)
	return s
}

func searchScene(s *scenes.Scene) (Outcome, error) {
	var templates []*match.Template
	for _, m := range s.Templates {
		t, err := match.NewTemplate(m, match.TemplateOptions{Angles: s.Angles, Scales: s.Scales})
		if err != nil {
			return Outcome{}, err
		}
		templates = append(templates, t)
	}
	f, err := match.NewSearcher(templates, match.Options{Max: max(len(s.Truth), 1), Workers: 1})
	if err != nil {
		return Outcome{}, err
	}
	var r *match.Result
	out := Outcome{Took: Timed(func() { r, err = f.Search(s.Image, match.Rect{}) })}
	if err != nil {
		return Outcome{}, err
	}
	missed, taken := scoreMatches(&out, r.Matches, s.Truth)
	if len(s.Truth) == 0 {
		out.Items = 1
		if out.Wrong == 0 {
			out.Right = 1
		}
	}
	if out.failed() {
		var notes []string
		for _, t := range missed {
			notes = append(notes, fmt.Sprintf("missed template %d at (%.1f, %.1f), %.0f degrees, scale %.2f", t.Template, t.X, t.Y, t.Angle, t.Scale))
		}
		var wrong []match.Match
		for k, m := range r.Matches {
			if !taken[k] {
				m.Cells = nil // the searcher's
				wrong = append(wrong, m)
				notes = append(notes, fmt.Sprintf("found template %d at (%.1f, %.1f), %.0f degrees, scale %.2f, where it is not", m.Template, m.X, m.Y, m.Angle, m.Scale))
			}
		}
		out.Note = strings.Join(notes, "; ")
		out.Picture = func() image.Image { return drawMatches(s, missed, wrong) }
	}
	return out, nil
}

// scoreMatches pairs matches with truths; it gives the truths that are missed, and which matches are right.
func scoreMatches(out *Outcome, found []match.Match, want []scenes.Truth) (missed []scenes.Truth, taken []bool) {
	taken = make([]bool, len(found))
	for _, t := range want {
		out.Items++
		best, least := -1, 1.0
		for k, m := range found {
			off := math.Hypot(m.X-t.X, m.Y-t.Y)
			if !taken[k] && m.Template == t.Template && off < least &&
				math.Abs(math.Remainder(m.Angle-t.Angle, 360)) < 2 && math.Abs(m.Scale/t.Scale-1) < 0.02 {
				best, least = k, off
			}
		}
		if best < 0 {
			missed = append(missed, t)
			continue
		}
		taken[best] = true
		out.Right++
		out.Errors = append(out.Errors, least)
	}
	for _, ok := range taken {
		if !ok {
			out.Wrong++
		}
	}
	return missed, taken
}

func drawMatches(s *scenes.Scene, missed []scenes.Truth, wrong []match.Match) image.Image {
	d := newDrawing(colored(qrscenes.Image{Pix: s.Image.Pix, Stride: s.Image.Stride, W: s.Image.W, H: s.Image.H}))
	isMissed := map[scenes.Truth]bool{}
	for _, t := range missed {
		isMissed[t] = true
	}
	for _, t := range s.Truth {
		m := s.Templates[t.Template]
		d.polygon(truthColor(isMissed[t]), turned(t.X, t.Y, float64(m.W)*t.Scale, float64(m.H)*t.Scale, t.Angle)...)
	}
	for _, w := range wrong {
		m := s.Templates[w.Template]
		d.polygon(falseColor, turned(w.X, w.Y, float64(m.W)*w.Scale, float64(m.H)*w.Scale, w.Angle)...)
	}
	return d.img
}

// turned are the corners of a rectangle about (x, y), turned clockwise by degrees.
func turned(x, y, w, h, degrees float64) []vision.Point {
	s, c := math.Sincos(degrees * math.Pi / 180)
	var p []vision.Point
	for _, k := range [...][2]float64{{-0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}, {-0.5, 0.5}} {
		u, v := k[0]*w, k[1]*h
		p = append(p, vision.Point{X: x + c*u - s*v, Y: y + s*u + c*v})
	}
	return p
}
