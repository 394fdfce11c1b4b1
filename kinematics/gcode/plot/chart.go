package plot

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// The chart's measures, in pixels.
const (
	chartWidth  = largest
	chartHeight = 220
	chartHead   = 44 // title and legend
	chartFoot   = 52 // stops, numbers and their unit
	stopHeight  = 5  // of the marks of rest below the axis
	yTicks      = 5  // about so many
	xTicks      = 9
)

// colours, those of the views for what they have too.
const (
	cutColour   = "#0b5cad"
	rapidColour = "#b06000"
	feedColour  = "#444"
	restColour  = "#c0143c"
)

// clip is how much faster than the fastest cut a rapid move must be to be cut off at the top:
// at its scale nothing of the cutting would be seen.
const clip = 2.5

// chart is a Profile on its way into a picture.
type chart struct {
	*picture
	p      *Profile
	top    float64 // pixels, of the chart's frame
	most   float64 // m/s at its upper edge
	length float64 // s at its right edge
}

// profile draws the tool's speed over time, or says why not.
func (p *picture) profile(of *Profile) {
	c := chart{picture: p, p: of, top: p.bottom + chartHead, length: of.seconds()}
	title := "speed of the tool over time"
	switch {
	case of.Missing != "":
		c.label(margin, p.bottom, "start", title+": not known")
		for i, line := range wrap(of.Missing) {
			fmt.Fprintf(p.w, `<text x="%d" y="%.1f" fill="%s">%s</text>`+"\n", margin, p.bottom+20+16*float64(i), restColour, html.EscapeString(line))
		}
		return
	case of.cycles == 0:
		c.label(margin, p.bottom, "start", title+": nothing moves")
		return
	}
	unit, long := c.times()
	c.label(margin, p.bottom, "start", fmt.Sprintf("%s, %s %s", title, strconv.FormatFloat(c.length/long, 'f', 2, 64), unit))
	fastest := c.scale()
	c.axes()
	c.legend(fastest)
	c.rests()
	c.feeds()
	for _, a := range []Activity{Rapid, Cutting} {
		c.band(a)
		c.curve(a)
	}
}

// profileHeight is how much room a profile takes.
func profileHeight(of *Profile) float64 {
	switch {
	case of == nil:
		return 0
	case of.Missing != "":
		return margin + 16*float64(len(wrap(of.Missing)))
	case of.cycles == 0:
		return margin
	}
	return chartHead + chartHeight + chartFoot
}

// scale finds the speed at the upper edge; fastest is that of rapid moves that go beyond it, or 0.
func (c *chart) scale() (fastest float64) {
	var cut, rapid float64
	for i := range c.p.bins {
		b := &c.p.bins[i]
		cut = max(cut, float64(b.high[Cutting]), float64(b.feed))
		rapid = max(rapid, float64(b.high[Rapid]))
	}
	c.most = max(cut, rapid)
	if cut > 0 && rapid > clip*cut {
		c.most, fastest = cut, rapid
	}
	c.most = max(c.most*1.06, 1e-9)
	return fastest
}

func (c *chart) x(t float64) float64 { return margin + t/c.length*chartWidth }

func (c *chart) y(v float64) float64 { return c.top + (1-min(v/c.most, 1))*chartHeight }

// label writes text; anchor is start, middle or end.
func (c *chart) label(x, y float64, anchor, text string) {
	fmt.Fprintf(c.w, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(text))
}

// times is the unit for times of the chart's length.
func (c *chart) times() (unit string, seconds float64) {
	switch {
	case c.length > 5*3600:
		return "h", 3600
	case c.length > 10*60:
		return "min", 60
	}
	return "s", 1
}

// textWidth is how many letters have room beside one another.
const textWidth = 100

// wrap breaks a text into lines.
func wrap(text string) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > textWidth {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// axes draws the frame, with ticks at round numbers.
func (c *chart) axes() {
	fmt.Fprintf(c.w, `<rect x="%d" y="%.1f" width="%d" height="%d" fill="none" stroke="#999" stroke-width="0.5"/>`+"\n", margin, c.top, chartWidth, chartHeight)
	unit, per := "mm/min", 60e3
	if c.most*per > 1e5 {
		unit, per = "m/min", 60
	}
	step := round(c.most * per / yTicks)
	for n := 0; float64(n)*step <= c.most*per; n++ {
		y := c.y(float64(n) * step / per)
		if n > 0 {
			fmt.Fprintf(c.w, `<path d="M%d,%.1f h%d" stroke="#ddd" stroke-width="0.5"/>`+"\n", margin, y, chartWidth)
		}
		c.label(margin-4, y+4, "end", number(float64(n)*step, step))
	}
	c.label(margin-4, c.top-8, "middle", unit)
	times, long := c.times()
	step = round(c.length / long / xTicks)
	foot := c.top + chartHeight + stopHeight
	for n := 0; float64(n)*step <= c.length/long*(1+1e-9); n++ {
		x := c.x(float64(n) * step * long)
		fmt.Fprintf(c.w, `<path d="M%.1f,%.1f v4" stroke="#999" stroke-width="0.5"/>`+"\n", x, foot)
		c.label(x, foot+17, "middle", number(float64(n)*step, step))
	}
	c.label(margin+chartWidth/2, foot+34, "middle", times)
}

// round is the next number of 1, 2, 5, 10 and so on.
func round(v float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*ten*(1+1e-9) {
			return f * ten
		}
	}
	return 10 * ten
}

// number writes a multiple of a step without the digits that rounding leaves.
func number(v, step float64) string {
	return strconv.FormatFloat(v, 'f', max(0, int(math.Ceil(-math.Log10(step)-1e-9))), 64)
}

