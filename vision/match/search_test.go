package match_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

func TestResultsDoNotDependOnWorkersOrTheProcessor(t *testing.T) {
	for _, c := range []scenes.Category{scenes.Several, scenes.Mixed, scenes.Decoys, scenes.Small} {
		s := scenes.Make(c, 5)
		var want match.Result
		for i, workers := range []int{1, 2, 5, 2} {
			f := searcher(t, s, match.Options{Workers: workers, Max: 4})
			var r *match.Result
			var err error
			search := func() { r, err = f.Search(s.Image, match.Rect{}) }
			if i == 3 {
				match.Plainly(search)
			} else {
				search()
			}
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				want = *r
			}
			if !reflect.DeepEqual(*r, want) {
				t.Errorf("%s, try %d: %+v\nwant %+v", c, i, *r, want)
			}
		}
	}
}

func TestASearchLeavesNothingOfTheLastOneBehind(t *testing.T) {
	a, b := scenes.Make(scenes.Several, 1), scenes.Make(scenes.Several, 2)
	f := searcher(t, a, match.Options{Max: 6})
	look := func(m match.Image) match.Result {
		r, err := f.Search(m, match.Rect{})
		if err != nil {
			t.Fatal(err)
		}
		c := *r
		c.Matches, c.Rejected = append([]match.Match(nil), r.Matches...), append([]match.Rejected(nil), r.Rejected...)
		for i := range c.Matches {
			c.Matches[i].Cells = append([]float64(nil), c.Matches[i].Cells...)
		}
		return c
	}
	want := look(a.Image)
	small := b.Image
	small.W, small.H = 201, 173
	look(b.Image)
	look(small)
	if got := look(a.Image); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nat first it was %+v", got, want)
	}
}

func TestASearchAllocatesNothing(t *testing.T) {
	for _, c := range []scenes.Category{scenes.Several, scenes.Turned} {
		s := scenes.Make(c, 1)
		f := searcher(t, s, match.Options{Max: 6, Workers: 2})
		look := func() {
			if _, err := f.Search(s.Image, match.Rect{}); err != nil {
				t.Fatal(err)
			}
		}
		look()
		if n := testing.AllocsPerRun(5, look); n != 0 {
			t.Errorf("%s: %v allocations in each search", c, n)
		}
	}
}

func TestPlacesAreRightToATwentiethOfAPixel(t *testing.T) {
	n := uint64(6)
	if soak {
		n = 150
	}
	for _, c := range []scenes.Category{scenes.Clean, scenes.Light, scenes.Large, scenes.Turned, scenes.Scaled} {
		sum, fitted := 0.0, 0.0
		for seed := range n {
			s := scenes.Make(c, seed)
			r := search(t, s, match.Options{})
			if len(r.Matches) != 1 {
				t.Fatalf("%s %d: %d matches", c, seed, len(r.Matches))
			}
			off, _ := right(r.Matches[0], s.Truth[0])
			sum += off * off
			fitted++
		}
		rms := math.Sqrt(sum / fitted)
		t.Logf("%s: %.3f pixels RMS", c, rms)
		if rms > 0.05 {
			t.Errorf("%s: %.3f pixels RMS, more than 1/20", c, rms)
		}
	}
}

func TestAnglesAreClockwiseAndCornersAreWhereTheyAre(t *testing.T) {
	s := scenes.Make(scenes.Turned, 2)
	s.Truth[0].Scale = 1
	m := search(t, s, match.Options{}).Matches[0]
	truth := s.Truth[0]
	if math.Abs(math.Remainder(m.Angle-truth.Angle, 360)) > 0.2 {
		t.Errorf("turned by %.2f, want %.2f", m.Angle, truth.Angle)
	}
	w, h := float64(s.Templates[0].W), float64(s.Templates[0].H)
	sin, cos := math.Sincos(m.Angle * math.Pi / 180)
	// From the centre to the upper right corner: right by w/2 and up by h/2, turned clockwise.
	x, y := m.X+m.Scale*(cos*w/2+sin*h/2), m.Y+m.Scale*(sin*w/2-cos*h/2)
	if c := m.Corners[1]; math.Hypot(c.X-x, c.Y-y) > 1e-9 {
		t.Errorf("the upper right corner is at %v, want (%v, %v)", c, x, y)
	}
}

func TestAScoreSaysHowMuchIsCovered(t *testing.T) {
	for seed := range uint64(10) {
		s := scenes.Make(scenes.Covered, seed)
		m := search(t, s, match.Options{}).Matches[0]
		if off := math.Abs(m.Agreed - (1 - s.Truth[0].Covered)); off > 0.15 {
			t.Errorf("seed %d: %.2f agrees, %.2f is covered", seed, m.Agreed, s.Truth[0].Covered)
		}
		if m.Agreed < 0.9 && !strings.Contains(m.Explain(), "differs or is covered") {
			t.Errorf("seed %d: it is not explained: %s", seed, m.Explain())
		}
	}
}

