package path

import "math"

// zoning keeps the zones that are not published yet. A zone's limits hold for its
// neighbours, too, as far as the machine comes within half the smoothing time: then the
// mean speed over the smoothing time keeps to every limit where it applies (README.md,
// "Speed").
type zoning struct {
	count, ready uint64   // written, and published
	sources      []source // the zones since the last rest as they were added, a ring
	added        uint64   // sources
	run          uint64   // the first source since the last rest
	first        uint64   // the first zone since then
	at           float64  // m, where the next zone starts, from there
	reach        float64  // m, up to where any source's limits hold
}

// source is where a zone's own limits come from.
type source struct {
	end float64 // m
	limits
}

func (zs *zoning) source(i uint64) *source { return &zs.sources[i%uint64(len(zs.sources))] }

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
		if zs.reach > z.at {
			far := z.at - p.smooth*p.fastest/2
			for i := zs.added; i > zs.run && zs.added-i < uint64(len(zs.sources)); {
				i--
				s := zs.source(i)
				if s.end < far {
					break
				}
				zs.lower(p, z.at, s.end+s.speed*p.smooth/2, s.limits)
			}
		}
		r := z.own.speed * p.smooth / 2
		zs.lower(p, z.at-r, z.at, z.own)
		zs.reach = max(zs.reach, zs.at+r)
		*zs.source(zs.added) = source{zs.at, z.own}
		zs.added++
	}
	if z.rest {
		zs.publishTo(p, zs.count)
		zs.first, zs.run, zs.at, zs.reach = zs.count, zs.added, 0, 0
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
		if b.at >= to || b.speed <= most.speed && b.accel <= most.accel && b.feed <= most.feed {
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
		b.speed, b.accel, b.feed = min(b.speed, most.speed), min(b.accel, most.accel), min(b.feed, most.feed)
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
	a.rest = false
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
		if zs.at-(z.at+z.len) < p.smooth*(z.speed+p.hardest*p.smooth) {
			break
		}
	}
	zs.publishTo(p, to)
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
