package servo

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// atGoal is a tracker begun on a target at the origin, and the camera that sees it
// in its place.
func atGoal(t *testing.T, change func(*TrackerConfig)) (tr *Tracker, cfg TrackerConfig, camera kinematics.Pose) {
	t.Helper()
	cfg = TrackerConfig{Config: station()}
	if change != nil {
		change(&cfg)
	}
	tr, err := NewTracker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Begin(kinematics.Identity(), 0); err != nil {
		t.Fatal(err)
	}
	return tr, cfg, tr.Goal(0)
}

// view is what a camera sees of a target displaced in its own frame.
func view(cfg *TrackerConfig, x, y float64) [4]vision.Point {
	return corners(&cfg.Config, cfg.K, cfg.Desired.Mul(kinematics.Translation(x, y, 0)), 0, nil)
}

func TestTrackerSettlesAfterAsManyGoodImagesAsAskedFor(t *testing.T) {
	tr, cfg, camera := atGoal(t, func(c *TrackerConfig) { c.Confirm = 4 })
	if tr.State() != Waiting {
		t.Errorf("before the first image: %v", tr.State())
	}
	for i := range 6 {
		want := Tracking
		if i >= 3 {
			want = Settled
		}
		if s := tr.See(view(&cfg, 0.1e-3, 0), camera, 0); s.State != want || tr.State() != want {
			t.Errorf("image %d: %v, want %v", i, s.State, want)
		}
	}
	if s := tr.See(view(&cfg, 0.3e-3, 0), camera, 0); s.State != Tracking {
		t.Errorf("beyond the tolerance: %v", s.State)
	}
}

func TestTrackerIsLostAfterTooManyMissesAndFindsItsTargetAgain(t *testing.T) {
	tr, cfg, camera := atGoal(t, func(c *TrackerConfig) { c.Misses = 3; c.Confirm = 1 })
	tr.See(view(&cfg, 0, 0), camera, 0)
	for i, want := range []State{Tracking, Tracking, Lost, Lost} {
		if got := tr.Miss(); got != want {
			t.Errorf("miss %d: %v, want %v", i+1, got, want)
		}
	}
	if s := tr.See(view(&cfg, 0, 0), camera, 0); s.State != Settled {
		t.Errorf("seen again: %v", s.State)
	}
}

func TestTrackerTakesAJumpForAFalseImage(t *testing.T) {
	tr, cfg, camera := atGoal(t, func(c *TrackerConfig) { c.Misses = 2; c.Jump = 0.01 })
	tr.See(view(&cfg, 0.001, 0), camera, 0)
	tr.See(view(&cfg, 0.001, 0), camera, 0)
	before := tr.Target(0)
	if s := tr.See(view(&cfg, 0.015, 0), camera, 0); s.State != Tracking {
		t.Errorf("first jump: %v", s.State)
	}
	if s := tr.See(view(&cfg, 0.015, 0), camera, 0); s.State != Lost {
		t.Errorf("second jump: %v", s.State)
	}
	if tr.Target(0) != before {
		t.Error("a false image moved the target")
	}
}

func TestTrackerSeesThatItDiverges(t *testing.T) {
	tr, cfg, camera := atGoal(t, nil)
	var s Step
	for i := range 8 {
		s = tr.See(view(&cfg, 0.002*float64(i+1), 0), camera, 0)
	}
	if s.State != Diverging {
		t.Errorf("the error grew from 2 to 16 mm, state %v", s.State)
	}
	if s = tr.See(view(&cfg, 0, 0), camera, 0); s.State != Diverging {
		t.Errorf("divergence was forgotten: %v", s.State)
	}
	if tr.Begin(kinematics.Identity(), 0); tr.State() != Waiting {
		t.Errorf("after Begin: %v", tr.State())
	}
}

func TestTrackerEndsInAClearStateWhenTheCameraIsMountedTheWrongWayRound(t *testing.T) {
	cfg := TrackerConfig{Config: station()}
	tr, err := NewTracker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for _, turn := range []float64{90 * deg, 120 * deg, 180 * deg} {
		target := kinematics.Translation(0.003, 0.002, 0)
		if err := tr.Begin(kinematics.Identity(), 0); err != nil {
			t.Fatal(err)
		}
		wrong := kinematics.FromRPY([3]float64{}, [3]float64{0, 0, turn})
		// The target is where it should be in the image, but each motion goes astray.
		fixed := tr.Goal(0)
		camera, state := fixed, Waiting
		for range 60 {
			moved := fixed.Inverse().Mul(camera)
			truth := fixed.Mul(wrong).Mul(moved).Mul(wrong.Inverse())
			seen := corners(&cfg.Config, cfg.K, truth.Inverse().Mul(target), 0.1, rng)
			inside := true
			for _, p := range seen {
				inside = inside && rim(&cfg.K, p) > 0
			}
			if inside {
				state = tr.See(seen, camera, 0).State
			} else {
				state = tr.Miss()
			}
			camera = tr.Goal(0)
			if state == Lost || state == Diverging {
				break
			}
		}
		if state != Lost && state != Diverging {
			t.Errorf("mount turned by %.0f degrees: ended %v", turn/deg, state)
		}
	}
}

