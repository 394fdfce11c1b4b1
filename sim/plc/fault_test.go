package plc

import (
	"math"
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
)

// started is a rig that runs, with bottles at even distances.
func started(t *testing.T, n int, gap float64, edit func(i int, b *bottle)) *rig {
	t.Helper()
	r := newRig(t, scenario(t))
	r.order(0, Reset, Start)
	r.add(even(n, gap), edit)
	return r
}

func TestABadInputLeadsToTheSafeStateAndSaysWhich(t *testing.T) {
	for _, c := range []struct {
		name string
		outs func(r *rig) []*protocol.Out
		want Fault
	}{
		{"position", func(r *rig) []*protocol.Out { return []*protocol.Out{r.position} }, EncoderBad},
		{"speed", func(r *rig) []*protocol.Out { return []*protocol.Out{r.speed} }, EncoderBad},
		{"infeed count", func(r *rig) []*protocol.Out { return []*protocol.Out{r.infeed.count} }, InfeedBad},
		{"infeed latch", func(r *rig) []*protocol.Out { return []*protocol.Out{r.infeed.latch} }, InfeedBad},
		{"infeed", func(r *rig) []*protocol.Out { return []*protocol.Out{r.infeed.blocked} }, InfeedBad},
		{"outfeed count", func(r *rig) []*protocol.Out { return []*protocol.Out{r.outfeed.count} }, OutfeedBad},
		{"gate", func(r *rig) []*protocol.Out { return []*protocol.Out{r.opened, r.closed} }, GateBad},
		{"verdict", func(r *rig) []*protocol.Out { return []*protocol.Out{r.verdict, r.good, r.reason, r.seenAt, r.serial} }, InspectionBad},
		{"capping", func(r *rig) []*protocol.Out { return []*protocol.Out{r.capped, r.capOK, r.capError} }, CappingBad},
		{"machine", func(r *rig) []*protocol.Out { return []*protocol.Out{r.axis} }, MachineBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := started(t, 12, 1.1, nil)
			r.mute(12*sec, 15*sec, c.outs(r)...)
			r.at(14*sec, func(time.Duration) {
				if s, f := r.plc.state, r.plc.fault; s != Aborted || f != c.want {
					t.Errorf("in %v for %q, want Aborted for %q", s, f, c.want)
				}
			})
			r.order(16*sec, Clear, Reset, Start)
			r.play(60 * sec)
			if r.plc.state != Execute || !slices.Equal(r.aborts, []Fault{c.want}) {
				t.Errorf("ended in %v after %v", r.plc.state, r.aborts)
			}
			r.settle()
			if g := r.plc.counts.good; g < 4 {
				t.Errorf("only %d bottles passed after the restart", g)
			}
		})
	}
}

func TestAResetWaitsForDevicesThatAnswerLateAndNotForEver(t *testing.T) {
	for _, c := range []struct {
		to   time.Duration
		want State
	}{{800 * time.Millisecond, Execute}, {1500 * time.Millisecond, Aborted}} {
		r := newRig(t, scenario(t))
		r.mute(0, c.to, r.infeed.count)
		r.order(0, Reset, Start)
		r.play(4 * sec)
		if r.plc.state != c.want {
			t.Errorf("with a photo-eye that answers after %v the PLC ended in %v (%v), want %v", c.to, r.plc.state, r.plc.fault, c.want)
		}
	}
}

// A gate that does not move is noticed while the bad bottle can still be stopped.
func TestABadBottleDoesNotComePastAGateThatIsStuck(t *testing.T) {
	r := started(t, 6, 1.1, func(i int, b *bottle) {
		if i == 3 {
			b.verdict[0].reason = 4
		}
	})
	r.at(10*sec, func(time.Duration) { r.jam = true })
	r.each = func(now time.Duration) {
		if b := r.bottles[3]; r.x(b) > r.geo.high {
			t.Fatalf("%v: the bad bottle is at %.3f m, and the gate's reach ends at %.3f m", now, r.x(b), r.geo.high)
		}
	}
	r.play(40 * sec)
	if r.plc.state != Aborted || r.plc.fault != GateStuck {
		t.Errorf("ended in %v for %q", r.plc.state, r.plc.fault)
	}
}

func TestFiveInARowThatNothingWorkedOnAbort(t *testing.T) {
	for _, c := range []struct {
		want Fault
		edit func(i int, b *bottle)
	}{
		{NotJudged, func(_ int, b *bottle) { b.verdict = nil }},
		{NeverCapped, func(_ int, b *bottle) { b.capOK = false }},
	} {
		r := started(t, 9, 1.1, func(i int, b *bottle) {
			if i != 2 { // which begins the count anew
				c.edit(i, b)
			}
		})
		r.play(60 * sec)
		if r.plc.state != Aborted || r.plc.fault != c.want {
			t.Errorf("ended in %v for %q, want %q", r.plc.state, r.plc.fault, c.want)
		}
		if n := len(r.reports); n < 8 {
			t.Errorf("aborted after %d bottles, want 3 and then 5", n)
		}
	}
}

