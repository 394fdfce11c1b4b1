package match_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

// search looks for a scene's templates.
func search(tb testing.TB, s scenes.Scene, o match.Options) *match.Result {
	tb.Helper()
	r, err := searcher(tb, s, o).Search(s.Image, match.Rect{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func searcher(tb testing.TB, s scenes.Scene, o match.Options) *match.Searcher {
	tb.Helper()
	var templates []*match.Template
	for _, m := range s.Templates {
		t, err := match.NewTemplate(m, match.TemplateOptions{Angles: s.Angles, Scales: s.Scales})
		if err != nil {
			tb.Fatal(err)
		}
		templates = append(templates, t)
	}
	f, err := match.NewSearcher(templates, o)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// right tells whether a match is at a truth, and how far off.
func right(m match.Match, t scenes.Truth) (off float64, ok bool) {
	off = math.Hypot(m.X-t.X, m.Y-t.Y)
	return off, off < 1 && math.Abs(math.Remainder(m.Angle-t.Angle, 360)) < 2 && math.Abs(m.Scale/t.Scale-1) < 0.02
}

// rate is what came out of the scenes of a category.
type rate struct {
	scenes, found int
	off, score    []float64
	covered       []float64 // errors of the share that is covered
	missed        []uint64
}

// soak asks for all scenes, and not for a first part of them.
var soak = os.Getenv("LINETWIN_SOAK") != ""

func measure(t testing.TB, c scenes.Category, n int) (r rate) {
	for seed := range uint64(n) {
		s := scenes.Make(c, seed)
		got := search(t, s, match.Options{Max: max(len(s.Truth), 1)})
		r.scenes++
		good := len(s.Truth)
		for _, truth := range s.Truth {
			i := slices.IndexFunc(got.Matches, func(m match.Match) bool { _, ok := right(m, truth); return ok })
			if i < 0 {
				continue
			}
			good--
			off, _ := right(got.Matches[i], truth)
			r.off = append(r.off, off)
			r.score = append(r.score, got.Matches[i].Score)
			r.covered = append(r.covered, math.Abs(1-got.Matches[i].Agreed-truth.Covered))
		}
		if good == 0 && len(got.Matches) == len(s.Truth) {
			r.found++
		} else {
			r.missed = append(r.missed, seed)
		}
	}
	return r
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Clone(v)
	sort.Float64s(v)
	return v[len(v)/2]
}

// least is the number of scenes out of forty that must be right.
var least = map[scenes.Category]int{
	scenes.Clean: 40, scenes.Noise: 40, scenes.Blur: 37, scenes.Light: 40, scenes.Covered: 39,
	scenes.Turned: 40, scenes.Scaled: 40, scenes.Mixed: 38, scenes.Decoys: 40, scenes.Small: 38,
	scenes.Large: 40, scenes.Several: 40, scenes.Absent: 40,
}

func TestTemplatesAreFoundInScenesOfEachCategory(t *testing.T) {
	n := 8
	if soak {
		n = 40
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-9s %6s %6s %11s %11s %7s %13s\n", "category", "scenes", "right", "off median", "off largest", "score", "covered error")
	for _, c := range scenes.Categories() {
		r := measure(t, c, n)
		largest := math.NaN()
		if len(r.off) > 0 {
			largest = slices.Max(r.off)
		}
		fmt.Fprintf(&table, "%-9s %6d %6d %11.3f %11.3f %7.2f %13.2f", c, r.scenes, r.found, median(r.off), largest, median(r.score), median(r.covered))
		if len(r.missed) > 0 {
			fmt.Fprintf(&table, "  wrong: %v", r.missed)
		}
		table.WriteByte('\n')
		if missed := r.scenes - r.found; missed > 40-least[c] {
			t.Errorf("%s: %d of %d are wrong: seeds %v", c, missed, r.scenes, r.missed)
		}
	}
	t.Log("\n" + table.String())
}
