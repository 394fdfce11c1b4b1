package control

import (
	"fmt"
	"math"
)

// AxisConfig of a motor and its load. Units are those of a rotary axis (rad, N m, kg m2) or
// of a linear one (m, N, kg); all are as seen at the motor.
type AxisConfig struct {
	Period float64 // between steps, s
	// Substeps of a Period in which friction and backlash may each change their state once.
	// 0 means as many as a two-mass axis needs for 20 to a period of its vibration, at most
	// 64, and 1 for a rigid one.
	Substeps int

	Inertia   float64  // of the motor, and of what is rigidly joined to it
	Friction  Friction // on the motor's side
	MaxTorque float64  // of the motor; 0 means no limit
	TorqueLag float64  // time constant of the current loop, s; 0 for none
	Load      *Load    // nil for a rigid axis
	// Resolution is one count of the encoder; 0 for one that is ideal. OnLoad puts the encoder
	// on the load's side, as a direct measuring system has it.
	Resolution float64
	OnLoad     bool
}

// Load is a second mass behind an elastic transmission.
type Load struct {
	Inertia   float64
	Friction  Friction
	Stiffness float64 // of the transmission, torque per rad (force per m)
	Damping   float64 // of the transmission, torque per rad/s
	Backlash  float64 // from one flank to the other, rad (m)
}

// vibration is the frequency at which motor and load swing against each other, in rad/s.
func (l *Load) vibration(motor float64) float64 {
	return math.Sqrt(l.Stiffness * (1/motor + 1/l.Inertia))
}

// AxisState is an axis at one instant.
type AxisState struct {
	Position, Velocity         float64 // of the motor
	LoadPosition, LoadVelocity float64 // the same as the motor's for a rigid axis
	Torque                     float64 // that the motor gives, behind its lag
}

// Axis is a simulated motor, transmission and load, for a drive to control. Nothing in it is
// random: equal torques give equal bits.
//
// Its equations are linear between the events of friction and backlash, and there they are
// solved exactly (by a matrix exponential, computed once) for a torque that is held over the
// period. Friction is one constant torque per substep: the one that brings the velocity to 0 by
// its end, if friction is strong enough for that, and that of its curve otherwise. So an axis
// that sticks stands still, rather than creep. Whether the backlash is open is decided at the
// start of each substep.
type Axis struct {
	cfg      AxisConfig
	closed   transition // of a substep with the transmission in contact, or of a rigid axis
	open     transition // inside of the backlash
	free     bool       // friction on the motor's side, and on the load's, is none
	freeLoad bool

	x        [states]float64
	position float64 // of the motor
}

// The states, and the torques that are constant over a substep. Twist is by how much the motor
// is ahead of the load; travel is the motor's way in this substep.
const (
	torqueNow = iota
	speed
	loadSpeed
	twist
	travel
	states
)
const (
	fromCommand = states + iota
	fromFriction
	fromLoad // friction and external torque on the load
	fromFlank
	columns
)

// transition takes states and torques at the start of a substep to the states at its end.
type transition [states][columns]float64

// NewAxis checks a configuration. The axis rests at 0.
func NewAxis(cfg AxisConfig) (*Axis, error) {
	if err := check("axis", positive("period", "s", cfg.Period), field{"substeps", "", float64(cfg.Substeps), 0, 1000},
		positive("inertia", "", cfg.Inertia), atLeast0("greatest torque", "", cfg.MaxTorque),
		atLeast0("torque lag", "s", cfg.TorqueLag), atLeast0("resolution", "", cfg.Resolution)); err != nil {
		return nil, err
	}
	if err := cfg.Friction.check("axis: friction"); err != nil {
		return nil, err
	}
	if l := cfg.Load; l != nil {
		if err := check("axis: load", positive("inertia", "", l.Inertia), positive("stiffness", "", l.Stiffness),
			atLeast0("damping", "", l.Damping), atLeast0("backlash", "", l.Backlash)); err != nil {
			return nil, err
		}
		if err := l.Friction.check("axis: friction of the load"); err != nil {
			return nil, err
		}
		copied := *l
		cfg.Load = &copied
	} else if cfg.OnLoad {
		return nil, fmt.Errorf("control: axis: the encoder is on the load's side, and there is no load; give Load, or leave OnLoad out")
	}
	a := &Axis{cfg: cfg, free: cfg.Friction.none(), freeLoad: true}
	if l := cfg.Load; l != nil {
		a.freeLoad = l.Friction.none()
		if cfg.Substeps == 0 {
			a.cfg.Substeps = int(max(1, min(64, math.Ceil(20*l.vibration(cfg.Inertia)*cfg.Period/(2*math.Pi)))))
		}
	}
	a.cfg.Substeps = max(1, a.cfg.Substeps)
	h := cfg.Period / float64(a.cfg.Substeps)
	a.closed = newTransition(&a.cfg, h, true)
	a.open = newTransition(&a.cfg, h, false)
	return a, nil
}

