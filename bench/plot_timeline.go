package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

const (
	pageW   = 1120.0
	laneH   = 26.0
	laneX   = 168.0 // where the lanes start, right of their names
	countW  = 56.0  // for the number of ticks, right of the lanes
	tallies = 110.0 // height of the throughput's plot
)

// timelinePlot draws the lanes, and below them how much went through.
func timelinePlot(t Timeline, end float64, faults []Fault) template.HTML {
	lanes := t.lanes()
	if len(lanes) == 0 {
		return ""
	}
	end = max(end, t.end())
	x := timeAxis(0, end, 14)
	x.from, x.to = laneX, pageW-countW
	top := 24.0
	bottom := top + laneH*float64(len(lanes))
	axisY := bottom
	hasTicks := len(t.Ticks) > 0
	if hasTicks {
		axisY += tallies
	}
	c := newCanvas(pageW, axisY+24, "timeline of the run")
	for _, f := range faults {
		if f.AtS > x.hi || f.AtS+f.ForS < x.lo {
			continue
		}
		a, b := x.pixel(max(f.AtS, x.lo)), x.pixel(min(f.AtS+f.ForS, x.hi))
		c.rect("fault", a, top-6, max(b-a, 2), axisY-top+6, f.String())
		label := f.Device + " " + f.Kind
		at := min(max((a+b)/2, laneX+textWidth(label)/2), pageW-countW-textWidth(label)/2)
		c.text("t ft", atMiddle, at, top-11, label)
	}
	gap, width := detail(t, lanes, x)
	for i, name := range lanes {
		y := top + laneH*float64(i)
		c.line("g", laneX, y+laneH, pageW-countW, y+laneH)
		c.text("lane", atEnd, laneX-12, y+laneH/2+4, clip(name, laneX-14))
		drawSpans(c, t, name, x, y, gap)
		groups, n := groupTicks(t, name, x, width)
		drawTicks(c, groups, y)
		if n > 0 {
			c.text("t", atEnd, pageW-4, y+laneH/2+4, count(uint64(n)))
		}
	}
	if hasTicks {
		drawThroughput(c, t, x, bottom, axisY)
	}
	c.line("a", laneX, axisY, pageW-countW, axisY)
	for _, k := range x.ticks {
		p := x.pixel(k.at)
		c.line("a", p, axisY, p, axisY+4)
		c.text("t", atMiddle, p, axisY+17, k.label)
	}
	return c.html()
}

