package render

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestVectorsFindTheSamePixelsNearer(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	defer func() { vector = true }()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n := 1 + rnd.IntN(90)
		var iz [2][]float32
		var ids [2][]uint32
		for range n {
			iz[0], ids[0] = append(iz[0], rnd.Float32()), append(ids[0], rnd.Uint32())
		}
		iz[1], ids[1] = slices.Clone(iz[0]), slices.Clone(ids[0])
		z0, dz := rnd.Float32(), (rnd.Float32()-0.5)/50
		iz[0][n/2], iz[1][n/2] = z0+dz*float32(n/2), z0+dz*float32(n/2) // equal is not nearer
		for i, on := range []bool{false, true} {
			vector = on
			nearer(iz[i], ids[i], z0, dz, 7)
		}
		if !slices.Equal(iz[0], iz[1]) || !slices.Equal(ids[0], ids[1]) {
			t.Fatalf("%d pixels from %g by %g differ", n, z0, dz)
		}
	}
}

func TestVectorsWrapTheSameTexture(t *testing.T) {
	if !vector {
		t.Skip("this processor has no AVX2")
	}
	defer func() { vector = true }()
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		w, h := 1<<rnd.IntN(7), 1<<rnd.IntN(7)
		rgb := make([]byte, 3*w*h)
		for i := range rgb {
			rgb[i] = byte(rnd.Uint32() | rnd.Uint32())
		}
		tex, err := NewTexture(w, h, rgb, true)
		if err != nil {
			t.Fatal(err)
		}
		some := func(size float32) float32 { return (rnd.Float32() - 0.5) * size }
		a := texel{u: some(4e5), du: some(3e3), v: some(4e5), dv: some(3e3), l: some(2e3), dl: some(30), flat: some(500)}
		iz := make([]float32, 1+rnd.IntN(chunk))
		for i := range iz {
			iz[i] = 0.2 + rnd.Float32()
		}
		var got [2][]byte
		for i, on := range []bool{false, true} {
			vector = on
			got[i] = bytes.Repeat([]byte{99}, 3*chunk+8)
			wrappedRun(got[i][:3*len(iz)], iz, &tex.levels[0], &a)
		}
		if !bytes.Equal(got[0], got[1]) {
			t.Fatalf("%d pixels of a texture of %dx%d differ", len(iz), w, h)
		}
	}
}
