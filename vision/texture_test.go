package vision

import "math/rand/v2"

// texture is smooth noise: neighbours are alike, far pixels are not.
func texture(w, h int, seed uint64) Gray {
	rng := rand.New(rand.NewPCG(seed, 1))
	g := newGray(w, h, nil)
	for i := range g.Pix {
		g.Pix[i] = byte(rng.Uint32())
	}
	g = g.smooth().smooth().smooth()
	for i, p := range g.Pix {
		g.Pix[i] = byte(min(max((int(p)-128)*3+128, 0), 255))
	}
	return g
}
