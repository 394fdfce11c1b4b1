package vision

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"linetwin.dev/specs"
)

// qrModules returns the modules of a code with no quiet zone, true for dark.
func qrModules(tb testing.TB, text string) [][]bool {
	tb.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0})
	if err != nil {
		tb.Fatal(err)
	}
	out := make([][]bool, m.GetHeight())
	for y := range out {
		out[y] = make([]bool, m.GetWidth())
		for x := range out[y] {
			out[y][x] = m.Get(x, y)
		}
	}
	return out
}

// plainQR draws a code with px pixels a module and a quiet zone of 4.
func plainQR(tb testing.TB, text string, px int) Gray {
	m := qrModules(tb, text)
	n := (len(m) + 8) * px
	g := newGray(n, n, nil)
	for y := range n {
		for x := range n {
			my, mx := y/px-4, x/px-4
			g.Pix[y*n+x] = 255
			if my >= 0 && mx >= 0 && my < len(m) && mx < len(m) && m[my][mx] {
				g.Pix[y*n+x] = 0
			}
		}
	}
	return g
}

// paste draws src into the quadrangle of dst that its corners go to.
func paste(dst, src Gray, quad [4]Point) {
	w, h := float64(src.W)-0.5, float64(src.H)-0.5
	back, _ := HomographyOf(quad, [4]Point{{-0.5, -0.5}, {w, -0.5}, {w, h}, {-0.5, h}})
	b := Around(quad[:]...).Clip(dst.W, dst.H)
	for y := b.Y0; y < b.Y1; y++ {
		for x := b.X0; x < b.X1; x++ {
			if p := back.Apply(Point{float64(x), float64(y)}); p.X >= -0.5 && p.Y >= -0.5 && p.X < w && p.Y < h {
				dst.Pix[y*dst.Stride+x] = byte(src.bilinear(min(max(p.X, 0), w-0.5), min(max(p.Y, 0), h-0.5)) + 0.5)
			}
		}
	}
}

// quad is a square of a side around a centre, turned by angle.
func quad(cx, cy, side, angle float64) [4]Point {
	s, c := math.Sincos(angle)
	var q [4]Point
	for i, p := range [4]Point{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		x, y := p.X*side/2, p.Y*side/2
		q[i] = Point{cx + c*x - s*y, cy + s*x + c*y}
	}
	return q
}

func (g Gray) image() Image {
	m := Image{W: g.W, H: g.H, Pix: make([]byte, 3*g.W*g.H)}
	for y := range g.H {
		for x, p := range g.row(y) {
			i := 3 * (y*g.W + x)
			m.Pix[i], m.Pix[i+1], m.Pix[i+2] = p, p, p
		}
	}
	return m
}

func filled(w, h int, v byte) Gray {
	g := newGray(w, h, nil)
	for i := range g.Pix {
		g.Pix[i] = v
	}
	return g
}

func TestReaderGivesTextAndCornersOfATurnedCode(t *testing.T) {
	reader := NewQRReader(QROptions{})
	for _, deg := range []float64{0, 7, 45, 90, 133, 180, 270} {
		g := filled(640, 480, 200)
		side := 29.0 * 4
		paste(g, plainQR(t, "LT00001234", 8), quad(300, 220, side, deg*math.Pi/180))
		s := reader.Scan(g.image(), Rect{})
		if len(s.Codes) != 1 || s.Codes[0].Text != "LT00001234" {
			t.Fatalf("at %v degrees: %+v", deg, s)
		}
		want := quad(300, 220, side*21/29, deg*math.Pi/180)
		for i, p := range s.Codes[0].Corners {
			if d := math.Hypot(p.X-want[i].X, p.Y-want[i].Y); d > 1.5 {
				t.Errorf("at %v degrees corner %d is at %.1f, want %.1f", deg, i, p, want[i])
			}
		}
	}
}

