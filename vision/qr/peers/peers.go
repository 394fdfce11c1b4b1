package peers

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os/exec"
	"strings"

	"github.com/makiuchi-d/gozxing"
	zxmulti "github.com/makiuchi-d/gozxing/multi/qrcode"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"linetwin.dev/vision/qr/scenes"
)

// Reader is a reader of somebody else.
type Reader struct {
	Name string
	// Missing says why it cannot be used here; "" where it can.
	Missing string
	// Read gives the texts in a picture; several asks for more than one.
	Read func(m scenes.Image, several bool) ([]string, error)
}

// All are the readers that ours is compared with.
func All() []Reader { return []Reader{Gozxing(), Zbar()} }

// Gozxing is the reader of gozxing, with TRY_HARDER on the picture and its inverse.
func Gozxing() Reader {
	return Reader{Name: "gozxing", Read: func(m scenes.Image, several bool) ([]string, error) { return readGozxing(m, several), nil }}
}

func readGozxing(m scenes.Image, several bool) (texts []string) {
	defer func() { _ = recover() }() // it panics on some pictures
	src, err := gozxing.NewPlanarYUVLuminanceSource(m.Pix, m.Stride, m.H, 0, 0, m.W, m.H, false)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, s := range []gozxing.LuminanceSource{src, gozxing.NewInvertedLuminanceSource(src)} {
		bits, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(s))
		if err != nil {
			return nil
		}
		if several {
			all, err := zxmulti.NewQRCodeMultiReader().DecodeMultiple(bits, hints)
			if err == nil {
				for _, r := range all {
					texts = append(texts, r.GetText())
				}
				return texts
			}
		} else if r, err := zxqr.NewQRCodeReader().Decode(bits, hints); err == nil {
			return []string{r.GetText()}
		}
	}
	return nil
}

// Zbar is the program zbarimg of Debian's package zbar-tools, with inverted codes enabled.
func Zbar() Reader {
	path, err := exec.LookPath("zbarimg")
	if err != nil {
		return Reader{Name: "zbarimg", Missing: "zbarimg is not installed; on Debian, apt-get install zbar-tools"}
	}
	name := "zbarimg"
	if v, err := exec.Command(path, "--version").Output(); err == nil {
		name += " " + strings.TrimSpace(string(v))
	}
	return Reader{Name: name, Read: func(m scenes.Image, _ bool) ([]string, error) { return readZbar(path, m) }}
}

// nothingFound is zbarimg's exit status for a picture without codes.
const nothingFound = 4

func readZbar(path string, m scenes.Image) ([]string, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m.Gray()); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted", "png:-")
	cmd.Stdin = &b
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == nothingFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}
