package control

import (
	"fmt"
	"math"
)

// MaxFilters is the most filters that a Drive has on its torque command.
const MaxFilters = 4

// DriveConfig of a drive. Units are those of a rotary axis (rad, N m, kg m2) or of a linear one
// (m, N, kg). The zero value of a field leaves its part out; Gains must be there: Tune sets them.
type DriveConfig struct {
	Period  float64 // between steps, s
	Inertia float64 // of motor and load, for the feed-forward of acceleration and for Tune
	Gains   DriveGains

	// SpeedFilter is the time constant of the low-pass on the measured velocity, s.
	SpeedFilter float64
	// Filters on the torque command, at most MaxFilters: notches and low-passes made for Period.
	Filters []Biquad

	// VelocityFeed is the share of the set-point's velocity that is fed forward, AccelerationFeed
	// that of Inertia times its acceleration. 1 lets the axis follow without a lag.
	VelocityFeed, AccelerationFeed float64
	// Viscous and Coulomb friction are fed forward for the set-point's velocity. The torque of
	// Coulomb friction changes its sign along a straight line within CoulombSpeed on either side
	// of 0; a CoulombSpeed of 0 means at once, with nothing at 0.
	Viscous, Coulomb, CoulombSpeed float64

	MaxSpeed  float64 // of the velocity command; 0 means no limit
	MaxTorque float64 // 0 means no limit

	// FollowingError is how far the axis may be off its set-point for longer than FollowingTime
	// (s); 0 means no limit.
	FollowingError, FollowingTime float64
}

// DriveGains of the cascade.
type DriveGains struct {
	Position float64 // velocity per position error, 1/s (k_v)
	Velocity float64 // torque per velocity error, N m s/rad
	Integral float64 // integral time of the velocity loop, s; 0 for none
}

func (g DriveGains) check() error {
	return check("drive: gains", atLeast0("position", "1/s", g.Position), atLeast0("velocity", "", g.Velocity), atLeast0("integral time", "s", g.Integral))
}

// Setpoint of a drive: where the axis is to be at this instant, and how it is to move there.
type Setpoint struct {
	Position     float64
	Velocity     float64
	Acceleration float64
	Torque       float64 // fed forward beside all else, such as gravity's from a dynamic model
}

// Fault of a drive. It is latched until Enable.
type Fault uint8

// The faults, and how the drive reacts: after a FollowingFault or a SetpointFault it brakes with
// its velocity loop, as hard as the torque limit allows, and holds speed 0. After a FeedbackFault,
// a position that is no number, it knows nothing, and gives no torque: the brake is to be closed.
const (
	NoFault Fault = iota
	FollowingFault
	SetpointFault
	FeedbackFault
)

