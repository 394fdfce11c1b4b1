package roughness

import (
	"fmt"
	"math"
)

// Line is where a profile across the passes is taken: a straight line over the surface.
type Line struct {
	Origin    [3]float64 // m
	Direction [3]float64 // of the line, the way in which passes follow each other; of any length
	Feed      [3]float64 // of the passes where they cross the line; either way, of any length
	// Within is how far from the line, in m, a pass may cross the plane through it and count:
	// it tells this side of a part from the other.
	Within float64
}

// Across makes the profile across the passes from the residuals of a path: a scallop of the tool
// for each pass that crosses a line, at the height of the residual there. The Pitch of its marks
// is the step-over; passes are taken where they really are.
//
// No method allocates.
type Across struct {
	meter  *Meter
	line   Line
	edges  envelope
	began  bool
	last   [3]float64 // from the line's origin
	side   float64    // of the plane, in m
	height float64
	passes int
	missed int
	at     float64 // of the last pass
}

// NewAcross makes the profile for a tool, a line and a meter. The error says what makes no sense.
func NewAcross(marks Marks, line Line, c Config) (*Across, error) {
	m, err := NewMeter(c)
	if err != nil {
		return nil, err
	}
	if err := marks.check(); err != nil {
		return nil, err
	}
	if marks.Pitch == 0 {
		return nil, fmt.Errorf("roughness: a pitch of 0 m; across the passes it has to be the step-over")
	}
	var ok bool
	if line.Direction, ok = unit(line.Direction); !ok {
		return nil, fmt.Errorf("roughness: the line has no direction")
	}
	// What of the feed is across the line.
	along := dot(line.Feed, line.Direction)
	for i := range line.Feed {
		line.Feed[i] -= along * line.Direction[i]
	}
	if line.Feed, ok = unit(line.Feed); !ok {
		return nil, fmt.Errorf("roughness: the line has no feed across its direction")
	}
	if !sane(line.Origin, 0) || !(line.Within > 0) {
		return nil, fmt.Errorf("roughness: a line at %v, within %v m; it has to lie within 10 km, and within is positive", line.Origin, line.Within)
	}
	// Passes may lie closer than they should.
	count := 4*int(2*marks.Radius/marks.Pitch) + 4
	a := &Across{meter: m, line: line}
	a.edges = newEnvelope(marks.Radius, m.c.Spacing, count, m.Add)
	return a, nil
}

// Add a sample of the path: where the tool was to be, in m, and how far it was off along the
// surface's outward normal, in m. Where the path crosses the line, between two samples, there
// is a pass; it has to lie further along the line than the one before, else it counts as
// missed. Passes further apart than the tool's diameter end one profile and begin another. A
// sample that makes no sense breaks the path, as with Along.
func (a *Across) Add(at [3]float64, residual float64) {
	if !sane(at, residual) {
		a.Break()
		return
	}
	p := [3]float64{at[0] - a.line.Origin[0], at[1] - a.line.Origin[1], at[2] - a.line.Origin[2]}
	side := dot(p, a.line.Feed)
	if a.began && (a.side < 0) != (side < 0) {
		part := a.side / (a.side - side)
		var off [3]float64
		for i := range off {
			off[i] = a.last[i] + part*(p[i]-a.last[i])
		}
		along := dot(off, a.line.Direction)
		for i := range off {
			off[i] -= along * a.line.Direction[i]
		}
		if math.Sqrt(dot(off, off)) <= a.line.Within {
			a.pass(along, a.height+part*(residual-a.height))
		}
	}
	a.began, a.last, a.side, a.height = true, p, side, residual
}

func (a *Across) pass(along, height float64) {
	if a.passes > 0 && !(along > a.at) {
		a.missed++
		return
	}
	if a.passes > 0 && along-a.at >= 2*a.edges.radius {
		a.endProfile() // what is between is not cut
	}
	a.passes++
	a.at = along
	a.edges.add(along, height)
}

// Break ends a pass, as where the tool lifts: the way to the next sample is none of the path.
func (a *Across) Break() { a.began = false }

// Passes tells how many passes made the profile, and how many were missed, as they did not come
// in the direction of the line.
func (a *Across) Passes() (taken, missed int) { return a.passes, a.missed }

// Flush ends the profile: it takes in what later passes might still have reached, a radius at
// the end. Passes that follow make a profile of their own, which adds to the result.
func (a *Across) Flush() {
	a.endProfile()
	a.passes, a.began = 0, false
}

func (a *Across) endProfile() {
	a.edges.flush()
	a.meter.Break()
}

// Result so far.
func (a *Across) Result() Result { return a.meter.Result() }

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// unit scales v to length 1; false if it has no direction.
func unit(v [3]float64) ([3]float64, bool) {
	n := math.Sqrt(dot(v, v))
	if !(n > 0) || math.IsInf(n, 0) {
		return v, false
	}
	return [3]float64{v[0] / n, v[1] / n, v[2] / n}, true
}
