package scenes

import (
	"math"
	"math/rand/v2"
)

// Map is a depth image: row y begins at Z[y*Stride]. Its fields are those of depth.Map, so that
// one converts to the other.
type Map struct {
	W, H, Stride int
	Z            []float32
}

func newMap(w, h int) Map { return Map{w, h, w, make([]float32, w*h)} }

// Camera is a pinhole with the faults of time of flight.
type Camera struct {
	W, H           int
	FX, FY, CX, CY float64
	// Noise of a pixel of one frame is Floor + Slope z^2, z in metres: a standard deviation in mm.
	Floor, Slope float64
	// Lost is the share of pixels without depth in a frame, and LostAtEdges that of those at edges.
	Lost, LostAtEdges float64
	// Flying is the share of pixels at edges whose depth lies somewhere between near and far.
	Flying float64
}

// Standard is much like a Femto Bolt that looks at a part of its field of view, with the
// reference line's standard noise.
func Standard() Camera {
	return Camera{W: 400, H: 320, FX: 505, FY: 505, CX: 199.5, CY: 159.5,
		Floor: 0.8, Slope: 1.2, Lost: 0.004, LostAtEdges: 0.2, Flying: 0.6}
}

// Sigma is the noise at a depth in mm.
func (c *Camera) Sigma(z float64) float64 { return c.Floor + c.Slope*z*z*1e-6 }

// edgeStep is what neighbours of one surface differ by at most, in mm.
const edgeStep = 12

// expose takes a frame of what is really there, bias included.
func (c *Camera) expose(truth Map, bias float64, rng *rand.Rand) Map {
	out := newMap(c.W, c.H)
	for y := range c.H {
		for x := range c.W {
			i := y*c.W + x
			z := float64(truth.Z[i])
			if z == 0 {
				continue
			}
			lost := c.Lost
			if lo, hi := around(truth, x, y); hi-lo > edgeStep {
				lost = c.LostAtEdges
				if rng.Float64() < c.Flying {
					z = lo + (hi-lo)*rng.Float64()
				}
			}
			noise := c.Sigma(z) * rng.NormFloat64()
			if rng.Float64() < lost {
				continue
			}
			out.Z[i] = float32(z + bias + noise)
		}
	}
	return out
}

// around is the least and the largest depth of a pixel and its four neighbours.
func around(m Map, x, y int) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, d := range [...][2]int{{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		u, v := x+d[0], y+d[1]
		if u < 0 || v < 0 || u >= m.W || v >= m.H {
			continue
		}
		if z := float64(m.Z[v*m.W+u]); z > 0 {
			lo, hi = min(lo, z), max(hi, z)
		}
	}
	return lo, hi
}
