package compensation

import (
	"linetwin.dev/kinematics"
)

// Matrix is the on-line compensation matrix: a small displacement that is put on top of every
// setpoint, and that follows the opposite of the error that is seen between setpoints and
// measurements.
//
// Observe takes a measurement, whenever there is one; Advance takes the correction one cycle
// on; Apply puts it on a setpoint. A measurement is first freed of the correction that was in
// force when it was taken, so what the window holds are estimates of the machine's own error:
// the age of the measurements then plays no part in the stability (MaxGain). Their
// trimmed mean, for each of the six components, is the error to be taken out. Position and
// orientation are corrected on their own: a turn of the tool does not shift its point.
//
// The correction is never larger than MaxShift and MaxTurn, and never changes faster than
// MaxShiftRate and MaxTurnRate, whatever is observed, missed or malformed. Its rotation is
// advanced by the exponential map of SO(3) and made orthonormal in every cycle: it stays within
// RotationError of a rotation in any number of them.
//
// No method allocates. A Matrix is not safe for concurrent use.
type Matrix struct {
	c MatrixConfig
	// gain, bleed, shift and turn are per cycle.
	gain, bleed, shift, turn float64
	hold                     int

	now, target kinematics.Pose
	limited     bool

	past []kinematics.Pose // a ring of corrections, the latest at pastAt
	at   int

	errors   [][6]float64 // a ring of estimates in the order of their coming, the oldest at next
	next     int
	windows  [6]window
	since    int // cycles since the last accepted measurement
	accepted uint64
	rejected uint64
	state    State
}

// RotationError bounds every element of R'R - 1 of a correction's rotation R, after any number
// of cycles.
const RotationError = 2e-15

// Frame says along which axes, and on which side, a correction acts.
type Frame uint8

// The frames.
const (
	// Machine: along the axes of the frame in which poses are given. It suits errors of the
	// machine's structure and of where a workpiece lies.
	Machine Frame = iota
	// Tool: along the axes of the commanded pose. It suits errors of the spindle and the
	// tool.
	Tool
)

// String names the frame.
func (f Frame) String() string {
	switch f {
	case Machine:
		return "machine"
	case Tool:
		return "tool"
	}
	return "unknown frame"
}

// State is what the correction does.
type State uint8

// The states.
const (
	// Filling: there are too few measurements to trust, and the correction stays as it is.
	Filling State = iota
	// Tracking: it follows the opposite of the error.
	Tracking
	// Holding: measurements have been missing for longer than Hold, and it stays as it is.
	Holding
	// Bleeding: the same, and it goes back to none.
	Bleeding
)

// String names the state.
func (s State) String() string {
	switch s {
	case Filling:
		return "filling"
	case Tracking:
		return "tracking"
	case Holding:
		return "holding"
	case Bleeding:
		return "bleeding"
	}
	return "unknown state"
}

// Verdict is what became of a measurement.
type Verdict uint8

// The verdicts.
const (
	Accepted  Verdict = iota
	Malformed         // a pose with a number that is not finite, or a rotation that is none
	Far               // further off than RejectShift or RejectTurn
	Late              // older than MaxAge, or of an age below 0
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Malformed:
		return "malformed"
	case Far:
		return "far"
	case Late:
		return "late"
	}
	return "unknown verdict"
}

// NewMatrix makes a matrix without a correction. The error names the field of the configuration
// that makes no sense, and says what would.
func NewMatrix(c MatrixConfig) (*Matrix, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	m := &Matrix{
		c:      c,
		gain:   c.Gain * c.Period,
		shift:  c.MaxShiftRate * c.Period,
		turn:   c.MaxTurnRate * c.Period,
		hold:   int(c.Hold / c.Period),
		past:   make([]kinematics.Pose, c.MaxAge+1),
		errors: make([][6]float64, 0, c.Window),
	}
	if c.Bleed > 0 {
		m.bleed = min(c.Period/c.Bleed, 1)
	}
	for i := range m.windows {
		m.windows[i] = newWindow(c.Window, c.Trim)
	}
	m.Reset()
	return m, nil
}

// Reset takes the correction back to none at once and forgets all measurements, but not how
// many there were. It is for a machine at rest that is about to take its setpoints anew: of a
// moving machine it would make a jump.
func (m *Matrix) Reset() {
	m.now, m.target = kinematics.Identity(), kinematics.Identity()
	for i := range m.past {
		m.past[i] = m.now
	}
	m.at, m.since = 0, 0
	m.limited = false
	m.state = Filling
	m.forget()
}

// forget empties the window.
func (m *Matrix) forget() {
	m.errors, m.next = m.errors[:0], 0
	for i := range m.windows {
		m.windows[i].clear()
	}
}

// Observe takes a measurement: where the tool was commanded to be, before Apply, and where it
// was found, at the same moment, in the same frame. Age is the number of cycles (calls of
// Advance) since the correction that the machine had followed by then was the current one: 0
// where measurements are at once and drives without delay. An age that is wrong costs
// stability at high gains (MaxGain).
//
// The verdict says whether the measurement was used; one that was not changes nothing but the
// count of those.
func (m *Matrix) Observe(commanded, measured kinematics.Pose, age int) Verdict {
	v := m.observe(&commanded, &measured, age)
	if v == Accepted {
		m.accepted++
	} else {
		m.rejected++
	}
	return v
}