func TestABottleThatIsTakenAwayIsReportedAsLost(t *testing.T) {
	r := started(t, 4, 1.1, func(i int, b *bottle) {
		if i == 1 {
			b.taken = 3.9
		}
	})
	r.recover(0)
	r.play(60 * sec)
	r.settle()
	if !slices.Equal(r.aborts, []Fault{PartLost}) || r.reports[1].reason != Lost {
		t.Errorf("aborts %v, reason %#x", r.aborts, r.reports[1].reason)
	}
}

func TestABottleThatTheInfeedDidNotSeeAbortsAtTheOutfeed(t *testing.T) {
	r := started(t, 4, 1.1, nil)
	r.bottles = append(r.bottles, &bottle{s0: r.bottles[1].s0 + 0.5, extra: 2})
	slices.SortFunc(r.bottles, func(a, b *bottle) int { return int(math.Copysign(1, a.s0-b.s0)) })
	r.recover(0)
	r.play(60 * sec)
	r.settle()
	if !slices.Equal(r.aborts, []Fault{UnexpectedPart}) {
		t.Errorf("aborts %v", r.aborts)
	}
}

// After an abort the gate stays out until everything that was on the line is past it:
// also what the infeed never saw.
func TestNothingThatStoodOnTheLineAtAnAbortPassesUnseen(t *testing.T) {
	r := started(t, 12, 0.7, nil)
	// The infeed's output freezes, so nobody knows of the next bottles.
	r.at(4*sec, func(time.Duration) { r.freeze = true })
	r.order(8*sec, Abort)
	r.at(9*sec, func(time.Duration) { r.freeze = false })
	r.order(9*sec, Clear, Reset, Start)
	r.play(60 * sec)
	r.settle()
	unseen := 0
	for _, b := range r.bottles {
		if !b.seen {
			unseen++
			if b.off != "pushed" {
				t.Errorf("a bottle that nobody knew was %s", b.off)
			}
		}
	}
	if unseen < 2 || !slices.Equal(r.aborts, []Fault{Commanded}) {
		t.Errorf("%d bottles were unseen, aborts %v", unseen, r.aborts)
	}
	if g := r.plc.counts.good; g < 4 {
		t.Errorf("only %d bottles passed", g)
	}
}

func TestEdgesThatWereMissedAbort(t *testing.T) {
	r := started(t, 4, 1.1, nil)
	r.at(10*sec, func(now time.Duration) {
		r.infeeds++ // as if two had come within a scan
		r.infeed.count.SetInt(now, r.infeeds+1)
		r.infeeds++
	})
	r.play(11 * sec)
	if r.plc.state != Aborted || r.plc.fault != EdgesLost {
		t.Errorf("in %v for %q", r.plc.state, r.plc.fault)
	}
}

func TestAnEyeThatStaysBlockedAborts(t *testing.T) {
	for _, c := range []struct {
		eye  func(r *rig) *protocol.Out
		want Fault
	}{
		{func(r *rig) *protocol.Out { return r.infeed.blocked }, InfeedStuck},
		{func(r *rig) *protocol.Out { return r.outfeed.blocked }, OutfeedStuck},
	} {
		r := started(t, 4, 1.1, nil)
		r.each = func(now time.Duration) {
			if now > 13*sec {
				c.eye(r).SetBool(now, true)
			}
		}
		r.play(20 * sec)
		if r.plc.state != Aborted || r.plc.fault != c.want {
			t.Errorf("in %v for %q, want %q", r.plc.state, r.plc.fault, c.want)
		}
	}
}

func TestABeltThatDoesNotObeyAborts(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(r *rig)
		want Fault
	}{
		{"stalls", func(r *rig) { r.at(5*sec, func(time.Duration) { r.stall = true }) }, BeltStalled},
		{"does not start", func(r *rig) { r.stall = true }, BeltStalled},
		{"does not stop", func(r *rig) {
			r.at(5*sec, func(time.Duration) { r.coast = true })
			r.order(6*sec, Hold)
		}, BeltRunsOn},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := started(t, 2, 1.1, nil)
			c.play(r)
			r.play(12 * sec)
			if r.plc.state != Aborted || r.plc.fault != c.want {
				t.Errorf("in %v for %q, want %q", r.plc.state, r.plc.fault, c.want)
			}
		})
	}
}

