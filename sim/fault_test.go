package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision/camera"
)

// struck is a stage that runs, with a fault from 10 s to 12 s.
func struck(t *testing.T, name, kind string) *stage {
	t.Helper()
	s := newStage(t, func(s *specs.Scenario) {
		flow(0.4, 0.5)(s)
		s.Faults = []specs.Fault{strike(10*sec, 2*sec, name, kind)}
	})
	s.set(0, "belt.run", true)
	s.set(0, "reject.open", false)
	s.set(0, "eye.armed", true)
	s.set(0, "capper.head.press", false)
	for i, j := range s.spec.Machines["capper"].Joints {
		o := s.cmd["capper.j"+string(rune('1'+i))+".setpoint"]
		s.hand.Every(1, 4*ms, 0, func(now time.Duration) { // swings all the time
			o.SetFloat(now, float64(j.Home)+0.1*math.Sin(now.Seconds()*3))
		})
	}
	return s
}

// A device that is offline says nothing and all its registers are bad; afterwards they
// are good, and each holds what is true.
func TestADeviceThatIsOfflineIsBadAsAWholeAndComesBackTrue(t *testing.T) {
	for _, name := range []string{"belt", "pe_infeed", "pe_outfeed", "reject", "capper", "top", "eye"} {
		t.Run(name, func(t *testing.T) {
			s := struck(t, name, "offline")
			var own []string
			for _, r := range s.bank.Registers() {
				if r.Owner == name {
					own = append(own, r.Name)
				}
			}
			if len(own) < 2 {
				t.Fatalf("the device has %d registers", len(own))
			}
			before := map[string]int{}
			s.at(10*sec, func() {
				for _, n := range own {
					before[n] = len(s.seen[n])
				}
			})
			for at := 10*sec + ms; at < 12*sec; at += 100 * ms {
				s.at(at, func() {
					for _, n := range own {
						if s.quality(n) != protocol.Bad || len(s.seen[n]) != before[n]+1 {
							t.Fatalf("%v: %s is %v after %d changes", at, n, s.quality(n), len(s.seen[n])-before[n])
						}
					}
				})
			}
			s.at(12*sec+ms, func() {
				for _, n := range own {
					if s.quality(n) != protocol.Good {
						t.Errorf("%s is not good again", n)
					}
				}
				checkTrue(t, s, name)
			})
			s.play(15 * sec)
			want := []device.Remark{{Kind: "fault", Text: name + ": offline"}, {Kind: "fault-end", Text: name + ": offline"}}
			if !slices.Equal(s.notes, want) {
				t.Errorf("the log says %v", s.notes)
			}
		})
	}
}

// checkTrue holds a device's registers against the world.
func checkTrue(t *testing.T, s *stage, name string) {
	t.Helper()
	now := 12*sec + ms
	switch name {
	case "belt":
		b := s.w.belts[name]
		if got, is := s.in("belt.position").Float(), b.at(now); is-got < 0 || is-got > 0.004 {
			t.Errorf("position %v, is %v", got, is)
		}
	case "pe_infeed", "pe_outfeed":
		e := s.w.eye(name)
		if n := s.in(name + ".count").Uint(); n != uint64(e.edges) || name == "pe_infeed" && n < 3 {
			t.Errorf("count %d, there were %d", n, e.edges)
		}
		if got := s.in(name + ".latch").Float(); got != e.place {
			t.Errorf("latch %v, the last edge was at %v", got, e.place)
		}
		if got := s.in(name + ".blocked").Bool(); got != e.beam {
			t.Errorf("blocked %v", got)
		}
	case "reject":
		if out := s.w.gate(name).at(now); s.in("reject.opened").Bool() != (out > 0.99) || s.in("reject.closed").Bool() != (out < 0.01) {
			t.Errorf("opened %v, closed %v at %v", s.in("reject.opened").Bool(), s.in("reject.closed").Bool(), out)
		}
	case "capper":
		m := s.w.machines[name]
		if got, is := s.in("capper.j2.position").Float(), m.drives[1].at((now-m.from).Seconds()/0.004); math.Abs(got-is) > 0.01 {
			t.Errorf("joint 2 at %v, is at %v", got, is)
		}
	case "top":
		if n := s.in("top.triggers").Uint(); n != uint64(len(s.sights)) {
			t.Errorf("%d triggers, there were %d", n, len(s.sights))
		}
		fallthrough
	case "eye":
		if tr, fr, dr := s.in(name+".triggers").Uint(), s.in(name+".frames").Uint(), s.in(name+".dropped").Uint(); fr+dr > tr || fr+dr+1 < tr {
			t.Errorf("%d triggers, %d frames, %d lost", tr, fr, dr)
		}
		if s.in(name+".status").Uint() != uint64(camera.Ready) {
			t.Error("not ready")
		}
	}
}

