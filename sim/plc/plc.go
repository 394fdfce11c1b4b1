package plc

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// PLC is the controller of one line.
type PLC struct {
	port *device.Port
	spec specs.PLC
	name string
	geo  geometry
	in   inputs
	out  outputs

	state   State
	fault   Fault
	since   time.Duration // begin of the state
	command uint16        // as of the last scan

	tracks    tracks
	done      []finished // to be published, one a scan
	infeeds   int64
	outfeeds  int64
	verdicts  int64
	inARow    int // bottles not judged
	slow      time.Duration
	gateSince time.Duration
	gateOpen  bool

	published                int64
	good, rejected, unjudged int64
}

// geometry is where things are along the conveyor, in metres.
type geometry struct {
	speed, half, infeed, outfeed float64
	gate, reach, lead            float64
	from, to                     float64
	needsCap                     bool
	travel                       time.Duration
}

// finished is a bottle whose way is over.
type finished struct {
	t    track
	pass bool
}

type inputs struct {
	command, infeedCount, outfeedCount, verdict, reason *protocol.In
	capped                                              *protocol.In
	position, speed, infeedLatch, outfeedLatch, seenAt  *protocol.In
	capError                                            *protocol.In
	infeedBlocked, good, opened, closed, capOK          *protocol.In
	serial                                              *protocol.In
}

type outputs struct {
	state, fault, tracked                        *protocol.Out
	run, open                                    *protocol.Out
	request, origin                              *protocol.Out
	goodCount, rejectCount, unjudgedCount        *protocol.Out
	seq, track, serial, pass, reason, capErr, in *protocol.Out
}

// Limits of the logic.
const (
	// matchTolerance is how far a picture's place may be off a bottle's.
	matchTolerance = 0.02 // m
	// maxUnjudged bottles in a row abort.
	maxUnjudged = 5
	// approach is how far before its window the capping station is asked.
	approach = 0.25 // m
	// margin at each end of the gate's stretch.
	margin = 0.01 // m
)

// New puts up the PLC.
func New(site *device.Site, name string) (*PLC, error) {
	s := site.Spec.PLCs[name]
	conveyor, gate := site.Spec.Conveyors[s.Conveyor], site.Spec.Gates[s.Gate]
	product := site.Spec.Products[site.Spec.Inspections[s.Inspection].Product]
	p := &PLC{port: site.Port(name, "control", "plcs", name), spec: s, name: name, state: Stopped}
	p.geo = geometry{
		speed: float64(conveyor.Speed), half: float64(product.Body.Width) / 2,
		infeed: float64(site.Spec.Photoeyes[s.Infeed].At), outfeed: float64(site.Spec.Photoeyes[s.Outfeed].At),
		gate: float64(gate.At), reach: float64(gate.Reach) / 2, travel: gate.Travel.D(),
		lead:     float64(conveyor.Speed)*(gate.Travel.D()+2*s.Scan.D()).Seconds() + margin,
		needsCap: s.Servo != "",
	}
	if p.geo.needsCap {
		sv := site.Spec.Servos[s.Servo]
		p.geo.from, p.geo.to = float64(sv.From), float64(sv.To)
	}
	return p, p.define()
}

func (p *PLC) define() error {
	o := &p.out
	own := []struct {
		out    **protocol.Out
		signal string
		t      protocol.Type
		unit   string
		doc    string
	}{
		{&o.state, "state", protocol.U16, "", "PackML state (StateCurrent)"},
		{&o.fault, "fault", protocol.U16, "", "why the line aborted; 0: it did not"},
		{&o.tracked, "tracked", protocol.U16, "", "bottles between infeed and outfeed"},
		{&o.goodCount, "good", protocol.U32, "", "bottles passed as good since the start"},
		{&o.rejectCount, "rejected", protocol.U32, "", "bottles rejected since the start"},
		{&o.unjudgedCount, "unjudged", protocol.U32, "", "bottles rejected because nothing judged them"},
		{&o.seq, "part.seq", protocol.U32, "", "number of the last finished bottle"},
		{&o.track, "part.track", protocol.U32, "", "track of the last finished bottle"},
		{&o.serial, "part.serial", protocol.U64, "", "serial number of the last finished bottle, 0 if it was not read"},
		{&o.pass, "part.good", protocol.Bool, "", "the last finished bottle passed"},
		{&o.reason, "part.reason", protocol.U16, "", "findings of the inspection; bit 15: not capped"},
		{&o.capErr, "part.cap_error", protocol.F64, "m", "seen error of the capping head"},
		{&o.in, "part.origin", protocol.F64, "m", "position of the belt at which the bottle's centre was at the start"},
	}
	for _, r := range own {
		out, err := p.port.Out(r.signal, r.t, r.unit, r.doc)
		if err != nil {
			return err
		}
		*r.out = out
	}
	var err error
	if o.run, err = p.port.Command(p.spec.Conveyor, "run", protocol.Bool, "", "the belt is to run"); err != nil {
		return err
	}
	if o.open, err = p.port.Command(p.spec.Gate, "open", protocol.Bool, "", "the gate is to go out"); err != nil {
		return err
	}
	if !p.geo.needsCap {
		return nil
	}
	if o.request, err = p.port.Command(p.spec.Servo, "request", protocol.U32, "", "track of the bottle to cap, 0: none"); err != nil {
		return err
	}
	o.origin, err = p.port.Command(p.spec.Servo, "origin", protocol.F64, "m", "position of the belt at which that bottle's centre was at the start")
	return err
}

