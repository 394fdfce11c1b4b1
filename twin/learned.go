package twin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model/judge"
	"linetwin.dev/vision/model/onnx"
	"linetwin.dev/vision/model/recogniser"
)

// learned is a station's recogniser. Its methods may be called where there is none.
type learned struct {
	t       *Twin
	station string
	spec    *specs.Recogniser
	how     recogniser.Spec
	judge   *judge.Judge // nil where nobody is asked
	rnd     *rand.Rand

	class, score, unanswered *protocol.Out
	nUnanswered              int64
}

// newLearned prepares a station's recogniser, if it has one.
func newLearned(s *inspection) (*learned, error) {
	l := &learned{t: s.t, station: s.port.Name(), spec: s.spec.Recogniser, rnd: s.port.Component().Rand("recogniser")}
	if l.spec == nil {
		return nil, nil
	}
	s.port.Later(
		device.Signal{Out: &l.class, Name: "class", Type: protocol.U16, Doc: "class that the recogniser gave the part, by its place among the bad ones, from 1; 0: none of these. It makes the part bad and has no bit in reason"},
		device.Signal{Out: &l.score, Name: "class_score", Type: protocol.F64, Doc: "highest score of a bad class, 0 to 1"},
		device.Signal{Out: &l.unanswered, Name: "unanswered", Type: protocol.U32, Doc: "parts that are not judged since the recogniser gave no answer"},
	)
	if s.cam.Fidelity != "pixels" {
		return l, nil
	}
	var err error
	l.how, err = judge.Prepare(l.spec, s.t.sc.Dir, s.t.opt.Models)
	var field *vision.SettingError
	switch {
	case s.t.opt.Check && errors.Is(err, onnx.ErrNoOpenCV): // it is not to run
	case errors.As(err, &field):
		return nil, &device.FieldError{Path: append([]string{"inspections", l.station}, field.Field...), Err: field.Err}
	case err != nil:
		return nil, err
	}
	return l, nil
}

// start starts the recogniser's process.
func (l *learned) start() (err error) {
	if l == nil || l.t.opt.Check || l.how.Command == nil {
		return nil
	}
	clock := judge.Simulated
	if l.t.opt.Realtime {
		clock = judge.Wall
	}
	l.judge, err = judge.Open(l.how, l.spec, clock)
	return l.placed(err)
}

// placed gives an error the place of the recogniser in the specification.
func (l *learned) placed(err error) error {
	if err != nil {
		err = fmt.Errorf("inspections.%s.recogniser: %w", l.station, err)
	}
	return l.t.errPlace(err, "inspections", l.station, "recogniser")
}

func (l *learned) close() error {
	if l == nil || l.judge == nil {
		return nil
	}
	return l.judge.Close()
}

// cost is how long an answer takes in simulated time.
func (l *learned) cost(m vision.Mode, f *vision.Frame) time.Duration {
	if l == nil || l.judge == nil || m != vision.Combined && m != vision.Templates || f.Modelled != nil {
		return 0
	}
	return device.Draw(l.spec.Latency, l.rnd.Float64)
}

// look asks about the part in a frame, on another core. none tells that there was no answer, though
// the run went on.
func (l *learned) look(f *vision.Frame, v *vision.Verdict) (none bool, err error) {
	if l == nil || l.judge == nil {
		return false, nil
	}
	before := v.Reason
	err = l.judge.Look(l.t.life, f.Color, v)
	return v.Reason&^before&vision.NotJudged != 0 && l.t.life.Err() == nil, l.placed(err)
}

// set publishes what was found.
func (l *learned) set(now time.Duration, v *vision.Verdict) {
	if l == nil {
		return
	}
	l.class.SetInt(now, int64(slices.Index(l.spec.Bad, v.Class)+1))
	l.score.SetFloat(now, v.ClassScore)
	l.unanswered.SetInt(now, l.nUnanswered)
}

// notes are what a reader of the summary must know of a station's recogniser.
func (l *learned) notes() (notes []string) {
	if l == nil || l.judge == nil {
		return nil
	}
	c := l.judge.Counts()
	if c.NoAnswer > 0 {
		notes = append(notes, fmt.Sprintf("%s: the recogniser gave no answer for %d of %d parts, which were not judged; the last time: %v", l.station, c.NoAnswer, c.Shown, c.Why))
	}
	if c.Restarts > 0 {
		notes = append(notes, fmt.Sprintf("%s: the recogniser was started again %d times", l.station, c.Restarts))
	}
	return notes
}

// className is the bad class that a register tells of, "" for none.
func className(r *specs.Recogniser, class uint64) string {
	if r == nil || class < 1 || class > uint64(len(r.Bad)) {
		return ""
	}
	return r.Bad[class-1]
}

// recognisers is how many stations have one.
func (s *Scenario) recognisers() (n int) {
	for _, i := range s.Inspections {
		if i.Recogniser != nil {
			n++
		}
	}
	return n
}

// learnedMetrics are those of stations that have a recogniser.
type learnedMetrics struct {
	bad, unanswered, restarts *bench.Gauge
	nBad                      float64
}

func newLearnedMetrics(m *bench.Metrics) learnedMetrics {
	return learnedMetrics{
		bad:        m.Gauge("inspection.learned", bench.One, bench.About("parts that a recogniser gave a bad class")),
		unanswered: m.Gauge("inspection.unanswered", bench.One, bench.About("parts that were not judged since a recogniser gave no answer")),
		restarts:   m.Gauge("inspection.recogniser_restarts", bench.One, bench.Wall, bench.About("times that a recogniser was started again after it had hung, died or said what it must not")),
	}
}

// watchLearned makes a finding of the class that a station's recogniser gave.
func (o *observer) watchLearned(name string) (finding func() vision.Reason, err error) {
	if o.t.sc.Inspections[name].Recogniser == nil {
		return func() vision.Reason { return 0 }, nil
	}
	if _, err := o.t.bank.In(name+".class", protocol.U16); err != nil {
		return nil, err
	}
	if _, err := o.t.bank.In(name+".unanswered", protocol.U32); err != nil { // closeLearned reads it
		return nil, err
	}
	return func() vision.Reason {
		if o.value(name+".class").Uint() == 0 {
			return 0
		}
		o.learned.nBad++
		return vision.Learned
	}, nil
}

// closeLearned sets the gauges at the end.
func (o *observer) closeLearned() {
	var unanswered float64
	for _, n := range specs.Names(o.t.sc.Inspections) {
		if o.t.sc.Inspections[n].Recogniser != nil {
			unanswered += float64(o.value(n + ".unanswered").Uint())
		}
	}
	o.learned.bad.Set(o.learned.nBad)
	o.learned.unanswered.Set(unanswered)
	var restarts float64
	for _, s := range o.t.stations {
		if s.learned != nil && s.learned.judge != nil {
			restarts += float64(s.learned.judge.Counts().Restarts)
		}
	}
	o.learned.restarts.Set(restarts)
}
