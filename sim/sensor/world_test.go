package sensor_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

const deg = math.Pi / 180

var (
	frontPose = kinematics.FromRPY([3]float64{1.16, -0.36, 0.22}, [3]float64{-110 * deg, 0, 0})
	toolPose  = kinematics.LookAt([3]float64{1.16, -0.08, 0.29}, [3]float64{1.16, 0, 0.168}, [3]float64{0, 1, 0})
)

func noisy() specs.CameraSim {
	return specs.CameraSim{ReadNoise: 1, ShotNoise: 0.12, DepthSigma: 0.0012, DepthFloor: 0.0008, DepthBias: 0.003, DepthGrazing: 8}
}

func frontCamera() specs.Camera {
	return specs.Camera{Model: "femto-bolt", Width: 1280, Height: 720, FOV: 80 * deg, Depth: true,
		Exposure: specs.Duration(time.Millisecond), Sim: noisy()}
}

// datasheet is specs/schema.cue's kind of noise of that name, with a calibrated lens.
func datasheet() specs.CameraSim {
	return specs.CameraSim{
		Noise: "datasheet", ReadNoise: 1, ShotNoise: 0.12, Readout: specs.Duration(33 * time.Millisecond), Vignetting: 0.15,
		Flicker: 0.08, FlickerFrequency: 100, Drift: 0.05, DriftPeriod: specs.Duration(10 * time.Minute),
		K1: 0.0784, K2: -0.1104, K3: 0.0465, ToF: datasheetToF(),
	}
}

func datasheetToF() specs.ToFSim {
	return withLens(specs.ToFSim{
		Sigma: 0.017, ReadShare: 0.5, Bias: 0.005, Scale: 0.001, Wiggle: 0.003, WigglePeriod: 0.187, Pattern: 0.003,
		Flying: 1, EdgeLoss: 0.3, Multipath: 1, LeastSignal: 0.4, Saturation: 0.8, Step: 0.001,
	})
}

// withLens gives the lens of a calibrated Femto Bolt.
func withLens(t specs.ToFSim) specs.ToFSim {
	t.K1, t.K2, t.K3, t.K4, t.K5, t.K6 = 8.690, 4.468, 0.1729, 9.017, 7.379, 1.056
	return t
}

func datasheetCamera(mode string) specs.Camera {
	c := frontCamera()
	c.Sim, c.DepthMode = datasheet(), mode
	c.DepthPose = specs.DepthPose{XYZ: [3]specs.Length{-0.0325, -0.001, 0.0019}, RPY: [3]specs.Angle{-6.4 * deg, 0, 0}}
	return c
}

func toolCamera() specs.Camera {
	return specs.Camera{Model: "tool-mono", Width: 640, Height: 480, FOV: 60 * deg, Sim: noisy()}
}

type world struct {
	kit  *scenery.Kit
	room *scenery.Room
}

func newWorld(t testing.TB) *world {
	dir := t.TempDir()
	if err := props.Artwork(dir); err != nil {
		t.Fatal(err)
	}
	kit, err := scenery.NewKit(props.Bottle(), dir)
	if err != nil {
		t.Fatal(err)
	}
	room, err := scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16})
	if err != nil {
		t.Fatal(err)
	}
	return &world{kit, room}
}

func (w *world) part(serial uint64, d device.Defect) *scenery.Part {
	return w.kit.Part(serial, d, rand.New(rand.NewPCG(serial, 9)))
}

// line has a bottle before the camera and one to each side of it.
func (w *world) line(d device.Defect) *scenery.Scene {
	return &scenery.Scene{Room: w.room, Belt: 0.37, Parts: []scenery.Placed{
		scenery.Place(w.part(17, d), 1.16, 0.001, 1*deg),
		scenery.Place(w.part(16, 0), 0.88, -0.002, -1*deg),
		scenery.Place(w.part(18, device.Dent), 1.45, 0.002, 2*deg),
	}}
}

func shoot(t testing.TB, c specs.Camera, s *scenery.Scene, pose kinematics.Pose, seed uint64) *vision.Frame {
	f := new(vision.Frame)
	if err := sensor.New(c).Shoot(s, pose, seed, f); err != nil {
		t.Fatal(err)
	}
	return f
}
