package sim

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

func TestAModelledInspectionErrsAtItsRates(t *testing.T) {
	s := newStage(t, nil)
	c := s.w.cameras["top"]
	c.missRate, c.falseRejectRate = 0.05, 0.02
	good, bad := &part{product: ptr(s.spec.Products["bottle"])}, &part{product: ptr(s.spec.Products["bottle"])}
	bad.truth.Defects = device.Dent | device.MissingCap
	good.truth.Serial = 7
	var missed, falsely float64
	for range many {
		if v := c.judge(bad, true); v.Good() {
			missed++
		} else if v.Reason != vision.Dent|vision.NoCap {
			t.Fatalf("found %v", v.Reason)
		}
		if v := c.judge(good, true); !v.Good() {
			falsely++
		} else if v.Serial != 7 || v.Text != "LT00000007" {
			t.Fatalf("read %q, %d", v.Text, v.Serial)
		}
	}
	for _, r := range []struct {
		name      string
		got, rate float64
	}{{"missed", missed, 0.05}, {"rejected falsely", falsely, 0.02}} {
		if math.Abs(r.got-r.rate*many) > 5*math.Sqrt(r.rate*(1-r.rate)*many) {
			t.Errorf("%s: %v of %d, want %v", r.name, r.got, many, r.rate*many)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestEachDefectHasItsFinding(t *testing.T) {
	s := newStage(t, nil)
	c := s.w.cameras["top"]
	c.missRate, c.falseRejectRate = 0, 0
	p := &part{product: ptr(s.spec.Products["bottle"])}
	for d, want := range map[device.Defect]vision.Reason{
		0: 0, device.UnreadableQR: vision.NoQR, device.MissingQR: vision.NoQR, device.WrongLabel: vision.WrongLabel,
		device.ShiftedLabel: vision.ShiftedLabel, device.MissingCap: vision.NoCap, device.Dent: vision.Dent,
		device.TornLabel: vision.DamagedLabel, device.SmearedLabel: vision.DamagedLabel, device.RotatedLabel: vision.RotatedLabel,
		device.ScratchedQR: vision.NoQR, device.FaintQR: vision.NoQR, device.CrookedCap: vision.CrookedCap, device.Bulge: vision.Bulge,
	} {
		p.truth.Defects = d
		if got := c.judge(p, true).Reason; got != want {
			t.Errorf("%v gives %v, want %v", d, got, want)
		}
	}
}

// The corners of the cap's marker are the pinhole's, with a detector's noise.
func TestModelledCornersAreThePinholesWithNoise(t *testing.T) {
	s := newStage(t, nil)
	c := s.w.cameras["eye"]
	k := s.w.feeders[0].kit
	p := &part{product: &s.w.feeders[0].product, y: 2e-3, yaw: 0.1, look: &look{kit: k}}
	at := kinematics.FromRPY([3]float64{1, 0.002, 0.4}, [3]float64{math.Pi, 0, 0.3}) // looks down
	const n = 4000
	var mean, square [4][2]float64
	for range n {
		corners, seen := c.corners(p, 1.005, at)
		if !seen {
			t.Fatal("not seen")
		}
		for i, q := range corners {
			mean[i][0] += q.X / n
			mean[i][1] += q.Y / n
			square[i][0] += q.X * q.X / n
			square[i][1] += q.Y * q.Y / n
		}
	}
	inCamera := at.Inverse().Mul(p.pose(1.005))
	sigma := c.spec.Sim.PixelNoise
	for i, m := range k.MarkerCorners() {
		q := inCamera.Apply(m)
		want := [2]float64{c.k.FX*q[0]/q[2] + c.k.CX, c.k.FY*q[1]/q[2] + c.k.CY}
		for axis := range 2 {
			got := math.Sqrt(square[i][axis] - mean[i][axis]*mean[i][axis])
			if math.Abs(mean[i][axis]-want[axis]) > 5*sigma/math.Sqrt(n) || math.Abs(got-sigma) > 0.06*sigma {
				t.Errorf("corner %d: mean %v, want %v; deviation %v, want %v", i, mean[i], want, got, sigma)
			}
		}
	}
	for _, away := range []kinematics.Pose{
		kinematics.FromRPY([3]float64{3, 0, 0.4}, [3]float64{math.Pi, 0, 0}), // out of the image
		kinematics.FromRPY([3]float64{1, 0, 0.4}, [3]float64{0, 0, 0}),       // behind the camera
	} {
		if _, seen := c.corners(p, 1.005, away); seen {
			t.Error("seen where it is not")
		}
	}
}

// A frame shows what stood there in the middle of the exposure, and comes after the
// camera's latency; each has the trigger's number and the truth is told for it.
func TestATriggeredCameraTakesItsPictureWhenItSays(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		flow(0.6, 0.8)(s)
		c := s.Cameras["top"]
		c.Delay, c.Exposure = specs.Duration(2*ms), specs.Duration(4*ms)
		s.Cameras["top"] = c
	})
	s.set(0, "belt.run", true)
	s.play(20 * sec)
	edges := s.values("pe_infeed.count")[1:]
	var n int
	for _, f := range s.frames {
		if f.Camera != "top" {
			continue
		}
		if want := edges[n].at + 4*ms; f.Exposed != want {
			t.Errorf("frame %d is of %v, want %v", n, f.Exposed, want)
		}
		l := s.spec.Cameras["top"].Latency
		if late := f.Arrived - f.Exposed - 2*ms; late < l.Base.D() || late > l.Base.D()+l.Jitter.D() {
			t.Errorf("frame %d came %v after its exposure", n, late)
		}
		if n++; f.Seq != uint64(n) || f.Trigger != uint64(n) || f.Modelled == nil || !f.Modelled.Verdict.Good() && f.Modelled.Verdict.Reason != vision.NoQR {
			t.Errorf("frame %d: sequence %d, trigger %d, %+v", n, f.Seq, f.Trigger, f.Modelled)
		}
		if s.sights[n-1].Trigger != uint64(n) || s.sights[n-1].Part.Serial != uint64(n) {
			t.Errorf("the truth about trigger %d is %+v", n, s.sights[n-1])
		}
	}
	if n < 8 {
		t.Errorf("%d frames", n)
	}
}

func TestACameraLosesWhatComesFasterThanItsRate(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		flow(0.08, 0.081)(s)
		c := s.Cameras["top"]
		c.Rate = 5 // bottles come at 6 Hz
		s.Cameras["top"] = c
	})
	s.set(0, "belt.run", true)
	s.play(20 * sec)
	triggers, frames, dropped := s.in("top.triggers").Uint(), s.in("top.frames").Uint(), s.in("top.dropped").Uint()
	if triggers < 90 || frames+dropped > triggers || frames+dropped < triggers-1 || dropped < triggers/3 || dropped > triggers*2/3 {
		t.Errorf("%d triggers, %d frames, %d lost", triggers, frames, dropped)
	}
}