// Start binds the inputs and begins to scan.
func (p *PLC) Start() error {
	i, s := &p.in, p.spec
	for _, b := range []struct {
		in             **protocol.In
		device, signal string
		t              protocol.Type
	}{
		{&i.command, p.name, "command", protocol.U16},
		{&i.position, s.Conveyor, "position", protocol.F64},
		{&i.speed, s.Conveyor, "speed", protocol.F64},
		{&i.infeedCount, s.Infeed, "count", protocol.U32},
		{&i.infeedLatch, s.Infeed, "latch", protocol.F64},
		{&i.infeedBlocked, s.Infeed, "blocked", protocol.Bool},
		{&i.outfeedCount, s.Outfeed, "count", protocol.U32},
		{&i.outfeedLatch, s.Outfeed, "latch", protocol.F64},
		{&i.opened, s.Gate, "opened", protocol.Bool},
		{&i.closed, s.Gate, "closed", protocol.Bool},
		{&i.verdict, s.Inspection, "seq", protocol.U32},
		{&i.seenAt, s.Inspection, "position", protocol.F64},
		{&i.good, s.Inspection, "good", protocol.Bool},
		{&i.reason, s.Inspection, "reason", protocol.U16},
		{&i.serial, s.Inspection, "serial", protocol.U64},
	} {
		in, err := p.port.In(b.device, b.signal, b.t)
		if err != nil {
			return err
		}
		*b.in = in
	}
	if p.geo.needsCap {
		var err error
		if i.capped, err = p.port.In(s.Servo, "done", protocol.U32); err != nil {
			return err
		}
		if i.capOK, err = p.port.In(s.Servo, "ok", protocol.Bool); err != nil {
			return err
		}
		if i.capError, err = p.port.In(s.Servo, "error", protocol.F64); err != nil {
			return err
		}
	}
	p.port.Every(engine.Control, s.Scan.D(), 0, p.scan)
	return nil
}

// Close does nothing.
func (p *PLC) Close() error { return nil }

// scan is one cycle of the program.
func (p *PLC) scan(now time.Duration) {
	if now == 0 {
		p.initialise(now)
	}
	p.supervise(now)
	p.obey(now)
	pos := p.in.position.Float()
	p.arrive(now, pos)
	p.judge(now)
	p.askForCaps(now, pos)
	p.openGate(now, pos)
	p.depart(now, pos)
	p.progress(now)
	p.publish(now)
}

func (p *PLC) initialise(now time.Duration) {
	o := &p.out
	for _, c := range []*protocol.Out{o.state, o.fault, o.tracked, o.goodCount, o.rejectCount, o.unjudgedCount, o.seq, o.track, o.serial, o.reason} {
		c.SetInt(now, 0)
	}
	o.pass.SetBool(now, false)
	o.capErr.SetFloat(now, 0)
	o.in.SetFloat(now, 0)
	if p.geo.needsCap {
		o.request.SetInt(now, 0)
		o.origin.SetFloat(now, 0)
	}
}

// enter changes the state.
func (p *PLC) enter(now time.Duration, s State) {
	if s != p.state {
		p.state, p.since = s, now
	}
}

// abort goes to the safe state, and keeps the first reason.
func (p *PLC) abort(now time.Duration, f Fault) {
	if p.state == Aborting || p.state == Aborted {
		return
	}
	p.fault = f
	p.enter(now, Aborting)
}

// obey takes the operator's command when it changes.
func (p *PLC) obey(now time.Duration) {
	if p.in.command.Quality() == protocol.Bad {
		return
	}
	c := uint16(p.in.command.Int())
	if c == p.command {
		return
	}
	p.command = c
	if Command(c) == Abort {
		p.abort(now, Commanded)
		return
	}
	if Command(c) == Clear && p.state == Aborted {
		p.fault = NoFault
	}
	p.enter(now, p.state.next(Command(c)))
}

// progress ends the acting states whose work is done.
func (p *PLC) progress(now time.Duration) {
	v := p.in.speed.Float()
	var ready bool
	switch p.state {
	case Starting, Unholding:
		ready = v >= 0.95*p.geo.speed
	case Stopping, Holding, Aborting:
		ready = v <= 0.01*p.geo.speed
	case Resetting, Clearing:
		ready = now-p.since >= 50*time.Millisecond
	}
	if ready {
		p.enter(now, p.state.settled())
	}
	p.out.run.SetBool(now, p.state.moves())
	p.out.state.SetInt(now, int64(p.state))
	p.out.fault.SetInt(now, int64(p.fault))
}
