package match

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plainly runs f without the kernels in assembly.
func plainly(f func()) {
	had := setVector(false)
	defer setVector(had)
	f()
}

func TestKernelsGiveWhatPlainGoGives(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	t.Run("scores", rapid.MakeCheck(func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		data := make([]byte, 4096)
		for i := range data {
			data[i] = byte(rng.IntN(2 * centre))
		}
		points := make([]feature, rapid.IntRange(1, mostPoints).Draw(t, "points"))
		bias := 0
		for i := range points {
			points[i] = feature{at: int32(rng.IntN(3000) - 1500), dx: int8(rng.IntN(31) - 15), dy: int8(rng.IntN(31) - 15)}
			bias += centre * (int(points[i].dx) + int(points[i].dy))
		}
		base := rapid.IntRange(1500, 4096-1500-2*block).Draw(t, "base")
		var want, got [block]int16
		most := scorePlain(want[:], data, base, points, int16(bias))
		if m := scoreBlock(&got, data, base, points, int16(bias)); got != want || m != most {
			t.Fatalf("a block: %v, the greatest %d; want %v, %d", got, m, want, most)
		}
		var few [few]int16
		scoreFew(&few, data, base, points, int16(bias))
		if !slices.Equal(few[:], want[:len(few)]) {
			t.Fatalf("a few: %v, want %v", few, want[:len(few)])
		}
	}))
	t.Run("samples", rapid.MakeCheck(func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		m := Image{W: rapid.IntRange(8, 60).Draw(t, "w"), H: rapid.IntRange(8, 60).Draw(t, "h")}
		m.Stride = m.W + rapid.IntRange(0, 3).Draw(t, "padding")
		m.Pix = make([]byte, (m.H-1)*m.Stride+m.W)
		for i := range m.Pix {
			m.Pix[i] = byte(rng.IntN(256))
		}
		n := 4 * rapid.IntRange(1, 8).Draw(t, "fours")
		angle, scale := rapid.Float64Range(-3.2, 3.2).Draw(t, "angle"), rapid.Float64Range(0.5, 2).Draw(t, "scale")
		sin, cos := math.Sincos(angle)
		on := grid{float64(m.W-1) / 2, float64(m.H-1) / 2, cos * scale, sin * scale}
		reach := float32(min(m.W, m.H)-4) / 2 / 1.5 / float32(scale) // a circle of it lies within
		x, y := make([]float32, n), make([]float32, n)
		cell := cell{x0: -reach, y0: -reach, x1: reach, y1: reach}
		for i := range x {
			x[i], y[i] = (2*rng.Float32()-1)*reach, (2*rng.Float32()-1)*reach
		}
		if !on.holds(m, &cell) {
			t.Fatalf("a cell of %v pixels each way does not lie in the middle of %dx%d", reach, m.W, m.H)
		}
		got := make([]float64, n)
		for level := range 2 {
			sampleVector(got, m, level, x, y, &on)
			for i, v := range got {
				if want, ok := on.sample(m, level, x[i], y[i]); !ok || v != want {
					t.Fatalf("level %d, sample %d: %v, want %v", level, i, v, want)
				}
			}
		}
	}))
	t.Run("halving", rapid.MakeCheck(func(t *rapid.T) {
		m := Image{W: rapid.IntRange(2, 150).Draw(t, "w"), H: rapid.IntRange(2, 9).Draw(t, "h")}
		m.Stride = m.W + rapid.IntRange(0, 3).Draw(t, "padding")
		m.Pix = make([]byte, m.Stride*m.H)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range m.Pix {
			m.Pix[i] = byte(rng.IntN(256))
		}
		got, want := halved(m), Image{}
		plainly(func() { want = halved(m) })
		for y := range got.H {
			if !slices.Equal(got.row(y), want.row(y)) {
				t.Fatalf("row %d: %v, want %v", y, got.row(y), want.row(y))
			}
		}
	}))
}

func halved(m Image) Image {
	var p pyramid
	p.resize(m, 1)
	p.halve(1, 0, p.level[1].H, make([]uint16, m.W+66))
	return p.level[1]
}

func TestHalvingKeepsTheMeanAndTheCentre(t *testing.T) {
	m := Image{W: 64, H: 32, Stride: 64, Pix: make([]byte, 64*32)}
	for y := range m.H {
		for x := range m.W {
			m.Pix[y*m.W+x] = byte(2*x + 3*y)
		}
	}
	h := halved(m)
	for y := 1; y < h.H-1; y++ {
		for x := 1; x < h.W-1; x++ {
			// Pixel x of the half has its centre at 2 x + 1/2.
			if want := 2*(2*float64(x)+0.5) + 3*(2*float64(y)+0.5); float64(h.row(y)[x])-want > 0.5 || want-float64(h.row(y)[x]) > 0.5 {
				t.Fatalf("(%d, %d) is %d, want %v", x, y, h.row(y)[x], want)
			}
		}
	}
}

func TestNoSumOfDirectionsOverflows(t *testing.T) {
	longest := 0
	for _, d := range []float64{-15.5, -15, 0, 15, 15.5} {
		if byte(d+centre) > 31 {
			t.Errorf("%v does not fit", d)
		}
	}
	for y := range 256 {
		for x := range 256 {
			v := directions[y][x]
			dx, dy := int(v&255)-centre, int(v>>8)-centre
			longest = max(longest, dx*dx+dy*dy)
		}
	}
	if most := longest * mostPoints; most > 32767 {
		t.Errorf("%d points can score %d, more than 16 bits hold", mostPoints, most)
	}
}