func TestReaderFindsSeveralCodesInOneImage(t *testing.T) {
	g := filled(900, 500, 230)
	for i := range 3 {
		paste(g, plainQR(t, fmt.Sprintf("CODE%d", i), 6), quad(150+300*float64(i), 250, 174, 0.1*float64(i)))
	}
	texts := map[string]bool{}
	for _, c := range NewQRReader(QROptions{}).Read(g.image(), Rect{}) {
		texts[c.Text] = true
	}
	if len(texts) != 3 {
		t.Errorf("read %v, want three codes", texts)
	}
}

func TestReaderLooksOnlyWhereItIsTold(t *testing.T) {
	g := filled(640, 480, 200)
	paste(g, plainQR(t, "LT00000001", 8), quad(500, 350, 116, 0))
	far, near := specs.Region{X: 0, Y: 0, W: 200, H: 200}, specs.Region{X: 400, Y: 250, W: 200, H: 200}
	reader := func(regions ...specs.Region) *QRReader {
		p := FileQR()
		p.Regions = regions
		return NewQRReader(QROptions{Params: p})
	}
	if c := reader(far).Read(g.image(), Rect{}); len(c) != 0 {
		t.Errorf("found %v outside the region", c)
	}
	for name, c := range map[string][]Code{
		"second region": reader(far, near).Read(g.image(), Rect{}),
		"asked for":     reader(far).Read(g.image(), Rect{400, 250, 600, 450}),
		"grey":          reader(far).ScanGray(g, Rect{400, 250, 600, 450}).Codes,
	} {
		if len(c) != 1 || math.Abs(c[0].Corners[0].X-458) > 1 {
			t.Errorf("%s: corners are not in pixels of the image: %v", name, c)
		}
	}
}

