package servo

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

func newLaw(t interface{ Fatal(...any) }, cfg Config) *Law {
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLawAsksForNothingAtTheGoal(t *testing.T) {
	for _, upright := range []bool{false, true} {
		cfg := station()
		cfg.Upright = upright
		cfg.K.K1 = -0.1
		s := newLaw(t, cfg).Step(corners(&cfg, cfg.K, cfg.Desired, 0, nil))
		if s.State != Tracking || s.Error > 1e-9 || s.Pixels > 1e-9 || s.Residual > 1e-9 || norm(s.Twist.Linear())+norm(s.Twist.Angular()) > 1e-9 {
			t.Errorf("upright %v: %+v", upright, s)
		}
		if d, a := kinematics.Distance(s.Target, cfg.Desired); d > 1e-9 || a > 1e-8 || math.Abs(s.Depth-cfg.Desired.P[2]) > 1e-9 {
			t.Errorf("upright %v: target seen %g m and %g rad from where it is, depth %g", upright, d, a, s.Depth)
		}
	}
}

func TestSeenErrorIsTheDistanceOfTheMarkerFromTheToolsAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := station()
		cfg.Upright = rapid.Bool().Draw(t, "upright")
		x, y, z, yaw := draw(t, "x", -0.01, 0.01), draw(t, "y", -0.01, 0.01), draw(t, "z", -0.02, 0.02), draw(t, "yaw", -0.5, 0.5)
		pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{x, y, z}, [3]float64{0, 0, yaw}))
		s := newLaw(t, cfg).Step(corners(&cfg, cfg.K, pose, 0, nil))
		if math.Abs(s.Error-math.Hypot(x, y)) > 1e-7 || math.Abs(s.Along-z) > 1e-7 || math.Abs(s.Angle-math.Abs(yaw)) > 1e-5 {
			t.Fatalf("error %g, along %g, angle %g for x %g, y %g, z %g, yaw %g", s.Error, s.Along, s.Angle, x, y, z, yaw)
		}
	})
}

// Whatever the camera's intrinsics and mount are within a few per cent and degrees,
// a camera that moves as the law says ends where the corners are in their places, as
// near as the wrong camera can show a square.
func TestLawDrivesTheImageErrorToZeroInSpiteOfCalibration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := station()
		cfg.Upright = rapid.Bool().Draw(t, "upright")
		law := newLaw(t, cfg)
		k := cfg.K
		f := draw(t, "f", 0.97, 1.03)
		k.FX, k.FY = k.FX*f, k.FY*f
		k.CX += draw(t, "cx", -5, 5)
		tilt := draw(t, "tilt", 0, 15*deg)
		if cfg.Upright {
			tilt, k = 0, cfg.K // four directions can only meet the corners of a true square
		}
		mount := kinematics.Exp(kinematics.Twist{draw(t, "mx", -5e-3, 5e-3), 0, draw(t, "mz", -5e-3, 5e-3), draw(t, "rx", -0.05, 0.05), draw(t, "ry", -0.05, 0.05), draw(t, "rz", -0.05, 0.05)})
		if cfg.Upright {
			mount.R = kinematics.Identity().R
		}
		pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{draw(t, "x", -0.02, 0.02), draw(t, "y", -0.02, 0.02), draw(t, "z", -0.03, 0.03)},
			[3]float64{tilt, 0, draw(t, "yaw", -30*deg, 30*deg)}))
		var s Step
		for range 600 {
			s = law.Step(corners(&cfg, k, pose, 0, nil))
			if s.State == Lost {
				t.Fatalf("lost at %v", pose)
			}
			// The twist is carried out by a camera that is not quite where it is believed to be.
			pose = mount.Inverse().Mul(kinematics.Exp(s.Twist.Scale(0.01))).Mul(mount).Inverse().Mul(pose)
		}
		if s.Pixels > 0.05 || s.Error > 1e-5 {
			t.Fatalf("after 6 s: %g px, %g m, residual %g px", s.Pixels, s.Error, s.Residual)
		}
	})
}

func TestErrorFallsAtTheRateOfTheGain(t *testing.T) {
	cfg := station()
	cfg.Gain = 5
	law := newLaw(t, cfg)
	pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{0.004, -0.003, 0.005}, [3]float64{0.02, 0.01, 0.05}))
	first := law.Step(corners(&cfg, cfg.K, pose, 0, nil))
	for range 1000 {
		s := law.Step(corners(&cfg, cfg.K, pose, 0, nil))
		pose = kinematics.Exp(s.Twist.Scale(-1e-3)).Mul(pose)
	}
	last := law.Step(corners(&cfg, cfg.K, pose, 0, nil))
	if rate := math.Log(first.Error / last.Error); math.Abs(rate-5) > 0.15 {
		t.Errorf("the error fell by exp(-%.3f) in a second at a gain of 5", rate)
	}
}

