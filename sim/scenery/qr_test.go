package scenery

import (
	"image"
	"math/rand/v2"
	"testing"

	"linetwin.dev/sim/scenery/props"
)

// read decodes a picture.
func read(p *canvas) (string, error) {
	img := image.NewRGBA(image.Rect(0, 0, p.w, p.h))
	for i := range p.w * p.h {
		copy(img.Pix[4*i:], []byte{p.pix[3*i], p.pix[3*i+1], p.pix[3*i+2], 255})
	}
	return props.ReadQR(img)
}

func TestPrintedCodesSayPrefixAndSerial(t *testing.T) {
	for _, tt := range []struct {
		prefix string
		serial uint64
		want   string
	}{
		{"LT", 1, "LT00000001"},
		{"", 99_999_999, "99999999"},
		{"ABCDEFG9", 12_345_678, "ABCDEFG912345678"},
		{"LT", 100_000_002, "LT00000002"},
	} {
		text := qrText(tt.prefix, tt.serial)
		if text != tt.want {
			t.Errorf("text of %s, %d is %q, want %q", tt.prefix, tt.serial, text, tt.want)
		}
		c, err := qrCanvas(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(c); err != nil || got != tt.want {
			t.Errorf("code of %q reads %q, %v", text, got, err)
		}
	}
}

func TestNoReaderReadsADamagedCode(t *testing.T) {
	for seed := range uint64(120) {
		c, err := qrCanvas(qrText("LT", seed))
		if err != nil {
			t.Fatal(err)
		}
		c.damage(rand.New(rand.NewPCG(seed, 1)))
		if got, err := read(c); err == nil {
			t.Errorf("damaged code %d reads %q", seed, got)
		}
	}
}

// TestDamageTakesMoreThanCorrectionReplaces holds for readers better than the one that
// the test above has: of the 26 codewords of a code, level Q can replace 6. Modules are
// looked at in their middle, as an ideal reader would, that knows where the code is.
func TestDamageTakesMoreThanCorrectionReplaces(t *testing.T) {
	// A damaged module gives no or the wrong value. With the function patterns taken
	// off, 208 modules carry the codewords, eight each; losing a share q of the modules
	// at random places leaves a codeword whole with (1-q)^8.
	for seed := range uint64(120) {
		clean, _ := qrCanvas(qrText("LT", seed))
		c, _ := qrCanvas(qrText("LT", seed))
		c.damage(rand.New(rand.NewPCG(seed, 1)))
		wrong, all := 0, 0
		for y := range qrModules {
			for x := range qrModules {
				if (x < 9 && (y < 9 || y > 12)) || (x > 12 && y < 9) || x == 6 || y == 6 {
					continue
				}
				i := int((qrQuiet+float64(y)+0.5)*module)*qrTexels + int((qrQuiet+float64(x)+0.5)*module)
				all++
				if (clean.pix[3*i] < 128) != (c.pix[3*i] < 128) {
					wrong++
				}
			}
		}
		if share := float64(wrong) / float64(all); share < 0.12 {
			t.Errorf("damage %d changes only %.0f %% of the modules", seed, 100*share)
		}
	}
}

func BenchmarkQRTexture(b *testing.B) {
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		n++
		if _, err := qrCanvas(qrText("LT", n)); err != nil {
			b.Fatal(err)
		}
	}
}
