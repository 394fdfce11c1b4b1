package bench

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
)

// canvas writes one inline SVG. Colours come from the page's style sheet by class,
// so that a plot follows the page into dark mode and onto paper.
type canvas struct{ b bytes.Buffer }

// newCanvas starts a picture of this size in its own units, which scales with the
// page. The description is for those who hear the page instead of seeing it.
func newCanvas(w, h float64, description string) *canvas {
	c := &canvas{}
	fmt.Fprintf(&c.b, `<svg viewBox="0 0 %s %s" role="img" aria-label="%s">`, px(w), px(h), html.EscapeString(description))
	return c
}

// html ends the picture.
func (c *canvas) html() template.HTML {
	c.b.WriteString("</svg>")
	return template.HTML(c.b.String()) // every text in it was escaped on its way in
}

// px is a coordinate with at most two decimals.
func px(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<path class="%s" d="M%s %sL%s %s"/>`, class, px(x1), px(y1), px(x2), px(y2))
}

// rect with a tooltip; an empty title gives none.
func (c *canvas) rect(class string, x, y, w, h float64, title string) {
	fmt.Fprintf(&c.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class, px(x), px(y), px(w), px(h))
	c.close("rect", title)
}

// path of drawing commands, with a tooltip.
func (c *canvas) path(class, d, title string) {
	fmt.Fprintf(&c.b, `<path class="%s" d="%s"`, class, d)
	c.close("path", title)
}

func (c *canvas) close(element, title string) {
	if title == "" {
		c.b.WriteString("/>")
		return
	}
	fmt.Fprintf(&c.b, `><title>%s</title></%s>`, html.EscapeString(title), element)
}

// The anchors of a text.
const (
	atStart  = "start"
	atMiddle = "middle"
	atEnd    = "end"
)

func (c *canvas) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, px(x), px(y), html.EscapeString(s))
}

// textWidth guesses how wide s is in the plots' 11 px type.
func textWidth(s string) float64 { return 6.1 * float64(len([]rune(s))) }
