package qr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"linetwin.dev/vision/qr/scenes"
)

// readOne reads a picture that has one code with a known text.
func readOne(t *testing.T, d *Decoder, m Image, want string) Result {
	t.Helper()
	got := d.Decode(m, 0)
	if len(got) != 1 || got[0].Text != want {
		texts := make([]string, len(got))
		for i := range got {
			texts[i] = got[i].Text
		}
		t.Fatalf("read %.80q, want one code %.80q", texts, want)
	}
	return got[0]
}

func TestEveryVersionAndLevelThatQrencodeWritesIsRead(t *testing.T) {
	d := NewDecoder(Options{Max: 1})
	rng := rand.New(rand.NewPCG(3, 1))
	for version := 1; version <= maxVersion; version++ {
		level := Level(version % 4)
		levels := []Level{level}
		if version <= 7 {
			levels = []Level{L, M, Q, H}
		}
		for _, level := range levels {
			text := fmt.Sprintf("v%d%v", version, level)
			for room := (totalWords(version) - int(blockCounts[level][version-1])*int(checkWords[level][version-1])) * 9 / 10; len(text) < room-6; {
				text += string(rune('a' + rng.IntN(26)))
			}
			m := qrencode(t, text, version, level, "-8")
			if m.N != side(version) {
				t.Fatalf("qrencode made %d modules, want version %d", m.N, version)
			}
			r := readOne(t, d, clean(&m, 4), text)
			if r.Version != version || r.Level != level || r.Errors != 0 {
				t.Errorf("version %d-%v was read as %d-%v with %d errors", version, level, r.Version, r.Level, r.Errors)
			}
			if r.Quality.Grade != 4 {
				t.Errorf("a clean code of version %d has quality %+v, want grade 4", version, r.Quality)
			}
		}
	}
}

func TestTextsOfEveryModeAreReadAsGozxingWroteThem(t *testing.T) {
	d := NewDecoder(Options{})
	for _, text := range []string{
		"0", "01", "012", "98765432109876543210", "A", "AB", "HTTPS://EXAMPLE.COM/A-1 $%*+",
		"lower case, and more", "Grüße aus Köln", strings.Repeat("7", 300), strings.Repeat("AZ09:", 60),
	} {
		for _, level := range []Level{L, H} {
			m := printed(t, text, 0, level)
			readOne(t, d, clean(&m, 5), text)
		}
	}
}

func TestTextsOfQrencodesOwnModesAreRead(t *testing.T) {
	d := NewDecoder(Options{})
	for _, c := range []struct {
		text string
		args []string
		want string
	}{
		{"日本語テキスト", []string{"-8"}, "日本語テキスト"},
		{"\x93\xfa\x96\x7b\x8c\xea", []string{"-k"}, "日本語"},
		{"0101234567890128", []string{"--verbose"}, "0101234567890128"},
		{"MiXeD 12345678901234 ABCDEFGHIJKLM text", nil, "MiXeD 12345678901234 ABCDEFGHIJKLM text"},
	} {
		m := qrencode(t, c.text, 0, L, c.args...)
		readOne(t, d, clean(&m, 4), c.want)
	}
}

func TestMirroredAndInvertedCodesAreRead(t *testing.T) {
	d := NewDecoder(Options{})
	m := printed(t, "mirrored or light on dark", 0, M)
	for _, angle := range []float64{0, 0.5, 2, 4} {
		c := scenes.NewCanvas(300, 300, 230)
		c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 150, Y: 150}, Module: 5, Angle: angle, Mirrored: true}, scenes.QuietZone, 20, 230)
		if r := readOne(t, d, Image(c.Image(0, nil)), m.Text); !r.Mirrored || r.Inverted {
			t.Errorf("a mirrored code at %.1f rad was told mirrored %t, inverted %t", angle, r.Mirrored, r.Inverted)
		}
		c = scenes.NewCanvas(300, 300, 20)
		c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 150, Y: 150}, Module: 5, Angle: angle}, scenes.QuietZone, 230, 20)
		if r := readOne(t, d, Image(c.Image(0, nil)), m.Text); r.Mirrored || !r.Inverted {
			t.Errorf("an inverted code at %.1f rad was told mirrored %t, inverted %t", angle, r.Mirrored, r.Inverted)
		}
	}
}

func TestCornersAreWhereTheCodeWasDrawn(t *testing.T) {
	d := NewDecoder(Options{Max: 1})
	rng := rand.New(rand.NewPCG(9, 9))
	worst := 0.0
	for i := range 60 {
		m := printed(t, scenes.Text(rng, 20+rng.IntN(60)), 0, Level(i%4))
		p := scenes.Pose{
			Center: scenes.Point{X: 320 + 20*rng.Float64(), Y: 240 + 20*rng.Float64()}, Module: 5 + 2*rng.Float64(),
			Angle: 6.28 * rng.Float64(), Tilt: 0.7 * (rng.Float64() - 0.5), Turn: 0.7 * (rng.Float64() - 0.5), Mirrored: i%5 == 0,
		}
		c := scenes.NewCanvas(660, 500, 220)
		c.Draw(&m, &p, scenes.QuietZone, 30, 220)
		c.Blur(0.7)
		r := readOne(t, d, Image(c.Image(2, rng)), m.Text)
		for k, want := range p.Corners(m.N) {
			worst = max(worst, distance(r.Corners[k], Point(want)))
		}
	}
	if worst > 0.5 {
		t.Errorf("a corner is %.2f pixels off, want at most 0.5", worst)
	}
	t.Logf("corners are off by at most %.2f pixels", worst)
}

