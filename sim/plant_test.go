package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// flow makes parts come without a defect, close together.
func flow(min, mean specs.Length) func(s *specs.Scenario) {
	return func(s *specs.Scenario) {
		f := s.Feeders["infeed"]
		f.Spacing = specs.Spacing{Min: min, Mean: mean}
		f.Defects = specs.Defects{}
		s.Feeders["infeed"] = f
	}
}

func TestEachPartBreaksABeamOnceAndClearsItOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		at   specs.Length
		edit func(s *specs.Scenario)
	}{
		{"far apart", 1.2, flow(0.5, 0.7)},
		{"touching", 1.2, flow(0.08, 0.08)},
		{"at the begin of the belt", 0, flow(0.08, 0.1)},
		{"within the first part's width", 0.03, flow(0.08, 0.3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, func(s *specs.Scenario) {
				c.edit(s)
				e := s.Photoeyes["pe_infeed"]
				e.At = c.at
				s.Photoeyes["pe_infeed"] = e
			})
			s.set(0, "reject.open", false)
			s.set(500*ms, "belt.run", true)
			s.set(8*sec, "belt.run", false) // somewhere in the middle, with a part in a beam or not
			s.set(9*sec, "belt.run", true)
			s.play(40 * sec)
			checkEdges(t, s, "pe_infeed")
			checkEdges(t, s, "pe_outfeed")
		})
	}
}

// checkEdges holds what an eye said against where the parts were.
func checkEdges(t *testing.T, s *stage, name string) {
	t.Helper()
	spec := s.spec.Photoeyes[name]
	half := float64(s.spec.Products["bottle"].Body.Width) / 2
	b := s.w.belts["belt"]
	var s0 []float64
	for n := range b.parts.end() {
		if n < b.parts.base {
			s0 = append(s0, math.NaN()) // has left
			continue
		}
		s0 = append(s0, b.parts.list[n-b.parts.base].s0)
	}
	levels := s.values(name + ".blocked")
	for i, c := range levels {
		if up := i%2 == 1; c.bits != 0 != up {
			t.Fatalf("edge %d at %v goes to %v", i, c.at, c.bits)
		}
	}
	counts, latches := s.values(name+".count"), s.values(name+".latch")
	broken := 0
	for _, at := range s0 {
		if !(b.s-at < float64(spec.At)-half) { // its leading edge is there, or it has left
			broken++
		}
	}
	if n := len(counts) - 1; n < broken-1 || n > broken || n != len(latches)-1 || broken < 5 {
		t.Fatalf("%s counted %d parts, of %d that came", name, n, broken)
	}
	for i, c := range counts {
		if c.bits != uint64(i) {
			t.Fatalf("count %d is %d", i, c.bits)
		}
		if i == 0 || math.IsNaN(s0[i-1]) {
			continue
		}
		// The latch lags by the response; a part that is put on in the beam has come
		// a tick late at the most.
		lag := latches[i].float() - max(s0[i-1]+float64(spec.At)-half, s0[i-1])
		most := float64(s.spec.Conveyors["belt"].Speed)*1.01*(spec.Response+spec.Jitter).Seconds() + 2e-4
		if float64(spec.At) < half {
			most += 0.5 * tick.Seconds()
		}
		if lag < -1.1e-4 || lag > most {
			t.Errorf("%s latched part %d %.2f mm after its edge, at most %.2f mm are right", name, i, lag*1e3, most*1e3)
		}
	}
}

func TestAPartThatIsTakenOutOfTheBeamClearsIt(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		flow(0.5, 0.7)(s)
		e := s.Photoeyes["pe_infeed"]
		e.At = s.Gates["reject"].At - 0.04 // a part is pushed off while it is in the beam
		s.Photoeyes["pe_infeed"] = e
	})
	s.set(0, "belt.run", true)
	s.set(0, "reject.open", true)
	s.play(20 * sec)
	if len(s.left) < 5 {
		t.Fatalf("%d parts left", len(s.left))
	}
	levels := s.values("pe_infeed.blocked")
	if len(levels) < 2*len(s.left) {
		t.Errorf("%d edges for %d parts", len(levels)-1, len(s.left))
	}
	if s.in("pe_outfeed.count").Uint() != 0 {
		t.Error("a part was behind the gate")
	}
}

