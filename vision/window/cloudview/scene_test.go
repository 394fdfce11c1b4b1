package cloudview

import (
	"math"
	"testing"

	"linetwin.dev/vision/window"
)

// scene is a cloud as a camera sees it, 1 m away: a table, on it a ball and a box, with
// what the table deviates from a flat one.
func scene(n int) Cloud {
	c := Cloud{Name: "table.ply"}
	side := int(math.Sqrt(float64(n)))
	for r := range n / side {
		for s := range side {
			x, y := 600*(float64(s)/float64(side)-0.5), 450*(float64(r)/float64(side)-0.5)
			z := 1000 - 0.25*y
			wave := 2 * math.Sin(x/40) * math.Cos(y/50)
			col, dev := [3]byte{150, 140, 125}, wave
			if int(math.Floor(x/50)+math.Floor(y/50))&1 == 0 {
				col = [3]byte{176, 165, 148}
			}
			if d := (x+120)*(x+120) + y*y; d < 80*80 {
				z -= 60 + math.Sqrt(80*80-d)
				col, dev = [3]byte{70, 130, 200}, 0.3
			} else if x > 60 && x < 200 && y > -90 && y < 60 {
				z -= 90
				col, dev = [3]byte{205, 105, 70}, math.NaN()
			} else {
				z += wave
			}
			c.XYZ = append(c.XYZ, float32(x*z/1000), float32(y*z/1000), float32(z))
			c.RGB = append(c.RGB, col[:]...)
			c.Deviation = append(c.Deviation, float32(dev))
		}
	}
	return c
}

// BenchmarkAMillionPoints measures a frame of a cloud that turns, in a window of 1280 x 800.
// A peer is a graphics card, which is not counted on; llvmpipe draws in software as this
// does.
func BenchmarkAMillionPoints(b *testing.B) {
	v, err := New(scene(1_000_000))
	if err != nil {
		b.Fatal(err)
	}
	c := window.NewCanvas(1280, 800, 1)
	v.Handle(window.Resized{W: 1280, H: 800, Scale: 1})
	v.Draw(c)
	b.ReportAllocs()
	for b.Loop() {
		v.camera.turn(3, 0)
		v.Draw(c)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}
