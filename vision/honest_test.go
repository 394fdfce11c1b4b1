package vision_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// honest is the reference line's camera as its data sheet has it, errors and all, with depth in
// its own pixels; more is CUE about cameras: top.
func honest(tb testing.TB, more string) *studio {
	tb.Helper()
	dir := tb.TempDir()
	for _, name := range []string{"line.cue", "inspection.cue", "capping.cue", "expect.cue", "label.png", "label-wrong.png"} {
		b, err := os.ReadFile(filepath.Join(scenario, name))
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	text := "package bottling\n\ncameras: top: {depthMode: \"wfov-binned\", sim: noise: \"datasheet\"}\n" + more
	if err := os.WriteFile(filepath.Join(dir, "honest.cue"), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	sc, err := specs.Load(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s := newStudio(tb, func(c *specs.Camera, _ *kinematics.Pose) { *c = sc.Cameras["top"] })
	s.sensor = sensor.NewUnit(s.camera, 3)
	s.config.K, s.config.DepthK, s.config.DepthInColor = device.Intrinsics(s.camera), device.DepthIntrinsics(s.camera), device.DepthInColor(s.camera)
	return s
}

func TestInspectionHoldsForACameraAsItsDataSheetHasIt(t *testing.T) {
	s := honest(t, "")
	got := s.inspectMany(t, max(*partsFlag, 24), 11)
	t.Log(got)
	if got.escapes > 0 || got.misread > 0 || got.falseReject*200 > got.good {
		t.Error("escapes and misreads must be 0, false rejects below 0.5 %")
	}
}

// captured is a depth template: the mean of frames of one good part.
func (s *studio) captured(tb testing.TB, n int) *capture.Capture {
	tb.Helper()
	var m capture.Mean
	var f vision.Frame
	p := s.kit.Part(1, 0, rand.New(rand.NewPCG(1, 1)))
	for i := range n {
		s.shoot(tb, p, 0.001, 0, 0, 1000+uint64(i), &f)
		c := &capture.Capture{
			Depth: align.Depth{W: f.Depth.W, H: f.Depth.H, Z: f.Depth.Z}, DepthK: align.Camera(f.DepthK),
			ColorK: align.Camera(f.K), DepthInColor: f.DepthInColor, Pose: s.pose, Posed: true,
		}
		if err := m.Add(c); err != nil {
			tb.Fatal(err)
		}
	}
	c, err := m.Template(capture.Limits{Least: 3})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestAPartThatLeavesTheReliefIsFound(t *testing.T) {
	s := honest(t, "")
	c := s.captured(t, 12)
	// The front of the part, a little within its borders.
	c.Mask = make([]byte, len(c.Depth.Z))
	toDepth := s.pose.Mul(s.config.DepthInColor).Inverse().Mul(s.config.Nominal)
	front := func(x, z float64) vision.Point {
		at := toDepth.Apply([3]float64{x, -0.03, z})
		p, ok := s.config.DepthK.Project(at[0], at[1], at[2])
		if !ok {
			t.Fatal("the front is not seen")
		}
		return p
	}
	r := vision.Around(front(-0.03, 0.01), front(0.03, 0.01), front(-0.03, 0.12), front(0.03, 0.12))
	for y := r.Y0; y < r.Y1; y++ {
		for x := r.X0; x < r.X1; x++ {
			c.Mask[y*c.Depth.W+x] = 255
		}
	}
	s.config.Relief = c
	s.config.Inspection.Relief = &specs.Relief{File: "front.npz", Tolerance: 0.002, MaxOut: 0.005, MinSeen: 0.8}
	in := s.inspector(t)
	rng := rand.New(rand.NewPCG(4, 4))
	var f vision.Frame
	for i := range 24 {
		d := device.Defect(0)
		if i%2 == 1 {
			d = device.Dent
		}
		p := s.kit.Part(uint64(i+1), d, rng)
		s.shoot(t, p, (2*rng.Float64()-1)*0.004, (2*rng.Float64()-1)*0.003, (2*rng.Float64()-1)*1*deg, uint64(i), &f)
		v := in.Inspect(&f)
		if off := v.Reason&vision.OffRelief != 0; off != (d != 0) {
			t.Errorf("part %d with %v: %v, %.2f %% out of the relief, dent of %.1f mm, true %+v", i, d, v.Reason, 100*v.Relief, 1000*v.DentDepth, p.Dent())
		}
	}

	s.config.Relief = &capture.Capture{DepthK: align.Camera{W: 10, H: 10}}
	if _, err := vision.NewInspector(s.config); err == nil {
		t.Error("a relief of another camera was taken")
	}
	empty := *c
	empty.Depth.Z = make([]float32, len(c.Depth.Z))
	s.config.Relief = &empty
	if _, err := vision.NewInspector(s.config); err == nil {
		t.Error("a relief without a part was taken")
	}
}

func BenchmarkInspectHonest(b *testing.B) {
	s := honest(b, "")
	in := s.inspector(b)
	for _, c := range []struct {
		name string
		d    device.Defect
	}{{"good", 0}, {"unreadable", device.UnreadableQR}} {
		b.Run(c.name, func(b *testing.B) {
			var f vision.Frame
			s.shoot(b, s.kit.Part(7, c.d, rand.New(rand.NewPCG(1, 1))), 0.002, -0.001, 1*deg, 3, &f)
			b.ReportAllocs()
			for b.Loop() {
				in.Inspect(&f)
			}
		})
	}
}
