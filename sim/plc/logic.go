package plc

import (
	"math"
	"time"

	"linetwin.dev/protocol"
)

// NotCapped is the bit of part.reason that the PLC adds to the inspection's findings.
const NotCapped = 1 << 15

// notJudged is the inspection's own bit for a part without a verdict.
const notJudged = 1

// supervise looks for what contradicts a line in order.
func (p *PLC) supervise(now time.Duration) {
	if now < time.Second {
		return // sensors are allowed their start-up
	}
	i := &p.in
	switch {
	case i.position.Quality() == protocol.Bad:
		p.abort(now, EncoderBad)
	case i.infeedCount.Quality() == protocol.Bad:
		p.abort(now, InfeedBad)
	case i.outfeedCount.Quality() == protocol.Bad:
		p.abort(now, OutfeedBad)
	}
	if !p.state.moves() || i.speed.Float() > p.geo.speed/2 {
		p.slow = now
	}
	if now-p.slow > time.Second {
		p.abort(now, BeltStalled)
	}
	if p.state.moves() && i.infeedBlocked.Bool() && i.position.Float()-i.infeedLatch.Float() > 4*p.geo.half {
		p.abort(now, InfeedStuck)
	}
	if moved := i.opened.Bool(); p.gateOpen && !moved && now-p.gateSince > 3*p.geo.travel {
		p.abort(now, GateStuck)
	}
	if home := i.closed.Bool(); !p.gateOpen && !home && now-p.gateSince > 3*p.geo.travel {
		p.abort(now, GateStuck)
	}
}

// arrive begins a track for a bottle that broke the beam at the infeed.
func (p *PLC) arrive(now time.Duration, pos float64) {
	n := p.in.infeedCount.Int()
	if p.in.infeedCount.Quality() == protocol.Bad || n == p.infeeds {
		return
	}
	p.infeeds = n
	p.tracks.add(p.in.infeedLatch.Float() - (p.geo.infeed - p.geo.half))
	p.out.tracked.SetInt(now, int64(len(p.tracks.list)))
}

// judge gives a verdict to the bottle that stood before the camera.
func (p *PLC) judge(now time.Duration) {
	i := &p.in
	n := i.verdict.Int()
	if i.verdict.Quality() == protocol.Bad || n == p.verdicts {
		return
	}
	p.verdicts = n
	// The camera sees a bottle where its leading edge breaks the beam.
	t := p.tracks.nearest(i.seenAt.Float()-(p.geo.infeed-p.geo.half), matchTolerance)
	if t == nil || t.judged {
		return
	}
	t.reason = uint16(i.reason.Int())
	t.judged = t.reason&notJudged == 0
	t.good, t.serial = i.good.Bool(), i.serial.Uint()
	if t.judged {
		p.inARow = 0
	}
}

// askForCaps hands the next good bottle to the capping station and takes its answer.
func (p *PLC) askForCaps(now time.Duration, pos float64) {
	if !p.geo.needsCap {
		return
	}
	if id := uint32(p.in.capped.Int()); id != 0 && p.in.capped.Quality() != protocol.Bad {
		if t := p.tracks.byID(id); t != nil && t.asked && !t.capped {
			t.capped, t.capOK, t.capError = true, p.in.capOK.Bool(), p.in.capError.Float()
		}
	}
	for i := range p.tracks.list {
		t := &p.tracks.list[i]
		x := pos - t.origin
		if t.capped || !t.judged || !t.good || x > p.geo.to {
			continue
		}
		if x < p.geo.from-approach || !p.state.moves() {
			break
		}
		t.asked = true
		p.out.origin.SetFloat(now, t.origin)
		p.out.request.SetInt(now, int64(t.id))
		return
	}
	p.out.request.SetInt(now, 0)
}

// openGate holds the gate out while a bottle that may not pass is on its stretch;
// in the safe state it is out as well.
func (p *PLC) openGate(now time.Duration, pos float64) {
	open := p.state == Aborting || p.state == Aborted
	for i := range p.tracks.list {
		t := &p.tracks.list[i]
		x := pos - t.origin - p.geo.gate
		if !t.sound(p.geo.needsCap) && x >= -p.geo.reach-p.geo.lead && x <= p.geo.reach {
			open = true
		}
	}
	if open != p.gateOpen {
		p.gateOpen, p.gateSince = open, now
	}
	p.out.open.SetBool(now, open)
}

// depart ends the tracks of bottles that were pushed off or that passed the
// outfeed, and finds those that are where they should not be.
func (p *PLC) depart(now time.Duration, pos float64) {
	if n := p.in.outfeedCount.Int(); n != p.outfeeds && p.in.outfeedCount.Quality() != protocol.Bad {
		p.outfeeds = n
		origin := p.in.outfeedLatch.Float() - (p.geo.outfeed - p.geo.half)
		t := p.tracks.nearest(origin, float64(p.spec.Tolerance))
		if t == nil || !t.sound(p.geo.needsCap) {
			p.abort(now, UnexpectedPart)
		} else {
			p.finish(now, *t, true)
		}
	}
	for i := 0; i < len(p.tracks.list); i++ {
		t := p.tracks.list[i]
		x := pos - t.origin
		if !t.sound(p.geo.needsCap) && !t.gone && x > p.geo.gate+p.geo.reach+margin {
			p.tracks.list[i].gone = true
			p.countUnjudged(now, t)
			p.report(now, t, false)
		}
		// A rejected bottle is watched until it cannot turn up at the outfeed.
		if late := x > p.geo.outfeed-p.geo.half+2*float64(p.spec.Tolerance); late && t.gone {
			p.tracks.drop(t.id)
			i--
		} else if late {
			p.tracks.drop(t.id)
			i--
			p.abort(now, PartLost)
		}
	}
	p.out.tracked.SetInt(now, int64(len(p.tracks.list)))
}

func (p *PLC) countUnjudged(now time.Duration, t track) {
	if t.judged {
		return
	}
	p.unjudged++
	if p.inARow++; p.inARow >= maxUnjudged {
		p.abort(now, NotJudged)
	}
}

// finish ends a track.
func (p *PLC) finish(now time.Duration, t track, pass bool) {
	p.tracks.drop(t.id)
	p.report(now, t, pass)
}

// report counts a bottle and queues it for the MES.
func (p *PLC) report(now time.Duration, t track, pass bool) {
	if pass {
		p.good++
	} else {
		p.rejected++
	}
	p.done = append(p.done, finished{t, pass})
}

// publish tells the next finished bottle, and the counts.
func (p *PLC) publish(now time.Duration) {
	if len(p.done) == 0 {
		return
	}
	f := p.done[0]
	p.done = append(p.done[:0], p.done[1:]...)
	reason := f.t.reason
	if !f.t.judged {
		reason |= notJudged
	}
	if p.geo.needsCap && reason == 0 && !f.pass {
		reason = NotCapped
	}
	o := &p.out
	p.published++
	p.port.Writer().Begin()
	o.seq.SetInt(now, p.published)
	o.track.SetInt(now, int64(f.t.id))
	o.serial.SetUint(now, f.t.serial)
	o.pass.SetBool(now, f.pass)
	o.reason.SetInt(now, int64(reason))
	o.capErr.SetFloat(now, math.Max(f.t.capError, 0))
	o.in.SetFloat(now, f.t.origin)
	o.goodCount.SetInt(now, p.good)
	o.rejectCount.SetInt(now, p.rejected)
	o.unjudgedCount.SetInt(now, p.unjudged)
	p.port.Writer().Commit()
}
