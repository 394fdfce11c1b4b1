package roughness

import "math"

// gaussian is the Gaussian filter of ISO 16610-21 on evenly spaced samples: a mean over a window
// of one cutoff to either side, with the weights of a bell curve that passes half of a wave whose
// length is the cutoff. What lies beyond the window would weigh 3e-7 in all.
//
// The mean is taken meanSteps times in a cutoff, and in between by cubics through four of them,
// so that a sample costs the same at any spacing. Of no wave does that miss more than 3e-6: short
// ones are not in the mean, and of those that are a cubic does not see the bends that it lacks.
type gaussian struct {
	weights []float64
	// ring holds the last samples twice, len(weights) apart, so that the window is one piece.
	ring  []float64
	at    int
	count int

	step  int        // samples from one mean to the next
	phase int        // samples since the last one
	means [4]float64 // the last ones
	known int        // of them
}

const meanSteps = 64

// alpha is the width of the bell curve in cutoffs: sqrt(ln 2 / pi).
var alpha = math.Sqrt(math.Ln2 / math.Pi)

// newGaussian makes a filter whose cutoff is a number of samples, at least 1.
func newGaussian(cutoff float64) gaussian {
	half := int(math.Ceil(cutoff * (1 - 1e-12))) // 100 um by 1 um is 100, whatever the rounding
	n := 2*half + 1
	g := gaussian{weights: make([]float64, n), ring: make([]float64, 2*n), step: max(half/meanSteps, 1)}
	sum := 0.
	for i := range g.weights {
		x := float64(i-half) / (alpha * cutoff)
		g.weights[i] = math.Exp(-math.Pi * x * x)
		sum += g.weights[i]
	}
	for i := range g.weights {
		g.weights[i] /= sum
	}
	return g
}

func (g *gaussian) reset() { g.at, g.count, g.phase, g.known = 0, 0, 0, 0 }

// add a sample. Once there are enough it returns an earlier one, and the mean there.
func (g *gaussian) add(z float64) (sample, mean float64, ok bool) {
	n := len(g.weights)
	g.ring[g.at], g.ring[g.at+n] = z, z
	g.at++
	if g.at == n {
		g.at = 0
	}
	if g.count < n {
		g.count++
		if g.count < n {
			return 0, 0, false
		}
	}
	window := g.ring[g.at : g.at+n]
	if g.step == 1 {
		return window[n/2], g.mean(window), true
	}
	if g.phase == 0 {
		g.means = [4]float64{g.means[1], g.means[2], g.means[3], g.mean(window)}
		g.known = min(g.known+1, 4)
	}
	t := float64(g.phase) / float64(g.step)
	if g.phase++; g.phase == g.step {
		g.phase = 0
	}
	if g.known < 4 {
		return 0, 0, false
	}
	// Between the second and the third mean; the middle of the window was at the fourth when
	// that was taken.
	return window[n/2-2*g.step], cubic(&g.means, t), true
}

// mean of a window.
func (g *gaussian) mean(window []float64) float64 {
	// Of what samples are above the middle one, so that a profile far from 0 loses no digits;
	// in four sums, so that additions need not wait for each other.
	middle := window[len(window)/2]
	var a, b, c, d float64
	w, v := g.weights, window[:len(g.weights)]
	for len(w) >= 4 && len(v) >= 4 {
		a += w[0] * (v[0] - middle)
		b += w[1] * (v[1] - middle)
		c += w[2] * (v[2] - middle)
		d += w[3] * (v[3] - middle)
		w, v = w[4:], v[4:]
	}
	for i := range w {
		a += w[i] * (v[i] - middle)
	}
	return middle + ((a + b) + (c + d))
}

// cubic is the curve of third degree through values at -1, 0, 1 and 2, at t.
func cubic(v *[4]float64, t float64) float64 {
	p, q, r := v[0]-v[1], v[2]-v[1], v[3]-v[1]
	return v[1] + t*((t-1)*((2-t)*p+(t+1)*r)/6+(t+1)*(2-t)*q/2)
}
