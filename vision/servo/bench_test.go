package servo

import (
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics"
)

// Peers, measured elsewhere on two shared cores: ViSP's control law 9 to 69 us, a
// plain Go one with normal equations 1 to 2 us, both without the pose that is part
// of a Step here; OpenCV's PnP 100 to 200 us.

func BenchmarkStepInAllDirections(b *testing.B) { benchmarkStep(b, false) }

func BenchmarkStepUpright(b *testing.B) { benchmarkStep(b, true) }

func benchmarkStep(b *testing.B, upright bool) {
	cfg := station()
	cfg.Upright = upright
	law := newLaw(b, cfg)
	pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{0.003, -0.002, 0.004}, [3]float64{0, 0, 0.05}))
	seen := corners(&cfg, cfg.K, pose, 0.1, rand.New(rand.NewPCG(1, 2)))
	b.ReportAllocs()
	for b.Loop() {
		if law.Step(seen).State == Lost {
			b.Fatal("lost")
		}
	}
}

func BenchmarkTwistAlone(b *testing.B) {
	cfg := station()
	law := newLaw(b, cfg)
	pose := cfg.Desired.Mul(kinematics.FromRPY([3]float64{0.003, -0.002, 0.004}, [3]float64{0, 0, 0.05}))
	c := corners(&cfg, cfg.K, pose, 0.1, rand.New(rand.NewPCG(1, 2)))
	seen := rays(&cfg.K, &c)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := law.twist(&seen, &pose); !ok {
			b.Fatal("no twist")
		}
	}
}

func BenchmarkSolvePlanar(b *testing.B) {
	cfg := station()
	seen := corners(&cfg, cfg.K, cfg.Desired, 0.1, rand.New(rand.NewPCG(1, 2)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := SolvePlanar(cfg.Marker, seen, cfg.K); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrackerCycle(b *testing.B) {
	tr, err := NewTracker(TrackerConfig{Config: station()})
	if err != nil {
		b.Fatal(err)
	}
	if err := tr.Begin(kinematics.Identity(), 0); err != nil {
		b.Fatal(err)
	}
	camera := tr.Goal(0)
	b.ReportAllocs()
	for b.Loop() {
		tr.Command(camera, 0.1, 0.5)
	}
}
