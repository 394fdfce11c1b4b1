//go:build cgo

package match_test

import (
	"image"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

func mat(tb testing.TB, m match.Image) gocv.Mat {
	tb.Helper()
	v, err := gocv.NewMatFromBytes(m.H, m.W, gocv.MatTypeCV8UC1, m.Pix)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// correlate is where OpenCV's normalised correlation is greatest, as the place of the template's
// first pixel, and how far from there a parabola through its neighbours puts the maximum.
func correlate(m, t gocv.Mat) (at image.Point, dx, dy float64) {
	result, mask := gocv.NewMat(), gocv.NewMat()
	defer result.Close()
	defer mask.Close()
	gocv.MatchTemplate(m, t, &result, gocv.TmCcoeffNormed, mask)
	_, _, _, at = gocv.MinMaxLoc(result)
	if at.X > 0 && at.Y > 0 && at.X < result.Cols()-1 && at.Y < result.Rows()-1 {
		v := func(x, y int) float64 { return float64(result.GetFloatAt(at.Y+y, at.X+x)) }
		parabola := func(l, c, r float64) float64 { return (l - r) / (2 * (l - 2*c + r)) }
		dx, dy = parabola(v(-1, 0), v(0, 0), v(1, 0)), parabola(v(0, -1), v(0, 0), v(0, 1))
	}
	return at, dx, dy
}

// exhaustive is OpenCV's correlation everywhere at full size.
func exhaustive(tb testing.TB, s scenes.Scene) []image.Point {
	at, _ := refined(tb, s)
	return at
}

// refined is exhaustive with parabolas, whose places are those of the centres.
func refined(tb testing.TB, s scenes.Scene) (at []image.Point, centres []match.Point) {
	tb.Helper()
	m := mat(tb, s.Image)
	defer m.Close()
	for _, p := range s.Templates {
		t := mat(tb, p)
		best, dx, dy := correlate(m, t)
		at = append(at, best)
		centres = append(centres, match.Point{X: float64(best.X) + dx + float64(p.W-1)/2, Y: float64(best.Y) + dy + float64(p.H-1)/2})
		t.Close()
	}
	return at, centres
}

// pyramid is what is usually done: OpenCV's correlation everywhere at a quarter of the size, and
// around the best place at half and full size.
func pyramid(tb testing.TB, s scenes.Scene) (at []image.Point) {
	tb.Helper()
	const levels = 3
	down := func(m gocv.Mat) (all [levels]gocv.Mat) {
		all[0] = m
		for l := 1; l < levels; l++ {
			all[l] = gocv.NewMat()
			gocv.PyrDown(all[l-1], &all[l], image.Point{}, gocv.BorderDefault)
		}
		return all
	}
	m := down(mat(tb, s.Image))
	for _, p := range s.Templates {
		t := down(mat(tb, p))
		best, _, _ := correlate(m[levels-1], t[levels-1])
		for l := levels - 2; l >= 0; l-- {
			const reach = 3
			box := image.Rect(2*best.X-reach, 2*best.Y-reach, 2*best.X+reach+t[l].Cols(), 2*best.Y+reach+t[l].Rows()).
				Intersect(image.Rect(0, 0, m[l].Cols(), m[l].Rows()))
			part := m[l].Region(box)
			best, _, _ = correlate(part, t[l])
			best = best.Add(box.Min)
			part.Close()
		}
		at = append(at, best)
		for _, v := range t {
			v.Close()
		}
	}
	for _, v := range m {
		v.Close()
	}
	return at
}

// near counts the places that are within a pixel of those of the truth.
func near(s scenes.Scene, at []image.Point) (n int) {
	for i, p := range at {
		t, m := s.Truth[i], s.Templates[i]
		if math.Hypot(float64(p.X)+float64(m.W-1)/2-t.X, float64(p.Y)+float64(m.H-1)/2-t.Y) < 1 {
			n++
		}
	}
	return n
}

// BenchmarkPeers does with OpenCV what BenchmarkTenTemplates does.
func BenchmarkPeers(b *testing.B) {
	s := scenes.Board(1)
	for _, peer := range []struct {
		name   string
		search func(testing.TB, scenes.Scene) []image.Point
	}{{"exhaustive", exhaustive}, {"pyramid", pyramid}} {
		b.Run(peer.name, func(b *testing.B) {
			b.ReportAllocs()
			var at []image.Point
			for b.Loop() {
				at = peer.search(b, s)
			}
			b.ReportMetric(float64(near(s, at)), "right")
		})
	}
}

func TestPlacesAreThoseOfTheExhaustiveCorrelation(t *testing.T) {
	seeds, same, quick := 1, 0, 0
	if soak {
		seeds = 20
	}
	ours, parabolas := 0.0, 0.0
	for seed := range uint64(seeds) {
		s := scenes.Board(seed)
		want, centres := refined(t, s)
		for i, p := range pyramid(t, s) {
			if d := p.Sub(want[i]); d.X*d.X+d.Y*d.Y <= 2 {
				quick++
			}
		}
		found := map[int]match.Match{}
		for _, m := range search(t, s, match.Options{}).Matches {
			found[m.Template] = m
		}
		for i, p := range want {
			m, ok := found[i]
			x, y := float64(p.X)+float64(s.Templates[i].W-1)/2, float64(p.Y)+float64(s.Templates[i].H-1)/2
			if ok && math.Abs(m.X-x) <= 1 && math.Abs(m.Y-y) <= 1 {
				same++
				u := s.Truth[i]
				ours += (m.X-u.X)*(m.X-u.X) + (m.Y-u.Y)*(m.Y-u.Y)
				parabolas += (centres[i].X-u.X)*(centres[i].X-u.X) + (centres[i].Y-u.Y)*(centres[i].Y-u.Y)
			} else {
				t.Errorf("seed %d, template %d: at (%.2f, %.2f), the correlation is greatest at (%v, %v)", seed, i, m.X, m.Y, x, y)
			}
		}
	}
	t.Logf("%d of %d are those of the exhaustive correlation; a pyramid of three levels has %d", same, 10*seeds, quick)
	n := float64(same)
	t.Logf("off by %.3f pixels RMS; parabolas through the correlation by %.3f", math.Sqrt(ours/n), math.Sqrt(parabolas/n))
}
