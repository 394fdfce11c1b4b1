package plot

import (
	"bufio"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"

	"linetwin.dev/kinematics/gcode"
)

// The picture's measures, in pixels.
const (
	margin  = 40
	largest = 720 // of a view
	nearest = 0.3 // how far apart points are that make a difference

	arcStep = 5 * math.Pi / 180 // between points of arcs
)

// views are the ones that are drawn: to the right, and up.
var views = [...]struct {
	name      string
	right, up int
}{{"from above: X, Y", gcode.X, gcode.Y}, {"from the front: X, Z", gcode.X, gcode.Z}, {"from the right: Y, Z", gcode.Y, gcode.Z}}

// box is what holds all points.
type box struct{ low, high [3]float64 }

func emptyBox() box {
	inf := math.Inf(1)
	return box{[3]float64{inf, inf, inf}, [3]float64{-inf, -inf, -inf}}
}

func (b *box) add(p [3]float64) {
	for i, v := range p {
		b.low[i], b.high[i] = min(b.low[i], v), max(b.high[i], v)
	}
}

// SVG draws a program, and below it its profile, unless that is nil. open starts the program
// anew; SVG closes what it opens. The errors are those of open, of the program and of the
// writer.
func SVG(w io.Writer, title string, open func() (*gcode.Interpreter, error), profile *Profile) error {
	bounds := emptyBox()
	if err := each(open, bounds.measure); err != nil {
		return err
	}
	if bounds.low[0] > bounds.high[0] {
		bounds = box{high: [3]float64{0.001, 0.001, 0.001}}
	}
	p := &picture{w: bufio.NewWriter(w), bounds: bounds}
	p.open(title, profile)
	for view := range views {
		p.begin(view)
		if err := each(open, p.draw); err != nil {
			return err
		}
		p.end()
	}
	if profile != nil {
		p.profile(profile)
	}
	p.text("</svg>\n")
	return p.w.Flush()
}

// each calls a function for each motion, with where it starts. Where the first one comes
// from is not the program's: it starts where it ends.
func each(open func() (*gcode.Interpreter, error), do func(e *gcode.Event, from [3]float64)) (err error) {
	in, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var at [3]float64
	known := false
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !e.Kind.Moves() {
			continue
		}
		end := [3]float64(e.Motion.End[:3])
		if !known {
			at, known = end, true
		}
		do(e, at)
		at = end
	}
}

// measure makes the box hold a motion.
func (b *box) measure(e *gcode.Event, from [3]float64) {
	b.add(from)
	b.add([3]float64(e.Motion.End[:3]))
	switch e.Kind {
	case gcode.ArcFeed:
		low, high := e.Motion.Extent(from)
		b.add(low)
		b.add(high)
	case gcode.NURBSFeed:
		gcode.SampleCurve(e.Curve, e.Order, func(x, y float64) { b.add([3]float64{x, y, from[2]}) })
	}
}

// draw draws a motion, curves in short pieces.
func (p *picture) draw(e *gcode.Event, from [3]float64) {
	end := [3]float64(e.Motion.End[:3])
	feed := e.Kind != gcode.Traverse
	switch e.Kind {
	case gcode.ArcFeed:
		n := min(int(math.Abs(e.Motion.Sweep)/arcStep)+1, 100_000)
		for i := 1; i < n; i++ {
			p.step(from, e.Motion.Point(from, float64(i)/float64(n)), feed)
		}
	case gcode.NURBSFeed:
		gcode.SampleCurve(e.Curve, e.Order, func(x, y float64) { p.step(from, [3]float64{x, y, from[2]}, feed) })
	}
	p.step(from, end, feed)
}

// picture writes SVG.
type picture struct {
	w      *bufio.Writer
	bounds box
	line   []byte

	view        int
	scale, left float64 // pixels per metre, and of the view's corner
	bottom      float64
	x, y        float64 // the last point that was written
	feed, drawn bool
	held        [2]float64 // the last point that was not, being too near
	holds       bool
}

// size is that of a view, in pixels.
func (p *picture) size(view int) (width, height float64) {
	v := views[view]
	return (p.bounds.high[v.right] - p.bounds.low[v.right]) * p.scale, (p.bounds.high[v.up] - p.bounds.low[v.up]) * p.scale
}

func (p *picture) text(s string) { p.w.WriteString(s) }

// open writes the head, when all measures are known.
func (p *picture) open(title string, profile *Profile) {
	widest := 1e-9
	for i := range p.bounds.low {
		widest = max(widest, p.bounds.high[i]-p.bounds.low[i])
	}
	p.scale = largest / widest
	width, height := 0.0, float64(margin)
	for v := range views {
		w, h := p.size(v)
		width = max(width, w)
		height += h + 2*margin
	}
	p.bottom = margin
	if profile != nil {
		width = max(width, chartWidth)
		height += profileHeight(profile)
	}
	fmt.Fprintf(p.w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="sans-serif" font-size="12">
<title>%s</title>
<rect width="100%%" height="100%%" fill="white"/>
`, max(width, 320)+2*margin, height, html.EscapeString(title))
}

// begin starts a view.
func (p *picture) begin(view int) {
	p.view, p.left, p.drawn, p.holds = view, margin, false, false
	_, h := p.size(view)
	v := views[view]
	fmt.Fprintf(p.w, `<text x="%d" y="%.1f">%s, %s by %s mm</text>`+"\n", margin, p.bottom, v.name,
		millimetres(p.bounds.high[v.right]-p.bounds.low[v.right]), millimetres(p.bounds.high[v.up]-p.bounds.low[v.up]))
	p.bottom += h + margin/2
}

func millimetres(m float64) string { return strconv.FormatFloat(math.Round(m*1e6)/1e3, 'f', -1, 64) }

// end ends a view.
func (p *picture) end() {
	p.finish()
	p.bottom += 1.5 * margin
}

// finish ends a line.
func (p *picture) finish() {
	if p.drawn {
		if p.holds {
			p.point(p.held[0], p.held[1])
		}
		p.text("\"/>\n")
	}
	p.drawn, p.holds = false, false
}

// step draws a piece of the path.
func (p *picture) step(from, to [3]float64, feed bool) {
	if p.drawn && feed != p.feed {
		p.finish()
	}
	if !p.drawn {
		p.feed, p.drawn = feed, true
		if feed {
			p.text(`<polyline fill="none" stroke="` + cutColour + `" points="`)
		} else {
			p.text(`<polyline fill="none" stroke="` + rapidColour + `" stroke-width="0.5" stroke-dasharray="4 3" points="`)
		}
		p.point(p.project(from))
	}
	x, y := p.project(to)
	if math.Abs(x-p.x) < nearest && math.Abs(y-p.y) < nearest {
		p.held, p.holds = [2]float64{x, y}, true
		return
	}
	p.holds = false
	p.point(x, y)
}

func (p *picture) project(at [3]float64) (x, y float64) {
	v := views[p.view]
	return p.left + (at[v.right]-p.bounds.low[v.right])*p.scale, p.bottom - (at[v.up]-p.bounds.low[v.up])*p.scale
}

func (p *picture) point(x, y float64) {
	p.x, p.y = x, y
	p.line = strconv.AppendFloat(p.line[:0], x, 'f', 1, 64)
	p.line = append(p.line, ',')
	p.line = strconv.AppendFloat(p.line, y, 'f', 1, 64)
	p.line = append(p.line, ' ')
	p.w.Write(p.line)
}
