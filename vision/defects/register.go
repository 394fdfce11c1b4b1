package defects

import "math"

// standard is a good picture made ready: its halvings and, in each, the blocks that tell where it lies.
type standard struct {
	colour
	spots [][]spot
	tough [][]byte  // for each level the activity of its pixels; made when needed
	slack [3][]byte // how far good pictures differ from their mean in each channel; nil: one picture
}

const mostSpots = 420

func (s *standard) prepare(t team) {
	s.spots = make([][]spot, len(s.y))
	t.each(len(s.y), func(l int) { s.spots[l] = spots(&s.y[l], mostSpots) })
}

// fit is how a picture lies on the good one.
type fit struct {
	m      motion // from the picture's pixels to the good one's
	bent   *field // on top of it, in pixels of the finest level that both have; nil: none
	alike  float64
	inside float64
	seen   int
	score  float64
}

// pair is a picture and a good one at a level of each.
type pair struct {
	picture, good *plane
	spots         []spot
	a, b          int // how often each was halved
}

// register finds the motion from a picture to a good one.
type register struct {
	t        team
	search   *searcher // made when first needed
	readings []reading
}

// offsets is how much further than the other each picture is halved so that both are equally fine.
func offsets(m motion, w, h int) (picture, good int) {
	s := math.Log2(m.scale(float64(w)/2, float64(h)/2))
	n := int(math.Round(s))
	return max(-n, 0), max(n, 0)
}

// level pairs a level of the finer comparison, counted from the finest that both have.
func level(c *colour, g *standard, m motion, l int) (pair, bool) {
	oa, ob := offsets(m, c.y[0].w, c.y[0].h)
	a, b := l+oa, l+ob
	if a >= len(c.y) || b >= len(g.y) {
		return pair{}, false
	}
	return pair{&c.y[a], &g.y[b], g.spots[b], a, b}, true
}

// look reads all blocks of a level; on top of the motion the picture may be bent, which is for level 0.
func (r *register) look(p pair, m motion, bent *field) []reading {
	if cap(r.readings) < len(p.spots) {
		r.readings = make([]reading, len(p.spots))
	}
	all := r.readings[:len(p.spots)]
	lm := m.halved(p.a, p.b)
	back := lm.inverse()
	const batch = 16
	r.t.each((len(all)+batch-1)/batch, func(i int) {
		for k := i * batch; k < min((i+1)*batch, len(all)); k++ {
			own := lm
			if bent != nil {
				x, y := back.at(float64(p.spots[k].x), float64(p.spots[k].y))
				dx, dy := bent.at(x, y)
				own = lm.after(motion{1, 0, dx, 0, 1, dy, 0, 0, 1})
			}
			all[k] = read(p.picture, p.good, own, back, p.spots[k])
		}
	})
	return all
}

// refine moves a motion until the blocks of a level agree, in at most so many steps.
func (r *register) refine(p pair, m motion, freedom, steps int) motion {
	lm := m.halved(p.a, p.b)
	for range steps {
		all := r.look(p, m, nil)
		n := 0
		for i := range all {
			if all[i].weight() > 0 {
				n++
			}
		}
		free := freedom
		switch {
		case n < 3:
			return m
		case n < 6:
			free = 2
		case n < 12:
			free = min(free, 4)
		case n < 30:
			free = min(free, 6)
		}
		d, far := step(all, p.picture.w, p.picture.h, free)
		next := lm.after(d)
		full := unhalved(next, p.a, p.b)
		if !full.sane(p.picture.w<<p.a, p.picture.h<<p.a) {
			return m
		}
		lm, m = next, full
		if far < 0.02 {
			return m
		}
	}
	return m
}

// unhalved undoes halved.
func unhalved(m motion, a, b int) motion {
	s, t := float64(int(1)<<a), float64(int(1)<<b)
	up := motion{t, 0, (t - 1) / 2, 0, t, (t - 1) / 2, 0, 0, 1}
	down := motion{1 / s, 0, (1/s - 1) / 2, 0, 1 / s, (1/s - 1) / 2, 0, 0, 1}
	return up.after(m.after(down))
}