func TestLaterStagesReadWhatTheFirstCannot(t *testing.T) {
	cases := map[string]func(Gray) Gray{
		"small":    func(g Gray) Gray { return g.Resize(44, 44) },
		"inverted": negative,
		"shaded": func(g Gray) Gray {
			for y := range g.H {
				for x := range g.W {
					p := &g.Pix[y*g.Stride+x]
					*p = byte(float64(*p)*(0.06+0.2*float64(x)/float64(g.W)) + 3)
				}
			}
			return g
		},
	}
	for name, spoil := range cases {
		g := spoil(plainQR(t, "LT00005678", 6))
		s := NewQRReader(QROptions{}).ScanGray(g, Rect{})
		if len(s.Codes) != 1 || s.Codes[0].Text != "LT00005678" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestReaderRefusesTextsOfAnotherForm(t *testing.T) {
	g := plainQR(t, "hello", 6)
	r := NewQRReader(QROptions{Accept: func(s string) bool { return strings.HasPrefix(s, "LT") }})
	if c := r.ScanGray(g, Rect{}).Codes; len(c) != 0 {
		t.Errorf("accepted %v", c)
	}
}

type brokenDecoder struct{}

func (brokenDecoder) DecodeQR(Gray, QRAsk) ([]Code, int, error) {
	return nil, 1, errors.New("broken decoder")
}

func TestReaderReportsADecoderThatFails(t *testing.T) {
	s := NewQRReader(QROptions{Decoder: brokenDecoder{}}).ScanGray(filled(64, 64, 9), Rect{})
	if s.Err == nil || len(s.Codes) != 0 {
		t.Errorf("got %+v, want the decoder's error", s)
	}
}

func TestReaderSurvivesAnyImageAndReadsNothingFromNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := NewQRReader(QROptions{Params: StationQR()})
	for i := range 60 {
		g := newGray(1+rng.IntN(90), 1+rng.IntN(90), nil)
		for j := range g.Pix {
			g.Pix[j] = byte(rng.Uint32())
			if i%2 == 0 {
				g.Pix[j] = 255 * (g.Pix[j] >> 7)
			}
		}
		if s := r.ScanGray(g, Rect{}); len(s.Codes) != 0 {
			t.Errorf("read %v from noise", s.Codes)
		}
	}
	for _, bad := range []Image{{}, {W: 3, H: 3}, {W: -1, H: 2, Pix: make([]byte, 9)}} {
		if s := r.Scan(bad, Rect{}); s.Err == nil {
			t.Errorf("an invalid image %dx%d gave no error", bad.W, bad.H)
		}
	}
}

func TestReaderReadsWhatQrencodeWrote(t *testing.T) {
	bin, err := exec.LookPath("qrencode")
	if err != nil {
		t.Skip("qrencode is not installed")
	}
	dir := t.TempDir()
	r := NewQRReader(QROptions{})
	for i, text := range []string{"LT00000042", "https://example.org/a?b=c", strings.Repeat("long text ", 30), "Zürich 你好"} {
		for _, level := range []string{"L", "H"} {
			path := filepath.Join(dir, fmt.Sprintf("%d%s.png", i, level))
			cmd := exec.Command(bin, "-8", "-o", path, "-l", level, "-s", "4", text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("qrencode: %v: %s", err, bytes.TrimSpace(out))
			}
			img, err := LoadImage(path)
			if err != nil {
				t.Fatal(err)
			}
			c := r.Read(img, Rect{})
			if len(c) != 1 || c[0].Text != text {
				t.Errorf("level %s: read %v, want %q", level, c, text)
			}
		}
	}
}

func FuzzReaderNeverPanics(f *testing.F) {
	f.Add(uint8(21), []byte{0, 255, 0, 255})
	f.Add(uint8(60), plainQR(f, "LT00000001", 2).Pix)
	r := NewQRReader(QROptions{})
	f.Fuzz(func(t *testing.T, w uint8, pix []byte) {
		h := 0
		if w > 0 {
			h = min(len(pix)/int(w), 300)
		}
		r.ScanGray(Gray{W: int(w), H: h, Stride: int(w), Pix: pix}, Rect{})
	})
}

func TestLoadImageSaysWhatIsWrongWithAFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	// A PNG header that claims 60000x60000 pixels; its checksum is right.
	huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00")
	huge = append(huge, pngCRC(huge[12:])...)
	empty := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x00\x00\x00\x05\x08\x02\x00\x00\x00")
	empty = append(empty, pngCRC(empty[12:])...)
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "nowhere.png"), "no such file"},
		{write("text.png", []byte("hello, this is not an image")), "not a PNG or JPEG"},
		{write("none.png", nil), "not a PNG or JPEG"},
		{write("huge.png", huge), "too large: 60000x60000"},
		{write("empty.png", empty), "image"},
		{dir, "image"},
	} {
		_, err := LoadImage(c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Base(c.path)) {
			t.Errorf("%s: error %v, want one that says %q", filepath.Base(c.path), err, c.want)
		}
	}
}

func BenchmarkQRRegion(b *testing.B) {
	g := filled(180, 180, 220)
	paste(g, plainQR(b, "LT00000001", 8), quad(90, 90, 120, 0.03))
	r := NewQRReader(QROptions{})
	b.ReportAllocs()
	for b.Loop() {
		if len(r.ScanGray(g, Rect{}).Codes) != 1 {
			b.Fatal("not read")
		}
	}
}

func BenchmarkQRWholeImage(b *testing.B) {
	g := filled(1280, 720, 220)
	paste(g, plainQR(b, "LT00000001", 8), quad(600, 300, 160, 0.03))
	img := g.image()
	r := NewQRReader(QROptions{Params: StationQR()})
	b.ReportAllocs()
	for b.Loop() {
		if len(r.Read(img, Rect{})) != 1 {
			b.Fatal("not read")
		}
	}
}

func BenchmarkQRRegionWithoutACode(b *testing.B) {
	g := filled(180, 180, 220)
	r := NewQRReader(QROptions{})
	b.ReportAllocs()
	for b.Loop() {
		r.ScanGray(g, Rect{})
	}
}

// negative is an image with dark and light exchanged.
func negative(g Gray) Gray {
	out := newGray(g.W, g.H, nil)
	for y := range g.H {
		dst := out.row(y)
		for x, p := range g.row(y) {
			dst[x] = 255 - p
		}
	}
	return out
}
