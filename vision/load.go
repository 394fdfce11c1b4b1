package vision

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // LoadImage reads JPEG
	_ "image/png"  // and PNG
	"io"
	"os"
)

// MaxPixels is the largest image that LoadImage accepts: a file may claim any
// size, and its pixels are held in memory.
const MaxPixels = 100 << 20

// LoadImage reads a PNG or JPEG file. EXIF orientation is ignored: pixels are as
// the file stores them. Transparent pixels are shown on white, as printed on
// paper. The error names the file and says what is wrong with it: it is missing,
// is not an image, has no pixels, or more than MaxPixels.
func LoadImage(path string) (m Image, err error) {
	err = openImage(path, func(r io.ReadSeeker) error { m, err = ReadImage(r); return err })
	return m, err
}

// LoadPicture is LoadImage that keeps what is transparent so.
func LoadPicture(path string) (m image.Image, err error) {
	err = openImage(path, func(r io.ReadSeeker) error { m, err = readPicture(r); return err })
	return m, err
}

// CheckImage tells of a file what LoadImage would, as far as its header says: the
// pixels are not read.
func CheckImage(path string) error { return openImage(path, checkHeader) }

func openImage(path string, read func(io.ReadSeeker) error) error {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("image %s: there is no such file", path)
	case err != nil:
		return fmt.Errorf("image %s: %w", path, err)
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("image %s: %w", path, err)
	}
	return nil
}

// ReadImage reads a PNG or JPEG image; see LoadImage.
func ReadImage(r io.ReadSeeker) (Image, error) {
	m, err := readPicture(r)
	if err != nil {
		return Image{}, err
	}
	return FromImage(m), nil
}

func readPicture(r io.ReadSeeker) (image.Image, error) {
	if err := checkHeader(r); err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, _, err := image.Decode(r)
	if err != nil {
		return nil, fmt.Errorf("damaged image: %w", err)
	}
	return m, nil
}

func checkHeader(r io.ReadSeeker) error {
	cfg, _, err := image.DecodeConfig(r)
	switch {
	case errors.Is(err, image.ErrFormat):
		return errors.New("not a PNG or JPEG image")
	case err != nil:
		return fmt.Errorf("damaged, or not a PNG or JPEG image: %w", err)
	case cfg.Width <= 0 || cfg.Height <= 0:
		return fmt.Errorf("it has no pixels: %dx%d", cfg.Width, cfg.Height)
	case cfg.Width > MaxPixels/cfg.Height:
		return fmt.Errorf("too large: %dx%d; at most %d pixels are read", cfg.Width, cfg.Height, MaxPixels)
	}
	return nil
}

// FromImage copies an image of the standard library; transparent pixels are shown
// on white.
func FromImage(m image.Image) Image {
	b := m.Bounds()
	if b.Empty() {
		return Image{}
	}
	rgba := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(rgba, rgba.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(rgba, rgba.Rect, m, b.Min, draw.Over)
	out := Image{W: b.Dx(), H: b.Dy(), Pix: make([]byte, 3*b.Dx()*b.Dy())}
	for i := range out.W * out.H {
		copy(out.Pix[3*i:3*i+3], rgba.Pix[4*i:4*i+3])
	}
	return out
}
