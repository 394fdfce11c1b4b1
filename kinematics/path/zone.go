package path

import "math"

// zoning keeps the zones that are not published yet. A zone's limits hold for its
// neighbours, too, as far as the machine comes within half the smoothing time: then the
// mean speed over the smoothing time keeps to every limit where it applies (README.md,
// "Speed").
type zoning struct {
	count, ready uint64   // written, and published
	first        uint64   // the first zone since the last rest
	at           float64  // m, where the next zone starts, from there
	sources      []source // what reaches beyond that
}

// source is limits that hold for what comes, up to a place in m.
type source struct {
	reach float64
	limits
}

// within tells whether no limit is above the other's.
func (l *limits) within(o *limits) bool {
	return l.speed <= o.speed && l.accel <= o.accel && l.feed <= o.feed
}

// lesser has the smaller one of each.
func (l *limits) lesser(o *limits) limits {
	return limits{min(l.speed, o.speed), min(l.accel, o.accel), min(l.feed, o.feed)}
}

// worth is the part of the smoothing time, at the lower speed, for which it is worth splitting
// a zone.
const worth = 1.0 / 16

func (zs *zoning) add(p *Planner, z zone) {
	z.at = zs.at
	// Not more zones within the smoothing time than the Runner can remember.
	if many := uint64(p.phases()) / phasesPerZone / 2; zs.count > zs.first+many {
		z.speed = math.Min(z.speed, (z.at+z.len-p.q.zone(zs.count-many).at)/p.smooth)
	}
	z.own = z.limits
	*p.q.zone(zs.count) = z
	zs.count++
	zs.at += z.len
	if z.len > 0 {
		// What came before holds here, and what holds here holds for what came before.
		r := z.own.speed * p.smooth / 2
		next := source{zs.at + r, z.own}
		kept := zs.sources[:0]
		for _, s := range zs.sources {
			if s.reach > z.at {
				zs.lower(p, z.at, s.reach, s.limits)
			}
			if s.reach > zs.at && !(s.reach <= next.reach && next.within(&s.limits)) {
				kept = append(kept, s)
			}
		}
		zs.sources = kept
		if len(kept) == cap(kept) {
			// Of so many, the first two count as one that has the limits of both.
			s := &kept[1]
			*s = source{max(s.reach, kept[0].reach), s.lesser(&kept[0].limits)}
			zs.sources = append(kept[:0], kept[1:]...)
		}
		zs.sources = append(zs.sources, next)
		zs.lower(p, z.at-r, z.at, z.own)
	}
	if z.rest {
		zs.publishTo(p, zs.count)
		zs.restart()
	}
}

// lower lets limits hold in all unpublished zones from one place to another.
func (zs *zoning) lower(p *Planner, from, to float64, most limits) {
	for i := zs.count; i > max(zs.ready, zs.first); {
		i--
		b := p.q.zone(i)
		end := b.at + b.len
		if end <= from {
			return
		}
		if b.at >= to {
			continue
		}
		if b.limits.within(&most) {
			if b.own.within(&most) && b.at-b.own.speed*p.smooth/2 <= from {
				return // it has lowered all before it
			}
			continue
		}
		// Cut off what the limits do not hold for, in steps that nearly equal limits share.
		step := worth * p.smooth * math.Ldexp(1, math.Ilogb(min(most.speed, b.own.speed)))
		if cut := b.at + step*math.Ceil((to-b.at)/step); end-cut > step && zs.split(p, i, cut) {
			b = p.q.zone(i)
			end = cut
		}
		if cut := end - step*math.Ceil((end-from)/step); cut-b.at > step && zs.split(p, i, cut) {
			i++
			b = p.q.zone(i)
		}
		b.limits = b.lesser(&most)
	}
}

// split cuts zone i in two at a place in it, if there is room for one more.
func (zs *zoning) split(p *Planner, i uint64, at float64) bool {
	if zs.count-p.q.zonesDone.Load() >= uint64(len(p.q.zones)) {
		return false
	}
	for k := zs.count; k > i; k-- {
		*p.q.zone(k) = *p.q.zone(k - 1)
	}
	zs.count++
	a, b := p.q.zone(i), p.q.zone(i+1)
	a.len = at - a.at
	a.rest, a.halt = false, false
	b.len -= a.len
	b.at = at
	return true
}

// publish hands on the zones that nothing that comes can lower any more: a zone whose end is
// so far back that the machine cannot get away from it within the smoothing time.
func (zs *zoning) publish(p *Planner) {
	to := zs.ready
	for ; to < zs.count; to++ {
		z := p.q.zone(to)
		if zs.at-(z.at+z.len) < p.smooth*(z.speed/2+p.hardest*p.smooth/6) {
			break
		}
	}
	zs.publishTo(p, to)
}

// halt publishes all zones, with a stop at their end, if the queue is full and the Runner
// has nothing left to run: when as many short pieces as there is room for are not enough to
// look ahead for half the smoothing time.
func (zs *zoning) halt(p *Planner) {
	if zs.count == zs.ready || zs.ready > p.q.zonesDone.Load()+1 {
		return
	}
	p.q.zone(zs.count - 1).halt = true
	zs.publishTo(p, zs.count)
	zs.restart()
}

// restart begins a new run after a stop.
func (zs *zoning) restart() {
	zs.first, zs.at, zs.sources = zs.count, 0, zs.sources[:0]
}

func (zs *zoning) publishTo(p *Planner, to uint64) {
	if to > zs.ready {
		zs.ready = to
		p.q.zonesReady.Store(to)
	}
}

// speedAt is the envelope's square, from the end of a zone, at a distance before it.
func (z *zone) speedAt(next2, before, most float64) float64 {
	return math.Min(most*most, next2+2*z.accel*before)
}
