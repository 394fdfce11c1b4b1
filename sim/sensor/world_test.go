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
	return specs.CameraSim{ReadNoise: 1, ShotNoise: 0.12, DepthSigma: 0.0012, DepthFloor: 0.0008, DepthBias: 0.003}
}

func frontCamera() specs.Camera {
	return specs.Camera{Model: "femto-bolt", Width: 1280, Height: 720, FOV: 80 * deg, Depth: true,
		Exposure: specs.Duration(time.Millisecond), Sim: noisy()}
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
