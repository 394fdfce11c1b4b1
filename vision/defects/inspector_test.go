package defects_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"linetwin.dev/vision"
	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

func inspect(t *testing.T, o defects.Options, picture defects.Image, good ...defects.Image) defects.Report {
	t.Helper()
	in, err := defects.New(good, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := in.Inspect(picture)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func crop(m defects.Image, r image.Rectangle) defects.Image {
	c := defects.Image{W: r.Dx(), H: r.Dy()}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		c.Pix = append(c.Pix, m.Pix[3*(y*m.W+r.Min.X):3*(y*m.W+r.Max.X)]...)
	}
	return c
}

func TestReportsAreTheSameForAnyNumberOfGoroutinesAndWhateverWasInspectedBefore(t *testing.T) {
	s := scenes.Make(11, "circuit", "extra", scenes.Hard)
	other := scenes.MakeSized(12, "label", "stain", scenes.Wild, 300, 200)
	want := inspect(t, defects.Options{Workers: 1}, s.Picture, s.Good)
	if len(want.Defects) == 0 {
		t.Fatal("nothing found")
	}
	for _, workers := range []int{2, 3, 8} {
		in, err := defects.New([]defects.Image{s.Good}, defects.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := in.Inspect(s.Picture)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%d goroutines: %+v, %v; want %+v", workers, got, err, want)
			}
			if _, err := in.Inspect(other.Picture); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAPictureOfItselfIsGood(t *testing.T) {
	for _, base := range scenes.Bases {
		s := scenes.MakeSized(3, base, scenes.None, scenes.Still, 300, 220)
		r := inspect(t, defects.Options{}, s.Good, s.Good)
		if !r.Registered || len(r.Defects) > 0 || math.Abs(r.Pose.DX) > 0.01 || math.Abs(r.Pose.Scale-1) > 1e-4 {
			t.Errorf("%s: %+v", base, r)
		}
	}
}

func TestAMotionIsToldAsItWas(t *testing.T) {
	s := scenes.Make(21, "clouds", scenes.None, scenes.Still)
	part := crop(s.Good, image.Rect(37, 22, 437, 322))
	r := inspect(t, defects.Options{}, part, s.Good)
	// The middle of the part is at (236.5, 171.5), that of the whole at (239.5, 179.5).
	if !r.Registered || len(r.Defects) > 0 || math.Abs(r.Pose.DX+3) > 0.05 || math.Abs(r.Pose.DY+8) > 0.05 || math.Abs(r.Pose.Angle) > 0.02 {
		t.Errorf("a cut of the good picture: %+v", r)
	}
	r = inspect(t, defects.Options{}, s.Good, part)
	if !r.Registered || len(r.Defects) > 0 || math.Abs(r.Pose.DX-3) > 0.05 || r.Pose.Covered > 0.72 {
		t.Errorf("a good picture of a part: %+v", r)
	}
}

func TestAPictureOfHalfOrTwiceTheSizeIsCompared(t *testing.T) {
	s := scenes.Make(31, "circuit", "extra", scenes.Still)
	half := defects.Image{W: s.Picture.W / 2, H: s.Picture.H / 2}
	for y := range half.H {
		for x := range half.W {
			for k := range 3 {
				i := 3*(2*y*s.Picture.W+2*x) + k
				p := s.Picture.Pix
				half.Pix = append(half.Pix, byte((int(p[i])+int(p[i+3])+int(p[i+3*s.Picture.W])+int(p[i+3*s.Picture.W+3])+2)/4))
			}
		}
	}
	b := s.Truth[0]
	r := inspect(t, defects.Options{}, half, s.Good)
	if want := image.Rect(b.Min.X/2, b.Min.Y/2, b.Max.X/2, b.Max.Y/2); !r.Registered || len(r.Defects) != 1 || iou(r.Defects[0].Box, want) < 0.5 {
		t.Errorf("half the size: %+v, want %v", r, want)
	}
	in := inspect(t, defects.Options{}, s.Picture, s.Good)
	if len(in.Defects) != 1 || iou(in.Defects[0].Box, b) < 0.5 {
		t.Errorf("the same size: %+v, want %v", in.Defects, b)
	}
}

func TestWhatGoodPicturesDifferInIsGood(t *testing.T) {
	// Wood is seen with a dark spot in a further good picture: where it was, nothing is wrong any more.
	s := scenes.Make(41, "wood", "dark spot", scenes.Easy)
	if r := inspect(t, defects.Options{}, s.Picture, s.Good); len(r.Defects) != 1 {
		t.Fatalf("one good picture: %+v", r)
	}
	if r := inspect(t, defects.Options{}, s.Picture, s.Good, s.Picture); len(r.Defects) != 0 {
		t.Errorf("the picture itself is good: %+v", r.Defects)
	}
	again := scenes.Make(41, "wood", scenes.None, scenes.Easy)
	if r := inspect(t, defects.Options{}, s.Picture, s.Good, again.Picture); len(r.Defects) != 1 || iou(r.Defects[0].Box, s.Truth[0]) < 0.3 {
		t.Errorf("two good pictures: %+v, want %v", r.Defects, s.Truth)
	}
}

func TestOnlyTheRegionIsInspected(t *testing.T) {
	s := scenes.Make(51, "metal", "hole", scenes.Easy)
	b := s.Truth[0]
	if r := inspect(t, defects.Options{Region: b.Inset(-20)}, s.Picture, s.Good); len(r.Defects) != 1 {
		t.Errorf("around it: %+v", r.Defects)
	}
	away := image.Rect(0, 0, s.Picture.W, b.Min.Y-5)
	if r := inspect(t, defects.Options{Region: away}, s.Picture, s.Good); len(r.Defects) != 0 {
		t.Errorf("above it: %+v", r.Defects)
	}
}

func TestWhatShowsSomethingElseIsSaid(t *testing.T) {
	a := scenes.Make(61, "circuit", scenes.None, scenes.Still)
	b := scenes.Make(62, "label", scenes.None, scenes.Still)
	r := inspect(t, defects.Options{}, b.Picture, a.Good)
	if r.Registered || len(r.Defects) != 1 || r.Defects[0].Box != image.Rect(0, 0, b.Picture.W, b.Picture.H) || !strings.Contains(r.Why, "does not show") {
		t.Errorf("%+v", r)
	}
	if _, err := defects.New([]defects.Image{a.Good, b.Good}, defects.Options{}); err == nil || !strings.Contains(err.Error(), "good picture 2 does not show") {
		t.Errorf("as good pictures: %v", err)
	}
}

func TestPlainPicturesAreCompared(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	plain := func() defects.Image {
		m := defects.Image{W: 200, H: 150, Pix: make([]byte, 3*200*150)}
		for i := range m.Pix {
			m.Pix[i] = byte(128 + 3*rng.NormFloat64())
		}
		return m
	}
	good, bad := plain(), plain()
	if r := inspect(t, defects.Options{}, plain(), good); !r.Registered || len(r.Defects) > 0 {
		t.Errorf("noise and noise: %+v", r)
	}
	spot := image.Rect(80, 60, 92, 70)
	for y := spot.Min.Y; y < spot.Max.Y; y++ {
		for x := spot.Min.X; x < spot.Max.X; x++ {
			bad.Pix[3*(y*bad.W+x)] -= 40
		}
	}
	if r := inspect(t, defects.Options{}, bad, good); !r.Registered || len(r.Defects) != 1 || iou(r.Defects[0].Box, spot) < 0.5 {
		t.Errorf("less red at %v: %+v", spot, r)
	}
}

func TestAnyKindOfPictureFileIsCompared(t *testing.T) {
	s := scenes.MakeSized(71, "circuit", scenes.None, scenes.Still, 200, 150)
	bounds := image.Rect(0, 0, s.Good.W, s.Good.H)
	at := func(x, y int) color.Color {
		p := s.Good.Pix[3*(y*s.Good.W+x):]
		return color.RGBA{p[0], p[1], p[2], 255}
	}
	palette := color.Palette{}
	for i := range 256 {
		palette = append(palette, color.RGBA{byte(i>>5) * 36, byte(i>>2&7) * 36, byte(i&3) * 85, 255})
	}
	for name, m := range map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		"grey": image.NewGray(bounds), "grey of 16 bits": image.NewGray16(bounds), "colour of 16 bits": image.NewRGBA64(bounds),
		"transparent": image.NewNRGBA(bounds), "palette": image.NewPaletted(bounds, palette),
	} {
		for y := range bounds.Max.Y {
			for x := range bounds.Max.X {
				m.Set(x, y, at(x, y))
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, m); err != nil {
			t.Fatal(err)
		}
		read, err := vision.ReadImage(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if r := inspect(t, defects.Options{}, defects.Image(read), s.Good); !r.Registered || name != "palette" && len(r.Defects) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if r := inspect(t, defects.Options{}, defects.Image(read), defects.Image(read)); len(r.Defects) > 0 {
			t.Errorf("%s with itself: %+v", name, r)
		}
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	good := scenes.MakeSized(1, "wood", scenes.None, scenes.Still, 64, 48).Good
	for want, m := range map[string]defects.Image{
		"no pixels":            {},
		"no pixels: -3x5":      {W: -3, H: 5},
		"bytes are not":        {W: 40, H: 40, Pix: make([]byte, 40*40)},
		"too small to compare": {W: 8, H: 400, Pix: make([]byte, 3*8*400)},
		"takes 3 for each":     {W: math.MaxInt / 2, H: math.MaxInt / 2},
	} {
		if _, err := defects.New([]defects.Image{m}, defects.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("good picture of %dx%d: %v", m.W, m.H, err)
		}
		in, err := defects.New([]defects.Image{good}, defects.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Inspect(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("picture of %dx%d: %v", m.W, m.H, err)
		}
	}
	if _, err := defects.New(nil, defects.Options{}); err == nil {
		t.Error("no good picture was taken")
	}
	if _, err := defects.New([]defects.Image{good}, defects.Options{Sensitivity: math.NaN()}); err == nil {
		t.Error("a sensitivity that is no number was taken")
	}
	in, err := defects.New([]defects.Image{good}, defects.Options{Region: image.Rect(500, 500, 600, 600)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Inspect(good); err == nil || !strings.Contains(err.Error(), "lies outside") {
		t.Errorf("a region outside: %v", err)
	}
}

// Pictures of any size and content give a report, boxes inside of them.
func TestAnyPixelsGiveAReport(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	any := func() defects.Image {
		m := defects.Image{W: 16 + rng.IntN(120), H: 16 + rng.IntN(120)}
		m.Pix = make([]byte, 3*m.W*m.H)
		kind := rng.IntN(4)
		for i := range m.Pix {
			switch kind {
			case 0:
				m.Pix[i] = byte(rng.IntN(256))
			case 1:
				m.Pix[i] = 255
			case 2:
				m.Pix[i] = byte(i / 3 % m.W)
			}
		}
		return m
	}
	for range 60 {
		m := any()
		r := inspect(t, defects.Options{}, m, any())
		for _, d := range r.Defects {
			if d.Box.Empty() || !d.Box.In(image.Rect(0, 0, m.W, m.H)) || !(d.Score > 0) {
				t.Fatalf("%dx%d: %+v", m.W, m.H, d)
			}
		}
	}
}

// Any light explains a picture that shows nothing.
func TestAnEmptyPictureIsNotAsTheGoodOne(t *testing.T) {
	for _, base := range []string{"circuit", "label", "bottle"} {
		s := scenes.Make(71, base, scenes.None, scenes.Still)
		for _, level := range []byte{0, 128, 255} {
			for _, size := range [][2]int{{s.Good.W, s.Good.H}, {s.Good.W * 2 / 3, s.Good.H * 2 / 3}} {
				empty := defects.Image{W: size[0], H: size[1], Pix: bytes.Repeat([]byte{level}, 3*size[0]*size[1])}
				if r := inspect(t, defects.Options{}, empty, s.Good); r.Registered || r.Why == "" || len(r.Defects) != 1 {
					t.Errorf("%s, %dx%d of %d: %+v", base, size[0], size[1], level, r)
				}
			}
		}
	}
}