func TestTwistKeepsItsBoundsAndItsDirection(t *testing.T) {
	cfg := station()
	pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{0.02, -0.01, 0.01}, [3]float64{0.1, 0, 0.5}))
	seen := corners(&cfg, cfg.K, pose, 0, nil)
	free := newLaw(t, cfg).Step(seen).Twist
	for _, c := range []struct{ speed, turn float64 }{{0.01, 0}, {0, 0.1}, {0.05, 0.02}} {
		cfg.MaxSpeed, cfg.MaxTurn = c.speed, c.turn
		got := newLaw(t, cfg).Step(seen).Twist
		v, w := norm(got.Linear()), norm(got.Angular())
		if c.speed > 0 && v > c.speed*1.0001 || c.turn > 0 && w > c.turn*1.0001 {
			t.Errorf("%g m/s, %g rad/s at bounds of %g and %g", v, w, c.speed, c.turn)
		}
		scale := v / norm(free.Linear())
		for i := range got {
			if math.Abs(got[i]-scale*free[i]) > 1e-9 {
				t.Errorf("direction changed: %v from %v", got, free)
			}
		}
	}
}

func TestLawSeesWhenCornersAreNotTheMarkers(t *testing.T) {
	cfg := station()
	law := newLaw(t, cfg)
	good := corners(&cfg, cfg.K, cfg.Desired, 0, nil)
	bent := good
	bent[2].X += 25
	nan := good
	nan[0].X = math.NaN()
	inf := good
	inf[3].Y = math.Inf(1)
	for name, c := range map[string][4]vision.Point{"bent": bent, "nan": nan, "inf": inf, "one point": {}, "crossed": {good[1], good[0], good[2], good[3]}} {
		if s := law.Step(c); s.State != Lost || s.Twist != (kinematics.Twist{}) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	// A corner three pixels from the rim: seen, but about to go.
	var shifted [4]vision.Point
	dx := 3 - min(good[0].X, good[1].X, good[2].X, good[3].X)
	for i, p := range good {
		shifted[i] = vision.Point{X: p.X + dx, Y: p.Y}
	}
	if s := law.Step(shifted); s.State != Leaving || math.Abs(s.Margin-3) > 1e-9 {
		t.Errorf("at the rim: state %v, margin %g", s.State, s.Margin)
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.K.FX = 0 }, "focal"},
		{func(c *Config) { c.Desired = kinematics.Pose{} }, "desired"},
		{func(c *Config) { c.Desired.P[2] = -0.1 }, "corner 0"},
		{func(c *Config) { c.Desired.P[0] = 0.3 }, "outside the image"},
		{func(c *Config) { c.Gain = -1 }, "gain"},
		{func(c *Config) { c.Damping = math.NaN() }, "damping"},
		{func(c *Config) { c.Weights[1] = 1 }, "weight of corner 0"},
		{func(c *Config) { c.Marker[3] = c.Marker[0] }, "order"},
	} {
		cfg := station()
		c.change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	cfg := station()
	cfg.Upright = true
	law := newLaw(t, cfg)
	rng := rand.New(rand.NewPCG(1, 1))
	seen := corners(&cfg, cfg.K, cfg.Desired, 1, rng)
	if n := testing.AllocsPerRun(100, func() { law.Step(seen) }); n > 0 {
		t.Errorf("%g allocations a step", n)
	}
}

func TestAnyCornersGiveANumberOrLost(t *testing.T) {
	cfg := station()
	laws := [2]*Law{newLaw(t, cfg), nil}
	cfg.Upright = true
	laws[1] = newLaw(t, cfg)
	rapid.Check(t, func(t *rapid.T) {
		var c [4]vision.Point
		for i := range c {
			c[i] = vision.Point{X: draw(t, "x", -1e4, 1e4), Y: draw(t, "y", -1e4, 1e4)}
		}
		if rapid.Bool().Draw(t, "near") {
			for i, p := range corners(&cfg, cfg.K, cfg.Desired, 0, nil) {
				c[i] = vision.Point{X: p.X + c[i].X/500, Y: p.Y + c[i].Y/500}
			}
		}
		for _, law := range laws {
			s := law.Step(c)
			for _, v := range append(s.Twist[:], s.Error, s.Angle, s.Pixels, s.Residual, s.Depth) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%v: %+v", c, s)
				}
			}
		}
	})
}
