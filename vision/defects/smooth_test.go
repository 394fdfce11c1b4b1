package defects_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/vision/defects"
)

// figure is a smooth picture with one hard-edged figure of black and white in it.
func figure(seed uint64, w, h int) (m defects.Image, where image.Rectangle) {
	rng := rand.New(rand.NewPCG(seed, 9))
	m = defects.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	type wave struct{ a, x, y, phase float64 }
	var waves [3][9]wave
	for k := range waves {
		for i := range waves[k] {
			f := 2 * math.Pi * math.Exp2(float64(i)/2) / float64(w)
			turn := rng.Float64() * 2 * math.Pi
			waves[k][i] = wave{(5 + 35*rng.Float64()) / math.Exp2(float64(i)/2), f * math.Cos(turn), f * math.Sin(turn), rng.Float64() * 7}
			if k > 0 && i < 7 {
				waves[k][i] = waves[0][i]
			}
		}
	}
	for y := range h {
		for x := range w {
			for k := range 3 {
				v := 140.5
				for _, s := range waves[k] {
					v += s.a * math.Sin(s.x*float64(x)+s.y*float64(y)+s.phase)
				}
				m.Pix[3*(y*w+x)+k] = byte(min(max(v, 0), 255))
			}
		}
	}
	fw, fh := 80+rng.IntN(80), 60+rng.IntN(50)
	where = image.Rect(0, 0, fw, fh).Add(image.Pt(w/4+rng.IntN(w/2-fw), h/4+rng.IntN(h/2-fh)))
	fill(m, where, 0)
	fill(m, where.Inset(6+rng.IntN(6)), 255)
	for range 6 + rng.IntN(10) {
		a, b := 4+rng.IntN(24), 4+rng.IntN(24)
		p := image.Pt(where.Min.X+12+rng.IntN(fw-24), where.Min.Y+12+rng.IntN(fh-24))
		fill(m, image.Rectangle{p, p.Add(image.Pt(a, b))}.Intersect(where.Inset(12)), byte(255*rng.IntN(2)))
	}
	return m, where
}

func fill(m defects.Image, r image.Rectangle, v byte) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			for k := range 3 {
				m.Pix[3*(y*m.W+x)+k] = v
			}
		}
	}
}

// sampled is a picture of w x h pixels, of which each is the mean of 4 x 4 samples that at places in another.
func sampled(m defects.Image, w, h int, at func(x, y float64) (u, v float64)) defects.Image {
	out := defects.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	for y := range h {
		for x := range w {
			var sum [3]float64
			for i := range 16 {
				u, v := at(float64(x)+(float64(i%4)-1.5)/4, float64(y)+(float64(i/4)-1.5)/4)
				u, v = min(max(u, 0), float64(m.W)-1.001), min(max(v, 0), float64(m.H)-1.001)
				iu, iv := int(u), int(v)
				a, b := u-float64(iu), v-float64(iv)
				p := m.Pix[3*(iv*m.W+iu):]
				q := p[3*m.W:]
				for k := range sum {
					sum[k] += (1-b)*((1-a)*float64(p[k])+a*float64(p[k+3])) + b*((1-a)*float64(q[k])+a*float64(q[k+3]))
				}
			}
			for k, s := range sum {
				out.Pix[3*(y*w+x)+k] = byte(s/16 + 0.5)
			}
		}
	}
	return out
}

