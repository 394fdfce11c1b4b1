package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// modules are a code as printed: dark ones are true.
type modules struct {
	n    int
	dark []bool
	text string
}

func (m *modules) at(row, col int) bool {
	return row >= 0 && col >= 0 && row < m.n && col < m.n && m.dark[row*m.n+col]
}

// printed makes a code with gozxing's encoder; version 0 is the smallest that will do.
func printed(t testing.TB, text string, version int, level Level) modules {
	t.Helper()
	hints := map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN: 0,
		gozxing.EncodeHintType_ERROR_CORRECTION: [...]decoder.ErrorCorrectionLevel{
			decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
			decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H}[level],
	}
	if version > 0 {
		hints[gozxing.EncodeHintType_QR_VERSION] = version
	}
	b, err := zxqr.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
	if err != nil {
		t.Fatalf("encoding %d characters as version %d-%v: %v", len(text), version, level, err)
	}
	m := modules{n: b.GetWidth(), text: text}
	for r := range m.n {
		for c := range m.n {
			m.dark = append(m.dark, b.Get(c, r))
		}
	}
	return m
}

// qrencode makes a code with Debian's program.
func qrencode(t testing.TB, text string, args ...string) modules {
	t.Helper()
	path, err := exec.LookPath("qrencode")
	if err != nil {
		t.Skip("qrencode is not installed; .ci/need test installs it")
	}
	cmd := exec.Command(path, append(args, "-s", "1", "-m", "0", "-o", "-")...)
	cmd.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("qrencode %v: %v: %s", args, err, stderr.String())
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	m := modules{n: img.Bounds().Dx(), text: text}
	for r := range m.n {
		for c := range m.n {
			v, _, _, _ := img.At(c, r).RGBA()
			m.dark = append(m.dark, v < 0x8000)
		}
	}
	return m
}

// pose is where a code lies in a rendered picture, and how.
type pose struct {
	c          Point   // middle
	module     float64 // pixels
	angle      float64 // radians
	tilt, turn float64 // radians, about the code's horizontal and vertical axes
	bend       float64 // sagitta over a chord of the code's width, as part of that width
	mirrored   bool
}

// toImage gives the place in the picture of (u, v), in modules from the code's top left.
func (p *pose) toImage(n int, u, v float64) Point {
	half := float64(n) / 2
	x, y := (u-half)*p.module, (v-half)*p.module
	z := 0.0
	size := float64(n) * p.module
	if p.bend > 0 {
		// A cylinder about the vertical axis; x becomes an angle.
		chord := size
		r := chord * (1/(8*p.bend) + p.bend/2)
		a := x / r
		x, z = r*math.Sin(a), r*(1-math.Cos(a))
	}
	if p.mirrored {
		x = -x
	}
	st, ct := math.Sincos(p.tilt)
	sv, cv := math.Sincos(p.turn)
	y, z = ct*y-st*z, st*y+ct*z
	x, z = cv*x+sv*z, -sv*x+cv*z
	far := 2.2 * size // of the camera
	f := far / (far + z)
	sa, ca := math.Sincos(p.angle)
	return Point{p.c.X + f*(ca*x-sa*y), p.c.Y + f*(sa*x+ca*y)}
}

// canvas is a picture in the making, 0 black to 255 white.
type canvas struct {
	w, h int
	v    []float32
}

func newCanvas(w, h int, ground float64) *canvas {
	c := &canvas{w, h, make([]float32, w*h)}
	for i := range c.v {
		c.v[i] = float32(ground)
	}
	return c
}

// draw puts a code with its quiet zone into the picture: every module is cut into small
// squares, each of which adds to the pixels that it covers.
func (c *canvas) draw(m *modules, p *pose, dark, light float64) {
	const quiet = 4
	cut := int(math.Ceil(2*p.module)) + 1
	sum := make([]float32, len(c.v))
	area := make([]float32, len(c.v))
	for row := -quiet; row < m.n+quiet; row++ {
		for col := -quiet; col < m.n+quiet; col++ {
			v := float32(light)
			if m.at(row, col) {
				v = float32(dark)
			}
			for j := range cut {
				for i := range cut {
					q := p.toImage(m.n, float64(col)+(float64(i)+0.5)/float64(cut), float64(row)+(float64(j)+0.5)/float64(cut))
					x, y := int(math.Floor(q.X+0.5)), int(math.Floor(q.Y+0.5))
					if x >= 0 && y >= 0 && x < c.w && y < c.h {
						sum[y*c.w+x] += v
						area[y*c.w+x]++
					}
				}
			}
		}
	}
	for i := range c.v {
		if area[i] > 0 {
			c.v[i] = sum[i] / area[i]
		}
	}
}

