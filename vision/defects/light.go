package defects

import (
	"math"
	"slices"
)

// curve is how a channel of a picture follows from the good one's: at (x, y) from -1 to 1 over its longer side
//
//	C' = C (p0 + p1 x + p2 y + p3 x^2 + p4 x y + p5 y^2) + p6 C^2/255 + p7 C^3/255^2 + p8 + p9 x + p10 y
//
// which takes in exposure, a lamp that moved, shade, vignetting, stray light, gamma, and white balance as each
// channel has its own. Nothing in it is local: a stain is no light.
type curve [unknowns]float64

// light has a curve for red, green and blue, or, where there is no colour, one for grey in the place of each.
type light [3]curve

// weights of red, green and blue in luma.
var weights = [3]float64{0.299, 0.587, 0.114}

// patch is the mean of 4 x 4 pixels of both pictures.
type patch struct {
	x, y       float64    // from -1 to 1
	got, want  [3]float64 // red, green and blue
	confidence float64
}

const mostPatches = 3000

// patches are spread evenly over what both pictures have. Chroma is left out where it is nil.
func patches(got, want *[3]plane, class []byte, coloured bool) []patch {
	w, h := got[0].w, got[0].h
	cols, rows := w/4, h/4
	hop := 1
	for (cols/hop)*(rows/hop) > mostPatches {
		hop++
	}
	s := float64(max(w, h)) / 2
	list := make([]patch, 0, (cols/hop+1)*(rows/hop+1))
	for j := hop / 2; j < rows; j += hop {
	next:
		for i := hop / 2; i < cols; i += hop {
			busy := 0
			for y := 4 * j; y < 4*j+4; y++ {
				for _, c := range class[y*w+4*i:][:4] {
					if c == outside {
						continue next
					}
					busy += int(c)
				}
			}
			p := patch{x: (float64(4*i+2) - float64(w)/2) / s, y: (float64(4*j+2) - float64(h)/2) / s}
			p.got, p.want = mix(got, 4*i, 4*j, coloured), mix(want, 4*i, 4*j, coloured)
			p.confidence = 1 / (2 + 0.15*classLevel(busy/16))
			list = append(list, p)
		}
	}
	return list
}

// mix is the mean red, green and blue of 4 x 4 pixels.
func mix(p *[3]plane, x, y int, coloured bool) [3]float64 {
	luma := mean(&p[0], x, y, 4)
	if !coloured || x/2+2 > p[1].w || y/2+2 > p[1].h {
		return [3]float64{luma, luma, luma}
	}
	u, v := mean(&p[1], x/2, y/2, 2), mean(&p[2], x/2, y/2, 2)
	return [3]float64{luma + u, luma - (weights[0]*u+weights[2]*v)/weights[1], luma + v}
}

func mean(p *plane, x, y, n int) float64 {
	var s float32
	for r := y; r < y+n; r++ {
		for _, v := range p.row(r)[x:][:n] {
			s += v
		}
	}
	return float64(s) / float64(n*n)
}

// terms is what a curve's parameters multiply.
func terms(c, x, y float64) [unknowns]float64 {
	return [unknowns]float64{c, c * x, c * y, c * x * x, c * x * y, c * y * y, c * c / 255, c * c * c / (255 * 255), 1, x, y}
}

// loose is how far a curve's parameters are expected from no change; what many patches say counts more.
var loose = [unknowns]float64{1, 0.3, 0.3, 0.15, 0.15, 0.15, 0.3, 0.3, 40, 10, 10}

// tells is the confidence from which a patch is of one tone.
const tells = 0.35

