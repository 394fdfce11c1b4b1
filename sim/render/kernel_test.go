package render

import (
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
