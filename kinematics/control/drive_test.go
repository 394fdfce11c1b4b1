package control_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/control"
	"linetwin.dev/kinematics/jerk"
)

// tuned is a drive of 60 Hz at 1 kHz, with a current loop of 0.3 ms, and the axis for it.
func tuned(t testing.TB, change func(*control.DriveConfig, *control.AxisConfig)) (*control.Drive, *control.Axis, control.DriveMargins) {
	t.Helper()
	cfg := control.DriveConfig{Period: 1e-3, Inertia: 2e-3}
	plant := control.AxisConfig{Period: 1e-3, Inertia: 2e-3, TorqueLag: 0.3e-3}
	m, err := cfg.Tune(2*math.Pi*30, plant.TorqueLag)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg, &plant)
	}
	d, err := control.NewDrive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d, newAxis(t, plant), m
}

// follow moves by jerk-limited profile and returns the largest following error of the load.
func follow(t testing.TB, d *control.Drive, a *control.Axis, way float64) (worst, end float64) {
	t.Helper()
	var pr jerk.Profile
	l := jerk.Symmetric(5, 50, 2000)
	if err := pr.Plan(jerk.State{}, jerk.State{P: way}, &l); err != nil {
		t.Fatal(err)
	}
	d.Enable(a.Encoder(), 0, 0)
	for k := range int(pr.Duration()*1000) + 300 {
		s := pr.At(float64(k) * 1e-3)
		a.Step(d.Step(control.Setpoint{Position: s.P, Velocity: s.V, Acceleration: s.A}, a.Encoder()), 0)
		off := pr.At(float64(k+1)*1e-3).P - a.State().Position
		worst = max(worst, math.Abs(off))
		end = off
	}
	if f := d.State().Fault; f != control.NoFault {
		t.Fatalf("fault: %v", f)
	}
	return worst, end
}

func TestDriveFollowsAJerkLimitedMove(t *testing.T) {
	friction := control.Friction{Coulomb: 0.05, Viscous: 0.004}
	feeds := func(velocity, acceleration, dry float64) float64 {
		d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
			c.VelocityFeed, c.AccelerationFeed = velocity, acceleration
			c.Coulomb, c.CoulombSpeed, c.Viscous = dry*friction.Coulomb, 0.01, dry*friction.Viscous
			p.Friction = friction
		})
		worst, end := follow(t, d, a, 2)
		near(t, "error at the end", end, 0, 2e-4)
		return worst
	}
	none, velocity, inertia, all := feeds(0, 0, 0), feeds(1, 0, 0), feeds(1, 1, 0), feeds(1, 1, 1)
	t.Logf("largest following error: %.2e without feed-forward, %.2e with velocity, %.2e and inertia, %.2e and friction", none, velocity, inertia, all)
	near(t, "lag without feed-forward", none, 5/(2*math.Pi*30/4), 0.2*none) // v / k_v
	if !(velocity < 0.2*none && inertia < 0.5*velocity && all < 0.5*inertia && all < 1.2e-3) {
		t.Errorf("each feed-forward must lower the error")
	}
}

// The torque of the feed-forward alone is exact at constant acceleration; the loops, which measure
// velocity half a period late, must not disturb it.
func TestDriveIsExactAtConstantAcceleration(t *testing.T) {
	for _, filter := range []float64{0, 2e-3} {
		d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) { c.SpeedFilter, p.TorqueLag = filter, 0 })
		d.Enable(0, 0, 0.04)
		for k := range 500 {
			s := float64(k) * 1e-3
			set := control.Setpoint{Position: 10 * s * s, Velocity: 20 * s, Acceleration: 20} // 0.04 N m
			a.Step(d.Step(set, a.Encoder()), 0)
			near(t, "following error", d.State().FollowingError, 0, 1e-12)
		}
	}
}

func TestDriveTunesWithThePhaseMarginThatItStates(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := rapid.SampledFrom([]float64{1e-4, 2.5e-4, 1e-3}).Draw(rt, "period")
		lag := h * rapid.Float64Range(0, 2).Draw(rt, "lag")
		cfg := control.DriveConfig{Period: h, Inertia: math.Exp(rapid.Float64Range(-10, 5).Draw(rt, "inertia")), SpeedFilter: h * rapid.Float64Range(0, 1).Draw(rt, "filter")}
		w := rapid.Float64Range(0.01, 0.4).Draw(rt, "bandwidth") / h
		m, err := cfg.Tune(w, lag)
		if err != nil {
			wantError(tb{rt: rt}, err, "leaves a phase margin below 45 deg; the greatest that does not is")
			if w*(1.5*h+lag+cfg.SpeedFilter) < math.Pi/4-math.Atan(0.25)-0.1 {
				rt.Fatalf("%v, and there is phase to spare", err)
			}
			return
		}
		b := tb{rt: rt}
		near(b, "crossover", m.Velocity.Crossover/w, 1, 1e-6)
		// Half a period of hold, half a period of measured velocity, lag and filter are phase that is
		// lost; a PI of 4/w loses 14 degrees.
		lost := w*(h+lag) + math.Atan(0.25)
		if cfg.SpeedFilter > 0 {
			q := math.Exp(-h / cfg.SpeedFilter)
			lost += w * h * q / (1 - q)
		}
		near(b, "phase margin by rule of thumb", m.Velocity.Phase, math.Pi/2-lost, 0.1)
		if m.Velocity.Phase < control.LeastPhase-1e-6 || m.Position.Phase < control.LeastPhase || m.Position.Gain < 2 || m.Velocity.Gain < 1.8 {
			rt.Fatalf("margins %+v", m)
		}
	})
}