// clip cuts a text to a width.
func clip(s string, width float64) string {
	r := []rune(s)
	if most := int(width / 6.6); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// drawSpans draws the states of a lane. A span that ends less than gap pixels
// behind the one before is left out, so that a lane that flickers stays a picture.
func drawSpans(c *canvas, t Timeline, lane string, x axis, y, gap float64) {
	for _, s := range visible(t, lane, x, gap) {
		a, b := x.pixel(max(s.From.Seconds(), x.lo)), x.pixel(min(s.To.Seconds(), x.hi))
		title := fmt.Sprintf("%s: %s, %s to %s", lane, s.Label, clockTime(s.From.Seconds()), clockTime(s.To.Seconds()))
		c.rect("span "+s.Kind.class(), a, y+4, max(b-a-0.6, 0.8), laneH-8, title)
		if textWidth(s.Label)+8 < b-a {
			c.text("t st", atStart, a+5, y+laneH/2+4, s.Label)
		}
	}
}

// visible are the spans of a lane that are drawn.
func visible(t Timeline, lane string, x axis, gap float64) []Span {
	var out []Span
	covered := math.Inf(-1)
	for _, s := range t.Spans {
		if s.Lane != lane || s.Kind == Struck {
			continue
		}
		a, b := x.pixel(max(s.From.Seconds(), x.lo)), x.pixel(min(s.To.Seconds(), x.hi))
		if b > covered+gap && b >= a {
			covered = b
			out = append(out, s)
		}
	}
	return out
}

// tickGroup is what is drawn as one: the ticks of one tone in one column of pixels.
type tickGroup struct {
	tone   Tone
	at     float64 // pixel of the first
	labels []string
	n      int
}

// groupTicks collects the ticks of a lane in columns of this width, and counts them.
func groupTicks(t Timeline, lane string, x axis, width float64) (groups []*tickGroup, total int) {
	type key struct {
		column int
		tone   Tone
	}
	index := map[key]*tickGroup{}
	for _, k := range t.Ticks {
		if k.Lane != lane || !x.holds(k.At.Seconds()) {
			continue
		}
		total++
		at := x.pixel(k.At.Seconds())
		id := key{int(at / width), k.Kind}
		g := index[id]
		if g == nil {
			g = &tickGroup{tone: k.Kind, at: at}
			index[id] = g
			groups = append(groups, g)
		}
		g.n++
		if len(g.labels) < 5 {
			g.labels = append(g.labels, strings.TrimSpace(clockTime(k.At.Seconds())+" "+k.Label))
		}
	}
	return groups, total
}

// detail finds how finely a timeline can be drawn so that the page stays small: the
// gap of spans and the width of columns of ticks, in pixels.
func detail(t Timeline, lanes []string, x axis) (gap, width float64) {
	const most = 1200 // of each
	count := func(n func(lane string) int) int {
		sum := 0
		for _, l := range lanes {
			sum += n(l)
		}
		return sum
	}
	gap, width = 0.3, 0.5
	for gap < pageW && count(func(l string) int { return len(visible(t, l, x, gap)) }) > most {
		gap *= 2
	}
	for width < pageW && count(func(l string) int { g, _ := groupTicks(t, l, x, width); return len(g) }) > most {
		width *= 2
	}
	return gap, width
}

// drawTicks draws what happened in a lane.
func drawTicks(c *canvas, order []*tickGroup, y float64) {
	for _, g := range order {
		title := strings.Join(g.labels, "\n")
		if g.n > len(g.labels) {
			title += fmt.Sprintf("\nand %d more", g.n-len(g.labels))
		}
		mid := y + laneH/2
		at := px(g.at)
		switch g.tone {
		case Bad:
			c.path("tick bad", fmt.Sprintf("M%s %sm-3.5 -3.5l7 7m0 -7l-7 7", at, px(mid)), title)
		case Warn:
			c.path("tick warn", fmt.Sprintf("M%s %sm0 -4.5l4.5 8h-9z", at, px(mid)), title)
		default:
			c.path("tick "+g.tone.class(), fmt.Sprintf("M%s %sv%s", at, px(y+6), px(laneH-12)), title)
		}
	}
}

// class of the style sheet.
func (t Tone) class() string {
	switch t {
	case Good, Bad, Warn, Idle, Struck:
		return string(t)
	}
	return string(Neutral)
}

// drawThroughput counts the ticks in equal steps of time and draws them as rates a
// minute, good ones below, others on top.
func drawThroughput(c *canvas, t Timeline, x axis, top, bottom float64) {
	steps := 60.0
	width := roundStep((x.hi - x.lo) / steps)
	n := int(math.Ceil((x.hi - x.lo) / width))
	good, other := make([]int, n), make([]int, n)
	most := 0
	for _, k := range t.Ticks {
		at := k.At.Seconds()
		if !t.counted(k.Lane) || !x.holds(at) {
			continue
		}
		i := min(int((at-x.lo)/width), n-1)
		if k.Kind == Good || k.Kind == Neutral {
			good[i]++
		} else {
			other[i]++
		}
		most = max(most, good[i]+other[i])
	}
	perMinute := minute / width
	y := linearAxis(0, float64(max(most, 1))*perMinute, 3, scalePlain)
	y.from, y.to = bottom, top+16
	for _, k := range y.ticks {
		c.line("g", laneX, y.pixel(k.at), pageW-countW, y.pixel(k.at))
		c.text("t", atEnd, laneX-7, y.pixel(k.at)+3.6, k.label)
	}
	c.text("lane", atEnd, laneX-34, (top+bottom)/2+8, "per minute")
	for i := range n {
		from := x.lo + float64(i)*width
		to := min(from+width, x.hi)
		a, b := x.pixel(from), x.pixel(to)
		title := fmt.Sprintf("%s to %s: %d good, %d not", clockTime(from), clockTime(to), good[i], other[i])
		y0 := y.pixel(0)
		y1 := y.pixel(float64(good[i]) * perMinute)
		y2 := y.pixel(float64(good[i]+other[i]) * perMinute)
		if good[i] > 0 {
			c.rect("bar good", a+0.5, y1, b-a-1, y0-y1, title)
		}
		if other[i] > 0 {
			c.rect("bar bad", a+0.5, y2, b-a-1, y1-y2, title)
		}
	}
}
