package twin

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// The states of PackML that a CNC has, and the commands that it takes, beside those of a start.
const (
	nowStopped  = 2
	nowIdle     = 4
	nowRunning  = 6
	nowStopping = 7
	nowAborted  = 9
	nowHolding  = 10
	nowHeld     = 11
	nowDone     = 17

	commandStop   = 3
	commandHold   = 4
	commandUnhold = 5
	commandAbort  = 8
	commandClear  = 9
)

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
// in time. A cycle of it is as long as the planner's work on the way allows.
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
	k.port.Every(engine.Actuate, k.mill.Cycle.D(), 0, k.cycle)
	k.port.Every(engine.Actuate, showing, 0, k.show)
	return nil
}

// showing is how often what is for people is published.
const showing = 20 * time.Millisecond

// Close ends the program.
func (k *cncTask) Close() error { return k.close() }

func (k *cncTask) close() error {
	if k.program == nil {
		return nil
	}
	err := k.program.Close()
	k.program = nil
	return errors.Join(err, k.file.Close())
}

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

func (k *cncTask) enter(now time.Duration, mode int64) {
	k.mode, k.rest = mode, 0
	k.state.SetInt(now, mode)
}

// alarm stops the machine, and says why.
func (k *cncTask) alarm(now time.Duration, format string, args ...any) {
	data, err := json.Marshal(device.Remark{Kind: "alarm", Text: k.port.Name() + ": " + fmt.Sprintf(format, args...)})
	if err != nil {
		panic(fmt.Sprintf("twin: an alarm cannot be told: %v", err)) // it is plain text
	}
	k.port.Emit(now, device.Note, data)
	k.halt(now, nowAborted)
}

// halt ends the program where the machine is.
func (k *cncTask) halt(now time.Duration, mode int64) {
	_ = k.close() // of files that were read
	k.lost = mode == nowAborted
	k.run.SetBool(now, false)
	k.turn.SetFloat(now, 0)
	k.enter(now, mode)
}

// cycle is one period of the interpolator.
func (k *cncTask) cycle(now time.Duration) {
	k.watch(now)
	k.obey(now)
	k.measure(now)
	if k.fix != nil {
		k.fix.pass(k.setup.Cycle) // the mill warms up and cools down whatever the program does
	}
	switch k.mode {
	case nowRunning, nowHolding, nowHeld, nowStopping:
		k.advance(now)
	}
}

// watch looks after the mill, and remembers where its axes are.
func (k *cncTask) watch(now time.Duration) {
	h := &k.heard[int(now/k.mill.Cycle.D())%ringSize]
	h.at = now
	for i, in := range k.positions {
		h.q[i] = in.Float()
	}
	if k.program == nil {
		return
	}
	if why := k.trouble(); why != "" {
		k.alarm(now, "%s", why)
	}
}

// trouble is why the mill cannot run a program, or "".
func (k *cncTask) trouble() string {
	if k.fault.Quality() == protocol.Bad {
		return fmt.Sprintf("mill %s does not answer", k.spec.Mill)
	}
	if n := k.fault.Int(); n > 0 && int(n) <= len(k.axes) {
		return fmt.Sprintf("the drive of axis %s of mill %s has given up", k.axes[n-1].Name, k.spec.Mill)
	}
	return ""
}

// obey takes a command when it changes, if the state knows it.
func (k *cncTask) obey(now time.Duration) {
	if f := k.override.Float(); f != k.faster && k.override.Quality() == protocol.Good {
		k.faster = f
		k.factor.SetFloat(now, f)
		if k.program != nil {
			k.program.Override(f, min(f, 1))
		}
	}
	c := k.command.Int()
	if c == k.ordered {
		return
	}
	k.ordered = c
	k.clear.SetBool(now, false)
	switch {
	case c == commandAbort && k.mode != nowAborted:
		k.halt(now, nowAborted)
	case c == commandClear && k.mode == nowAborted:
		k.clear.SetBool(now, true) // until the next command
		k.enter(now, nowStopped)
	case c == commandReset && (k.mode == nowStopped || k.mode == nowDone):
		k.enter(now, nowIdle)
	case c == commandStart && k.mode == nowIdle:
		k.start(now)
	case c == commandHold && k.mode == nowRunning:
		k.program.Hold()
		k.enter(now, nowHolding)
	case c == commandUnhold && (k.mode == nowHeld || k.mode == nowHolding):
		k.program.Resume()
		k.enter(now, nowRunning)
	case c == commandStop && k.program != nil && k.mode != nowStopping:
		k.program.Hold()
		k.enter(now, nowStopping)
	case c == commandStop && (k.mode == nowIdle || k.mode == nowDone):
		k.enter(now, nowStopped)
	}
}

