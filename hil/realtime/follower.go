package realtime

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/jerk"
)

// Follower turns setpoints into a command for each cycle, and never into a jump. It
// follows a stream from rest to rest; between setpoints it interpolates. When the next
// setpoint is not there in time, or one is wrong, it brings each axis to rest within its
// limits, from the position, velocity and acceleration that were commanded last, and
// refuses the rest of that stream: it goes on with one that begins where the axes are.
//
// It keeps no time of its own, starts nothing and does not allocate. It is for one
// goroutine.
type Follower struct {
	limits    []jerk.Limits
	tolerance float64
	maxMissed uint64

	state  State
	reason Reason
	axis   int
	stream uint64 // followed last; it and those before are over while holding

	prev, next Setpoint
	ahead      bool    // next is valid
	step       float64 // from the one before to the last PositionOnly setpoint, s

	time    Instant               // of the last command
	states  [MaxAxes]jerk.State   // of it
	stop    [MaxAxes]jerk.Profile // how the axes come to rest
	stopped [MaxAxes]float64      // duration of it, s
	began   Instant               // when
}

// NewFollower makes a follower that holds. There is one axis for each of the limits, which
// no setpoint may break; they may be wider than those that the motion was planned with. A
// stream may begin as far as the tolerance (m or rad) from where an axis is. After more
// than maxMissed missed periods in a row it stops.
func NewFollower(limits []jerk.Limits, tolerance float64, maxMissed uint64) (*Follower, error) {
	if len(limits) < 1 || len(limits) > MaxAxes {
		return nil, fmt.Errorf("realtime: limits of %d axes; a servo has 1 to %d", len(limits), MaxAxes)
	}
	for i := range limits {
		if err := limits[i].Check(); err != nil {
			return nil, fmt.Errorf("realtime: axis %d: %w", i, err)
		}
	}
	if !(tolerance >= 0) || !finite(tolerance) {
		return nil, fmt.Errorf("realtime: a tolerance of %v; it is 0 or more", tolerance)
	}
	return &Follower{
		limits:    append([]jerk.Limits(nil), limits...),
		tolerance: tolerance,
		maxMissed: maxMissed,
		state:     Holding,
		axis:      -1,
	}, nil
}

// Hold makes the follower hold at some positions, and refuse streams up to one. It is for
// the start, when the axes are where their drives say.
func (f *Follower) Hold(at *Axes, stream uint64, why Reason) {
	for i := range f.limits {
		f.states[i] = jerk.State{P: at[i]}
	}
	f.stream = stream
	f.rest(why, -1)
}

// State, Reason of the last stop, the axis that it is about or -1, and the stream that
// was followed last.
func (f *Follower) State() (s State, why Reason, axis int, stream uint64) {
	return f.state, f.reason, f.axis, f.stream
}

// Halt brings the axes to rest, if they move, from the last command on.
func (f *Follower) Halt(why Reason) {
	if f.state == Following {
		f.halt(why, -1)
	}
}

// Step takes the setpoints that it needs from the ring and sets the command of a cycle:
// its Time is that of the cycle, and each axis's state is for then.
func (f *Follower) Step(c Cycle, in *Consumer[Setpoint], out *Command) {
	if f.state == Following && c.Missed > f.maxMissed {
		f.halt(Stalled, -1)
	}
	t := c.Scheduled
	if f.state == Holding {
		f.begin(t, in)
	}
	if f.state == Following {
		f.follow(t, in)
	}
	if f.state == Stopping {
		f.slowDown(t)
	}
	f.time = t
	out.Time = t
	for i := range f.limits {
		s := &f.states[i]
		out.Position[i], out.Velocity[i], out.Acceleration[i] = s.P, s.V, s.A
	}
}

// begin looks for the first setpoint of a new stream.
func (f *Follower) begin(t Instant, in *Consumer[Setpoint]) {
	for range in.mask + 1 { // what comes meanwhile has time until the next cycle
		if !in.Pop(&f.prev) {
			return
		}
		if f.prev.Stream <= f.stream {
			continue
		}
		f.stream = f.prev.Stream
		if why, axis := f.wrongStart(t); why != NoReason {
			f.rest(why, axis)
			continue
		}
		if f.prev.Flags&Last != 0 {
			f.rest(StreamEnded, -1)
			continue
		}
		f.state, f.ahead = Following, false
		return
	}
}

// wrongStart says what is wrong with the first setpoint of a stream.
func (f *Follower) wrongStart(t Instant) (Reason, int) {
	if f.prev.Time < t || f.prev.Time.Sub(t) > MaxLead {
		return WrongTime, -1
	}
	for i := range f.limits {
		p, v, a := f.prev.Position[i], f.prev.Velocity[i], f.prev.Acceleration[i]
		if f.prev.Flags&PositionOnly != 0 {
			v, a = 0, 0
			f.prev.Velocity[i], f.prev.Acceleration[i] = 0, 0
		}
		off := p - f.states[i].P
		switch {
		case !finite(p) || !finite(v) || !finite(a):
			return NotFinite, i
		case !f.atRest(i, v, a):
			return NotAtRest, i
		case off > f.tolerance || off < -f.tolerance:
			return WrongPlace, i
		}
	}
	return NoReason, -1
}

