//go:build linux

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// studio is the reference line's camera before a bottle.
type studio struct {
	kit     *scenery.Kit
	room    *scenery.Room
	sensor  *sensor.Sensor
	pose    kinematics.Pose
	station vision.InspectorConfig
}

// at is where the bottle should stand, in metres along the belt.
const at = 1.16

func newStudio() (*studio, error) {
	const degrees = math.Pi / 180
	dir, err := os.MkdirTemp("", "bench-vision")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := props.Artwork(dir); err != nil {
		return nil, err
	}
	product := props.Bottle()
	s := &studio{pose: kinematics.FromRPY([3]float64{at, -0.36, 0.22}, [3]float64{-110 * degrees, 0, 0})}
	if s.kit, err = scenery.NewKit(product, dir); err != nil {
		return nil, err
	}
	if s.room, err = scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16}); err != nil {
		return nil, err
	}
	art, err := vision.LoadImage(dir + "/" + product.Label.Artwork)
	if err != nil {
		return nil, err
	}
	s.sensor = sensor.New(specs.Camera{
		Model: "femto-bolt", Width: 1280, Height: 720, FOV: 80 * degrees, Depth: true,
		Sim: specs.CameraSim{ReadNoise: 1, ShotNoise: 0.12, DepthSigma: 0.0012, DepthFloor: 0.0008, DepthBias: 0.003},
	})
	s.station = vision.InspectorConfig{
		Product:    product,
		Inspection: specs.Inspection{Camera: "top", MinScore: 0.8, MaxShift: 0.0025, MaxDent: 0.004, CapTolerance: 0.006},
		K:          s.sensor.Intrinsics(),
		Camera:     s.pose,
		Nominal:    kinematics.Translation(at, 0, 0),
		Artwork:    art,
	}
	return s, nil
}

// part is bottle i: every other one has a defect.
func (s *studio) part(i int) *scenery.Part {
	defects := [...]device.Defect{device.UnreadableQR, device.MissingQR, device.WrongLabel, device.ShiftedLabel, device.MissingCap, device.Dent}
	var d device.Defect
	if i%2 == 1 {
		d = defects[i/2%len(defects)]
	}
	return s.kit.Part(uint64(i+1), d, rand.New(rand.NewPCG(uint64(i), seed)))
}

// shoot takes a frame of a part a little off its place.
func (s *studio) shoot(p *scenery.Part, i int, f *vision.Frame) error {
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	x, y, yaw := 0.012*(rng.Float64()-0.5), 0.008*(rng.Float64()-0.5), 0.1*(rng.Float64()-0.5)
	scene := &scenery.Scene{Room: s.room, Belt: float64(i%97) * 0.037, Parts: []scenery.Placed{scenery.Place(p, at+x, y, yaw)}}
	if err := s.sensor.Shoot(scene, s.pose, uint64(i), f); err != nil {
		return fmt.Errorf("frame of bottle %d: %w", i, err)
	}
	return nil
}