// The loop of Tune is the loop that runs: its response, measured in time.
func TestMarginsOfADriveAreThoseOfTheLoopThatRuns(t *testing.T) {
	lag := 0.3e-3
	cfg := control.DriveConfig{Period: 1e-3, Inertia: 2e-3, SpeedFilter: 0.5e-3}
	notch, err := control.Notch(1500, 300, 0.1, cfg.Period)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Filters = []control.Biquad{notch}
	m, err := cfg.Tune(2*math.Pi*25, lag)
	if err != nil {
		t.Fatal(err)
	}
	unstable := func(gain float64) bool {
		d, err := control.NewDrive(cfg)
		if err != nil {
			t.Fatal(err)
		}
		// A plant of less inertia is a loop of more gain.
		a := newAxis(t, control.AxisConfig{Period: cfg.Period, Inertia: cfg.Inertia / gain, TorqueLag: lag})
		d.Enable(0, 0, 0)
		early, end := 0.0, 0.0
		for k := range 20_000 {
			a.Step(d.Step(control.Setpoint{Position: 1e-3}, a.Encoder()), 0)
			e := math.Abs(a.State().Position - 1e-3)
			if k > 1000 && k < 2000 {
				early = max(early, e)
			}
			if k > 19_000 {
				end = max(end, e)
			}
		}
		return end > early
	}
	// Opened at the torque, the loop of both controllers has a gain margin that is close below that of
	// the velocity loop alone.
	if unstable(0.8*m.Velocity.Gain) || !unstable(1.05*m.Velocity.Gain) {
		t.Errorf("the drive does not become unstable at %.2f times the gain", m.Velocity.Gain)
	}
}

func TestDriveHoldsItsLimitsAndDoesNotWindUp(t *testing.T) {
	d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) { c.MaxTorque, c.MaxSpeed = 0.4, 4 })
	d.Enable(0, 0, 0)
	saturated, over := 0, 0.0
	for k := range 3000 {
		set := control.Setpoint{Position: 2}
		if k < 5 {
			set.Position = 0
		}
		u := d.Step(set, a.Encoder())
		if math.Abs(u) > 0.4 {
			t.Fatalf("torque %v", u)
		}
		if d.State().Saturated {
			saturated++
		}
		a.Step(u, 0)
		s := a.State()
		if s.Velocity > 4*1.3 {
			t.Fatalf("speed %v", s.Velocity)
		}
		over = max(over, s.Position-2)
	}
	near(t, "position", a.State().Position, 2, 1e-6)
	if saturated < 10 || over > 0.02 {
		t.Errorf("saturated for %d steps; overshoot %.3f rad of 2", saturated, over)
	}
}

func TestDriveTakesOverALoadWithoutABump(t *testing.T) {
	const gravity = -0.7
	notch, err := control.Notch(1000, 300, 0.1, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
		c.Filters, p.TorqueLag = []control.Biquad{notch}, 0
	})
	a.Place(3)
	d.Enable(a.Encoder(), 0, -gravity)
	for range 1000 {
		a.Step(d.Step(control.Setpoint{Position: 3}, a.Encoder()), gravity)
		near(t, "position", a.State().Position, 3, 1e-9)
	}
	before := d.State().Torque
	if err := d.Retune(control.DriveGains{Position: 10, Velocity: 0.1, Integral: 0.1}); err != nil {
		t.Fatal(err)
	}
	near(t, "torque after other gains", d.Step(control.Setpoint{Position: 3}, a.Encoder()), before, 1e-9)
	// With a set-point that is somewhere else too.
	d.Enable(3, 0, 0.5)
	near(t, "first torque", d.Step(control.Setpoint{Position: 3.01, Velocity: 1, Acceleration: 4}, 3), 0.5, 1e-12)
}

func TestANotchLetsADriveBeQuickOnAnElasticAxis(t *testing.T) {
	const period = 2.5e-4
	load := &control.Load{Inertia: 1e-3, Stiffness: 300, Damping: 0.01}
	resonance := math.Sqrt(300 * (1/1e-3 + 1/1e-3))
	ring := func(filters ...control.Biquad) float64 {
		cfg := control.DriveConfig{Period: period, Inertia: 2e-3, MaxTorque: 50, Filters: filters}
		if _, err := cfg.Tune(2*math.Pi*25, 1e-4); err != nil {
			t.Fatal(err)
		}
		d, err := control.NewDrive(cfg)
		if err != nil {
			t.Fatal(err)
		}
		a := newAxis(t, control.AxisConfig{Period: period, Inertia: 1e-3, TorqueLag: 1e-4, Load: load, OnLoad: true})
		d.Enable(0, 0, 0)
		worst := 0.0
		for k := range 8000 {
			a.Step(d.Step(control.Setpoint{Position: 0.01}, a.Encoder()), 0)
			if s := a.State(); k > 6000 {
				worst = max(worst, math.Abs(s.LoadPosition-s.Position))
			}
		}
		return worst
	}
	notch, err := control.Notch(resonance, 0.8*resonance, 0.02, period)
	if err != nil {
		t.Fatal(err)
	}
	with, without := ring(notch), ring()
	if with > 1e-6 || without < 1e-3 {
		t.Errorf("the transmission is twisted by %g with a notch, and %g without", with, without)
	}
}

