package defects_test

import (
	"testing"

	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

// BenchmarkInspect takes a board of 1280 x 720 as it is, seen from a camera that stands elsewhere, and turned by so
// much that it must be searched for. The peers in BenchmarkPeers do not register at all.
func BenchmarkInspect(b *testing.B) {
	for _, c := range []struct {
		name  string
		level scenes.Level
	}{{"registered", scenes.Still}, {"moved", scenes.Hard}, {"searched", scenes.Wild}} {
		b.Run(c.name, func(b *testing.B) {
			s := scenes.MakeSized(3, "circuit", "extra", c.level, 1280, 720)
			in, err := defects.New([]defects.Image{s.Good}, defects.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				r, err := in.Inspect(s.Picture)
				if err != nil || !r.Registered || len(r.Defects) == 0 {
					b.Fatal(r, err)
				}
			}
		})
	}
}

// BenchmarkPeers takes the same board: the absolute difference over a threshold, and a map of the structural
// similarity.
func BenchmarkPeers(b *testing.B) {
	s := scenes.MakeSized(3, "circuit", "extra", scenes.Still, 1280, 720)
	b.Run("absdiff", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			absdiff(s.Good, s.Picture)
		}
	})
	b.Run("ssim", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			ssim(s.Good, s.Picture)
		}
	})
}
