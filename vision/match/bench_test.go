package match_test

import (
	"fmt"
	"testing"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

// BenchmarkTenTemplates looks for ten templates of 64 to 200 pixels at 1920 x 1080; right is how
// many are found within a pixel. Its peers are in peers_test.go.
func BenchmarkTenTemplates(b *testing.B) {
	s := scenes.Board(1)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			f := searcher(b, s, match.Options{Workers: workers})
			b.ReportAllocs()
			var r *match.Result
			for b.Loop() {
				var err error
				if r, err = f.Search(s.Image, match.Rect{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(found(s, r)), "right")
		})
	}
}

// BenchmarkWithoutVectors is BenchmarkTenTemplates with one worker and without AVX2.
func BenchmarkWithoutVectors(b *testing.B) {
	s := scenes.Board(1)
	f := searcher(b, s, match.Options{Workers: 1})
	b.ReportAllocs()
	match.Plainly(func() {
		for b.Loop() {
			if _, err := f.Search(s.Image, match.Rect{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTurnedTemplates looks for one template and for ten over the full turn and scales from
// 0.8 to 1.25, at 1920 x 1080.
func BenchmarkTurnedTemplates(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprintf("templates=%d", n), func(b *testing.B) {
			s := scenes.Board(1)
			s.Templates = s.Templates[:n]
			s.Angles, s.Scales = match.Range{Low: -180, High: 180}, match.Range{Low: 0.8, High: 1.25}
			f := searcher(b, s, match.Options{})
			b.ReportAllocs()
			right := 0
			for b.Loop() {
				r, err := f.Search(s.Image, match.Rect{})
				if err != nil {
					b.Fatal(err)
				}
				right = found(s, r)
			}
			b.ReportMetric(float64(right), "right")
		})
	}
}

// found counts the templates that are found where they are.
func found(s scenes.Scene, r *match.Result) (n int) {
	for _, m := range r.Matches {
		if _, ok := right(m, s.Truth[m.Template]); ok {
			n++
		}
	}
	return n
}
