package mill

import (
	"io"
	"math"
	"time"

	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/kinematics/control"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// Mill is the device of a simulated mill: drives, spindle, sensors, gauge. In each cycle it
// publishes in Sense what its sensors show, reads its setpoints when Actuate has set them, and
// moves in Plant, where it also tells the truth about its tip as device.TruthTip.
type Mill struct {
	port  *device.Port
	name  string
	spec  specs.Mill
	axes  []device.MillAxis
	body  body
	servo []*servo
	tools *gcode.ToolTable
	cuts  int // faults that cut it off now

	setpoints []*protocol.In
	run       *protocol.In // setpoints come in every cycle
	beat      *protocol.In // counts them
	turn      *protocol.In // speed of the spindle
	pocket    *protocol.In // number of the tool
	clear     *protocol.In // drives that have given up are to obey again

	encoders     []*protocol.Out
	temperatures []*protocol.Out
	warm         *protocol.Out
	speed        *protocol.Out
	late, fault  *protocol.Out
	gauge        gauge

	positions [machine.MaxAxes]float64 // of the loads
	speeds    [machine.MaxAxes]float64
	shown     [machine.MaxAxes]float64 // by the encoders, when they were published last
	spindle   float64                  // rad/s
	tool      int64
	beats     int64
	running   bool
	lates     int64
	record    []byte
}

// sensing is how often temperatures and the spindle's speed are published.
const sensing = 100 * time.Millisecond

// New puts up a mill. The error says what of its description or of its files is wrong.
func New(site *device.Site, name string) (*Mill, error) {
	spec := site.Spec.Mills[name]
	geometry, axes, err := device.Mill(spec)
	if err != nil {
		return nil, err
	}
	m := &Mill{port: site.Port(name, device.LanePlant, "mills", name), name: name, spec: spec, axes: axes}
	m.gauge = gauge{spec: spec.Gauge, noise: m.port.Component().Rand("gauge")}
	cycle := spec.Cycle.Seconds()
	for i := range axes {
		s, err := newServo(&axes[i], cycle, spec.Servo.Seconds())
		if err != nil {
			return nil, err
		}
		m.servo = append(m.servo, s)
		m.shown[i] = math.NaN()
	}
	m.body = body{
		ideal: geometry, warmth: newWarmth(spec.Sim, []specs.LinearAxis{spec.X, spec.Y, spec.Z}, cycle), give: spec.Sim.Give,
	}
	for i := range 3 {
		m.body.shift[i] = float64(spec.Sim.Drift.Shift[i])
	}
	if m.tools, err = device.ReadFile(site, spec.Tools, device.ReadTools); err != nil {
		return nil, err
	}
	if file := spec.Sim.Geometric; file != "" {
		if m.body.volume, err = device.ReadFile(site, file, readGeometric); err != nil {
			return nil, err
		}
	}
	m.settle()
	return m, m.define()
}

// Order of a mill's linear axes from the workpiece to the tool, for its geometric errors: the
// table moves in y on one that moves in x, under a spindle that moves in z.
const Order = "YXZ"

// readGeometric reads the 21 errors of a mill.
func readGeometric(r io.Reader, file string) (*compensation.Volume, error) {
	g, err := compensation.ReadGeometric(r, file, Order)
	if err != nil {
		return nil, err
	}
	return g.Volume()
}

func (m *Mill) define() error {
	m.encoders = make([]*protocol.Out, len(m.axes))
	m.temperatures = make([]*protocol.Out, 3)
	var signals []device.Signal
	for i, a := range m.axes {
		signals = append(signals, device.Signal{Out: &m.encoders[i], Name: a.Name + ".position", Type: protocol.F64, Unit: a.Unit, Doc: "position of axis " + a.Name + " by its encoder"})
	}
	for i := range m.temperatures {
		n := m.axes[i].Name
		signals = append(signals, device.Signal{Out: &m.temperatures[i], Name: n + ".temperature", Type: protocol.F64, Unit: "degC", Doc: "temperature of the screw of axis " + n})
	}
	signals = append(signals,
		device.Signal{Out: &m.warm, Name: "spindle.temperature", Type: protocol.F64, Unit: "degC", Doc: "temperature of the spindle"},
		device.Signal{Out: &m.speed, Name: "spindle.speed", Type: protocol.F64, Unit: "rad/s", Doc: "speed of the spindle, positive clockwise"},
		device.Signal{Out: &m.late, Name: "late", Type: protocol.U32, Doc: "cycles for which a setpoint was due and did not come"},
		device.Signal{Out: &m.fault, Name: "fault", Type: protocol.U16, Doc: "0, or the number of the first axis, from 1, whose drive has given up"},
	)
	if err := m.port.Define(signals...); err != nil {
		return err
	}
	return m.gauge.define(m.port)
}

// Start binds the commands and begins to publish and to move.
func (m *Mill) Start() (err error) {
	for _, a := range m.axes {
		in, err := m.port.In(m.name, a.Name+".setpoint", protocol.F64)
		if err != nil {
			return err
		}
		m.setpoints = append(m.setpoints, in)
	}
	for _, c := range []struct {
		in     **protocol.In
		signal string
		typ    protocol.Type
	}{{&m.run, "run", protocol.Bool}, {&m.beat, "cycle", protocol.U32}, {&m.turn, "spindle.setpoint", protocol.F64}, {&m.pocket, "tool", protocol.U32}, {&m.clear, "clear", protocol.Bool}} {
		if *c.in, err = m.port.In(m.name, c.signal, c.typ); err != nil {
			return err
		}
	}
	cycle := m.spec.Cycle.D()
	m.port.At(engine.Sense, 0, m.tell)
	m.port.Every(engine.Sense, m.spec.Feedback.D(), 0, m.sample).CatchUp()
	m.port.Every(engine.Sense, sensing, 0, m.sense).CatchUp()
	m.port.Every(engine.Plant, cycle, 0, m.move).CatchUp()
	if every := m.spec.Gauge.Every.D(); every > 0 {
		m.port.Every(engine.Sense, every, every, m.look).CatchUp()
	}
	for _, f := range m.port.Site().Spec.Faults {
		if f.Device == m.name {
			m.port.At(engine.Plant, f.At.D(), func(now time.Duration) { m.cut(now, 1) })
			m.port.At(engine.Plant, f.At.D()+f.For.D(), func(now time.Duration) { m.cut(now, -1) })
		}
	}
	return nil
}

// Close does nothing.
func (m *Mill) Close() error { return nil }

// up tells whether the mill is heard and hears.
func (m *Mill) up() bool { return m.cuts == 0 }

// cut begins (by = 1) or ends (by = -1) a fault that cuts the mill off. Registers follow at the
// next nanosecond.
func (m *Mill) cut(now time.Duration, by int) {
	was := m.up()
	if m.cuts += by; was == m.up() {
		return
	}
	m.port.At(engine.Sense, now+1, func(now time.Duration) {
		if !m.up() {
			m.port.Writer().SetAllQuality(now, protocol.Bad)
			return
		}
		m.tell(now)
	})
}

// tell publishes all but what the gauge saw.
func (m *Mill) tell(now time.Duration) {
	for i := range m.shown {
		m.shown[i] = math.NaN()
	}
	m.late.SetInt(now, m.lates)
	m.fault.SetInt(now, m.failed())
	m.sense(now)
	m.sample(now)
}

// sample publishes the encoders that have moved.
func (m *Mill) sample(now time.Duration) {
	if !m.up() {
		return
	}
	w := m.port.Writer()
	w.Begin()
	defer w.Commit()
	for i, s := range m.servo {
		if p := s.axis.Encoder(); p != m.shown[i] {
			m.shown[i] = p
			m.encoders[i].SetFloat(now, p)
		}
	}
}

// sense publishes what changes slowly.
func (m *Mill) sense(now time.Duration) {
	if !m.up() {
		return
	}
	w := m.port.Writer()
	w.Begin()
	defer w.Commit()
	m.warm.SetFloat(now, m.body.warmth.spindle())
	for i, o := range m.temperatures {
		o.SetFloat(now, m.body.warmth.axis(i))
	}
	m.speed.SetFloat(now, m.spindle)
}

// move tells the truth of this instant, and takes the machine through the cycle that begins.
// While no program runs the drives hold the last setpoints that they had.
func (m *Mill) move(now time.Duration) {
	load := math.Abs(m.spindle) / float64(m.spec.Spindle.Speed)
	if m.running {
		cycle := m.spec.Cycle.Seconds()
		tip := m.body.cut(m.body.tip(m.positions[:len(m.axes)]), cycle, load)
		m.record = device.AppendTip(m.record[:0], &tip)
		m.port.Emit(now, device.TruthTip, m.record)
	}
	m.obey(now)
	for i, s := range m.servo {
		if in := m.setpoints[i]; m.running && in.Quality() == protocol.Good {
			s.move(in.Float())
		} else {
			s.hold()
		}
	}
	m.settle()
	m.body.warmth.pass(load, m.speeds[:3])
	if n := m.failed(); m.up() && n != m.fault.Sample().Value.Int() {
		m.port.At(engine.Sense, now+1, func(now time.Duration) {
			if m.up() {
				m.fault.SetInt(now, n)
			}
		})
	}
}

// settle reads the axes' state at the end of a cycle.
func (m *Mill) settle() {
	for i, s := range m.servo {
		m.positions[i], m.speeds[i] = s.position()
	}
}

// failed is the number of the first axis whose drive has given up, or 0.
func (m *Mill) failed() int64 {
	for i, s := range m.servo {
		if s.fault() != control.NoFault {
			return int64(i + 1)
		}
	}
	return 0
}

// obey takes the commands that are not setpoints.
func (m *Mill) obey(now time.Duration) {
	heard := m.up() && m.run.Quality() == protocol.Good
	run := heard && m.run.Bool()
	if beats := m.beat.Int(); heard {
		if run && m.running && beats == m.beats {
			m.lates++
			m.port.At(engine.Sense, now+1, func(now time.Duration) {
				if m.up() {
					m.late.SetInt(now, m.lates)
				}
			})
		}
		m.beats = beats
	}
	m.running = run
	to := 0.0
	if heard && m.turn.Quality() == protocol.Good {
		most := float64(m.spec.Spindle.Speed)
		to = min(max(m.turn.Float(), -most), most)
	}
	step := float64(m.spec.Spindle.Speed) * float64(m.spec.Cycle) / float64(m.spec.Spindle.Ramp)
	m.spindle += min(max(to-m.spindle, -step), step)
	if heard && m.clear.Bool() && m.clear.Quality() == protocol.Good {
		for _, s := range m.servo {
			s.clear()
		}
	}
	if n := m.pocket.Int(); heard && n != m.tool {
		m.tool = n
		m.body.mount(m.length(n))
	}
}

// length of a tool, from its tip to the place from which tools are measured, m.
func (m *Mill) length(number int64) (l [3]float64) {
	for _, t := range m.tools.Tools {
		if int64(t.Number) == number {
			for i := range l {
				l[i] = t.Offset[i] * 1e-3
			}
		}
	}
	return l
}

var _ device.Device = (*Mill)(nil)
