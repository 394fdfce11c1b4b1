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
// is not an image, has no pixels, or more than MaxPixels. A pipe is none: files are
// looked at more than once.
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
	if err := openFile(path, read); err != nil {
		return fmt.Errorf("image %s: %w", path, err)
	}
	return nil
}

func openFile(path string, read func(io.ReadSeeker) error) error {
	info, err := os.Stat(path) // before it is opened: a pipe that nobody writes to would wait
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errors.New("there is no such file")
	case err != nil:
		return reason(err)
	case info.IsDir():
		return errors.New("a folder; name the images in it")
	case !info.Mode().IsRegular():
		return errors.New("a device or a pipe, and not a file; write it to one first")
	}
	f, err := os.Open(path)
	if err != nil {
		return reason(err)
	}
	defer f.Close()
	return read(f)
}

// reason is an error of a file without the file's name.
func reason(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
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
	out := Image{W: b.Dx(), H: b.Dy(), Pix: make([]byte, 3*b.Dx()*b.Dy())}
	// A few rows at a time: a copy of all would be larger than the image.
	strip := image.NewRGBA(image.Rect(0, 0, out.W, min(out.H, stripRows)))
	for y := 0; y < out.H; y += stripRows {
		rect := image.Rect(0, 0, out.W, min(stripRows, out.H-y))
		draw.Draw(strip, rect, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, rect, m, b.Min.Add(image.Pt(0, y)), draw.Over)
		row := out.Pix[3*y*out.W:]
		for i := range rect.Dx() * rect.Dy() {
			copy(row[3*i:3*i+3], strip.Pix[4*i:4*i+3])
		}
	}
	return out
}

// stripRows are converted at a time; even, so that the chroma of a JPEG is cut nowhere.
const stripRows = 64
