package servo

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// drawView is a pose from which a camera sees a marker's front, at up to 60 degrees
// from its normal, anywhere in the image, turned in any way.
func drawView(t *rapid.T) kinematics.Pose {
	z := draw(t, "depth", 0.08, 0.6)
	pose := kinematics.FromRPY([3]float64{z * draw(t, "x", -0.35, 0.35), z * draw(t, "y", -0.25, 0.25), z}, [3]float64{math.Pi, 0, draw(t, "yaw", -3.14, 3.14)})
	tilt, about := draw(t, "tilt", 0, 60*deg), draw(t, "about", -3.14, 3.14)
	return pose.Mul(kinematics.Pose{R: kinematics.ExpSO3([3]float64{tilt * math.Cos(about), tilt * math.Sin(about), 0})})
}

func TestPlanarPoseIsFoundFromExactCorners(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := station()
		cfg.K.K1, cfg.K.K2 = draw(t, "k1", -0.2, 0.2), draw(t, "k2", -0.05, 0.05)
		// The marker lies somewhere in its part's frame.
		part := kinematics.Exp(drawTwist(t).Scale(0.05))
		for i, m := range cfg.Marker {
			cfg.Marker[i] = part.Apply(m)
		}
		want := drawView(t).Mul(part.Inverse())
		got, rms, err := SolvePlanar(cfg.Marker, corners(&cfg, cfg.K, want, 0, nil), cfg.K)
		if err != nil {
			t.Fatal(err)
		}
		d, a := kinematics.Distance(got, want)
		if d > 1e-7 || a > 1e-5 || rms > 1e-5 {
			t.Fatalf("off by %g m, %g rad, %g px\n got %v\nwant %v", d, a, rms, got, want)
		}
	})
}

func TestPlanarPoseKeepsItsPlaceUnderNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := station()
		want := drawView(t)
		want.P = [3]float64{0.01, -0.02, 0.15}
		seen := corners(&cfg, cfg.K, want, 0, nil)
		for i := range seen {
			seen[i].X += draw(t, "noise", -0.2, 0.2)
			seen[i].Y += draw(t, "noise", -0.2, 0.2)
		}
		got, rms, err := SolvePlanar(cfg.Marker, seen, cfg.K)
		if err != nil {
			t.Fatal(err)
		}
		// Two tenths of a pixel are 0.05 mm across and 1 in 200 along the line of sight
		// at this distance, more where the marker is seen from the side.
		across := math.Hypot(got.P[0]/got.P[2]-want.P[0]/want.P[2], got.P[1]/got.P[2]-want.P[1]/want.P[2])
		if across*0.15 > 0.1e-3 || math.Abs(got.P[2]-want.P[2]) > 0.02*want.P[2] || rms > 0.3 {
			t.Fatalf("off by %g mm across, %g mm along, %g px", across*150, 1e3*(got.P[2]-want.P[2]), rms)
		}
	})
}

func TestPlanarPoseRefusesWhatIsNoMarker(t *testing.T) {
	cfg := station()
	good := corners(&cfg, cfg.K, cfg.Desired, 0, nil)
	line := [4]vision.Point{{X: 0}, {X: 10}, {X: 20}, {X: 30}}
	crossed := [4]vision.Point{good[0], good[2], good[1], good[3]}
	nan := good
	nan[1].Y = math.NaN()
	for _, c := range []struct {
		name   string
		marker [4][3]float64
		seen   [4]vision.Point
		k      vision.Intrinsics
		want   string
	}{
		{"corners on a line", cfg.Marker, line, cfg.K, "convex"},
		{"corners crossed", cfg.Marker, crossed, cfg.K, "convex"},
		{"corner not a number", cfg.Marker, nan, cfg.K, "convex"},
		{"corners in one point", cfg.Marker, [4]vision.Point{}, cfg.K, "convex"},
		{"marker without extent", [4][3]float64{}, good, cfg.K, "span"},
		{"marker crossed", [4][3]float64{cfg.Marker[0], cfg.Marker[2], cfg.Marker[1], cfg.Marker[3]}, good, cfg.K, "order"},
		{"marker bent", [4][3]float64{{}, {0.01, 0, 0}, {0.01, 0.01, 0.005}, {0, 0.01, 0}}, good, cfg.K, "flat"},
		{"no camera", cfg.Marker, good, vision.Intrinsics{}, "focal"},
	} {
		if _, _, err := SolvePlanar(c.marker, c.seen, c.k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}
