//go:build egl && cgo

package egl

import (
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
)

// bottling is the view of the inspection camera in the reference scenario.
func bottling(t testing.TB, bottles int) (*render.Scene, render.Camera, *render.Target) {
	dir := t.TempDir()
	for _, name := range []string{"label.png", "wrong.png"} {
		img := image.NewRGBA(image.Rect(0, 0, 600, 400))
		for i := range img.Pix {
			img.Pix[i] = byte(i / 40 * 7)
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
	kit, err := scenery.NewKit(specs.Product{
		Body:  specs.Body{Width: 0.08, Depth: 0.06, Height: 0.15, Color: specs.Color{R: 0xd9, G: 0xe4, B: 0xea}},
		Cap:   specs.Cap{Radius: 0.019, Height: 0.018, Color: specs.Color{R: 0xf4, G: 0xf4, B: 0xf4}, Marker: specs.Marker{Dictionary: "4x4_50", ID: 7, Size: 0.02}},
		Label: specs.Label{Artwork: "label.png", WrongArtwork: "wrong.png", Width: 0.06, Height: 0.04, At: 0.105},
		QR:    specs.QR{Prefix: "LT", Size: 0.04, At: 0.052},
	}, dir)
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

func BenchmarkPeer(b *testing.B) {
	for _, n := range []int{1, 3} {
		scene, c, out := bottling(b, n)
		name := map[int]string{1: "OneBottle", 3: "ThreeBottles"}[n]
		b.Run(name+"/Raster", func(b *testing.B) {
			var r render.Raster
			for b.Loop() {
				if err := r.Render(scene, c, out); err != nil {
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
