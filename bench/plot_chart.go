package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Chart shows how rates change with something that grows, from left to right.
type Chart struct {
	Title, About string
	X            string // what grows, as a factor: "light"
	Lines        []ChartLine
	// Usual is the factor at which things are as they should be; 0: none is marked.
	Usual float64
}

// ChartLine is one rate.
type ChartLine struct {
	Name   string
	Kind   Tone
	Points []ChartPoint // in the order of At
}

// ChartPoint is a rate, from 0 to 1, at a factor above 0, and what to say of it.
type ChartPoint struct {
	At, Rate float64
	Note     string // "3 of 200"
}

// chartPlot draws a chart, the factor on a logarithmic axis.
func chartPlot(c Chart, w float64) template.HTML {
	lo, hi, top := math.Inf(1), math.Inf(-1), 0.0
	for _, l := range c.Lines {
		for _, p := range l.Points {
			lo, hi, top = min(lo, p.At), max(hi, p.At), max(top, p.Rate)
		}
	}
	if !(lo > 0) || !(hi > lo) {
		return ""
	}
	x := logAxis(lo, hi, One)
	p := newPlot(w, panelH*1.4, x, linearAxis(0, max(top, 0.01), 5, scale{0.01, " %"}), c.Title)
	p.grid()
	p.unitOf("%")
	if c.Usual >= lo && c.Usual <= hi {
		at := p.x.pixel(c.Usual)
		p.line("q", at, p.top, at, p.bottom)
		p.text("t", atMiddle, at, p.top-4, "as specified")
	}
	for _, l := range c.Lines {
		var d strings.Builder
		for i, q := range l.Points {
			step := "L"
			if i == 0 {
				step = "M"
			}
			fmt.Fprintf(&d, "%s%s %s", step, px(p.x.pixel(q.At)), px(p.y.pixel(q.Rate)))
		}
		p.path("curve "+string(l.Kind), d.String(), l.Name)
		for _, q := range l.Points {
			p.rect("bar "+string(l.Kind), p.x.pixel(q.At)-3, p.y.pixel(q.Rate)-3, 6, 6,
				fmt.Sprintf("%s at %s x %s: %s", l.Name, One.Format(q.At), c.X, q.Note))
		}
	}
	return p.html()
}

// chartView is a chart on the page.
type chartView struct {
	Title, About string
	Plot         template.HTML
	Lines        []ChartLine
}
