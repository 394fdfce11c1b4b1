package sensor

import "math"

// drawSystematic draws what is constantly wrong with the depth of one camera, each part
// within its bound.
func (t *tof) drawSystematic(unit uint64) {
	s := &t.spec
	state := stream(unit, -1)
	next := func() float64 { // -1 to 1
		state += weyl
		return float64(draw(state)>>11)/(1<<52) - 1
	}
	bias := float64(s.Bias) * 1000 * next()
	t.meter.scale = float32(float64(s.Scale) * next())
	// At least half of a wave's bound.
	wiggle, phase := float64(s.Wiggle)*1000*(0.75+0.25*next()), math.Pi*next()
	for i := range t.meter.wave {
		t.meter.wave[i] = float32(wiggle * math.Sin(2*math.Pi*float64(i)/waveSteps+phase))
	}
	// A few slow waves over the picture, whose amplitudes make up the bound.
	type wave struct{ u, v, phase, amplitude float64 }
	var waves [3]wave
	for i := range waves {
		waves[i] = wave{u: 2.5 * next(), v: 2.5 * next(), phase: math.Pi * next(), amplitude: float64(s.Pattern) * 1000 / float64(len(waves))}
	}
	w, h := t.k.W, t.k.H
	t.fixed = make([]float32, w*h)
	for y := range h {
		for x := range w {
			sum := bias
			for _, p := range waves {
				sum += p.amplitude * math.Sin(math.Pi*(p.u*float64(x)/float64(w)+p.v*float64(y)/float64(h))+p.phase)
			}
			t.fixed[y*w+x] = float32(sum)
		}
	}
}
