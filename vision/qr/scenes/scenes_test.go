package scenes

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func scene(t *testing.T, c *Category, seed uint64, i int) Scene {
	t.Helper()
	s, err := c.Scene(seed, i)
	if errors.Is(err, ErrNotInstalled) {
		t.Skipf("%v; .ci/need test installs it", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASeedAndANumberNameOnePicture(t *testing.T) {
	for _, c := range Categories() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			a, b, other := scene(t, &c, 3, 1), scene(t, &c, 3, 1), scene(t, &c, 3, 2)
			if !bytes.Equal(a.Image.Pix, b.Image.Pix) || a.Codes[0] != b.Codes[0] {
				t.Error("the same seed and number give two pictures")
			}
			if bytes.Equal(a.Image.Pix, other.Image.Pix) || a.Codes[0].Text == other.Codes[0].Text {
				t.Error("two numbers give the same picture")
			}
		})
	}
}

// The middle of a finder is dark, and the ring around it light, where the corners say that the code is.
func TestCornersAreWhereTheCodeIsDrawn(t *testing.T) {
	s, err := Gozxing{}.Print("corners", 2, M)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 50 {
		p := Pose{Center: Point{200 + rng.Float64(), 200 + rng.Float64()}, Module: 6 + 2*rng.Float64(), Angle: 6.28 * rng.Float64(),
			Tilt: rng.Float64() - 0.5, Turn: rng.Float64() - 0.5, Bend: 0.1 * rng.Float64(), Mirrored: i%2 == 0}
		c := NewCanvas(400, 400, 128)
		c.Draw(&s, &p, QuietZone, 0, 255)
		img := c.Image(0, nil)
		for k, corner := range p.Corners(s.N) {
			uv := [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}[k]
			if at := p.ToImage(s.N, uv[0]*float64(s.N), uv[1]*float64(s.N)); at != corner {
				t.Fatalf("corner %d is at %v, and its module at %v", k, corner, at)
			}
			if k == 2 {
				continue // there is no finder
			}
			middle := p.ToImage(s.N, 3.5+uv[0]*float64(s.N-7), 3.5+uv[1]*float64(s.N-7))
			ring := p.ToImage(s.N, 1.5+uv[0]*float64(s.N-7), 3.5+uv[1]*float64(s.N-7))
			if d, l := img.at(middle), img.at(ring); d > 60 || l < 195 {
				t.Errorf("pose %+v: finder %d has %d in its middle and %d in its ring, want dark and light", p, k, d, l)
			}
		}
	}
}

func (m Image) at(p Point) byte { return m.Pix[int(p.Y+0.5)*m.Stride+int(p.X+0.5)] }

func TestEveryCodeLiesInItsPicture(t *testing.T) {
	for _, c := range Categories() {
		for i := range 3 {
			s := scene(t, &c, 1, i)
			if len(s.Codes) == 0 || len(s.Image.Pix) != s.Image.W*s.Image.H {
				t.Fatalf("%s: %d codes in %dx%d pixels of %d bytes", c.Name, len(s.Codes), s.Image.W, s.Image.H, len(s.Image.Pix))
			}
			for _, code := range s.Codes {
				for _, p := range code.Corners {
					if p.X < 0 || p.Y < 0 || p.X > float64(s.Image.W-1) || p.Y > float64(s.Image.H-1) {
						t.Errorf("%s %d: a corner at %.0f lies outside of %dx%d", c.Name, i, p, s.Image.W, s.Image.H)
					}
				}
			}
		}
	}
}

func TestBothPrintersPrintTheVersionThatIsAskedFor(t *testing.T) {
	q, err := FindQrencode()
	if err != nil {
		t.Skipf("%v; .ci/need test installs it", err)
	}
	for _, version := range []int{1, 7, 20, 40} {
		for _, p := range []Printer{Gozxing{}, q} {
			if s, err := p.Print("LT-1", version, H); err != nil || s.N != 17+4*version || len(s.Dark) != s.N*s.N {
				t.Errorf("%T prints version %d with %d modules a side and error %v", p, version, s.N, err)
			}
		}
	}
}

func TestTextsWithoutRoomAreRefused(t *testing.T) {
	printers := []Printer{Gozxing{}}
	if q, err := FindQrencode(); err == nil {
		printers = append(printers, q)
	}
	for _, p := range printers {
		if _, err := p.Print(strings.Repeat("x", 3000), 0, H); err == nil {
			t.Errorf("%T prints 3000 characters at level H, for which no version has room", p)
		}
		if _, err := p.Print(strings.Repeat("x", Room(5, M)), 5, M); err != nil {
			t.Errorf("%T has no room for what Room gives: %v", p, err)
		}
	}
	if Room(41, L) != 0 || Room(0, L) != 0 {
		t.Error("versions that there are not have room")
	}
}

func TestPicturesWithoutACodeAreOfAllTexturesAndTheirSize(t *testing.T) {
	seen := map[string]bool{}
	for _, texture := range Textures() {
		m := texture.Render(Stream(1, int(texture)), 61, 47)
		lo, hi := byte(255), byte(0)
		for _, v := range m.Pix {
			lo, hi = min(lo, v), max(hi, v)
		}
		if m.W != 61 || m.H != 47 || hi-lo < 60 {
			t.Errorf("%v is %dx%d of grey %d to %d", texture, m.W, m.H, lo, hi)
		}
		seen[string(m.Pix)] = true
	}
	if len(seen) != int(textures) {
		t.Errorf("%d textures give %d pictures", textures, len(seen))
	}
}