// blurred smooths by a Gaussian of sigma pixels.
func (c *canvas) blurred(sigma float64) {
	if sigma <= 0 {
		return
	}
	reach := int(3*sigma + 1)
	k := make([]float32, 2*reach+1)
	var sum float32
	for i := range k {
		d := float64(i - reach)
		k[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += k[i]
	}
	c.filter(k, sum, 1, 0)
	c.filter(k, sum, 0, 1)
}

// dragged smears along a direction, as a moving camera does.
func (c *canvas) dragged(length, angle float64) {
	n := int(length*2) + 1
	out := make([]float32, len(c.v))
	s, co := math.Sincos(angle)
	for y := range c.h {
		for x := range c.w {
			var v float64
			for i := range n {
				d := (float64(i)/float64(max(n-1, 1)) - 0.5) * length
				v += c.bilinear(float64(x)+co*d, float64(y)+s*d)
			}
			out[y*c.w+x] = float32(v / float64(n))
		}
	}
	c.v = out
}

func (c *canvas) bilinear(x, y float64) float64 {
	x, y = clamp(x, 0, float64(c.w-1)), clamp(y, 0, float64(c.h-1))
	i, j := min(int(x), c.w-2), min(int(y), c.h-2)
	fx, fy := x-float64(i), y-float64(j)
	at := func(i, j int) float64 { return float64(c.v[j*c.w+i]) }
	return (at(i, j)*(1-fx)+at(i+1, j)*fx)*(1-fy) + (at(i, j+1)*(1-fx)+at(i+1, j+1)*fx)*fy
}

func (c *canvas) filter(k []float32, sum float32, dx, dy int) {
	out := make([]float32, len(c.v))
	reach := len(k) / 2
	for y := range c.h {
		for x := range c.w {
			var v float32
			for i, f := range k {
				px, py := x+(i-reach)*dx, y+(i-reach)*dy
				px, py = min(max(px, 0), c.w-1), min(max(py, 0), c.h-1)
				v += f * c.v[py*c.w+px]
			}
			out[y*c.w+x] = v / sum
		}
	}
	c.v = out
}

// light multiplies by what of gives for each place.
func (c *canvas) light(of func(x, y float64) (gain, add float64)) {
	for y := range c.h {
		for x := range c.w {
			g, a := of(float64(x), float64(y))
			c.v[y*c.w+x] = float32(float64(c.v[y*c.w+x])*g + a)
		}
	}
}

// image adds noise and clips.
func (c *canvas) image(noise float64, rng *rand.Rand) Image {
	m := Image{make([]byte, c.w*c.h), c.w, c.w, c.h}
	for i, v := range c.v {
		e := 0.0
		if noise > 0 {
			e = noise * rng.NormFloat64()
		}
		m.Pix[i] = byte(clamp(math.Round(float64(v)+e), 0, 255))
	}
	return m
}

// corners are where the code's corners were drawn.
func (p *pose) corners(n int) [4]Point {
	s := float64(n)
	return [4]Point{p.toImage(n, 0, 0), p.toImage(n, s, 0), p.toImage(n, s, s), p.toImage(n, 0, s)}
}

// clean renders a code without any fault, with a quiet zone.
func clean(m *modules, module float64) Image {
	size := int(float64(m.n+10) * module)
	c := newCanvas(size, size, 230)
	c.draw(m, &pose{c: Point{float64(size) / 2, float64(size) / 2}, module: module}, 20, 230)
	return c.image(0, nil)
}

func asGray(m Image) *image.Gray {
	return &image.Gray{Pix: m.Pix, Stride: m.Stride, Rect: image.Rect(0, 0, m.W, m.H)}
}

// someText is a text of n characters that differ from seed to seed.
func someText(rng *rand.Rand, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "LT-%04d ", rng.IntN(10000))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789/.:-"
	for b.Len() < n {
		b.WriteByte(letters[rng.IntN(len(letters))])
	}
	return b.String()
}