// An edge while nobody listens is in the count afterwards, so that a PLC sees the gap.
func TestAnEyeCountsOnWhileItIsOffline(t *testing.T) {
	s := struck(t, "pe_infeed", "offline")
	var before uint64
	s.at(10*sec, func() { before = s.in("pe_infeed.count").Uint() })
	s.at(12*sec+ms, func() {
		if n := s.in("pe_infeed.count").Uint() - before; n < 2 || n > 3 { // 1 m at 0.4 to 0.6 m
			t.Errorf("the count went on by %d", n)
		}
	})
	s.play(13 * sec)
}

func TestABeltWithoutContactStops(t *testing.T) {
	s := struck(t, "belt", "offline")
	b := s.w.belts["belt"]
	s.at(10900*ms, func() {
		if b.v != 0 {
			t.Errorf("moves at %v m/s", b.v)
		}
	})
	s.at(13*sec, func() {
		if math.Abs(b.v-0.5) > 0.01 {
			t.Errorf("moves at %v m/s again", b.v)
		}
	})
	s.play(14 * sec)
}

func TestAGateWithoutContactOrCommandGoesOut(t *testing.T) {
	s := struck(t, "reject", "offline")
	g := s.w.gate("reject")
	s.at(9900*ms, func() {
		if g.out != 0 {
			t.Error("out before")
		}
	})
	s.at(10200*ms, func() {
		if g.out != 1 {
			t.Error("not out without contact")
		}
	})
	s.at(12200*ms, func() {
		if g.out != 0 {
			t.Error("still out")
		}
	})
	s.hand.At(0, 13*sec, func(now time.Duration) { s.cmd["reject.open"].SetQuality(now, protocol.Bad) })
	s.at(13200*ms, func() {
		if g.out != 1 {
			t.Error("not out without a command")
		}
	})
	s.play(14 * sec)
}

func TestAMachineWithoutContactHoldsItsLastSetpoint(t *testing.T) {
	s := struck(t, "capper", "offline")
	m := s.w.machines["capper"]
	var held [2]float64
	s.at(11*sec, func() { held[0] = m.drives[0].q })
	s.at(11900*ms, func() { held[1] = m.drives[0].q })
	s.play(12500 * ms)
	if math.Abs(held[0]-held[1]) > 1e-9 {
		t.Errorf("moved from %v to %v", held[0], held[1])
	}
	home := float64(s.spec.Machines["capper"].Joints[0].Home)
	if want := home + 0.1*math.Sin(10*3); math.Abs(held[0]-want) > 2e-3 {
		t.Errorf("holds %v, the last setpoint was %v", held[0], want)
	}
}