// fitLight finds the light that most patches agree with, and whether what is white or black in the good picture is
// as white or black as it looks, and not cut off.
func fitLight(list []patch, coloured bool, t team) (l light, whole bool) {
	channels := 1
	if coloured {
		channels = 3
	}
	var cut [3]bool
	t.each(channels, func(k int) {
		samples, ends := make([]sample, 0, len(list)), make([]sample, 0, len(list))
		calm := 0
		for i := range list {
			p := &list[i]
			// What is cut off at white tells no more than that the light suffices for it, at black, that it does not.
			s := sample{terms(p.want[k], p.x, p.y), p.got[k], p.confidence, p.got[k] > 247, p.got[k] <= 2}
			if p.want[k] < 252 && p.got[k] > 2 {
				samples = append(samples, s)
				if s.confidence > tells {
					calm++
				}
			} else {
				ends = append(ends, s)
			}
		}
		l[k] = fitCurve(samples)
		cut[k] = true
		if len(ends)*50 < len(samples) {
			return
		}
		// White paper is where most of a page is. Where it is taken for as bright as it looks and the other patches
		// agree, it is.
		all := fitCurve(append(ends, samples...))
		a, b := [unknowns]float64(l[k]), [unknowns]float64(all)
		scale := 2 * median(samples, &a)
		// Where nothing but edges is neither white nor black, these tell more of where they are than of light.
		if calm < 3*unknowns || misfits(samples, &b, scale) <= 1.1*misfits(samples, &a, scale)+0.01*float64(len(samples)) {
			l[k], cut[k] = all, false
		}
	})
	if !coloured {
		l[1], l[2] = l[0], l[0]
	}
	return l, !cut[0] && !cut[channels-1] && !cut[channels/2]
}

// parts of a picture in which a fit may begin: all of it, its rim, and its halves. In one of them what is
// defective is the lesser part, even if it is a third of the picture.
var parts = []func(x, y float64) bool{
	func(x, y float64) bool { return true },
	func(x, y float64) bool { return max(math.Abs(x), math.Abs(y)) > 0.55 },
	func(x, y float64) bool { return x < 0 },
	func(x, y float64) bool { return x >= 0 },
	func(x, y float64) bool { return y < 0 },
	func(x, y float64) bool { return y >= 0 },
}

// fitCurve begins in each part with an exposure and an offset alone, as these cannot be led far astray, adds the
// larger terms, and then fits all to the whole picture. The fit with the most samples close to it is the one,
// or the one without a tone curve if that is as good.
func fitCurve(samples []sample) curve {
	few := [unknowns]float64{0: loose[0], 8: loose[8]}
	some := few
	some[1], some[2], some[6] = loose[1], loose[2], loose[6]
	start := [unknowns]float64{1}
	thin := make([]sample, 0, len(samples)/4+1)
	for i := 0; i < len(samples); i += 4 {
		thin = append(thin, samples[i])
	}
	var fits [][unknowns]float64
	close := math.Inf(1)
	piece := make([]sample, 0, len(thin))
	for _, in := range parts {
		piece = piece[:0]
		for i := range thin {
			if in(thin[i].terms[9], thin[i].terms[10]) {
				piece = append(piece, thin[i])
			}
		}
		if len(piece) < 3*unknowns {
			continue
		}
		p := regress(piece, start, start, few, 4, keep)
		p = regress(piece, start, p, some, 3, strictly)
		p = regress(thin, start, p, loose, 3, strictly)
		fits = append(fits, p)
		close = min(close, median(thin, &p))
	}
	if len(fits) == 0 {
		return regress(samples, start, start, few, 6, keep)
	}
	best, least := 0, math.Inf(1)
	for i := range fits {
		sum := misfits(thin, &fits[i], 2*close)
		// The first is the one that saw most.
		if sum < 0.97*least {
			best, least = i, sum
		}
	}
	full := regress(samples, start, fits[best], loose, 3, strictly)
	if median(samples, &full) > roundedOff {
		return regress(samples, start, full, loose, 4, within)
	}
	// In clear pictures the fit follows what rounding left, and a tone curve that smooth parts alone told of leads far
	// astray in tones that these do not have. Where a gain and an offset explain as much, there is no tone curve.
	straight := loose
	straight[6], straight[7] = 0, 0
	plain := regress(samples, start, full, straight, 4, strictly)
	if misfits(samples, &plain, 3*roundedOff) <= 1.05*misfits(samples, &full, 3*roundedOff)+0.01*float64(len(samples)) {
		return plain
	}
	return full
}

