package qr

import "math"

// locator turns finders into grids.
type locator struct {
	frames frameSearch
	marks  []mark
	grid   grid
	best   [2]sizeGuess
}

// sizeGuess is a number of modules and how well the timing patterns bear it out.
type sizeGuess struct {
	n     int
	score float64
}

// In how many directions a frame is tried before a finder is held for none, or before its frame
// that fits well is held for the only one.
const (
	mostFailures = 24
	mostDoubts   = 6
	sureFit      = 0.8
)

// frame gives the finder's frame with the axes nearest to x and y, fitting it where it was not.
func (l *locator) frame(f *finder, x, y Point, pyr *pyramid, w *work) (frame, bool) {
	x, y = x.unit(), y.unit()
	most, near := mostFailures, false
	var kept frame
	if f.framed {
		kept = f.frame.turned(x, y)
		dx, dy := kept.x.unit().dot(x), kept.y.unit().dot(y)
		if dx > 0.97 && dy > 0.9 {
			return kept, true
		}
		near = dx > 0.85 && dy > 0.6
		if f.frame.fit >= sureFit {
			most = mostDoubts
		}
	}
	if f.failed >= most || f.tried.have(x, y) {
		return kept, near
	}
	f.tried.add(x, y)
	fit, ok := l.frames.fitFrame(pyr.fit(f.module, w), f.c, f.module, x, y, w)
	if !ok {
		f.failed++
		return kept, near
	}
	if near && kept.fit > fit.fit {
		return kept, true
	}
	if !f.framed || fit.fit > f.frame.fit {
		f.frame, f.framed = fit, true
	}
	return fit, true
}

// directions is a set of pairs of directions, each to a few degrees and either way.
type directions [directionBins * directionBins / 64]uint64

const directionBins = 24

func (d *directions) have(x, y Point) bool {
	k := pairBin(x, y)
	return d[k/64]>>(k%64)&1 == 1
}

func (d *directions) add(x, y Point) {
	k := pairBin(x, y)
	d[k/64] |= 1 << (k % 64)
}

func pairBin(x, y Point) int {
	bin := func(p Point) int {
		return int((math.Atan2(p.Y, p.X)/math.Pi+1)*directionBins) % directionBins
	}
	return bin(x)*directionBins + bin(y)
}

// corners adds the corners of a finder whose first module is at (u, v) to the marks.
func (l *locator) corners(f *frame, u, v float64) {
	for _, d := range [5][2]float64{{0, 0}, {-3.5, -3.5}, {3.5, -3.5}, {3.5, 3.5}, {-3.5, 3.5}} {
		l.marks = append(l.marks, mark{u + 3.5 + d[0], v + 3.5 + d[1], f.at(d[0], d[1]), 1})
	}
}

// corner is one of the three places of a finder.
type corner struct {
	frame frame
	right bool // at the right end
	below bool // at the lower end
}

// plane fits a flat grid of n modules to finders.
func (l *locator) plane(g *grid, n int, of []corner) bool {
	g.n = n
	l.marks = l.marks[:0]
	for i := range of {
		c := &of[i]
		u, v := 0.0, 0.0
		if c.right {
			u = float64(n - 7)
		}
		if c.below {
			v = float64(n - 7)
		}
		l.corners(&c.frame, u, v)
	}
	return g.fitPlane(l.marks)
}

// sizes finds the likeliest numbers of modules for finders that are about modules apart, by
// the timing patterns.
func (l *locator) sizes(of []corner, modules float64, p *plane, w *work) []sizeGuess {
	version := int(math.Round((modules + 7 - 17) / 4))
	reach := 1
	if version > 8 {
		reach = 2
	}
	if version > 20 {
		reach = 3
	}
	found := l.best[:0]
	for v := max(version-reach, 1); v <= min(version+reach, maxVersion); v++ {
		n := side(v)
		if !l.plane(&l.grid, n, of) {
			continue
		}
		w.spend(600 + 14*n)
		s := timing(&l.grid, p) - 0.03*math.Abs(float64(n)-modules-7)/float64(reach)
		switch {
		case len(found) == 0 || len(found) == 1 && s <= found[0].score:
			found = append(found, sizeGuess{n, s})
		case len(found) == 1:
			found = append(found, found[0])
			found[0] = sizeGuess{n, s}
		case s > found[0].score:
			found[1], found[0] = found[0], sizeGuess{n, s}
		case s > found[1].score:
			found[1] = sizeGuess{n, s}
		}
	}
	return found
}

// timing tells how much the rows between the finders alternate: 1 for a perfect pattern. The
// better of the two counts most, as one may be hidden.
func timing(g *grid, p *plane) float64 {
	a, b := alternation(g, p, true), alternation(g, p, false)
	return 0.7*math.Max(a, b) + 0.3*math.Min(a, b)
}

// alternation is how much one of the two timing patterns alternates.
func alternation(g *grid, p *plane, row bool) float64 {
	sum, all := 0.0, 0.0
	walkTiming(g, p, row, func(d float64) {
		sum += d
		all += math.Abs(d)
	})
	// A little noise must not look like a pattern.
	return sum / (all + 2*float64(g.n-16))
}

// walkTiming goes along a timing pattern, from the second module to the last but one, and tells for
// each by how much it differs from the mean of its two neighbours in the way it must: so light
// that falls off does not count.
func walkTiming(g *grid, p *plane, row bool, see func(d float64)) {
	before, here := 0.0, 0.0
	for i := 7; i < g.n-6; i++ {
		u, v := float64(i)+0.5, 6.5
		if !row {
			u, v = v, u
		}
		next := p.at(g.at(u, v))
		if i >= 9 {
			d := (before+next)/2 - here
			if i%2 == 0 { // the one before i is light
				d = -d
			}
			see(d)
		}
		before, here = here, next
	}
}

// doubt is the part of the modules that are wrong among those next to the finders, which are
// light, and those of the timing patterns. It costs little, and wrong grids have about
// half of them wrong.
func doubt(g *grid, p *plane, of []corner) float64 {
	wrong, all := 0, 0
	for i := range of {
		c := &of[i]
		dark, light := 0.0, 0.0
		for _, d := range [4]Point{{1, 0}, {0, 1}, {-1, 0}, {0, -1}} {
			dark += p.at(c.frame.at(0.7*d.X, 0.7*d.Y))
			light += p.at(c.frame.at(2*d.X, 2*d.Y))
		}
		mid := (dark + light) / 8
		// The side and the row or column next to the finder, towards the middle of the code.
		u, v := 7.5, 7.5
		if c.right {
			u = float64(g.n) - 7.5
		}
		if c.below {
			v = float64(g.n) - 7.5
		}
		for k := range 8 {
			along := float64(k) + 0.5
			a, b := along, along
			if c.right {
				a = float64(g.n) - along
			}
			if c.below {
				b = float64(g.n) - along
			}
			all += 2
			if p.at(g.at(u, b)) < mid {
				wrong++
			}
			if p.at(g.at(a, v)) < mid {
				wrong++
			}
		}
	}
	for _, row := range [2]bool{true, false} {
		walkTiming(g, p, row, func(d float64) {
			all++
			if d <= 0 {
				wrong++
			}
		})
	}
	return float64(wrong) / float64(all)
}
