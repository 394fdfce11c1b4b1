package sensor

import (
	"bytes"
	"math/rand/v2"
	"testing"

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