func TestAFreeCameraRunsWhileItIsArmed(t *testing.T) {
	s := newStage(t, nil)
	s.set(sec, "eye.armed", true)
	s.set(3*sec, "eye.armed", false)
	s.play(5 * sec)
	if n := s.in("eye.frames").Uint(); n < 59 || n > 61 {
		t.Errorf("%d frames in 2 s at 30 Hz", n)
	}
}

func TestWhereACameraLooks(t *testing.T) {
	s := newStage(t, nil)
	c := s.w.cameras["top"]
	for _, k := range []struct {
		name string
		pose kinematics.Pose
		want float64
	}{
		{"straight down", kinematics.FromRPY([3]float64{1.5, 0, 1}, [3]float64{math.Pi, 0, 0}), 1.5},
		{"down and along", kinematics.FromRPY([3]float64{1.5, 0, s.w.capLevel + 1}, [3]float64{math.Pi, 0.2, 0}), 1.5 - math.Tan(0.2)},
		{"across", kinematics.FromRPY([3]float64{2, -0.5, 0.1}, [3]float64{-math.Pi / 2, 0, 0}), 2},
		{"along the belt", kinematics.FromRPY([3]float64{2, 0, 0.1}, [3]float64{0, math.Pi / 2, 0}), 2},
	} {
		if got := c.centre(k.pose); math.Abs(got-k.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", k.name, got, k.want)
		}
	}
}

// With pixels the same plant gives a picture.
func TestACameraOfPixelsRendersWhatStandsBeforeIt(t *testing.T) {
	s := newStage(t, func(s *specs.Scenario) {
		c := s.Cameras["top"]
		c.Fidelity, c.Width, c.Height, c.DepthMode = "pixels", 320, 180, specs.Aligned
		s.Cameras["top"] = c
	})
	s.set(0, "belt.run", true)
	s.play(5 * sec)
	n := 0
	for _, f := range s.frames {
		if f.Camera == "top" {
			n++
			if f.Modelled != nil || f.Color.W != 320 || len(f.Color.Pix) != 3*320*180 || len(f.Depth.Z) != 320*180 {
				t.Errorf("frame %d has %d x %d pixels", n, f.Color.W, f.Color.H)
			}
		}
	}
	if n == 0 {
		t.Error("no frame")
	}
}

// A fault changes the frames that it takes, and no other: every trigger draws what it
// would have drawn without it.
func TestDroppedFramesChangeNoOther(t *testing.T) {
	run := func(faults ...specs.Fault) (map[uint64]*vision.Frame, *stage) {
		s := newStage(t, func(s *specs.Scenario) {
			s.Faults = faults
			f := s.Feeders["infeed"]
			f.Spacing = specs.Spacing{Min: 0.3, Mean: 0.5}
			s.Feeders["infeed"] = f
			i := s.Inspections["inspect"]
			i.Modelled.FalseRejectRate = 0.5
			s.Inspections["inspect"] = i
		})
		s.set(0, "belt.run", true)
		s.play(60 * sec)
		out := map[uint64]*vision.Frame{}
		for _, f := range s.frames {
			if f.Camera == "top" {
				out[f.Trigger] = f
			}
		}
		return out, s
	}
	whole, _ := run()
	gappy, s := run(strike(20*sec, 5*sec, "top", "drop-frames"), strike(40*sec, 5*sec, "top", "offline"))
	lost := uint64(0)
	for trigger, f := range whole {
		g := gappy[trigger]
		if g == nil {
			lost++
			continue
		}
		if g.Exposed != f.Exposed || g.Arrived != f.Arrived || g.Modelled.Verdict.Reason != f.Modelled.Verdict.Reason {
			t.Errorf("trigger %d: %v, %v with the faults, %v, %v without", trigger, g.Arrived, g.Modelled.Verdict.Reason, f.Arrived, f.Modelled.Verdict.Reason)
		}
	}
	if d := s.in("top.dropped").Uint(); lost < 6 || d != lost {
		t.Errorf("%d frames are missing, the camera says %d", lost, d)
	}
	if len(s.sights) < len(whole) {
		t.Errorf("the truth was told for %d of %d triggers", len(s.sights), len(whole))
	}
	if n := s.in("top.triggers").Uint(); n != uint64(len(s.sights)) {
		t.Errorf("%d triggers, %d sights", n, len(s.sights))
	}
}
