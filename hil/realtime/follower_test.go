package realtime

import (
	"math"
	"testing"
	"time"

	"linetwin.dev/kinematics/jerk"
	"pgregory.net/rapid"
)

const ms = time.Millisecond

// testRig drives a follower through a ring.
type testRig struct {
	f      *Follower
	p      *Producer[Setpoint]
	c      *Consumer[Setpoint]
	limits []jerk.Limits
	period time.Duration
	cycle  Cycle
	cmd    Command
	past   []Command
	jerky  float64 // how often the limit of jerk may be reached between two commands
}

func newRig(t fataler, limits []jerk.Limits, period time.Duration) *testRig {
	f := must(NewFollower(limits, 1e-6, 2))(t)
	r := must(NewRing[Setpoint](1 << 12))(t)
	return &testRig{f: f, p: r.Producer(), c: r.Consumer(), limits: limits, period: period,
		cycle: Cycle{Period: period, Scheduled: Instant(time.Hour)}, jerky: 1.01}
}

// step takes one cycle, after some missed ones.
func (r *testRig) step(missed uint64) State {
	r.cycle.Missed = missed
	r.cycle.Number += 1 + missed
	r.cycle.Scheduled = r.cycle.Scheduled.Add(time.Duration(1+missed) * r.period)
	r.f.Step(r.cycle, r.c, &r.cmd)
	r.past = append(r.past, r.cmd)
	s, _, _, _ := r.f.State()
	return s
}

// at is the time of a later cycle.
func (r *testRig) at(n int) Instant {
	return r.cycle.Scheduled.Add(time.Duration(n) * r.period)
}

// why the follower stopped last.
func (r *testRig) why() Reason {
	_, why, _, _ := r.f.State()
	return why
}

// checkSmooth holds every two commands against the limits: neither position, velocity nor
// acceleration jumps.
func (r *testRig) checkSmooth(t fataler) {
	for k := 1; k < len(r.past); k++ {
		a, b := &r.past[k-1], &r.past[k]
		dt := b.Time.Sub(a.Time).Seconds()
		for i, l := range r.limits {
			dp := b.Position[i] - a.Position[i]
			dv, da := b.Velocity[i]-a.Velocity[i], b.Acceleration[i]-a.Acceleration[i]
			v := math.Max(math.Abs(a.Velocity[i]), math.Abs(b.Velocity[i])) + l.MaxA*dt
			if math.Abs(dp) > v*dt+2e-6 || math.Abs(b.Velocity[i]) > l.MaxV*(1+1e-5)+1e-6 || math.Abs(b.Acceleration[i]) > l.MaxA*1.001 ||
				math.Abs(dv) > l.MaxA*dt*1.001+1e-5 || math.Abs(da) > l.MaxJ*dt*r.jerky+1e-5*l.MaxA {
				t.Fatal("axis", i, "jumps from", a.Position[i], a.Velocity[i], a.Acceleration[i], "to", b.Position[i], b.Velocity[i], b.Acceleration[i], "in", dt)
			}
		}
	}
}

var rigLimits = []jerk.Limits{jerk.Symmetric(1, 10, 300), jerk.Symmetric(0.5, 4, 100)}

// stream is a motion of both axes from where they are, as setpoints at multiples of a step
// from a time on.
func (r *testRig) stream(t fataler, id uint64, begin Instant, step time.Duration, to ...float64) []Setpoint {
	var tr jerk.Trajectory
	m := jerk.Move{Limits: r.limits}
	for i := range r.limits {
		m.From = append(m.From, jerk.State{P: r.cmd.Position[i]})
		m.To = append(m.To, jerk.State{P: to[i]})
	}
	if err := tr.Plan(m); err != nil {
		t.Fatal(err)
	}
	var out []Setpoint
	states := make([]jerk.State, len(r.limits))
	for k := 0; ; k++ {
		at := time.Duration(k) * step
		sp := Setpoint{Time: begin.Add(at), Stream: id}
		done := at.Seconds() >= tr.Duration()
		tr.States(math.Min(at.Seconds(), tr.Duration()), states)
		for i, s := range states {
			sp.Position[i], sp.Velocity[i], sp.Acceleration[i] = s.P, s.V, s.A
			if done {
				sp.Position[i], sp.Velocity[i], sp.Acceleration[i] = to[i], 0, 0
			}
		}
		if done {
			sp.Flags = Last
			return append(out, sp)
		}
		out = append(out, sp)
	}
}

