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
	link   link
	belt   *belt         // on which its head works, or nil
	from   time.Duration // begin of the current cycle
	q      []float64     // scratch
	press  bool          // the head is down

	setpoints []*protocol.In
	head      *protocol.In
	positions []*protocol.Out
	shown     []float64 // what was published last
	down      *protocol.Out
}

// resolution of the joints' encoders, in radians: 23 bits a turn.
const resolution = 2 * math.Pi / (1 << 23)

func newMachine(w *World, name string, s specs.Machine) (*machine, error) {
	chain, err := device.Chain(s)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", name, err)
	}
	n := len(s.Joints)
	m := &machine{w: w, name: name, spec: s, chain: chain, q: make([]float64, n), shown: make([]float64, n)}
	for i, j := range s.Joints {
		d := newDrive(float64(s.Drive.Bandwidth), s.Drive.Damping, s.Cycle.D().Seconds(), float64(j.Home))
		d.maxV, d.maxA, d.min, d.max = float64(j.Speed), float64(j.Accel), float64(j.Min), float64(j.Max)
		m.drives = append(m.drives, d)
		m.shown[i] = math.NaN()
	}
	for _, n := range specs.Names(w.site.Spec.Servos) {
		if s := w.site.Spec.Servos[n]; s.Machine == name {
			m.belt = w.belts[s.Conveyor]
		}
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

// move takes the drives through the cycle that begins now. A drive without a setpoint
// goes to the last one that it had, and holds it.
func (m *machine) move(now time.Duration) {
	m.from = now
	for i, d := range m.drives {
		target := d.target
		if s := m.setpoints[i]; m.link.up() && s.Quality() != protocol.Bad {
			target = s.Float()
		}
		d.step(target)
	}
	press := m.link.up() && m.head.Quality() != protocol.Bad && m.head.Bool()
	if press == m.press {
		return
	}
	m.press = press
	m.link.port.At(engine.Sense, now+1, func(now time.Duration) {
		if m.link.up() {
			m.down.SetBool(now, m.press)
		}
	})
	if press {
		m.cap(now)
	}
}

// grip is how far the head's axis may be from the cap's for the head to take hold.
const grip = 3e-3

// cap puts the cap tight of the part that stands under the head.
func (m *machine) cap(now time.Duration) {
	axis := m.tool(now).P
	m.w.near(now, axis[0], grip, func(p *part, x float64) {
		off := math.Hypot(axis[0]-x, axis[1]-p.y)
		if p.belt == m.belt && p.truth.Defects&device.MissingCap == 0 && off <= grip {
			p.truth.Capped, p.truth.CapError = true, off
		}
	})
}

// Machine is the device of a machine: its drives and its head.
type Machine struct{ m *machine }

// Machine puts up the device of a machine. The error says which register cannot be had.
func (w *World) Machine(name string) (*Machine, error) {
	m := w.machines[name]
	if m == nil {
		return nil, fmt.Errorf("sim: there is no machine %q", name)
	}
	p := w.site.Port(name, lane, "machines", name)
	for i := range m.drives {
		o, err := p.Out(fmt.Sprintf("j%d.position", i+1), protocol.F64, "rad", fmt.Sprintf("position of joint %d by its encoder", i+1))
		if err != nil {
			return nil, err
		}
		m.positions = append(m.positions, o)
	}
	var err error
	if m.down, err = p.Out("head.down", protocol.Bool, "", "the capping head is down"); err != nil {
		return nil, err
	}
	m.link.connect(p, func(now time.Duration) {
		for i, o := range m.positions {
			o.SetFloat(now, m.encoder(i))
		}
		m.down.SetBool(now, m.press)
	})
	w.links[name] = &m.link
	return &Machine{m}, nil
}

// encoder is what a joint's encoder says at the end of a cycle.
func (m *machine) encoder(i int) float64 {
	return math.Round(m.drives[i].q/resolution) * resolution
}

// Start binds the commands and begins to publish and to move. The drives belong to the
// world: they move in one order with what stands under the head.
func (d *Machine) Start() (err error) {
	m := d.m
	for i := range m.drives {
		in, err := m.link.port.In(m.name, fmt.Sprintf("j%d.setpoint", i+1), protocol.F64)
		if err != nil {
			return err
		}
		m.setpoints = append(m.setpoints, in)
	}
	if m.head, err = m.link.port.In(m.name, "head.press", protocol.Bool); err != nil {
		return err
	}
	cycle := m.spec.Cycle.D()
	m.link.port.At(engine.Sense, 0, func(now time.Duration) { m.down.SetBool(now, m.press) })
	m.link.port.Every(engine.Sense, cycle, 0, m.sample).CatchUp()
	m.w.port.Every(engine.Plant, cycle, 0, m.move).CatchUp()
	return nil
}

// sample publishes the joints that have moved.
func (m *machine) sample(now time.Duration) {
	if !m.link.up() {
		return
	}
	w := m.link.port.Writer()
	w.Begin()
	for i, d := range m.drives {
		if d.q != m.shown[i] {
			m.shown[i] = d.q
			m.positions[i].SetFloat(now, m.encoder(i))
		}
	}
	w.Commit()
}

// Close does nothing.
func (d *Machine) Close() error { return nil }

var _ device.Device = (*Machine)(nil)