// A slow ramp is no stall.
func TestABeltThatStartsSlowlyIsGivenItsTime(t *testing.T) {
	sp := scenario(t)
	sp.Conveyors = map[string]specs.Conveyor{"belt": sp.Conveyors["belt"]}
	c := sp.Conveyors["belt"]
	c.Acceleration = 0.1
	sp.Conveyors["belt"] = c
	r := newRig(t, sp)
	r.order(0, Reset, Start)
	r.order(10*sec, Stop)
	r.play(20 * sec)
	if r.plc.state != Stopped || len(r.aborts) != 0 {
		t.Errorf("in %v, aborts %v", r.plc.state, r.aborts)
	}
}

func TestAPLCThatWasAwayComesBackInItsSafeStateAndGoesOn(t *testing.T) {
	sp := scenario(t)
	sp.Faults = []specs.Fault{
		{At: specs.Duration(10 * sec), For: specs.Duration(2 * sec), Device: "main", Kind: "offline"},
		{At: specs.Duration(11 * sec), For: specs.Duration(3 * sec), Device: "main", Kind: "offline"},
	}
	r := newRig(t, sp)
	r.order(0, Reset, Start)
	r.add(even(16, 0.9), nil)
	r.order(13*sec, Stop, Start) // nobody hears that, and it is not made up for
	r.each = func(now time.Duration) {
		away := now > 10*sec && now <= 14*sec
		for _, i := range []*protocol.In{r.run, r.open, r.request, r.plc.out.state.In(), r.plc.out.reason.In(), r.plc.out.goodCount.In()} {
			if bad := i.Quality() == protocol.Bad; now > 0 && bad != away {
				t.Fatalf("%v: away %v, a register is bad: %v", now, away, bad)
			}
		}
		if now == 15*sec {
			if s, f := r.plc.state, r.plc.fault; s != Aborted || f != Restarted {
				t.Errorf("came back in %v for %q", s, f)
			}
			r.order(now, Clear, Reset, Start)
		}
	}
	r.play(80 * sec)
	r.settle()
	if r.plc.state != Execute || r.plc.counts.good < 5 {
		t.Errorf("ended in %v with %d good bottles", r.plc.state, r.plc.counts.good)
	}
}

func TestBottlesThatEndInOneScanAreToldOneByOne(t *testing.T) {
	r := started(t, 3, 0.085, func(_ int, b *bottle) { b.verdict = nil })
	r.order(15*sec, Abort) // all are gone by then; the last ones are told together below
	r.play(20 * sec)
	r.settle()
	p := r.plc
	a, b := track{id: 101, judged: true}, track{id: 102, judged: true, good: true}
	seq, good := p.published, p.counts.good
	p.report(20*sec, &a, false)
	p.report(20*sec, &b, true)
	if p.next(); p.published != seq+1 || p.last.track != 101 || p.counts.good != good {
		t.Errorf("the first is %+v, counts %+v", p.last, p.counts)
	}
	if p.next(); p.published != seq+2 || p.last.track != 102 || p.counts.good != good+1 {
		t.Errorf("the second is %+v, counts %+v", p.last, p.counts)
	}
	if p.next() {
		t.Error("there is a third")
	}
}

// A bottle that was just leaving the gate's reach when the line aborted may be gone or
// not: it counts as what it turns out to be, and does not keep the line from going on.
func TestABottleThatWasLeavingTheGateAtAnAbortCountsAsWhatItTurnsOutToBe(t *testing.T) {
	for _, ahead := range []float64{-0.06, -0.03, -0.01, 0.005} { // of the end of the gate's reach
		sp := scenario(t)
		c := sp.Conveyors["belt"]
		c.Acceleration = 4 // stops before the bottle has left
		sp.Conveyors = map[string]specs.Conveyor{"belt": c}
		r := newRig(t, sp)
		r.order(0, Reset, Start)
		r.add([]float64{0.6, 0.15, 1, 1}, func(i int, b *bottle) { b.cap = 100 * time.Millisecond })
		r.recover(0)
		operator, done := r.each, false
		r.each = func(now time.Duration) {
			operator(now)
			if b := r.bottles[0]; !done && r.x(b) >= r.geo.high+ahead {
				done = true
				r.order(now, Abort)
			}
		}
		r.play(60 * sec)
		r.settle()
		if r.plc.state != Execute || !slices.Equal(r.aborts, []Fault{Commanded}) {
			t.Errorf("%+.3f m: ended in %v, aborts %v", ahead, r.plc.state, r.aborts)
		}
		if b := r.bottles[1]; b.off != "pushed" {
			t.Errorf("%+.3f m: the bottle behind it was %s", ahead, b.off)
		}
	}
}
