package scenery

import (
	"fmt"
	"image"
	_ "image/jpeg" // artwork comes as PNG or JPEG
	_ "image/png"
	"math"
	"os"
	"path/filepath"

	"linetwin.dev/sim/render"
)

// maxArtwork is the longer side of an artwork's texture. A label of 60 mm gets 17
// texels a millimetre, more than any camera here resolves.
const maxArtwork = 1024

// loadArtwork reads a label's image and fits it into a texture. The texture covers the
// label exactly, whatever the image's size.
func loadArtwork(dir, name, field string) (*render.Texture, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, name)
	}
	if name == "" {
		return nil, fmt.Errorf("scenery: %s names no file; a label needs a PNG or JPEG image", field)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("scenery: %s: %w", field, err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("scenery: %s: %s is not a PNG or JPEG image: %v", field, path, err)
	}
	b := img.Bounds()
	if b.Dx() < 1 || b.Dy() < 1 {
		return nil, fmt.Errorf("scenery: %s: %s has no pixels", field, path)
	}
	p := resample(img, fit(b.Dx()), fit(b.Dy()))
	return render.NewTexture(p.w, p.h, p.pix, false)
}

// fit is the power of two that is nearest above n, at most maxArtwork.
func fit(n int) int {
	p := 1
	for p < n && p < maxArtwork {
		p *= 2
	}
	return p
}

// resample averages the image's pixels over each of the w x h cells that it is cut
// into; what is transparent is white paper.
func resample(img image.Image, w, h int) *canvas {
	b := img.Bounds()
	src := make([][3]float32, b.Dx()*b.Dy())
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			paper := 0xffff - a
			src[y*b.Dx()+x] = [3]float32{float32(r+paper) / 257, float32(g+paper) / 257, float32(bl+paper) / 257}
		}
	}
	cols := make([][3]float32, w*b.Dy())
	for y := range b.Dy() {
		average(src[y*b.Dx():], b.Dx(), 1, cols[y*w:], w, 1)
	}
	out := make([][3]float32, w*h)
	for x := range w {
		average(cols[x:], b.Dy(), w, out[x:], h, w)
	}
	p := newCanvas(w, h, render.RGB{})
	for i, c := range out {
		p.set(i, render.RGB{R: round8(c[0]), G: round8(c[1]), B: round8(c[2])})
	}
	return p
}

func round8(v float32) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

// average maps n values of a row or column onto m, each the mean of what it covers.
func average(in [][3]float32, n, inStep int, out [][3]float32, m, outStep int) {
	ratio := float64(n) / float64(m)
	for i := range m {
		lo, hi := float64(i)*ratio, float64(i+1)*ratio
		var sum [3]float32
		var area float32
		for k := int(lo); k < n && float64(k) < hi; k++ {
			a := float32(math.Min(hi, float64(k+1)) - math.Max(lo, float64(k)))
			c := in[k*inStep]
			for j := range sum {
				sum[j] += a * c[j]
			}
			area += a
		}
		for j := range sum {
			out[i*outStep][j] = sum[j] / area
		}
	}
}