func TestAStuckBeltGateAndEyeStayAsTheyAre(t *testing.T) {
	t.Run("belt", func(t *testing.T) {
		s := struck(t, "belt", "stuck")
		b := s.w.belts["belt"]
		var at [2]float64
		s.at(10005*ms, func() { at[0] = b.s })
		s.at(12*sec, func() { at[1] = b.s })
		s.play(14 * sec)
		if at[0] != at[1] || math.Abs(b.v-0.5) > 0.01 {
			t.Errorf("moved from %v to %v, and then at %v m/s", at[0], at[1], b.v)
		}
	})
	t.Run("gate", func(t *testing.T) {
		s := struck(t, "reject", "stuck")
		g := s.w.gate("reject")
		s.set(11*sec, "reject.open", true)
		s.at(11900*ms, func() {
			if g.out != 0 || s.in("reject.opened").Bool() {
				t.Error("moved")
			}
		})
		s.play(13 * sec)
		if g.out != 1 || !s.in("reject.opened").Bool() {
			t.Error("does not move afterwards")
		}
	})
	t.Run("eye", func(t *testing.T) {
		s := struck(t, "pe_infeed", "stuck")
		var n [3]uint64
		for i, at := range []time.Duration{10*sec + ms, 12 * sec, 16 * sec} {
			s.at(at, func() { n[i] = s.in("pe_infeed.count").Uint() })
		}
		s.play(16 * sec)
		if n[0] != n[1] {
			t.Errorf("counted %d while stuck", n[1]-n[0])
		}
		if n[2]-n[1] < 3 {
			t.Errorf("counted %d in 4 s afterwards", n[2]-n[1])
		}
		if e := s.w.eye("pe_infeed"); e.out != e.beam {
			t.Error("the output does not follow the beam")
		}
		// What it did not say, it did not tell the camera either.
		if f := s.in("top.triggers").Uint(); f != n[2] && f != n[2]-1 {
			t.Errorf("%d triggers for %d counts", f, n[2])
		}
	})
}

func TestOverlappingFaultsEndWithTheLast(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		s.Faults = []specs.Fault{
			strike(2*sec, 2*sec, "top", "offline"), strike(3*sec, 3*sec, "top", "offline"),
			strike(1*sec, 3*sec, "belt", "stuck"), strike(2*sec, 1*sec, "belt", "stuck"),
		}
	})
	s.set(0, "belt.run", true)
	for at, want := range map[time.Duration]protocol.Quality{sec: protocol.Good, 2500 * ms: protocol.Bad, 5 * sec: protocol.Bad, 6500 * ms: protocol.Good} {
		s.at(at, func() {
			if got := s.quality("top.status"); got != want {
				t.Errorf("%v: %v, want %v", at, got, want)
			}
		})
	}
	s.at(3500*ms, func() {
		if s.w.belts["belt"].v != 0 {
			t.Error("the belt moves before the last fault is over")
		}
	})
	s.play(7 * sec)
}

func TestAFaultOfADeviceThatIsNotThereIsNotTold(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) { s.Faults = []specs.Fault{strike(sec, sec, "main", "offline")} })
	s.play(3 * sec)
	if len(s.notes) != 0 {
		t.Errorf("the log says %v", s.notes)
	}
}

// The kinds of faults and what they can strike are the schema's and the checker's: each
// pair that passes the check has an effect here, or in the PLC.
func TestEveryFaultThatTheCheckerLetsThroughStrikes(t *testing.T) {
	s := newStage(t, nil)
	for device, kinds := range map[string][]string{
		"belt": {"offline", "stuck"}, "pe_infeed": {"offline", "stuck"}, "reject": {"offline", "stuck"},
		"capper": {"offline"}, "top": {"offline", "drop-frames", "unplug", "freeze", "clock-jump"}, "eye": {"offline", "drop-frames", "unplug", "freeze", "clock-jump"},
	} {
		for _, kind := range []string{"offline", "stuck", "drop-frames", "unplug", "freeze", "clock-jump"} {
			f := strike(sec, sec, device, kind)
			want := slices.Contains(kinds, kind)
			if got := s.w.strike(0, f, 1); got != want {
				t.Errorf("%s %s strikes: %v, want %v", device, kind, got, want)
			}
		}
	}
}
