package qr

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxmulti "github.com/makiuchi-d/gozxing/multi/qrcode"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"
)

// category is a kind of fault, and how to render a picture that has it.
type category struct {
	name  string
	least int // percent that must be read
	make  func(t testing.TB, rng *rand.Rand) (Image, []string)
}

// scene is one code in the middle of a picture.
type scene struct {
	modules
	pose
	*canvas
}

// newScene draws nothing yet: adjust the pose first.
func newScene(t testing.TB, rng *rand.Rand, w, h int, module float64) scene {
	level := Level(rng.IntN(4))
	s := scene{modules: printed(t, someText(rng, 15+rng.IntN(60)), 0, level), canvas: newCanvas(w, h, 0)}
	base := 120 + 90*rng.Float64()
	tilt, dir := 40*rng.Float64(), 6.28*rng.Float64()
	for y := range h {
		for x := range w {
			d := math.Cos(dir)*float64(x)/float64(w) + math.Sin(dir)*float64(y)/float64(h)
			s.v[y*w+x] = float32(base + tilt*d + 12*math.Sin(float64(x)*0.21+float64(y)*0.13))
		}
	}
	s.pose = pose{c: Point{float64(w)/2 + 10*rng.NormFloat64(), float64(h)/2 + 10*rng.NormFloat64()},
		module: module, angle: 0.15 * rng.NormFloat64(), tilt: 0.1 * rng.NormFloat64(), turn: 0.1 * rng.NormFloat64()}
	return s
}

func (s *scene) print(dark, light float64) { s.draw(&s.modules, &s.pose, dark, light) }

func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

func either(rng *rand.Rand) float64 { return float64(2*rng.IntN(2) - 1) }

