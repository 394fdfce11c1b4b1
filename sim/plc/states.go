package plc

import (
	"encoding/json"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// enter changes the state.
func (p *PLC) enter(now time.Duration, s State) {
	if s == p.state {
		return
	}
	p.state, p.since = s, now
	if s == Starting && p.distrust {
		// What has come past the infeed's beam by now goes off at the gate.
		p.distrust, p.untrusted = false, p.im.position-(p.geo.infeed-p.geo.half)
	}
}

// abort goes to the safe state, keeps the first reason and says it.
//
// The gate goes out while the belt runs on for a moment, so that what is in front of
// it or within its reach is pushed off, now or after the restart. What is just leaving
// its reach may be pushed off or not; it is sound, and counts as what it turns out to be.
func (p *PLC) abort(now time.Duration, f Fault) {
	if p.state == Aborting || p.state == Aborted {
		return
	}
	p.enter(now, Aborting)
	p.mistrust()
	p.alarm(now, f)
}

// alarm keeps why the line is in its safe state, and says it.
func (p *PLC) alarm(now time.Duration, f Fault) {
	p.fault = f
	p.say(now, device.Remark{Kind: "alarm", Text: p.name + ": " + f.String()})
}

// mistrust gives up all bottles that have not passed the gate.
func (p *PLC) mistrust() {
	p.distrust = true
	p.unjudged, p.uncapped = 0, 0
	for i := range p.tracks.list {
		t := &p.tracks.list[i]
		x := p.im.position - t.origin
		switch {
		case t.fate == reject || x > p.geo.high+margin:
		case x <= p.geo.high-p.geo.lead || t.fate != pass:
			t.fate, t.swept = reject, true
		default:
			t.doubtful = true
		}
	}
}

// say puts a remark into the log.
func (p *PLC) say(now time.Duration, r device.Remark) {
	if b, err := json.Marshal(r); err == nil { // always: it is two strings
		p.port.Emit(now, device.Note, b)
	}
}

// obey carries out the operator's command when it changes, or when it fits. A command
// that comes while a state is acting, and that fits what comes then, waits for it.
func (p *PLC) obey(now time.Duration) {
	if p.in.command.Quality() == protocol.Bad {
		return
	}
	if c := Command(p.in.command.Uint()); c != p.command {
		p.command, p.pending = c, c
	}
	if p.pending == 0 {
		return
	}
	to := p.state.next(p.pending)
	if to == p.state {
		if !p.state.waitsFor(p.pending) {
			p.pending = 0
		}
		return
	}
	if p.pending = 0; to == Aborting {
		p.abort(now, Commanded)
		return
	}
	if to == Clearing {
		p.fault = NoFault
	}
	p.enter(now, to)
}

// progress ends the acting states whose work is done, and aborts those that do not
// come to their end.
func (p *PLC) progress(now time.Duration) {
	const running, standing = 0.95, 0.01 // of the belt's speed
	took, v := now-p.since, p.im.speed
	if took == 0 {
		return // a state lasts for a scan, so that all see it
	}
	overdue := took > p.geo.ramp+patience
	var ready bool
	switch p.state {
	case Starting, Unholding:
		if ready = v >= running*p.geo.speed; !ready && overdue {
			p.abort(now, BeltStalled)
		}
	case Stopping, Holding:
		if ready = v <= standing*p.geo.speed; !ready && overdue {
			p.abort(now, BeltRunsOn)
		}
	case Aborting:
		ready = p.im.bad != EncoderBad && v <= standing*p.geo.speed || overdue
	case Resetting:
		if ready = p.im.bad == NoFault && took >= settling; !ready && took > patience {
			p.abort(now, p.im.bad)
		}
	case Clearing:
		ready = took >= settling
	}
	if ready {
		p.enter(now, p.state.settled())
	}
}

// supervise looks for what contradicts a line in order.
func (p *PLC) supervise(now time.Duration) {
	im, g := &p.im, &p.geo
	if p.state != Execute || im.speed > g.speed/2 {
		p.slow = now
	}
	if !p.state.watched() {
		return
	}
	moved := im.closed
	if p.gateOpen {
		moved = im.opened
	}
	switch {
	case im.bad != NoFault:
		p.abort(now, im.bad)
	case now-p.slow > patience/2:
		p.abort(now, BeltStalled)
	case im.infeed.jammed(im.position, g.half):
		p.abort(now, InfeedStuck)
	case im.outfeed.jammed(im.position, g.half):
		p.abort(now, OutfeedStuck)
	case !moved && now-p.gateSince > g.gate:
		p.abort(now, GateStuck)
	}
}

// jammed tells whether the beam is interrupted over a stretch on which two bottles
// would have passed.
func (b *beam) jammed(position, half float64) bool { return b.blocked && position-b.latch > 4*half }

// outage is a while in which the PLC is away.
type outage struct{ from, to time.Duration }

// absent takes the PLC off and on again. While it is away all that it writes is bad,
// so that its actuators go to their own safe states. It keeps its memory, as a
// controller with retentive data does, but has missed what happened: it comes back in
// its safe state.
func (p *PLC) absent(now time.Duration) bool {
	away := false
	for _, o := range p.outages {
		away = away || o.from <= now && now < o.to
	}
	switch {
	case away && !p.away:
		p.mistrust() // by where the bottles were last: the gate goes out from here on
		p.port.Writer().SetAllQuality(now, protocol.Bad)
		p.say(now, device.FaultRemark("fault", p.name, "offline"))
	case !away && p.away:
		p.say(now, device.FaultRemark("fault-end", p.name, "offline"))
		p.read()
		p.pending, p.fresh = 0, true
		p.command = Command(p.in.command.Uint())
		p.enter(now, Aborted)
		p.alarm(now, Restarted)
	}
	p.away = away
	return away
}

// trusted tells whether the gate may be withdrawn as far as unknown bottles go.
func (p *PLC) trusted() bool {
	return !p.distrust && p.im.position-p.untrusted > p.geo.high+margin
}
