package twin

import (
	"fmt"
	"slices"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// motion turns poses of the tool into setpoints of the joints, within their limits.
type motion struct {
	port  *device.Port
	name  string
	spec  specs.Machine
	chain *kinematics.Chain
	move  *kinematics.Follower
	home  []float64
	zero  []float64

	setpoints []*protocol.Out
	positions []*protocol.In

	q, qd, dq []float64 // the joints' target, its speed, a step
	published bool      // the setpoints have been written
	past      [64]moment
	n         int
}

// moment is where everything was at an instant.
type moment struct {
	at   time.Duration
	q    [kinematics.MaxJoints]float64
	belt float64
}

func newMotion(p *device.Port, name string, spec specs.Machine) (*motion, error) {
	chain, err := device.Chain(spec)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", name, err)
	}
	n := len(spec.Joints)
	m := &motion{
		port: p, name: name, spec: spec, chain: chain, home: make([]float64, n), zero: make([]float64, n),
		q: make([]float64, n), qd: make([]float64, n), dq: make([]float64, n),
	}
	for i, j := range spec.Joints {
		m.home[i] = float64(j.Home)
		out, err := p.Command(name, fmt.Sprintf("j%d.setpoint", i+1), protocol.F64, "rad", fmt.Sprintf("setpoint of joint %d for the end of the cycle", i+1))
		if err != nil {
			return nil, err
		}
		m.setpoints = append(m.setpoints, out)
	}
	copy(m.q, m.home)
	m.move, err = kinematics.NewFollower(device.Limits(spec), m.home)
	return m, err
}

func (m *motion) start() error {
	for i := range m.setpoints {
		in, err := m.port.In(m.name, fmt.Sprintf("j%d.position", i+1), protocol.F64)
		if err != nil {
			return err
		}
		m.positions = append(m.positions, in)
	}
	return nil
}

// remember keeps where joints and belt are now.
func (m *motion) remember(now time.Duration, belt float64) {
	p := &m.past[m.n%len(m.past)]
	m.n++
	p.at, p.belt = now, belt
	for i, in := range m.positions {
		p.q[i] = in.Float()
	}
}

// recall is where joints and belt were at t, between two remembered moments; false
// when that is too long ago.
func (m *motion) recall(t time.Duration) (q []float64, belt float64, ok bool) {
	n := len(m.positions)
	for k := m.n - 1; k > 0 && k > m.n-len(m.past); k-- {
		a, b := &m.past[(k-1)%len(m.past)], &m.past[k%len(m.past)]
		if t < a.at {
			continue
		}
		part := float64(t-a.at) / float64(b.at-a.at)
		q = make([]float64, n)
		for i := range q {
			q[i] = a.q[i] + (b.q[i]-a.q[i])*part
		}
		return q, a.belt + (b.belt-a.belt)*part, true
	}
	return nil, 0, false
}

// weights of the tool's twist: a metre counts as much as a radian.
var evenly = [6]float64{1, 1, 1, 1, 1, 1}

// damping of the inverse near singularities.
const damping = 1e-4

// follow moves towards a pose of the tool that itself moves with the twist v (along
// the line's axes).
func (m *motion) follow(now time.Duration, tool kinematics.Pose, v kinematics.Twist) {
	// Where the joints went on to from the last cycle is near the target already;
	// Newton's method does the rest, mostly in one step.
	dt := m.spec.Cycle.D().Seconds()
	m.advance(m.qd, dt)
	for range 3 {
		missing := difference(tool, m.chain.Forward(m.q))
		if norm2(missing) < close2 || m.chain.Velocity(m.q, missing, evenly, damping, m.dq) != nil {
			break
		}
		m.advance(m.dq, 1)
	}
	if v == (kinematics.Twist{}) || m.chain.Velocity(m.q, v, evenly, damping, m.qd) != nil {
		clear(m.qd)
	}
	m.move.Step(dt, m.q, m.qd)
	m.publish(now)
}

// close2 is the square of how near, in metres and radians, the setpoints' pose must be
// to the target: far below what drives and encoders hold.
const close2 = 1e-6 * 1e-6

// advance moves the joints' target at the given speed for a time, within their limits.
func (m *motion) advance(speed []float64, t float64) {
	for i, j := range m.spec.Joints {
		m.q[i] = min(max(m.q[i]+speed[i]*t, float64(j.Min)), float64(j.Max))
	}
}

// goHome moves towards the home position, and rests there.
func (m *motion) goHome(now time.Duration) {
	if m.published && slices.Equal(m.move.Velocity(), m.zero) && slices.Equal(m.move.Position(), m.home) {
		return
	}
	copy(m.q, m.home)
	clear(m.qd)
	m.move.Step(m.spec.Cycle.D().Seconds(), m.home, m.zero)
	m.publish(now)
}

func (m *motion) publish(now time.Duration) {
	m.published = true
	w := m.port.Writer()
	w.Begin()
	defer w.Commit()
	for i, q := range m.move.Position() {
		m.setpoints[i].SetFloat(now, q)
	}
}

// near tells whether the commanded tool is within distance (m) of a pose.
func (m *motion) near(tool kinematics.Pose, distance float64) bool {
	d, _ := kinematics.Distance(tool, m.chain.Forward(m.move.Position()))
	return d <= distance
}

// difference is the twist that takes from to to in one second: along the line's axes,
// the turn about the tool's own origin.
func difference(to, from kinematics.Pose) kinematics.Twist {
	turn := from.Rotate(kinematics.LogSO3(from.Inverse().Mul(to).R))
	return kinematics.Twist{to.P[0] - from.P[0], to.P[1] - from.P[1], to.P[2] - from.P[2], turn[0], turn[1], turn[2]}
}

func norm2(t kinematics.Twist) (s float64) {
	for _, v := range t {
		s += v * v
	}
	return s
}
