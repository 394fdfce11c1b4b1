package match

import (
	"cmp"
	"math"
	"slices"
)

// How much worse than the best a place may look and still be fitted, where one match is wanted.
const (
	worthFit  = 0.55 // by its directions
	worthFull = 0.8  // by its fit at half size
)

// fitAll fits the candidates, at half size where there is one, and the good ones at full size.
func (s *Searcher) fitAll() {
	for i := range s.targets {
		g := &s.targets[i]
		g.half = g.half[:0]
		for _, c := range g.c {
			if len(g.half) == cap(g.half) || s.opts.Max == 1 && c.score < worthFit*g.c[0].score {
				break
			}
			g.half = append(g.half, fitted{candidate: c})
		}
	}
	for s.level = 1; s.level >= 0; s.level-- {
		s.jobs = s.jobs[:0]
		for i := range s.targets {
			g := &s.targets[i]
			if s.level > g.t.fitFrom {
				continue
			}
			worth := 0.0
			if s.level < g.t.fitFrom && len(g.half) > 0 {
				if worth = worthFull * g.least; s.opts.Max == 1 {
					worth = max(worthFull*g.half[0].verdict.score, worth)
				}
			}
			for k := range g.half {
				if g.half[k].full = s.level == 0 && (k == 0 || g.half[k].verdict.score >= worth); g.half[k].full || s.level == 1 {
					s.jobs = append(s.jobs, job{i, k})
				}
			}
		}
		s.parallel(len(s.jobs), s.fitTask)
		for i := range s.targets {
			slices.SortFunc(s.targets[i].half, bestFit)
		}
	}
}

func bestFit(a, b fitted) int {
	return cmp.Or(cmp.Compare(b.verdict.score, a.verdict.score), better(a.candidate, b.candidate))
}

func (s *Searcher) fit(w *worker, i int) {
	j := s.jobs[i]
	g := &s.targets[j.target]
	g.fit(&w.fit, &g.half[j.index], s.pyr.level[s.level], s.level)
}

// Looks at an image until a fit ends, and how far its last step may move, in pixels.
const (
	mostLooks = 8
	settled   = 0.01
)

// fit moves a place to where the template agrees best. A fit that runs away is taken back.
func (g *target) fit(f *fitter, p *fitted, m Image, level int) {
	start, at := p.pose, p.pose
	samples := &g.t.samples[level]
	size := float64(int(1) << level)
	for range mostLooks - 1 {
		f.look(samples, m, level, at)
		f.weigh(samples)
		moved, ok := f.step(g.t, level, &at)
		at.angle, at.scale = g.t.admit(at.angle, at.scale)
		if !ok || math.Hypot(at.x-start.x, at.y-start.y) > 4*size {
			at = start
			f.look(samples, m, level, at)
			break
		}
		if moved < settled {
			break // what moves less does not change the sums by anything that counts
		}
	}
	p.pose = at
	p.verdict = f.judge(samples, &p.agree)
}

// conclude decides which of the fitted places are matches.
func (s *Searcher) conclude() {
	r := &s.result
	r.Matches, r.Rejected, s.cells = r.Matches[:0], r.Rejected[:0], s.cells[:0]
	for i := range s.targets {
		g := &s.targets[i]
		first := len(r.Matches)
		var next *fitted
		for k := range g.half {
			p := &g.half[k]
			if slices.ContainsFunc(g.half[:k], func(o fitted) bool { return same(o.pose, p.pose, 2, 0.1, 0.1) }) {
				continue // found twice
			}
			reason := Reason(0)
			switch {
			case p.verdict.score < g.least:
				reason = LowScore
			case s.overlapped(g, p, r.Matches[first:]):
				reason = Overlaps
			case len(r.Matches)-first == s.opts.Max || !p.full:
				reason = BeyondMax
			}
			if reason == 0 {
				r.Matches = append(r.Matches, s.match(i, p))
				continue
			}
			if next == nil && reason != Overlaps {
				next = p
			}
			r.Rejected = append(r.Rejected, Rejected{
				i, p.x, p.y, degrees(p.angle), p.scale, p.verdict.score, reason,
			})
		}
		for k := first; k < len(r.Matches) && next != nil; k++ {
			m := &r.Matches[k]
			m.Next, m.NextAt = next.verdict.score, math.Hypot(next.x-m.X, next.y-m.Y)
		}
	}
	slices.SortStableFunc(r.Matches, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	slices.SortStableFunc(r.Rejected, func(a, b Rejected) int { return cmp.Compare(b.Score, a.Score) })
}

func (s *Searcher) match(i int, p *fitted) Match {
	t := s.targets[i].t
	n := t.nx * t.ny
	if cap(s.cells)-len(s.cells) < n { // what was given out keeps its memory
		s.cells = make([]float64, 0, 2*cap(s.cells)+mostCells)
	}
	from := len(s.cells)
	s.cells = append(s.cells, p.agree[:n]...)
	return Match{
		Template: i, X: p.x, Y: p.y, Angle: degrees(p.angle), Scale: p.scale,
		Score: p.verdict.score, Correlation: p.verdict.correlation, Agreed: p.verdict.agreed,
		Gain: p.verdict.gain, Offset: p.verdict.offset,
		Corners: t.corners(p.pose), Cells: s.cells[from:len(s.cells):len(s.cells)], Across: t.nx, Down: t.ny,
	}
}

// degrees of an angle in radians, from -180 to 180.
func degrees(a float64) float64 { return math.Remainder(a*180/math.Pi, 360) }

// overlapped tells whether a place has too much of its area in common with a match.
func (s *Searcher) overlapped(g *target, p *fitted, matches []Match) bool {
	c := g.t.corners(p.pose)
	own := area(c[:])
	for i := range matches {
		m := &matches[i]
		reach := math.Hypot(float64(g.t.w), float64(g.t.h)) * (p.scale + m.Scale) / 2
		if math.Hypot(m.X-p.x, m.Y-p.y) < reach && common(c, m.Corners) > s.opts.MaxOverlap*own {
			return true
		}
	}
	return false
}

// area of a polygon whose corners go clockwise as seen.
func area(c []Point) float64 {
	a := 0.0
	for i, p := range c {
		q := c[(i+1)%len(c)]
		a += p.X*q.Y - q.X*p.Y
	}
	return a / 2
}

// common is the area that two rectangles have in common: one is cut along each side of the other
// (Sutherland and Hodgman, Reentrant polygon clipping, 1974).
func common(a, b [4]Point) float64 {
	var space [2][12]Point
	in := append(space[0][:0], a[:]...)
	for i, p := range b {
		q := b[(i+1)%4]
		side := func(r Point) float64 { return (q.X-p.X)*(r.Y-p.Y) - (q.Y-p.Y)*(r.X-p.X) }
		out := space[(i+1)%2][:0]
		for k, r := range in {
			n := in[(k+1)%len(in)]
			sr, sn := side(r), side(n)
			if sr >= 0 {
				out = append(out, r)
			}
			if sr >= 0 != (sn >= 0) {
				u := sr / (sr - sn)
				out = append(out, Point{r.X + u*(n.X-r.X), r.Y + u*(n.Y-r.Y)})
			}
		}
		in = out
	}
	return area(in)
}
