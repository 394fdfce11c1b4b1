package snip

import (
	"fmt"
	"math"

	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

// drag is what the left button of the mouse is doing.
type drag struct {
	kind  dragKind
	again bool // the selected region is drawn anew
	from  window.Point
	rect  vision.Rect // as it would be
	start vision.Rect // as it was
	// Which edges of the region move.
	left, right, top, bottom bool
}

type dragKind int

const (
	none dragKind = iota
	drawing
	moving
	resizing
)

// reach is how near to an edge the mouse takes hold of it, in points.
const reach = 7

// handleDrag draws, moves and resizes; false for what is none of its business.
func (v *View) handleDrag(e window.Event) bool {
	switch e := e.(type) {
	case window.Pressed:
		if e.Button != window.Left || v.pane.Image == nil || !v.pane.Rect.Has(e.At) {
			return false
		}
		v.message = ""
		v.begin(e)
		return true
	case window.Moved:
		if v.drag.kind == none {
			return false
		}
		v.pull(e.At)
		return true
	case window.Released:
		if v.drag.kind == none || e.Button != window.Left {
			return false
		}
		v.pull(e.At)
		v.finish()
		return true
	case window.KeyDown:
		if v.drag.kind == none {
			return false
		}
		if e.Key == window.Escape { // as if it had not begun
			v.drag, v.message = drag{}, "abandoned"
		}
		return true
	}
	return false
}

// begin takes hold of an edge of the selected region, of a region, or of nothing.
func (v *View) begin(e window.Pressed) {
	again := v.drag.again
	v.drag = drag{kind: drawing, again: again, from: e.At, rect: v.between(e.At, e.At)}
	if again {
		return
	}
	if i := v.now.selected; i >= 0 && v.shown(v.now.regions[i]) && v.grab(i, e.At) {
		return
	}
	for i := len(v.now.regions) - 1; i >= 0; i-- {
		r := v.now.regions[i]
		if v.shown(r) && v.onScreen(r.Rect).Has(e.At) && !e.Mods.Has(window.Shift) {
			v.now.selected = i
			v.drag = drag{kind: moving, from: e.At, rect: r.Rect, start: r.Rect}
			return
		}
	}
}

// grab takes hold of the edges of a region that are near.
func (v *View) grab(i int, at window.Point) bool {
	rect := v.now.regions[i].Rect
	r := v.onScreen(rect)
	if !r.Inset(-reach).Has(at) {
		return false
	}
	d := drag{kind: resizing, from: at, rect: rect, start: rect}
	near := func(a, b float64) bool { return math.Abs(a-b) <= reach }
	d.left, d.right = near(at.X, r.X0), near(at.X, r.X1)
	d.top, d.bottom = near(at.Y, r.Y0), near(at.Y, r.Y1)
	if d.left && d.right {
		d.left = at.X < r.Mid().X
		d.right = !d.left
	}
	if d.top && d.bottom {
		d.top = at.Y < r.Mid().Y
		d.bottom = !d.top
	}
	if !d.left && !d.right && !d.top && !d.bottom {
		return false
	}
	v.drag = d
	return true
}

// onScreen is where a region is in the window.
func (v *View) onScreen(r vision.Rect) window.Rect {
	a, b := v.pane.EdgeToWindow(float64(r.X0), float64(r.Y0)), v.pane.EdgeToWindow(float64(r.X1), float64(r.Y1))
	return window.Rect{X0: a.X, Y0: a.Y, X1: b.X, Y1: b.Y}
}

// between is the region of the pixels between two places, both included.
func (v *View) between(a, b window.Point) vision.Rect {
	w, h := v.shot.size(v.onDepth)
	p, q := v.pane.ToImage(a), v.pane.ToImage(b)
	x0, x1 := pixel(min(p.X, q.X), w), pixel(max(p.X, q.X), w)
	y0, y1 := pixel(min(p.Y, q.Y), h), pixel(max(p.Y, q.Y), h)
	return vision.Rect{X0: x0, Y0: y0, X1: x1 + 1, Y1: y1 + 1}
}

// pixel is the one of n that a coordinate falls into, or the nearest one.
func pixel(x float64, n int) int { return int(min(max(math.Floor(x+0.5), 0), float64(n-1))) }

// pull goes on with a drag.
func (v *View) pull(to window.Point) {
	d := &v.drag
	p, q := v.pane.ToImage(d.from), v.pane.ToImage(to)
	dx, dy := int(math.Round(q.X-p.X)), int(math.Round(q.Y-p.Y))
	switch d.kind {
	case drawing:
		d.rect = v.between(d.from, to)
	case moving:
		d.rect = v.shift(d.start, dx, dy)
	case resizing:
		w, h := v.shot.size(v.onDepth)
		r := d.start
		if d.left {
			r.X0 = min(max(r.X0+dx, 0), r.X1-leastSide)
		}
		if d.right {
			r.X1 = max(min(r.X1+dx, w), r.X0+leastSide)
		}
		if d.top {
			r.Y0 = min(max(r.Y0+dy, 0), r.Y1-leastSide)
		}
		if d.bottom {
			r.Y1 = max(min(r.Y1+dy, h), r.Y0+leastSide)
		}
		d.rect = r
	}
}

// finish ends a drag: what was drawn counts.
func (v *View) finish() {
	d := v.drag
	v.drag = drag{}
	i := v.now.selected
	if d.kind != drawing {
		if d.rect != d.start {
			v.do("", func(doc *document) { doc.regions[i].Rect = d.rect })
		}
		return
	}
	if d.rect.X1-d.rect.X0 < leastSide || d.rect.Y1-d.rect.Y0 < leastSide {
		if d.again {
			v.drag.again = true // a click draws nothing
		} else {
			v.now.selected = -1
		}
		return
	}
	if d.again && i >= 0 {
		v.do("", func(doc *document) {
			doc.regions[i].Rect, doc.regions[i].Source, doc.regions[i].Depth = d.rect, v.source, v.onDepth
		})
		v.message = v.now.regions[i].Name + " is drawn again"
		return
	}
	v.do("", func(doc *document) {
		doc.regions = append(doc.regions, Region{freeName(doc, v.taken), v.source, v.onDepth, d.rect})
		doc.selected = len(doc.regions) - 1
	})
	v.message = fmt.Sprintf("%s; Enter names it", v.now.regions[v.now.selected].Name)
}
