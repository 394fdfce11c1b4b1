package vision_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// The inspection against the simulated camera: what the renderer knows to be wrong
// with a bottle, the inspector must find, and nothing else.

var (
	partsFlag    = flag.Int("parts", 72, "rendered parts that the inspection is held against")
	picturesFlag = flag.String("pictures", "", "folder for pictures of the parts that were judged wrongly, and of one of each kind")
)

const (
	deg      = math.Pi / 180
	scenario = "../scenarios/bottling"
)

func product() specs.Product {
	p := props.Bottle()
	p.Label.WrongArtwork = "label-wrong.png" // as the scenario calls it
	return p
}

// studio is the reference line's camera with what stands before it.
type studio struct {
	kit    *scenery.Kit
	room   *scenery.Room
	camera specs.Camera
	sensor *sensor.Sensor
	pose   kinematics.Pose
	config vision.InspectorConfig
}

func newStudio(tb testing.TB, change func(*specs.Camera, *kinematics.Pose)) *studio {
	tb.Helper()
	s := &studio{
		camera: specs.Camera{
			Model: "femto-bolt", Width: 1280, Height: 720, FOV: 80 * deg, Depth: true,
			Sim: specs.CameraSim{ReadNoise: 1, ShotNoise: 0.12, DepthSigma: 0.0012, DepthFloor: 0.0008, DepthBias: 0.003, DepthGrazing: 8},
		},
		pose: kinematics.FromRPY([3]float64{1.16, -0.36, 0.22}, [3]float64{-110 * deg, 0, 0}),
	}
	if change != nil {
		change(&s.camera, &s.pose)
	}
	art, err := vision.LoadImage(filepath.Join(scenario, "label.png"))
	if err != nil {
		tb.Fatal(err)
	}
	if s.kit, err = scenery.NewKit(product(), scenario); err != nil {
		tb.Fatal(err)
	}
	if s.room, err = scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16}); err != nil {
		tb.Fatal(err)
	}
	s.sensor = sensor.New(s.camera)
	s.config = vision.InspectorConfig{
		Product: product(),
		Inspection: specs.Inspection{
			Camera: "top", MinScore: 0.45, MaxShift: 0.002, MaxTurn: 0.035, MaxDamage: 0.015,
			MaxDent: 0.002, MaxBulge: 0.0015, CapTolerance: 0.006, MaxTilt: 0.052,
		},
		K:       s.sensor.Intrinsics(),
		Camera:  s.pose,
		Nominal: kinematics.Translation(1.16, 0, 0),
		Artwork: art,
	}
	return s
}

