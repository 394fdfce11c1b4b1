package realtime

import "fmt"

// MaxAxes is the most axes that a setpoint moves: X Y Z A B C U V W.
const MaxAxes = 9

// Axes is a number for each axis, of which a servo uses the first ones: m or rad for
// positions, and their derivatives per second.
type Axes [MaxAxes]float64

// Setpoint says where the axes have to be at a time. Setpoints of one motion, from rest to
// rest, are a stream: they have the same Stream, which is greater than that of the motion
// before, and rising times at most MaxGap apart.
type Setpoint struct {
	Time         Instant
	Stream       uint64
	Flags        Flags
	_            uint32
	Position     Axes
	Velocity     Axes // of the same motion; see PositionOnly
	Acceleration Axes
}

// Flags of a Setpoint.
type Flags uint32

const (
	// Last ends a stream: the axes rest there. Without it, setpoints that stop coming are a
	// fault, and the axes are brought to a stop.
	Last Flags = 1 << iota
	// PositionOnly is a setpoint of a source that knows no velocities. They follow from
	// the positions before, half a setpoint late.
	PositionOnly
)

// Feedback is what became of one cycle of the servo.
type Feedback struct {
	Time         Instant // that the cycle was scheduled for
	Cycle        uint64  // number of it
	Stream       uint64  // that was followed last
	State        State
	Reason       Reason // of the last stop
	Axis         int32  // that the reason is about, from 0; -1 for none
	_            uint32
	Late         int64 // ns
	Position     Axes  // commanded
	Velocity     Axes
	Acceleration Axes
	Actual       Axes // positions that the drives measured in this cycle
	ActualSpeed  Axes // velocities that they measured
}

// State of a servo.
type State uint32

// The states. A servo begins with Starting, holds, and then takes turns between following
// and holding, from one to the other by way of stopping unless a stream ends at rest.
const (
	Starting  State = iota // settings, drives and thread are made ready
	Holding                // the axes rest, under control
	Following              // they follow a stream of setpoints
	Stopping               // they slow down within their limits, on their own
	Ended                  // the servo has let go of its drives
)

func (s State) String() string {
	names := [...]string{"starting", "holding", "following", "stopping", "ended"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint32(s))
}

// Reason why a servo stopped following.
type Reason uint32

// The reasons.
const (
	NoReason      Reason = iota
	StreamEnded          // with Last, at rest
	RanDry               // the next setpoint was not there in time
	Requested            // Process.Stop, or the signal TERM
	ParentSilent         // the process that started the servo shows no life
	ParentDied           // it is gone
	DriveFailed          // the drives returned an error
	Stalled              // too many periods in a row were missed
	Restarted            // the servo died and was started again
	NotFinite            // a setpoint is not a number
	WrongTime            // a setpoint is not up to MaxGap after the one before, or a stream begins in the past or after MaxLead
	WrongStream          // a stream begins before the one before has ended
	NotAtRest            // a stream begins or ends in motion
	WrongPlace           // a stream does not begin where the axis is
	TooFast              // a setpoint breaks the axis's limit of velocity
	TooSudden            // a setpoint breaks the axis's limit of acceleration or jerk
	Contradictory        // position, velocity and acceleration of setpoints do not fit each other
)

func (r Reason) String() string {
	names := [...]string{
		"no reason",
		"the stream of setpoints ended",
		"setpoints ran dry",
		"stop was requested",
		"the process that started the servo shows no life",
		"the process that started the servo is gone",
		"the drives failed",
		"too many periods were missed",
		"the servo was started again",
		"a setpoint is not finite",
		"a setpoint's time is not right after the one before, or a stream begins in the past or too late",
		"a stream begins before the last one has ended",
		"a stream begins or ends in motion",
		"a stream does not begin where the axis is",
		"a setpoint breaks the limit of velocity",
		"a setpoint breaks the limit of acceleration or jerk",
		"position, velocity and acceleration of setpoints contradict each other",
	}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("reason %d", uint32(r))
}
