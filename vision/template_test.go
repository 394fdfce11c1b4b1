package vision

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// texture is smooth noise: neighbours are alike, far pixels are not.
func texture(w, h int, seed uint64) Gray {
	rng := rand.New(rand.NewPCG(seed, 1))
	g := newGray(w, h, nil)
	for i := range g.Pix {
		g.Pix[i] = byte(rng.Uint32())
	}
	g = g.smooth().smooth().smooth()
	for i, p := range g.Pix {
		g.Pix[i] = byte(min(max((int(p)-128)*3+128, 0), 255))
	}
	return g
}

func TestTemplateIsFoundWhereItWasCutOut(t *testing.T) {
	scene := texture(320, 240, 7)
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(12, 90).Draw(t, "w"), rapid.IntRange(12, 90).Draw(t, "h")
		x, y := rapid.IntRange(0, 320-w).Draw(t, "x"), rapid.IntRange(0, 240-h).Draw(t, "y")
		tpl, err := NewTemplate(scene.Crop(Rect{x, y, x + w, y + h}))
		if err != nil {
			t.Fatal(err)
		}
		m, err := tpl.Find(scene, Rect{x - 30, y - 20, x + w + 40, y + h + 25})
		if err != nil || m.Score < 0.999 || math.Abs(m.X-float64(x)) > 0.2 || math.Abs(m.Y-float64(y)) > 0.2 {
			t.Errorf("found %+v (%v), want %d, %d", m, err, x, y)
		}
	})
}

func TestPeakIsFoundToAFractionOfAPixel(t *testing.T) {
	big := texture(640, 480, 3).smooth().smooth()
	scene := big.Resize(160, 120)
	for _, d := range []int{0, 1, 2, 3} {
		// A cut that starts d quarters of a small pixel further right and down.
		cut := big.Crop(Rect{200 + d, 160 + d, 200 + d + 160, 160 + d + 120}).Resize(40, 30)
		tpl, err := NewTemplate(cut)
		if err != nil {
			t.Fatal(err)
		}
		m, err := tpl.Find(scene, Rect{})
		if err != nil {
			t.Fatal(err)
		}
		wantX, wantY := 50+float64(d)/4, 40+float64(d)/4
		if math.Abs(m.X-wantX) > 0.1 || math.Abs(m.Y-wantY) > 0.1 {
			t.Errorf("found %.3f, %.3f, want %.2f, %.2f", m.X, m.Y, wantX, wantY)
		}
	}
}

func TestScoreIgnoresBrightnessAndContrast(t *testing.T) {
	scene := texture(200, 150, 5)
	tpl, err := NewTemplate(scene.Crop(Rect{60, 50, 110, 90}))
	if err != nil {
		t.Fatal(err)
	}
	dim := scene.clone()
	for i, p := range dim.Pix {
		dim.Pix[i] = p/3 + 40
	}
	m, err := tpl.Find(dim, Rect{})
	if err != nil || m.Score < 0.99 || math.Abs(m.X-60) > 0.1 {
		t.Errorf("found %+v, %v in the dim scene", m, err)
	}
	other, err := tpl.Find(texture(200, 150, 6), Rect{})
	if err != nil || other.Score > 0.6 {
		t.Errorf("score %.2f in a scene that does not hold the template", other.Score)
	}
}

func TestTemplateThatCannotBeFoundIsAnError(t *testing.T) {
	if _, err := NewTemplate(filled(20, 20, 77)); !errors.Is(err, ErrFlat) {
		t.Errorf("flat template: %v", err)
	}
	if _, err := NewTemplate(Gray{W: 5, H: 5, Stride: 5}); err == nil {
		t.Error("a template without pixels is accepted")
	}
	tpl, err := NewTemplate(texture(40, 40, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tpl.Find(filled(39, 90, 1), Rect{}); err == nil {
		t.Error("a template wider than the image is accepted")
	}
	if _, err := tpl.Find(filled(100, 100, 1), Rect{5, 5, 30, 90}); err == nil {
		t.Error("a template wider than the window is accepted")
	}
	if m, err := tpl.Find(filled(100, 100, 1), Rect{}); err != nil || math.Abs(m.Score) > 0.01 || math.IsNaN(m.Score) {
		t.Errorf("in a blank image: %+v, %v", m, err)
	}
}

func TestBothCorrelationsAgree(t *testing.T) {
	scene := texture(120, 90, 9)
	for y := 30; y < 90; y++ { // a blank corner, where there is nothing to divide by
		for x := 40; x < 120; x++ {
			scene.Pix[y*120+x] = 180
		}
	}
	tpl, err := NewTemplate(texture(300, 300, 2).Crop(Rect{10, 10, 47, 40}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := correlate(scene, tpl)
	if err != nil {
		t.Fatal(err)
	}
	want := correlatePlain(scene, tpl)
	if len(got) != len(want) {
		t.Fatalf("%d scores, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > 1e-4 {
			t.Fatalf("score %d: %v, want %v", i, got[i], want[i])
		}
	}
}

func BenchmarkTemplateFind(b *testing.B) {
	scene := texture(160, 120, 5)
	tpl, err := NewTemplate(scene.Crop(Rect{22, 21, 142, 101}))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tpl.Find(scene, Rect{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCorrelate(b *testing.B) {
	scene := texture(160, 120, 5)
	tpl, err := NewTemplate(scene.Crop(Rect{22, 21, 142, 101}))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			correlatePlain(scene, tpl)
		}
	})
	b.Run("built-in", func(b *testing.B) {
		for b.Loop() {
			if _, err := correlate(scene, tpl); err != nil {
				b.Fatal(err)
			}
		}
	})
}
