package jerk

import (
	"errors"
	"fmt"
	"math"
)

// State is where an axis is and how it moves there: position in m (or rad), velocity per
// second, acceleration per second squared. For motion along a path, P is the arc length.
type State struct {
	P, V, A float64
}

// Limits of an axis. Velocity stays in [MinV, MaxV], acceleration in [MinA, MaxA], and jerk
// in [-MaxJ, MaxJ]. MinV may be 0, as for motion along a path that must not go back.
// Distances are in m or rad, time is in s.
type Limits struct {
	MaxV, MinV float64 // MaxV > MinV, MinV <= 0 <= MaxV
	MaxA, MinA float64 // MinA < 0 < MaxA
	MaxJ       float64 // > 0
}

// Symmetric limits: the same in both directions.
func Symmetric(v, a, j float64) Limits {
	return Limits{MaxV: v, MinV: -v, MaxA: a, MinA: -a, MaxJ: j}
}

// Errors that callers may want to tell apart. Those that a plan returns wrap one of them
// and say which value is wrong.
var (
	// ErrLimits are limits between which nothing can move.
	ErrLimits = errors.New("limits cannot be kept")
	// ErrStart is a start that is not finite.
	ErrStart = errors.New("start is not finite")
	// ErrTarget is a target outside the limits, or one that can only be reached from outside.
	ErrTarget = errors.New("target is outside the limits")
	// ErrTooNear is a target in front of which the axis cannot slow down, and to which it may
	// not come back because its limits forbid that direction.
	ErrTooNear = errors.New("target is too near to slow down, and the limits do not let the axis come back")
	// ErrDuration is a duration in which no motion within the limits leads to the target.
	ErrDuration = errors.New("no motion has this duration")
)

// slack is the part of a limit by which a state may exceed it and still count as within:
// the rounding of a state that was taken from an earlier profile. For such a state the
// limit itself is as much larger.
const slack = 2e-13

// Check says what is wrong with the limits, or nil.
func (l *Limits) Check() error {
	switch {
	case !(l.MaxJ > 0 && l.MaxJ <= math.MaxFloat64):
		return fmt.Errorf("jerk: %w: MaxJ is %v; it must be positive and finite", ErrLimits, l.MaxJ)
	case !(l.MaxA > 0 && l.MaxA <= math.MaxFloat64):
		return fmt.Errorf("jerk: %w: MaxA is %v; it must be positive and finite", ErrLimits, l.MaxA)
	case !(l.MinA < 0 && l.MinA >= -math.MaxFloat64):
		return fmt.Errorf("jerk: %w: MinA is %v; it must be negative and finite", ErrLimits, l.MinA)
	case !(l.MaxV >= 0 && l.MaxV <= math.MaxFloat64):
		return fmt.Errorf("jerk: %w: MaxV is %v; it must be 0 or more, and finite", ErrLimits, l.MaxV)
	case !(l.MinV <= 0 && l.MinV >= -math.MaxFloat64):
		return fmt.Errorf("jerk: %w: MinV is %v; it must be 0 or less, and finite", ErrLimits, l.MinV)
	case l.MaxV == l.MinV:
		return fmt.Errorf("jerk: %w: MaxV and MinV are both 0; one of them must let the axis move", ErrLimits)
	}
	return nil
}

// mirror returns the limits of the same motion with the other sign.
func (l *Limits) mirror() Limits {
	return Limits{MaxV: -l.MinV, MinV: -l.MaxV, MaxA: -l.MinA, MinA: -l.MaxA, MaxJ: l.MaxJ}
}

// CheckTarget says why no motion within the limits ends with this velocity and acceleration,
// or nil. Besides both being within their limits, the velocity must have been so just before:
// V - A*|A|/(2 MaxJ) is the last velocity at which the acceleration can have been 0.
func (l *Limits) CheckTarget(v, a float64) error {
	dv, da := slack*(l.MaxV-l.MinV), slack*(l.MaxA-l.MinA)
	before := v - a*math.Abs(a)/(2*l.MaxJ)
	switch {
	case !(v >= l.MinV-dv && v <= l.MaxV+dv):
		return fmt.Errorf("jerk: %w: velocity %v is not in [%v, %v]", ErrTarget, v, l.MinV, l.MaxV)
	case !(a >= l.MinA-da && a <= l.MaxA+da):
		return fmt.Errorf("jerk: %w: acceleration %v is not in [%v, %v]", ErrTarget, a, l.MinA, l.MaxA)
	case !(before >= l.MinV-dv && before <= l.MaxV+dv):
		return fmt.Errorf("jerk: %w: velocity %v with acceleration %v can only follow a velocity of %v, which is not in [%v, %v]",
			ErrTarget, v, a, before, l.MinV, l.MaxV)
	}
	return nil
}

func (s State) finite() bool {
	return !math.IsNaN(s.P-s.P) && !math.IsNaN(s.V-s.V) && !math.IsNaN(s.A-s.A)
}

// admit widens the limits by the slack that a state within it uses. After is true for a
// state that motion comes from, false for one that it leads to.
func (l *Limits) admit(v, a float64, after bool) {
	rest := a * math.Abs(a) / (2 * l.MaxJ)
	if !after {
		rest = -rest
	}
	w := v + rest
	l.MaxA, l.MinA = max(l.MaxA, a), min(l.MinA, a)
	l.MaxV, l.MinV = max(l.MaxV, w), min(l.MinV, w)
	if !after {
		l.MaxV, l.MinV = max(l.MaxV, v), min(l.MinV, v)
	}
}
