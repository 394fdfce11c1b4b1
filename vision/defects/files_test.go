package defects_test

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

var update = flag.Bool("update", false, "write the pictures in testdata")

// The scripts of the command line compare these: a board, the same seen otherwise, and one without a part.
func TestThePicturesOfTheScriptsAreScenes(t *testing.T) {
	same := scenes.MakeSized(9, "circuit", scenes.None, scenes.Easy, 200, 150)
	bad := scenes.MakeSized(9, "circuit", "hole", scenes.Hard, 200, 150)
	for name, m := range map[string]defects.Image{"good.png": same.Good, "same.png": same.Picture, "bad.png": bad.Picture} {
		img := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
		for i := range m.W * m.H {
			copy(img.Pix[4*i:4*i+3], m.Pix[3*i:3*i+3])
			img.Pix[4*i+3] = 255
		}
		path := filepath.Join("testdata", name)
		if *update {
			var file bytes.Buffer
			if err := png.Encode(&file, img); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := png.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		if kept.Bounds() != img.Rect {
			t.Fatalf("%s is %v; update it", name, kept.Bounds())
		}
		// Arithmetic of another processor may round another way.
		for y := range m.H {
			for x := range m.W {
				a, b := img.RGBAAt(x, y), kept.At(x, y)
				if r, _, _, _ := b.RGBA(); max(int(a.R)-int(r>>8), int(r>>8)-int(a.R)) > 2 {
					t.Fatalf("%s is another scene at %d,%d; update it", name, x, y)
				}
			}
		}
	}
}
