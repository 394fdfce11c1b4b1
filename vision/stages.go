package vision

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// A bottle is judged by two goroutines. One aligns the depth and finds where the bottle stands;
// meanwhile the other makes the picture grey and looks for the station's templates, which need no
// more. Then both take the other stages, one by one, the long ones first. Stages share nothing that
// they change, and what they find is joined in the order of the verdict's marks, so that it does
// not matter who did what.

// finding is what a stage adds to the verdict. Numbers of the verdict belong to one stage each; the
// reason and the marks here are the stage's own, until they are joined.
type finding struct {
	*Verdict
	Reason Reason
	Marks  []Mark
}

// mark adds an outline to the finding, and the reason if it is not in order.
func (v *finding) mark(label string, bad bool, why Reason, poly []Point) {
	if bad {
		v.Reason |= why
	}
	v.Marks = append(v.Marks, Mark{Label: label, OK: !bad, Poly: poly})
}

// The stages, in the order of the verdict's marks.
const (
	stageQR = iota
	stageLabel
	stageCap
	stageFront
	stageRelief
	stageTemplates
	stages
)

// The stages after the place is known, the long ones first, by what the station's mode wants.
var (
	allStages   = []int{stageQR, stageLabel, stageRelief, stageCap, stageFront}
	codeStages  = allStages[:1]
	otherStages = allStages[1:]
)

// sight is one bottle that is being judged.
type sight struct {
	in       *Inspector
	sc       *scratch
	frame    *Frame
	mode     Mode
	todo     []int
	taken    atomic.Int32
	gray     Gray
	depth    Depth // in the colour's pixels
	place    placing
	front    face
	found    bool // the bottle stands where one must
	verdict  Verdict
	findings [stages]finding
	// What one side tells the other, once each.
	grayed, placed, done chan struct{}
	failed               atomic.Pointer[string] // what a step panicked with, and where
	aside                func()
}

func newSight(in *Inspector) *sight {
	one := func() chan struct{} { return make(chan struct{}, 1) }
	s := &sight{in: in, sc: in.newScratch(), grayed: one(), placed: one(), done: one()}
	s.aside = s.besides
	for i := range s.findings {
		s.findings[i].Verdict = &s.verdict
	}
	return s
}

// judge is InspectIn for a frame of the station's camera.
func (s *sight) judge(m Mode, f *Frame) Verdict {
	s.begin(m, f)
	go s.aside()
	s.guard((*sight).locate)
	s.placed <- struct{}{}
	<-s.grayed
	s.guard((*sight).work)
	<-s.done
	s.frame, s.depth = nil, Depth{}
	if p := s.failed.Load(); p != nil {
		panic(*p)
	}
	return s.join()
}

// besides is what the other goroutine does.
func (s *sight) besides() {
	s.guard((*sight).look)
	s.grayed <- struct{}{}
	if s.mode != Codes {
		s.guard((*sight).seek)
	}
	<-s.placed
	s.guard((*sight).work)
	s.done <- struct{}{}
}

// guard keeps what a step panics with for judge, so that both sides come to their end.
func (s *sight) guard(step func(*sight)) {
	defer func() {
		if p := recover(); p != nil {
			text := fmt.Sprintf("%v\n%s", p, debug.Stack())
			s.failed.Store(&text)
		}
	}()
	step(s)
}

func (s *sight) begin(m Mode, f *Frame) {
	s.frame, s.mode, s.found, s.verdict = f, m, false, Verdict{}
	s.failed.Store(nil)
	s.taken.Store(0)
	switch m {
	case Codes:
		s.todo = codeStages
	case Templates:
		s.todo = otherStages
	default:
		s.todo = allStages
	}
	for i := range s.findings {
		v := &s.findings[i]
		clear(v.Marks) // outlines are their verdict's
		v.Reason, v.Marks = 0, v.Marks[:0]
	}
}

func (s *sight) look() {
	s.gray = s.frame.Color.Gray(s.in.roi, s.sc.gray)
	s.sc.gray = s.gray.Pix
}

func (s *sight) seek() {
	s.in.judgeTemplates(s.frame, s.gray, s.sc, &s.findings[stageTemplates])
}

func (s *sight) locate() {
	var ok bool
	if s.depth, ok = s.in.aligned(s.frame, s.sc); !ok {
		return
	}
	if s.place, ok = s.in.locate(s.depth, s.sc); ok {
		s.front, s.found = s.place.stand.face(s.in.shape.depth), true
	}
}

// work takes stages until none is left.
func (s *sight) work() {
	for s.found {
		i := int(s.taken.Add(1)) - 1
		if i >= len(s.todo) {
			return
		}
		s.do(s.todo[i])
	}
}

func (s *sight) do(stage int) {
	in, sc, v := s.in, s.sc, &s.findings[stage]
	switch stage {
	case stageQR:
		in.judgeQR(s.gray, s.front, sc, v)
	case stageLabel:
		in.judgeLabel(s.frame.Color, s.gray, s.front, sc, v)
	case stageCap:
		in.judgeCap(s.depth, s.place, sc, v)
	case stageFront:
		in.judgeFront(s.place, s.front, sc, v)
	case stageRelief:
		in.judgeRelief(s.frame, s.place, sc, v)
	}
}

// join is the verdict of what the stages found.
func (s *sight) join() Verdict {
	if !s.found {
		return Verdict{Reason: NotJudged}
	}
	v, n := s.verdict, 0
	for i := range s.findings {
		n += len(s.findings[i].Marks)
	}
	v.Marks = make([]Mark, 0, n)
	for i := range s.findings {
		v.Reason |= s.findings[i].Reason
		v.Marks = append(v.Marks, s.findings[i].Marks...)
	}
	return v
}
