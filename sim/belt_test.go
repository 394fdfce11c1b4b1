package sim

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/specs"
)

func TestTheInstantOfAnEdgeAgreesWithSmallSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const dt = 5 * ms
		b := &belt{from: 7 * sec, s: rapid.Float64Range(0, 100).Draw(t, "s"), v: rapid.Float64Range(0, 2).Draw(t, "v")}
		b.a = rapid.Float64Range(-b.v/dt.Seconds(), 3).Draw(t, "a")
		goal := b.s + rapid.Float64Range(-0.001, 0.012).Draw(t, "way")
		got, ok := b.when(goal, dt)
		// Brute force: the first of 5,000 steps of a microsecond at which it is there.
		want, there := time.Duration(0), false
		for d := time.Duration(0); d <= dt && !there; d += time.Microsecond {
			want, there = b.from+d, b.at(b.from+d) >= goal
		}
		if near := math.Abs(b.at(b.from+dt)-goal) < 1e-12; ok != there && !near {
			t.Fatalf("reached: %v, by small steps: %v", ok, there)
		}
		// A slow belt is at the goal for a while, as far as a float64 tells.
		level := math.Abs(b.at(want)-goal) < 1e-13*max(goal, 1)
		if ok && there && !level && (got > want+2 || got < want-time.Microsecond-2) {
			t.Fatalf("reached after %v, by small steps after %v", got-b.from, want-b.from)
		}
		if ok && b.at(got) < goal-1e-9 {
			t.Fatalf("at %v, %v is not reached", b.at(got), goal)
		}
	})
}

func TestABeltRampsRipplesAndStops(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		c := s.Conveyors["belt"]
		c.Sim.Ripple, c.Speed, c.Acceleration = 0.02, 0.5, 1
		s.Conveyors["belt"] = c
	})
	s.set(sec, "belt.run", true)
	b := s.w.belts["belt"]
	var low, high, from, to float64
	low = math.Inf(1)
	s.hand.Every(4, 5*ms, 0, func(now time.Duration) {
		switch {
		case now < sec && b.v != 0:
			t.Fatalf("%v: moves at %v m/s without a command", now, b.v)
		case now > sec && now < 1400*ms:
			if want := (now - sec).Seconds(); math.Abs(b.v-want) > 0.006 {
				t.Fatalf("%v: %v m/s on the ramp, want %v", now, b.v, want)
			}
		case now == 2*sec:
			from = b.at(now)
		case now > 2*sec && now < 10*sec:
			low, high, to = min(low, b.v), max(high, b.v), b.at(now)
		}
	})
	s.set(10*sec, "belt.run", false)
	s.play(12 * sec)
	if math.Abs(low-0.49) > 1e-4 || math.Abs(high-0.51) > 1e-4 {
		t.Errorf("the speed ripples from %v to %v, want 0.49 to 0.51", low, high)
	}
	if mean := (to - from) / 7.995; math.Abs(mean-0.5) > 5e-4 {
		t.Errorf("mean speed %v", mean)
	}
	if b.v != 0 || s.in("belt.speed").Float() != 0 {
		t.Errorf("still at %v m/s", b.v)
	}
	if way := b.s - to; math.Abs(way-0.125) > 0.005 {
		t.Errorf("took %v m to stop, want v^2/2a", way)
	}
}

func TestTheEncoderCountsWholeStepsBelowTheTruth(t *testing.T) {
	s := newStage(t, nil)
	s.set(0, "belt.run", true)
	b := s.w.belts["belt"]
	res := float64(b.spec.Encoder.Resolution)
	n := 0
	s.hand.Every(4, 5*ms, 0, func(now time.Duration) {
		got, is := s.in("belt.position").Float(), b.at(now)
		if n++; got > is+1e-12 || is-got >= res*(1+1e-9) || math.Abs(got/res-math.Round(got/res)) > 1e-6 {
			t.Fatalf("%v: counted %v, is %v", now, got, is)
		}
	})
	s.play(5 * sec)
	if n < 1000 {
		t.Errorf("looked %d times", n)
	}
}
