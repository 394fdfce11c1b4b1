package vision

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPictureIsReadFromAFileAlone(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:         "a folder; name the images in it",
		pipe:        "a device or a pipe, and not a file; write it to one first",
		os.DevNull:  "a device or a pipe, and not a file; write it to one first",
		dir + "/no": "there is no such file",
	} {
		_, err := LoadImage(path)
		if err == nil || err.Error() != "image "+path+": "+want {
			t.Errorf("LoadImage: %v; it should say %q", err, want)
		}
		if err := CheckImage(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("CheckImage: %v; it should say %q", err, want)
		}
	}
}

// Taller than the rows that are converted at a time, of every kind that the decoders give.
func TestPicturesOfAnyKindKeepTheirPixels(t *testing.T) {
	r := image.Rect(3, -2, 3+37, -2+2*stripRows+5)
	at := func(x, y int) color.NRGBA {
		return color.NRGBA{byte(5 * x), byte(y), byte(x * y), byte(255 - (x+y)%3*100)}
	}
	grey := func(x, y int) color.Gray { return color.Gray{byte(x*y + y)} }
	kinds := map[string]struct {
		m interface {
			image.Image
			Set(x, y int, c color.Color)
		}
		of func(x, y int) color.Color
	}{
		"NRGBA":   {image.NewNRGBA(r), func(x, y int) color.Color { return at(x, y) }},
		"NRGBA64": {image.NewNRGBA64(r), func(x, y int) color.Color { return at(x, y) }},
		"RGBA64":  {image.NewRGBA64(r), func(x, y int) color.Color { return at(x, y) }},
		"CMYK":    {image.NewCMYK(r), func(x, y int) color.Color { return color.CMYK{byte(x), byte(y), byte(x + y), 9} }},
		"Gray":    {image.NewGray(r), func(x, y int) color.Color { return grey(x, y) }},
		"Gray16":  {image.NewGray16(r), func(x, y int) color.Color { return grey(x, y) }},
		"Paletted": {image.NewPaletted(r, color.Palette{color.Black, color.White, color.NRGBA{200, 0, 0, 128}}),
			func(x, y int) color.Color {
				return []color.Color{color.Black, color.White, color.NRGBA{200, 0, 0, 128}}[(x+y+10)%3]
			}},
	}
	for name, kind := range kinds {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				kind.m.Set(x, y, kind.of(x, y))
			}
		}
		got := FromImage(kind.m)
		if got.W != r.Dx() || got.H != r.Dy() || len(got.Pix) != 3*got.W*got.H {
			t.Fatalf("%s: %dx%d with %d bytes", name, got.W, got.H, len(got.Pix))
		}
		off := 0
		for y := range got.H {
			for x := range got.W {
				c := kind.m.At(r.Min.X+x, r.Min.Y+y)
				red, green, blue, alpha := c.RGBA()
				for k, v := range []uint32{red, green, blue} {
					want := int(v+0xffff-alpha) >> 8
					if d := int(got.Pix[3*(y*got.W+x)+k]) - want; d < -1 || d > 1 {
						off++
					}
				}
			}
		}
		if off > 0 {
			t.Errorf("%s: %d values are wrong", name, off)
		}
	}
}
