package qr

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"linetwin.dev/vision/qr/scenes"
)

func TestPicturesOfAnySizeAreTaken(t *testing.T) {
	d := NewDecoder(Options{})
	rng := rand.New(rand.NewPCG(1, 1))
	for _, w := range []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 40, 41, 79, 80, 81} {
		for _, h := range []int{0, 1, 2, 5, 8, 13, 40, 81} {
			m := Image{make([]byte, w*h), w, w, h}
			for i := range m.Pix {
				m.Pix[i] = byte(rng.Uint32())
			}
			if got := d.Decode(m, 3_000_000); len(got) > 0 {
				t.Errorf("%dx%d pixels of noise were read as %q", w, h, got[0].Text)
			}
		}
	}
}

func TestPicturesThatLackPixelsAreNoPictures(t *testing.T) {
	d := NewDecoder(Options{})
	for _, m := range []Image{
		{}, {nil, 10, 10, 10}, {make([]byte, 99), 10, 10, 10}, {make([]byte, 100), 9, 10, 10},
		{make([]byte, 100), 10, -10, -10}, {make([]byte, 100), 10, 10, 1 << 62}, {make([]byte, 100), -1, 10, 10},
	} {
		if m.Valid() || d.Decode(m, 0) != nil {
			t.Errorf("%d bytes, stride %d, were taken for %dx%d pixels", len(m.Pix), m.Stride, m.W, m.H)
		}
	}
	if m := (Image{make([]byte, 95), 10, 5, 10}); !m.Valid() {
		t.Error("the last row of a picture with a stride needs no padding, but was refused without")
	}
}

func TestViewsWithAStrideAreReadAsCopiesAre(t *testing.T) {
	m := printed(t, "a view into a larger picture", 0, M)
	small := clean(&m, 3)
	big := Image{make([]byte, (small.W+50)*(small.H+20)), small.W + 50, small.W, small.H}
	for y := range small.H {
		copy(big.Pix[y*big.Stride:], small.Pix[y*small.Stride:][:small.W])
	}
	d := NewDecoder(Options{})
	if a, b := d.Decode(small, 0), d.Decode(big, 0); len(a) != 1 || !reflect.DeepEqual(a, b) {
		t.Errorf("a copy gives %+v, a view %+v", a, b)
	}
}

func TestHugeFlatPicturesCostLittle(t *testing.T) {
	d := NewDecoder(Options{})
	m := Image{make([]byte, 6000*4000), 6000, 6000, 4000}
	if got := d.Decode(m, 100_000_000); len(got) > 0 {
		t.Error("a black picture was read")
	}
}

func TestDecodersHaveNoMemoryOfEarlierPictures(t *testing.T) {
	used := NewDecoder(Options{})
	for i, c := range scenes.Categories()[:10] {
		img := Image(faulty(t, c, 8, i).Image)
		a, b := used.Decode(img, 60_000_000), NewDecoder(Options{}).Decode(img, 60_000_000)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: a used decoder gives %+v, a new one %+v", c.Name, a, b)
		}
	}
}

func TestNothingButResultsIsAllocated(t *testing.T) {
	d := NewDecoder(Options{NoInverted: true})
	rng := rand.New(rand.NewPCG(3, 3))
	empty := textured(rng, 300, 300)
	if n := testing.AllocsPerRun(5, func() { d.Decode(empty, 20_000_000) }); n > 0 {
		t.Errorf("a picture without a code costs %.0f allocations, want none", n)
	}
	m := printed(t, "allocations", 0, M)
	img := clean(&m, 4)
	if n := testing.AllocsPerRun(5, func() { d.Decode(img, 0) }); n > 6 {
		t.Errorf("a code costs %.0f allocations, want no more than its result's", n)
	}
}

func TestBudgetsBoundTheWork(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 3))
	d := NewDecoder(Options{})
	for range 10 {
		img := textured(rng, 400, 300)
		for _, budget := range []int{1, 1000, 1_000_000, 10_000_000} {
			d.Decode(img, budget)
			if over := -d.work.left; over > 6_000_000 {
				t.Errorf("a budget of %d was overdrawn by %d", budget, over)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	m := scenes.Symbol{N: 21, Dark: make([]bool, 21*21)}
	var l layout
	l.set(1)
	for i := range m.Dark {
		m.Dark[i] = l.kind[i] == moduleDark
	}
	f.Add(clean(&m, 3).Pix, uint8(93))
	f.Add([]byte{1, 2, 3}, uint8(1))
	d := NewDecoder(Options{})
	f.Fuzz(func(t *testing.T, pix []byte, w uint8) {
		if w == 0 {
			return
		}
		d.Decode(Image{pix, int(w), int(w), len(pix) / int(w)}, 2_000_000)
	})
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte{0x40, 0x56, 0x86, 0x56, 0xC6, 0xC6, 0xF0}, uint8(1))
	f.Add([]byte{0x71, 0xA4, 0x02, 0xE2, 0x82}, uint8(12))
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		m, ok := parseMessage(1+int(version)%maxVersion, data)
		if ok && len(m.text) > 4*(len(m.raw)+1)*2 {
			t.Errorf("%d bytes became a text of %d", len(m.raw), len(m.text))
		}
	})
}

func FuzzModules(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(2))
	s := new(solver)
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		v := 1 + int(version)%maxVersion
		soft := make([]float32, side(v)*side(v))
		for i := range soft {
			if len(data) > 0 {
				soft[i] = float32(int8(data[i%len(data)])) / 128
			}
		}
		w := work{left: 1_000_000}
		if r, ok := s.solve(v, soft, 2, &w); ok {
			parseMessage(r.version, r.data)
		}
	})
}

// BenchmarkFirstRead reads a clean code in a picture of 1280x720.
func BenchmarkFirstRead(b *testing.B) {
	for _, module := range []float64{3, 6, 10} {
		b.Run(fmt.Sprintf("module %.0f px", module), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			m := printed(b, scenes.Text(rng, 40), 0, M)
			c := scenes.NewCanvas(1280, 720, 160)
			c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 640, Y: 360}, Module: module, Angle: 0.1, Tilt: 0.1}, scenes.QuietZone, 30, 220)
			c.Blur(0.6)
			img := Image(c.Image(2, rng))
			d := NewDecoder(Options{Max: 1})
			b.ReportAllocs()
			for b.Loop() {
				if len(d.Decode(img, 0)) != 1 {
					b.Fatal("not read")
				}
			}
		})
	}
}

// BenchmarkNothing looks at a picture without a code until the budget is spent.
func BenchmarkNothing(b *testing.B) {
	rng := rand.New(rand.NewPCG(2, 2))
	img := textured(rng, 640, 480)
	d := NewDecoder(Options{})
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(img, 0)
	}
}