func (m *Matrix) observe(commanded, measured *kinematics.Pose, age int) Verdict {
	if !rigid(&commanded.R, &commanded.P) || !rigid(&measured.R, &measured.P) {
		return Malformed
	}
	if age < 0 || age >= len(m.past) {
		return Late
	}
	i := m.at - age
	if i < 0 {
		i += len(m.past)
	}
	was := &m.past[i]

	shift := [3]float64{measured.P[0] - commanded.P[0], measured.P[1] - commanded.P[1], measured.P[2] - commanded.P[2]}
	var turned [9]float64
	if m.c.Frame == Tool {
		shift = transposeApply(&commanded.R, shift)
		turned = transposeMul(&commanded.R, &measured.R) // correction, then error
		turned = transposeMul(&was.R, &turned)
	} else {
		turned = mulTranspose(&measured.R, &commanded.R) // error on top of correction
		turned = mulTranspose(&turned, &was.R)
	}
	for i := range shift {
		shift[i] -= was.P[i]
	}
	turn := kinematics.LogSO3(turned)
	if !(norm(shift) <= m.c.RejectShift && norm(turn) <= m.c.RejectTurn) {
		return Far
	}
	m.keep([6]float64{shift[0], shift[1], shift[2], turn[0], turn[1], turn[2]})
	m.since = 0
	return Accepted
}

// keep an estimate of the error in the window, and the opposite of their mean as the target.
func (m *Matrix) keep(e [6]float64) {
	if len(m.errors) < cap(m.errors) {
		m.errors = append(m.errors, e)
		for i := range m.windows {
			m.windows[i].add(e[i])
		}
	} else {
		old := &m.errors[m.next]
		for i := range m.windows {
			m.windows[i].replace(old[i], e[i])
		}
		*old = e
		m.next++
		if m.next == len(m.errors) {
			m.next = 0
		}
	}
	if len(m.errors) < m.c.MinSamples {
		return
	}
	var mean [6]float64
	for i := range m.windows {
		mean[i] = -m.windows[i].mean()
	}
	// Shortening the target, not the correction, is what keeps the integrator from winding
	// up: both lie in a ball, and so does every way between them.
	shift, long := within([3]float64(mean[:3]), m.c.MaxShift)
	turn, wide := within([3]float64(mean[3:]), m.c.MaxTurn)
	m.limited = long || wide
	m.target = kinematics.Pose{R: kinematics.ExpSO3(turn), P: shift}
}

// Advance takes the correction one cycle on: towards the opposite of the error by Gain times
// Period of what is missing, as far as the rates allow. It is to be called once in every
// cycle, whether there was a measurement or not.
func (m *Matrix) Advance() {
	gain := m.gain
	switch {
	case m.since > m.hold:
		// What comes after a long silence is judged without what was before it.
		m.forget()
		m.limited = false
		m.target = m.now
		m.state = Holding
		if m.bleed > 0 {
			gain = m.bleed
			m.target = kinematics.Identity()
			m.state = Bleeding
		}
	case len(m.errors) < m.c.MinSamples:
		m.target = m.now
		m.state = Filling
		m.since++
	default:
		m.state = Tracking
		m.since++
	}

	if m.now.P != m.target.P {
		step := m.now.P
		for i := range step {
			step[i] = gain * (m.target.P[i] - step[i])
		}
		step, _ = within(step, m.shift)
		for i := range step {
			m.now.P[i] += step[i]
		}
	}
	if m.now.R != m.target.R {
		way := transposeMul(&m.now.R, &m.target.R)
		step, _ := within(scale(kinematics.LogSO3(way), gain), m.turn)
		turn := kinematics.ExpSO3(step)
		turn = mul(&m.now.R, &turn)
		m.now.R = orthonormal(&turn)
	}

	m.at++
	if m.at == len(m.past) {
		m.at = 0
	}
	m.past[m.at] = m.now
}

// Apply puts the correction on a setpoint.
func (m *Matrix) Apply(commanded kinematics.Pose) kinematics.Pose {
	if m.c.Frame == Tool {
		return commanded.Mul(m.now)
	}
	sent := kinematics.Pose{R: mul(&m.now.R, &commanded.R)}
	for i := range sent.P {
		sent.P[i] = commanded.P[i] + m.now.P[i]
	}
	return sent
}

// Correction is what Apply puts on a setpoint: a shift and a rotation, along the axes of the
// configured frame. Its matrix is that of the homogeneous coordinates R, P.
func (m *Matrix) Correction() kinematics.Pose { return m.now }

// Status tells how things stand with a Matrix.
type Status struct {
	State   State
	Limited bool // the error is larger than MaxShift or MaxTurn allow to take out
	Samples int  // measurements in the window
	Silence int  // cycles since the last accepted measurement
	// Accepted and Rejected count measurements since the matrix was made.
	Accepted, Rejected uint64
	// Error is the machine's own error as the window has it, and Spread what it varies by: half
	// the distance between the quartiles, which for symmetric noise is the median absolute
	// deviation. Both are displacements in m and rad along the axes of the frame.
	Error, Spread kinematics.Twist
}

// Status of the matrix.
func (m *Matrix) Status() Status {
	s := Status{
		State: m.state, Limited: m.limited, Samples: len(m.errors), Silence: m.since,
		Accepted: m.accepted, Rejected: m.rejected,
	}
	for i := range m.windows {
		s.Error[i], s.Spread[i] = m.windows[i].mean(), m.windows[i].spread()
	}
	return s
}
