//go:build egl && cgo

package egl

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// bottling is the view of the inspection camera in the reference scenario.
func bottling(t testing.TB, bottles int) (*render.Scene, render.Camera, *render.Target) {
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
	s := scenery.Scene{Room: room, Belt: 0.37}
	for n := range bottles {
		x := 1.16 + [3]float64{0, -0.28, 0.29}[n]
		s.Parts = append(s.Parts, scenery.Place(kit.Part(uint64(n+1), 0, rand.New(rand.NewPCG(1, 1))), x, 0.001, 0.02))
	}
	scene := new(render.Scene)
	s.Compose(scene, 0)
	f := 640 / math.Tan(40*math.Pi/180)
	c := render.Camera{W: 1280, H: 720, FX: f, FY: f, CX: 639.5, CY: 359.5,
		Pose: kinematics.FromRPY([3]float64{1.16, -0.36, 0.22}, [3]float64{-110 * math.Pi / 180, 0, 0})}
	return scene, c, &render.Target{W: c.W, H: c.H, Color: make([]byte, 3*c.W*c.H), Depth: make([]float32, c.W*c.H)}
}

func open(t testing.TB) *Renderer {
	r, err := New(1280, 720)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestPeerSeesTheSame(t *testing.T) {
	scene, c, a := bottling(t, 3)
	if err := open(t).Render(scene, c, a); err != nil {
		t.Fatal(err)
	}
	b := &render.Target{W: c.W, H: c.H, Color: make([]byte, len(a.Color)), Depth: make([]float32, len(a.Depth))}
	if err := new(render.Raster).Render(scene, c, b); err != nil {
		t.Fatal(err)
	}
	far, off := 0, 0
	for i := range a.Depth {
		if d := float64(a.Depth[i] - b.Depth[i]); math.Abs(d) > 0.1 {
			far++
		}
		for k := range 3 {
			if d := int(a.Color[3*i+k]) - int(b.Color[3*i+k]); d < -12 || d > 12 {
				off++
				break
			}
		}
	}
	// Borders fall on one side or the other, and only one of the two smooths them.
	if n := len(a.Depth); far > n/1000 || off > n/20 {
		t.Errorf("of %d pixels %d differ in depth and %d in colour", n, far, off)
	} else {
		t.Logf("of %d pixels %d differ in depth and %d in colour", n, far, off)
	}
}

// datasheet is the reference scenario's camera with the schema's kind of noise of that
// name, a calibrated lens, and depth of its own.
func datasheet(b *testing.B) specs.Camera {
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../../../scenarios/bottling")); err != nil {
		b.Fatal(err)
	}
	const more = `package bottling
cameras: top: {depthMode: "wfov-binned", sim: {noise: "datasheet", k1: 0.0784, k2: -0.1104, k3: 0.0465}}
`
	if err := os.WriteFile(filepath.Join(dir, "more.cue"), []byte(more), 0o644); err != nil {
		b.Fatal(err)
	}
	l, err := specs.Load(dir)
	if err != nil {
		b.Fatal(err)
	}
	return l.Cameras["top"]
}

// The peer draws colour and depth of a pinhole; Sensor gives the same view all that a data
// sheet tells: a lens, a rolling shutter, light, noise, and depth of a time-of-flight camera.
func BenchmarkPeer(b *testing.B) {
	for _, n := range []int{1, 3} {
		scene, c, out := bottling(b, n)
		sheet := datasheet(b)
		seen := scenery.Scene{Extra: scene.Items}
		name := map[int]string{1: "OneBottle", 3: "ThreeBottles"}[n]
		b.Run(name+"/Raster", func(b *testing.B) {
			var r render.Raster
			for b.Loop() {
				if err := r.Render(scene, c, out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/Sensor", func(b *testing.B) {
			s := sensor.New(sheet)
			var f vision.Frame
			for b.Loop() {
				if err := s.Shoot(&seen, c.Pose, 1, &f); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/OpenGL", func(b *testing.B) {
			r := open(b)
			b.Log(r.Name())
			for b.Loop() {
				if err := r.Render(scene, c, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