// judge tells how well a motion fits at a level.
func (r *register) judge(c *colour, g *standard, m motion, l int) fit {
	p, ok := level(c, g, m, l)
	if !ok {
		return fit{m: m}
	}
	f := fit{m: m}
	f.alike, f.inside, f.seen = agreement(r.look(p, m, nil))
	s := m.scale(float64(c.y[0].w)/2, float64(c.y[0].h)/2)
	most := min(1, float64(c.y[0].w*c.y[0].h)*s*s/float64(g.y[0].w*g.y[0].h))
	f.score = f.alike * math.Sqrt(min(1, f.inside/max(most, 0.02)/0.8))
	if f.seen < 3 {
		f.score = min(f.score, 0.2)
	}
	return f
}

// guess tries a motion at a coarse level.
func (r *register) guess(c *colour, g *standard, m motion, l int) fit {
	p, ok := level(c, g, m, l)
	if !ok {
		return fit{m: m}
	}
	return r.judge(c, g, r.refine(p, m, 4, 8), l)
}

// coarse is the level at which pictures are searched for each other.
func coarse(c *colour, g *standard) int {
	l := 0
	for max(c.y[l].w, c.y[l].h, g.y[l].w, g.y[l].h) > fourierSide && l+1 < min(len(c.y), len(g.y)) {
		l++
	}
	return l
}

// Scores from which no further guesses are tried.
const (
	surely  = 0.85
	clearly = 0.7
	hardly  = 0.25 // what is below is chance: the picture is taken to lie as the good one does
)

// find gives the best motion that it finds, cheap guesses first.
func (r *register) find(c *colour, g *standard) fit {
	l := coarse(c, g)
	best := r.guess(c, g, still, l)
	consider := func(m motion) {
		// What is as it was is preferred to what moved and fits hardly better.
		if f := r.guess(c, g, m, l); f.score > best.score+0.02 {
			best = f
		}
	}
	w, h := float64(c.y[0].w), float64(c.y[0].h)
	zx, zy := float64(g.y[0].w)/w, float64(g.y[0].h)/h
	resized := zx != 1 && zy != 1 && math.Abs(math.Log(zx/zy)) < 0.05
	if best.score < surely && resized {
		consider(motion{zx, 0, (zx - 1) / 2, 0, zy, (zy - 1) / 2, 0, 0, 1})
	}
	picture, good := &c.y[l], &g.y[l]
	if best.score < surely && max(picture.w, picture.h, good.w, good.h) <= fourierSide {
		if r.search == nil {
			r.search = newSearcher(r.t)
		}
		r.search.load(picture)
		full := func(m motion) motion { return unhalved(m, l, l) }
		for _, m := range r.search.shifts(picture, good, 0, 1, 3) {
			consider(full(m))
		}
		if best.score < clearly && resized {
			for _, m := range r.search.shifts(picture, good, 0, zx, 2) {
				consider(full(m))
			}
		}
		if best.score < clearly {
			for _, turn := range r.search.turns(good, 6) {
				for _, flip := range [2]float64{0, math.Pi} {
					for _, m := range r.search.shifts(picture, good, turn[0]+flip, turn[1], 2) {
						consider(full(m))
					}
				}
				if best.score > surely {
					break
				}
			}
		}
	}
	if best.score < hardly {
		return r.judge(c, g, still, l)
	}
	m := best.m
	for k := l; k >= 0; k-- {
		p, ok := level(c, g, m, k)
		if !ok {
			continue
		}
		steps, freedom := 4, 8
		if k == l {
			freedom = 6
		}
		m = r.refine(p, m, freedom, steps)
	}
	final := r.judge(c, g, m, l)
	if final.score < best.score-0.1 {
		return best
	}
	final.bent = r.bend(c, g, m)
	return final
}

// bend finds how the picture is bent, which no homography tells.
func (r *register) bend(c *colour, g *standard, m motion) *field {
	p, ok := level(c, g, m, 0)
	if !ok {
		return nil
	}
	var bent *field
	for range 2 {
		all := r.look(p, m, bent)
		known := 0
		for i := range all {
			if all[i].weight() > 2 {
				known++
			}
		}
		if known < 30 {
			return nil
		}
		bent = bend(all, p.picture.w, p.picture.h, bent)
		if bent.most() < 0.1 {
			return nil
		}
	}
	return bent
}
