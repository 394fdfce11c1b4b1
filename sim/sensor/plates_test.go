package sensor_test

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// The scenes of these tests are flat plates before a camera at the origin that looks along
// +z: what is to be seen of them can be told by hand.

// plate is a parallelogram with a corner at p and the sides a and b, a material of its
// own, and the side towards the origin to be seen.
func plate(t testing.TB, p, a, b [3]float64, m render.Material) render.Item {
	t.Helper()
	at := func(i, j float64) render.Vertex {
		var q [3]float64
		for k := range q {
			q[k] = p[k] + i*a[k] + j*b[k]
		}
		return render.Vertex{P: q, N: [3]float64{0, 0, -1}, U: i, V: j}
	}
	v := []render.Vertex{at(0, 0), at(1, 0), at(1, 1), at(0, 1)}
	n := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
	index := []uint32{0, 1, 2, 0, 2, 3}
	if n[0]*p[0]+n[1]*p[1]+n[2]*p[2] > 0 {
		index = []uint32{0, 2, 1, 0, 3, 2}
	}
	mesh, err := render.NewMesh(v, render.Group{Index: index})
	if err != nil {
		t.Fatal(err)
	}
	return render.Item{Mesh: mesh, Pose: kinematics.Identity(), Materials: []*render.Material{&m}}
}

// wall is a plate across the view at a distance, as wide as any view.
func wall(t testing.TB, z float64, level uint8) render.Item {
	return plate(t, [3]float64{-10, -10, z}, [3]float64{20, 0, 0}, [3]float64{0, 20, 0}, gray8(level))
}

func gray8(level uint8) render.Material {
	return render.Material{Color: render.RGB{R: level, G: level, B: level}}
}

func plates(items ...render.Item) *scenery.Scene { return &scenery.Scene{Extra: items} }

// tofCamera has depth of its own in a mode, from the colour camera's place, and no fault
// but those that change gives it.
func tofCamera(mode string, change func(*specs.ToFSim)) specs.Camera {
	c := specs.Camera{Model: "femto-bolt", Width: 64, Height: 36, FOV: 80 * deg, Depth: true, DepthMode: mode}
	c.Sim.ToF = withLens(specs.ToFSim{WigglePeriod: 0.187})
	if change != nil {
		change(&c.Sim.ToF)
	}
	return c
}

// from is a picture from the origin.
func from(t testing.TB, c specs.Camera, s *scenery.Scene, seed uint64) *vision.Frame {
	t.Helper()
	return take(t, c, 0, s, seed)
}

// taken are the sensors of these tests, since a lens takes a while to make.
var taken = map[kind]*sensor.Sensor{}

type kind struct {
	spec specs.Camera
	unit uint64
}

func take(t testing.TB, c specs.Camera, unit uint64, scene *scenery.Scene, seed uint64) *vision.Frame {
	t.Helper()
	s := taken[kind{c, unit}]
	if s == nil {
		s = sensor.NewUnit(c, unit)
		taken[kind{c, unit}] = s
	}
	f := new(vision.Frame)
	if err := s.Shoot(scene, kinematics.Identity(), seed, f); err != nil {
		t.Fatal(err)
	}
	return f
}

// window is the depths within some pixels of the middle, those that are none left out, and how
// many of them those are.
func window(f *vision.Frame, half int) (z []float64, none int) {
	for y := f.Depth.H/2 - half; y < f.Depth.H/2+half; y++ {
		for x := f.Depth.W/2 - half; x < f.Depth.W/2+half; x++ {
			if v := f.Depth.Z[y*f.Depth.W+x]; v > 0 {
				z = append(z, float64(v))
			} else {
				none++
			}
		}
	}
	return z, none
}

func meanAndSigma(v []float64) (mean, sigma float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sigma += (x - mean) * (x - mean) / float64(len(v))
	}
	return mean, math.Sqrt(sigma)
}
