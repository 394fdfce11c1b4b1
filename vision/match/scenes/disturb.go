package scenes

import (
	"math"

	"linetwin.dev/vision/match"
)

// disturb does to a picture what lens, light and sensor do.
func (m *maker) disturb(category Category) {
	noise := 2.0
	switch category {
	case Noise:
		noise = 5 + 15*m.rng.Float64()
	case Blur:
		m.blur(0.7 + 1.3*m.rng.Float64())
	case Light:
		m.light(0.4+m.rng.Float64(), 0.4)
	case Mixed:
		m.blur(0.3 + 0.7*m.rng.Float64())
		m.light(0.6+0.6*m.rng.Float64(), 0.2)
		noise = 2 + 6*m.rng.Float64()
	}
	for i := range m.v {
		m.v[i] += float32(noise * m.rng.NormFloat64())
	}
}

// blur smooths with a Gaussian of some sigma, in pixels.
func (m *maker) blur(sigma float64) {
	reach := int(math.Ceil(3 * sigma))
	k := make([]float32, 2*reach+1)
	sum := 0.0
	for i := range k {
		d := float64(i-reach) / sigma
		k[i] = float32(math.Exp(-d * d / 2))
		sum += float64(k[i])
	}
	for i := range k {
		k[i] /= float32(sum)
	}
	out := make([]float32, len(m.v))
	for pass := range 2 {
		for y := range m.h {
			for x := range m.w {
				var v float32
				for i, w := range k {
					xx, yy := x, y
					if pass == 0 {
						xx = min(max(x+i-reach, 0), m.w-1)
					} else {
						yy = min(max(y+i-reach, 0), m.h-1)
					}
					v += w * m.v[yy*m.w+xx]
				}
				out[y*m.w+x] = v
			}
		}
		m.v, out = out, m.v
	}
}

// light multiplies by a gain, with a slope across the picture, about a grey level that moves.
func (m *maker) light(gain, slope float64) {
	sin, cos := math.Sincos(2 * math.Pi * m.rng.Float64())
	offset := 128 + 40*(m.rng.Float64()-0.5)
	slope *= m.rng.Float64()
	for y := range m.h {
		for x := range m.w {
			at := &m.v[y*m.w+x]
			d := (cos*(float64(x)/float64(m.w)-0.5) + sin*(float64(y)/float64(m.h)-0.5)) * slope
			*at = float32((float64(*at)-128)*gain*(1+d) + offset + 60*d)
		}
	}
}

func (m *maker) quantize() match.Image {
	g := match.Image{W: m.w, H: m.h, Stride: m.w, Pix: make([]byte, m.w*m.h)}
	for i, v := range m.v {
		g.Pix[i] = byte(min(max(v+0.5, 0), 255))
	}
	return g
}
