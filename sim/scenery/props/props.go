// Package props is what tests put before a camera: the reference line's bottle, its
// labels, and a reader of codes that is not our own.
//
//	dir := t.TempDir()
//	if err := props.Artwork(dir); err != nil {
//		t.Fatal(err)
//	}
//	kit, err := scenery.NewKit(props.Bottle(), dir)
package props

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"linetwin.dev/specs"
)

// Bottle is the product of the reference line. Its labels are those of Artwork.
func Bottle() specs.Product {
	return specs.Product{
		Body: specs.Body{Width: 0.08, Depth: 0.06, Height: 0.15, Color: specs.Color{R: 0xd9, G: 0xe4, B: 0xea}},
		Cap: specs.Cap{Radius: 0.019, Height: 0.018, Color: specs.Color{R: 0xf4, G: 0xf4, B: 0xf4},
			Marker: specs.Marker{Dictionary: "4x4_50", ID: 7, Size: 0.02}},
		Label: specs.Label{Artwork: "label.png", WrongArtwork: "wrong.png", Width: 0.06, Height: 0.04, At: 0.105},
		QR:    specs.QR{Prefix: "LT", Size: 0.04, At: 0.052},
	}
}

// Artwork writes two labels into a folder that differ in colour and in print: label.png
// and wrong.png.
func Artwork(dir string) error {
	for n, name := range []string{"label.png", "wrong.png"} {
		if err := write(filepath.Join(dir, name), label(n)); err != nil {
			return err
		}
	}
	return nil
}

func label(n int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for y := range 200 {
		for x := range 300 {
			c := color.RGBA{250, 248, 240, 255}
			switch {
			case y < 45 || y > 175:
				c = color.RGBA{uint8(30 + 120*n), uint8(110 - 80*n), 60, 255}
			case math.Hypot(float64(x-70-150*n), float64(y-110)) < 45:
				c = color.RGBA{230, 150, 40, 255}
			case y/12%2 == n && x*7%97 > 20:
				c = color.RGBA{40, 40, 60, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func write(name string, img image.Image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// ReadQR reads the code in a picture as hard as ZXing can. The error says that there is
// none that can be read.
func ReadQR(img image.Image) (string, error) {
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	r, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return r.GetText(), nil
}