func TestTrackerSaysWhenTheMarkerIsLeaving(t *testing.T) {
	tr, cfg, camera := atGoal(t, nil)
	// Move the camera until a corner is 4 px from the image's left rim.
	x := 0.0
	for tr.Law().Step(view(&cfg, x, 0)).Margin > 4 {
		x -= 1e-4
		if x < -0.2 {
			t.Fatal("the marker never came near the rim")
		}
	}
	if s := tr.See(view(&cfg, x, 0), camera, 0); s.State != Leaving {
		t.Errorf("margin %g px: %v", s.Margin, s.State)
	}
}

func TestTrackerFollowsTheBeltAndLearnsItsSlip(t *testing.T) {
	tr, cfg, _ := atGoal(t, func(c *TrackerConfig) { c.Belt = [3]float64{0, 1, 0} })
	const slip = 0.01
	for i := range 40 {
		belt := 0.017 * float64(i)
		camera := tr.Goal(belt)
		target := kinematics.Translation(0, belt*(1+slip), 0)
		seen := corners(&cfg.Config, cfg.K, camera.Inverse().Mul(target), 0, nil)
		if s := tr.See(seen, camera, belt); s.State == Lost {
			t.Fatalf("image %d: lost", i)
		}
	}
	if got := tr.Slip(); math.Abs(got[1]-slip) > 1e-4 || math.Abs(got[0])+math.Abs(got[2]) > 1e-4 {
		t.Errorf("slip %v, want 0.01 along the belt", got)
	}
	if v := tr.Velocity(0.5); math.Abs(v[1]-0.505) > 1e-4 {
		t.Errorf("feed-forward %v at 0.5 m/s", v)
	}
	ahead := tr.Target(1)
	if math.Abs(ahead.P[1]-1.01) > 1e-3 {
		t.Errorf("at belt position 1 m the target is expected at %v", ahead.P)
	}
}

func TestCommandIsZeroAtTheGoalAndTurnsAboutTheToolsAxis(t *testing.T) {
	tr, cfg, camera := atGoal(t, func(c *TrackerConfig) { c.Upright = true })
	if v := tr.Command(camera, 0, 0); norm(v.Linear())+norm(v.Angular()) > 1e-12 {
		t.Errorf("at the goal: %v", v)
	}
	// Only a turn is missing: the tool's tip stays where it is.
	tip := cfg.Desired
	turned := camera.Mul(tip).Mul(kinematics.FromRPY([3]float64{}, [3]float64{0, 0, 0.3})).Mul(tip.Inverse())
	v := tip.Inverse().Adjoint(tr.Command(turned, 0, 0))
	if norm(v.Linear()) > 1e-9 || math.Abs(v[5]+6*0.3) > 1e-9 {
		t.Errorf("seen at the tip: %v, want a turn of -1.8 rad/s about z", v)
	}
}

func TestRegionHoldsTheMarkerAndAMargin(t *testing.T) {
	tr, cfg, camera := atGoal(t, nil)
	r, ok := tr.Region(camera, 0)
	if !ok {
		t.Fatal("no region")
	}
	for _, p := range view(&cfg, 0.002, 0.001) {
		if p.X < float64(r.X0+5) || p.Y < float64(r.Y0+5) || p.X > float64(r.X1-5) || p.Y > float64(r.Y1-5) {
			t.Errorf("corner %v is not well inside %v", p, r)
		}
	}
	if r, ok := tr.Region(camera, 5); ok {
		t.Errorf("a target 5 m away is looked for in %v", r)
	}
	if r, ok := tr.Region(kinematics.Translation(0, 0, 1), 0); ok {
		t.Errorf("a target behind the camera is looked for in %v", r)
	}
}

func TestNewTrackerSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		change func(*TrackerConfig)
		want   string
	}{
		{func(c *TrackerConfig) { c.Belt = [3]float64{2, 0, 0} }, "unit vector"},
		{func(c *TrackerConfig) { c.Memory = 1.5 }, "memory"},
		{func(c *TrackerConfig) { c.MaxSlip = -1 }, "slip"},
		{func(c *TrackerConfig) { c.Confirm = -1 }, "confirm"},
		{func(c *TrackerConfig) { c.Gain = math.NaN() }, "gain"},
	} {
		cfg := TrackerConfig{Config: station()}
		c.change(&cfg)
		if _, err := NewTracker(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
	tr, _, _ := atGoal(t, nil)
	if err := tr.Begin(kinematics.Pose{}, 0); err == nil {
		t.Error("a pose of all zeros was taken")
	}
	if err := tr.Begin(kinematics.Identity(), math.NaN()); err == nil {
		t.Error("a belt position that is not a number was taken")
	}
}

func TestStatesHaveNames(t *testing.T) {
	if Waiting.String() != "waiting" || Diverging.String() != "diverging" || State(99).String() != "unknown" {
		t.Error("a state's name is wrong")
	}
}