// categories are made so that some pictures of each are beyond any reader.
var categories = []category{
	{"clean", 100, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 640, 480, between(rng, 4, 8))
		s.print(30, 220)
		s.blurred(0.6)
		return s.image(2, rng), []string{s.text}
	}},
	{"blur", 55, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		m := between(rng, 4, 7)
		s := newScene(t, rng, 560, 480, m)
		s.print(40, 210)
		s.blurred(m * between(rng, 0.35, 0.85))
		return s.image(2, rng), []string{s.text}
	}},
	{"motion", 60, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		m := between(rng, 4, 7)
		s := newScene(t, rng, 560, 480, m)
		s.print(40, 210)
		s.dragged(m*between(rng, 0.8, 1.9), between(rng, 0, 3.14))
		return s.image(2, rng), []string{s.text}
	}},
	{"noise", 75, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 480, 480, between(rng, 3, 7))
		s.print(60, 190)
		s.blurred(0.7)
		return s.image(between(rng, 15, 55), rng), []string{s.text}
	}},
	{"perspective", 80, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 640, 560, between(rng, 5, 8))
		s.tilt, s.turn = either(rng)*between(rng, 0.3, 1.0), either(rng)*between(rng, 0.3, 0.9)
		s.print(40, 210)
		s.blurred(0.8)
		return s.image(3, rng), []string{s.text}
	}},
	{"rotation", 95, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 560, 560, between(rng, 3, 6))
		s.angle = between(rng, 0, 6.28)
		s.print(40, 210)
		s.blurred(0.8)
		return s.image(4, rng), []string{s.text}
	}},
	{"glare", 50, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		m := between(rng, 4, 7)
		s := newScene(t, rng, 560, 480, m)
		s.print(40, 190)
		size := m * float64(s.n)
		x, y := s.c.X+size*0.35*rng.NormFloat64(), s.c.Y+size*0.35*rng.NormFloat64()
		r, power := size*between(rng, 0.1, 0.3), between(rng, 200, 500)
		s.light(func(px, py float64) (float64, float64) {
			d := ((px-x)*(px-x) + (py-y)*(py-y)) / (2 * r * r)
			return 1, power * math.Exp(-d)
		})
		s.blurred(0.8)
		return s.image(2, rng), []string{s.text}
	}},
	{"shadow", 85, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		m := between(rng, 4, 7)
		s := newScene(t, rng, 560, 480, m)
		s.print(35, 220)
		a, off, deep := between(rng, 0, 6.28), m*float64(s.n)*0.25*rng.NormFloat64(), between(rng, 0.15, 0.4)
		period := between(rng, 40, 160)
		s.light(func(px, py float64) (float64, float64) {
			d := (px-s.c.X)*math.Cos(a) + (py-s.c.Y)*math.Sin(a) - off
			if math.Sin(d/period*3.14) > 0 {
				return deep, 0
			}
			return 1, 0
		})
		s.blurred(0.9)
		return s.image(2, rng), []string{s.text}
	}},
	{"low contrast", 75, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 560, 480, between(rng, 4, 7))
		ground, c := between(rng, 40, 180), between(rng, 6, 30)
		s.light(func(x, y float64) (float64, float64) { return 0.1, ground })
		s.print(ground, ground+c)
		s.blurred(0.8)
		return s.image(2.5, rng), []string{s.text}
	}},
	{"damage", 50, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		m := between(rng, 4, 7)
		s := newScene(t, rng, 560, 480, m)
		s.print(35, 220)
		for range 2 + rng.IntN(3) { // blots and scratches anywhere, finders too
			v := float32(between(rng, 0, 255))
			n := float64(s.n)
			u0, v0, a := n*rng.Float64(), n*rng.Float64(), between(rng, 0, 6.28)
			length, wide := n*between(rng, 0.1, 0.6), between(rng, 0.5, 2)
			for i := range int(length * m * 2) {
				for j := range int(wide*m*2) + 1 {
					d, e := float64(i)/m/2, float64(j)/m/2
					q := s.toImage(s.n, u0+d*math.Cos(a)-e*math.Sin(a), v0+d*math.Sin(a)+e*math.Cos(a))
					if x, y := int(q.X), int(q.Y); x >= 0 && y >= 0 && x < s.w && y < s.h {
						s.v[y*s.w+x] = v
					}
				}
			}
		}
		s.blurred(0.8)
		return s.image(2, rng), []string{s.text}
	}},
	{"small", 75, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 320, 240, between(rng, 1.5, 2.3))
		s.print(35, 220)
		s.blurred(0.4)
		return s.image(2, rng), []string{s.text}
	}},
	{"curved", 65, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 640, 560, between(rng, 5, 8))
		s.bend, s.turn, s.tilt = between(rng, 0.08, 0.3), 0.3*rng.NormFloat64(), 0.2*rng.NormFloat64()
		s.angle = between(rng, 0, 6.28)
		s.print(40, 210)
		s.blurred(0.8)
		return s.image(3, rng), []string{s.text}
	}},
	{"high version", 85, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		v := 12 + rng.IntN(20)
		s := newScene(t, rng, 800, 800, 0)
		s.modules = printed(t, someText(rng, room(v, M)-10), v, M)
		s.module = between(rng, 2.6, 3.6) * 130 / float64(s.n) * 1.1
		s.tilt, s.turn, s.angle = 0.2*rng.NormFloat64(), 0.2*rng.NormFloat64(), between(rng, 0, 6.28)
		s.print(40, 210)
		s.blurred(0.8)
		return s.image(3, rng), []string{s.text}
	}},
	{"several", 85, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 900, 700, 4)
		var texts []string
		for i := range 12 {
			m := printed(t, someText(rng, 18), 0, Level(rng.IntN(4)))
			p := pose{c: Point{120 + 215*float64(i%4), 120 + 225*float64(i/4)}, module: between(rng, 3, 4.5),
				angle: between(rng, 0, 6.28), tilt: 0.25 * rng.NormFloat64(), turn: 0.25 * rng.NormFloat64()}
			s.draw(&m, &p, 40, 210)
			texts = append(texts, m.text)
		}
		s.blurred(0.7)
		return s.image(3, rng), texts
	}},
	{"inverted", 95, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 560, 480, between(rng, 4, 7))
		s.angle = between(rng, 0, 6.28)
		s.print(210, 40)
		s.blurred(0.8)
		return s.image(3, rng), []string{s.text}
	}},
	{"mirrored", 95, func(t testing.TB, rng *rand.Rand) (Image, []string) {
		s := newScene(t, rng, 560, 480, between(rng, 4, 7))
		s.angle, s.mirrored = between(rng, 0, 6.28), true
		s.print(40, 210)
		s.blurred(0.8)
		return s.image(3, rng), []string{s.text}
	}},
}

