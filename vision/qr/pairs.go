package qr

import "math"

// tryPairs tries finders two by two, where the third of a code was not found: two frames are
// enough for a grid, as each has four corners.
func (d *Decoder) tryPairs() {
	const most = 24
	list := d.search.list
	if len(list) > most {
		list = list[:most]
	}
	for a := range list {
		for b := range list {
			if a == b || list[a].used || list[b].used {
				continue
			}
			if d.work.spent() || d.full() {
				return
			}
			key := uint64(list[a].id)<<20 | uint64(list[b].id)
			if _, again := d.groups.tried[key]; again {
				continue
			}
			d.groups.tried[key] = struct{}{}
			d.tryPair(&list[a], &list[b], a < b)
		}
	}
}

// tryPair takes two finders for the top left and top right, the bottom left and the top left,
// or, where diagonal is set, the top right and the bottom left.
func (d *Decoder) tryPair(a, b *finder, diagonal bool) {
	small, large := min(a.module, b.module), max(a.module, b.module)
	far := distance(a.c, b.c)
	if large > 2*small || far < 10*small || far > 180*large {
		return
	}
	dir := b.c.sub(a.c).unit()
	side := Point{-dir.Y, dir.X}
	// Along the top, from left to right; along the left side, upwards.
	d.tryFramed(a, b, dir, side, corner{}, corner{right: true})
	d.tryFramed(a, b, side, dir.mul(-1), corner{below: true}, corner{})
	if diagonal {
		x, y := dir.sub(side).mul(math.Sqrt2/2), dir.add(side).mul(math.Sqrt2/2)
		// From the top right to the bottom left, either way.
		d.tryFramed(a, b, x.mul(-1), y, corner{right: true}, corner{below: true})
		d.tryFramed(b, a, x, y.mul(-1), corner{right: true}, corner{below: true})
	}
}

func (d *Decoder) tryFramed(a, b *finder, x, y Point, first, second corner) {
	if a.used || b.used {
		return
	}
	d.work.spend(250)
	var ok bool
	if first.frame, ok = d.locate.frame(a, x, y, &d.pyr, &d.work); !ok {
		return
	}
	if second.frame, ok = d.locate.frame(b, x, y, &d.pyr, &d.work); !ok {
		return
	}
	p, q := &first.frame, &second.frame
	// The step from one to the other in modules of either frame must be along the same axes.
	step := q.c.sub(p.c)
	var u, v float64
	for _, f := range [...]*frame{p, q} {
		det := f.x.cross(f.y)
		u += step.cross(f.y) / det / 2
		v += f.x.cross(step) / det / 2
	}
	wantU, wantV := btof(second.right)-btof(first.right), btof(second.below)-btof(first.below)
	modules := math.Max(math.Abs(u), math.Abs(v))
	if math.Abs(u-wantU*modules) > 0.25*modules || math.Abs(v-wantV*modules) > 0.25*modules {
		return
	}
	d.attempts = d.attempts[:0]
	d.attempt([]corner{first, second}, modules, nil)
	for i := range d.attempts {
		if d.try(&d.attempts[i], true) {
			return
		}
	}
}

func btof(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
