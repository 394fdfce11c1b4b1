package qrtune

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

// milliseconds are what budgets are told in.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// number is a slider of a parameter that is a float64.
func (v *View) number(label, unit string, most, step float64, of func(p *vision.QRParams) *float64) *window.Slider {
	return &window.Slider{
		Label: label, Unit: unit, Max: most, Step: step, Usual: *of(&v.usual),
		Get: func() float64 { return *of(&v.params) },
		Set: func(x float64) { v.turn(func(p *vision.QRParams) { *of(p) = x }) },
		Say: off(unit, step),
	}
}

// whole is a slider of a parameter that is an int.
func (v *View) whole(label, unit string, most int, of func(p *vision.QRParams) *int) *window.Slider {
	return &window.Slider{
		Label: label, Unit: unit, Max: float64(most), Step: 1, Usual: float64(*of(&v.usual)),
		Get: func() float64 { return float64(*of(&v.params)) },
		Set: func(x float64) { v.turn(func(p *vision.QRParams) { *of(p) = int(x) }) },
		Say: off(unit, 1),
	}
}

// off writes a value that is "off" at 0.
func off(unit string, step float64) func(float64) string {
	return func(x float64) string {
		switch {
		case x == 0:
			return "off"
		case step < 1:
			return fmt.Sprintf("%.1f %s", x, unit)
		}
		return fmt.Sprintf("%.0f %s", x, unit)
	}
}

// build makes the panels.
func (v *View) build() {
	type P = vision.QRParams
	codes := v.whole("Codes in a picture", "", 32, func(p *P) *int { return &p.Codes })
	codes.Say = func(x float64) string {
		if x == 0 {
			return "all"
		}
		return fmt.Sprintf("%.0f", x)
	}
	offset := v.number("Threshold below the mean by", "levels", 128, 0.5, func(p *P) *float64 { return &p.Offset })
	offset.Min, offset.Say = -128, func(x float64) string { return fmt.Sprintf("%+.1f levels", x) }
	v.controls.Items = []window.Widget{
		&window.Heading{Text: "Reading"},
		codes,
		&window.Slider{
			Label: "Budget", Min: 1, Max: 1000, Step: 1, Usual: milliseconds(v.usual.Budget.D()),
			Get: func() float64 { return milliseconds(v.params.Budget.D()) },
			Set: func(x float64) {
				v.turn(func(p *P) { p.Budget = specs.Duration(x * float64(time.Millisecond)) })
			},
			Say: func(x float64) string { return fmt.Sprintf("%.0f ms", x) },
		},
		&window.Toggle{
			Label: "Light codes on dark ground", Get: func() bool { return v.params.Invert },
			Set: func(b bool) { v.turn(func(p *P) { p.Invert = b }) },
		},
		&window.Heading{Text: "Stages"},
		v.number("Contrast, clipped at", "x", 40, 0.5, func(p *P) *float64 { return &p.Contrast }),
		v.number("Blur", "px", 10, 0.1, func(p *P) *float64 { return &p.Blur }),
		v.whole("Threshold in windows of", "px", 301, func(p *P) *int { return &p.Window }),
		offset,
		v.whole("Close gaps up to", "px", 10, func(p *P) *int { return &p.Close }),
		v.whole("Open bridges up to", "px", 10, func(p *P) *int { return &p.Open }),
		v.whole("Halve", "times", 6, func(p *P) *int { return &p.Halve }),
		v.number("Enlarge", "x", 6, 0.1, func(p *P) *float64 { return &p.Enlarge }),
		&window.Slider{
			Label: "Rotate", Max: 90, Step: 1, Usual: degrees(v.usual.Rotation),
			Get: func() float64 { return degrees(v.params.Rotation) },
			Set: func(x float64) { v.turn(func(p *P) { p.Rotation = specs.Angle(x / 180 * math.Pi) }) },
			Say: off("°", 1),
		},
		&window.Push{Label: "As usual", Half: true, Do: func() {
			v.turn(func(p *P) {
				regions := p.Regions
				*p = v.usual
				p.Regions = regions
			})
		}},
		&window.Push{Label: "Save", Hint: "Ctrl S", Half: true, Main: true, Do: v.save},
	}
	v.cascade.Items = []window.Widget{
		&window.Heading{Text: "Cascade"},
		&window.Figure{High: func() float64 { return rowHeight * float64(len(v.stages())+1) }, Show: v.list, Click: v.choose},
		&window.Figure{High: func() float64 { return 40 }, Show: v.cost},
		&window.Heading{Text: "Read"},
		&window.Figure{High: func() float64 { return max(40*float64(len(v.last.codes)), 24) }, Show: v.read},
		&window.Heading{Text: "Regions"},
		&window.Table{Rows: v.regionRows},
		&window.Push{Label: "Delete", Hint: "Del", Do: v.remove, Off: func() bool { return v.region < 0 }},
		&window.Heading{Text: "Pictures"},
		&window.Table{Rows: v.fileRows},
		&window.Push{Label: "Previous", Hint: "P", Half: true, Do: func() { v.key("p") }, Off: func() bool { return v.file == 0 }},
		&window.Push{Label: "Next", Hint: "N", Half: true, Do: func() { v.key("n") }, Off: func() bool { return v.file+1 >= len(v.files) }},
	}
}

