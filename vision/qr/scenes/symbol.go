package scenes

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os/exec"
	"strconv"
	"strings"

	"github.com/makiuchi-d/gozxing"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// Level of error correction.
type Level byte

// The levels, from the least to the most.
const (
	L Level = iota
	M
	Q
	H
)

// String is the level's letter.
func (l Level) String() string { return "LMQH"[l&3 : l&3+1] }

// Symbol is a code as printed: N x N modules without the quiet zone, row by row from the
// top left; dark ones are true.
type Symbol struct {
	N    int
	Dark []bool
	Text string
}

// At tells whether a module is dark; those outside are not.
func (s *Symbol) At(row, col int) bool {
	return row >= 0 && col >= 0 && row < s.N && col < s.N && s.Dark[row*s.N+col]
}

// Printer makes symbols. Version 0 is the smallest in which the text has room. It fails
// when the text has none.
type Printer interface {
	Print(text string, version int, level Level) (Symbol, error)
}

// Gozxing prints with gozxing's encoder.
type Gozxing struct{}

var _ Printer = Gozxing{}

var zxLevels = [...]decoder.ErrorCorrectionLevel{
	decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M, decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H,
}

// Print makes a symbol; see Printer.
func (Gozxing) Print(text string, version int, level Level) (Symbol, error) {
	hints := map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN:           0,
		gozxing.EncodeHintType_ERROR_CORRECTION: zxLevels[level&3],
	}
	if version > 0 {
		hints[gozxing.EncodeHintType_QR_VERSION] = version
	}
	b, err := zxqr.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
	if err != nil {
		return Symbol{}, fmt.Errorf("gozxing cannot print %d bytes as version %d-%v: %w", len(text), version, level, err)
	}
	s := Symbol{N: b.GetWidth(), Text: text}
	for r := range s.N {
		for c := range s.N {
			s.Dark = append(s.Dark, b.Get(c, r))
		}
	}
	return s, nil
}

// Room is how many bytes of text a version and level hold in bytes' mode, with a margin for
// headers: 0 where there is no such version.
func Room(version int, level Level) int {
	v, err := decoder.Version_GetVersionForNumber(version)
	if err != nil {
		return 0
	}
	return v.GetTotalCodewords() - v.GetECBlocksForLevel(zxLevels[level&3]).GetTotalECCodewords() - 4
}

// ErrNotInstalled says that a program that prints codes is not on this machine.
var ErrNotInstalled = errors.New("qrencode is not installed")

// Qrencode prints with the program qrencode of Debian's package of that name.
type Qrencode struct {
	Path string
	// Args are given before the others, as -8 for bytes or -k for Kanji.
	Args []string
}

var _ Printer = Qrencode{}

// FindQrencode looks for the program on the search path. The error wraps ErrNotInstalled.
func FindQrencode() (Qrencode, error) {
	path, err := exec.LookPath("qrencode")
	if err != nil {
		return Qrencode{}, fmt.Errorf("%w; on Debian, apt-get install qrencode", ErrNotInstalled)
	}
	return Qrencode{Path: path}, nil
}

// Print makes a symbol; see Printer. The text goes over standard input, the symbol comes back
// as PNG with one pixel a module.
func (q Qrencode) Print(text string, version int, level Level) (Symbol, error) {
	args := append([]string(nil), q.Args...)
	if version > 0 {
		args = append(args, "-v", strconv.Itoa(version))
	}
	cmd := exec.Command(q.Path, append(args, "-l", level.String(), "-s", "1", "-m", "0", "-o", "-")...)
	cmd.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Symbol{}, fmt.Errorf("%v: %w: %s", cmd.Args, err, strings.TrimSpace(stderr.String()))
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		return Symbol{}, fmt.Errorf("%v wrote no PNG: %w", cmd.Args, err)
	}
	at := img.Bounds()
	s := Symbol{N: at.Dx(), Text: text}
	for r := range s.N {
		for c := range s.N {
			v, _, _, _ := img.At(at.Min.X+c, at.Min.Y+r).RGBA()
			s.Dark = append(s.Dark, v < 0x8000)
		}
	}
	return s, nil
}
