package sensor_test

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
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

func bottle() specs.Product {
	return specs.Product{
		Body: specs.Body{Width: 0.08, Depth: 0.06, Height: 0.15, Color: specs.Color{R: 0xd9, G: 0xe4, B: 0xea}},
		Cap: specs.Cap{Radius: 0.019, Height: 0.018, Color: specs.Color{R: 0xf4, G: 0xf4, B: 0xf4},
			Marker: specs.Marker{Dictionary: "4x4_50", ID: 7, Size: 0.02}},
		Label: specs.Label{Artwork: "label.png", WrongArtwork: "wrong.png", Width: 0.06, Height: 0.04, At: 0.105},
		QR:    specs.QR{Prefix: "LT", Size: 0.04, At: 0.052},
	}
}

// artwork writes two labels that differ in colour and in print.
func artwork(t testing.TB) string {
	dir := t.TempDir()
	for n, name := range []string{"label.png", "wrong.png"} {
		img := image.NewRGBA(image.Rect(0, 0, 300, 200))
		for y := range 200 {
			for x := range 300 {
				c := color.RGBA{250, 248, 240, 255}
				switch {
				case y < 45 || y > 175:
					c = color.RGBA{uint8(30 + 120*n), uint8(110 - 80*n), 60, 255}
				case math.Hypot(float64(x-70-150*n), float64(y-110)) < 45:
					c = color.RGBA{230, 150, 40, 255}
				case y/12%2 == n && x*7%97 > 20:
					c = color.RGBA{40, 40, 60, 255}
				}
				img.Set(x, y, c)
			}
		}
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type world struct {
	kit  *scenery.Kit
	room *scenery.Room
}

func newWorld(t testing.TB) *world {
	kit, err := scenery.NewKit(bottle(), artwork(t))
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
