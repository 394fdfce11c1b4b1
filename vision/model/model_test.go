package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corners is a picture whose corners are red, green, blue and white, clockwise from its
// top left, 2 x 3 blocks of 16 pixels.
func corners() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 32, 48))
	for y := range 48 {
		for x := range 32 {
			c := color.RGBA{128, 128, 128, 255}
			switch {
			case y < 16 && x < 16:
				c = color.RGBA{255, 0, 0, 255}
			case y < 16:
				c = color.RGBA{0, 255, 0, 255}
			case y >= 32 && x >= 16:
				c = color.RGBA{0, 0, 255, 255}
			case y >= 32:
				c = color.RGBA{255, 255, 255, 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

// exif is TIFF data with an orientation after another entry.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II")
	if order.String() == "BigEndian" {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, e := range [][4]uint16{{0x010f, 2, 4, 0}, {0x0112, 3, 1, orientation}} {
		b = order.AppendUint16(b, e[0])
		b = order.AppendUint16(b, e[1])
		b = order.AppendUint32(b, uint32(e[2]))
		b = order.AppendUint16(b, e[3])
		b = order.AppendUint16(b, 0)
	}
	return b
}

// jpegWith is a JPEG file with an orientation.
func jpegWith(t *testing.T, m image.Image, order binary.AppendByteOrder, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	data := append([]byte("Exif\x00\x00"), exif(order, orientation)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(data)+2))
	segment = append(segment, data...)
	return append(append([]byte{0xff, 0xd8}, segment...), b.Bytes()[2:]...)
}

// pngWith is a PNG file with an orientation.
func pngWith(t *testing.T, m image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	data := exif(binary.BigEndian, orientation)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, "eXIf"...), data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 25
	return append(append(bytes.Clone(b.Bytes()[:header]), chunk...), b.Bytes()[header:]...)
}

// asHeld is what a camera that is held so stores of an upright picture: the inverse of
// what Exif says is to be done, tag 0x0112's eight values in words.
func asHeld(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			left, top, right, bottom := x, y, w-1-x, h-1-y // how far the pixel is from each side
			var u, v int                                   // column and row in the file
			switch orientation {
			case 1: // row 0 is the visual top, column 0 the visual left
				u, v = left, top
			case 2: // top, right
				u, v = right, top
			case 3: // bottom, right
				u, v = right, bottom
			case 4: // bottom, left
				u, v = left, bottom
			case 5: // left, top
				u, v = top, left
			case 6: // right, top
				u, v = top, right
			case 7: // right, bottom
				u, v = bottom, right
			case 8: // left, bottom
				u, v = bottom, left
			}
			out.Set(u, v, m.At(x, y))
		}
	}
	return out
}

func TestPicturesAreTurnedUprightHoweverTheCameraWasHeld(t *testing.T) {
	want := FromImage(corners())
	for o := range 9 {
		held := asHeld(corners(), max(o, 1))
		for what, file := range map[string][]byte{
			"png":         pngWith(t, held, uint16(o)),
			"jpeg":        jpegWith(t, held, binary.LittleEndian, uint16(o)),
			"jpeg, other": jpegWith(t, held, binary.BigEndian, uint16(o)),
		} {
			m, err := DecodePicture(file, PictureLimits{})
			if err != nil {
				t.Fatal(err)
			}
			if m.W != want.W || m.H != want.H || !alike(m, want) {
				t.Errorf("%s, orientation %d: %d x %d pixels, or other ones", what, o, m.W, m.H)
			}
		}
	}
}

// alike allows for what JPEG loses.
func alike(a, b Image) bool {
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); d > 12 || d < -12 {
			return false
		}
	}
	return true
}