// degrees are rounded to what a slider shows.
func degrees(a specs.Angle) float64 { return math.Round(float64(a)*180/math.Pi*1e6) / 1e6 }

// rowHeight is that of a row of the cascade.
const rowHeight = 26.0

// list shows the stages: what they cost, and which read.
func (v *View) list(c *window.Canvas, in window.Rect) {
	row := func(i int) window.Rect {
		y := in.Y0 + rowHeight*float64(i)
		r := window.Rect{X0: in.X0, Y0: y, X1: in.X1, Y1: y + rowHeight - 2}
		if i == v.showing+1 {
			c.Round(r, 5, window.Raised)
		}
		return r
	}
	r := row(0)
	c.Text(window.Point{X: r.X0 + 22, Y: r.Mid().Y}, "Picture", window.Body, window.Ink)
	for i, s := range v.stages() {
		r := row(i + 1)
		dot := window.Point{X: r.X0 + 10, Y: r.Mid().Y}
		ink := window.Fade(window.Faint, 0.7)
		switch {
		case s.used:
			ink = window.Good
			c.Dot(dot, 4.5, ink)
		case len(s.texts) > 0: // it would
			c.Ring(dot, 4, 1.5, window.Good)
			ink = window.Ink
		case s.reached:
			c.Dot(dot, 2.5, window.Faint)
			ink = window.Ink
		default:
			c.Dot(dot, 2, window.Edge)
		}
		c.Text(window.Point{X: r.X0 + 22, Y: r.Mid().Y}, s.name, window.Body, ink)
		c.TextRight(window.Point{X: r.X1 - 8, Y: r.Mid().Y}, fmt.Sprintf("%.1f ms", milliseconds(s.cost)), window.Digit, window.Faint)
	}
}

// choose shows the stage of a row.
func (v *View) choose(at window.Point, in window.Rect) {
	v.show(int((at.Y-in.Y0)/rowHeight) - 1)
}

// cost shows how much of the budget is spent.
func (v *View) cost(c *window.Canvas, in window.Rect) {
	budget, spent := milliseconds(v.params.Budget.D()), milliseconds(v.last.cost)
	ink := window.Accent
	if spent >= budget {
		ink = window.Warn
	}
	c.Text(window.Point{X: in.X0, Y: in.Y0 + 12}, "cost", window.Label, window.Faint)
	c.TextRight(window.Point{X: in.X1, Y: in.Y0 + 12}, fmt.Sprintf("%.1f of %.0f ms", spent, budget), window.Digit, window.Ink)
	bar := window.Rect{X0: in.X0, Y0: in.Y0 + 26, X1: in.X1, Y1: in.Y0 + 30}
	c.Round(bar, 2, window.Edge)
	if bar.X1 = bar.X0 + bar.W()*min(spent/max(budget, 1e-9), 1); bar.W() > 4 {
		c.Round(bar, 2, ink)
	}
}

// read shows the codes that the cascade reads.
func (v *View) read(c *window.Canvas, in window.Rect) {
	if len(v.last.codes) == 0 {
		text, ink := "nothing", window.Warn
		if !v.current {
			text, ink = "reading…", window.Faint
		}
		c.Text(window.Point{X: in.X0, Y: in.Y0 + 12}, text, window.Body, ink)
	}
	for i, code := range v.last.codes {
		y := in.Y0 + 40*float64(i)
		c.Text(window.Point{X: in.X0, Y: y + 10}, c.Shorten(fmt.Sprintf("%q", code.Text), window.Body, in.W()), window.Body, window.Good)
		c.Text(window.Point{X: in.X0, Y: y + 27}, fmt.Sprintf("grade %s, %s", grade(&code), code.Stage), window.Label, window.Faint)
	}
}

func grade(c *vision.Code) string { return string("FDCBA"[min(max(c.Quality.Grade, 0), 4)]) }

func (v *View) regionRows() []window.Row {
	if len(v.params.Regions) == 0 {
		return []window.Row{{Name: "drag on the picture", Value: "all of it"}}
	}
	var rows []window.Row
	for i, r := range v.params.Regions {
		row := window.Row{Name: fmt.Sprint(i + 1), Value: fmt.Sprintf("%d,%d %dx%d", r.X, r.Y, r.W, r.H)}
		if i == v.region {
			row.Color = window.Accent
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *View) fileRows() []window.Row {
	rows := []window.Row{{Name: filepath.Base(v.files[v.file]), Value: fmt.Sprintf("%d of %d", v.file+1, len(v.files))}}
	if len(v.files) == 1 {
		return rows
	}
	read := 0
	for _, n := range v.counts {
		if n > 0 {
			read++
		}
	}
	ink := color.NRGBA{}
	switch {
	case len(v.counts) < len(v.files):
		ink = window.Faint // still at it
	case read == len(v.files):
		ink = window.Good
	default:
		ink = window.Warn
	}
	return append(rows, window.Row{Name: "with a code", Value: fmt.Sprintf("%d of %d", read, len(v.counts)), Color: ink})
}
