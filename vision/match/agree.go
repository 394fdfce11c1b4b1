package match

import (
	"math"
	"slices"
)

// verdict is what a fit says about a place.
type verdict struct {
	score       float64 // share of the template that agrees, times its correlation squared
	agreed      float64 // share of its area that agrees
	correlation float64 // of the part that agrees
	gain        float64
	offset      float64
}

// mostNoise is the most noise that is believed, in parts of the template's own contrast: at a wrong
// place the residuals are as large as that.
const mostNoise = 0.5

// mostLight is how far a cell's light may be from that of the others, in the same parts.
const mostLight = 0.6

// judge tells which cells agree, from the sums of the last look. An image that is noisy or dim
// lets no cell correlate well, so the noise is estimated first: as that below which three in
// ten cells' residuals lie, which holds until more than 70 % are covered.
//
// A cell with contrast agrees where it correlates nearly as well as that noise lets it, in about
// the light of the others. One
// without, or with less than the noise, agrees where its residuals are about the noise.
// Afterwards agree[c] is the correlation of cell c, or -2 where it does not agree; the weights
// are 1 for the cells that agree.
func (f *fitter) judge(s *samples, agree *[mostCells]float64) verdict {
	f.weigh(s)
	gain, offset, _ := f.light()
	total, inside := 0.0, 0
	var residual, sorted [mostCells]float64
	for c := range s.cells {
		total += s.cells[c].s.n
		if f.cells[c].inside {
			residual[c] = s.cells[c].residual(&f.cells[c], gain, offset)
			sorted[inside] = residual[c]
			inside++
		}
	}
	if inside == 0 || gain <= 0 || total == 0 {
		for c := range s.cells {
			f.weight[c], agree[c] = 0, -2
		}
		return verdict{}
	}
	slices.Sort(sorted[:inside])
	noise := max(min(sorted[inside*3/10], mostNoise*gain*s.sigma), 2)
	agreed := 0.0
	for c := range s.cells {
		k, m := &s.cells[c], &f.cells[c]
		f.weight[c], agree[c] = 0, -2
		if !m.inside {
			continue
		}
		contrast := gain * math.Sqrt(max(k.s.tt/k.s.n-k.s.t*k.s.t/(k.s.n*k.s.n), 0))
		expect := contrast / math.Hypot(contrast, noise)
		cor := k.correlation(m)
		if expect > 0.6 && cor > 0.6*expect && residual[c] <= noise+mostLight*gain*s.sigma ||
			expect <= 0.6 && residual[c] <= 1.6*noise {
			f.weight[c], agree[c] = 1, cor
			agreed += k.s.n
		}
	}
	f.join(s)
	gain, offset, correlation := f.light()
	v := verdict{agreed: agreed / total, correlation: correlation, gain: gain, offset: offset}
	if v.score = v.agreed * correlation * correlation; gain <= 0 {
		v.score = 0
	}
	return v
}
