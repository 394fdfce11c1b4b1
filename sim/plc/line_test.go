package plc

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/specs"
)

const sec = time.Second

// even spacing of n bottles.
func even(n int, gap float64) []float64 {
	gaps := make([]float64, n)
	for i := range gaps {
		gaps[i] = gap
	}
	return gaps
}

func TestGoodBottlesPassAndBadOnesArePushedOff(t *testing.T) {
	r := newRig(t, scenario(t))
	r.order(0, Reset, Start)
	r.add(even(8, 1.2), func(i int, b *bottle) {
		switch i {
		case 1:
			b.verdict[0].reason = 4 // wrong label
		case 3:
			b.verdict = nil
		case 4:
			b.capOK = false
		case 5:
			b.cap = -1
		case 6:
			b.verdict[0].reason = notJudged
		}
	})
	r.play(40 * sec)
	r.settle()
	want := []uint16{0, 4, 0, notJudged, NotCapped, NotCapped, notJudged, 0}
	for i, w := range want {
		if got := r.reports[i].reason; got != w {
			t.Errorf("bottle %d has reason %#x, want %#x", i, got, w)
		}
	}
	if len(r.aborts) != 0 {
		t.Errorf("aborted: %v", r.aborts)
	}
	if got := r.plc.counts; got != (counts{2, 6, 2}) && got != (counts{3, 5, 2}) {
		t.Errorf("counts %+v", got)
	}
}

// recover is an operator who clears the line when it has aborted: takes off by hand what
// stands behind the gate and is not good, where no device can reach it, and starts
// again. From an instant on they also start a line that waits for no reason.
func (r *rig) recover(from time.Duration) {
	var since time.Duration
	state := r.plc.state
	r.each = func(now time.Duration) {
		if s := r.plc.state; s != state {
			state, since = s, now
		}
		if now-since < 500*time.Millisecond || now%sec != 0 {
			return
		}
		switch {
		case state == Aborted:
			for _, b := range r.bottles {
				if b.on && b.off == "" && r.x(b) > r.geo.high && !b.sound() {
					b.off = "taken"
				}
			}
			r.order(now, 0, Clear, Reset, Start)
		case now < from:
		case state == Stopped:
			r.order(now, 0, Reset, Start)
		case state == Held:
			r.order(now, 0, Unhold)
		}
	}
}

// plan draws a bottle's lot.
func plan(t *rapid.T, b *bottle) {
	ms := func(from, to int, name string) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Millisecond
	}
	delay := ms(20, 400, "delay")
	switch rapid.IntRange(0, 19).Draw(t, "verdict") {
	case 0:
		b.verdict = nil
	case 1:
		b.verdict = []opinion{{delay: delay, reason: notJudged}}
	case 2, 3:
		b.verdict = []opinion{{delay: delay, reason: 8}}
	case 4: // good twice
		b.verdict = []opinion{{delay: delay}, {delay: delay + ms(0, 300, "again")}}
	case 5: // good, and then bad
		b.verdict = []opinion{{delay: delay}, {delay: delay + ms(11, 300, "again"), reason: 16}}
	case 6: // bad, and then good: the bad one holds, so the bottle is not to be sold
		b.verdict = []opinion{{delay: delay, reason: 16}, {delay: delay + ms(11, 300, "again")}}
	case 7: // much too late
		b.verdict = []opinion{{delay: ms(7000, 9000, "late")}}
	case 8: // about another place
		b.verdict = []opinion{{delay: delay, shift: rapid.SampledFrom([]float64{-0.05, -0.03, 0.03, 0.05}).Draw(t, "shift")}}
	default:
		b.verdict = []opinion{{delay: delay, shift: rapid.Float64Range(-0.003, 0.003).Draw(t, "shift")}}
	}
	b.cap, b.capOK = ms(100, 2200, "cap"), true
	switch rapid.IntRange(0, 19).Draw(t, "capping") {
	case 0:
		b.cap = -1
	case 1:
		b.capOK = false
	}
	switch rapid.IntRange(0, 29).Draw(t, "hand") {
	case 0:
		b.taken = rapid.Float64Range(0.1, 5.4).Draw(t, "taken at")
	case 1:
		b.extra = rapid.Float64Range(1.3, 5.4).Draw(t, "put on at")
	}
}

// shape draws a line: how fast it is, and how fast what works on it.
func shape(t *rapid.T, sp specs.Scenario) *specs.Scenario {
	c, g, p := sp.Conveyors["belt"], sp.Gates["reject"], sp.PLCs["main"]
	c.Speed = rapid.SampledFrom([]specs.Speed{0.3, 0.5, 0.8}).Draw(t, "speed")
	c.Acceleration = rapid.SampledFrom([]specs.Acceleration{2, 1, 4}).Draw(t, "acceleration")
	g.Reach = rapid.SampledFrom([]specs.Length{0.12, 0.08, 0.2}).Draw(t, "reach")
	g.Travel = specs.Duration(time.Duration(rapid.IntRange(20, 200).Draw(t, "travel")) * time.Millisecond)
	p.Scan = specs.Duration(rapid.SampledFrom([]time.Duration{10, 2, 20}).Draw(t, "scan") * time.Millisecond)
	sp.Conveyors = map[string]specs.Conveyor{"belt": c}
	sp.Gates = map[string]specs.Gate{"reject": g}
	sp.PLCs = map[string]specs.PLC{"main": p}
	return &sp
}

func TestWhateverHappensNoBottlePassesThatIsNotGoodAndCapped(t *testing.T) {
	sp := scenario(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(rt, shape(rt, *sp))
		seed := rapid.Uint64().Draw(rt, "noise")
		r.noise = func() float64 {
			seed = seed*6364136223846793005 + 1442695040888963407
			return float64(int64(seed)) / (1 << 63)
		}
		gaps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			if rapid.IntRange(0, 3).Draw(t, "close") == 0 {
				return rapid.Float64Range(0.085, 0.4).Draw(t, "gap")
			}
			return rapid.Float64Range(0.4, 2).Draw(t, "gap")
		}), 1, 15).Draw(rt, "gaps")
		r.add(gaps, func(_ int, b *bottle) { plan(rt, b) })
		r.order(0, Reset, Start)
		for range rapid.IntRange(0, 4).Draw(rt, "orders") {
			at := time.Duration(rapid.IntRange(1000, 30000).Draw(rt, "at")) * time.Millisecond
			pause := time.Duration(rapid.IntRange(100, 3000).Draw(rt, "pause")) * time.Millisecond
			switch rapid.IntRange(0, 2).Draw(rt, "order") {
			case 0:
				r.order(at, Hold)
				r.order(at+pause, Unhold)
			case 1:
				r.order(at, Stop)
				r.order(at+pause, Reset, Start)
			case 2:
				r.order(at, Abort)
			}
		}
		// Orders that fall into one scan hide each other, as with any PLC: the last ones
		// leave the line running whatever came before.
		r.order(32*sec, Stop)
		r.order(33*sec, Reset, Start)
		r.recover(34 * sec)
		r.play(200 * sec)
		if r.plc.state != Execute {
			rt.Fatalf("the line ended in %v: %v; aborts %v", r.plc.state, r.plc.fault, r.aborts)
		}
		r.settle()
	})
}