// atRest tells whether an axis rests but for rounding.
func (f *Follower) atRest(i int, v, a float64) bool {
	l := &f.limits[i]
	return !outside(v, 0, 0, margin*(l.MaxV-l.MinV)) && !outside(a, 0, 0, margin*(l.MaxA-l.MinA))
}

// follow the stream to a time.
func (f *Follower) follow(t Instant, in *Consumer[Setpoint]) {
	for range in.mask + 2 {
		if f.ahead && f.next.Time <= t {
			f.prev, f.ahead = f.next, false
		}
		if f.ahead || f.prev.Time > t || f.prev.Flags&Last != 0 {
			break
		}
		if !in.Pop(&f.next) {
			break
		}
		if f.next.Stream < f.stream {
			continue // left from before
		}
		if f.next.Stream > f.stream {
			f.stream = f.next.Stream
			f.halt(WrongStream, -1)
			return
		}
		if f.next.Flags&PositionOnly != 0 {
			f.derive()
		}
		if why, axis := guard(&f.prev, &f.next, f.limits); why != NoReason {
			f.halt(why, axis)
			return
		}
		f.ahead = true
	}
	switch {
	case f.prev.Time > t: // it has not begun
	case f.prev.Flags&Last != 0:
		f.end()
	case f.prev.Time == t:
		for i := range f.limits {
			f.states[i] = jerk.State{P: f.prev.Position[i], V: f.prev.Velocity[i], A: f.prev.Acceleration[i]}
		}
	case f.ahead:
		dt := f.next.Time.Sub(f.prev.Time).Seconds()
		u := t.Sub(f.prev.Time).Seconds() / dt
		for i := range f.limits {
			f.states[i] = between(&f.prev, &f.next, i, u, dt)
		}
	default:
		f.halt(RanDry, -1)
	}
}

// derive gives the next setpoint the velocities and accelerations that follow from the
// positions before. Times that do not fit are found by the guard.
func (f *Follower) derive() {
	dt := f.next.Time.Sub(f.prev.Time).Seconds()
	f.step = dt
	for i := range f.limits {
		f.next.Velocity[i] = (f.next.Position[i] - f.prev.Position[i]) / dt
		f.next.Acceleration[i] = (f.next.Velocity[i] - f.prev.Velocity[i]) / dt
	}
}

// end a stream with its last setpoint, which has been reached.
func (f *Follower) end() {
	for i := range f.limits {
		if v, a := f.prev.Velocity[i], f.prev.Acceleration[i]; !f.atRest(i, v, a) && !f.almost(i, v, a) {
			f.halt(NotAtRest, i)
			return
		}
	}
	for i := range f.limits {
		f.states[i] = jerk.State{P: f.prev.Position[i]}
	}
	f.rest(StreamEnded, -1)
}

// almost tells whether an axis rests whose velocities follow from positions: those of the
// last step of a motion with bounded jerk.
func (f *Follower) almost(i int, v, a float64) bool {
	if f.prev.Flags&PositionOnly == 0 {
		return false
	}
	j := f.limits[i].MaxJ
	return math.Abs(v) <= j*f.step*f.step/2 && math.Abs(a) <= 1.5*j*f.step
}

func (f *Follower) rest(why Reason, axis int) {
	f.state, f.reason, f.axis, f.ahead = Holding, why, axis, false
}

// halt plans how the axes come to rest from the last command.
func (f *Follower) halt(why Reason, axis int) {
	f.state, f.reason, f.axis, f.ahead, f.began = Stopping, why, axis, false, f.time
	for i := range f.limits {
		// It fails for states that are not finite and limits that nothing can keep; neither
		// comes this far.
		if err := f.stop[i].PlanStop(f.states[i], &f.limits[i]); err != nil {
			f.states[i] = jerk.State{P: f.states[i].P}
			_ = f.stop[i].PlanStop(f.states[i], &f.limits[i])
		}
		f.stopped[i] = f.stop[i].Duration()
	}
}

// slowDown goes on with the stop.
func (f *Follower) slowDown(t Instant) {
	dt := t.Sub(f.began).Seconds()
	moving := false
	for i := range f.limits {
		if dt < f.stopped[i] {
			f.states[i] = f.stop[i].At(dt)
			moving = true
			continue
		}
		f.states[i] = jerk.State{P: f.stop[i].End().P}
	}
	if !moving {
		f.rest(f.reason, f.axis)
	}
}