// start begins the program where the machine stands.
func (k *cncTask) start(now time.Duration) {
	if why := k.trouble(); why != "" {
		k.alarm(now, "%s", why)
		return
	}
	if k.lost {
		k.lost = false
		copy(k.planned[:], k.heard[int(now/k.mill.Cycle.D())%ringSize].q[:])
		if k.fix != nil {
			k.fix.reset()
			k.ease.reset()
		}
	}
	copy(k.setup.Start, k.planned[:])
	file, err := os.Open(k.t.site.Path(k.spec.Program))
	if err == nil {
		k.file = file
		k.program, err = cnc.New(k.spec.Program, file, k.setup)
	}
	if err != nil {
		k.alarm(now, "%v", err)
		return
	}
	if k.faster != 1 {
		k.program.Override(k.faster, min(k.faster, 1))
	}
	for i := range k.ring {
		k.ring[i] = path.Sample{Joints: [path.MaxAxes]float64(k.planned)}
	}
	k.ended, k.head, k.turns, k.sense = false, ringSize, 0, 0
	k.run.SetBool(now, true)
	k.enter(now, nowRunning)
}

// advance plans a cycle, and sets the setpoints of one that was planned before: corrections are
// smoothed meanwhile.
func (k *cncTask) advance(now time.Duration) {
	s, before := &k.ring[k.head%ringSize], &k.ring[(k.head-1)%ringSize]
	more := false
	if !k.ended {
		var err error
		k.now = now
		if more, err = k.program.Next(s); err != nil {
			k.alarm(now, "%v", err)
			return
		}
	}
	if !more {
		k.ended = true
		*s = path.Sample{Joints: before.Joints, Point: before.Point, Line: before.Line}
	}
	var by [machine.MaxAxes]float64
	delay := 0
	if n := len(k.axes); k.fix != nil {
		k.fix.find(s.Joints[:n], by[:n])
		k.ease.step(by[:n])
		delay = k.ease.delay
	}
	sent := &k.ring[(k.head-delay)%ringSize]
	k.head++
	k.planned = sent.Joints
	k.beats++
	w := k.port.Writer()
	w.Begin()
	for i, o := range k.setpoints {
		o.SetFloat(now, sent.Joints[i]+by[i])
	}
	k.beat.SetInt(now, k.beats)
	k.line.SetInt(now, int64(sent.Line))
	w.Commit()
	k.by = by
	k.finish(now, s.State == path.Held && s.Speed == 0, delay)
}

// finish goes on to the next state when the machine has come to rest.
func (k *cncTask) finish(now time.Duration, resting bool, delay int) {
	if !k.ended && (k.mode == nowRunning || !resting) {
		k.rest = 0
		return
	}
	if k.rest++; k.rest <= delay+1 {
		return
	}
	switch {
	case k.ended:
		k.halt(now, nowDone)
	case k.mode == nowHolding:
		k.enter(now, nowHeld)
	case k.mode == nowStopping:
		k.halt(now, nowStopped)
	}
}

// handle does what the program asks for besides motion, where the machine has come to it.
func (k *cncTask) handle(e *gcode.Event) error {
	switch e.Kind {
	case gcode.SpindleSpeed:
		k.turns = e.Value * 2 * math.Pi / 60
	case gcode.SpindleClockwise:
		k.sense = 1
	case gcode.SpindleCounter:
		k.sense = -1
	case gcode.SpindleStop:
		k.sense = 0
	case gcode.ChangeTool, gcode.ChangeToolNumber:
		number := int64(0)
		if tools := k.setup.Program.Tools.Tools; e.Number > 0 && int(e.Number) <= len(tools) {
			number = int64(tools[e.Number-1].Number)
		}
		k.pocket.SetInt(k.now, number)
		if k.fix != nil {
			k.fix.mount(k.length(number))
		}
		return nil
	case gcode.Stop:
		k.program.Hold()
		k.enter(k.now, nowHolding)
		return nil
	default:
		return nil
	}
	k.turn.SetFloat(k.now, k.sense*k.turns)
	return nil
}

// length of a tool by the tool table, m.
func (k *cncTask) length(number int64) (l [3]float64) {
	for _, t := range k.setup.Program.Tools.Tools {
		if int64(t.Number) == number {
			for i := range l {
				l[i] = t.Offset[i] * gcode.Millimetres.Metres()
			}
		}
	}
	return l
}

// measure takes what the gauge has seen since the last cycle.
func (k *cncTask) measure(now time.Duration) {
	n := k.gauge.seq.Int()
	if k.fix == nil || n == k.seen || k.gauge.seq.Quality() == protocol.Bad {
		return
	}
	k.seen = n
	at := time.Duration(n) * k.mill.Gauge.Every.D()
	h := &k.heard[int(at/k.mill.Cycle.D())%ringSize]
	if h.at != at || k.program == nil || k.pocket.Sample().Value.Int() == 0 {
		return // too long ago, or the tool was not where the program has it
	}
	var seen device.Tip
	for i := range 3 {
		seen.Point[i], seen.Axis[i] = k.gauge.tip[i].Float(), k.gauge.axis[i].Float()
	}
	k.fix.observe(h.q[:len(k.axes)], seen)
}

// show publishes what is for people.
func (k *cncTask) show(now time.Duration) {
	w := k.port.Writer()
	w.Begin()
	defer w.Commit()
	speed := 0.0
	if k.program != nil {
		speed = math.Round(k.ring[(k.head-1)%ringSize].Speed*1e6) / 1e6
	}
	k.speed.SetFloat(now, speed)
	for i, o := range k.shown {
		o.SetFloat(now, k.by[i])
	}
}

var _ device.Device = (*cncTask)(nil)
