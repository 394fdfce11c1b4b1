package vision

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linetwin.dev/specs"
)

func TestAStationThatSaysNothingGetsWhatTheSchemaGives(t *testing.T) {
	sc, err := specs.Load("../scenarios/bottling")
	if err != nil {
		t.Fatal(err)
	}
	got := sc.Inspections["inspect"].QR
	got.Regions = nil
	if diff := cmp.Diff(StationQR(), got); diff != "" {
		t.Errorf("-here +schema:\n%s", diff)
	}
}

// Each stage is shown a code that it must hand on to the decoder whole: read there, its corners
// must be where they are in the image.
func TestEveryStageKeepsTheCodeInItsPlace(t *testing.T) {
	g := filled(400, 320, 190)
	want := quad(200, 150, 160*21.0/29, 0.2)
	paste(g, plainQR(t, "LT00000007", 8), quad(200, 150, 160, 0.2))
	p := FileQR()
	p.Halve = 1 // a quarter has two pixels a module
	var f filters
	for _, st := range qrStages {
		w, h, cost := st.plan(g.W, g.H, &p)
		if w*h == 0 {
			if st.name != "quarter" && st.name != "eighth" {
				t.Errorf("%s does not apply", st.name)
			}
			continue
		}
		img, back := st.prepare(g, &p, &f)
		if img.W != w || img.H != h {
			t.Errorf("%s: %dx%d, where %dx%d was planned", st.name, img.W, img.H, w, h)
		}
		codes, work, err := newQRDecoder().DecodeQR(img, QRAsk{Budget: 100e6})
		if err != nil || len(codes) != 1 || codes[0].Text != "LT00000007" || work <= 0 || cost < 0 {
			t.Errorf("%s: read %v with work %d, cost %d, error %v", st.name, codes, work, cost, err)
			continue
		}
		for i, c := range codes[0].Corners {
			if c = back.apply(c); math.Hypot(c.X-want[i].X, c.Y-want[i].Y) > 0.5 {
				t.Errorf("%s: corner %d is at %.2f, want %.2f", st.name, i, c, want[i])
			}
		}
	}
}

func TestAStageIsSwitchedOffByItsParameter(t *testing.T) {
	seen := map[string]bool{}
	r := NewQRReader(QROptions{
		Params: QRParams{Budget: FileQR().Budget, Window: 15},
		Trace:  func(s QRStage) { seen[s.Name] = true },
	})
	r.ScanGray(filled(200, 200, 90), Rect{})
	if diff := cmp.Diff(map[string]bool{"as is": true, "threshold": true}, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadingCostsNoMoreThanItsBudget(t *testing.T) {
	g := newGray(500, 400, nil)
	for i := range g.Pix {
		g.Pix[i] = byte(255 * (i * i / 7 % 3 / 2)) // looks like much and is nothing
	}
	for _, p := range []QRParams{StationQR(), FileQR()} {
		s := NewQRReader(QROptions{Params: p}).ScanGray(g, Rect{})
		// A stage that has begun ends what it is at.
		if most := 3 * p.Budget.D() / 2; s.Cost > most || s.Cost == 0 || len(s.Codes) != 0 {
			t.Errorf("budget %v: cost %v, read %v", p.Budget, s.Cost, s.Codes)
		}
	}
}

// spender is a decoder that reads nothing, and does as much work as it may, or as it likes.
type spender struct{ likes int }

func (s spender) DecodeQR(_ Gray, ask QRAsk) ([]Code, int, error) {
	return nil, min(s.likes, ask.Budget), nil
}

func TestNoImageIsPreparedForWhichThereIsNoTimeLeft(t *testing.T) {
	const side, units = 200, 1_000_000
	p := FileQR()
	p.Budget = specs.Duration(workTime(units))
	for _, likes := range []int{0, side * side / 4, side * side, 3 * side * side, 700_000, units} {
		left := units
		s := NewQRReader(QROptions{Params: p, Decoder: spender{likes}, Trace: func(s QRStage) {
			w, h, cost := s.Image.W, s.Image.H, 0
			for _, st := range qrStages {
				if st.name == s.Name {
					w, h, cost = st.plan(side, side, &p)
				}
			}
			if s.Name != "as is" && left < cost+(leastLook+lastLook)*w*h {
				t.Errorf("a decoder that likes %d units: %s is prepared for %d units, where %d are left", likes, s.Name, cost, left)
			}
			left -= workIn(s.Cost)
		}}).ScanGray(filled(side, side, 90), Rect{})
		if s.Cost > p.Budget.D() || left < 0 {
			t.Errorf("a decoder that likes %d units: cost %v of %v", likes, s.Cost, p.Budget)
		}
	}
}

func TestTheLightestAndDarkestOfASquareAreThose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGray(rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 12).Draw(t, "h"), nil)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range g.Pix {
			g.Pix[i] = byte(rng.Uint32())
		}
		radius, lightest := rapid.IntRange(1, 5).Draw(t, "radius"), rapid.Bool().Draw(t, "lightest")
		got := newGray(g.W, g.H, nil)
		extreme(got, newGray(g.W, g.H, nil), g, radius, lightest)
		for y := range g.H {
			for x := range g.W {
				want := g.row(y)[x]
				for v := max(y-radius, 0); v < min(y+radius+1, g.H); v++ {
					for _, p := range g.row(v)[max(x-radius, 0):min(x+radius+1, g.W)] {
						if p > want == lightest {
							want = p
						}
					}
				}
				if got.row(y)[x] != want {
					t.Fatalf("(%d, %d) of %dx%d is %d, want %d", x, y, g.W, g.H, got.row(y)[x], want)
				}
			}
		}
	})
}

