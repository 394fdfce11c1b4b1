package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

const (
	panelW, panelH = 540, 218
	bins           = 48
)

// histogramPlot draws how often which value occurred, with percentiles and bounds.
func histogramPlot(d Distribution, expect []Result) template.HTML {
	v := d.Value
	lo, hi := *v.Min, *v.Max
	marks := []mark{{*v.P50, "p50", false}, {*v.P99, "p99", false}, {*v.Max, "max", false}}
	bounds := boundMarks(d.Name, expect)
	// A bound that is near the samples belongs into the picture.
	for _, b := range bounds {
		if b.at > hi && b.at <= 2.2**v.Max {
			hi = b.at
		}
		if b.at < lo && b.at >= lo-(*v.Max-lo) {
			lo = b.at
		}
	}
	s := v.scale(hi)
	var x axis
	if wide, ok := wideAxis(d, hi); ok {
		x = wide
	} else {
		if lo < 0.5*hi {
			lo = 0
		}
		x = linearAxis(lo, hi, 6, s)
	}
	counts := rebin(d.Bars, x)
	most := uint64(0)
	for _, n := range counts {
		most = max(most, n)
	}
	y := linearAxis(0, float64(most), 4, scalePlain)
	if most < 4 {
		y = linearAxis(0, float64(most), int(most), scalePlain)
	}
	if !x.log && len(x.ticks) > 0 {
		x.ticks[len(x.ticks)-1].label += s.label
	}
	p := newPlot(panelW, panelH, x, y, "histogram of "+d.Name)
	labels := p.place(append(marks, bounds...))
	p.grid()
	edge := func(i int) float64 { return p.left + (p.right-p.left)*float64(i)/bins }
	for i, n := range counts {
		if n == 0 {
			continue
		}
		from, to := binEdge(x, i), binEdge(x, i+1)
		top := p.y.pixel(float64(n))
		title := fmt.Sprintf("%s to %s: %s, %s", v.scale(to).format(from, 4), v.scale(to).format(to, 4), plural(n, "sample"),
			scalePercent.format(float64(n)/float64(*v.Count), 3))
		p.rect("bar", edge(i)+0.5, min(top, p.bottom-1), edge(i+1)-edge(i)-1, max(p.bottom-top, 1), title)
	}
	p.vertical(labels)
	p.unitOf("samples")
	return p.html()
}

// wideAxis is a logarithmic axis for samples of which the largest is far beyond the
// typical one; ok is false where a linear axis serves better.
func wideAxis(d Distribution, hi float64) (a axis, ok bool) {
	smallest := positive(d.Bars)
	if smallest <= 0 || hi/max(*d.Value.P50, smallest) <= 30 {
		return axis{}, false
	}
	return logAxis(max(smallest, hi*1e-6)*0.9, hi*1.1, d.Value.Unit), true
}

// positive is the start of the smallest bar above 0.
func positive(bars []Bar) float64 {
	for _, b := range bars {
		if b.From > 0 {
			return b.From
		}
	}
	return 0
}

// binEdge is the value at the i-th of the equal steps along the axis.
func binEdge(x axis, i int) float64 {
	f := float64(i) / bins
	if x.log {
		return x.lo * math.Pow(x.hi/x.lo, f)
	}
	return x.lo + (x.hi-x.lo)*f
}

// rebin counts the samples in equal steps along the axis.
func rebin(bars []Bar, x axis) []uint64 {
	counts := make([]uint64, bins)
	x.from, x.to = 0, bins
	for _, b := range bars {
		v := max((b.From+b.To)/2, x.lo)
		counts[min(max(int(x.pixel(v)), 0), bins-1)] += b.Count
	}
	return counts
}

// percentilePlot draws which value what part of the samples does not exceed, with
// an axis that gives every nine of the tail the same room.
func percentilePlot(d Distribution, expect []Result) template.HTML {
	v := d.Value
	n := float64(*v.Count)
	lo, hi := *v.Min, *v.Max
	bounds := boundMarks(d.Name, expect)
	for _, b := range bounds {
		if b.at > hi && b.at <= 2.2**v.Max {
			hi = b.at
		}
	}
	if lo < 0.5*hi {
		lo = 0
	}
	s := v.scale(hi)
	y, log := wideAxis(d, hi)
	if !log {
		y = linearAxis(lo, hi, 5, s)
	}
	// The largest sample alone fills the end of the axis: it gets a third of a decade.
	tail := func(q float64) float64 { return -math.Log10(max(1-q, 0.5/n)) }
	x := axis{lo: 0, hi: max(tail(1), 1)}
	for _, q := range []struct {
		q     float64
		label string
	}{{0, "0"}, {0.5, "50"}, {0.9, "90"}, {0.99, "99"}, {0.999, "99.9"}, {0.9999, "99.99"}, {0.99999, "99.999"}, {0.999999, "99.9999"}} {
		if at := -math.Log10(1 - q.q); at <= x.hi+1e-9 {
			x.ticks = append(x.ticks, axisTick{at, q.label + " %"})
		}
	}
	p := newPlot(panelW, panelH, x, y, "percentiles of "+d.Name)
	p.grid()
	var line strings.Builder
	fmt.Fprintf(&line, "M%s %s", px(p.left), px(p.y.pixel(max(*v.Min, y.lo))))
	seen, lastX, lastY := 0.0, math.Inf(-1), ""
	for _, b := range d.Bars {
		// The samples of this bar reach from quantile seen/n to (seen+count)/n.
		value := p.y.pixel(max(min(max((b.From+b.To)/2, *v.Min), *v.Max), y.lo))
		seen += float64(b.Count)
		at := p.x.pixel(tail(seen / n))
		if h := px(value); at-lastX >= 0.4 && h != lastY || seen == n {
			fmt.Fprintf(&line, "V%sH%s", h, px(at))
			lastX, lastY = at, h
		}
	}
	p.path("curve", line.String(), "")
	p.horizontal(bounds)
	for _, q := range []struct {
		q    float64
		name string
		v    *float64
	}{{0.5, "p50", v.P50}, {0.9, "p90", v.P90}, {0.99, "p99", v.P99}, {0.999, "p99.9", v.P999}} {
		if at := -math.Log10(1 - q.q); at <= x.hi {
			p.rect("dot", p.x.pixel(at)-3, p.y.pixel(max(*q.v, y.lo))-3, 6, 6, q.name+": "+v.scale(*q.v).format(*q.v, 4))
		}
	}
	if !log {
		p.unitOf(strings.TrimSpace(s.label))
	}
	return p.html()
}