// legend says what is what, on a line above the chart.
func (c *chart) legend(fastest float64) {
	y := c.top - 8
	x := float64(margin + 40)
	entry := func(mark, text string) {
		fmt.Fprintf(c.w, mark+"\n", x, y-4)
		c.label(x+24, y, "start", text)
		x += 24 + 6.6*float64(len(text)) + 16
	}
	var has [Activities]bool
	feed := false
	for i := range c.p.bins {
		for a, n := range c.p.bins[i].count {
			has[a] = has[a] || n > 0
		}
		feed = feed || c.p.bins[i].feed > 0
	}
	stroke := func(colour, more string) string {
		return `<path d="M%.1f,%.1f h18" stroke="` + colour + `"` + more + `/>`
	}
	if has[Cutting] {
		entry(stroke(cutColour, ""), "cutting")
	}
	if feed {
		entry(stroke(feedColour, ` stroke-width="0.6"`), "programmed feed")
	}
	if has[Rapid] {
		text := "rapid"
		if fastest > 0 {
			text += fmt.Sprintf(", up to %s mm/min", strconv.FormatFloat(fastest*60e3, 'f', 0, 64))
		}
		entry(stroke(rapidColour, ` stroke-width="0.8"`), text)
	}
	if has[Dwell] || has[Stop] {
		entry(`<rect x="%.1f" y="%.1f" width="18" height="5" fill="`+restColour+`"/>`, "at rest")
	}
}

// shades is how many degrees of rest are told apart.
const shades = 8

// rests marks below the axis when the machine is at rest, fainter where it is so for a part of a
// bin only.
func (c *chart) rests() {
	shade := func(i int) int { return int(math.Ceil(c.p.bins[i].rest() * shades)) }
	for i := 0; i < len(c.p.bins); {
		k := i
		for k < len(c.p.bins) && shade(k) == shade(i) {
			k++
		}
		if n := shade(i); n > 0 {
			from, _ := c.p.span(i)
			_, to := c.p.span(k - 1)
			fmt.Fprintf(c.w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s" fill-opacity="%.2f"/>`+"\n",
				c.x(from), c.top+chartHeight, max(c.x(to)-c.x(from), 1), stopHeight, restColour, 0.4+0.6*float64(n)/shades)
		}
		i = k
	}
}

// feeds draws the programmed feed, as steps.
func (c *chart) feeds() {
	var d strings.Builder
	old, started := float32(0), false
	for i := range c.p.bins {
		feed := c.p.bins[i].feed
		from, to := c.p.span(i)
		switch {
		case feed == 0:
			started = false
			continue
		case !started:
			fmt.Fprintf(&d, "M%.1f,%.1f", c.x(from), c.y(float64(feed)))
		case feed != old:
			fmt.Fprintf(&d, "V%.1f", c.y(float64(feed)))
		}
		old, started = feed, true
		if last := i+1 == len(c.p.bins); last || c.p.bins[i+1].feed != feed {
			fmt.Fprintf(&d, "H%.1f", c.x(to))
		}
	}
	if d.Len() > 0 {
		fmt.Fprintf(c.w, `<path fill="none" stroke="%s" stroke-width="0.6" d="%s"/>`+"\n", feedColour, d.String())
	}
}

// colour of an activity, and width of its line.
func (a Activity) colour() (string, float64) {
	if a == Rapid {
		return rapidColour, 0.8
	}
	return cutColour, 1
}

// runs calls a function for each stretch of bins that an activity has a part in.
func (c *chart) runs(a Activity, do func(from, to int)) {
	for i := 0; i < len(c.p.bins); i++ {
		k := i
		for k < len(c.p.bins) && c.p.bins[k].count[a] > 0 {
			k++
		}
		if k > i {
			do(i, k)
			i = k
		}
	}
}

// band draws between which speeds an activity is, where a bin has more than one.
func (c *chart) band(a Activity) {
	if c.p.wide == 1 {
		return
	}
	colour, _ := a.colour()
	c.runs(a, func(i, k int) {
		fmt.Fprintf(c.w, `<path fill="%s" fill-opacity="0.25" d="M`, colour)
		for j := i; j < k; j++ {
			c.middle(j, c.p.bins[j].high[a])
		}
		for j := k - 1; j >= i; j-- {
			c.middle(j, c.p.bins[j].low[a])
		}
		c.text("Z\"/>\n")
	})
}

// middle adds a point in the middle of a bin.
func (c *chart) middle(i int, v float32) {
	from, to := c.p.span(i)
	c.point(c.x((from+to)/2), c.y(float64(v)))
}

// curve draws the mean speed of an activity. It begins and ends where what is before and after
// it does, so that there is no gap.
func (c *chart) curve(a Activity) {
	colour, width := a.colour()
	c.runs(a, func(i, k int) {
		fmt.Fprintf(c.w, `<polyline fill="none" stroke="%s" stroke-width="%g" points="`, colour, width)
		c.joint(i - 1)
		for j := i; j < k; j++ {
			from, to := c.p.span(j)
			c.point(c.x((from+to)/2), c.y(c.p.bins[j].mean(a)))
		}
		c.joint(k)
		c.text("\"/>\n")
	})
}

// joint adds the point of a bin that another activity has: at rest, or in motion.
func (c *chart) joint(i int) {
	if i < 0 {
		c.point(c.x(0), c.y(0))
		return
	}
	if i == len(c.p.bins) {
		return
	}
	v := 0.0
	for _, a := range []Activity{Cutting, Rapid} {
		if b := &c.p.bins[i]; b.count[a] > 0 {
			v = b.mean(a)
		}
	}
	from, to := c.p.span(i)
	c.point(c.x((from+to)/2), c.y(v))
}
