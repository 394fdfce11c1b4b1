package scenes

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Texture is a kind of picture without a code.
type Texture int

// The textures: what is in pictures, and what looks like parts of codes.
const (
	Static  Texture = iota // noise
	Cloth                  // blurred noise, stretched: cloth, stone
	Modules                // random modules, as of a code without finders
	Rings                  // rings and squares in squares: what looks like finders
	Stripes                // as of timing patterns and bar codes
	Finders                // three finders in their places around random modules
	Boxes                  // of any size and grey
	Print                  // lines of small print
	textures
)

// Textures are all of them.
func Textures() (list []Texture) {
	for t := range textures {
		list = append(list, t)
	}
	return list
}

// String is the texture's name.
func (t Texture) String() string {
	names := [textures]string{"static", "cloth", "modules", "rings", "stripes", "finders", "boxes", "print"}
	if t < 0 || t >= textures {
		return fmt.Sprintf("Texture(%d)", int(t))
	}
	return names[t]
}

// None renders a picture without a code, of a random texture; w and h are at least 16.
func None(rng *rand.Rand, w, h int) Image {
	return Texture(rng.IntN(int(textures))).Render(rng, w, h)
}

// Render renders a picture of one texture.
func (t Texture) Render(rng *rand.Rand, w, h int) Image {
	c := NewCanvas(w, h, 128)
	switch t {
	case Static:
		c.Light(func(x, y float64) (float64, float64) { return 0, 255 * rng.Float64() })
	case Cloth:
		c.Light(func(x, y float64) (float64, float64) { return 0, 255 * rng.Float64() })
		c.Blur(0.6 + 2*rng.Float64())
		k := 2 + 6*rng.Float64()
		c.Light(func(x, y float64) (float64, float64) { return k, 128 - 128*k })
	case Modules:
		m := 2 + rng.IntN(7)
		cells := make([]float32, (w/m+1)*(h/m+1))
		for i := range cells {
			cells[i] = float32(20 + 200*rng.IntN(2))
		}
		c.Light(func(x, y float64) (float64, float64) { return 0, float64(cells[int(y)/m*(w/m+1)+int(x)/m]) })
	case Rings:
		for range 40 {
			c.ring(rng)
		}
	case Stripes:
		a, b, f := rng.Float64(), rng.Float64(), 0.2+1.5*rng.Float64()
		c.Light(func(x, y float64) (float64, float64) {
			return 0, 128 + 110*math.Copysign(1, math.Sin(f*(a*x+b*y)))*math.Copysign(1, math.Sin(f*(b*x-a*y+3)))
		})
	case Finders:
		s := nonsense(rng, 1+rng.IntN(6))
		p := Pose{Center: Point{float64(w) / 2, float64(h) / 2}, Module: 2 + 3*rng.Float64(), Angle: 6.28 * rng.Float64()}
		c.Draw(&s, &p, QuietZone, 30, 220)
	case Boxes:
		for range 300 {
			c.box(rng.IntN(w), rng.IntN(h), 1+rng.IntN(40), 1+rng.IntN(40), float32(rng.IntN(256)))
		}
	case Print:
		size := 2 + rng.IntN(4) // of a stroke
		for y := size; y < h-8*size; y += 9 * size {
			for x := size; x < w-5*size; x += 5 * size {
				for range 2 + rng.IntN(3) {
					at := rng.IntN(3) * 3 * size
					if rng.IntN(2) == 0 {
						c.box(x, y+at, 4*size, size, 40)
					} else {
						c.box(x+at/2, y, size, 7*size, 40)
					}
				}
			}
		}
	}
	return c.Image(6*rng.Float64(), rng)
}

// box fills a rectangle.
func (c *Canvas) box(x, y, w, h int, v float32) {
	for j := y; j < min(y+h, c.H); j++ {
		for i := x; i < min(x+w, c.W); i++ {
			c.V[j*c.W+i] = v
		}
	}
}

// ring draws a finder, round or square, somewhere.
func (c *Canvas) ring(rng *rand.Rand) {
	x, y, m := rng.IntN(c.W), rng.IntN(c.H), 1+rng.IntN(6)
	round := rng.IntN(2) == 0
	for v := -9 * m / 2; v <= 9*m/2; v++ {
		for u := -9 * m / 2; u <= 9*m/2; u++ {
			d := max(math.Abs(float64(u)), math.Abs(float64(v))) / float64(m)
			if round {
				d = math.Hypot(float64(u), float64(v)) / float64(m)
			}
			px, py := x+u, y+v
			if px < 0 || py < 0 || px >= c.W || py >= c.H || d > 4.5 {
				continue
			}
			v := float32(220)
			if d < 1.5 || d >= 2.5 && d < 3.5 {
				v = 30
			}
			c.V[py*c.W+px] = v
		}
	}
}

// nonsense is a symbol with finders, timing and alignment patterns in place and random modules
// for all the rest, its format included.
func nonsense(rng *rand.Rand, version int) Symbol {
	s := Symbol{N: 17 + 4*version}
	s.Dark = make([]bool, s.N*s.N)
	for i := range s.Dark {
		s.Dark[i] = rng.IntN(2) == 0
	}
	square := func(row, col, reach int, dark func(d int) bool) {
		for r := -reach; r <= reach; r++ {
			for c := -reach; c <= reach; c++ {
				if y, x := row+r, col+c; y >= 0 && x >= 0 && y < s.N && x < s.N {
					s.Dark[y*s.N+x] = dark(max(r, -r, c, -c))
				}
			}
		}
	}
	for i := 8; i < s.N-8; i++ {
		s.Dark[6*s.N+i], s.Dark[i*s.N+6] = i%2 == 0, i%2 == 0
	}
	finder := func(d int) bool { return d < 2 || d == 3 }
	square(3, 3, 4, finder)
	square(3, s.N-4, 4, finder)
	square(s.N-4, 3, 4, finder)
	if version > 1 {
		square(s.N-7, s.N-7, 2, func(d int) bool { return d != 1 })
	}
	return s
}
