package qr

import (
	"cmp"
	"math"
	"slices"
)

// tryTriples tries what three finders can be grouped to, in three rounds: by the patterns between
// the finders, by the modules, and with all means. Each round begins with those that came
// nearest to a code in the one before, so that of many codes none is held up by what its finders and
// its neighbours' may be taken for; only one whose patterns are clear is tried at once.
func (d *Decoder) tryTriples() {
	list := d.search.list
	triples := d.groups.group(list, &d.work)
	d.attempts = d.attempts[:0]
	d.share()
	for i := range triples {
		t := &triples[i]
		if d.work.spent() || d.full() {
			return
		}
		if d.work.left < d.stop {
			break // those that are left are tried after the next stage
		}
		if d.taken(t) {
			continue
		}
		d.groups.tried[t.key(list)] = struct{}{}
		d.work.spend(250)
		of, modules, ok := d.frames(t)
		if !ok {
			continue
		}
		from := len(d.attempts)
		d.attempt(of[:], modules, t)
		for k := from; k < len(d.attempts) && d.attempts[k].wrong < noDoubt; k++ {
			before := d.work.left
			if d.try(&d.attempts[k], false) {
				d.stop -= before - d.work.left
				d.attempts = d.attempts[:from]
				break
			}
		}
	}
	for round := range 2 {
		slices.SortStableFunc(d.attempts, func(p, q attempt) int { return cmp.Compare(p.wrong, q.wrong) })
		d.share()
		for i := range d.attempts {
			if d.work.spent() || d.full() || d.work.left < d.stop {
				return
			}
			a := &d.attempts[i]
			if d.taken(&a.triple) {
				continue
			}
			before := d.work.left
			read := d.try(a, round > 0)
			if read {
				d.stop -= before - d.work.left
			}
		}
		d.attempts = slices.DeleteFunc(d.attempts, func(a attempt) bool { return a.wrong > mostWrong })
	}
}

// taken tells whether one of three finders is of a code that was read.
func (d *Decoder) taken(t *triple) bool {
	list := d.search.list
	return list[t.corner].used || list[t.right].used || list[t.below].used
}

// attempt is a grid that may be a code's.
type attempt struct {
	triple
	of    [3]corner
	known int     // of these corners
	n     int     // modules
	plane *plane  // that was looked at
	wrong float64 // part of what was looked at that must be otherwise
}

// try tries to read an attempt's grid, with all means where harder is set.
func (d *Decoder) try(a *attempt, harder bool) bool {
	if !d.locate.plane(&d.grid, a.n, a.of[:a.known]) {
		return false
	}
	var read bool
	a.wrong, read = d.tryFlat(a.plane)
	return read || harder && a.wrong <= mostWrong && d.tryHarder(a.plane, a.wrong)
}

// share sets how far the budget may go down in what follows.
func (d *Decoder) share() { d.stop = d.work.left - max(d.budget/stageShare, stageLeast) }

// frames fits the frames of a triple, and gives about how many modules they are apart.
func (d *Decoder) frames(t *triple) (of [3]corner, modules float64, ok bool) {
	list := d.search.list
	a, b, c := &list[t.corner], &list[t.right], &list[t.below]
	x, y := b.c.sub(a.c), c.c.sub(a.c)
	for i, f := range [...]*finder{a, b, c} {
		fr, ok := d.locate.frame(f, x, y, &d.pyr, &d.work)
		if !ok {
			return of, 0, false
		}
		of[i] = corner{fr, i == 1, i == 2}
	}
	across := 2 * distance(of[0].frame.c, of[1].frame.c) / (along(&of[0].frame, x) + along(&of[1].frame, x))
	down := 2 * distance(of[0].frame.c, of[2].frame.c) / (along(&of[0].frame, y) + along(&of[2].frame, y))
	if r := across / down; r > 1.5 || r < 1/1.5 {
		return of, 0, false
	}
	return of, (across + down) / 2, true
}

// along is the size of a module of a frame along a direction of the image.
func along(f *frame, dir Point) float64 {
	dir = dir.unit()
	det := f.x.cross(f.y)
	u, v := dir.cross(f.y)/det, f.x.cross(dir)/det
	return 1 / math.Max(math.Sqrt(u*u+v*v), 1e-9)
}

// attempt keeps the grids that finders whose places in the code are known, about modules apart,
// may have.
func (d *Decoder) attempt(of []corner, modules float64, t *triple) {
	if modules < 11 || modules > 190 {
		return
	}
	module := of[0].frame.x.norm()
	for _, c := range of {
		module = min(module, c.frame.x.norm(), c.frame.y.norm())
	}
	p := d.pyr.fit(module, &d.work)
	guesses := d.locate.sizes(of, modules, p, &d.work)
	for i, guess := range guesses {
		if guess.score < 0.25 || i > 0 && guess.score < 0.6*guesses[0].score {
			break
		}
		if !d.locate.plane(&d.grid, guess.n, of) {
			continue
		}
		d.work.spend(40 * guess.n)
		if wrong := doubt(&d.grid, p, of); wrong <= mostDoubt {
			a := attempt{n: guess.n, plane: p, wrong: wrong}
			if t != nil {
				a.triple = *t
			}
			a.known = copy(a.of[:], of)
			d.attempts = append(d.attempts, a)
		}
	}
}

// What part of the modules with known colours may be wrong in a grid that is worth a closer look,
// and in one that surely is a code's.
const (
	mostDoubt = 0.34
	noDoubt   = 0.04
)
