package cloud

import (
	"math"
	"math/rand/v2"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// bolt is much like the depth camera of a Femto Bolt, with fewer pixels: published figures of one camera.
func bolt(w, h int) align.Camera {
	f := 505.28 * float64(w) / 1024
	return align.Camera{W: w, H: h, FX: f, FY: f, CX: float64(w-1)/2 + 1.25, CY: float64(h-1)/2 - 0.75,
		K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056, P1: 1e-4, P2: -5e-5}
}

// surface is the height z of a part above the plane z = 0, in millimetres, at x, y.
type surface func(x, y float64) float64

// part is one without symmetry: hills of different size on a plate that is bent.
func part(x, y float64) float64 {
	hill := func(cx, cy, h, s float64) float64 {
		dx, dy := x-cx, y-cy
		return h * math.Exp(-(dx*dx+dy*dy)/(2*s*s))
	}
	return hill(-30, -20, 25, 14) + hill(25, -30, 18, 10) + hill(30, 28, 30, 18) + hill(-35, 35, 12, 12) + 0.0015*x*x
}

func flat(float64, float64) float64 { return 0 }

// dome is a cap of a sphere of 80 mm.
func dome(x, y float64) float64 { return math.Sqrt(max(80*80-x*x-y*y, 0)) }

// gutter is a part of a cylinder along x.
func gutter(_, y float64) float64 { return math.Sqrt(max(80*80-y*y, 0)) }

// four looks the same after a quarter of a turn.
func four(x, y float64) float64 {
	return 20*math.Exp(-((math.Abs(x)-30)*(math.Abs(x)-30)+(math.Abs(y)-30)*(math.Abs(y)-30))/200) + 0.002*(x*x+y*y)
}

// points samples a surface over 120 x 120 mm at random places, with noise along z, in a frame that looks down
// on it from 500 mm.
func points(s surface, n int, sigma float64, seed uint64) *Cloud {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := &Cloud{}
	for range n {
		x, y := 120*rng.Float64()-60, 120*rng.Float64()-60
		z := 500 - s(x, y) + sigma*rng.NormFloat64()
		c.X, c.Y, c.Z = append(c.X, float32(x)), append(c.Y, float32(y)), append(c.Z, float32(z))
	}
	return c
}

// off is how far a pose is from the truth at the centre of the scene: mm and degrees.
func off(got, truth kinematics.Pose) (mm, deg float64) {
	d := got.Mul(truth.Inverse())
	centre := [3]float64{0, 0, 0.5}
	moved := d.Apply(centre)
	w := d.Log().Angular()
	return 1000 * norm(minus(moved, centre)), norm(w) * 180 / math.Pi
}

// moved is a cloud in other places.
func moved(c *Cloud, p kinematics.Pose) *Cloud {
	out := &Cloud{X: append([]float32(nil), c.X...), Y: append([]float32(nil), c.Y...), Z: append([]float32(nil), c.Z...)}
	out.Move(p)
	return out
}

// about is a turn by rpy about the centre of the scene, and a shift in mm.
func about(shift, rpy [3]float64) kinematics.Pose {
	return kinematics.Translation(shift[0]/1000, shift[1]/1000, 0.5+shift[2]/1000).Mul(kinematics.FromRPY([3]float64{}, rpy)).Mul(kinematics.Translation(0, 0, -0.5))
}