// The gate takes a part when it is at least half out while the part's centre is within
// its reach, by small steps of what it and the belt do.
func TestAGateTakesWhatIsInItsReachWhileItIsOut(t *testing.T) {
	wired, err := protocol.NewBank().Writer("test", "").Define(protocol.Def{Name: "open", Type: protocol.Bool})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := &belt{from: sec, s: 50, v: rapid.Float64Range(0, 4).Draw(t, "v"), a: 0}
		p := &part{belt: b, s0: 50 - rapid.Float64Range(0.9, 1.1).Draw(t, "x")}
		g := &gate{
			belt: b, open: wired.In(), from: sec, out: rapid.Float64Range(0, 1).Draw(t, "out"),
			spec: specs.Gate{At: 1, Reach: specs.Length(rapid.Float64Range(0.001, 0.1).Draw(t, "reach")), Travel: specs.Duration(80 * ms)},
		}
		g.rate = rapid.SampledFrom([]float64{-1, 0, 1}).Draw(t, "way") / 0.08
		got, ok := g.takes(p, tick)
		low, high := 1-float64(g.spec.Reach)/2, 1+float64(g.spec.Reach)/2
		want, there := time.Duration(0), false
		const eps = 1e-9
		for d := time.Duration(0); d <= tick && !there; d += time.Microsecond {
			x := b.at(sec+d) - p.s0
			want, there = sec+d, g.at(sec+d) >= 0.5 && x >= low-eps && x <= high+eps
		}
		if ok && (got < want-2*time.Microsecond || got > want+2*time.Microsecond) && there {
			t.Fatalf("taken at %v, by small steps at %v", got, want)
		}
		// A touch at the very begin or end may go either way.
		x0, x1 := b.at(sec)-p.s0, b.at(sec+tick)-p.s0
		touch := math.Abs(x0-high) < 1e-5 || math.Abs(x1-low) < 1e-5 || g.rate != 0
		if ok != there && !touch {
			t.Fatalf("taken: %v, by small steps: %v", ok, there)
		}
	})
}

func TestAGateMovesAtItsSpeedAndItsSwitchesFollow(t *testing.T) {
	s := newStage(t, nil)
	s.set(0, "reject.open", false)
	s.set(sec+3*ms, "reject.open", true) // between two ticks
	s.set(2*sec, "reject.open", false)
	s.set(2*sec+30*ms, "reject.open", true) // turned round before it is home
	s.play(3 * sec)
	at := func(name string) (out []time.Duration) {
		for _, c := range s.values(name)[1:] {
			out = append(out, c.at.Round(100*time.Microsecond))
		}
		return out
	}
	travel := 80 * ms
	begin := sec + 5*ms
	if got := at("reject.closed"); !slices.Equal(got, []time.Duration{begin + travel/100}) {
		t.Errorf("closed changes at %v", got)
	}
	want := []time.Duration{begin + travel*99/100, 2*sec + travel/100, 2*sec + 60*ms - travel/100}
	for i := range want {
		want[i] = want[i].Round(100 * time.Microsecond)
	}
	if got := at("reject.opened"); !slices.Equal(got, want) {
		t.Errorf("opened changes at %v, want %v", got, want)
	}
}

func TestEveryPartLeavesOnceByTheRightDoor(t *testing.T) {
	s := newStage(t, flow(0.2, 0.3))
	s.set(0, "belt.run", true)
	s.set(0, "reject.open", false)
	s.set(20*sec, "reject.open", true)
	s.play(40 * sec)
	serial := uint64(1)
	for _, p := range s.left {
		want := device.Passed
		if p.Left > 20*sec+40*ms {
			want = device.Rejected
		}
		// Those behind the gate at 20 s pass on.
		if p.Exit != want && !(p.Exit == device.Passed && p.Left < 23*sec) {
			t.Errorf("part %d left at %v by door %v", p.Serial, p.Left, p.Exit)
		}
	}
	left := map[uint64]int{}
	for _, p := range s.left {
		left[p.Serial]++
	}
	for n := range left {
		if left[n] != 1 {
			t.Errorf("part %d left %d times", n, left[n])
		}
		serial = max(serial, n)
	}
	if int(serial) != len(s.left) || len(s.left) < 40 {
		t.Errorf("%d parts left, the last is number %d", len(s.left), serial)
	}
	if n := len(s.w.belts["belt"].parts.list); n > 60 {
		t.Errorf("the belt remembers %d parts", n)
	}
}

func TestTwoFeedersDoNotPutPartsOntoEachOther(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		flow(0.1, 0.2)(s)
		f := s.Feeders["infeed"]
		f.FirstSerial = 1000
		s.Feeders["second"] = f
	})
	s.set(0, "belt.run", true)
	s.set(0, "reject.open", false)
	s.play(11 * sec)
	parts := s.w.belts["belt"].parts.list
	if len(parts) < 30 {
		t.Fatalf("%d parts", len(parts))
	}
	for i := 1; i < len(parts); i++ {
		if gap := parts[i].s0 - parts[i-1].s0; gap < 0.08-1e-9 {
			t.Errorf("parts %d and %d are %.1f mm apart", parts[i-1].truth.Serial, parts[i].truth.Serial, gap*1e3)
		}
	}
}
