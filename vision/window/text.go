package window

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Type is a kind of lettering.
type Type struct {
	Size   float64 // points
	Weight Weight
}

// Weight is one of three fonts.
type Weight int

// Weights.
const (
	Regular Weight = iota
	Medium
	Mono
)

// Types that the widgets are written in.
var (
	Body  = Type{13, Regular}
	Label = Type{12, Regular}
	Head  = Type{12, Medium}
	Title = Type{15, Medium}
	Digit = Type{12, Mono}
)

// parsed are the fonts of this program, which are parsed when first needed.
var parsed = sync.OnceValue(func() (f [3]*opentype.Font) {
	for i, data := range [][]byte{goregular.TTF, gomedium.TTF, gomono.TTF} {
		p, err := opentype.Parse(data)
		if err != nil {
			panic(fmt.Sprintf("a font of this program is damaged: %v", err))
		}
		f[i] = p
	}
	return f
})

// fonts are faces at the scale of a canvas, with what was drawn with them.
type fonts map[Type]*lettering

type lettering struct {
	face    font.Face
	ascent  int // pixels
	capital int // height of a capital letter
	glyphs  map[glyphKey]glyph
}

type glyphKey struct {
	r     rune
	phase int // quarters of a pixel
}

type glyph struct {
	mask    *image.Alpha
	at      image.Point // of the mask's corner from the origin of the letter
	advance fixed.Int26_6
}

func (c *Canvas) lettering(t Type) *lettering {
	if c.fonts == nil {
		c.fonts = fonts{}
	}
	if l := c.fonts[t]; l != nil {
		return l
	}
	face, err := opentype.NewFace(parsed()[t.Weight], &opentype.FaceOptions{Size: t.Size * c.Scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(fmt.Sprintf("a font of %g points: %v", t.Size, err)) // only for a size that no view asks for
	}
	m := face.Metrics()
	l := &lettering{face: face, ascent: m.Ascent.Round(), capital: m.CapHeight.Round(), glyphs: map[glyphKey]glyph{}}
	c.fonts[t] = l
	return l
}

func (l *lettering) glyph(r rune, phase int) (glyph, bool) {
	key := glyphKey{r, phase}
	if g, ok := l.glyphs[key]; ok {
		return g, true
	}
	dot := fixed.Point26_6{X: fixed.Int26_6(phase * 16), Y: 0}
	dr, mask, from, advance, ok := l.face.Glyph(dot, r)
	if !ok {
		return glyph{}, false
	}
	own := image.NewAlpha(image.Rect(0, 0, dr.Dx(), dr.Dy()))
	for y := range dr.Dy() {
		for x := range dr.Dx() {
			own.Set(x, y, mask.At(from.X+x, from.Y+y))
		}
	}
	g := glyph{own, dr.Min, advance}
	l.glyphs[key] = g
	return g, true
}

// TextWidth is how wide a text is, in points.
func (c *Canvas) TextWidth(s string, t Type) float64 {
	return float64(font.MeasureString(c.lettering(t).face, s)) / 64 / c.Scale
}

// Text writes a line of text from a place on: its left end, half way up its capitals.
// It returns the width.
func (c *Canvas) Text(at Point, s string, t Type, col color.NRGBA) float64 {
	l := c.lettering(t)
	start := fixed.Int26_6(math.Round(at.X * c.Scale * 64))
	x, base := start, int(math.Round(at.Y*c.Scale+float64(l.capital)/2))
	var before rune = -1
	for _, r := range s {
		if before >= 0 {
			x += l.face.Kern(before, r)
		}
		before = r
		g, ok := l.glyph(r, int(x&63)/16)
		if !ok {
			continue
		}
		c.stamp(g.mask, image.Pt(int(x>>6)+g.at.X, base+g.at.Y), col)
		x += g.advance
	}
	return float64(x-start) / 64 / c.Scale
}

// TextRight writes a line of text that ends at a place.
func (c *Canvas) TextRight(at Point, s string, t Type, col color.NRGBA) {
	c.Text(Point{at.X - c.TextWidth(s, t), at.Y}, s, t, col)
}

// TextMid writes a line of text around a place.
func (c *Canvas) TextMid(at Point, s string, t Type, col color.NRGBA) {
	c.Text(Point{at.X - c.TextWidth(s, t)/2, at.Y}, s, t, col)
}

// Tag writes a text on a ground of its own, which stays inside a rectangle: what is
// said within a picture. at is its upper left corner.
func (c *Canvas) Tag(at Point, s string, col color.NRGBA, in Rect) Rect {
	s = c.Shorten(s, Digit, in.W()-20)
	w, h := c.TextWidth(s, Digit)+12, 20.0
	x := min(max(at.X, in.X0+4), max(in.X1-w-4, in.X0))
	y := min(max(at.Y, in.Y0+4), max(in.Y1-h-4, in.Y0))
	r := Rect{x, y, x + w, y + h}
	c.Round(r, 4, Fade(Ground, 0.85))
	c.Text(Point{x + 6, y + h/2}, s, Digit, col)
	return r
}

// Shorten returns a text that fits a width, with an ellipsis where something is missing.
func (c *Canvas) Shorten(s string, t Type, width float64) string {
	if c.TextWidth(s, t) <= width {
		return s
	}
	runes := []rune(s)
	lo, hi := 0, len(runes) // the most that fits
	for lo < hi {
		n := (lo + hi + 1) / 2
		if c.TextWidth(string(runes[:n])+"…", t) <= width {
			lo = n
		} else {
			hi = n - 1
		}
	}
	return strings.TrimRight(string(runes[:lo]), " ") + "…"
}

// Wrap breaks a text into lines of a width, between words.
func (c *Canvas) Wrap(s string, t Type, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && c.TextWidth(line+" "+word, t) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// stamp blends a colour through a mask.
func (c *Canvas) stamp(m *image.Alpha, at image.Point, col color.NRGBA) {
	p := m.Rect.Add(at).Intersect(c.clip)
	for y := p.Min.Y; y < p.Max.Y; y++ {
		px := c.Image.Pix[c.Image.PixOffset(p.Min.X, y):]
		a := m.Pix[m.PixOffset(p.Min.X-at.X, y-at.Y):]
		for x := range p.Dx() {
			if k := uint32(a[x]); k > 0 {
				blend(px[4*x:4*x+4:4*x+4], col, k*uint32(col.A)/255)
			}
		}
	}
}
