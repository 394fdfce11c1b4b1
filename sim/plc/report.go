package plc

import (
	"math"
	"time"
)

// Findings that the PLC adds to those of the inspection in part.reason.
const (
	// Lost: a sound bottle did not arrive at the outfeed.
	Lost = 1 << 13
	// Swept: a sound bottle was pushed off because of what was around it: a bad bottle
	// too close to it, or an abort.
	Swept = 1 << 14
	// NotCapped: a good bottle was not capped.
	NotCapped = 1 << 15
)

// finished is a bottle whose way is over, as it is published.
type finished struct {
	track    uint32
	serial   uint64
	pass     bool
	unjudged bool
	reason   uint16
	capError float64
	origin   float64
}

// counts of finished bottles.
type counts struct{ good, rejected, unjudged uint32 }

// report queues a bottle for publication, once, and aborts when too many in a row were
// not worked on.
func (p *PLC) report(now time.Duration, t *track, passed bool) {
	t.told = true
	f := finished{
		track: t.id, serial: t.serial, pass: passed, unjudged: !t.judged && !t.swept,
		capError: math.Max(t.capError, 0), origin: t.origin,
	}
	if !passed {
		f.reason = t.findings()
	}
	p.done = append(p.done, f)
	switch {
	case t.judged:
		p.unjudged = 0
	case f.unjudged:
		if p.unjudged++; p.unjudged >= maxInARow {
			p.abort(now, NotJudged)
		}
	}
	switch {
	case passed:
		p.uncapped = 0
	case f.reason == NotCapped:
		if p.uncapped++; p.uncapped >= maxInARow {
			p.abort(now, NeverCapped)
		}
	}
}

// findings are why a bottle did not pass.
func (t *track) findings() uint16 {
	switch {
	case !t.judged:
		return t.reason | notJudged
	case !t.good:
		return t.reason
	case t.lost:
		return Lost
	case t.swept:
		return Swept
	}
	return NotCapped
}

// next takes the next finished bottle out of the queue: the registers hold one, so
// that those who follow them see each.
func (p *PLC) next() bool {
	if len(p.done) == 0 {
		return false
	}
	p.last = p.done[0]
	p.done = append(p.done[:0], p.done[1:]...)
	p.published++
	if p.last.pass {
		p.counts.good++
	} else {
		p.counts.rejected++
	}
	if p.last.unjudged {
		p.counts.unjudged++
	}
	return true
}