func TestAFollowerGoesThroughEverySetpointOnTimeAndRestsAtTheLast(t *testing.T) {
	r := newRig(t, rigLimits, ms)
	r.step(0)
	sps := r.stream(t, 1, r.at(3), ms, 0.4, -0.2)
	if n := r.p.PushBatch(sps); n != len(sps) {
		t.Fatalf("%d of %d fit", n, len(sps))
	}
	r.step(0)
	r.step(0)
	for k := range sps {
		state := r.step(0)
		if r.cmd.Time != sps[k].Time || r.cmd.Position != sps[k].Position || r.cmd.Velocity != sps[k].Velocity {
			t.Fatalf("cycle %d at %v: %v, want %v at %v", k, r.cmd.Time, r.cmd.Position, sps[k].Position, sps[k].Time)
		}
		if want := map[bool]State{false: Following, true: Holding}[k == len(sps)-1]; state != want {
			t.Fatalf("cycle %d: %v, want %v", k, state, want)
		}
	}
	if r.why() != StreamEnded {
		t.Errorf("ended because %v", r.why())
	}
	r.checkSmooth(t)
}

func TestSetpointsRarerThanCyclesAreJoinedSmoothly(t *testing.T) {
	for _, flags := range []Flags{0, PositionOnly} {
		r := newRig(t, rigLimits, 250*time.Microsecond)
		r.step(0)
		fine := r.stream(t, 1, r.at(8), 250*time.Microsecond, 0.3, 0.1)
		sps := r.stream(t, 1, r.at(8), ms, 0.3, 0.1)
		for i := range sps {
			sps[i].Flags |= flags
			if flags != 0 {
				sps[i].Velocity, sps[i].Acceleration = Axes{}, Axes{}
			}
		}
		r.p.PushBatch(sps)
		worst := 0.0
		for k := range fine {
			for r.cmd.Time < fine[k].Time {
				r.step(0)
			}
			for i := range r.limits {
				worst = math.Max(worst, math.Abs(r.cmd.Position[i]-fine[k].Position[i]))
			}
		}
		for range 8 {
			r.step(0)
		}
		if s, why, axis, _ := r.f.State(); s != Holding || why != StreamEnded {
			t.Fatalf("flags %d: %v, %v of axis %d", flags, s, why, axis)
		}
		// Straight lines are off by a dt^2 / 8, a polynomial by far less.
		if most := map[Flags]float64{0: 1e-7, PositionOnly: 10e-6/8*1.01 + 1e-9}[flags]; worst > most {
			t.Errorf("flags %d: up to %g m off", flags, worst)
		}
		r.jerky = 2.3 // where the jerk changes between two setpoints
		if flags == 0 {
			r.checkSmooth(t)
		}
	}
}

func TestWhateverHappensTheAxesNeverJump(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t, rigLimits, ms)
		r.jerky = 2.3 // between setpoints that are more than a period apart
		r.step(0)
		for id := uint64(1); id < 4; id++ {
			to := func() float64 { return rapid.Float64Range(-0.5, 0.5).Draw(t, "to") }
			sps := r.stream(t, id, r.at(2), ms, to(), to())
			cut := rapid.IntRange(1, len(sps)).Draw(t, "setpoints that come")
			missed := map[int]uint64{rapid.IntRange(0, len(sps)).Draw(t, "stall at"): rapid.Uint64Range(0, 1).Draw(t, "periods")}
			spoil(t, sps[:cut])
			r.p.PushBatch(sps[:cut])
			steps := 0
			for state := r.step(0); state != Holding || steps < cut+2; state = r.step(missed[steps]) {
				if steps++; steps > 5000 {
					t.Fatal("it does not come to rest")
				}
			}
			// The rest of the stream moves nothing any more.
			r.p.PushBatch(sps[cut:])
			before := r.cmd.Position
			for range 3 {
				r.step(0)
			}
			for i := range r.limits {
				if r.cmd.Position[i] != before[i] {
					t.Fatal("an old stream moved axis", i)
				}
			}
		}
		for _, cmd := range r.past {
			for i := range r.limits {
				if !finite(cmd.Position[i]) || !finite(cmd.Velocity[i]) || !finite(cmd.Acceleration[i]) {
					t.Fatal("a command is not finite", cmd)
				}
			}
		}
		r.checkSmooth(t)
	})
}