// String names the fault.
func (f Fault) String() string {
	switch f {
	case NoFault:
		return "no fault"
	case FollowingFault:
		return "following error"
	case SetpointFault:
		return "set-point is not a number"
	case FeedbackFault:
		return "feedback is not a number"
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Drive is the cascade of a servo drive: a proportional position loop around a PI velocity loop,
// with feed-forward of velocity, acceleration and friction, filters on the torque command,
// and limits of velocity and torque. The integral gives way at the torque limit (back-calculation
// with the integral time).
//
// Velocity is measured as the encoder's way in the last period, and the set-point's velocity is
// averaged over that period, and filtered, in the same way: an axis that follows its set-point
// has a velocity error of 0 at constant acceleration as well. The integral is exact for errors that
// run straight between samples.
type Drive struct {
	cfg     DriveConfig
	filters [MaxFilters]Biquad
	keep    float64 // of the speed filter per step
	give    float64 // of the anti-windup
	limit   float64 // of the time beyond the following error, in steps

	enabled   bool
	bumpless  bool // the next step is to give the torque of torque
	fault     Fault
	late      float64 // steps beyond the following error
	position  float64 // last measured
	error     float64 // last following error
	velocity  float64 // measured
	reference float64 // set-point's velocity, as measured
	feed      float64 // last set-point's velocity
	lastError float64 // of velocity
	integral  float64 // torque
	torque    float64
	saturated bool
}

// NewDrive checks a configuration. The drive is not enabled.
func NewDrive(cfg DriveConfig) (*Drive, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.MaxSpeed == 0 {
		cfg.MaxSpeed = math.MaxFloat64
	}
	if cfg.MaxTorque == 0 {
		cfg.MaxTorque = math.MaxFloat64
	}
	d := &Drive{cfg: cfg, limit: cfg.FollowingTime / cfg.Period}
	copy(d.filters[:], cfg.Filters)
	d.cfg.Filters = d.filters[:len(cfg.Filters)]
	if cfg.SpeedFilter > 0 {
		d.keep = math.Exp(-cfg.Period / cfg.SpeedFilter)
	}
	d.setGains(cfg.Gains)
	return d, nil
}

func (cfg *DriveConfig) check() error {
	if err := check("drive", positive("period", "s", cfg.Period), atLeast0("inertia", "", cfg.Inertia),
		atLeast0("speed filter", "s", cfg.SpeedFilter), share("velocity feed-forward", cfg.VelocityFeed),
		field{"acceleration feed-forward", "", cfg.AccelerationFeed, 0, 2},
		atLeast0("viscous friction", "", cfg.Viscous), atLeast0("Coulomb friction", "", cfg.Coulomb), atLeast0("Coulomb speed", "", cfg.CoulombSpeed),
		atLeast0("greatest speed", "", cfg.MaxSpeed), atLeast0("greatest torque", "", cfg.MaxTorque),
		atLeast0("following error", "", cfg.FollowingError), atLeast0("following time", "s", cfg.FollowingTime)); err != nil {
		return err
	}
	if n := len(cfg.Filters); n > MaxFilters {
		return fmt.Errorf("control: drive: %d filters; there may be %d", n, MaxFilters)
	}
	return cfg.Gains.check()
}

func (d *Drive) setGains(g DriveGains) {
	d.cfg.Gains = g
	d.give = 0
	if g.Integral > 0 {
		d.give = -math.Expm1(-d.cfg.Period / g.Integral)
	}
}

// Enable clears a fault and starts the loops: at the measured position and velocity, and with a
// torque, such as the one that holds the load, from which the first Step goes on without a bump,
// whatever its set-point (with an integral to take up the difference). Arguments that are not numbers are a FeedbackFault.
func (d *Drive) Enable(position, velocity, torque float64) {
	if !finite(position) || !finite(velocity) || !finite(torque) {
		d.Disable()
		d.fault = FeedbackFault
		return
	}
	torque = clamp(torque, d.cfg.MaxTorque)
	d.enabled, d.bumpless, d.fault, d.late = true, true, NoFault, 0
	d.position, d.velocity, d.reference, d.feed = position, velocity, velocity, velocity
	d.error, d.lastError, d.integral, d.torque, d.saturated = 0, 0, 0, torque, false
	for i := range d.cfg.Filters {
		d.cfg.Filters[i].Settle(torque)
	}
}

// Disable ends control: Step gives no torque until Enable. A fault stays to be seen.
func (d *Drive) Disable() {
	d.enabled, d.torque, d.integral, d.error, d.saturated = false, 0, 0, 0, false
}

// Retune changes the gains without a bump: the same set-point and position as in the last step
// would give the same torque. Without an integral there is nothing to take up the difference.
func (d *Drive) Retune(g DriveGains) error {
	if err := g.check(); err != nil {
		return err
	}
	if d.fault == NoFault {
		e := d.command(g) - d.velocity
		d.integral += d.cfg.Gains.Velocity*d.lastError - g.Velocity*e
		d.lastError = e
	}
	if g.Integral == 0 {
		d.integral = 0
	}
	d.setGains(g)
	return nil
}

// Step takes the set-point and the encoder's position of this instant and returns the torque
// command for the period that begins. Without Enable, and after a FeedbackFault, that is 0.
func (d *Drive) Step(set Setpoint, position float64) float64 {
	if !d.enabled {
		return 0
	}
	if !finite(position) {
		return d.lose()
	}
	cfg := &d.cfg
	way := (position - d.position) / cfg.Period
	measured := way + d.keep*(d.velocity-way)
	if !finite(measured) {
		return d.lose()
	}
	d.position, d.velocity = position, measured
	if d.fault == NoFault {
		d.watch(&set, position)
	}

	var command, feed float64
	if d.fault == NoFault {
		mean := (set.Velocity + d.feed) / 2
		d.reference = mean + d.keep*(d.reference-mean)
		d.feed = set.Velocity
		command = d.command(cfg.Gains)
		feed = cfg.AccelerationFeed*cfg.Inertia*set.Acceleration + d.friction(set.Velocity) + set.Torque
	}
	e := command - measured
	p := cfg.Gains.Velocity * e
	switch {
	case cfg.Gains.Integral == 0:
	case d.bumpless:
		d.integral = d.torque - p - feed
	default:
		d.integral += cfg.Gains.Velocity / cfg.Gains.Integral * (cfg.Period / 2 * (e + d.lastError))
	}
	d.bumpless, d.lastError = false, e
	raw := p + d.integral + feed
	for i := range cfg.Filters {
		raw = cfg.Filters[i].Step(raw)
	}
	torque := clamp(raw, cfg.MaxTorque)
	d.integral += d.give * (torque - raw)
	if !finite(torque) || !finite(d.integral) {
		return d.lose() // overflow: no number tells what the axis needs
	}
	d.saturated = torque != raw
	d.torque = torque
	return torque
}

// command is the velocity that the position loop asks for.
func (d *Drive) command(g DriveGains) float64 {
	return clamp(g.Position*d.error+d.cfg.VelocityFeed*d.reference, d.cfg.MaxSpeed)
}

// watch looks for faults of set-point and following error.
func (d *Drive) watch(set *Setpoint, position float64) {
	if !finite(set.Position) || !finite(set.Velocity) || !finite(set.Acceleration) || !finite(set.Torque) {
		d.fault = SetpointFault
		return
	}
	d.error = set.Position - position
	if d.cfg.FollowingError == 0 || math.Abs(d.error) <= d.cfg.FollowingError {
		d.late = 0
		return
	}
	if d.late++; d.late > d.limit {
		d.fault = FollowingFault
	}
}

// lose is the reaction to feedback that is no number.
func (d *Drive) lose() float64 {
	d.Disable()
	d.fault = FeedbackFault
	return 0
}

// friction that is fed forward at a velocity.
func (d *Drive) friction(v float64) float64 {
	f := d.cfg.Viscous * v
	switch {
	case math.Abs(v) < d.cfg.CoulombSpeed:
		f += d.cfg.Coulomb * (v / d.cfg.CoulombSpeed)
	case v != 0:
		f += math.Copysign(d.cfg.Coulomb, v)
	}
	return f
}

// DriveState is what a drive shows of itself.
type DriveState struct {
	Enabled        bool
	Fault          Fault
	FollowingError float64 // set-point less position
	Velocity       float64 // as measured
	Torque         float64 // commanded
	Integral       float64 // torque of the velocity loop's integral
	Saturated      bool    // the torque is at its limit
}

// State of the drive after the last step.
func (d *Drive) State() DriveState {
	return DriveState{Enabled: d.enabled, Fault: d.fault, FollowingError: d.error, Velocity: d.velocity,
		Torque: d.torque, Integral: d.integral, Saturated: d.saturated}
}
