package match

import (
	"cmp"
	"math"
	"slices"
)

// candidate is a place that may be a match.
type candidate struct {
	pose
	score float64
	order int // of finding: what equal scores are sorted by
}

func better(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.order, b.order))
}

// shortlist keeps the best candidates found so far that are not neighbours.
type shortlist struct {
	c     []candidate
	worst int // index of the least, once it is full
}

// floor is the score that a candidate must exceed.
func (l *shortlist) floor(least float64) float64 {
	if len(l.c) < cap(l.c) {
		return least
	}
	return l.c[l.worst].score
}

// add puts in a candidate that exceeds the floor. One that has a better neighbour within near
// pixels is left out; it takes the place of a worse one.
func (l *shortlist) add(c candidate, near float64) {
	place := -1
	for i := range l.c {
		if o := &l.c[i]; math.Abs(o.x-c.x) <= near && math.Abs(o.y-c.y) <= near {
			if o.score >= c.score {
				return
			}
			place = i
		}
	}
	switch {
	case place >= 0:
		l.c[place] = c
	case len(l.c) < cap(l.c):
		l.c = append(l.c, c)
	default:
		l.c[l.worst] = c
	}
	if len(l.c) == cap(l.c) {
		l.worst = 0
		for i := range l.c {
			if better(l.c[i], l.c[l.worst]) > 0 {
				l.worst = i
			}
		}
	}
}

// thin sorts candidates, best first, and leaves at most most of them, and of those that are nearly
// the same pose only the best.
func thin(c []candidate, most int, near, nearAngle, nearScale float64) []candidate {
	slices.SortFunc(c, better)
	kept := c[:0]
	for _, a := range c {
		if len(kept) == most {
			break
		}
		if !slices.ContainsFunc(kept, func(b candidate) bool { return same(a.pose, b.pose, near, nearAngle, nearScale) }) {
			kept = append(kept, a)
		}
	}
	return kept
}

func same(a, b pose, near, nearAngle, nearScale float64) bool {
	return math.Abs(a.x-b.x) <= near && math.Abs(a.y-b.y) <= near &&
		math.Abs(math.Remainder(a.angle-b.angle, 2*math.Pi)) <= nearAngle && math.Abs(a.scale-b.scale) <= nearScale
}
