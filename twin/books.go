package twin

import (
	"time"

	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// books compare what the line believes with the truth.
type books struct {
	sights   map[sightKey]device.Defect // that no verdict has come for
	verdicts []judgement
	exits    []exit

	// What PLCs counted: all, those with a serial number by that, and when those
	// without one were rejected.
	good, rejects uint64
	counts        map[countKey]int
	unread        []time.Duration
}

type sightKey struct {
	camera  string
	trigger uint64
}

// countKey is a part as a PLC counted it.
type countKey struct {
	serial uint64
	pass   bool
}

// exit is a part that truly left.
type exit struct {
	at   time.Duration
	part device.Part
}

// judgement is a verdict with the truth about its part.
type judgement struct {
	defects device.Defect
	reason  vision.Reason
}

// seen notes the truth about what stood before a camera.
func (b *books) seen(s device.Sight) {
	if b.sights == nil {
		b.sights = map[sightKey]device.Defect{}
	}
	b.sights[sightKey{s.Camera, s.Trigger}] = s.Part.Defects
}

// judged notes a verdict.
func (b *books) judged(camera string, trigger uint64, r vision.Reason) {
	k := sightKey{camera, trigger}
	if d, ok := b.sights[k]; ok && r&vision.NotJudged == 0 {
		b.verdicts = append(b.verdicts, judgement{d, r})
		delete(b.sights, k)
	}
}

// left notes a part that left.
func (b *books) left(now time.Duration, p device.Part) { b.exits = append(b.exits, exit{now, p}) }

// counted notes a part that a PLC counted. A part that passes was read before.
func (b *books) counted(now time.Duration, serial uint64, pass bool) {
	if pass {
		b.good++
	} else {
		b.rejects++
	}
	if serial == 0 && !pass {
		b.unread = append(b.unread, now)
		return
	}
	if b.counts == nil {
		b.counts = map[countKey]int{}
	}
	b.counts[countKey{serial, pass}]++
}

// grace is how long after a part has left the PLC may count it.
const grace = time.Second

// lost is how many parts left that no PLC counted as what they did. Each count stands
// for one part: one too many of this kind does not make up for one too few of that.
func (b *books) lost(end time.Duration) (n uint64) {
	unread := b.unread
	for _, e := range b.exits {
		pass := e.part.Exit == device.Passed
		switch k := (countKey{e.part.Serial, pass}); {
		case b.counts[k] > 0:
			b.counts[k]--
		case !pass && len(unread) > 0 && unread[0] <= e.at+grace:
			unread = unread[1:]
		case e.at <= end-grace:
			n++
		}
	}
	return n
}

// settle sets the gauges at the end of a run.
func (b *books) settle(o *observer, end time.Duration) {
	for _, v := range b.verdicts {
		switch {
		case v.defects&^device.Harmless != 0:
			o.escapes.Hit(v.reason == 0)
		case v.defects != 0 && v.reason == vision.NoQR: // its code could not be read: rightly rejected
		default:
			o.falseRejects.Hit(v.reason != 0)
		}
	}
	var badPassed, goodRejected float64
	needsCap := len(o.t.sc.Servos) > 0
	for _, e := range b.exits {
		switch e.part.Exit {
		case device.Passed:
			if e.part.Defects&^device.Harmless != 0 || needsCap && !e.part.Capped {
				badPassed++
			}
		case device.Rejected:
			if e.part.Defects == 0 {
				goodRejected++
			}
		}
	}
	o.lost.Set(float64(b.lost(end)))
	o.notJudged.Set(float64(len(b.sights)))
	o.badPassed.Set(badPassed)
	o.goodRejected.Set(goodRejected)
	o.good.Set(float64(b.good))
	o.rejected.Set(float64(b.rejects))
}
