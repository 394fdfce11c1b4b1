package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// Clock is how a station's time goes.
type Clock int

// The clocks.
const (
	Simulated Clock = iota // an answer is waited for, for the recogniser's patience at most
	Wall                   // an answer has a deadline
)

// Judge shows crops of parts to a recogniser. Use Open. Its methods may be called concurrently.
type Judge struct {
	spec  specs.Recogniser
	clock Clock
	lane  *recogniser.Lane
	comes time.Duration // within which there must be a process and its answer

	mu     sync.Mutex
	counts Counts
}

// Counts are what became of the parts.
type Counts struct {
	Shown    uint64 // parts that the recogniser was shown
	Bad      uint64 // that had a bad class
	NoAnswer uint64 // that it gave no answer of; these are not judged
	Why      error  // it gave none the last time
	// Restarts is how often a process was started again after one that hung, died or said what
	// it must not.
	Restarts uint64
}

// Open starts the recogniser. It returns at once; parts wait until its model is loaded. Close ends
// it.
func Open(how recogniser.Spec, spec *specs.Recogniser, clock Clock) (*Judge, error) {
	how.AnswerWithin = spec.Patience.D()
	if clock == Simulated {
		// There is no line that stands meanwhile.
		how.Backoff = recogniser.Backoff{First: 20 * time.Millisecond, Most: time.Second}
	}
	start := how.StartWithin
	if start <= 0 {
		start = recogniser.DefaultStart
	}
	j := &Judge{spec: *spec, clock: clock, comes: 2*start + spec.Patience.D()}
	var err error
	j.lane, err = recogniser.Open(how)
	return j, err
}

// Close ends the recogniser.
func (j *Judge) Close() error { return j.lane.Close() }

// Counts are what became of the parts so far.
func (j *Judge) Counts() Counts {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.counts
	s := j.lane.Status()
	c.Restarts = s.Starts - min(s.Starts, uint64(s.Processes))
	return c
}

// Look shows the recogniser what a verdict is about, and adds what it finds: a bad class, with
// where it is, or that the part is not judged since there is no answer. A verdict without the
// region that the recogniser is shown stays as it is: one that is not reached, or of the code only.
//
// The error is that there is no recogniser: where time is simulated, none was ever ready, or none
// came back; on the wall clock it is nil. Where ctx ends first the part is not judged, and not counted.
func (j *Judge) Look(ctx context.Context, m vision.Image, v *vision.Verdict) error {
	if v.Reason&vision.NotJudged != 0 {
		return nil
	}
	outline, ok := j.outline(v)
	if !ok {
		return nil
	}
	at := crop(outline, m)
	if at.Empty() {
		j.gave(v, errors.New("the region that it is to be shown is outside of the picture"))
		return nil
	}
	within := j.comes
	if j.clock == Wall {
		within = j.spec.Deadline.D()
	}
	asking, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer, err := j.lane.Recognise(asking, recogniser.Request{Image: cut(m, at), Patient: j.clock == Simulated})
	if err == nil {
		j.find(answer, at, outline, v)
		return nil
	}
	if ctx.Err() != nil { // nobody wants to know any more
		v.Reason |= vision.NotJudged
		return nil
	}
	j.gave(v, err)
	var none *recogniser.Unavailable
	gone := errors.As(err, &none) || errors.Is(err, context.DeadlineExceeded)
	if j.clock == Wall || !gone {
		return nil
	}
	if none != nil {
		err = none.Cause
	} else if why := j.lane.Status().Trouble; why != "" {
		err = errors.New(why)
	}
	return fmt.Errorf("the recogniser does not run: %w", err)
}

// gave notes that there is no answer.
func (j *Judge) gave(v *vision.Verdict, why error) {
	v.Reason |= vision.NotJudged
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Shown++
	j.counts.NoAnswer++
	j.counts.Why = why
}

// find makes a finding of an answer.
func (j *Judge) find(a model.Answer, at vision.Rect, outline []vision.Point, v *vision.Verdict) {
	consider := func(label string, score float64, poly func() []vision.Point) {
		if !slices.Contains(j.spec.Bad, label) {
			return
		}
		bad := score >= j.spec.MinScore
		if bad {
			v.Reason |= vision.Learned
			v.Marks = append(v.Marks, vision.Mark{Label: label, Poly: poly()})
		}
		if score > v.ClassScore {
			v.ClassScore = score
			if bad {
				v.Class = label
			}
		}
	}
	for _, l := range a.Labels {
		consider(l.Label, l.Score, func() []vision.Point { return outline })
	}
	for _, b := range a.Boxes {
		consider(b.Label, b.Score, func() []vision.Point {
			x, y := float64(at.X0)-0.5+b.X, float64(at.Y0)-0.5+b.Y // from the corner of a pixel, not its middle
			return rectangle(x, y, x+b.Width, y+b.Height)
		})
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Shown++
	if v.Class != "" {
		j.counts.Bad++
	}
}

// outline is that of the region which the recogniser is shown, as the verdict has it.
func (j *Judge) outline(v *vision.Verdict) (poly []vision.Point, ok bool) {
	wanted := []string{j.spec.Region}
	if j.spec.Region == "whole" {
		wanted = []string{"front", "cap"}
	}
	for _, name := range wanted {
		i := slices.IndexFunc(v.Marks, func(m vision.Mark) bool { return m.Label == name && len(m.Poly) > 0 })
		if i < 0 {
			return nil, false
		}
		poly = append(poly, v.Marks[i].Poly...)
	}
	if len(wanted) > 1 {
		poly = hull(poly)
	}
	return poly, true
}

// hull is the rectangle around all points.
func hull(all []vision.Point) []vision.Point {
	a, b := all[0], all[0]
	for _, p := range all {
		a.X, a.Y = min(a.X, p.X), min(a.Y, p.Y)
		b.X, b.Y = max(b.X, p.X), max(b.Y, p.Y)
	}
	return rectangle(a.X, a.Y, b.X, b.Y)
}

func rectangle(x0, y0, x1, y1 float64) []vision.Point {
	return []vision.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// margin around the region, as a part of its width and height.
const margin = 1. / 20

// crop is what the recogniser is shown of a picture.
func crop(outline []vision.Point, m vision.Image) vision.Rect {
	r := hull(outline)
	dx, dy := margin*(r[2].X-r[0].X), margin*(r[2].Y-r[0].Y)
	return vision.Around(rectangle(r[0].X-dx, r[0].Y-dy, r[2].X+dx, r[2].Y+dy)...).Clip(m.W, m.H)
}

// cut copies a part of a picture.
func cut(m vision.Image, at vision.Rect) model.Image {
	w, h := at.X1-at.X0, at.Y1-at.Y0
	out := model.Image{W: w, H: h, Pix: make([]byte, 0, 3*w*h)}
	for y := at.Y0; y < at.Y1; y++ {
		from := 3 * (y*m.W + at.X0)
		out.Pix = append(out.Pix, m.Pix[from:from+3*w]...)
	}
	return out
}
