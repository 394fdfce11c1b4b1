package roughness

import (
	"fmt"
	"math"
)

// Marks are those that a round edge leaves at even distances: the scallops of a ball end mill,
// its radius and the step-over; the feed marks of a tool, the radius of its corner (or of the
// ball) and the feed per tooth (in turning, per turn).
type Marks struct {
	Radius float64 // m
	Pitch  float64 // m; 0 for none
}

func (m Marks) check() error {
	switch {
	case m.Pitch == 0 && m.Radius == 0:
		return nil
	case !(m.Radius > 0) || math.IsInf(m.Radius, 0):
		return fmt.Errorf("roughness: a radius of %v m; it has to be positive and finite", m.Radius)
	case !(m.Pitch >= 0 && m.Pitch < 2*m.Radius):
		return fmt.Errorf("roughness: a pitch of %v m; it has to be 0 for none, or below the diameter, %v", m.Pitch, 2*m.Radius)
	case m.Pitch > 0 && m.Pitch < m.Radius/maxMarks:
		return fmt.Errorf("roughness: a pitch of %v m; it has to be at least %v for that radius, or 0 for no marks", m.Pitch, m.Radius/maxMarks)
	}
	return nil
}

// Cusp is the height, in m, of the cusps that marks leave between them: R - sqrt(R^2 - p^2/4),
// which is about p^2/(8R): ae^2/(8R) for scallops, f^2/(8r) for feed marks.
func (m Marks) Cusp() float64 { return arc(m.Radius, m.Pitch/2) }

// CuspRa is the Ra, in m, of the marks alone where all are at one height: 4/(9 sqrt 3), or 0.257,
// of the cusps' height, as the arcs are parabolas but for the square of p/R. It is f^2/(31.2 r).
func (m Marks) CuspRa() float64 { return 4 / (9 * math.Sqrt(3)) * m.Cusp() }

// arc is how high an edge is above its lowest point, at a distance from it.
func arc(radius, distance float64) float64 {
	d2 := distance * distance
	if d2 == 0 {
		return 0
	}
	return d2 / (radius + math.Sqrt(radius*radius-d2))
}

// maxMarks bounds the marks within a radius of one another.
const maxMarks = 8192

// envelope is the profile that marks leave: at each place what the lowest of the arcs leaves
// standing. Marks come in the order of their places; samples are given out when no mark to come
// can reach them any more.
type envelope struct {
	radius, spacing float64
	emit            func(height float64)

	marks  []mark // a ring
	first  uint64 // number of the oldest mark in it
	end    uint64 // number of the next
	near   uint64 // number of the mark from which to look for the lowest
	low    []uint64
	lowAt  uint64 // low is a ring too: numbers of marks of which each is lower than all before
	lowEnd uint64 // and at most as high as all after it

	start   float64 // where sampling began
	samples int64
}

// mark is an edge's lowest point.
type mark struct{ at, height float64 }

// newEnvelope keeps count marks at the most.
func newEnvelope(radius, spacing float64, count int, emit func(float64)) envelope {
	return envelope{radius: radius, spacing: spacing, emit: emit, marks: make([]mark, count), low: make([]uint64, count)}
}

func (e *envelope) mark(i uint64) *mark { return &e.marks[i%uint64(len(e.marks))] }

// add a mark beyond the last one, by less than the diameter.
func (e *envelope) add(at, height float64) {
	if e.end == e.first {
		e.start, e.samples = at, 0
	}
	n := uint64(len(e.marks))
	if e.end-e.first == n {
		e.drop()
	}
	*e.mark(e.end) = mark{at, height}
	// What is higher than a later mark will not be the lowest of any window again.
	for e.lowEnd > e.lowAt && e.mark(e.low[(e.lowEnd-1)%n]).height >= height {
		e.lowEnd--
	}
	e.low[e.lowEnd%n] = e.end
	e.lowEnd++
	e.end++
	e.upTo(at - e.radius)
}

// drop the oldest mark.
func (e *envelope) drop() {
	if e.low[e.lowAt%uint64(len(e.low))] == e.first {
		e.lowAt++
	}
	e.first++
	e.near = max(e.near, e.first)
}

// upTo gives out the samples up to a place.
func (e *envelope) upTo(place float64) {
	for {
		x := e.start + float64(e.samples)*e.spacing
		if x > place {
			return
		}
		for e.end-e.first > 1 && e.mark(e.first).at < x-e.radius {
			e.drop()
		}
		e.emit(e.at(x))
		e.samples++
	}
}

// at is the height at a place: it looks at the marks outwards from the nearest, until even the
// lowest of all would be too high at that distance.
func (e *envelope) at(x float64) float64 {
	for e.near+1 < e.end && e.mark(e.near+1).at <= x {
		e.near++
	}
	lowest := e.mark(e.low[e.lowAt%uint64(len(e.low))]).height
	best := math.Inf(1)
	try := func(m *mark) bool {
		d := math.Abs(x - m.at)
		if d > e.radius || lowest+d*d/(2*e.radius) >= best {
			return false
		}
		best = min(best, m.height+arc(e.radius, d))
		return true
	}
	for i := e.near + 1; i > e.first && try(e.mark(i-1)); i-- {
	}
	for i := e.near + 1; i < e.end && try(e.mark(i)); i++ {
	}
	return best
}

// flush gives out the samples up to the last mark, and forgets all marks.
func (e *envelope) flush() {
	if e.end > e.first {
		e.upTo(e.mark(e.end - 1).at)
	}
	e.first, e.end, e.near, e.lowAt, e.lowEnd = 0, 0, 0, 0, 0
}