// roundedOff is how far samples of a clear picture are off, in units of what is expected.
const roundedOff = 0.22

// misfits is the sum of the squares that samples are off, in units of a scale, each up to three of them.
func misfits(list []sample, p *[unknowns]float64, scale float64) (sum float64) {
	for i := range list {
		sum += min(sq(list[i].rest(p)/scale), 9)
	}
	return sum
}

// median of the amounts that samples are off.
func median(list []sample, p *[unknowns]float64) float64 {
	amounts := make([]float64, 0, len(list))
	for i := range list {
		if r := list[i].rest(p); !list[i].content(r) {
			amounts = append(amounts, math.Abs(r))
		}
	}
	if len(amounts) == 0 {
		return 0.2
	}
	slices.Sort(amounts)
	return max(1.4826*amounts[len(amounts)/2], 0.2)
}

// rest is how far a sample is off, in units of what is expected.
func (s *sample) rest(p *[unknowns]float64) float64 {
	r := s.value
	for k, t := range s.terms {
		r -= t * p[k]
	}
	if s.atLeast && r < 0 || s.atMost && r > 0 {
		return 0
	}
	return r * s.confidence
}

// sample is what parameters multiply, what should come of it, and how much that counts.
type sample struct {
	terms      [unknowns]float64
	value      float64
	confidence float64
	atLeast    bool // the value may be more
	atMost     bool // the value may be less
}

// content tells whether a sample asks no more of parameters with which it is off by an amount.
func (s *sample) content(rest float64) bool { return (s.atLeast || s.atMost) && rest == 0 }

// The scale in grey levels that what no light explains is told from it by at least, for regress. No gamma is quite a
// cubic, and in a picture without noise a tone that few samples have would else be lost.
const (
	keep     = 0.0 // nothing is left out
	strictly = 0.1
	within   = 3.0
)

// regress finds parameters by weighted least squares, over again with the weights that the residuals
// earn: those of the least sum of amounts, or of Tukey's biweight, by which what is far off does not count.
func regress(list []sample, prior, p, loose [unknowns]float64, rounds int, cut float64) [unknowns]float64 {
	rest := make([]float64, len(list))
	order := make([]float64, 0, len(list))
	for range rounds {
		order = order[:0]
		for i := range list {
			rest[i] = list[i].rest(&p)
			if !list[i].content(rest[i]) {
				order = append(order, math.Abs(rest[i]))
			}
		}
		if len(order) == 0 {
			return p
		}
		slices.Sort(order)
		spread := max(1.4826*order[len(order)/2], 0.2)
		var a [unknowns * unknowns]float64
		var b [unknowns]float64
		for k := range unknowns {
			w := 1 / sq(max(loose[k], 1e-6))
			a[(unknowns+1)*k] = max(w, 1e-6)
			b[k] = w * prior[k]
		}
		for i := range list {
			w := 1 / max(math.Abs(rest[i])/spread, 0.5)
			if cut > 0 {
				w = sq(max(1-sq(rest[i]/(3.5*max(spread, cut*list[i].confidence))), 0))
			}
			if w == 0 || list[i].content(rest[i]) {
				continue
			}
			w *= sq(list[i].confidence)
			t, v := &list[i].terms, list[i].value
			for j := range unknowns {
				wj := w * t[j]
				if wj == 0 {
					continue
				}
				for k := 0; k <= j; k++ {
					a[unknowns*j+k] += wj * t[k]
				}
				b[j] += wj * v
			}
		}
		if !solve(&a, &b, unknowns) {
			return p
		}
		p = b
	}
	return p
}
