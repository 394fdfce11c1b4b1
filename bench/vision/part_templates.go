//go:build linux

package main

import (
	"fmt"
	"image"
	"math"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

// boards are pictures with ten templates each; the exhaustive search takes more than a second for one.
const boards = 3

func measureTemplates(s *session) ([]bench.Row, error) {
	var ours, theirs, squares []float64
	same, most := 10, 10
	has := false
	for b := range uint64(boards) {
		scene := scenes.Board(seed + b)
		f, err := boardSearcher(&scene)
		if err != nil {
			return nil, err
		}
		var places []image.Point
		for i := range s.rounds {
			var r *match.Result
			ours = append(ours, cost(suite.ProcessTime, func() { r, err = f.Search(scene.Image, match.Rect{}) }))
			if err != nil {
				return nil, err
			}
			if i > 0 {
				continue // each round gives the same
			}
			theirs = append(theirs, cost(suite.ProcessTime, func() { places, has, err = exhaustive(scene.Image, scene.Templates) }))
			if err != nil {
				return nil, err
			}
			agreed := 0
			for _, m := range r.Matches {
				t, p := scene.Truth[m.Template], scene.Templates[m.Template]
				squares = append(squares, (m.X-t.X)*(m.X-t.X)+(m.Y-t.Y)*(m.Y-t.Y))
				if has && math.Abs(m.X-float64(p.W-1)/2-float64(places[m.Template].X)) <= 1 && math.Abs(m.Y-float64(p.H-1)/2-float64(places[m.Template].Y)) <= 1 {
					agreed++
				}
			}
			same, most = min(same, agreed), min(most, len(r.Matches))
		}
	}
	sum := 0.0
	for _, v := range squares {
		sum += v / float64(len(squares))
	}
	fmt.Printf("\nTen templates at 1920x1080, %d pictures: %.1f ms of processor time; at least %d found; off by %.4f pixels RMS\n", boards, suite.Median(ours), most, math.Sqrt(sum))
	row := bench.Measured("10 templates of 64 to 200 px at 1080p, processor time", suite.Median(ours), "ms", "<= 25ms")
	rows := []bench.Row{}
	if has {
		v := suite.Median(theirs)
		rows = append(rows, row.Against("OpenCV, exhaustive", &v, bench.Lower), bench.Measured("places of the exhaustive search, of 10", float64(same), "1", ">= 10"))
	} else {
		fmt.Println("OpenCV is not measured: this build has no cgo")
		rows = append(rows, row.Against("OpenCV, exhaustive", nil, bench.Lower))
	}
	return append(rows, bench.Measured("their places against the truth, RMS", math.Sqrt(sum), "px", "<= 0.05px")), nil
}

func boardSearcher(s *scenes.Scene) (*match.Searcher, error) {
	var templates []*match.Template
	for _, m := range s.Templates {
		t, err := match.NewTemplate(m, match.TemplateOptions{Angles: s.Angles, Scales: s.Scales})
		if err != nil {
			return nil, err
		}
		templates = append(templates, t)
	}
	return match.NewSearcher(templates, match.Options{})
}