// picturesEach is how many pictures of a category are made: few, or as many as LINETWIN_QR says.
func picturesEach() int {
	if n, err := strconv.Atoi(os.Getenv("LINETWIN_QR")); err == nil && n > 0 {
		return n
	}
	return 2
}

// TestRatesByKindOfFault reads rendered pictures with this decoder and with those of others
// that are here, and holds this one to a rate. With LINETWIN_QR=50 it makes the table of the README.
func TestRatesByKindOfFault(t *testing.T) {
	n := picturesEach()
	d := NewDecoder(Options{})
	zbar, _ := exec.LookPath("zbarimg")
	dir := t.TempDir()
	var table strings.Builder
	var mean [3]float64
	for _, c := range categories {
		var hits [3]int
		all := 0
		for i := range n {
			rng := rand.New(rand.NewPCG(uint64(i), 77))
			img, want := c.make(t, rng)
			all += len(want)
			var got []string
			for _, r := range d.Decode(img, 0) {
				got = append(got, r.Text)
			}
			hits[0] += count(t, c.name, got, want)
			hits[1] += count(t, "gozxing", readGozxing(img, len(want) > 1), want)
			if zbar != "" {
				hits[2] += count(t, "zbar", readZbar(t, zbar, filepath.Join(dir, "x.png"), img), want)
			}
		}
		rate := func(k int) float64 { return 100 * float64(hits[k]) / float64(all) }
		fmt.Fprintf(&table, "| %s | %.0f | %.0f | %s |\n", c.name, rate(0), rate(1), known(zbar, rate(2)))
		for k := range mean {
			mean[k] += rate(k) / float64(len(categories))
		}
		// Few pictures scatter: one more may fail.
		if 100*(hits[0]+max(1, all/n)) < c.least*all || c.least == 100 && hits[0] < all {
			t.Errorf("%s: %d of %d codes are read, want %d %%", c.name, hits[0], all, c.least)
		}
	}
	t.Logf("%d pictures each\n| category | this | gozxing | zbarimg |\n| --- | --- | --- | --- |\n%s| mean | %.1f | %.1f | %s |",
		n, table.String(), mean[0], mean[1], known(zbar, mean[2]))
	if mean[0] <= mean[1] || zbar != "" && mean[0] <= mean[2] {
		t.Errorf("mean rate %.1f %%, gozxing %.1f, zbar %.1f: want the best", mean[0], mean[1], mean[2])
	}
}

func known(path string, rate float64) string {
	if path == "" {
		return "not installed"
	}
	return fmt.Sprintf("%.0f", rate)
}

// count counts texts that were read; this decoder must read no other.
func count(t *testing.T, who string, got, want []string) int {
	n := 0
	left := append([]string(nil), want...)
	for _, g := range got {
		found := false
		for i, w := range left {
			if g == w {
				left = append(left[:i], left[i+1:]...)
				n++
				found = true
				break
			}
		}
		if !found && who != "gozxing" && who != "zbar" {
			t.Errorf("%s: read %.40q, which is not in the picture", who, g)
		}
	}
	return n
}

func readGozxing(m Image, several bool) (texts []string) {
	defer func() { _ = recover() }() // it panics on some pictures
	src, err := gozxing.NewPlanarYUVLuminanceSource(m.Pix, m.W, m.H, 0, 0, m.W, m.H, false)
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

func readZbar(t *testing.T, path, file string, m Image) []string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, asGray(m)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(path, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted", file).Output() // status 4: nothing found
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
