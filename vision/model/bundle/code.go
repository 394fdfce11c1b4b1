package bundle

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/qr"
)

// Secret is what the QR code proves to have come from who packed the bundle.
type Secret [16]byte

// hash is what the manifest has of a secret.
func (s Secret) hash() Digest {
	return sha256.Sum256(append([]byte(Format+" code\n"), s[:]...))
}

// Code is what the QR code says: for which bundle it is, by whom, and the secret.
type Code struct {
	Key    Fingerprint
	Digest Digest
	Secret Secret
}

const codePrefix = "LINETWIN-MODEL:1:"

// String is the text of the QR code: capitals and digits only, which makes it small.
func (c Code) String() string {
	return codePrefix + strings.ToUpper(fmt.Sprintf("%s:%s:%x", c.Key, c.Digest, c.Secret[:]))
}

// ErrNotACode says that a text is not the code of a bundle.
var ErrNotACode = errors.New("not the code of a model bundle")

// ParseCode reads the text of a QR code.
func ParseCode(text string) (c Code, err error) {
	rest, ok := strings.CutPrefix(text, codePrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 || len(parts[2]) != 2*len(c.Secret) {
		return Code{}, ErrNotACode
	}
	if c.Key.UnmarshalText([]byte(parts[0])) != nil || c.Digest.UnmarshalText([]byte(parts[1])) != nil {
		return Code{}, ErrNotACode
	}
	if _, err := hex.Decode(c.Secret[:], []byte(parts[2])); err != nil {
		return Code{}, ErrNotACode
	}
	return c, nil
}

// PNG draws the QR code, 8 pixels a module, with its quiet zone, at error correction
// level M.
func (c Code) PNG() ([]byte, error) {
	code, err := encoder.Encoder_encode(c.String(), decoder.ErrorCorrectionLevel_M, nil)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	const module, quiet = 8, 4
	m := code.GetMatrix()
	side := module * (m.GetWidth() + 2*quiet)
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			u, v := x/module-quiet, y/module-quiet
			if u >= 0 && v >= 0 && u < m.GetWidth() && v < m.GetHeight() && m.Get(u, v) == 1 {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ReadQR finds the code of a bundle in a picture, JPEG or PNG: a file, a screenshot, a
// photograph of a sheet of paper.
func ReadQR(picture []byte) (Code, error) {
	img, err := model.DecodePicture(picture, model.PictureLimits{})
	if err != nil {
		return Code{}, err
	}
	grey := qr.Image{Pix: make([]byte, img.W*img.H), Stride: img.W, W: img.W, H: img.H}
	for i := range grey.Pix {
		p := img.Pix[3*i:]
		grey.Pix[i] = byte((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000)
	}
	var found []Code
	results := qr.NewDecoder(qr.Options{}).Decode(grey, 0)
	for _, r := range results {
		if c, err := ParseCode(r.Text); err == nil && (len(found) == 0 || found[0] != c) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Code{}, errors.New("the picture shows the codes of several bundles; show one")
	case len(results) > 0:
		return Code{}, fmt.Errorf("the QR code in the picture is %w: it says %.60q", ErrNotACode, results[0].Text)
	}
	return Code{}, errors.New("no QR code can be read in the picture")
}

// What is wrong with a bundle, for errors.Is.
var (
	ErrSignature = errors.New("wrong signature")
	ErrDigest    = errors.New("wrong digest")
	ErrCode      = errors.New("wrong code")
	ErrKey       = errors.New("wrong key")
)

// check holds a code against the bundle that it is shown for.
func (c Code) check(b *Reader) error {
	switch {
	case c.Digest != b.Digest:
		return fmt.Errorf("%w: the QR code is for the bundle %s; this is %s (%s %s)", ErrDigest, c.Digest.Short(), b.Digest.Short(), b.Manifest.Name, b.Manifest.Version)
	case c.Key != b.Key:
		return fmt.Errorf("%w: the QR code is by the key %s; the bundle is signed with %s", ErrKey, c.Key, b.Key)
	}
	have, want := c.Secret.hash(), b.Manifest.CodeSHA256
	if subtle.ConstantTimeCompare(have[:], want[:]) != 1 {
		return fmt.Errorf("%w: the QR code was not made with this bundle", ErrCode)
	}
	return nil
}