// BenchmarkFilterPrices tells what a unit of each filter's price takes: it is worth 2.3 ns, and less is taken where
// nothing else wants the memory.
func BenchmarkFilterPrices(b *testing.B) {
	p := FileQR()
	for _, size := range [][2]int{{160, 160}, {1280, 720}} {
		g := newGray(size[0], size[1], nil)
		for i := range g.Pix {
			g.Pix[i] = byte(i*i>>7 ^ i/g.W)
		}
		for i := range qrStages[1:] {
			st := &qrStages[1+i]
			w, h, cost := st.plan(g.W, g.H, &p)
			if w*h == 0 {
				continue
			}
			b.Run(fmt.Sprintf("%s/%dx%d", st.name, g.W, g.H), func(b *testing.B) {
				var f filters
				for b.Loop() {
					st.prepare(g, &p, &f)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(cost), "ns/unit")
			})
		}
	}
}

func TestFiltersDoWhatTheirNamesSay(t *testing.T) {
	var f filters
	g := filled(40, 30, 200)
	g.Pix[15*40+20] = 50 // a dark dot
	if b := f.blurred(g, 2); b.Pix[15*40+20] < 180 || b.Pix[15*40+22] >= 200 || b.Pix[0] != 200 {
		t.Errorf("blur: middle %d, beside %d, far %d", b.Pix[15*40+20], b.Pix[15*40+22], b.Pix[0])
	}
	if o := f.opened(g, 1); o.Pix[15*40+20] != 200 {
		t.Errorf("opening leaves a dot of %d", o.Pix[15*40+20])
	}
	if c := f.closed(negative(g), 1); c.Pix[15*40+20] != 55 {
		t.Errorf("closing leaves a hole of %d", c.Pix[15*40+20])
	}
	if c := f.closed(g, 1); c.Pix[15*40+20] != 50 {
		t.Errorf("closing takes a dark dot away: %d", c.Pix[15*40+20])
	}
	faint := filled(120, 90, 100)
	for y := range 90 {
		for x := range 60 {
			faint.Pix[y*120+x] = 104
		}
	}
	if e := f.equalized(faint, 40); int(e.Pix[45*120+50])-int(e.Pix[45*120+70]) < 20 {
		t.Errorf("equalized, 4 levels apart become %d and %d", e.Pix[45*120+50], e.Pix[45*120+70])
	}
	r, back := f.rotated(g, math.Pi/2)
	if r.W != 30 && r.W != 31 || r.H != 40 && r.H != 41 {
		t.Errorf("turned by a right angle: %dx%d", r.W, r.H)
	}
	darkest, at := byte(255), Point{}
	for y := range r.H {
		for x, v := range r.row(y) {
			if v < darkest {
				darkest, at = v, back.apply(Point{float64(x), float64(y)})
			}
		}
	}
	if math.Hypot(at.X-20, at.Y-15) > 1 {
		t.Errorf("the dot is turned back to %.2f", at)
	}
}
