package sensor

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

func TestVectorsBendTheSameImage(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	defer func() { vector = true }()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, w := range []int{3, 9, 10, 18, 97, 640} {
		k := vision.Pinhole(w, 7, 1.2)
		k.K1, k.P1 = 0.08, 0.002
		l, err := newLens(k, field{}, false)
		if err != nil {
			t.Fatal(err)
		}
		var light light
		light.init(&specs.Camera{Sim: specs.CameraSim{Vignetting: 0.3, Gain: 3, Flicker: 0.1, FlickerFrequency: 100}}, k)
		src := make([]byte, l.pixels())
		for i := range src {
			src[i] = byte(rnd.Uint32())
			if rnd.IntN(3) == 0 {
				src[i] = 255
			}
		}
		var got [2][]byte
		for i, on := range []bool{false, true} {
			vector = on
			got[i] = bytes.Repeat([]byte{99}, 3*w*8) // a row more, to see what is written there
			for y := range k.H {
				l.color(got[i][3*w*y:3*w*(y+1)], src, y, light.level(y, 12345))
			}
		}
		if !bytes.Equal(got[0], got[1]) {
			t.Errorf("%d pixels a row: the images differ", w)
		}
	}
}

func TestVectorsAddTheSameNoise(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	defer func() { vector = true }()
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, c := range []specs.CameraSim{{ReadNoise: 1, ShotNoise: 0.12}, {ReadNoise: 60, ShotNoise: 4}, {ShotNoise: 0.01}} {
		var n noise
		n.init(&specs.Camera{Sim: c}, 1.5, 800)
		for _, w := range []int{1, 7, 8, 63, 64, 65, 80, 1280} {
			src := make([]byte, 3*w)
			for i := range src {
				src[i] = byte(rnd.Uint32())
			}
			var got [2][]byte
			for i, on := range []bool{false, true} {
				vector = on
				buffer := append(slices.Clone(src), 99, 99, 99, 99, 99, 99, 99, 99)
				n.colorRow(buffer[:3*w], 5, w, false)
				got[i] = buffer
			}
			if !bytes.Equal(got[0], got[1]) {
				t.Errorf("%d pixels with read-out noise of %g: the noise differs", w, c.ReadNoise)
			}
		}
	}
}

// TestVectorsMeasureTheSameDepth shows a depth camera noise for a scene: every pixel is an
// edge, or is none; shines, or does not.
func TestVectorsMeasureTheSameDepth(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	defer func() { vector = true }()
	sheet := specs.ToFSim{
		Sigma: 0.017, ReadShare: 0.5, Bias: 0.005, Scale: 0.001, Wiggle: 0.003, WigglePeriod: 0.187, Pattern: 0.003,
		Flying: 1, EdgeLoss: 0.3, Multipath: 1, LeastSignal: 0.4, Saturation: 0.8, Step: 0.001,
	}
	points := sheet
	points.Flying, points.Step, points.Saturation = 0, 0, 0
	direct := sheet
	direct.Multipath, direct.Flying = 0, 0.5
	for name, s := range map[string]specs.ToFSim{"as on the sheet": sheet, "points": points, "direct": direct, "ideal": {}} {
		for _, mode := range []string{"nfov-binned", "wfov-binned"} {
			s.K1, s.K2, s.K3, s.K4, s.K5, s.K6 = 8.690, 4.468, 0.1729, 9.017, 7.379, 1.056
			c := specs.Camera{Model: "femto-bolt", Width: 64, Height: 36, FOV: 1.4, Depth: true, DepthMode: mode,
				Exposure: specs.Duration(time.Millisecond), Sim: specs.CameraSim{ToF: s}}
			d, err := newToF(c, 3)
			if err != nil {
				t.Fatal(err)
			}
			crowd(d, rand.New(rand.NewPCG(5, 6)))
			var got [2]vision.Frame
			for i, on := range []bool{false, true} {
				vector = on
				n := d.k.W * d.k.H
				got[i].Depth.Z, got[i].Confidence = make([]float32, n), make([]byte, n)
				d.frame, d.seed = &got[i], 7
				for piece := range d.sights {
					d.finish(0, piece)
				}
			}
			some := 0
			for i, z := range got[0].Depth.Z {
				if z > 0 {
					some++
				}
				if z != got[1].Depth.Z[i] || got[0].Confidence[i] != got[1].Confidence[i] {
					t.Fatalf("%s, %s: pixel %d is at %g mm with confidence %d, with vectors at %g with %d", name, mode, i,
						z, got[0].Confidence[i], got[1].Depth.Z[i], got[1].Confidence[i])
				}
			}
			if n := len(got[0].Depth.Z); some < n/5 || some == n {
				t.Errorf("%s, %s: %d of %d pixels have a depth, which shows little", name, mode, some, n)
			}
		}
	}
}

// crowd fills the flat image with pieces of surfaces, and works out the multipath between them.
func crowd(d *tof, rnd *rand.Rand) {
	f := &d.flat
	for y := range f.H {
		for x := 0; x < f.W; {
			iz, slope := 0.2+4*rnd.Float32(), 0.01*(rnd.Float32()-0.5)
			if rnd.IntN(8) == 0 {
				iz, slope = 0, 0
			}
			white, gloss, shine := byte(rnd.Uint32()), byte(rnd.Uint32()), byte(rnd.IntN(50))
			if rnd.IntN(2) == 0 {
				gloss = 0
			}
			facing := (0.3 + 0.7*rnd.Float32()) / max(iz, 0.1)
			for range 1 + rnd.IntN(40) {
				if x == f.W {
					break
				}
				i := y*f.W + x
				f.Inverse[i], f.Facing[i] = iz, facing
				copy(f.Color[3*i:], []byte{white, gloss, shine})
				iz *= 1 + slope
				x++
			}
		}
		// Mostly as the row before, so that there are surfaces.
		if y%8 != 0 {
			w := f.W
			copy(f.Inverse[y*w:(y+1)*w], f.Inverse[(y-1)*w:y*w])
			copy(f.Facing[y*w:(y+1)*w], f.Facing[(y-1)*w:y*w])
			copy(f.Color[3*y*w:3*(y+1)*w], f.Color[3*(y-1)*w:3*y*w])
		}
	}
	if d.meter.multi != nil {
		d.multi.gather(d)
	}
}
