//go:build linux

package main

import (
	"math"
	"math/rand/v2"
	"os"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
)

// studio is the reference line's camera before a bottle.
type studio struct {
	kit    *scenery.Kit
	room   *scenery.Room
	sensor *sensor.Sensor
	pose   kinematics.Pose
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
	s := &studio{pose: kinematics.FromRPY([3]float64{at, -0.36, 0.22}, [3]float64{-110 * degrees, 0, 0})}
	if s.kit, err = scenery.NewKit(props.Bottle(), dir); err != nil {
		return nil, err
	}
	if s.room, err = scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16}); err != nil {
		return nil, err
	}
	s.sensor = sensor.New(specs.Camera{
		Model: "femto-bolt", Width: 1280, Height: 720, FOV: 80 * degrees, Depth: true,
		Sim: specs.CameraSim{ReadNoise: 1, ShotNoise: 0.12, DepthSigma: 0.0012, DepthFloor: 0.0008, DepthBias: 0.003, DepthGrazing: 8},
	})
	return s, nil
}

// scene is a good bottle in its place.
func (s *studio) scene() *scenery.Scene {
	part := s.kit.Part(1, 0, rand.New(rand.NewPCG(seed, 1)))
	return &scenery.Scene{Room: s.room, Parts: []scenery.Placed{scenery.Place(part, at, 0, 0)}}
}
