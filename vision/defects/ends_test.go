package defects_test

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/vision/defects"
)

// artwork is black tracks and pads on white as a scanner sees them: edges are off by up to 0.8 pixels, in each picture
// elsewhere.
func artwork(seed uint64, w, h int) defects.Image {
	r := rand.New(rand.NewPCG(seed, 7))
	rough := make([]float64, 4096)
	for i := range rough {
		rough[i] = 1.6*r.Float64() - 0.8
	}
	m := defects.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	for y := range h {
		for x := range w {
			u, v := float64(x), float64(y)
			track := math.Abs(math.Mod(v, 60)-30) - 9 + rough[(x/6+97*(y/60))%len(rough)]
			pad := math.Hypot(math.Mod(u, 110)-55, math.Mod(v, 120)-60) - 16 + rough[(x/6+y/6)%len(rough)]
			tone, at := byte(255*min(max(min(track, pad)+0.5, 0), 1)), 3*(y*w+x)
			m.Pix[at], m.Pix[at+1], m.Pix[at+2] = tone, tone, tone
		}
	}
	return m
}

func TestJaggedEdgesOfBlackAndWhitePicturesAreNoDefects(t *testing.T) {
	in, err := defects.New([]defects.Image{artwork(1, 480, 360)}, defects.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// A bridge between two tracks, a hole in one, and a bite.
	holes := []image.Rectangle{image.Rect(100, 36, 106, 54), image.Rect(300, 204, 310, 212), image.Rect(410, 320, 420, 334)}
	for seed := range uint64(4) {
		m := artwork(2+seed, 480, 360)
		r, err := in.Inspect(m)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Registered || len(r.Defects) > 0 {
			t.Errorf("picture %d: %+v", seed, r.Defects)
		}
		for i, box := range holes {
			fill(m, box, byte(255*min(i, 1)))
		}
		if r, err = in.Inspect(m); err != nil {
			t.Fatal(err)
		}
		if len(r.Defects) != len(holes) {
			t.Errorf("picture %d with %d defects: %+v", seed, len(holes), r.Defects)
		}
		for _, box := range holes {
			if n := overlapping(r, box); n != 1 {
				t.Errorf("picture %d: %d regions on the defect at %v", seed, n, box)
			}
		}
	}
}

func overlapping(r defects.Report, box image.Rectangle) (n int) {
	for _, d := range r.Defects {
		if d.Box.Overlaps(box) {
			n++
		}
	}
	return n
}

// page is white paper with a coloured band and lines of print.
func page(w, h int) defects.Image {
	m := defects.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	fill(m, image.Rect(0, 0, w, h), 255)
	fill(m, image.Rect(0, 0, w, 60), 70)
	r := rand.New(rand.NewPCG(4, 4))
	for y := 90; y+14 < h; y += 26 {
		for x := 30; x+12 < w-30; x += 4 + r.IntN(9) {
			fill(m, image.Rect(x, y+r.IntN(5), x+2, y+9+r.IntN(5)), byte(20+r.IntN(60)))
		}
	}
	return m
}

// inLight is a picture in another light, with noise, and cut off at white.
func inLight(m defects.Image, gain float64, seed uint64) defects.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	out := defects.Image{W: m.W, H: m.H, Pix: make([]byte, len(m.Pix))}
	for i, v := range m.Pix {
		out.Pix[i] = byte(min(max(gain*float64(v)+4*r.NormFloat64(), 0), 255))
	}
	return out
}

// White paper has no noise where it is cut off, and what is printed on it has; in less light it tells of that light.
func TestWhitePaperIsPaperInAnyLight(t *testing.T) {
	good := page(480, 360)
	in, err := defects.New([]defects.Image{good}, defects.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stain := image.Rect(220, 180, 280, 230)
	for i, gain := range []float64{0.7, 0.85, 1, 1.15} {
		r, err := in.Inspect(inLight(good, gain, uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Registered || len(r.Defects) > 0 {
			t.Errorf("in %v of the light: %+v", gain, r.Defects)
		}
		bad := defects.Image{W: good.W, H: good.H, Pix: append([]byte(nil), good.Pix...)}
		for y := stain.Min.Y; y < stain.Max.Y; y++ {
			for k := 3 * (y*bad.W + stain.Min.X); k < 3*(y*bad.W+stain.Max.X); k++ {
				bad.Pix[k] = byte(float64(bad.Pix[k]) * 0.75)
			}
		}
		if r, err = in.Inspect(inLight(bad, gain, uint64(i))); err != nil {
			t.Fatal(err)
		}
		if len(r.Defects) != 1 || iou(r.Defects[0].Box, stain) < 0.5 {
			t.Errorf("with a stain in %v of the light: %+v", gain, r.Defects)
		}
	}
}
