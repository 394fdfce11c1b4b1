package twin

import (
	"time"

	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// books compare what the line believes with the truth.
type books struct {
	sights  map[sightKey]device.Defect // that no verdict has come for
	exits   []exit
	good    uint64 // counted by PLCs
	rejects uint64
	verdict []judgement
}

type sightKey struct {
	camera  string
	trigger uint64
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
		b.verdict = append(b.verdict, judgement{d, r})
		delete(b.sights, k)
	}
}

// left notes a part that left.
func (b *books) left(now time.Duration, p device.Part) { b.exits = append(b.exits, exit{now, p}) }

// counted notes a part that a PLC counted.
func (b *books) counted(pass bool) {
	if pass {
		b.good++
	} else {
		b.rejects++
	}
}

// grace is how long before the end of a run a part may have left without the PLC
// having counted it yet.
const grace = time.Second

// settle sets the gauges at the end of a run.
func (b *books) settle(o *observer, end time.Duration) {
	for _, v := range b.verdict {
		if v.defects != 0 {
			o.escapes.Hit(v.reason == 0)
		} else {
			o.falseRejects.Hit(v.reason != 0)
		}
	}
	var badPassed, goodRejected float64
	var passed, rejected uint64
	needsCap := len(o.t.sc.Servos) > 0
	for _, e := range b.exits {
		counts := e.at <= end-grace
		switch e.part.Exit {
		case device.Passed:
			if counts {
				passed++
			}
			if e.part.Defects != 0 || needsCap && !e.part.Capped {
				badPassed++
			}
		case device.Rejected:
			if counts {
				rejected++
			}
			if e.part.Defects == 0 {
				goodRejected++
			}
		}
	}
	var lost uint64
	if passed > b.good {
		lost += passed - b.good
	}
	if rejected > b.rejects {
		lost += rejected - b.rejects
	}
	o.lost.Set(float64(lost))
	o.notJudged.Set(float64(len(b.sights)))
	o.badPassed.Set(badPassed)
	o.goodRejected.Set(goodRejected)
	o.good.Set(float64(b.good))
	o.rejected.Set(float64(b.rejects))
}
