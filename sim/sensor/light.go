package sensor

import (
	"math"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// light is what happens to the light between the scene and the amplifier's output: the
// lamps' drift and flicker, the lens' vignetting, the gain.
type light struct {
	spec     specs.CameraSim
	exposure time.Duration
	gain     float64
	still    bool     // nothing happens to it
	row      float64  // time from row to row, s
	middle   float64  // the row that is exposed at the frame's instant
	x2, y2   []uint32 // light missing in a column and in a row, 1/fullLight
}

func (l *light) init(c *specs.Camera, k vision.Intrinsics) {
	l.spec, l.exposure = c.Sim, c.Exposure.D()
	l.gain = math.Pow(10, c.Sim.Gain/20)
	if l.spec.Light == 0 {
		l.spec.Light = 1 // a specification that nobody has loaded
	}
	l.still = l.gain == 1 && l.spec.Light == 1 && c.Sim.Vignetting == 0 && c.Sim.Flicker == 0 && c.Sim.Drift == 0
	l.middle = float64(k.H-1) / 2
	if k.H > 1 {
		l.row = c.Sim.Readout.D().Seconds() / float64(k.H-1)
	}
	corner := math.Pow(max(k.CX, float64(k.W-1)-k.CX), 2) + math.Pow(max(k.CY, float64(k.H-1)-k.CY), 2)
	missing := func(n int, c float64) []uint32 {
		m := make([]uint32, n)
		for i := range m {
			m[i] = uint32(math.Floor(fullLight * float64(l.spec.Vignetting) * (float64(i) - c) * (float64(i) - c) / corner))
		}
		return m
	}
	l.x2, l.y2 = missing(k.W, k.CX), missing(k.H, k.CY)
}

// lamps is the light of the lamps over its mean, averaged over an exposure whose middle
// is at t seconds on the line's clock.
func (l *light) lamps(t float64) float64 {
	open := l.exposure.Seconds()
	wave := func(part specs.Ratio, f float64) float64 {
		if part == 0 || f == 0 {
			return 0
		}
		mean := 1.0 // of the wave over the exposure
		if x := math.Pi * f * open; x > 0 {
			mean = math.Sin(x) / x
		}
		// Whole waves make no difference, but would cost digits.
		_, turn := math.Modf(f * t)
		return float64(part) * mean * math.Sin(2*math.Pi*turn)
	}
	slow := 0.0
	if d := l.spec.DriftPeriod.D().Seconds(); d > 0 {
		slow = 1 / d
	}
	return l.spec.Light * (1 + wave(l.spec.Flicker, float64(l.spec.FlickerFrequency))) * (1 + wave(l.spec.Drift, slow))
}

const (
	// lightUnit is a factor of 1, and maxLight the largest, which keeps products within 32
	// bits.
	lightUnit = 1 << 12
	maxLight  = 1 << 20
	// fullLight is all of the light of the optical axis.
	fullLight = 1 << 16
)

// level is what happens to the light of a row.
type level struct {
	still bool     // nothing
	light uint32   // factor at the optical axis, in 1/lightUnit
	whole uint32   // the light that the row's vignetting leaves, in 1/fullLight
	less  []uint32 // and what the columns' takes
}

// level tells what happens to row y of a frame that is exposed at the instant.
func (l *light) level(y int, exposed time.Duration) level {
	if l.still {
		return level{still: true, light: lightUnit, whole: fullLight, less: l.x2}
	}
	g := l.gain * l.lamps(exposed.Seconds()+l.row*(float64(y)-l.middle))
	return level{light: uint32(min(max(math.Round(g*lightUnit), 0), maxLight)), whole: fullLight - l.y2[y], less: l.x2}
}

// apply gives the pixels from the first one on their light.
func (v *level) apply(px []byte, first int) {
	if v.still {
		return
	}
	for x, less := range v.less[first:] {
		f := uint32(uint64(v.whole-less) * uint64(v.light) >> 16)
		p := px[3*(first+x) : 3*(first+x)+3 : 3*(first+x)+3]
		p[0] = byte(min((uint32(p[0])*f+lightUnit/2)/lightUnit, 255))
		p[1] = byte(min((uint32(p[1])*f+lightUnit/2)/lightUnit, 255))
		p[2] = byte(min((uint32(p[2])*f+lightUnit/2)/lightUnit, 255))
	}
}
