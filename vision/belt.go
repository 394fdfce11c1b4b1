package vision

import "math"

// A depth camera has a systematic error of some millimetres, which would move
// the bottle towards the camera or away from it, and everything on it up or
// down. The belt in front of the bottle has a known place, and what is measured
// there beyond it is the error: taken off, it cancels.

// The strip of belt that serves as the reference, in millimetres before the
// nominal front face.
const (
	beltFrom = slackY + 4
	beltTo   = beltFrom + 26
)

// maxBias is the largest systematic error that is believed, in millimetres.
const maxBias = 20

// beltPixel is a pixel that sees the belt, and the depth at which it should.
type beltPixel struct {
	at   int // in the frame's depth
	want float32
}

// maxReference bounds the work: the median of this many is exact enough.
const maxReference = 4000

func (in *Inspector) beltPixels() []beltPixel {
	var all []beltPixel
	v, s := &in.view, in.shape
	w := in.roi.X1 - in.roi.X0
	for i := 0; i < len(in.rays); i += 3 {
		dx, dy, dz := float64(in.rays[i]), float64(in.rays[i+1]), float64(in.rays[i+2])
		if dz > -0.05 {
			continue // along the belt: the slightest tilt would change everything
		}
		t := -v.c[2] / dz
		x, y := v.c[0]+t*dx, v.c[1]+t*dy
		if math.Abs(x) < s.width/2 && y < -s.depth/2-beltFrom && y > -s.depth/2-beltTo {
			px := i / 3
			at := (in.roi.Y0+px/w)*in.cfg.K.W + in.roi.X0 + px%w
			all = append(all, beltPixel{at, float32(t)})
		}
	}
	step := len(all)/maxReference + 1
	few := all[:0:0]
	for i := 0; i < len(all); i += step {
		few = append(few, all[i])
	}
	return few
}

// bias is the systematic error of the depth in millimetres: the median, to 0.1 mm,
// over the belt's pixels. It is false when too little of the belt is seen, or when
// what is seen does not agree with itself.
func (in *Inspector) bias(z []float32) (float64, bool) {
	const perMM, bins = 10, 2 * maxBias * 10
	var count [bins]int
	n := 0
	for _, p := range in.reference {
		d := z[p.at]
		if !(d > 0) {
			continue
		}
		if b := int(math.Floor(float64(d-p.want)*perMM)) + bins/2; b >= 0 && b < bins {
			count[b]++
			n++
		}
	}
	if n < 200 || n < len(in.reference)/2 {
		return 0, false
	}
	quantile := func(q float64) float64 {
		rest := q * float64(n)
		for b, c := range count {
			if rest -= float64(c); rest < 0 {
				return (float64(b-bins/2) + 1 + rest/float64(max(c, 1))) / perMM
			}
		}
		return maxBias
	}
	if quantile(0.75)-quantile(0.25) > 8 {
		return 0, false
	}
	return quantile(0.5), true
}
