package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// seriesPlot draws a value over time, with faults shaded and the limits of the
// bounds on the metric that it belongs to.
func seriesPlot(c Curve, end float64, w float64, faults []Fault, expect []Result) template.HTML {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range c.Points {
		lo, hi = min(lo, p.V), max(hi, p.V)
		end = max(end, p.T.Seconds())
	}
	var bounds []mark
	if c.Of != "" {
		bounds = boundMarks(c.Of, expect)
	}
	for _, b := range bounds {
		if b.at > hi && b.at <= hi+1.2*(hi-min(lo, 0)) {
			hi = b.at
		}
	}
	if lo > 0 && lo < 0.5*hi {
		lo = 0
	}
	if hi < 0 && hi > 0.5*lo {
		hi = 0
	}
	s := c.Unit.scale(max(math.Abs(lo), math.Abs(hi)))
	p := newPlot(w, panelH, timeAxis(0, end, int(w/70)), linearAxis(lo, hi, 5, s), c.Name+" over time")
	p.faultBands(faults)
	p.grid()
	class := "curve"
	if c.Draw == Dots {
		class = "dots"
	}
	p.path(class, p.curve(c), "")
	p.horizontal(bounds)
	p.unitOf(strings.TrimSpace(s.label))
	return p.html()
}

// curve is the line through the points, thinned to what a column of pixels can show.
func (p *plot) curve(c Curve) string {
	var b strings.Builder
	var column cell
	at := math.NaN()
	var last Point
	started := false
	put := func(q Point) {
		x, y := px(p.x.pixel(q.T.Seconds())), px(p.y.pixel(q.V))
		switch {
		case started && q == last:
			return
		case c.Draw == Dots:
			fmt.Fprintf(&b, "M%s %sh0", x, y)
			started = true
		case !started:
			fmt.Fprintf(&b, "M%s %s", x, y)
			started = true
		case c.Draw == Steps:
			fmt.Fprintf(&b, "H%sV%s", x, y)
		default:
			fmt.Fprintf(&b, "L%s %s", x, y)
		}
		last = q
	}
	flush := func() {
		if math.IsNaN(at) {
			return
		}
		put(column.first)
		if column.lo.T <= column.hi.T {
			put(column.lo)
			put(column.hi)
		} else {
			put(column.hi)
			put(column.lo)
		}
		put(column.last)
	}
	for _, q := range c.Points {
		x := math.Floor(p.x.pixel(q.T.Seconds()))
		if x != at {
			flush()
			at, column = x, cell{q, q, q, q}
			continue
		}
		column.join(cell{q, q, q, q})
	}
	flush()
	if len(c.Points) == 1 && c.Draw != Dots { // a single point would be invisible
		b.WriteString("h2")
	}
	return b.String()
}
