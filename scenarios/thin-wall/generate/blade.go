package main

import (
	"bufio"
	"fmt"
	"io"
	"math"

	"linetwin.dev/kinematics/machine"
)

// The blade: a curved, twisted wall that gets thinner towards its top, in mm.
const (
	chord   = 60.0 // of the camber line, an arc
	camber  = 6.0  // its rise
	nose    = 1.0  // radius of both edges
	belly   = 0.9  // by which the middle is thicker than the edges, on either side
	taper   = 0.15 // by which each side draws in, over the height
	twist   = 10.0 // degrees over the height
	height  = 20.0 // of the blade above the table
	highest = 18.0 // of the passes
	step    = 0.4  // from pass to pass
	passes  = 13
)

// The cut.
const (
	ball     = 4.0  // radius of the tool
	lean     = 25.0 // degrees, by which it leans away from the wall
	feed     = 1500 // mm/min
	spindle  = 16000
	approach = 3.0 // radius of the arcs in and out
	safe     = 45.0
	onFace   = 80 // points of a side of the contour
	onNose   = 48 // points of an edge
)

// Shares of the contour, which has half a side, an edge, a side, an edge and half a side.
const side, edge = 0.36, 0.14

// surface is the point of the blade at a part u of its contour, from 0 to 1, and a height z. The
// contour runs clockwise, as seen from above: the wall is on the right. It begins in the middle
// of the outer side.
func surface(u, z float64) [3]float64 {
	// The camber line is an arc of radius r about (0, -r + camber); s runs from -1 to 1 on it.
	r := (chord*chord/4 + camber*camber) / (2 * camber)
	half := math.Asin(chord / 2 / r)
	at := func(s, off float64) (x, y float64) {
		sin, cos := math.Sincos(s * half)
		return (r + off) * sin, (r+off)*cos - r + camber
	}
	thick := func(s float64) float64 {
		return nose + belly*math.Cos(s*math.Pi/2)*math.Cos(s*math.Pi/2) - taper*z/height
	}
	var x, y float64
	round := func(s, part float64) { // an edge, from the one side to the other
		cx, cy := at(s, 0)
		sin, cos := math.Sincos(math.Pi/2 - s*half - s*math.Pi*part) // from the outward normal on
		if s < 0 {
			sin, cos = math.Sincos(-math.Pi/2 - s*half + s*math.Pi*part)
		}
		x, y = cx+thick(s)*cos, cy+thick(s)*sin
	}
	switch u -= math.Floor(u); {
	case u < side/2:
		s := 2 * u / side
		x, y = at(s, thick(s))
	case u < side/2+edge:
		round(1, (u-side/2)/edge)
	case u < side/2+edge+side:
		s := 1 - 2*(u-side/2-edge)/side
		x, y = at(s, -thick(s))
	case u < side/2+2*edge+side:
		round(-1, (u-side/2-edge-side)/edge)
	default:
		s := -1 + 2*(u-side/2-2*edge-side)/side
		x, y = at(s, thick(s))
	}
	sin, cos := math.Sincos(twist * math.Pi / 180 * z / height)
	return [3]float64{x*cos - y*sin, x*sin + y*cos, z}
}

// place is where the tool is to be at a point of the surface: its tip in mm, the axis from tip to
// spindle, and the horizontal directions of travel and away from the wall.
type place struct{ tip, axis, travel, away [3]float64 }

func cut(u, z float64) place {
	const d = 1e-6
	p := surface(u, z)
	along := unit(sub(surface(u+d, z), surface(u-d, z)))
	up := unit(sub(surface(u, z+d), surface(u, z-d)))
	out := unit(cross(up, along)) // the wall is on the right
	tangent := cross(along, out)
	sin, cos := math.Sincos(lean * math.Pi / 180)
	var c place
	for i := range 3 {
		c.axis[i] = cos*tangent[i] + sin*out[i]
		c.tip[i] = p[i] + ball*(out[i]-c.axis[i])
	}
	c.travel = along
	c.away = unit([3]float64{out[0], out[1], 0})
	return c
}