// spoil changes nothing, or one thing of one setpoint.
func spoil(t *rapid.T, sps []Setpoint) {
	sp := &sps[rapid.IntRange(0, len(sps)-1).Draw(t, "spoiled")]
	bad := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 1e300, -3, 1e-3, 0}).Draw(t, "bad")
	axis := rapid.IntRange(0, 1).Draw(t, "axis")
	switch rapid.SampledFrom([]string{"nothing", "position", "velocity", "acceleration", "time", "stream", "flags"}).Draw(t, "what") {
	case "position":
		sp.Position[axis] = bad
	case "velocity":
		sp.Velocity[axis] = bad
	case "acceleration":
		sp.Acceleration[axis] = bad
	case "time":
		sp.Time = sp.Time.Add(time.Duration(rapid.Int64Range(-1e10, 1e10).Draw(t, "by")))
	case "stream":
		sp.Stream = rapid.Uint64Range(0, 5).Draw(t, "stream")
	case "flags":
		sp.Flags = Flags(rapid.Uint32().Draw(t, "flags"))
	}
}

func TestAFollowerSaysWhyItStopped(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(sps []Setpoint) []Setpoint
		want Reason
	}{
		{"nothing wrong", func(s []Setpoint) []Setpoint { return s }, StreamEnded},
		{"cut off", func(s []Setpoint) []Setpoint { return s[:90] }, RanDry},
		{"not a number", func(s []Setpoint) []Setpoint { s[90].Position[1] = math.NaN(); return s }, NotFinite},
		{"no velocity", func(s []Setpoint) []Setpoint { s[90].Velocity[1] = math.Inf(-1); return s }, NotFinite},
		{"back in time", func(s []Setpoint) []Setpoint { s[90].Time = s[80].Time; return s }, WrongTime},
		{"a gap", func(s []Setpoint) []Setpoint {
			for i := 90; i < len(s); i++ {
				s[i].Time = s[i].Time.Add(MaxGap)
			}
			return s
		}, WrongTime},
		{"a jump", func(s []Setpoint) []Setpoint {
			for i := 90; i < len(s); i++ {
				s[i].Position[0] += 0.01
			}
			return s
		}, TooFast},
		{"a small jump", func(s []Setpoint) []Setpoint {
			for i := 90; i < len(s); i++ {
				s[i].Position[0] -= 1e-5
			}
			return s
		}, Contradictory},
		{"a kick", func(s []Setpoint) []Setpoint { s[90].Velocity[0] += 0.02; return s }, TooSudden},
		{"too much push", func(s []Setpoint) []Setpoint { s[90].Acceleration[0] = 10.1; return s }, TooSudden},
		{"another stream", func(s []Setpoint) []Setpoint { s[90].Stream = 9; return s }, WrongStream},
		{"an end in motion", func(s []Setpoint) []Setpoint { s[90].Flags = Last; return s }, NotAtRest},
		{"a start in motion", func(s []Setpoint) []Setpoint { return s[90:] }, NotAtRest},
		{"a start elsewhere", func(s []Setpoint) []Setpoint { s[0].Position[0] = 0.001; return s }, WrongPlace},
		{"a start in the past", func(s []Setpoint) []Setpoint { s[0].Time = 5; return s }, WrongTime},
		{"a start next week", func(s []Setpoint) []Setpoint { s[0].Time = s[0].Time.Add(168 * time.Hour); return s }, WrongTime},
		{"a start at nowhere", func(s []Setpoint) []Setpoint { s[0].Position[0] = math.NaN(); return s }, NotFinite},
	} {
		r := newRig(t, rigLimits, ms)
		r.step(0)
		sps := c.do(r.stream(t, 1, r.at(2), ms, 0.4, 0.2))
		r.p.PushBatch(sps)
		for range 2000 {
			r.step(0)
		}
		if s, why, _, _ := r.f.State(); s != Holding || why != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, s, why, c.want)
		}
		r.checkSmooth(t)
		// It goes on from where it is.
		r.p.PushBatch(r.stream(t, 20, r.at(2), ms, -0.1, 0))
		for range 2000 {
			r.step(0)
		}
		if math.Abs(r.cmd.Position[0]+0.1) > 1e-9 || r.why() != StreamEnded {
			t.Errorf("%s: went on to %v, %v", c.name, r.cmd.Position[0], r.why())
		}
		r.checkSmooth(t)
	}
}

