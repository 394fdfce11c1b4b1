package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/rogpeppe/go-internal/testscript"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/cloud"
)

// scriptCaptures writes what a depth camera with noise of 0.3 mm saw of a part with four hills, 600 mm away:
//
//	shot1.npz ... shot5.npz    the part
//	bump.npz, bump.png         with a bump of 5 mm, 20 x 10 pixels at (70, 50); the image in units of 0.1 mm
//	gone.npz                   without depth in a fifth of the pixels
//	dark.npz                   without depth anywhere
//	small.npz                  the upper half of the picture
//	other.npz, other.png       another camera's, another size
//	turned.ply                 the part, as another camera saw it: turned by 20 degrees
//	flat.npz                   a flat belt
func scriptCaptures(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 0, "captures")
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func() float64 { return 0.3 * rng.NormFloat64() }
	for i := range 5 {
		ts.Check(shotOf(hills, noise).Save(ts.MkAbs(fmt.Sprintf("shot%d.npz", i+1))))
	}
	ts.Check(shotOf(func(float64, float64) float64 { return 0 }, noise).Save(ts.MkAbs("flat.npz")))
	bump := shotOf(hills, noise)
	for y := 50; y < 60; y++ {
		for x := 70; x < 90; x++ {
			bump.Depth.Z[160*y+x] -= 5
		}
	}
	ts.Check(bump.Save(ts.MkAbs("bump.npz")))
	ts.Check(capture.SaveDepthPNG(ts.MkAbs("bump.png"), bump.Depth, 0.1))
	gone := shotOf(hills, noise)
	clear(gone.Depth.Z[:160*24])
	ts.Check(gone.Save(ts.MkAbs("gone.npz")))
	dark := shotOf(hills, noise)
	clear(dark.Depth.Z)
	ts.Check(dark.Save(ts.MkAbs("dark.npz")))
	small := shotOf(hills, noise)
	small.Depth.Z, small.Depth.H, small.DepthK.H = small.Depth.Z[:160*60], 60, 60
	ts.Check(small.Save(ts.MkAbs("small.npz")))
	other := shotOf(hills, noise)
	other.DepthK.FX += 3
	ts.Check(other.Save(ts.MkAbs("other.npz")))
	ts.Check(capture.SaveDepthPNG(ts.MkAbs("other.png"), align.Depth{W: 2, H: 2, Z: []float32{1, 2, 3, 4}}, 1))
	turned, err := cloud.FromCapture(shotOf(hills, noise))
	ts.Check(err)
	middle := kinematics.Translation(0, 0, 0.6)
	turned.Move(middle.Mul(kinematics.FromRPY([3]float64{0.01, 0, 0}, [3]float64{0, 0, math.Pi / 9})).Mul(middle.Inverse()))
	ts.Check(cloud.SavePLY(ts.MkAbs("turned.ply"), turned, cloud.Text))
}

// hills is the height of a part without symmetry, in millimetres.
func hills(x, y float64) float64 {
	hill := func(cx, cy, h, s float64) float64 {
		return h * math.Exp(-((x-cx)*(x-cx)+(y-cy)*(y-cy))/(2*s*s))
	}
	return hill(-90, -60, 50, 40) + hill(75, -70, 36, 30) + hill(90, 65, 60, 45) + hill(-100, 70, 24, 30)
}

// shotOf is a capture of 160 x 120 pixels of a surface above a belt.
func shotOf(height func(x, y float64) float64, noise func() float64) *capture.Capture {
	k := align.Camera{W: 160, H: 120, FX: 200, FY: 200, CX: 79.5, CY: 59.5}
	ck := align.Camera{W: 200, H: 150, FX: 240, FY: 240, CX: 99.5, CY: 74.5, K1: 0.05}
	c := &capture.Capture{
		Depth: align.Depth{W: k.W, H: k.H, Z: make([]float32, k.W*k.H)}, DepthK: k,
		Color: align.Image{W: ck.W, H: ck.H, Pix: make([]byte, 3*ck.W*ck.H)}, ColorK: ck,
		DepthInColor: kinematics.Translation(-0.02, 0, 0), Pose: kinematics.Identity(),
		Meta: capture.Meta{Camera: "top", Serial: "7", Frames: 1},
	}
	for i := range c.Color.Pix {
		c.Color.Pix[i] = byte(60 * (i%3 + 1))
	}
	for i := range c.Depth.Z {
		rx, ry := (float64(i%k.W)-k.CX)/k.FX, (float64(i/k.W)-k.CY)/k.FY
		z := 600.0
		for range 20 { // where the ray meets the surface
			z = 600 - height(rx*z, ry*z)
		}
		c.Depth.Z[i] = float32(z + noise())
	}
	return c
}
