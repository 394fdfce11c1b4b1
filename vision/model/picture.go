package model

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // DecodePicture reads JPEG
	_ "image/png"  // and PNG
)

// Image is RGB, 8 bits a channel, rows from the top without gaps: len(Pix) = 3*W*H.
type Image struct {
	W, H int
	Pix  []byte
}

// Valid tells whether an image has pixels, and as many as it says.
func (m Image) Valid() bool {
	return m.W > 0 && m.H > 0 && m.W <= 1<<20 && m.H <= 1<<20 && len(m.Pix) == 3*m.W*m.H
}

// PictureLimits bound what a picture may cost. The zero value is 16 MiB and 50 million
// pixels, which covers what phones take.
type PictureLimits struct {
	Bytes  int // of the file
	Pixels int // once it is unpacked
}

// The limits where none are given.
const (
	DefaultPictureBytes  = 16 << 20
	DefaultPicturePixels = 50_000_000
)

// WithDefaults fills in what was left out.
func (l PictureLimits) WithDefaults() PictureLimits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultPictureBytes
	}
	if l.Pixels <= 0 {
		l.Pixels = DefaultPicturePixels
	}
	return l
}

// What is wrong with a picture, for errors.Is.
var (
	// ErrPictureKind: it is neither JPEG nor PNG.
	ErrPictureKind = errors.New("not a JPEG or PNG picture")
	// ErrPictureSize: it has more bytes or more pixels than are taken.
	ErrPictureSize = errors.New("the picture is too large")
	// ErrPictureDamaged: it begins as a picture does, and cannot be read.
	ErrPictureDamaged = errors.New("the picture is damaged")
)

// DecodePicture reads a JPEG or PNG file and turns it upright, as its Exif orientation
// says it was held; transparent pixels are shown on white. A file that says it has too
// many pixels is refused before any is unpacked. Errors are ErrPictureKind,
// ErrPictureSize and ErrPictureDamaged, with what was found.
func DecodePicture(file []byte, limits PictureLimits) (Image, error) {
	limits = limits.WithDefaults()
	if len(file) > limits.Bytes {
		return Image{}, fmt.Errorf("%w: %d bytes; at most %d are taken", ErrPictureSize, len(file), limits.Bytes)
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(file))
	switch {
	case errors.Is(err, image.ErrFormat):
		return Image{}, ErrPictureKind
	case err != nil:
		return Image{}, fmt.Errorf("%w: %w", ErrPictureDamaged, err)
	case cfg.Width <= 0 || cfg.Height <= 0:
		return Image{}, fmt.Errorf("%w: it has no pixels: %d x %d", ErrPictureDamaged, cfg.Width, cfg.Height)
	case cfg.Width > limits.Pixels/cfg.Height:
		return Image{}, fmt.Errorf("%w: %d x %d pixels; at most %d are taken", ErrPictureSize, cfg.Width, cfg.Height, limits.Pixels)
	}
	if n := scans(file); n > maxScans {
		return Image{}, fmt.Errorf("%w: it has more than %d scans over its pixels", ErrPictureSize, maxScans)
	}
	m, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return Image{}, fmt.Errorf("%w: %w", ErrPictureDamaged, err)
	}
	return FromImage(m).Upright(Orientation(file)), nil
}

// maxScans bounds how often a progressive JPEG file may go over its pixels: encoders make
// ten scans or so, and a small file could have many thousands.
const maxScans = 100

// scans counts those of a JPEG file, up to one more than are allowed; 0 for others. In the
// data of a scan 0xff is always followed by something that begins no segment.
func scans(file []byte) (n int) {
	b, ok := bytes.CutPrefix(file, []byte{0xff, 0xd8})
	for ok && n <= maxScans {
		i := bytes.IndexByte(b, 0xff)
		if i < 0 || i+4 > len(b) {
			return n
		}
		marker := b[i+1]
		switch {
		case marker == 0xff:
			b = b[i+1:]
		case marker == 0 || marker >= 0xd0 && marker <= 0xd7 || marker == 1:
			b = b[i+2:]
		default:
			if marker == 0xda {
				n++
			}
			size := 2 + (int(b[i+2])<<8 | int(b[i+3]))
			if i+size > len(b) {
				return n
			}
			b = b[i+size:]
		}
	}
	return n
}

// FromImage copies an image of the standard library; transparent pixels are shown on
// white. It needs memory for one row besides the result.
func FromImage(m image.Image) Image {
	b := m.Bounds()
	if b.Empty() {
		return Image{}
	}
	out := Image{W: b.Dx(), H: b.Dy(), Pix: make([]byte, 3*b.Dx()*b.Dy())}
	row := image.NewRGBA(image.Rect(0, 0, out.W, 1))
	for y := range out.H {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, m, image.Pt(b.Min.X, b.Min.Y+y), draw.Over)
		to := out.Pix[3*out.W*y:]
		for x := range out.W {
			copy(to[3*x:3*x+3], row.Pix[4*x:4*x+3])
		}
	}
	return out
}

// RGBA copies an image for the standard library.
func (m Image) RGBA() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i, j := 0, 0; i+3 <= len(m.Pix) && j+4 <= len(out.Pix); i, j = i+3, j+4 {
		from, to := m.Pix[i:i+3:i+3], out.Pix[j:j+4:j+4]
		to[0], to[1], to[2], to[3] = from[0], from[1], from[2], 255
	}
	return out
}

// Upright turns and mirrors an image by an Exif orientation, 1 to 8. For 1, and for
// numbers that mean nothing, it returns the image itself.
func (m Image) Upright(orientation int) Image {
	if orientation < 2 || orientation > 8 || !m.Valid() {
		return m
	}
	out := Image{W: m.W, H: m.H, Pix: make([]byte, len(m.Pix))}
	if orientation >= 5 {
		out.W, out.H = m.H, m.W
	}
	for y := range out.H {
		for x := range out.W {
			var u, v int // where the upright pixel is in the file
			switch orientation {
			case 2:
				u, v = m.W-1-x, y
			case 3:
				u, v = m.W-1-x, m.H-1-y
			case 4:
				u, v = x, m.H-1-y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, m.H-1-x
			case 7:
				u, v = m.W-1-y, m.H-1-x
			case 8:
				u, v = m.W-1-y, x
			}
			copy(out.Pix[3*(y*out.W+x):][:3], m.Pix[3*(v*m.W+u):])
		}
	}
	return out
}