func (s *studio) inspector(tb testing.TB) *vision.Inspector {
	tb.Helper()
	in, err := vision.NewInspector(s.config)
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

func (s *studio) shoot(tb testing.TB, p *scenery.Part, x, y, yaw float64, seed uint64, f *vision.Frame) {
	tb.Helper()
	scene := &scenery.Scene{Room: s.room, Belt: float64(seed%97) * 0.037, Parts: []scenery.Placed{scenery.Place(p, 1.16+x, y, yaw)}}
	if err := s.sensor.Shoot(scene, s.pose, seed, f); err != nil {
		tb.Fatal(err)
	}
}

var defects = [...]device.Defect{
	device.UnreadableQR, device.MissingQR, device.WrongLabel, device.ShiftedLabel, device.MissingCap, device.Dent,
}

// tally is what came of a run over many parts.
type tally struct {
	good, bad            int
	escapes, falseReject int
	misnamed, misread    int
	maxDent, minScore    float64 // of good parts
	maxShift             float64
	minCap, maxCap       float64
}

func (t tally) String() string {
	return fmt.Sprintf("%d good, %d bad: %d escapes, %d false rejects, %d findings missed beside others, %d misread; of good parts: label at least %.3f, shift at most %.2f mm, dent at most %.2f mm, cap %.1f to %.1f mm",
		t.good, t.bad, t.escapes, t.falseReject, t.misnamed, t.misread, t.minScore, 1000*t.maxShift, 1000*t.maxDent, 1000*t.minCap, 1000*t.maxCap)
}

var findings = map[device.Defect]vision.Reason{
	device.UnreadableQR: vision.NoQR, device.MissingQR: vision.NoQR, device.WrongLabel: vision.WrongLabel,
	device.ShiftedLabel: vision.ShiftedLabel, device.MissingCap: vision.NoCap, device.Dent: vision.Dent,
}

// inspectMany judges n parts, every other one with one defect or two.
func (s *studio) inspectMany(t *testing.T, n int, seed uint64) tally {
	in := s.inspector(t)
	rng := rand.New(rand.NewPCG(seed, 5))
	out := tally{minScore: 1, minCap: 1}
	var f vision.Frame
	for i := range n {
		var d device.Defect
		if i%2 == 1 {
			d = defects[i/2%len(defects)]
			if i%5 == 0 {
				d |= defects[rng.IntN(len(defects))]
			}
		}
		p := s.kit.Part(uint64(i+1), d, rng)
		x, y := (2*rng.Float64()-1)*0.006, (2*rng.Float64()-1)*0.004
		yaw := (2*rng.Float64() - 1) * 3 * deg
		s.shoot(t, p, x, y, yaw, seed<<32+uint64(i), &f)
		v := in.Inspect(&f)
		wrong := v.Good() != (d == 0)
		switch {
		case d == 0:
			out.good++
			out.minScore = min(out.minScore, v.Score)
			out.maxShift, out.maxDent = max(out.maxShift, v.Shift), max(out.maxDent, v.DentDepth)
			out.minCap, out.maxCap = min(out.minCap, v.CapHeight), max(out.maxCap, v.CapHeight)
			if !v.Good() {
				out.falseReject++
			}
		default:
			out.bad++
			if v.Good() {
				out.escapes++
			}
			missed := false
			for _, one := range defects {
				missed = missed || d&one != 0 && v.Reason&findings[one] == 0
			}
			if missed {
				out.misnamed++
			}
		}
		if v.Serial != 0 && v.Serial != p.Serial() {
			out.misread++
			wrong = true
		}
		if wrong {
			along, up := p.LabelShift()
			t.Logf("part %d with %v at %.1f, %.1f mm, %.2f deg: %v (text %q, score %.2f, shift %.2f mm, cap %.1f mm, dent %.2f mm; true shift %.1f, %.1f mm; dent %+v)",
				i, d, 1000*x, 1000*y, yaw/deg, v.Reason, v.Text, v.Score, 1000*v.Shift, 1000*v.CapHeight, 1000*v.DentDepth, 1000*along, 1000*up, p.Dent())
		}
		if *picturesFlag != "" && (wrong || i < 24) {
			save(t, filepath.Join(*picturesFlag, fmt.Sprintf("%d-%04d.png", seed, i)), vision.Draw(&f, v, 480))
		}
	}
	return out
}

func TestRenderedBottlesAreJudgedByTheirDefects(t *testing.T) {
	s := newStudio(t, nil)
	got := s.inspectMany(t, *partsFlag, 1)
	t.Log(got)
	if got.escapes > 0 || got.misread > 0 || got.falseReject*200 > got.good {
		t.Error("escapes and misreads must be 0, false rejects below 0.5 %")
	}
}

func TestInspectionHoldsForOtherCamerasAndPlaces(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*specs.Camera, *kinematics.Pose)
	}{
		{"level with the label", func(_ *specs.Camera, p *kinematics.Pose) {
			*p = kinematics.FromRPY([3]float64{1.16, -0.38, 0.1}, [3]float64{-90 * deg, 0, 0})
		}},
		{"steeply from above", func(_ *specs.Camera, p *kinematics.Pose) {
			*p = kinematics.LookAt([3]float64{1.16, -0.33, 0.34}, [3]float64{1.16, 0, 0.08}, [3]float64{0, 0, 1})
		}},
		{"from the side", func(_ *specs.Camera, p *kinematics.Pose) {
			*p = kinematics.LookAt([3]float64{1.02, -0.36, 0.2}, [3]float64{1.16, -0.03, 0.09}, [3]float64{0, 0, 1})
		}},
		{"through a barrel lens", func(c *specs.Camera, _ *kinematics.Pose) { c.Sim.K1, c.Sim.K2 = -0.12, 0.03 }},
		{"with three times the noise", func(c *specs.Camera, _ *kinematics.Pose) {
			c.Sim.ReadNoise, c.Sim.ShotNoise, c.Sim.DepthFloor, c.Sim.DepthSigma = 3, 0.36, 0.0024, 0.0036
		}},
		{"with depth 10 mm too far", func(c *specs.Camera, _ *kinematics.Pose) { c.Sim.DepthBias = 0.01 }},
		{"with depth 10 mm too near", func(c *specs.Camera, _ *kinematics.Pose) { c.Sim.DepthBias = -0.01 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newStudio(t, c.change).inspectMany(t, max(*partsFlag/10, 12), 7)
			t.Log(got)
			if got.escapes > 0 || got.misread > 0 || got.falseReject*200 > got.good {
				t.Error("escapes and misreads must be 0, false rejects below 0.5 %")
			}
		})
	}
}

func BenchmarkInspectRendered(b *testing.B) {
	s := newStudio(b, nil)
	in := s.inspector(b)
	for _, c := range []struct {
		name string
		d    device.Defect
	}{{"good", 0}, {"unreadable", device.UnreadableQR}, {"no code", device.MissingQR}} {
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
