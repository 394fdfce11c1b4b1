package plc

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// inputs are the registers that the program reads.
type inputs struct {
	command, reason                    *protocol.In
	infeedCount, outfeedCount, verdict *protocol.In
	position, speed                    *protocol.In
	infeedLatch, outfeedLatch, seenAt  *protocol.In
	infeedBlocked, outfeedBlocked      *protocol.In
	opened, closed, good               *protocol.In
	serial                             *protocol.In
	capped, capOK, capError            *protocol.In
	guards                             []guard
}

// guard is an input without which the line is not to run, and the fault that it is.
type guard struct {
	in    *protocol.In
	fault Fault
}

// outputs are the registers that the program writes.
type outputs struct {
	state, fault, tracked                        *protocol.Out
	run, open                                    *protocol.Out
	request, origin                              *protocol.Out
	goodCount, rejectCount, unjudgedCount        *protocol.Out
	seq, track, serial, pass, reason, capErr, in *protocol.Out
}

func (p *PLC) define() error {
	o := &p.out
	err := p.port.Define(
		device.Signal{Out: &o.state, Name: "state", Type: protocol.U16, Doc: "PackML state (StateCurrent)"},
		device.Signal{Out: &o.fault, Name: "fault", Type: protocol.U16, Doc: "why the line aborted; 0: it did not"},
		device.Signal{Out: &o.tracked, Name: "tracked", Type: protocol.U16, Doc: "bottles between infeed and outfeed"},
		device.Signal{Out: &o.goodCount, Name: "good", Type: protocol.U32, Doc: "bottles passed as good since the start"},
		device.Signal{Out: &o.rejectCount, Name: "rejected", Type: protocol.U32, Doc: "bottles rejected since the start"},
		device.Signal{Out: &o.unjudgedCount, Name: "unjudged", Type: protocol.U32, Doc: "bottles rejected because nothing judged them"},
		device.Signal{Out: &o.seq, Name: "part.seq", Type: protocol.U32, Doc: "number of the last finished bottle"},
		device.Signal{Out: &o.track, Name: "part.track", Type: protocol.U32, Doc: "track of the last finished bottle"},
		device.Signal{Out: &o.serial, Name: "part.serial", Type: protocol.U64, Doc: "serial number of the last finished bottle, 0 if it was not read"},
		device.Signal{Out: &o.pass, Name: "part.good", Type: protocol.Bool, Doc: "the last finished bottle passed"},
		device.Signal{Out: &o.reason, Name: "part.reason", Type: protocol.U16, Doc: "findings of the inspection; bit 13: lost, 14: swept off with others, 15: not capped"},
		device.Signal{Out: &o.capErr, Name: "part.cap_error", Type: protocol.F64, Unit: "m", Doc: "seen error of the capping head"},
		device.Signal{Out: &o.in, Name: "part.origin", Type: protocol.F64, Unit: "m", Doc: "position of the belt at which the bottle's centre was at the start"},
	)
	if err != nil {
		return err
	}
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

func (p *PLC) bind() error {
	i, s := &p.in, p.spec
	binds := []struct {
		in             **protocol.In
		device, signal string
		t              protocol.Type
		fault          Fault // if it is bad
	}{
		{&i.command, p.name, "command", protocol.U16, NoFault},
		{&i.position, s.Conveyor, "position", protocol.F64, EncoderBad},
		{&i.speed, s.Conveyor, "speed", protocol.F64, EncoderBad},
		{&i.infeedCount, s.Infeed, "count", protocol.U32, InfeedBad},
		{&i.infeedLatch, s.Infeed, "latch", protocol.F64, InfeedBad},
		{&i.infeedBlocked, s.Infeed, "blocked", protocol.Bool, InfeedBad},
		{&i.outfeedCount, s.Outfeed, "count", protocol.U32, OutfeedBad},
		{&i.outfeedLatch, s.Outfeed, "latch", protocol.F64, OutfeedBad},
		{&i.outfeedBlocked, s.Outfeed, "blocked", protocol.Bool, OutfeedBad},
		{&i.opened, s.Gate, "opened", protocol.Bool, GateBad},
		{&i.closed, s.Gate, "closed", protocol.Bool, GateBad},
		{&i.verdict, s.Inspection, "seq", protocol.U32, InspectionBad},
		{&i.seenAt, s.Inspection, "position", protocol.F64, InspectionBad},
		{&i.good, s.Inspection, "good", protocol.Bool, InspectionBad},
		{&i.reason, s.Inspection, "reason", protocol.U16, InspectionBad},
		{&i.serial, s.Inspection, "serial", protocol.U64, InspectionBad},
	}
	var machine *protocol.In
	if p.geo.needsCap {
		binds = append(binds, []struct {
			in             **protocol.In
			device, signal string
			t              protocol.Type
			fault          Fault
		}{
			{&i.capped, s.Servo, "done", protocol.U32, CappingBad},
			{&i.capOK, s.Servo, "ok", protocol.Bool, CappingBad},
			{&i.capError, s.Servo, "error", protocol.F64, CappingBad},
			// A tool that nobody moves any more may stand in the way.
			{&machine, p.port.Site().Spec.Servos[s.Servo].Machine, "j1.position", protocol.F64, MachineBad},
		}...)
	}
	for _, b := range binds {
		in, err := p.port.In(b.device, b.signal, b.t)
		if err != nil {
			return err
		}
		*b.in = in
		if b.fault != NoFault {
			i.guards = append(i.guards, guard{in, b.fault})
		}
	}
	return nil
}

// image is the process image of the inputs, as of the begin of the scan.
type image struct {
	position, speed float64 // m, m/s
	infeed, outfeed beam
	opened, closed  bool
	bad             Fault // of the first input that is bad
}

// beam is a photo-eye.
type beam struct {
	count   uint32
	latch   float64
	blocked bool
	good    bool // the quality
}

// read takes the inputs.
func (p *PLC) read() {
	i, im := &p.in, &p.im
	im.bad = NoFault
	for k := range i.guards {
		if i.guards[k].in.Quality() == protocol.Bad {
			im.bad = i.guards[k].fault
			break
		}
	}
	im.position, im.speed = i.position.Float(), i.speed.Float()
	im.infeed.read(i.infeedCount, i.infeedLatch, i.infeedBlocked)
	im.outfeed.read(i.outfeedCount, i.outfeedLatch, i.outfeedBlocked)
	im.opened, im.closed = i.opened.Bool(), i.closed.Bool()
	if p.awake {
		return
	}
	// What was counted before this program began is none of its business.
	p.awake = true
	p.infeeds, p.outfeeds = im.infeed.count, im.outfeed.count
	p.verdicts = uint32(i.verdict.Uint())
}

func (b *beam) read(count, latch, blocked *protocol.In) {
	b.count, b.latch, b.blocked = uint32(count.Uint()), latch.Float(), blocked.Bool()
	b.good = count.Quality() != protocol.Bad
}

// write puts out all that the scan decided, at once.
func (p *PLC) write(now time.Duration) {
	o, w := &p.out, p.port.Writer()
	w.Begin()
	if p.fresh {
		w.SetAllQuality(now, protocol.Good)
		p.publish(now)
		p.fresh = false
	}
	o.run.SetBool(now, p.state.moves())
	o.open.SetBool(now, p.gateOpen)
	if p.geo.needsCap {
		o.origin.SetFloat(now, p.place)
		o.request.SetUint(now, uint64(p.request))
	}
	o.state.SetUint(now, uint64(p.state))
	o.fault.SetUint(now, uint64(p.fault))
	o.tracked.SetUint(now, uint64(len(p.tracks.list)))
	if p.next() {
		p.publish(now)
	}
	w.Commit()
}

// publish tells the last finished bottle, and the counts that include it.
func (p *PLC) publish(now time.Duration) {
	o, f := &p.out, &p.last
	o.seq.SetUint(now, uint64(p.published))
	o.track.SetUint(now, uint64(f.track))
	o.serial.SetUint(now, f.serial)
	o.pass.SetBool(now, f.pass)
	o.reason.SetUint(now, uint64(f.reason))
	o.capErr.SetFloat(now, f.capError)
	o.in.SetFloat(now, f.origin)
	o.goodCount.SetUint(now, uint64(p.counts.good))
	o.rejectCount.SetUint(now, uint64(p.counts.rejected))
	o.unjudgedCount.SetUint(now, uint64(p.counts.unjudged))
}
