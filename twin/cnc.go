package twin

import (
	"os"
	"time"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// cncTask is the control task of a mill: it runs the program, plans, interpolates, corrects, and
// sets the mill's setpoints in each cycle.
type cncTask struct {
	t       *Twin
	port    *device.Port
	spec    specs.CNC
	mill    specs.Mill
	axes    []device.MillAxis
	m       machine.Machine
	strokes []device.Stroke
	setup   cnc.Config
	fix     *correction // nil: none
	ease    *smoother

	command, override *protocol.In
	positions         []*protocol.In
	fault             *protocol.In
	gauge             struct {
		seq       *protocol.In
		tip, axis [3]*protocol.In
	}
	setpoints                  []*protocol.Out
	run, beat, turn, pocket    *protocol.Out
	clear                      *protocol.Out
	state, line, speed, factor *protocol.Out
	shown                      [3]*protocol.Out

	now     time.Duration
	mode    int64
	ordered int64   // the last command
	faster  float64 // the last override
	program *cnc.Run
	file    *os.File
	ended   bool    // the program has
	rest    int     // cycles at rest
	beats   int64   // setpoints since the start
	seen    int64   // the last measurement
	turns   float64 // of the spindle, rad/s, whether it turns or not
	sense   float64 // 1 clockwise, -1 counterclockwise, 0 stopped

	ring    [ringSize]path.Sample // planned, not yet sent
	head    int
	planned [path.MaxAxes]float64 // setpoints, without corrections
	by      [machine.MaxAxes]float64
	lost    bool            // the mill is not where they are
	heard   [ringSize]heard // where the encoders were
}

// heard is where the axes' encoders were at an instant.
type heard struct {
	at time.Duration
	q  [path.MaxAxes]float64
}

// ringSize is more cycles than setpoints are delayed by, and a gauge is late.
const ringSize = 512

func newCNC(t *Twin, name string) (*cncTask, error) {
	spec := t.sc.CNCs[name]
	k := &cncTask{t: t, spec: spec, mill: t.sc.Mills[spec.Mill], port: t.site.Port(name, device.LanePlant, "cncs", name)}
	var err error
	if k.m, k.axes, err = device.Mill(k.mill); err != nil {
		return nil, t.errPlace(err, "mills", spec.Mill)
	}
	if err := k.prepare(); err != nil {
		return nil, err
	}
	return k, k.define()
}

// prepare reads tools, program and tables.
func (k *cncTask) prepare() error {
	tools, err := device.ReadFile(k.t.site, k.mill.Tools, device.ReadTools)
	if err != nil {
		return k.t.errPlace(err, "mills", k.spec.Mill, "tools")
	}
	share := 0.0
	if c := k.spec.Compensation; c.Any() {
		share = float64(c.Reserve)
		if k.fix, err = newCorrection(k.t.site, k.port.Name(), c, k.mill.Cycle.D(), k.m, k.axes); err == nil {
			k.ease, err = newSmoother(c.Smoothing.Seconds(), k.mill.Cycle.Seconds(), share, k.axes)
		}
		if err != nil {
			return k.t.errPlace(err, "cncs", k.port.Name(), "compensation")
		}
	}
	offset := new(gcode.Parameters)
	for i, v := range k.spec.Work {
		offset[firstWork+i] = float64(v) * 1e3
	}
	offset[activeWork] = 1
	k.setup = cnc.Config{
		Program: gcode.Config{Tools: tools, Parameters: offset},
		Machine: &k.m,
		Cycle:   k.mill.Cycle.Seconds(),
		Path:    path.Config{MostOverride: mostOverride},
		Handle:  k.handle,
		Start:   make([]float64, len(k.axes)),
	}
	for i, a := range k.axes {
		k.setup.Start[i] = a.Home
		k.setup.Limits = append(k.setup.Limits, machine.Limit{
			Speed: (1 - share) * a.Limit.Speed, Accel: (1 - share) * a.Limit.Accel, Jerk: (1 - share) * a.Limit.Jerk,
		})
	}
	copy(k.planned[:], k.setup.Start)
	check := k.setup.Program
	check.Start = gcode.Axes{k.setup.Start[0], k.setup.Start[1], k.setup.Start[2]}
	for i, a := range k.axes[3:] {
		check.Start[gcode.A+int(a.Name[0]-'a')] = k.setup.Start[3+i]
	}
	if k.t.opt.Endless {
		return nil // a program of any length is read as it is run
	}
	k.strokes, err = readStrokes(k.t.site.Path(k.spec.Program), check, k.m, k.setup.Start)
	if err == nil {
		err = k.rehearse()
	}
	return k.t.errPlace(err, "cncs", k.port.Name(), "program")
}

// rehearse plans the whole program before anything moves: what the planner finds wrong is told
// in time. Its cycle is long: only the planning matters.
func (k *cncTask) rehearse() error {
	file := k.t.site.Path(k.spec.Program)
	f, err := os.Open(file)
	if err != nil {
		return mistake.Cause(err)
	}
	defer f.Close()
	setup := k.setup
	setup.Cycle, setup.Handle = rehearsal, nil
	run, err := cnc.New(mistake.Short(file), f, setup)
	if err != nil {
		return err
	}
	defer run.Close()
	var s path.Sample
	for more := true; more && err == nil; {
		more, err = run.Next(&s)
	}
	return device.InFile(err)
}

// rehearsal is the cycle, in s, in which a program is planned before it is run.
const rehearsal = 0.02

// The parameters of G-code that hold the first work offset, and which one is in force.
const (
	firstWork  = 5221
	activeWork = 5220
)

func (k *cncTask) define() (err error) {
	err = k.port.Define(
		device.Signal{Out: &k.state, Name: "state", Type: protocol.U16, Doc: "PackML state: 2 stopped, 4 idle, 6 execute, 7 stopping, 9 aborted, 10 holding, 11 held, 17 complete"},
		device.Signal{Out: &k.line, Name: "line", Type: protocol.U32, Doc: "line of the program that is run"},
		device.Signal{Out: &k.speed, Name: "speed", Type: protocol.F64, Unit: "m/s", Doc: "planned speed of the tool's tip"},
		device.Signal{Out: &k.factor, Name: "feed", Type: protocol.F64, Doc: "feed override in force"},
		device.Signal{Out: &k.shown[0], Name: "correction.x", Type: protocol.F64, Unit: "m", Doc: "correction of axis x"},
		device.Signal{Out: &k.shown[1], Name: "correction.y", Type: protocol.F64, Unit: "m", Doc: "correction of axis y"},
		device.Signal{Out: &k.shown[2], Name: "correction.z", Type: protocol.F64, Unit: "m", Doc: "correction of axis z"},
	)
	if err != nil {
		return err
	}
	for _, a := range k.axes {
		out, err := k.port.Command(k.spec.Mill, a.Name+".setpoint", protocol.F64, a.Unit, "setpoint of axis "+a.Name+" for the end of the cycle")
		if err != nil {
			return err
		}
		k.setpoints = append(k.setpoints, out)
	}
	for _, c := range []struct {
		out       **protocol.Out
		name      string
		typ       protocol.Type
		unit, doc string
	}{
		{&k.run, "run", protocol.Bool, "", "setpoints come in every cycle"},
		{&k.beat, "cycle", protocol.U32, "", "number of the setpoints, one more in every cycle"},
		{&k.turn, "spindle.setpoint", protocol.F64, "rad/s", "speed of the spindle, positive clockwise"},
		{&k.clear, "clear", protocol.Bool, "", "drives that have given up are to hold where they are, and obey again"},
		{&k.pocket, "tool", protocol.U32, "", "number of the tool that is to be in the spindle, 0 for none"},
	} {
		if *c.out, err = k.port.Command(k.spec.Mill, c.name, c.typ, c.unit, c.doc); err != nil {
			return err
		}
	}
	return nil
}

// Start binds the inputs and begins to listen.
func (k *cncTask) Start() (err error) {
	name := k.port.Name()
	if k.command, err = k.port.In(name, "command", protocol.U16); err != nil {
		return err
	}
	if k.override, err = k.port.In(name, "override", protocol.F64); err != nil {
		return err
	}
	for _, a := range k.axes {
		in, err := k.port.In(k.spec.Mill, a.Name+".position", protocol.F64)
		if err != nil {
			return err
		}
		k.positions = append(k.positions, in)
	}
	if k.fault, err = k.port.In(k.spec.Mill, "fault", protocol.U16); err != nil {
		return err
	}
	if k.gauge.seq, err = k.port.In(k.spec.Mill, "gauge.seq", protocol.U32); err != nil {
		return err
	}
	for i := range 3 {
		if k.gauge.tip[i], err = k.port.In(k.spec.Mill, "gauge."+"xyz"[i:i+1], protocol.F64); err != nil {
			return err
		}
		if k.gauge.axis[i], err = k.port.In(k.spec.Mill, "gauge."+"ijk"[i:i+1], protocol.F64); err != nil {
			return err
		}
	}
	if k.fix != nil {
		if err := k.fix.bind(k.port, k.spec.Mill); err != nil {
			return k.t.errPlace(err, "cncs", name, "compensation", "thermal")
		}
	}
	k.port.At(engine.Sense, 0, k.begin)
	k.port.Every(engine.Actuate, k.mill.Cycle.D(), 0, k.cycle).CatchUp() // no setpoint is left out
	k.port.Every(engine.Actuate, showing, 0, k.show)
	return nil
}

// Close ends the program.
func (k *cncTask) Close() error { return k.close() }

// begin sets all registers, and tells the program for the metrics.
func (k *cncTask) begin(now time.Duration) {
	k.enter(now, nowStopped)
	k.line.SetInt(now, 0)
	k.run.SetBool(now, false)
	k.beat.SetInt(now, 0)
	k.turn.SetFloat(now, 0)
	k.pocket.SetInt(now, 0)
	k.clear.SetBool(now, false)
	k.faster = 1
	k.factor.SetFloat(now, 1)
	k.show(now)
	if k.t.opt.Endless {
		return
	}
	var data []byte
	for i := range k.strokes {
		data = device.AppendStroke(data, &k.strokes[i])
		if len(data) > mostStrokes || i == len(k.strokes)-1 {
			k.port.Emit(now, device.Programmed, data)
			data = nil
		}
	}
}

// mostStrokes is about the size of a record of strokes, in bytes.
const mostStrokes = 64 << 10

var _ device.Device = (*cncTask)(nil)
