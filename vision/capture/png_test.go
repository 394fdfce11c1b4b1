package capture

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/vision/align"
)

func TestDepthComesBackFromPNGToHalfItsUnit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.png")
	d := align.Depth{W: 3, H: 2, Z: []float32{0, 812.34, 6553.5, float32(math.NaN()), -3, 0.1}}
	for _, scale := range []float64{0.1, 1} {
		if err := SaveDepthPNG(path, d, scale); err != nil {
			t.Fatal(err)
		}
		got, err := LoadDepthPNG(path, scale)
		if err != nil {
			t.Fatal(err)
		}
		for i, z := range d.Z {
			if !(z > 0) {
				z = 0
			}
			if off := math.Abs(float64(got.Z[i] - z)); off > scale/2+1e-4 {
				t.Errorf("unit %g: %g came back as %g", scale, z, got.Z[i])
			}
		}
	}
}

func TestDepthThatSixteenBitsDoNotHoldIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.png")
	err := SaveDepthPNG(path, align.Depth{W: 1, H: 2, Z: []float32{1, 7000}}, 0.1)
	want := "depth image " + path + ": a depth of 7000 mm at pixel 0, 1; in units of 0.1 mm 16 bits reach to 6553.5"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file")
	}
}

func TestAPNGThatIsNoDepthIsRefused(t *testing.T) {
	var grey, color, deep bytes.Buffer
	for _, c := range []struct {
		to *bytes.Buffer
		m  image.Image
	}{
		{&grey, image.NewGray(image.Rect(0, 0, 3, 2))},
		{&color, image.NewNRGBA64(image.Rect(0, 0, 3, 2))},
		{&deep, image.NewGray16(image.Rect(0, 0, 30, 20))},
	} {
		if err := png.Encode(c.to, c.m); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		data  []byte
		scale float64
		want  string
	}{
		{grey.Bytes(), 1, "not an image of 16-bit grey"},
		{color.Bytes(), 1, "not an image of 16-bit grey"},
		{nil, 1, "damaged, or not a PNG image"},
		{deep.Bytes()[:deep.Len()-20], 1, "damaged image"},
		{deep.Bytes(), 0, "a unit of 0 mm"},
		{deep.Bytes(), math.NaN(), "a unit of NaN mm"},
	} {
		if _, err := ReadDepthPNG(bytes.NewReader(c.data), c.scale); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