func TestSeveralCodesAreReadTogether(t *testing.T) {
	d := NewDecoder(Options{})
	rng := rand.New(rand.NewPCG(4, 4))
	c := scenes.NewCanvas(1000, 800, 210)
	want := map[string]bool{}
	for i := range 20 {
		m := printed(t, scenes.Text(rng, 20), 0, M)
		want[m.Text] = true
		p := scenes.Pose{Center: scenes.Point{X: 100 + 200*float64(i%5), Y: 100 + 200*float64(i/5)}, Module: 4, Angle: 0.3 * rng.Float64()}
		c.Draw(&m, &p, scenes.QuietZone, 30, 210)
	}
	for _, r := range d.Decode(Image(c.Image(3, rng)), 0) {
		if !want[r.Text] {
			t.Errorf("read %q, which was not drawn", r.Text)
		}
		delete(want, r.Text)
	}
	if len(want) > 0 {
		t.Errorf("%d of 20 codes were not read", len(want))
	}
}

// The edges of one code's modules are all on the borders of the cells that thresholds are taken in, so that no
// cell has an edge within; and another code is there that is read at once.
func TestCodesDrawnOnTheGridOfTheThresholdAreReadBesideOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	large, small := printed(t, scenes.Text(rng, 12), 0, M), printed(t, scenes.Text(rng, 12), 0, M)
	m := Image{W: 640, H: 320, Stride: 640, Pix: make([]byte, 640*320)}
	for y := range m.H {
		for x := range m.W {
			v := byte(255)
			if large.At((y-72)/8, (x-72)/8) && x >= 72 && y >= 72 || small.At((y-60)/5, (x-400)/5) && x >= 400 && y >= 60 {
				v = 0
			}
			m.Pix[y*m.Stride+x] = v
		}
	}
	got := map[string]bool{}
	for _, r := range NewDecoder(Options{}).Decode(m, 0) {
		got[r.Text] = true
	}
	if !got[large.Text] || !got[small.Text] {
		t.Errorf("%d of 2 codes were read: %v", len(got), got)
	}
}

func TestAPageOfCodesIsReadWholeThoughAnyThreeFindersMayBeOne(t *testing.T) {
	c := scenes.NewCanvas(1600, 1200, 190)
	want := map[string]bool{}
	for row := range 6 {
		for col := range 8 {
			text := fmt.Sprintf("C%d%d", row, col)
			want[text] = true
			m := printed(t, text, 1, M)
			c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 200 + 170*float64(col), Y: 180 + 165*float64(row)}, Module: 4.5, Angle: 0.05}, scenes.QuietZone, 30, 220)
		}
	}
	c.Blur(0.8)
	got := NewDecoder(Options{}).Decode(Image(c.Image(2, rand.New(rand.NewPCG(3, 4)))), 60_000_000)
	for _, r := range got {
		delete(want, r.Text)
	}
	if len(got) != 48 || len(want) > 0 {
		t.Errorf("read %d codes of 48, not %v", len(got), want)
	}
}

func TestACodeIsReadWhoseCornerWithoutAFinderIsCurledUp(t *testing.T) {
	d := NewDecoder(Options{})
	m := printed(t, "curled", 1, L)
	flat := clean(&m, 12)
	for _, curl := range []float64{1.6, -1.3, 2.4} {
		// Places are drawn from where the paper was before its corner came up.
		img := Image{make([]byte, flat.W*flat.H), flat.W, flat.W, flat.H}
		edge := float64(scenes.QuietZone+7) * 12
		far := float64(flat.W) - edge - float64(scenes.QuietZone)*12
		for y := range img.H {
			for x := range img.W {
				share := max(float64(x)-edge, 0) / far * max(float64(y)-edge, 0) / far
				u, v := x+int(curl*12*share), y+int(curl*12*share)
				if u < 0 || v < 0 || u >= flat.W || v >= flat.H {
					img.Pix[y*img.Stride+x] = 255
					continue
				}
				img.Pix[y*img.Stride+x] = flat.Pix[v*flat.Stride+u]
			}
		}
		readOne(t, d, img, "curled")
	}
}

func TestTheSearchGoesOnWhileFindersAreLeftOverAndElseEnds(t *testing.T) {
	d := NewDecoder(Options{})
	spent := func(second bool) int {
		c := scenes.NewCanvas(1280, 720, 150)
		m := printed(t, "read at once", 3, M)
		c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 350, Y: 350}, Module: 8}, scenes.QuietZone, 30, 220)
		if second { // beyond reading, but for its finders
			c.Draw(&m, &scenes.Pose{Center: scenes.Point{X: 950, Y: 350}, Module: 8}, scenes.QuietZone, 30, 220)
			for y := 300; y < 400; y++ {
				for x := 820; x < 1080; x++ {
					c.V[y*c.W+x] = 128
				}
			}
		}
		if got := d.Decode(Image(c.Image(1, rand.New(rand.NewPCG(7, 8)))), 0); len(got) != 1 {
			t.Fatalf("read %d codes, want one", len(got))
		}
		return d.Spent()
	}
	if alone, beside := spent(false), spent(true); alone > DefaultBudget/50 || beside < 10*alone {
		t.Errorf("one code cost %d; beside one beyond reading %d, want ten times as much at least", alone, beside)
	}
}