// writer puts the program together.
type writer struct {
	out    *bufio.Writer
	m      machine.Machine
	joints []float64
	err    error
}

// blade writes the program of all passes.
func blade(out io.Writer) error {
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{Tilt: machine.Range{Min: -math.Pi / 2, Max: 0}})
	if err != nil {
		return err
	}
	w := &writer{out: bufio.NewWriter(out), m: m, joints: make([]float64, m.Axes())}
	w.print("%%")
	w.print("(finishing passes over a thin, curved, twisted wall; made by generate, beside this file)")
	w.print("G21 G90 G17 G40 G49 G54 G94")
	w.print("T1 M6")
	w.print("S%d M3", spindle)
	w.print("G4 P2")
	w.print("G43.4 H1")
	w.print("G64 P0.001")
	first := cut(0, highest)
	w.move("G0", shift(first, -approach, approach, safe-first.tip[2]), first.axis)
	for i := range passes {
		w.pass(i)
	}
	last := cut(0, highest-(passes-1)*step)
	w.move("G0", shift(last, approach, approach, safe-last.tip[2]), last.axis)
	w.print("M5")
	w.print("G0 A0")
	w.print("G49")
	w.print("G53 G0 Z350")
	w.print("M2")
	w.print("%%")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// pass is once around the wall, from and to a quarter of a circle.
func (w *writer) pass(n int) {
	z := highest - float64(n)*step
	w.print("(pass %d at Z%.1f)", n+1, z)
	begin := cut(0, z)
	w.move("G0", shift(begin, -approach, approach, 0), begin.axis)
	w.print("F%d", feed)
	w.arc(begin.tip, begin)
	u := 0.0
	for _, part := range []struct {
		share  float64
		points int
	}{{side / 2, onFace / 2}, {edge, onNose}, {side, onFace}, {edge, onNose}, {side / 2, onFace / 2}} {
		for i := 1; i <= part.points; i++ {
			p := cut(u+part.share*float64(i)/float64(part.points), z)
			w.move("G1", p.tip, p.axis)
		}
		u += part.share
	}
	w.arc(shift(begin, approach, approach, 0), begin)
}

// move is a straight line to a tip with the tool along an axis.
func (w *writer) move(code string, tip, axis [3]float64) {
	if w.err != nil {
		return
	}
	// What matters of the solution are the rotary axes, which the place of the table does not
	// change.
	if _, err := w.m.Inverse(tip, axis, w.joints, w.joints); err != nil {
		w.err = fmt.Errorf("tip %v, axis %v: %w", tip, axis, err)
		return
	}
	const degree = math.Pi / 180
	w.print("%s X%.4f Y%.4f Z%.4f A%.4f C%.4f", code, tip[0], tip[1], tip[2], w.joints[3]/degree, w.joints[4]/degree)
}

// arc turns by a quarter about the point that is away from where the pass begins and ends.
func (w *writer) arc(to [3]float64, at place) {
	centre := shift(at, 0, approach, 0)
	from := shift(at, -approach, approach, 0)
	if to != at.tip {
		from = at.tip
	}
	w.print("G3 X%.4f Y%.4f I%.4f J%.4f", to[0], to[1], centre[0]-from[0], centre[1]-from[1])
}

func (w *writer) print(format string, args ...any) {
	if _, err := fmt.Fprintf(w.out, format+"\n", args...); err != nil && w.err == nil {
		w.err = err
	}
}

// shift is a place's tip, moved along its travel, away from the wall, and up.
func shift(p place, travel, away, up float64) (q [3]float64) {
	for i := range q {
		q[i] = p.tip[i] + travel*p.travel[i] + away*p.away[i]
	}
	q[2] += up
	return q
}

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func unit(a [3]float64) [3]float64 {
	l := math.Sqrt(a[0]*a[0] + a[1]*a[1] + a[2]*a[2])
	return [3]float64{a[0] / l, a[1] / l, a[2] / l}
}
