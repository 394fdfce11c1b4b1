package jerk

import (
	"fmt"
	"math"
)

// MaxAxes is the greatest number of axes of a Trajectory.
const MaxAxes = 16

// Sync says what the axes of a move have in common.
type Sync uint8

const (
	// SyncTime lets all axes arrive at once: the others take as long as the slowest.
	SyncTime Sync = iota
	// SyncPhase keeps all axes on the straight line between the two positions, each at the same
	// part of its way at any time, if their states allow it: every velocity and acceleration has
	// the direction of the line. Otherwise it is SyncTime. Trajectory.Straight tells.
	SyncPhase
	// SyncNone lets each axis arrive as soon as it can.
	SyncNone
)

// Move is what a Trajectory is planned from: one start, target and limits for each axis.
type Move struct {
	From, To []State
	Limits   []Limits
	Sync     Sync
	Duration float64 // s, at least; 0 for as quick as possible
}

// Trajectory is the motion of up to MaxAxes axes. Its plan methods replace what it holds, the
// others only read it, so that any number of goroutines may evaluate one trajectory. The zero
// value has no axes. A Trajectory takes about 20 kB: keep it where it is used, or two of them
// in turn, since a new motion most often starts from a state of the one before.
type Trajectory struct {
	n        int
	straight bool
	duration float64
	axis     [MaxAxes]Profile
	scratch  [MaxAxes]plan // of no meaning between calls
}

// plan of one axis while all are being planned.
type plan struct {
	problem problem
	before  float64 // s; to come back within the limits
	least   float64 // s, after that
	member  member
	choice  choice
}

// Axes is the number of axes.
func (tr *Trajectory) Axes() int { return tr.n }

// Axis i of the trajectory, from 0, to be read only.
func (tr *Trajectory) Axis(i int) *Profile { return &tr.axis[:tr.n][i] }

// Duration in s until the last axis has arrived.
func (tr *Trajectory) Duration() float64 { return tr.duration }

// Straight tells whether the axes keep to a straight line, as SyncPhase asks.
func (tr *Trajectory) Straight() bool { return tr.straight }

// At sets position, velocity and acceleration of every axis t seconds from the start. Each
// slice has one element per axis, else At panics. It neither allocates nor keeps state. After
// the end the axes go on with the accelerations of their targets.
func (tr *Trajectory) At(t float64, p, v, a []float64) {
	n := tr.n
	if len(p) != n || len(v) != n || len(a) != n {
		panic(fmt.Sprintf("jerk: %d positions, %d velocities and %d accelerations for %d axes", len(p), len(v), len(a), n))
	}
	for k := range tr.axis[:n] {
		pr := &tr.axis[k]
		i := pr.n
		for i > 0 && t < pr.start[i] {
			i--
		}
		f := &pr.phase[i]
		dt := t - pr.start[i]
		if dt < 0 {
			dt = 0
		}
		p[k], v[k], a[k] = f.at(dt)
	}
}

// Plan the motion of least duration from one state of all axes to another, with what they
// have in common. It does not allocate unless it fails; then the error names the axis, from 1,
// wraps what Profile.Plan returns, and the trajectory is as it was before. With SyncTime it
// wraps ErrDuration where the axes have no duration in common.
func (tr *Trajectory) Plan(m Move) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.Sync == SyncPhase && tr.planStraight(&m) {
		return nil
	}
	if err := tr.planAxes(&m); err != nil {
		return err
	}
	tr.n, tr.straight, tr.duration = len(m.From), false, 0
	for i := range m.From {
		s, pr := &tr.scratch[i], &tr.axis[i]
		pr.brake(m.From[i], &m.Limits[i])
		pr.fill(&s.problem, s.choice, s.least)
		pr.finish(m.To[i])
		tr.duration = max(tr.duration, pr.Duration())
	}
	return nil
}