// newTransition solves the linear equations over a substep of h seconds.
func newTransition(cfg *AxisConfig, h float64, contact bool) transition {
	var m [columns][columns]float64 // time derivative of states and torques; the latter's is 0
	if cfg.TorqueLag > 0 {
		m[torqueNow][torqueNow] = -1 / cfg.TorqueLag
		m[torqueNow][fromCommand] = 1 / cfg.TorqueLag
		m[speed][torqueNow] = 1 / cfg.Inertia
	} else {
		m[speed][fromCommand] = 1 / cfg.Inertia
	}
	m[speed][speed] = -cfg.Friction.Viscous / cfg.Inertia
	m[speed][fromFriction] = 1 / cfg.Inertia
	m[travel][speed] = 1
	// Units in which no element is much larger than the others: the sum of a series of large and
	// small numbers would lose digits.
	units := [columns]float64{torqueNow: cfg.Inertia, fromCommand: cfg.Inertia, fromFriction: cfg.Inertia, fromLoad: cfg.Inertia,
		speed: 1, loadSpeed: 1, twist: 1, fromFlank: 1, travel: h}
	l := cfg.Load
	if l == nil {
		m[speed][fromLoad] = 1 / cfg.Inertia
		return exponential(m, h, units)
	}
	units[twist] = 1 / l.vibration(cfg.Inertia)
	units[fromFlank] = units[twist]
	m[loadSpeed][loadSpeed] = -l.Friction.Viscous / l.Inertia
	m[loadSpeed][fromLoad] = 1 / l.Inertia
	m[twist][speed], m[twist][loadSpeed] = 1, -1
	if contact {
		for column, factor := range map[int]float64{twist: l.Stiffness, speed: l.Damping, loadSpeed: -l.Damping, fromFlank: -l.Stiffness} {
			m[speed][column] -= factor / cfg.Inertia
			m[loadSpeed][column] += factor / l.Inertia
		}
	}
	return exponential(m, h, units)
}

// exponential is the upper part of exp(m h): Taylor's series for a part of h so small that 18
// terms are exact to rounding, squared as often as it was halved. It reckons in the given units,
// rounded to powers of two.
func exponential(m [columns][columns]float64, h float64, units [columns]float64) transition {
	for i, u := range units {
		units[i] = math.Ldexp(1, math.Ilogb(u))
	}
	norm := 0.0
	for i := range m {
		sum := 0.0
		for j := range m {
			m[i][j] *= h * units[j] / units[i]
			sum += math.Abs(m[i][j])
		}
		norm = max(norm, sum)
	}
	halvings := 0
	for ; norm > 0.5; norm /= 2 {
		halvings++
	}
	scale := math.Ldexp(1, -halvings)
	var sum, term [columns][columns]float64
	for i := range m {
		for j := range m {
			m[i][j] *= scale
		}
		sum[i][i], term[i][i] = 1, 1
	}
	for k := 1; k <= 18; k++ {
		term = product(&term, &m)
		for i := range m {
			for j := range m {
				term[i][j] /= float64(k)
				sum[i][j] += term[i][j]
			}
		}
	}
	for range halvings {
		sum = product(&sum, &sum)
	}
	var t transition
	for i := range t {
		for j := range t[i] {
			t[i][j] = sum[i][j] * units[i] / units[j]
		}
	}
	return t
}

func product(a, b *[columns][columns]float64) (c [columns][columns]float64) {
	for i := range a {
		for k := range a {
			if f := a[i][k]; f != 0 {
				for j := range a {
					c[i][j] += f * b[k][j]
				}
			}
		}
	}
	return c
}

