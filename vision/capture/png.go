package capture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"

	"linetwin.dev/vision/align"
)

// LoadDepthPNG reads a depth image from a PNG of 16-bit grey, whose unit is scale millimetres; 0 is no
// depth. The makers' tools write a scale of 1, 0.25 or 0.1.
func LoadDepthPNG(path string, scale float64) (align.Depth, error) {
	var d align.Depth
	err := with(path, func(f *os.File, _ int64) (err error) {
		d, err = ReadDepthPNG(f, scale)
		return err
	})
	return d, err
}

// ReadDepthPNG reads a depth image as LoadDepthPNG does.
func ReadDepthPNG(r io.ReadSeeker, scale float64) (align.Depth, error) {
	if err := checkScale(scale); err != nil {
		return align.Depth{}, err
	}
	cfg, err := png.DecodeConfig(bufio.NewReader(r))
	switch {
	case err != nil:
		return align.Depth{}, fmt.Errorf("damaged, or not a PNG image: %w", err)
	case cfg.ColorModel != color.Gray16Model:
		return align.Depth{}, errors.New("not an image of 16-bit grey, as depth is stored in PNG")
	case cfg.Width < 1 || cfg.Height < 1 || cfg.Width > mostDepthSide || cfg.Height > mostDepthSide:
		return align.Depth{}, fmt.Errorf("an image of %d x %d; each side has from 1 to %d pixels", cfg.Width, cfg.Height, mostDepthSide)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return align.Depth{}, err
	}
	m, err := png.Decode(bufio.NewReader(r))
	if err != nil {
		return align.Depth{}, fmt.Errorf("damaged image: %w", err)
	}
	grey, ok := m.(*image.Gray16)
	if !ok { // a transparent shade
		return align.Depth{}, errors.New("not an image of plain 16-bit grey, as depth is stored in PNG")
	}
	d := align.Depth{W: cfg.Width, H: cfg.Height, Z: make([]float32, cfg.Width*cfg.Height)}
	for y := range d.H {
		row := grey.Pix[y*grey.Stride:]
		for x := range d.W {
			d.Z[y*d.W+x] = float32(float64(uint16(row[2*x])<<8|uint16(row[2*x+1])) * scale)
		}
	}
	return d, nil
}

// SaveDepthPNG writes a depth image as a PNG of 16-bit grey, whose unit is scale millimetres: all of it, or
// the file stays as it was. Depth is rounded to that unit; more than 65535 units cannot be
// written, and depth that rounds to 0 is none.
func SaveDepthPNG(path string, d align.Depth, scale float64) error {
	if err := WriteFile(path, func(w io.Writer) error { return WriteDepthPNG(w, d, scale) }); err != nil {
		return fmt.Errorf("depth image %s: %w", path, err)
	}
	return nil
}

// WriteDepthPNG writes a depth image as SaveDepthPNG does.
func WriteDepthPNG(w io.Writer, d align.Depth, scale float64) error {
	if err := checkScale(scale); err != nil {
		return err
	}
	if d.W < 1 || d.H < 1 || d.W > mostDepthSide || d.H > mostDepthSide || len(d.Z) != d.W*d.H {
		return fmt.Errorf("an image of %d x %d with %d values; each side has from 1 to %d pixels", d.W, d.H, len(d.Z), mostDepthSide)
	}
	m := image.NewGray16(image.Rect(0, 0, d.W, d.H))
	for i, z := range d.Z {
		if !(z > 0 && z <= math.MaxFloat32) {
			continue
		}
		v := math.Round(float64(z) / scale)
		if v > math.MaxUint16 {
			return fmt.Errorf("a depth of %g mm at pixel %d, %d; in units of %g mm 16 bits reach to %g", z, i%d.W, i/d.W, scale, scale*math.MaxUint16)
		}
		m.Pix[2*i], m.Pix[2*i+1] = byte(uint16(v)>>8), byte(uint16(v))
	}
	return png.Encode(w, m)
}

func checkScale(scale float64) error {
	if !(scale >= 1e-6 && scale <= 1e6) {
		return fmt.Errorf("a unit of %g mm; from 1e-6 to 1e6 is right, and mostly 1", scale)
	}
	return nil
}