func TestDriveFaultsOnFollowingErrorAndBrakes(t *testing.T) {
	d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
		c.FollowingError, c.FollowingTime, c.MaxTorque = 0.05, 0.005, 1
	})
	d.Enable(0, 0, 0)
	p, v := 0.0, 0.0
	steps := 0
	for ; d.State().Fault == control.NoFault && steps < 10_000; steps++ {
		v = min(20, v+0.1)
		p += v * 1e-3
		blocked := 0.0
		if steps > 500 { // something pulls harder than the motor can
			blocked = -1.5
		}
		a.Step(d.Step(control.Setpoint{Position: p, Velocity: v}, a.Encoder()), blocked)
	}
	s := d.State()
	if s.Fault != control.FollowingFault || steps < 505 {
		t.Fatalf("fault %q after %d steps", s.Fault, steps)
	}
	for range 300 { // the set-point runs on; the drive brakes
		p += v * 1e-3
		a.Step(d.Step(control.Setpoint{Position: p, Velocity: v}, a.Encoder()), 0)
	}
	near(t, "speed after braking", a.State().Velocity, 0, 1e-3)
	if d.State().Fault != control.FollowingFault {
		t.Error("the fault is forgotten")
	}
	// A short excursion is none.
	d.Enable(a.Encoder(), 0, 0)
	here := a.Encoder()
	for k := range 100 {
		set := control.Setpoint{Position: here}
		if k < 4 {
			set.Position += 0.06
		}
		d.Step(set, here)
	}
	if f := d.State().Fault; f != control.NoFault {
		t.Errorf("fault after 4 ms: %v", f)
	}
}

func TestDriveFaultsOnNumbersThatAreNone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		d, a, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) { c.MaxTorque = 5 * float64(r.IntN(2)) })
		d.Enable(0, 0, 0)
		moving := control.Setpoint{Velocity: 5}
		for range 100 {
			moving.Position += 5e-3
			a.Step(d.Step(moving, a.Encoder()), 0)
		}
		if r.IntN(2) == 0 {
			if u := d.Step(moving, nonsense[r.IntN(3)]); u != 0 || d.State().Fault != control.FeedbackFault || d.State().Enabled {
				rt.Fatalf("torque %v, state %+v", u, d.State())
			}
			if u := d.Step(moving, 0); u != 0 {
				rt.Fatalf("torque %v after a feedback fault", u)
			}
		} else {
			set := moving
			*[]*float64{&set.Position, &set.Velocity, &set.Acceleration, &set.Torque}[r.IntN(4)] = nonsense[r.IntN(3)]
			for range 500 {
				u := d.Step(set, a.Encoder())
				if !isFinite(u) || d.State().Fault != control.SetpointFault {
					rt.Fatalf("torque %v, state %+v", u, d.State())
				}
				a.Step(u, 0)
			}
			if v := a.State().Velocity; math.Abs(v) > 0.01 {
				rt.Fatalf("speed %v after braking", v)
			}
		}
		any := func() float64 { return nonsense[r.IntN(len(nonsense))] }
		for range 50 {
			d.Enable(any(), any(), any())
			for range 5 {
				if u := d.Step(control.Setpoint{Position: any(), Velocity: any(), Acceleration: any(), Torque: any()}, any()); !isFinite(u) {
					rt.Fatalf("torque %v", u)
				}
				s := d.State()
				if !isFinite(s.Torque) || !isFinite(s.Integral) || !isFinite(s.Velocity) {
					rt.Fatalf("state %+v", s)
				}
			}
		}
	})
}

func TestDriveSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	for want, cfg := range map[string]control.DriveConfig{
		"period is 0 s":                {},
		"velocity feed-forward is 2":   {Period: 1, VelocityFeed: 2},
		"5 filters; there may be 4":    {Period: 1, Filters: make([]control.Biquad, 5)},
		"gains: integral time is -1 s": {Period: 1, Gains: control.DriveGains{Integral: -1}},
		"greatest torque is NaN":       {Period: 1, MaxTorque: math.NaN()},
	} {
		_, err := control.NewDrive(cfg)
		wantError(t, err, want)
	}
	cfg := control.DriveConfig{Period: 1e-3, Inertia: 1}
	_, err := cfg.Tune(2*math.Pi*300, 1e-3)
	wantError(t, err, "a bandwidth of 1885 rad/s at a period of 0.001 s leaves a phase margin below 45 deg; the greatest that does not is 2")
}
