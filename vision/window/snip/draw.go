package snip

import (
	"fmt"

	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

var keys = []window.KeyHint{
	{Key: "drag", Does: "draw"}, {Key: "R", Does: "redraw"}, {Key: "Enter", Does: "name"}, {Key: "N", Does: "next"},
	{Key: "Ctrl Z", Does: "undo"}, {Key: "Ctrl S", Does: "save"}, {Key: "F", Does: "fit"}, {Key: "right", Does: "move"},
	{Key: "Ctrl Q", Does: "abandon"},
}

// build makes the panel.
func (v *View) build() {
	selected := func() int { return v.now.selected }
	unselected := func() bool { return selected() < 0 }
	v.name = &window.TextLine{
		Label: "Name", Empty: "select a region",
		Get: func() string {
			if unselected() {
				return ""
			}
			return v.now.regions[selected()].Name
		},
		Set: func(s string) {
			if i := selected(); i >= 0 {
				v.message = ""
				v.do(fmt.Sprint("name ", i), func(d *document) { d.regions[i].Name = s })
			}
		},
		Wrong: func() string {
			if unselected() {
				return ""
			}
			return wrongName(&v.now, selected(), v.taken)
		},
	}
	v.panel.Items = []window.Widget{
		&window.Heading{Text: "Region"},
		&window.Figure{High: func() float64 { return 190 }, Show: v.magnified},
		&window.Table{Rows: v.rows},
		v.name,
		&window.Push{Label: "Draw again", Half: true, Hint: "R", Do: v.redraw, Off: unselected},
		&window.Push{Label: "Delete", Half: true, Hint: "Del", Do: v.remove, Off: unselected},
		&window.Heading{Text: "Regions"},
		&window.Figure{High: func() float64 { return 26 * float64(max(len(v.now.regions), 1)) }, Show: v.list, Click: v.choose},
		&window.Heading{Text: "Pictures"},
		&window.Table{Rows: func() []window.Row {
			return []window.Row{{Name: v.sources[v.source].Name, Value: fmt.Sprintf("%d of %d", v.source+1, len(v.sources))}}
		}},
		&window.Push{Label: "Skip", Half: true, Hint: "N", Do: func() { v.skip(1) }, Off: func() bool { return v.source+1 >= len(v.sources) }},
		&window.Push{Label: "Depth", Half: true, Hint: "D", Do: v.toggleDepth, Off: func() bool { return !v.canToggle() }},
		&window.Push{Label: "Abandon", Half: true, Hint: "Ctrl Q", Do: v.abandon},
		&window.Push{Label: "Save all", Half: true, Hint: "Ctrl S", Main: true, Do: v.saveAll, Off: func() bool { return len(v.now.regions) == 0 }},
	}
}

// current is the region that is shown live: the one that is drawn, or the selected one.
func (v *View) current() (r vision.Rect, depth, ok bool) {
	if v.failed != "" {
		return r, false, false
	}
	if v.drag.kind != none {
		return v.drag.rect, v.onDepth, true
	}
	if i := v.now.selected; i >= 0 && v.shown(v.now.regions[i]) {
		return v.now.regions[i].Rect, v.onDepth, true
	}
	return r, false, false
}

func (v *View) rows() []window.Row {
	if r, depth, ok := v.current(); ok {
		return measure(&v.shot, r, depth)
	}
	return []window.Row{{Name: "draw a region on the picture", Value: " "}}
}

// magnified shows the region as large as it goes.
func (v *View) magnified(c *window.Canvas, in window.Rect) {
	in = window.Rect{X0: in.X0, Y0: in.Y0 + 2, X1: in.X1, Y1: in.Y1 - 8}
	c.Round(in, 6, window.Ground)
	r, _, ok := v.current()
	if !ok || v.preview == nil {
		return
	}
	w, h := float64(r.X1-r.X0), float64(r.Y1-r.Y0)
	zoom := min((in.W()-16)/w, (in.H()-16)/h)
	mid := in.Mid()
	at := window.Rect{X0: mid.X - zoom*w/2, Y0: mid.Y - zoom*h/2, X1: mid.X + zoom*w/2, Y1: mid.Y + zoom*h/2}
	c.Within(at, func() {
		c.Picture(v.preview, window.Point{X: at.X0 - zoom*float64(r.X0), Y: at.Y0 - zoom*float64(r.Y0)}, zoom)
	})
}

// list shows the regions of all sources.
func (v *View) list(c *window.Canvas, in window.Rect) {
	if len(v.now.regions) == 0 {
		c.Text(window.Point{X: in.X0, Y: in.Y0 + 13}, "none yet", window.Label, window.Faint)
	}
	for i, r := range v.now.regions {
		row := window.Rect{X0: in.X0, Y0: in.Y0 + 26*float64(i), X1: in.X1, Y1: in.Y0 + 26*float64(i+1) - 2}
		ink := window.Faint
		if r.Source == v.source {
			ink = window.Ink
		}
		if i == v.now.selected {
			c.Round(row, 5, window.Raised)
			ink = window.Accent
		}
		if wrongName(&v.now, i, v.taken) != "" {
			ink = window.Bad
		}
		c.TextRight(window.Point{X: row.X1 - 8, Y: row.Mid().Y}, fmt.Sprintf("%d x %d", r.Rect.X1-r.Rect.X0, r.Rect.Y1-r.Rect.Y0), window.Digit, window.Faint)
		c.Text(window.Point{X: row.X0 + 8, Y: row.Mid().Y}, c.Shorten(r.Name, window.Body, row.W()-110), window.Body, ink)
	}
}

// choose selects the region of a row, and shows its source.
func (v *View) choose(at window.Point, in window.Rect) {
	if i := int((at.Y - in.Y0) / 26); i >= 0 && i < len(v.now.regions) {
		v.now.selected = i
		v.follow()
	}
}

// Draw implements window.View.
func (v *View) Draw(c *window.Canvas) {
	if v.scale != c.Scale {
		return // before the first Resized
	}
	v.layout()
	v.pane.Draw(c)
	c.Within(v.pane.Rect, func() {
		for i, r := range v.now.regions {
			if v.shown(r) && (i != v.now.selected || v.drag.kind == none || v.drag.again) {
				v.outline(c, r.Rect, r.Name, i == v.now.selected)
			}
		}
		if v.drag.kind != none {
			v.outline(c, v.drag.rect, fmt.Sprintf("%d x %d", v.drag.rect.X1-v.drag.rect.X0, v.drag.rect.Y1-v.drag.rect.Y0), true)
		}
	})
	if v.failed != "" {
		c.TextMid(v.pane.Rect.Mid(), v.failed, window.Body, window.Bad)
	}
	v.panel.Draw(c)
	ink := window.Ink
	if v.failed != "" || v.warned {
		ink = window.Warn
	}
	_, line := window.Rect{X1: v.w, Y1: v.h}.CutTop(v.h - window.StatusHeight)
	window.Status(c, line, v.status(), ink, keys)
}

// outline draws a region: around its pixels, with handles where it is selected.
func (v *View) outline(c *window.Canvas, rect vision.Rect, label string, selected bool) {
	r, in := v.onScreen(rect), v.pane.Rect
	if r.X1 < in.X0 || r.X0 > in.X1 || r.Y1 < in.Y0 || r.Y0 > in.Y1 {
		return
	}
	ink, width := window.Mix(window.Accent, window.Ink, 0.55), 1.5
	if selected {
		ink, width = window.Accent, 2
		c.Fill(r, window.Fade(window.Accent, 0.08))
	}
	c.Frame(r.Inset(-width-1), 2, 1, window.Fade(window.Ground, 0.7))
	c.Frame(r.Inset(-width), 2, width, ink)
	if selected {
		for _, p := range []window.Point{{X: r.X0, Y: r.Y0}, {X: r.X1, Y: r.Y0}, {X: r.X0, Y: r.Y1}, {X: r.X1, Y: r.Y1}} {
			c.Dot(p, 5, window.Fade(window.Ground, 0.8))
			c.Dot(p, 3.5, window.Ink)
		}
	}
	c.Tag(window.Point{X: r.X0 - 1, Y: r.Y0 - 26}, label, window.Ink, v.pane.Rect)
}