// check the lengths of a move.
func (m *Move) check() error {
	n := len(m.From)
	if n > MaxAxes {
		return fmt.Errorf("jerk: %d axes; the most is %d", n, MaxAxes)
	}
	if len(m.To) != n || len(m.Limits) != n {
		return fmt.Errorf("jerk: %d starts, %d targets and %d limits; each axis has one of each", n, len(m.To), len(m.Limits))
	}
	if !(m.Duration >= 0 && m.Duration <= math.MaxFloat64) {
		return fmt.Errorf("jerk: %w: %v s", ErrDuration, m.Duration)
	}
	return nil
}

// planAxes leaves in the scratch how each axis fills its time.
func (tr *Trajectory) planAxes(m *Move) error {
	t := m.Duration
	for i := range m.From {
		if err := check(m.From[i], m.To[i], &m.Limits[i]); err != nil {
			return fmt.Errorf("axis %d: %w", i+1, err)
		}
		s := &tr.scratch[i]
		var head Profile
		s.problem.set(head.brake(m.From[i], &m.Limits[i]), m.To[i], &m.Limits[i])
		s.before = head.Duration()
		var ok bool
		if s.member, ok = s.problem.least(); !ok {
			return fmt.Errorf("axis %d: %w", i+1, tooNear(m.From[i], m.To[i]))
		}
		s.least = s.problem.duration(s.member)
		s.choice = choice{kind: quickest, member: s.member}
		t = max(t, s.before+s.least)
	}
	if m.Sync == SyncNone {
		return nil
	}
	// Each axis may have durations, above its least, that no motion has. Each round either ends
	// or goes on to the next duration of one of them.
	for range 8 * MaxAxes {
		longer := t
		for i := range m.From {
			s := &tr.scratch[i]
			rest := t - s.before
			var ok bool
			s.choice, ok = s.problem.cruiseFor(rest, s.member, s.least)
			if !ok {
				next, ok := s.problem.next(rest, 1)
				if !ok {
					return fmt.Errorf("axis %d: jerk: %w: %v s, that others need, or any longer one", i+1, ErrDuration, t)
				}
				if next > rest+durationSlack*t {
					longer = s.before + next
					break
				}
			}
		}
		if longer == t {
			for i := range m.From {
				s := &tr.scratch[i]
				s.least = t - s.before
			}
			return nil
		}
		t = longer
	}
	return fmt.Errorf("jerk: %w: the axes have none in common up to %v s", ErrDuration, t)
}

// PlanVelocity plans for each axis the quickest change to the velocity and acceleration of
// its target, whose position is not used. With SyncPhase a motion on a straight line stays on
// it if the target allows it; with anything else each axis is as quick as it can be. Duration
// is not used. It does not allocate unless it fails; then the trajectory is as it was before.
func (tr *Trajectory) PlanVelocity(m Move) error {
	m.Duration = 0
	if err := m.check(); err != nil {
		return err
	}
	for i := range m.From {
		if err := check(m.From[i], State{V: m.To[i].V, A: m.To[i].A}, &m.Limits[i]); err != nil {
			return fmt.Errorf("axis %d: %w", i+1, err)
		}
	}
	if m.Sync == SyncPhase && tr.changeStraight(&m) {
		return nil
	}
	tr.n, tr.straight, tr.duration = len(m.From), false, 0
	for i := range m.From {
		pr := &tr.axis[i]
		pr.changeVelocity(m.From[i], m.To[i].V, m.To[i].A, &m.Limits[i])
		tr.duration = max(tr.duration, pr.Duration())
	}
	return nil
}

// Stop plans the quickest way to rest from a state of all axes, as PlanVelocity does.
func (tr *Trajectory) Stop(from []State, limits []Limits, sync Sync) error {
	if len(from) > MaxAxes {
		return fmt.Errorf("jerk: %d axes; the most is %d", len(from), MaxAxes)
	}
	var rest [MaxAxes]State
	return tr.PlanVelocity(Move{From: from, To: rest[:len(from)], Limits: limits, Sync: sync})
}

// States sets the state of every axis t seconds from the start, as the start of a motion that
// takes over from there. The slice has one element per axis, else it panics.
func (tr *Trajectory) States(t float64, out []State) {
	if len(out) != tr.n {
		panic(fmt.Sprintf("jerk: %d states for %d axes", len(out), tr.n))
	}
	for i := range out {
		out[i] = tr.axis[i].At(t)
	}
}