func TestTooManyMissedPeriodsStopTheAxes(t *testing.T) {
	for missed, want := range map[uint64]Reason{2: StreamEnded, 3: Stalled} {
		r := newRig(t, rigLimits, ms)
		r.step(0)
		r.p.PushBatch(r.stream(t, 1, r.at(2), ms, 0.4, 0.2))
		for range 90 {
			r.step(0)
		}
		r.step(missed)
		for range 2000 {
			r.step(0)
		}
		if r.why() != want {
			t.Errorf("%d missed: %v, want %v", missed, r.why(), want)
		}
		r.checkSmooth(t)
	}
}

func TestHaltAndHoldTakeOver(t *testing.T) {
	r := newRig(t, rigLimits, ms)
	r.f.Hold(&Axes{0.25, -1}, 7, Restarted)
	r.step(0)
	if r.cmd.Position != (Axes{0.25, -1}) || r.why() != Restarted {
		t.Fatalf("holds at %v, %v", r.cmd.Position, r.why())
	}
	old := r.stream(t, 7, r.at(2), ms, 0.4, 0.2)
	r.p.PushBatch(old)
	for range 50 {
		r.step(0)
	}
	if r.cmd.Position != (Axes{0.25, -1}) {
		t.Fatalf("stream 7 moved it to %v", r.cmd.Position)
	}
	r.f.Halt(Requested) // while it holds
	if r.step(0) != Holding || r.why() != Restarted {
		t.Errorf("it is halted while it rests: %v", r.why())
	}
	r.past = nil
	r.p.PushBatch(r.stream(t, 8, r.at(2), ms, 0.4, -0.8))
	for range 100 {
		r.step(0)
	}
	r.f.Halt(Requested)
	for range 500 {
		r.step(0)
	}
	if r.why() != Requested {
		t.Errorf("stopped because %v", r.why())
	}
	r.checkSmooth(t)
}

func TestAFollowerRefusesSettingsThatItCannotKeep(t *testing.T) {
	for name, make := range map[string]func() (*Follower, error){
		"no axes":       func() (*Follower, error) { return NewFollower(nil, 0, 0) },
		"ten axes":      func() (*Follower, error) { return NewFollower(make([]jerk.Limits, 10), 0, 0) },
		"limits of 0":   func() (*Follower, error) { return NewFollower(make([]jerk.Limits, 1), 0, 0) },
		"tolerance < 0": func() (*Follower, error) { return NewFollower(rigLimits, -1, 0) },
		"tolerance NaN": func() (*Follower, error) { return NewFollower(rigLimits, math.NaN(), 0) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAFollowerDoesNotAllocate(t *testing.T) {
	r := newRig(t, rigLimits, ms)
	r.step(0)
	r.p.PushBatch(r.stream(t, 1, r.at(2), ms, 0.4, 0.2)[:90]) // runs dry
	r.past = make([]Command, 0, 2000)
	if n := testing.AllocsPerRun(500, func() { r.step(0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if r.why() != RanDry {
		t.Errorf("it stopped because %v", r.why())
	}
}
