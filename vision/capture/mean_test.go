package capture

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// shot is a capture of a plane at 800 mm with noise of sigma, which is threefold in the right half.
func shot(rng *rand.Rand, sigma float64) *Capture {
	const w, h = 64, 48
	c := &Capture{Depth: align.Depth{W: w, H: h, Z: make([]float32, w*h)},
		DepthK: align.Camera{W: w, H: h, FX: 100, FY: 100}, DepthInColor: kinematics.Identity(), Pose: kinematics.Identity()}
	for i := range c.Depth.Z {
		s := sigma
		if i%w >= w/2 {
			s *= 3
		}
		c.Depth.Z[i] = float32(800 + s*rng.NormFloat64())
	}
	return c
}

func TestATemplateIsTheMeanAndItsToleranceLetsTheNextCapturePass(t *testing.T) {
	const n, sigma = 30, 0.5
	rng := rand.New(rand.NewPCG(3, 4))
	var m Mean
	for range n {
		c := shot(rng, sigma)
		c.Depth.Z[5], c.Depth.Z[70] = 0, float32(math.NaN())
		if err := m.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	c, err := m.Template(Limits{Least: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if c.Meta.Frames != n || math.Abs(c.Meta.Noise-sigma*math.Sqrt(5)) > 0.05 {
		t.Errorf("%d frames with noise of %g", c.Meta.Frames, c.Meta.Noise)
	}
	if c.Mask[5] != 0 || c.Depth.Z[5] != 0 || c.Mask[70] != 0 || c.Mask[71] == 0 {
		t.Error("a pixel without depth is in the template, or one with depth is not")
	}
	var worst float64
	next, out := shot(rng, sigma), [2]int{}
	for i, z := range c.Depth.Z {
		if c.Mask[i] == 0 {
			continue
		}
		worst = max(worst, math.Abs(float64(z)-800))
		if off := next.Depth.Z[i] - z; off < -c.Near[i] || off > c.Far[i] {
			out[i%64/32]++
		}
	}
	// 5 sigma of the mean. Beyond 4 sigma of 1536 pixels lie 0.1, and some more as sigmas are estimates.
	if limit := 5 * 3 * sigma / math.Sqrt(n); worst > limit {
		t.Errorf("the mean is off by %g mm, more than %g", worst, limit)
	}
	if out[0] > 3 || out[1] > 3 {
		t.Errorf("%v good pixels are out of tolerance", out)
	}
	if l, r := mean(c.Near, 0), mean(c.Near, 32); r < 2*l {
		t.Errorf("tolerances of %g and %g mm where noise is threefold", l, r)
	}
}

func mean(v []float32, from int) float32 {
	sum := float32(0)
	for y := range 48 {
		for x := range 32 {
			sum += v[64*y+from+x]
		}
	}
	return sum / (48 * 32)
}

func TestTwoCapturesGiveNoPixelAToleranceOfNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var m Mean
	a, b := shot(rng, 0.5), shot(rng, 0.5)
	b.Depth.Z[9] = a.Depth.Z[9]
	for _, c := range []*Capture{a, b} {
		if err := m.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	c, err := m.Template(Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Near[9] < 2 {
		t.Errorf("a tolerance of %g mm", c.Near[9])
	}
}

func TestAMeanRefusesWhatDoesNotBelongTogether(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var m Mean
	if _, err := m.Template(Limits{}); err == nil {
		t.Error("a template of nothing")
	}
	if err := m.Add(shot(rng, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Template(Limits{}); err == nil || !strings.HasPrefix(err.Error(), "a mean of 1 captures") {
		t.Error(err)
	}
	for want, change := range map[string]func(*Capture){
		"it has 32 x 96 pixels, and the first capture 64 x 48":                                  func(c *Capture) { c.Depth.W, c.Depth.H, c.DepthK.W, c.DepthK.H = 32, 96, 32, 96 },
		"its calibration is not that of the first capture; a mean takes captures of one camera": func(c *Capture) { c.DepthK.FX++ },
		"the camera stood elsewhere than at the first capture":                                  func(c *Capture) { c.Posed = true },
	} {
		c := shot(rng, 1)
		change(c)
		if err := m.Add(c); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := m.Template(Limits{}); err == nil {
		t.Error("a refused capture counted")
	}
}
