package qr

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// textured makes a picture without a code, of one of several kinds.
func textured(rng *rand.Rand, w, h int) Image {
	c := newCanvas(w, h, 128)
	switch rng.IntN(7) {
	case 0: // noise
		c.light(func(x, y float64) (float64, float64) { return 0, 255 * rng.Float64() })
	case 1: // blurred noise, stretched: cloth, stone
		c.light(func(x, y float64) (float64, float64) { return 0, 255 * rng.Float64() })
		c.blurred(0.6 + 2*rng.Float64())
		k := 2 + 6*rng.Float64()
		c.light(func(x, y float64) (float64, float64) { return k, 128 - 128*k })
	case 2: // random modules, as of a code without finders
		m := 2 + rng.IntN(7)
		cells := make([]float32, (w/m+1)*(h/m+1))
		for i := range cells {
			cells[i] = float32(20 + 200*rng.IntN(2))
		}
		c.light(func(x, y float64) (float64, float64) { return 0, float64(cells[int(y)/m*(w/m+1)+int(x)/m]) })
	case 3: // rings and squares in squares: what looks like finders
		for range 40 {
			x, y, m := w*rng.IntN(1000)/1000, h*rng.IntN(1000)/1000, 1+rng.IntN(6)
			round := rng.IntN(2) == 0
			for v := -9 * m / 2; v <= 9*m/2; v++ {
				for u := -9 * m / 2; u <= 9*m/2; u++ {
					d := float64(max(abs(u), abs(v))) / float64(m)
					if round {
						d = math.Hypot(float64(u), float64(v)) / float64(m)
					}
					px, py := x+u, y+v
					if px < 0 || py < 0 || px >= w || py >= h || d > 4.5 {
						continue
					}
					v := float32(220)
					if d < 1.5 || d >= 2.5 && d < 3.5 {
						v = 30
					}
					c.v[py*w+px] = v
				}
			}
		}
	case 4: // stripes, as of timing patterns and bar codes
		a, b, f := rng.Float64(), rng.Float64(), 0.2+1.5*rng.Float64()
		c.light(func(x, y float64) (float64, float64) {
			return 0, 128 + 110*math.Copysign(1, math.Sin(f*(a*x+b*y)))*math.Copysign(1, math.Sin(f*(b*x-a*y+3)))
		})
	case 5: // three finders in their places around random modules
		n := side(1 + rng.IntN(6))
		m := modules{n: n, dark: make([]bool, n*n)}
		var l layout
		l.set((n - 17) / 4)
		for i := range m.dark {
			m.dark[i] = l.kind[i] == moduleDark || l.kind[i] != moduleLight && rng.IntN(2) == 0
		}
		c.draw(&m, &pose{c: Point{float64(w) / 2, float64(h) / 2}, module: 2 + 3*rng.Float64(), angle: 6.28 * rng.Float64()}, 30, 220)
	case 6: // boxes of any size and grey
		for range 300 {
			x, y, v := rng.IntN(w), rng.IntN(h), float32(rng.IntN(256))
			bw, bh := 1+rng.IntN(40), 1+rng.IntN(40)
			for j := y; j < min(y+bh, h); j++ {
				for i := x; i < min(x+bw, w); i++ {
					c.v[j*w+i] = v
				}
			}
		}
	}
	return c.image(6*rng.Float64(), rng)
}

// TestNothingIsReadWhereThereIsNoCode looks at pictures without a code; with
// LINETWIN_QR_NONE=10000 at as many.
func TestNothingIsReadWhereThereIsNoCode(t *testing.T) {
	n := 42
	if v, err := strconv.Atoi(os.Getenv("LINETWIN_QR_NONE")); err == nil {
		n = v
	}
	d := NewDecoder(Options{})
	for i := range n {
		rng := rand.New(rand.NewPCG(uint64(i), 5))
		img := textured(rng, 120+rng.IntN(200), 120+rng.IntN(160))
		if got := d.Decode(img, 20_000_000); len(got) > 0 {
			t.Errorf("picture %d without a code was read as %+v", i, got[0])
		}
	}
}
