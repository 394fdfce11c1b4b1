package qrtune

import (
	"fmt"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

var keys = []window.KeyHint{
	{Key: "drag", Does: "region"}, {Key: "J K", Does: "stages"}, {Key: "Esc", Does: "picture"}, {Key: "N P", Does: "files"},
	{Key: "Ctrl S", Does: "save"}, {Key: "wheel", Does: "zoom"}, {Key: "F", Does: "fit"}, {Key: "Ctrl Q", Does: "close"},
}

// Draw implements window.View.
func (v *View) Draw(c *window.Canvas) {
	if v.scale != c.Scale {
		return // before the first Resized
	}
	v.layout()
	v.pane.Draw(c)
	c.Within(v.pane.Rect, func() {
		if all := v.stages(); v.showing >= 0 && v.showing < len(all) {
			s := all[v.showing]
			for _, o := range s.outlines {
				v.outline(c, o, "")
			}
			c.Tag(window.Point{X: v.pane.Rect.X0 + 12, Y: v.pane.Rect.Y0 + 12}, said(&s), window.Ink, v.pane.Rect)
			return
		}
		for i, r := range v.params.Regions {
			v.frame(c, r, i == v.region, fmt.Sprint(i+1))
		}
		if v.drawing {
			v.frame(c, v.drawn, true, fmt.Sprintf("%d x %d", v.drawn.W, v.drawn.H))
		}
		for _, code := range v.last.codes {
			v.outline(c, code.Corners, code.Text)
		}
	})
	if v.failed != "" {
		c.TextMid(v.pane.Rect.Mid(), v.failed, window.Body, window.Bad)
	}
	v.cascade.Draw(c)
	v.controls.Draw(c)
	edge := v.cascade.Rect
	c.Fill(window.Rect{X0: edge.X1 - 1, Y0: edge.Y0, X1: edge.X1, Y1: edge.Y1}, window.Edge)
	_, line := window.Rect{X1: v.w, Y1: v.h}.CutTop(v.h - window.StatusHeight)
	ink := window.Ink
	if v.warned {
		ink = window.Warn
	}
	window.Status(c, line, v.status(), ink, keys)
}

// said tells in a line what a stage came to.
func said(s *stage) string {
	text := fmt.Sprintf("%s: %d x %d px, %.1f ms", s.name, s.image.W, s.image.H, milliseconds(s.cost))
	for _, t := range s.texts {
		text += fmt.Sprintf(", %q", t)
	}
	switch {
	case len(s.texts) == 0:
		text += ", reads nothing"
	case s.used:
		text += ", and the cascade ends"
	case !s.reached:
		text += ", but is not reached"
	}
	return text
}

// outline draws around a code; a dot marks its upper left corner as it was printed.
func (v *View) outline(c *window.Canvas, corners [4]vision.Point, text string) {
	var at [4]window.Point
	for i, p := range corners {
		at[i] = v.pane.ToWindow(window.Point{X: p.X, Y: p.Y})
	}
	c.Path(at[:], true, 4, window.Fade(window.Ground, 0.6))
	c.Path(at[:], true, 2, window.Good)
	c.Dot(at[0], 5, window.Fade(window.Ground, 0.7))
	c.Dot(at[0], 3.5, window.Good)
	if text != "" {
		low := at[0]
		for _, p := range at {
			low.X, low.Y = min(low.X, p.X), max(low.Y, p.Y)
		}
		c.Tag(window.Point{X: low.X, Y: low.Y + 8}, c.Shorten(text, window.Digit, 280), window.Good, v.pane.Rect)
	}
}

// frame draws a region.
func (v *View) frame(c *window.Canvas, r specs.Region, selected bool, label string) {
	a, b := v.pane.EdgeToWindow(float64(r.X), float64(r.Y)), v.pane.EdgeToWindow(float64(r.X+r.W), float64(r.Y+r.H))
	in := window.Rect{X0: a.X, Y0: a.Y, X1: b.X, Y1: b.Y}
	ink, width := window.Mix(window.Accent, window.Ink, 0.55), 1.5
	if selected {
		ink, width = window.Accent, 2
		c.Fill(in, window.Fade(window.Accent, 0.08))
	}
	c.Frame(in.Inset(-width), 2, width, ink)
	c.Tag(window.Point{X: in.X0, Y: in.Y0 - 26}, label, window.Ink, v.pane.Rect)
}

func (v *View) status() string {
	switch {
	case v.failed != "":
		return v.failed
	case v.message != "":
		return v.message
	case v.last.err != nil:
		return v.last.err.Error()
	}
	at := v.pane.ToImage(v.mouse)
	if v.pane.Rect.Has(v.mouse) {
		return fmt.Sprintf("x %.2f   y %.2f   %.0f %%", at.X, at.Y, 100*v.pane.Zoom())
	}
	switch {
	case !same(v.params, v.saved):
		return "not saved yet"
	case v.own:
		return "saved in " + v.path
	}
	return "Ctrl S saves to " + v.path
}