// blurred is a picture blurred by a Gaussian of a standard deviation in pixels.
func blurred(m defects.Image, sigma float64) defects.Image {
	n := int(math.Ceil(3 * sigma))
	pass := func(src []float64, dx, dy int) []float64 {
		dst := make([]float64, len(src))
		for y := range m.H {
			for x := range m.W {
				var sum [3]float64
				all := 0.0
				for i := -n; i <= n; i++ {
					f := math.Exp(-float64(i*i) / (2 * sigma * sigma))
					all += f
					p := src[3*(min(max(y+i*dy, 0), m.H-1)*m.W+min(max(x+i*dx, 0), m.W-1)):]
					for k := range sum {
						sum[k] += f * p[k]
					}
				}
				for k := range sum {
					dst[3*(y*m.W+x)+k] = sum[k] / all
				}
			}
		}
		return dst
	}
	line := make([]float64, len(m.Pix))
	for i, v := range m.Pix {
		line[i] = float64(v)
	}
	line = pass(pass(line, 1, 0), 0, 1)
	out := defects.Image{W: m.W, H: m.H, Pix: make([]byte, len(m.Pix))}
	for i, v := range line {
		out.Pix[i] = byte(v + 0.5)
	}
	return out
}

// compressed is a picture as it comes out of a JPEG file.
func compressed(t *testing.T, m defects.Image, quality int) defects.Image {
	t.Helper()
	src := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		src.SetRGBA(i%m.W, i/m.W, color.RGBA{m.Pix[3*i], m.Pix[3*i+1], m.Pix[3*i+2], 255})
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, src, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	out := defects.Image{W: m.W, H: m.H}
	for i := range m.W * m.H {
		r, g, b, _ := got.At(i%m.W, i/m.W).RGBA()
		out.Pix = append(out.Pix, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	return out
}

// taken are ways in which a picture of the same thing is another picture.
var taken = []struct {
	name string
	of   func(t *testing.T, m defects.Image) defects.Image
}{
	{"turned by 3 degrees", func(t *testing.T, m defects.Image) defects.Image {
		sin, cos := math.Sincos(3 * math.Pi / 180)
		cx, cy := float64(m.W-1)/2, float64(m.H-1)/2
		return sampled(m, m.W-120, m.H-120, func(x, y float64) (u, v float64) {
			x, y = x+60-cx, y+60-cy
			return cx + cos*x + sin*y, cy - sin*x + cos*y
		})
	}},
	{"of half the size", func(t *testing.T, m defects.Image) defects.Image {
		return sampled(m, m.W/2, m.H/2, func(x, y float64) (u, v float64) { return 2*x + 0.5, 2*y + 0.5 })
	}},
	{"blurred by 1.5 pixels", func(t *testing.T, m defects.Image) defects.Image { return blurred(m, 1.5) }},
	{"a JPEG of quality 60", func(t *testing.T, m defects.Image) defects.Image { return compressed(t, m, 60) }},
	{"blurred by 0.7 pixels, a JPEG of quality 80", func(t *testing.T, m defects.Image) defects.Image {
		return compressed(t, blurred(m, 0.7), 80)
	}},
}

func TestOneHardFigureOnASmoothGroundIsGoodHoweverThePictureWasTaken(t *testing.T) {
	for seed := range uint64(2) {
		good, where := figure(seed, 640, 400)
		bad := defects.Image{W: good.W, H: good.H, Pix: bytes.Clone(good.Pix)}
		side := where.Min.Sub(image.Pt(30, 30)) // beside the figure
		spot := image.Rectangle{side, side.Add(image.Pt(14, 10))}
		fill(bad, spot, good.Pix[3*(side.Y*good.W+side.X)]-45)
		in, err := defects.New([]defects.Image{good}, defects.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range taken {
			r, err := in.Inspect(way.of(t, good))
			if err != nil {
				t.Fatal(err)
			}
			if !r.Registered || len(r.Defects) > 0 {
				t.Errorf("figure %d, %s: %+v", seed, way.name, r.Defects)
			}
			if r, err = in.Inspect(way.of(t, bad)); err != nil {
				t.Fatal(err)
			}
			if len(r.Defects) != 1 || r.Defects[0].Kind != defects.Darker && r.Defects[0].Kind != defects.Extra {
				t.Errorf("figure %d with a dark spot beside it, %s: %+v", seed, way.name, r.Defects)
			}
		}
	}
}
