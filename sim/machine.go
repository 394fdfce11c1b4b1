package sim

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// machine is a chain of joints with a drive on each, and a capping head at the end.
type machine struct {
	w      *World
	name   string
	spec   specs.Machine
	chain  *kinematics.Chain
	drives []*drive
	from   time.Duration // begin of the current cycle
	q      []float64
	press  bool // the head was commanded down at the last look

	port      *device.Port
	setpoints []*protocol.In
	head      *protocol.In
	positions []*protocol.Out
	down      *protocol.Out
}

// resolution of the joints' encoders, in radians: 23 bits a turn.
const resolution = 2 * math.Pi / (1 << 23)

func newMachine(w *World, name string, s specs.Machine) (*machine, error) {
	chain, err := device.Chain(s)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", name, err)
	}
	m := &machine{w: w, name: name, spec: s, chain: chain, q: make([]float64, len(s.Joints))}
	for _, j := range s.Joints {
		d := newDrive(float64(s.Drive.Bandwidth), s.Drive.Damping, s.Cycle.D().Seconds(), float64(j.Home))
		d.maxV, d.maxA, d.min, d.max = float64(j.Speed), float64(j.Accel), float64(j.Min), float64(j.Max)
		m.drives = append(m.drives, d)
	}
	return m, nil
}

// tool is the pose of the tool in the line's frame at an instant of the current cycle.
func (m *machine) tool(t time.Duration) kinematics.Pose {
	part := min(max((t-m.from).Seconds()/m.spec.Cycle.D().Seconds(), 0), 1)
	for i, d := range m.drives {
		m.q[i] = d.at(part)
	}
	return m.chain.Forward(m.q)
}

// speed is the velocity in the line's frame, over the current cycle, of the origin of
// a frame that is fixed to the tool.
func (m *machine) speed(mount kinematics.Pose) (v [3]float64) {
	cycle := m.spec.Cycle.D()
	a, b := m.tool(m.from).Mul(mount), m.tool(m.from+cycle).Mul(mount)
	for i := range v {
		v[i] = (b.P[i] - a.P[i]) / cycle.Seconds()
	}
	return v
}

// move takes the drives through the cycle that begins now.
func (m *machine) move(now time.Duration) {
	if m.setpoints == nil {
		return
	}
	m.from = now
	for i, d := range m.drives {
		target := d.target
		if m.setpoints[i].Quality() != protocol.Bad {
			target = m.setpoints[i].Float()
		}
		d.step(target)
	}
	if press := m.head.Quality() != protocol.Bad && m.head.Bool(); press != m.press {
		m.press = press
		m.port.At(engine.Sense, now+1, func(now time.Duration) { m.down.SetBool(now, press) })
		if press {
			m.cap(now)
		}
	}
}

// grip is how far the head's axis may be from the cap's for the head to take hold.
const grip = 3e-3

// cap puts the cap tight of the part that stands under the head.
func (m *machine) cap(now time.Duration) {
	axis := m.tool(now).P
	m.w.near(now, axis[0], 0.05, func(p *part, x float64) {
		if p.truth.Defects&device.MissingCap != 0 {
			return
		}
		if off := math.Hypot(axis[0]-x, axis[1]-p.y); off <= grip {
			p.truth.Capped, p.truth.CapError = true, off
		}
	})
}

// Machine is the device of a machine: its drives and its head.
type Machine struct{ m *machine }

// Machine puts up the device of a machine.
func (w *World) Machine(name string) (*Machine, error) {
	m := w.machines[name]
	m.port = w.site.Port(name, lane, "machines", name)
	for i := range m.drives {
		o, err := m.port.Out(fmt.Sprintf("j%d.position", i+1), protocol.F64, "rad", fmt.Sprintf("position of joint %d by its encoder", i+1))
		if err != nil {
			return nil, err
		}
		m.positions = append(m.positions, o)
	}
	var err error
	if m.down, err = m.port.Out("head.down", protocol.Bool, "", "the capping head is down"); err != nil {
		return nil, err
	}
	return &Machine{m}, nil
}

// Start binds the commands and begins to publish.
func (d *Machine) Start() (err error) {
	m := d.m
	setpoints := make([]*protocol.In, len(m.drives))
	for i := range setpoints {
		if setpoints[i], err = m.port.In(m.name, fmt.Sprintf("j%d.setpoint", i+1), protocol.F64); err != nil {
			return err
		}
	}
	if m.head, err = m.port.In(m.name, "head.press", protocol.Bool); err != nil {
		return err
	}
	m.setpoints = setpoints
	cycle := m.spec.Cycle.D()
	m.port.Every(engine.Sense, cycle, 0, func(now time.Duration) {
		m.port.Writer().Begin()
		defer m.port.Writer().Commit()
		for i, dr := range m.drives {
			m.positions[i].SetFloat(now, math.Round(dr.q/resolution)*resolution)
		}
		if now == 0 {
			m.down.SetBool(now, false)
		}
	})
	m.port.Every(engine.Plant, cycle, 0, m.move)
	return nil
}

// Close does nothing.
func (d *Machine) Close() error { return nil }
