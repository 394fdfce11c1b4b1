package plc

import (
	"math"
	"time"

	"linetwin.dev/protocol"
)

// notJudged is the inspection's own finding for a part without a verdict.
const notJudged = 1

// arrive begins a track for a bottle that broke the beam at the infeed.
func (p *PLC) arrive(now time.Duration) {
	e := &p.im.infeed
	n := e.count - p.infeeds
	if !e.good || n == 0 {
		return
	}
	p.infeeds = e.count
	if n > 1 {
		p.abort(now, EdgesLost) // and only the last one's place is known
	}
	t := p.tracks.add(e.latch - (p.geo.infeed - p.geo.half))
	if p.distrust {
		t.fate, t.swept = reject, true
	}
}

// judge gives a verdict to the bottle that stood before the camera. Of two verdicts
// that contradict each other the bad one holds; one that comes when the bottle's fate
// is decided changes nothing but the record. One that is overwritten within a scan is
// missed, and its bottle not judged.
func (p *PLC) judge() {
	i := &p.in
	n := uint32(i.verdict.Uint())
	if i.verdict.Quality() == protocol.Bad || n == p.verdicts {
		return
	}
	p.verdicts = n
	// The camera sees a bottle where its leading edge breaks the beam.
	t := p.tracks.nearest(i.seenAt.Float()-(p.geo.infeed-p.geo.half), matchTolerance)
	if t == nil || t.told || t.fate == pass {
		return
	}
	reason := uint16(i.reason.Uint())
	good := i.good.Bool() && reason == 0
	if reason&notJudged != 0 || t.judged && (good || !t.good) {
		return
	}
	t.judged, t.good, t.reason = true, good, reason
	if serial := i.serial.Uint(); serial != 0 {
		t.serial = serial
	}
}

// takeCaps takes the capping station's answer.
func (p *PLC) takeCaps() {
	if !p.geo.needsCap || p.in.capped.Quality() == protocol.Bad {
		return
	}
	id := uint32(p.in.capped.Uint())
	if id == 0 {
		return
	}
	if t := p.tracks.byID(id); t != nil && t.asked && !t.capped {
		t.capped, t.capOK, t.capError = true, p.in.capOK.Bool(), p.in.capError.Float()
	}
}

// askForCap hands the next good bottle to the capping station, one at a time, while the
// belt runs.
func (p *PLC) askForCap() {
	p.request = 0
	if !p.geo.needsCap || !p.state.moves() {
		return
	}
	for i := range p.tracks.list {
		t := &p.tracks.list[i]
		x := p.im.position - t.origin
		if t.capped || t.fate != undecided || !t.judged || !t.good || x > p.geo.to {
			continue
		}
		if x >= p.geo.from-approach {
			t.asked = true
			p.request, p.place = t.id, t.origin
		}
		return
	}
}

// decide settles the fate of bottles: of a bad one as soon as it is known, and with it
// that of those that the gate cannot leave standing beside it; of all others when they
// come to the gate. What is not known to be good by then is bad.
func (p *PLC) decide() {
	ts, g := p.tracks.list, &p.geo
	for i := range ts {
		t := &ts[i]
		if t.fate != undecided {
			continue
		}
		if t.bad() {
			t.fate = reject
		} else if i > 0 {
			p.sweep(t, &ts[i-1])
		}
	}
	for i := len(ts) - 2; i >= 0; i-- {
		p.sweep(&ts[i], &ts[i+1])
	}
	for i := range ts {
		t := &ts[i]
		if t.fate != undecided || p.im.position-t.origin < g.low-g.lead {
			continue
		}
		sound := t.sound(g.needsCap)
		behind := i+1 < len(ts) && ts[i+1].origin-t.origin < g.apart && !ts[i+1].sound(g.needsCap)
		if sound && !behind && p.trusted() {
			t.fate = pass
		} else {
			t.fate, t.swept = reject, sound
		}
	}
}

// sweep gives up a bottle that stands too close to one that is pushed off.
func (p *PLC) sweep(t, beside *track) {
	if t.fate == undecided && beside.fate == reject && math.Abs(t.origin-beside.origin) < p.geo.apart {
		t.fate, t.swept = reject, true
	}
}

// moveGate holds the gate out while a bottle that may not pass is on its stretch, or
// anything may be there that is not known.
func (p *PLC) moveGate(now time.Duration) {
	g := &p.geo
	open, ahead := !p.trusted(), math.Inf(1)
	for i := range p.tracks.list {
		t := &p.tracks.list[i]
		x := p.im.position - t.origin
		if t.fate != reject {
			if !t.doubtful {
				ahead = x
			}
			continue
		}
		if x < g.low-g.early || x > g.high {
			continue
		}
		free := ahead > g.high+margin // of a bottle that is to pass
		if !free && x >= g.low-g.lead {
			p.abort(now, TooClose)
		}
		open = open || free
	}
	open = open || p.distrust
	if open != p.gateOpen {
		p.gateOpen, p.gateSince = open, now
	}
}

// depart ends the tracks of bottles that were pushed off or that passed the outfeed,
// and finds those that are where they should not be.
func (p *PLC) depart(now time.Duration) {
	p.arriveAtOutfeed(now)
	g := &p.geo
	for i := 0; i < len(p.tracks.list); i++ {
		t := &p.tracks.list[i]
		x := p.im.position - t.origin
		pushed := p.im.opened && x >= g.low+sure && x <= g.high-sure
		if !t.told && (t.fate == reject && (pushed || x > g.high+margin) || t.doubtful && pushed) {
			t.swept = t.swept || t.doubtful
			p.report(now, t, false)
		}
		// A rejected bottle is watched until it cannot turn up at the outfeed.
		if x <= g.outfeed-g.half+2*float64(p.spec.Tolerance) {
			continue
		}
		if !t.told {
			t.swept, t.lost = t.doubtful, !t.doubtful
			p.report(now, t, false)
			if t.lost {
				p.abort(now, PartLost)
			}
		}
		p.tracks.drop(i)
		i--
	}
}

// arriveAtOutfeed takes the bottle that broke the beam behind the gate.
func (p *PLC) arriveAtOutfeed(now time.Duration) {
	e := &p.im.outfeed
	n := e.count - p.outfeeds
	if !e.good || n == 0 {
		return
	}
	p.outfeeds = e.count
	if n > 1 {
		p.abort(now, EdgesLost)
	}
	origin := e.latch - (p.geo.outfeed - p.geo.half)
	t := p.tracks.nearest(origin, float64(p.spec.Tolerance))
	if t == nil || t.fate != pass || t.told {
		p.abort(now, UnexpectedPart)
		return
	}
	p.report(now, t, true)
	for i := range p.tracks.list {
		if p.tracks.list[i].id == t.id {
			p.tracks.drop(i)
			break
		}
	}
}
