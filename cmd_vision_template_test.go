package main

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

// writePicture writes a picture as PNG, transparent where clear says so.
func writePicture(t *testing.T, name string, m match.Image, clear func(x, y int) bool) string {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, m.W, m.H))
	for y := range m.H {
		for x := range m.W {
			g := m.Pix[y*m.Stride+x]
			c := color.NRGBA{g, g, g, 255}
			if clear != nil && clear(x, y) {
				c = color.NRGBA{}
			}
			p.SetNRGBA(x, y, c)
		}
	}
	name = filepath.Join(t.TempDir(), name)
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, p); err != nil {
		t.Fatal(err)
	}
	return name
}

// findIn gives what "vision template" finds of a scene's templates without further flags.
func findIn(t *testing.T, s scenes.Scene, limit int, clear func(x, y int) bool) []match.Match {
	t.Helper()
	f := templateFlags{max: limit, minScore: match.DefaultMinScore}
	for _, m := range s.Templates {
		f.templates = append(f.templates, writePicture(t, "template.png", m, clear))
	}
	finder, err := f.finder()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := finder.load(writePicture(t, "scene.png", s.Image, nil)); err != nil {
		t.Fatal(err)
	}
	return finder.matches
}

func TestTemplatesAreFoundHoweverTheyAreTurnedAndScaled(t *testing.T) {
	for _, c := range []scenes.Category{scenes.Clean, scenes.Turned, scenes.Scaled, scenes.Mixed, scenes.Covered, scenes.Absent, scenes.Several} {
		for seed := range uint64(3) {
			s := scenes.Make(c, seed)
			got := findIn(t, s, max(len(s.Truth), 1), nil)
			if len(got) != len(s.Truth) {
				t.Errorf("%s %d: %d matches, want %d", c, seed, len(got), len(s.Truth))
			}
			for _, truth := range s.Truth {
				near := false
				for _, m := range got {
					near = near || math.Hypot(m.X-truth.X, m.Y-truth.Y) < 1 && math.Abs(m.Scale-truth.Scale) < 0.02 &&
						math.Abs(math.Remainder(m.Angle-truth.Angle, 360)) < 1.5
				}
				if !near {
					t.Errorf("%s %d: no match at %+v: %+v", c, seed, truth, got)
				}
			}
		}
	}
}

func TestTransparentPixelsOfATemplateDoNotCount(t *testing.T) {
	s := scenes.Make(scenes.Clean, 3)
	w := s.Templates[0].W
	got := findIn(t, s, 1, func(x, _ int) bool { return x < w/4 })
	if len(got) != 1 || got[0].Score < 0.97 || math.Hypot(got[0].X-s.Truth[0].X, got[0].Y-s.Truth[0].Y) > 0.1 {
		t.Errorf("%+v, want a perfect match at %+v", got, s.Truth[0])
	}
}

func TestATemplateLargerThanAnImageIsMissedAndTheOthersAreFound(t *testing.T) {
	s := scenes.Make(scenes.Clean, 3)
	small := s.Templates[0]
	f := templateFlags{max: 1, minScore: match.DefaultMinScore}
	f.templates = []string{writePicture(t, "large.png", s.Image, nil), writePicture(t, "small.png", small, nil)}
	finder, err := f.finder()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // with the searchers that the first image made
		if _, err := finder.load(writePicture(t, "image.png", small, nil)); err != nil {
			t.Fatal(err)
		}
		line := f.lineFor("image.png", finder, 0)
		if len(line.Matches) != 1 || line.Matches[0].Template != f.templates[1] || line.Matches[0].Score < 0.99 {
			t.Errorf("matches: %+v", line.Matches)
		}
		if len(line.Missed) != 1 || line.Missed[0] != (missLine{Template: f.templates[0], Why: "it is larger than the image"}) {
			t.Errorf("missed: %+v", line.Missed)
		}
	}
	// And in an image that is large enough both are looked for again.
	if _, err := finder.load(writePicture(t, "image.png", s.Image, nil)); err != nil {
		t.Fatal(err)
	}
	if got := finder.matches; len(got) != 2 || len(finder.tooLarge) != 0 {
		t.Errorf("in the large image: %+v", got)
	}
}