func TestAMaskedPartDoesNotCount(t *testing.T) {
	s := scenes.Make(scenes.Clean, 4)
	p := s.Templates[0]
	// What is beyond the largest ellipse is masked, and something else in the template.
	mask, pix := make([]byte, p.W*p.H), append([]byte(nil), p.Pix...)
	for y := range p.H {
		for x := range p.W {
			u, v := 2*(float64(x)+0.5)/float64(p.W)-1, 2*(float64(y)+0.5)/float64(p.H)-1
			if u*u+v*v < 1 {
				mask[y*p.W+x] = 1
			} else {
				pix[y*p.W+x] = byte(37*x ^ 91*y)
			}
		}
	}
	p.Pix = pix
	for _, masked := range []bool{true, false} {
		o := match.TemplateOptions{Mask: mask}
		if !masked {
			o.Mask = nil
		}
		tp, err := match.NewTemplate(p, o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := match.NewSearcher([]*match.Template{tp}, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Search(s.Image, match.Rect{})
		if err != nil || len(r.Matches) != 1 {
			t.Fatalf("masked %v: %d matches, %v", masked, len(r.Matches), err)
		}
		m := r.Matches[0]
		off, _ := right(m, s.Truth[0])
		if masked && (off > 0.1 || m.Score < 0.95) {
			t.Errorf("with the mask it is off by %.3f pixels, with a score of %.2f", off, m.Score)
		}
		if !masked && m.Score > 0.9 {
			t.Errorf("without the mask the score is %.2f, although a fifth differs", m.Score)
		}
	}
}

func TestATemplateThatReachesBeyondTheBorderIsFound(t *testing.T) {
	s := scenes.Make(scenes.Clean, 6)
	truth, w := s.Truth[0], s.Templates[0].W
	// Cut the picture so that a third of the template is outside.
	cut := int(truth.X) - w/6
	m := match.Image{W: s.Image.W - cut, H: s.Image.H, Stride: s.Image.Stride, Pix: s.Image.Pix[cut:]}
	r, err := searcher(t, s, match.Options{}).Search(m, match.Rect{})
	if err != nil || len(r.Matches) != 1 {
		t.Fatalf("%d matches, %v", len(r.Matches), err)
	}
	got := r.Matches[0]
	if math.Hypot(got.X+float64(cut)-truth.X, got.Y-truth.Y) > 0.1 {
		t.Errorf("at (%.2f, %.2f), want (%.2f, %.2f)", got.X, got.Y, truth.X-float64(cut), truth.Y)
	}
	if got.Agreed < 0.4 || got.Agreed > 0.75 {
		t.Errorf("%.2f agrees, and two thirds are in the picture", got.Agreed)
	}
}

func TestOnlyTheRegionIsSearched(t *testing.T) {
	s := scenes.Make(scenes.Several, 3)
	truth := s.Truth[1]
	f := searcher(t, s, match.Options{Max: 6})
	r, err := f.Search(s.Image, match.Rect{X0: int(truth.X) - 5, Y0: int(truth.Y) - 5, X1: int(truth.X) + 6, Y1: int(truth.Y) + 6})
	if err != nil || len(r.Matches) != 1 {
		t.Fatalf("%d matches, %v", len(r.Matches), err)
	}
	if off, ok := right(r.Matches[0], truth); !ok {
		t.Errorf("off by %.2f", off)
	}
}

func TestWhatIsNoMatchIsExplained(t *testing.T) {
	s := scenes.Make(scenes.Several, 3)
	r := search(t, s, match.Options{Max: 1})
	if len(r.Matches) != 1 || len(r.Rejected) < len(s.Truth)-1 {
		t.Fatalf("%d matches, %d rejected; there are %d", len(r.Matches), len(r.Rejected), len(s.Truth))
	}
	m := r.Matches[0]
	if m.Next < 0.9 || m.NextAt < 30 || r.Rejected[0].Reason != match.BeyondMax {
		t.Errorf("next %.2f at %.0f pixels, %v; there is another one", m.Next, m.NextAt, r.Rejected[0].Reason)
	}
	s = scenes.Make(scenes.Absent, 3)
	r = search(t, s, match.Options{})
	if len(r.Matches) != 0 || len(r.Rejected) == 0 || r.Rejected[0].Reason != match.LowScore {
		t.Errorf("%+v, want places with a score that is too low", r)
	}
}

func TestATemplateMayHaveALeastScoreOfItsOwn(t *testing.T) {
	s := scenes.Make(scenes.Covered, 3)
	score := search(t, s, match.Options{}).Matches[0].Score
	for _, c := range []struct {
		own, of float64 // the template's, and the search's
		found   bool
	}{{0, score + 0.01, false}, {score - 0.01, score + 0.01, true}, {score + 0.01, score - 0.01, false}, {0, score - 0.01, true}} {
		p, err := match.NewTemplate(s.Templates[0], match.TemplateOptions{MinScore: c.own})
		if err != nil {
			t.Fatal(err)
		}
		f, err := match.NewSearcher([]*match.Template{p}, match.Options{MinScore: c.of})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := f.Search(s.Image, match.Rect{}); err != nil || len(r.Matches) == 1 != c.found {
			t.Errorf("a score of %.2f, at least %.2f of the template and %.2f of the search: %d matches, %v", score, c.own, c.of, len(r.Matches), err)
		}
	}
	if _, err := match.NewTemplate(s.Templates[0], match.TemplateOptions{MinScore: 1.1}); err == nil {
		t.Error("a least score of 1.1 was taken")
	}
}

func TestManyMatchesAreFound(t *testing.T) {
	// A tile, ten times seven.
	p := scenes.Make(scenes.Large, 2).Templates[0]
	const side = 48
	s := scenes.Scene{Scales: match.Range{Low: 1, High: 1}, Templates: []match.Image{{W: side, H: side, Stride: p.Stride, Pix: p.Pix}}}
	s.Image = match.Image{W: 10 * side, H: 7 * side, Stride: 10 * side, Pix: make([]byte, 70*side*side)}
	for y := range s.Image.H {
		for x := range s.Image.W {
			s.Image.Pix[y*s.Image.Stride+x] = p.Pix[y%side*p.Stride+x%side]
		}
	}
	r := search(t, s, match.Options{Max: 100})
	if len(r.Matches) != 70 {
		t.Errorf("%d matches, want 70", len(r.Matches))
	}
	for _, m := range r.Matches {
		x, y := m.X-float64(side-1)/2, m.Y-float64(side-1)/2
		if math.Abs(math.Remainder(x, side)) > 0.02 || math.Abs(math.Remainder(y, side)) > 0.02 {
			t.Errorf("a tile at (%.3f, %.3f)", x, y)
		}
	}
}

func TestBadInputIsRefusedWithWhatWouldBeRight(t *testing.T) {
	good := scenes.Make(scenes.Clean, 1)
	p := good.Templates[0]
	flat := match.Image{W: 40, H: 40, Stride: 40, Pix: make([]byte, 1600)}
	nan := math.NaN()
	for _, c := range []struct {
		name string
		m    match.Image
		o    match.TemplateOptions
		want string
	}{
		{"no pixels", match.Image{}, match.TemplateOptions{Name: "cap"}, "template cap: it has no pixels: 0x0"},
		{"too few bytes", match.Image{W: 20, H: 20, Stride: 20, Pix: make([]byte, 399)}, match.TemplateOptions{}, "template: 20x20 pixels need 400 bytes, and it has 399"},
		{"short rows", match.Image{W: 20, H: 20, Stride: 19, Pix: make([]byte, 400)}, match.TemplateOptions{}, "rows of 20 pixels start every 19 bytes"},
		{"huge", match.Image{W: 1 << 40, H: 1 << 40, Stride: 1 << 40}, match.TemplateOptions{}, "sides go up to 16384"},
		{"tiny", match.Image{W: 7, H: 20, Stride: 7, Pix: make([]byte, 140)}, match.TemplateOptions{}, "at least 8 pixels a side"},
		{"flat", flat, match.TemplateOptions{}, match.ErrFlat.Error()},
		{"a mask of another size", p, match.TemplateOptions{Mask: make([]byte, 3)}, "need a mask of"},
		{"all masked", p, match.TemplateOptions{Mask: make([]byte, p.W*p.H)}, match.ErrFlat.Error()},
		{"no number", p, match.TemplateOptions{Scales: match.Range{Low: nan, High: 1}}, "scales from NaN to 1"},
		{"infinite", p, match.TemplateOptions{Angles: match.Range{Low: 0, High: math.Inf(1)}}, "angles from 0 to +Inf"},
		{"the wrong way", p, match.TemplateOptions{Angles: match.Range{Low: 10, High: -10}}, "write the lower end first"},
		{"too small a scale", p, match.TemplateOptions{Scales: match.Range{Low: 0.1, High: 1}}, "both from 0.5 to 2"},
	} {
		_, err := match.NewTemplate(c.m, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if strings.Contains(c.want, "contrast") && !errors.Is(err, match.ErrFlat) {
			t.Errorf("%s: %v is not ErrFlat", c.name, err)
		}
	}
	tp, err := match.NewTemplate(p, match.TemplateOptions{Name: "cap"})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []match.Options{{Max: -1}, {Max: 1 << 20}, {MinScore: nan}, {MinScore: 2}, {MaxOverlap: -1}, {Workers: -1}} {
		if _, err := match.NewSearcher([]*match.Template{tp}, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if _, err := match.NewSearcher(nil, match.Options{}); err == nil {
		t.Error("a searcher for nothing")
	}
	f, err := match.NewSearcher([]*match.Template{tp}, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	small := match.Image{W: 20, H: 20, Stride: 20, Pix: make([]byte, 400)}
	if _, err := f.Search(small, match.Rect{}); err == nil || !strings.Contains(err.Error(), "template cap of") || !strings.Contains(err.Error(), "larger than the image of 20x20") {
		t.Errorf("a template larger than the image: %v", err)
	}
	if _, err := f.Search(match.Image{W: 3}, match.Rect{}); err == nil {
		t.Error("no image")
	}
	if _, err := f.Search(good.Image, match.Rect{X0: 5000, X1: 6000, Y0: 0, Y1: 9}); err == nil || !strings.Contains(err.Error(), "has no pixel") {
		t.Errorf("a region outside: %v", err)
	}
	// After all that it still works.
	if r, err := f.Search(good.Image, match.Rect{}); err != nil || len(r.Matches) != 1 {
		t.Errorf("%v, %v", r, err)
	}
}

func TestNoSizeOrRangeIsTooOdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		picture := func(what string, most int) match.Image {
			m := match.Image{W: rapid.IntRange(8, most).Draw(t, what+" width"), H: rapid.IntRange(8, most).Draw(t, what+" height")}
			m.Stride = m.W
			m.Pix = make([]byte, m.W*m.H)
			for i := range m.Pix {
				m.Pix[i] = byte(rng.IntN(256))
			}
			return m
		}
		o := match.TemplateOptions{}
		if rapid.Bool().Draw(t, "turned") {
			low := rapid.Float64Range(-400, 400).Draw(t, "angle")
			o.Angles = match.Range{Low: low, High: low + rapid.Float64Range(0, 400).Draw(t, "span")}
		}
		if rapid.Bool().Draw(t, "scaled") {
			low := rapid.Float64Range(match.MinScale, match.MaxScale).Draw(t, "scale")
			o.Scales = match.Range{Low: low, High: rapid.Float64Range(low, match.MaxScale).Draw(t, "largest scale")}
		}
		tp, err := match.NewTemplate(picture("template", 70), o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := match.NewSearcher([]*match.Template{tp}, match.Options{Max: rapid.IntRange(1, 5).Draw(t, "max"), MinScore: 0.01})
		if err != nil {
			t.Fatal(err)
		}
		m := picture("image", 130)
		r, err := f.Search(m, match.Rect{})
		if err != nil {
			if !strings.Contains(err.Error(), "larger than the image") {
				t.Fatal(err)
			}
			return
		}
		for _, k := range r.Matches {
			if !(k.Score >= 0 && k.Score <= 1 && k.Agreed <= 1 && k.X > -2 && k.X < float64(m.W)+1 && k.Y > -2 && k.Y < float64(m.H)+1) {
				t.Fatalf("%+v in %dx%d", k, m.W, m.H)
			}
		}
	})
}

func TestImagesWithoutAnythingHaveNoMatch(t *testing.T) {
	s := scenes.Make(scenes.Clean, 1)
	f := searcher(t, s, match.Options{})
	for _, grey := range []byte{0, 128, 255} {
		m := match.Image{W: 300, H: 200, Stride: 300, Pix: make([]byte, 300*200)}
		for i := range m.Pix {
			m.Pix[i] = grey
		}
		r, err := f.Search(m, match.Rect{})
		if err != nil || len(r.Matches) != 0 {
			t.Errorf("grey %d: %v, %v", grey, r.Matches, err)
		}
	}
}

func TestTransparentPixelsAreTheMask(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	m.Pix = []byte{255, 255, 255, 255, 0, 0, 0, 0}
	g, mask := match.FromImage(m)
	if g.Pix[0] != 255 || mask == nil || mask[0] == 0 || mask[1] != 0 {
		t.Errorf("%v, mask %v", g.Pix, mask)
	}
	m.Pix[7] = 255
	if _, mask := match.FromImage(m); mask != nil {
		t.Errorf("an opaque image has the mask %v", mask)
	}
}
