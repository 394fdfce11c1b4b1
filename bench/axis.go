package bench

import (
	"fmt"
	"math"
)

// axis maps values onto pixels, and knows its ticks.
type axis struct {
	lo, hi   float64 // values at the ends
	from, to float64 // pixels at the ends
	log      bool
	ticks    []axisTick
}

type axisTick struct {
	at    float64
	label string
}

// pixel of a value.
func (a axis) pixel(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log(lo), math.Log(hi), math.Log(v)
	}
	if hi == lo {
		return (a.from + a.to) / 2
	}
	return a.from + (v-lo)/(hi-lo)*(a.to-a.from)
}

// holds tells whether v is on the axis.
func (a axis) holds(v float64) bool { return v >= a.lo && v <= a.hi }

// linearAxis covers lo to hi, rounded outwards to about n ticks at round numbers
// of the scale.
func linearAxis(lo, hi float64, n int, s scale) axis {
	if !(hi > lo) {
		pad := max(math.Abs(lo)*0.05, s.per*0.5)
		lo, hi = lo-pad, hi+pad
	}
	lo, hi = lo/s.per, hi/s.per
	step := roundStep((hi - lo) / float64(n))
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	a := axis{lo: first * step * s.per, hi: last * step * s.per}
	for i := first; i <= last; i++ {
		a.ticks = append(a.ticks, axisTick{i * step * s.per, fixed(i*step, decimals, false)})
	}
	return a
}

// roundStep is 1, 2 or 5 times a power of ten, not below v.
func roundStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// logAxis covers lo to hi, both above 0, with a tick at 1, 2 and 5 of every decade,
// or at the decades alone when there are many.
func logAxis(lo, hi float64, u Unit) axis {
	a := axis{lo: lo, hi: hi, log: true}
	steps := []float64{1, 2, 5}
	if math.Log10(hi/lo) > 3 {
		steps = steps[:1]
	}
	for d := math.Floor(math.Log10(lo)); d <= math.Log10(hi); d++ {
		for _, m := range steps {
			if v := m * math.Pow(10, d); a.holds(v) {
				a.ticks = append(a.ticks, axisTick{v, u.Format(v)})
			}
		}
	}
	return a
}

// timeAxis covers lo to hi seconds exactly, with ticks at round times.
func timeAxis(lo, hi float64, n int) axis {
	if !(hi > lo) {
		hi = lo + 1
	}
	a := axis{lo: lo, hi: hi}
	step := roundStep((hi - lo) / float64(n))
	if step > 5 {
		for _, step = range []float64{10, 15, 20, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 6 * hour, 12 * hour, 24 * hour} {
			if (hi-lo)/step <= float64(n) {
				break
			}
		}
		for (hi-lo)/step > float64(n) {
			step *= 2
		}
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi*(1+1e-12); i++ {
		label := fixed(i*step, decimals, false) + " s"
		switch t := int64(math.Round(i * step)); {
		case hi > 2*hour:
			label = fmt.Sprintf("%d:%02d h", t/3600, t/60%60)
		case hi > 2*minute && step >= 1:
			label = fmt.Sprintf("%d:%02d", t/60, t%60)
		}
		a.ticks = append(a.ticks, axisTick{i * step, label})
	}
	return a
}

// clockTime is a time in the run for tooltips: "61.25 s", "2:03.5".
func clockTime(s float64) string {
	if s < 2*minute {
		return fixed(s, 2, true) + " s"
	}
	m := math.Floor(s / minute)
	return fmt.Sprintf("%d:%s", int64(m), pad2(fixed(s-m*minute, 1, true)))
}

func pad2(s string) string {
	if len(s) == 1 || s[1] == '.' {
		return "0" + s
	}
	return s
}

// plot is the area between two axes.
type plot struct {
	*canvas
	w, h                     float64
	left, right, top, bottom float64 // edges of the area, in pixels
	x, y                     axis
}

// newPlot starts a plot with room for the y axis' labels, and for one row of labels
// above the area.
func newPlot(w, h float64, x, y axis, description string) *plot {
	p := &plot{canvas: newCanvas(w, h, description), w: w, h: h, left: 52, right: w - 16, bottom: h - 24, x: x, y: y}
	p.x.from, p.x.to = p.left, p.right
	p.setRows(1)
	return p
}

// setRows makes room for this many rows of labels above the area, at least one.
func (p *plot) setRows(n int) {
	p.top = 10 + 14*float64(max(n, 1))
	p.y.from, p.y.to = p.bottom, p.top
}

// grid draws the axes with their ticks.
func (p *plot) grid() {
	for _, t := range p.y.ticks {
		y := p.y.pixel(t.at)
		p.line("g", p.left, y, p.right, y)
		p.text("t", atEnd, p.left-7, y+3.6, t.label)
	}
	p.line("a", p.left, p.bottom, p.right, p.bottom)
	for _, t := range p.x.ticks {
		x := p.x.pixel(t.at)
		p.line("a", x, p.bottom, x, p.bottom+4)
		anchor := atMiddle
		if half := textWidth(t.label) / 2; x+half > p.w {
			anchor = atEnd
			x = p.w - 1
		}
		p.text("t", anchor, x, p.bottom+16, t.label)
	}
}

// unitOf labels the y axis with its unit.
func (p *plot) unitOf(s string) { p.text("t u", atEnd, p.left-7, p.top-8, s) }