func TestPicturesThatCannotBeTakenAreToldApart(t *testing.T) {
	good := pngWith(t, corners(), 1)
	huge := bytes.Clone(good)
	binary.BigEndian.PutUint32(huge[16:], 100_000)
	binary.BigEndian.PutUint32(huge[20:], 100_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	flat := bytes.Clone(good)
	binary.BigEndian.PutUint32(flat[16:], 0)
	binary.BigEndian.PutUint32(flat[29:], crc32.ChecksumIEEE(flat[12:29]))
	for name, c := range map[string]struct {
		file   []byte
		limits PictureLimits
		want   error
	}{
		"nothing":          {nil, PictureLimits{}, ErrPictureKind},
		"text":             {[]byte("<svg/>"), PictureLimits{}, ErrPictureKind},
		"truncated":        {good[:len(good)/2], PictureLimits{}, ErrPictureDamaged},
		"truncated header": {good[:20], PictureLimits{}, ErrPictureDamaged},
		"a bomb":           {huge, PictureLimits{}, ErrPictureSize},
		"no pixels":        {flat, PictureLimits{}, ErrPictureDamaged},
		"too many bytes":   {good, PictureLimits{Bytes: 100}, ErrPictureSize},
		"too many pixels":  {good, PictureLimits{Pixels: 100}, ErrPictureSize},
	} {
		if _, err := DecodePicture(c.file, c.limits); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
}

func TestAPictureOfManyScansIsABomb(t *testing.T) {
	file := jpegWith(t, corners(), binary.BigEndian, 1)
	if n := scans(file); n != 1 {
		t.Fatalf("%d scans in a plain file", n)
	}
	at := bytes.Index(file, []byte{0xff, 0xda})
	for range maxScans + 1 { // scans with a byte of data each
		file = append(file[:at:at], append([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0}, file[at:]...)...)
	}
	if _, err := DecodePicture(file, PictureLimits{}); !errors.Is(err, ErrPictureSize) {
		t.Error(err)
	}
}

func TestTransparentPixelsAreWhite(t *testing.T) {
	m := FromImage(image.NewNRGBA(image.Rect(3, 4, 5, 6)))
	if m.W != 2 || m.H != 2 || !bytes.Equal(m.Pix, bytes.Repeat([]byte{255}, 12)) {
		t.Errorf("%+v", m)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00" + string(exif(binary.LittleEndian, 6))))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x20eXIf" + string(exif(binary.BigEndian, 6)) + "\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if o := Orientation(file); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

const network = `{"name":"caps","version":"1.2","kind":"onnx","file":"caps.onnx","input":{"width":224,"height":224}}`

func TestADescriptionIsCompletedWithItsDefaults(t *testing.T) {
	s, err := Parse([]byte(network))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v %v %+v %+v", s.StartSeconds, s.AnswerSeconds, *s.Input, *s.Output)
	want := "60 10 {Width:224 Height:224 Channels:rgb Fit:stretch Mean:[0 0 0] Scale:[0.00392156862745098 0.00392156862745098 0.00392156862745098]} {Format:classes Softmax:false Top:5 MinScore:0.25 Overlap:0.45}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAMistakeInADescriptionIsToldWithWhatWouldBeRight(t *testing.T) {
	for old, c := range map[string]struct{ new, want string }{
		`"caps",`:     {`"../caps",`, `name "../caps": letters, digits, - and _ are wanted`},
		`"1.2"`:       {`"1 2"`, `version "1 2"`},
		`"onnx"`:      {`"onyx"`, `kind "onyx": onnx or program is wanted`},
		`"caps.onnx"`: {`"../../etc/passwd"`, "the ONNX file in the model's folder is wanted"},
		`"width":224`: {`"width":0`, "0 x 224 pixels"},
		`"input"`:     {`"inputs"`, `unknown field "inputs"`},
		`"file":"caps.onnx","input":{"width":224,"height":224}`: {`"file":"caps.onnx"`, "input is missing"},
		`"height":224}`: {`"height":224,"mean":[1,2]}`, "mean has 2 numbers; rgb has 3 channels"},
		`224}}`:         {`224},"output":{"format":"yolo9"}}`, `format "yolo9"; classes, yolov5, yolov8 or ssd is wanted`},
		`"kind":"onnx"`: {`"kind":"program"`, "a program needs its command"},
		`"caps","ver`:   {`"caps","start_seconds":-1,"ver`, "start_seconds is -1"},
		`}}`:            {`}} {}`, "goes on after its end"},
	} {
		if strings.Count(network, old) != 1 {
			t.Fatalf("%q is not in the description once", old)
		}
		if _, err := Parse([]byte(strings.Replace(network, old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.new, err, c.want)
		}
	}
}

func TestAFolderWithoutADescriptionIsNoModel(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is not the folder of a model") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, SpecFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, SpecFile)+": ") {
		t.Error(err)
	}
}
