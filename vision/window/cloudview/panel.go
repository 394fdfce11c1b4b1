package cloudview

import (
	"fmt"
	"math"

	"linetwin.dev/vision/window"
)

// mostSize is the largest point, in points of the window.
const mostSize = 6

// build makes the panel.
func (v *View) build() {
	names := map[Coloring]string{ByDepth: "Depth", ByRGB: "RGB", ByDeviation: "Deviation"}
	if v.cloud.ZUp {
		names[ByDepth] = "Height"
	}
	var options []string
	for _, c := range v.choices {
		options = append(options, names[c])
	}
	name := v.cloud.Name
	if name == "" {
		name = "Cloud"
	}
	size := v.all.hi.sub(v.all.lo)
	add := func(w ...window.Widget) { v.panel.Items = append(v.panel.Items, w...) }
	add(
		&window.Heading{Text: name},
		&window.Table{Rows: func() []window.Row {
			return []window.Row{
				{Name: "points", Value: grouped(v.cloud.Len())},
				{Name: "size", Value: fmt.Sprintf("%.0f x %.0f x %.0f mm", size[0], size[1], size[2])},
			}
		}},
		&window.Heading{Text: "Colour"},
		&window.Choice{
			Options: options,
			Get: func() int {
				for i, c := range v.choices {
					if c == v.coloring {
						return i
					}
				}
				return 0
			},
			Set: func(i int) { v.coloring = v.choices[i] },
		},
		&window.Figure{High: v.legendHeight, Show: v.legend},
	)
	if v.cloud.Deviation != nil {
		add(&window.Slider{
			Label: "Full colour at", Unit: "mm", Min: 0.1, Max: max(4*v.deviation, 5), Step: 0.1, Usual: v.deviation,
			Get:    func() float64 { return v.deviation },
			Set:    func(x float64) { v.deviation = x },
			Hidden: func() bool { return v.coloring != ByDeviation },
		})
	}
	add(
		&window.Heading{Text: "Measure"},
		&window.Table{Rows: v.measures},
		&window.Heading{Text: "View"},
		&window.Slider{
			Label: "Point size", Unit: "px", Min: 1, Max: mostSize, Step: 1, Usual: 2,
			Get: func() float64 { return v.size }, Set: func(x float64) { v.size = x },
		},
		&window.Toggle{Label: "Shading", Get: func() bool { return v.lit }, Set: func(b bool) { v.lit = b }},
		&window.Toggle{Label: "Axes and grid", Get: func() bool { return v.grid }, Set: func(b bool) { v.grid = b }},
		&window.Push{Label: "Fit", Hint: "F", Do: v.fit},
		&window.Heading{Text: "Clip box"},
		&window.Toggle{Label: "Clip", Get: func() bool { return v.clipping }, Set: func(b bool) { v.clipping = b }},
	)
	for k, axis := range []string{"x", "y", "z"} {
		v.face(axis+" from", k, false)
		v.face(axis+" to", k, true)
	}
}

// face adds the slider of a face of the clip box.
func (v *View) face(label string, k int, upper bool) {
	lo, hi := v.all.lo[k], v.all.hi[k]
	step := niceUp(max(hi-lo, 1e-3) / 2000)
	lo, hi = math.Floor(lo/step)*step, math.Ceil(hi/step)*step
	own, other := &v.clip.lo[k], &v.clip.hi[k]
	usual := lo
	if upper {
		own, other, usual = other, own, hi
	}
	*own = usual
	v.panel.Items = append(v.panel.Items, &window.Slider{
		Label: label, Unit: "mm", Min: lo, Max: hi, Step: step, Usual: usual,
		Get: func() float64 { return *own },
		Set: func(x float64) {
			// A face stops at the one across.
			if upper {
				x = max(x, *other)
			} else {
				x = min(x, *other)
			}
			*own = x
		},
		Hidden: func() bool { return !v.clipping },
	})
}

// measures are the rows about the points that were picked.
func (v *View) measures() []window.Row {
	switch len(v.picked) {
	case 0:
		return []window.Row{{Name: "click two points", Value: " "}}
	case 1:
		p := v.cloud.at(v.picked[0])
		return []window.Row{
			{Name: "from", Value: fmt.Sprintf("%.1f %.1f %.1f mm", p[0], p[1], p[2])},
			{Name: "click the second", Value: " "},
		}
	}
	d := v.cloud.at(v.picked[1]).sub(v.cloud.at(v.picked[0]))
	return []window.Row{
		{Name: "distance", Value: fmt.Sprintf("%.2f mm", d.norm()), Color: mark},
		{Name: "along x", Value: fmt.Sprintf("%+.2f mm", d[0])},
		{Name: "along y", Value: fmt.Sprintf("%+.2f mm", d[1])},
		{Name: "along z", Value: fmt.Sprintf("%+.2f mm", d[2])},
	}
}

func (v *View) legendHeight() float64 {
	if v.coloring == ByRGB {
		return 0
	}
	return 44
}

// legend shows which colour says what.
func (v *View) legend(c *window.Canvas, in window.Rect) {
	bar := window.Rect{X0: in.X0, Y0: in.Y0 + 6, X1: in.X1, Y1: in.Y0 + 18}
	one := 1 / c.Scale
	lo, hi := v.span[0], v.span[1]
	if v.coloring == ByDeviation {
		lo, hi = -v.deviation, v.deviation
	}
	for x := bar.X0; x < bar.X1; x += one {
		t := (x - bar.X0) / bar.W()
		col := window.Viridis(t)
		if v.coloring == ByDeviation {
			col = window.Diverging(2*t - 1)
		} else if !v.cloud.ZUp {
			col = window.Viridis(1 - t)
		}
		c.Fill(window.Rect{X0: x, Y0: bar.Y0, X1: x + one, Y1: bar.Y1}, col)
	}
	y := bar.Y1 + 13
	c.Text(window.Point{X: bar.X0, Y: y}, fmt.Sprintf("%.4g", lo), window.Digit, window.Faint)
	c.TextMid(window.Point{X: bar.Mid().X, Y: y}, fmt.Sprintf("%.4g", (lo+hi)/2), window.Digit, window.Faint)
	c.TextRight(window.Point{X: bar.X1, Y: y}, fmt.Sprintf("%.4g mm", hi), window.Digit, window.Faint)
}
