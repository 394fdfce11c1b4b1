package roughness

import "math"

// Along makes the profile in the direction of feed from the residuals of a path: a mark of the
// edge for each Pitch (the feed per tooth), at the height of the residual there; or, without
// marks, the residual itself. Between the samples of the path residuals are linear in its length.
//
// No method allocates.
type Along struct {
	meter  *Meter
	marks  Marks
	edges  envelope
	pitch  float64 // of what is taken of the path: a tooth, or a sample
	began  bool
	last   [3]float64
	height float64
	length float64 // of the path since Break
	next   int64   // number of the next tooth
}

// MaxStep, in m, is the longest way between two samples of one path.
const MaxStep = 10.

// sane tells samples of a path from what no machine makes.
func sane(at [3]float64, residual float64) bool {
	const most = 1e4
	return math.Abs(at[0]) <= most && math.Abs(at[1]) <= most && math.Abs(at[2]) <= most && math.Abs(residual) <= 1
}

// NewAlong makes the profile for an edge and a meter. The error says what makes no sense.
func NewAlong(marks Marks, c Config) (*Along, error) {
	m, err := NewMeter(c)
	if err != nil {
		return nil, err
	}
	if err := marks.check(); err != nil {
		return nil, err
	}
	a := &Along{meter: m, marks: marks, pitch: m.c.Spacing}
	if marks.Pitch > 0 {
		a.pitch = marks.Pitch
		a.edges = newEnvelope(marks.Radius, m.c.Spacing, int(2*marks.Radius/marks.Pitch)+4, m.Add)
	}
	return a, nil
}

// Add a sample of the path: where the tool was to be, in m, and how far it was off along the
// surface's outward normal, in m. Positive residuals leave material. A sample that makes no
// sense breaks the path: a number that is not finite, a place beyond 10 km, a residual beyond 1 m.
// One more than MaxStep from the last begins another.
func (a *Along) Add(at [3]float64, residual float64) {
	d := [3]float64{at[0] - a.last[0], at[1] - a.last[1], at[2] - a.last[2]}
	if !a.began {
		d = [3]float64{}
	}
	way := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
	if !sane(at, residual) {
		a.Break()
		return
	}
	if way > MaxStep {
		a.Break()
		way = 0
	}
	from := a.length
	if !a.began {
		a.began, a.height = true, residual
	}
	a.length += way
	for {
		tooth := float64(a.next) * a.pitch
		if tooth > a.length {
			break
		}
		h := residual
		if way > 0 {
			h = a.height + (tooth-from)/way*(residual-a.height)
		}
		if a.marks.Pitch > 0 {
			a.edges.add(tooth, h)
		} else {
			a.meter.Add(h)
		}
		a.next++
	}
	a.last, a.height = at, residual
}

// Break ends a pass, as where the tool lifts: what follows begins anew, and adds to the result.
func (a *Along) Break() {
	if a.marks.Pitch > 0 {
		a.edges.flush()
	}
	a.meter.Break()
	a.began = false
	a.length, a.next = 0, 0
}

// Result so far.
func (a *Along) Result() Result { return a.meter.Result() }
