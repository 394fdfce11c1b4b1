//go:build cgo

package vision

import "testing"

// Peers, measured elsewhere on two shared cores at 640x480: OpenCV's ArUco with its
// defaults 7.1 ms, with one threshold window 3 to 5 ms, in a tracked region 0.24 ms.

func BenchmarkFindMarkerInWholeImage(b *testing.B) { benchmarkFind(b, false) }

func BenchmarkFindMarkerInTrackedRegion(b *testing.B) { benchmarkFind(b, true) }

func benchmarkFind(b *testing.B, tracked bool) {
	f := newFinder(b, 7)
	s := newScene(b, 7, 0.003, -0.004, 0.15, 0.3, 0.1)
	img, c := s.render(1, 1), s.truth()
	roi := Around(c[:]...).Grow(20)
	region := &roi
	if !tracked {
		region = nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := f.Find(img, region); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkRefineMarkerCorners(b *testing.B) {
	s := newScene(b, 7, 0.003, -0.004, 0.15, 0.3, 0.1)
	img, c := s.render(1, 1), s.truth()
	b.ReportAllocs()
	for b.Loop() {
		quad := c
		if !refineQuad(img, &quad, 6) {
			b.Fatal("not refined")
		}
	}
}

// Peer: OpenCV's solvePnP as the servo literature uses it, 0.1 to 0.2 ms.
func BenchmarkSolvePnPOfFourPoints(b *testing.B) {
	s := newScene(b, 7, 0.003, -0.004, 0.15, 0.3, 0.1)
	object, pixels := markerCorners(markerSize), s.truth()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SolvePnP(object[:], pixels[:], s.k); err != nil {
			b.Fatal(err)
		}
	}
}
