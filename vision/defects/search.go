package defects

import "math"

// searcher finds guesses at the motion between two pictures that may be far apart: by the magnitudes of
// their spectra, which do not change with a shift, in polar coordinates with a logarithmic radius, where a
// turn and a scale become a shift (Reddy and Chatterji).
type searcher struct {
	*fourier
	t       team
	picture spectrum // transform of the picture
	good    spectrum
	polar   spectrum // transform of the picture's spectrum in polar coordinates
	work    spectrum
}

func newSearcher(t team) *searcher {
	const n = fourierSide * fourierSide
	return &searcher{
		fourier: newFourier(), t: t,
		picture: make(spectrum, n), good: make(spectrum, n), polar: make(spectrum, n), work: make(spectrum, n),
	}
}

// The polar grid: rows are angles over half a turn, columns the logarithm of the radius.
const (
	innerRadius = 3.0
	outerRadius = 120.0
)

var radiusStep = math.Log(outerRadius/innerRadius) / fourierSide

// place puts a plane that m takes the square's pixels to into a square: less its mean, fading out
// towards the plane's borders, 0 beyond.
func (s *searcher) place(dst spectrum, p *plane, m motion) {
	const n = fourierSide
	sum := 0.0
	for _, v := range p.pix {
		sum += float64(v)
	}
	mean := float32(sum / float64(len(p.pix)))
	fade := func(n int) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = math.Sin(math.Pi * (float64(i) + 0.5) / float64(n))
		}
		return w
	}
	fx, fy := fade(p.w), fade(p.h)
	s.t.rows(n, func(_, r0, r1 int) {
		for y := r0; y < r1; y++ {
			for x := range n {
				u, v := m.at(float64(x), float64(y))
				iu, iv := int(math.Floor(u)), int(math.Floor(v))
				if iu < 0 || iv < 0 || iu+1 >= p.w || iv+1 >= p.h {
					dst[y*n+x] = 0
					continue
				}
				a, b := float32(u-float64(iu)), float32(v-float64(iv))
				q := p.pix[iv*p.w+iu:]
				top := q[0] + a*(q[1]-q[0])
				low := q[p.w] + a*(q[p.w+1]-q[p.w])
				dst[y*n+x] = complex(float64(top+b*(low-top)-mean)*fx[iu]*fy[iv], 0)
			}
		}
	})
}

// centred takes a square's pixels to those of a plane in its middle.
func centred(p *plane) motion {
	return motion{1, 0, float64(p.w-fourierSide) / 2, 0, 1, float64(p.h-fourierSide) / 2, 0, 0, 1}
}

// turned is the square about its middle turned by an angle and scaled.
func turned(angle, scale float64) motion {
	const c = (fourierSide - 1) / 2.0
	sin, cos := math.Sincos(angle)
	a, b := scale*cos, scale*sin
	return motion{a, -b, c - a*c + b*c, b, a, c - b*c - a*c, 0, 0, 1}
}

// load takes the two planes, each at most fourierSide a side.
func (s *searcher) load(picture *plane) {
	s.place(s.picture, picture, centred(picture))
	s.forward(s.picture, s.t)
}

// shifts are guesses at the motion from the picture's plane to the good one's, given how it turns and scales.
func (s *searcher) shifts(picture, good *plane, angle, scale float64, count int) []motion {
	turn := turned(angle, scale)
	s.place(s.good, good, centred(good).after(turn))
	s.forward(s.good, s.t)
	copy(s.work, s.picture)
	whiten(s.work, s.good, s.t)
	s.back(s.work, s.t)
	var found []motion
	for _, p := range s.work.peaks(count, 3) {
		m := centred(good).after(turn).after(motion{1, 0, -p.x, 0, 1, -p.y, 0, 0, 1}).after(centred(picture).inverse())
		found = append(found, m)
	}
	return found
}

// turns are guesses at angle and scale.
func (s *searcher) turns(good *plane, count int) [][2]float64 {
	s.magnitudes(s.polar, s.picture)
	s.place(s.good, good, centred(good))
	s.forward(s.good, s.t)
	s.magnitudes(s.work, s.good)
	s.forward(s.polar, s.t)
	s.forward(s.work, s.t)
	whiten(s.polar, s.work, s.t)
	s.back(s.polar, s.t)
	var found [][2]float64
	for _, p := range s.polar.peaks(count, 3) {
		scale := math.Exp(p.x * radiusStep)
		if scale < 0.25 || scale > 4 {
			continue
		}
		found = append(found, [2]float64{-p.y * math.Pi / fourierSide, scale})
	}
	return found
}

// magnitudes gives a transform's magnitudes in polar coordinates.
func (s *searcher) magnitudes(dst, src spectrum) {
	const n = fourierSide
	s.t.rows(n, func(_, r0, r1 int) {
		for r := r0; r < r1; r++ {
			// src has rows and columns swapped: its rows are horizontal frequencies.
			sin, cos := math.Sincos(math.Pi * float64(r) / n)
			for c := range n {
				radius := innerRadius * math.Exp(float64(c)*radiusStep)
				x, y := radius*cos, radius*sin
				ix, iy := int(math.Floor(x)), int(math.Floor(y))
				a, b := x-float64(ix), y-float64(iy)
				at := func(i, j int) float64 {
					v := src[(i&(n-1))*n+j&(n-1)]
					return math.Hypot(real(v), imag(v))
				}
				m := (1-a)*((1-b)*at(ix, iy)+b*at(ix, iy+1)) + a*((1-b)*at(ix+1, iy)+b*at(ix+1, iy+1))
				dst[r*n+c] = complex(math.Log(1+m)*math.Sin(math.Pi*float64(c)/n), 0)
			}
		}
	})
	// Less its mean for each radius: what remains is what turns.
	for c := range n {
		sum := 0.0
		for r := range n {
			sum += real(dst[r*n+c])
		}
		for r := range n {
			dst[r*n+c] -= complex(sum/n, 0)
		}
	}
}
