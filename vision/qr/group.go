package qr

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// triple is three finders that may be those of one code.
type triple struct {
	corner, right, below int // in the list of finders; right and below as in a code that is not mirrored
	cost                 float64
}

// key names a set of finders and the one at the corner.
func (t triple) key(list []finder) uint64 {
	a, b, c := list[t.corner].id, list[t.right].id, list[t.below].id
	return uint64(a)<<40 | uint64(min(b, c))<<20 | uint64(max(b, c))
}

// Where there are many finders, each is tried only with the nearest ones; with more of those that
// show in all directions, with fewer of those that hardly show.
const (
	nearFull = 30
	nearSure = 10
	nearWeak = 8
	many     = 30
)

// grouper makes triples of finders by their geometry.
type grouper struct {
	near    []nearby
	triples []triple
	tried   map[uint64]struct{}
}

type nearby struct {
	index int
	far   float64
}

// group lists the triples that were not tried before, the likeliest first.
func (g *grouper) group(list []finder, w *work) []triple {
	g.triples = g.triples[:0]
	for a := range list {
		if list[a].used {
			continue
		}
		if w.spent() {
			break // nothing of it would be tried
		}
		g.near = g.near[:0]
		for b := range list {
			if b == a || list[b].used {
				continue
			}
			far := distance(list[a].c, list[b].c)
			small, large := list[a].module, list[b].module
			if small > large {
				small, large = large, small
			}
			if large > 2.6*small || far < 8*small || far > 200*large {
				continue
			}
			g.near = append(g.near, nearby{b, far})
		}
		w.spend(2*len(list) + 4*len(g.near)*bits.Len(uint(len(g.near))))
		slices.SortFunc(g.near, func(p, q nearby) int {
			switch {
			case p.far < q.far:
				return -1
			case p.far > q.far:
				return 1
			}
			return p.index - q.index
		})
		if len(list) > many {
			g.thin(list)
		}
		w.spend(8 * len(g.near) * len(g.near))
		for i := range g.near {
			for j := i + 1; j < len(g.near); j++ {
				if t, ok := weigh(list, a, g.near[i].index, g.near[j].index); ok {
					if _, again := g.tried[t.key(list)]; !again {
						g.triples = append(g.triples, t)
					}
				}
			}
		}
	}
	w.spend(4 * len(g.triples) * bits.Len(uint(len(g.triples))))
	slices.SortFunc(g.triples, func(p, q triple) int {
		switch {
		case p.cost < q.cost:
			return -1
		case p.cost > q.cost:
			return 1
		}
		return cmp.Compare(p.key(list), q.key(list))
	})
	return g.triples
}

// thin leaves the nearest finders.
func (g *grouper) thin(list []finder) {
	full, sure, weak := nearFull, nearSure, nearWeak
	kept := g.near[:0]
	for _, n := range g.near {
		count := &weak
		switch rays := list[n.index].rays; {
		case rays == rayCount:
			count = &full
		case rays >= sureRays-1:
			count = &sure
		}
		if *count--; *count >= 0 {
			kept = append(kept, n)
		}
	}
	g.near = kept
}

// weigh tells whether three finders may belong together, a at the corner.
func weigh(list []finder, a, b, c int) (triple, bool) {
	A, B, C := &list[a], &list[b], &list[c]
	p, q := B.c.sub(A.c), C.c.sub(A.c)
	lp, lq := p.norm(), q.norm()
	cosine := p.dot(q) / (lp * lq)
	legs := lp / lq
	if math.Abs(cosine) > 0.7 || legs > 2.6 || legs < 1/2.6 {
		return triple{}, false
	}
	// Modules between the middles, by either leg.
	np, nq := 2*lp/(A.module+B.module), 2*lq/(A.module+C.module)
	if np < 10 || nq < 10 || np > 230 || nq > 230 {
		return triple{}, false
	}
	cost := math.Abs(cosine) + 0.7*math.Abs(math.Log(legs)) +
		math.Abs(math.Log(B.module/A.module)) + math.Abs(math.Log(C.module/A.module)) +
		0.5*math.Abs(math.Log(np/nq)) + 0.003*math.Max(np, nq)
	for _, f := range [...]*finder{A, B, C} {
		cost += 0.08 * float64(rayCount-f.rays)
	}
	if p.cross(q) < 0 {
		b, c = c, b
	}
	return triple{a, b, c, cost}, true
}