// Step moves the axis by one period, in which the torque command is held. External is a torque
// on the load from outside, such as gravity or a cutting force, in the direction of motion. A
// torque that is NaN or infinite counts as 0.
func (a *Axis) Step(torque, external float64) {
	if !finite(torque) {
		torque = 0
	}
	if !finite(external) {
		external = 0
	}
	if a.cfg.MaxTorque > 0 {
		torque = clamp(torque, a.cfg.MaxTorque)
	}
	if a.cfg.Load == nil {
		for range a.cfg.Substeps {
			a.rigid(torque, external)
		}
	} else {
		for range a.cfg.Substeps {
			a.elastic(torque, external)
		}
	}
	if a.cfg.TorqueLag == 0 {
		a.x[torqueNow] = torque
	}
}

// rigid is a substep of one mass.
func (a *Axis) rigid(torque, external float64) {
	t, x := &a.closed, &a.x
	lag := t[torqueNow][torqueNow]*x[torqueNow] + t[torqueNow][fromCommand]*torque
	v := t[speed][torqueNow]*x[torqueNow] + t[speed][speed]*x[speed] + t[speed][fromCommand]*torque + t[speed][fromLoad]*external
	s := t[travel][torqueNow]*x[torqueNow] + t[travel][speed]*x[speed] + t[travel][fromCommand]*torque + t[travel][fromLoad]*external
	if !a.free {
		f, sticks := a.cfg.Friction.hold(x[speed], v, t[speed][fromFriction])
		v += t[speed][fromFriction] * f
		s += t[travel][fromFriction] * f
		if sticks {
			v = 0
			if x[speed] == 0 {
				s = 0
			}
		}
	}
	x[torqueNow], x[speed] = lag, v
	a.position += s
}

// elastic is a substep of two masses.
func (a *Axis) elastic(torque, external float64) {
	l, x := a.cfg.Load, &a.x
	half := l.Backlash / 2
	t, flank := &a.closed, 0.0
	switch {
	case half == 0:
	case x[twist] >= half:
		flank = half
	case x[twist] <= -half:
		flank = -half
	default:
		t = &a.open
	}
	var y [states]float64
	for i := range y {
		r := &t[i]
		y[i] = r[torqueNow]*x[torqueNow] + r[speed]*x[speed] + r[loadSpeed]*x[loadSpeed] + r[twist]*x[twist] +
			r[fromCommand]*torque + r[fromLoad]*external + r[fromFlank]*flank
	}
	var stuck, stuckLoad bool
	if !a.free {
		var f float64
		f, stuck = a.cfg.Friction.hold(x[speed], y[speed], t[speed][fromFriction])
		for i := range y {
			y[i] += t[i][fromFriction] * f
		}
	}
	if !a.freeLoad {
		var f float64
		f, stuckLoad = l.Friction.hold(x[loadSpeed], y[loadSpeed], t[loadSpeed][fromLoad])
		for i := range y {
			y[i] += t[i][fromLoad] * f
		}
	}
	// What was at rest and sticks has not moved meanwhile either.
	if stuck {
		y[speed] = 0
		if x[speed] == 0 {
			y[twist] -= y[travel]
			y[travel] = 0
		}
	}
	if stuckLoad {
		y[loadSpeed] = 0
		if x[loadSpeed] == 0 {
			y[twist] = x[twist] + y[travel]
		}
	}
	a.position += y[travel]
	y[travel] = 0
	*x = y
}

// Encoder is the position that the encoder shows: whole counts, rounded to nearest.
func (a *Axis) Encoder() float64 {
	p := a.position
	if a.cfg.OnLoad {
		p -= a.x[twist]
	}
	if r := a.cfg.Resolution; r > 0 {
		p = r * math.Round(p/r)
	}
	return p
}

// State of the axis.
func (a *Axis) State() AxisState {
	s := AxisState{Position: a.position, Velocity: a.x[speed], Torque: a.x[torqueNow]}
	s.LoadPosition, s.LoadVelocity = s.Position, s.Velocity
	if a.cfg.Load != nil {
		s.LoadPosition, s.LoadVelocity = a.position-a.x[twist], a.x[loadSpeed]
	}
	return s
}

// Place puts the axis at rest, without torque, at a finite position of motor and load; backlash
// is in its middle.
func (a *Axis) Place(position float64) {
	if finite(position) {
		a.x, a.position = [states]float64{}, position
	}
}
