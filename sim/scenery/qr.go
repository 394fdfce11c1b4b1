package scenery

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"linetwin.dev/sim/render"
)

const (
	// qrModules is the side of a version 1 code; with error correction level Q it
	// holds 16 characters and survives the loss of 6 of its 26 codewords.
	qrModules = 21
	// qrQuiet is the white border, in modules, that ISO/IEC 18004 asks for.
	qrQuiet = 4
	// qrTexels is the side of the texture of a code with its border.
	qrTexels = 256
)

// serialLimit is the number from which serials start over on the print: eight digits.
const serialLimit = 100_000_000

var (
	ink   = render.RGB{R: 22, G: 22, B: 26}
	paper = render.RGB{R: 248, G: 248, B: 246}
)

// qrText is what is printed on a part.
func qrText(prefix string, serial uint64) string {
	return fmt.Sprintf("%s%08d", prefix, serial%serialLimit)
}

// qrCanvas draws a code with its quiet zone.
func qrCanvas(text string) (*canvas, error) {
	code, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_Q, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_QR_VERSION: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("scenery: %q does not fit into a QR code of version 1, level Q (16 characters of 0-9, A-Z): %w", text, err)
	}
	m := code.GetMatrix()
	p := newCanvas(qrTexels, qrTexels, paper)
	size := float64(qrTexels) / (qrModules + 2*qrQuiet)
	p.modules(qrQuiet*size, qrQuiet*size, size, qrModules, func(x, y int) bool { return m.Get(x, y) == 0 }, ink, paper)
	return p, nil
}

// damage makes a code that no reader can read, in one of the ways in which prints
// fail. Each takes more of the code than its error correction can replace.
func (p *canvas) damage(rnd *rand.Rand) {
	switch rnd.IntN(4) {
	case 0:
		p.smear(rnd)
	case 1:
		p.scratch(rnd)
	case 2:
		p.fade(rnd)
	case 3:
		p.blot(rnd)
	}
}

// module is the size of one in texels.
const module = float64(qrTexels) / (qrModules + 2*qrQuiet)

// smear wipes the wet ink along the travel, further than any run of modules.
func (p *canvas) smear(rnd *rand.Rand) { p.wipe(int(module * (6 + 3*rnd.Float64()))) }

// wipe spreads the ink over n texels to the right, and a third of that to the left.
func (p *canvas) wipe(n int) {
	n = max(n, 1)
	row := make([]int, p.w+1)
	for y := range p.h {
		for k := range 3 {
			for x := range p.w {
				row[x+1] = row[x] + int(p.pix[3*(y*p.w+x)+k])
			}
			for x := range p.w {
				a, b := max(0, x-n), max(min(p.w, x+n/3), x+1)
				p.pix[3*(y*p.w+x)+k] = byte((row[b] - row[a]) / (b - a))
			}
		}
	}
}

// scratch rubs lines of print off, some of them through the code's corners, without
// which it cannot be found.
func (p *canvas) scratch(rnd *rand.Rand) {
	near := (qrQuiet + 3.5) * module
	far := (qrQuiet + qrModules - 3.5) * module
	p.line(near, near, far, far, module*2.2)
	p.line(near, far, far, near, module*2.2)
	for range 9 {
		x, y := (qrQuiet+qrModules*rnd.Float64())*module, (qrQuiet+qrModules*rnd.Float64())*module
		a := (rnd.Float64() - 0.5) * 1.2
		dx, dy := math.Cos(a)*float64(p.w), math.Sin(a)*float64(p.w)
		p.line(x-dx, y-dy, x+dx, y+dy, module*(0.9+0.7*rnd.Float64()))
	}
}

// line paints paper over a stroke from x0, y0 to x1, y1.
func (p *canvas) line(x0, y0, x1, y1, width float64) {
	dx, dy := x1-x0, y1-y0
	l2 := dx*dx + dy*dy
	for y := range p.h {
		for x := range p.w {
			px, py := float64(x)+0.5-x0, float64(y)+0.5-y0
			f := min(max((px*dx+py*dy)/l2, -0.2), 1.2)
			d := math.Hypot(px-f*dx, py-f*dy)
			if cover := width/2 - d + 0.5; cover > 0 {
				i := y*p.w + x
				p.set(i, mix(p.get(i), paper, min(cover, 1)))
			}
		}
	}
}

func (p *canvas) get(i int) render.RGB {
	return render.RGB{R: p.pix[3*i], G: p.pix[3*i+1], B: p.pix[3*i+2]}
}

// fade lets the ink run out on the way over the code.
func (p *canvas) fade(rnd *rand.Rand) {
	angle := rnd.Float64() * 2 * math.Pi
	c, s := math.Cos(angle), math.Sin(angle)
	edge := -(0.05 + 0.15*rnd.Float64()) * qrModules * module
	for y := range p.h {
		for x := range p.w {
			d := (float64(x)-float64(p.w)/2)*c + (float64(y)-float64(p.h)/2)*s - edge
			i := y*p.w + x
			p.set(i, mix(p.get(i), paper, min(max(d/(2*module), 0), 1)))
		}
	}
}

// blot spills ink over the middle and a corner.
func (p *canvas) blot(rnd *rand.Rand) {
	side := qrModules * module
	cx := float64(p.w)/2 + (rnd.Float64()-0.5)*0.2*side
	cy := float64(p.h)/2 + (rnd.Float64()-0.5)*0.2*side
	kx, ky := qrQuiet*module+3*module, qrQuiet*module+3*module
	if rnd.IntN(2) == 1 {
		kx = float64(p.w) - kx
	}
	for y := range p.h {
		for x := range p.w {
			fx, fy := float64(x)+0.5, float64(y)+0.5
			wave := module * 0.8 * math.Sin(7*math.Atan2(fy-cy, fx-cx))
			d := min(math.Hypot(fx-cx, fy-cy)-0.38*side-wave, math.Hypot(fx-kx, fy-ky)-0.2*side)
			i := y*p.w + x
			p.set(i, mix(p.get(i), ink, min(max(0.5-d/3, 0), 1)))
		}
	}
}
