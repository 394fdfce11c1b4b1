package mill

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/control"
	"linetwin.dev/twin/device"
)

// servo is an axis' drive, motor and load, as seen per unit of inertia: torques are
// accelerations. It interpolates finely between setpoints, one cycle behind them, so that it
// knows their velocity and acceleration without being told.
type servo struct {
	drive *control.Drive
	axis  *control.Axis
	cycle float64
	steps int        // of the loops in a cycle
	sets  [4]float64 // setpoints, the oldest first
}

// What a drive tolerates and has in hand.
const (
	reserve       = 2.5  // of the motor, over the axis' limit of acceleration
	breakaway     = 1.25 // of friction at rest, over sliding
	lostDistance  = 1e-3 // m or rad off the setpoint
	lostTime      = 0.02 // s for which it may be
	frictionSpeed = 1e-3 // share of top speed over which the fed forward friction turns
)

func newServo(a *device.MillAxis, cycle, period float64) (*servo, error) {
	fail := func(err error) (*servo, error) { return nil, fmt.Errorf("axis %s: %w", a.Name, err) }
	torque := reserve*a.Limit.Accel + a.Friction
	cfg := control.DriveConfig{
		Period: period, Inertia: 1, MaxTorque: torque,
		Coulomb: a.Friction, CoulombSpeed: frictionSpeed * a.Limit.Speed,
		FollowingError: lostDistance, FollowingTime: lostTime,
	}
	lag := a.Drive.Lag.Seconds()
	if _, err := cfg.Tune(2*math.Pi*float64(a.Drive.Bandwidth), lag); err != nil {
		return fail(err)
	}
	s := &servo{cycle: cycle, steps: int(math.Round(cycle / period)), sets: [4]float64{a.Home, a.Home, a.Home, a.Home}}
	var err error
	if s.drive, err = control.NewDrive(cfg); err != nil {
		return fail(err)
	}
	s.axis, err = control.NewAxis(control.AxisConfig{
		Period: period, Inertia: 1, MaxTorque: torque, TorqueLag: lag, Resolution: a.Resolution,
		Friction: control.Friction{Coulomb: a.Friction, Static: breakaway * a.Friction, Stribeck: frictionSpeed * a.Limit.Speed},
	})
	if err != nil {
		return fail(err)
	}
	s.axis.Place(a.Home)
	s.drive.Enable(s.axis.Encoder(), 0, 0)
	return s, nil
}

// move takes the axis through a cycle. The setpoint is for its end; what is tracked is the one
// before, along the cubic through the setpoints' central differences.
func (s *servo) move(setpoint float64) {
	copy(s.sets[:], s.sets[1:])
	s.sets[3] = setpoint
	p0, p1 := s.sets[1], s.sets[2]
	m0, m1 := (s.sets[2]-s.sets[0])/2, (s.sets[3]-s.sets[1])/2
	// Hermite's cubic in the part of the cycle.
	c2, c3 := 3*(p1-p0)-2*m0-m1, 2*(p0-p1)+m0+m1
	for i := range s.steps {
		u := float64(i) / float64(s.steps)
		set := control.Setpoint{
			Position:     p0 + u*(m0+u*(c2+u*c3)),
			Velocity:     (m0 + u*(2*c2+u*3*c3)) / s.cycle,
			Acceleration: (2*c2 + u*6*c3) / (s.cycle * s.cycle),
		}
		s.axis.Step(s.drive.Step(set, s.axis.Encoder()), 0)
	}
}

// hold is move without a setpoint: the drive goes to the last one, and stays.
func (s *servo) hold() { s.move(s.sets[3]) }

// clear lets a drive that has given up hold where it is, and obey again.
func (s *servo) clear() {
	if s.fault() == control.NoFault {
		return
	}
	p := s.axis.Encoder()
	s.sets = [4]float64{p, p, p, p}
	s.drive.Enable(p, 0, 0)
}

// fault is what made the drive give up.
func (s *servo) fault() control.Fault { return s.drive.State().Fault }

// position of the load, the truth, and its velocity.
func (s *servo) position() (p, v float64) {
	st := s.axis.State()
	return st.LoadPosition, st.LoadVelocity
}
