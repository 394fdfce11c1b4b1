package path

import "math"

// span is over how many segments, either way, a jump may be spread.
const span = 8

// bulge is the most that a spread jump of the second derivative leaves the path by, for a
// jump of 1 and a half width of 1: the greatest x (1-x)^3/12.
const bulge = 27.0 / 256 / 12

// choose finds over how many segments to either side the jumps at the start of segment i
// have to be spread for the speed that is wanted: over 1; or, where segments are short,
// over 2, 4 or 8, as far as the tolerance lets it.
func (p *Planner) choose(i uint64) {
	s := p.seg(i)
	s.reach, s.wide, s.shrink = 0, 0, 1
	if s.rest || s.jumpSize == 0 && s.bendSize == 0 {
		return
	}
	want := min(p.seg(i-1).want, s.want)
	s.most = math.Inf(1)
	if math.IsInf(s.corner, 1) {
		s.most = want * p.smooth
	}
	if s.jumpSize > 0 {
		s.most = min(s.most, 6*s.corner/s.jumpSize)
	}
	if s.bendSize > 0 {
		s.most = min(s.most, math.Sqrt(s.corner/(bulge*s.bendSize)))
	}
	for s.reach = 1; s.reach < span; s.reach *= 2 {
		wide, left, right := p.around(i, s.reach)
		if wide >= s.most || p.rounded(i, left, right, wide) >= want {
			return
		}
	}
}

// around is the way that there is to both sides of the start of segment i within so many
// segments, and which ones these are: left <= k < right.
func (p *Planner) around(i, reach uint64) (wide float64, left, right uint64) {
	var back, ahead float64
	for left = i; i-left < reach && !p.seg(left).rest; {
		left--
		back += p.seg(left).len
	}
	for right = i; right < p.count && right-i < reach && (right == i || !p.seg(right).rest); right++ {
		ahead += p.seg(right).len
	}
	return min(back, ahead), left, right
}

// widen gives the jumps at the start of segment i a half width that is in keeping with
// its neighbours': where each would choose for itself, the sum would be uneven.
func (p *Planner) widen(i uint64) {
	s := p.seg(i)
	if s.reach == 0 {
		return
	}
	reach := s.reach
	for k := i; i-k < span; {
		if p.seg(k).rest {
			break
		}
		k--
		reach = max(reach, min(p.seg(k).reach, span-(i-k)))
	}
	for k := i + 1; k < p.count && k-i < span && !p.seg(k).rest; k++ {
		reach = max(reach, min(p.seg(k).reach, span-(k-i)))
	}
	s.wide, _, _ = p.around(i, reach)
	s.wide = min(s.wide, s.most)
	p.yield(i)
}

// yield lets the spread of segment i's start leave half of their tolerance, or all of it, to the
// corners that it reaches; wide spreads would take a fine corner's place from it.
func (p *Planner) yield(i uint64) {
	s := p.seg(i)
	here := deviation(s, 0)
	leave := func(t *segment, x float64) {
		if here <= t.corner/2 {
			return
		}
		if d := deviation(s, x); d > t.corner/2 {
			s.wide = max(x, s.wide*t.corner/2/d)
		}
	}
	for k, x := i, 0.0; i-k < span && !p.seg(k).rest; {
		k--
		if x += p.seg(k).len; x >= s.wide || p.seg(k).rest {
			break
		}
		leave(p.seg(k), x)
	}
	for k, x := i, 0.0; k+1 < p.count && k-i < span; {
		x += p.seg(k).len
		if k++; x >= s.wide || p.seg(k).rest {
			break
		}
		leave(p.seg(k), x)
	}
}

// rounded is about how fast the axes could go through the start of segment i if all jumps
// near to it were spread over the same half width.
func (p *Planner) rounded(i, left, right uint64, wide float64) float64 {
	var second, third [MaxAxes]float64
	s := p.seg(i)
	add := func(t *segment, x, side float64) {
		h := (1 - x/wide) / wide
		for a := range p.n {
			second[a] += t.jump[a] * h
			third[a] += t.jump[a] * side / (wide * wide)
		}
	}
	add(s, 0, -1)
	for k, x := i, 0.0; k > left; {
		k--
		if x += p.seg(k).len; x >= wide || p.seg(k).rest {
			break
		}
		add(p.seg(k), x, -1)
	}
	for k, x := i, 0.0; k+1 < right; {
		x += p.seg(k).len
		if k++; x >= wide || p.seg(k).rest {
			break
		}
		add(p.seg(k), x, 1)
	}
	v := math.Inf(1)
	for a := range p.n {
		l := &p.axes[a].Limit
		if d := math.Abs(second[a]); d*v*v > l.Accel/2 {
			v = math.Sqrt(l.Accel / 2 / d)
		}
		if d := math.Abs(third[a]) + 1.5*math.Abs(s.bend[a])/wide; d*v*v*v > l.Jerk/2 {
			v = math.Cbrt(l.Jerk / 2 / d)
		}
	}
	return v
}

// measure finds by which factor the widths of all jumps that reach the start of segment i
// must shrink to keep the tolerance there. Between two such points the deviation is a
// convex function, so it is enough to look at them.
func (p *Planner) measure(i uint64) {
	s := p.seg(i)
	s.shrink = 1
	if s.rest || math.IsInf(s.corner, 1) {
		return
	}
	sum := deviation(s, 0)
	for k, x := i, 0.0; i-k < span && !p.seg(k).rest; {
		k--
		x += p.seg(k).len
		sum += deviation(p.seg(k), x)
	}
	for k, x := i, 0.0; k+1 < p.count && k-i < span; {
		x += p.seg(k).len
		if k++; p.seg(k).rest {
			break
		}
		sum += deviation(p.seg(k), x)
	}
	if sum > s.corner {
		s.shrink = s.corner / sum
	}
}

// deviation is the most by which the spread jumps of a segment's start take the path away
// at a distance x from it.
func deviation(s *segment, x float64) float64 {
	if x >= s.wide {
		return 0
	}
	t := 1 - x/s.wide
	return s.jumpSize*s.wide/6*t*t*t + bulge*s.bendSize*s.wide*s.wide
}

// settle gives the jumps at the start of segment i their width for good.
func (p *Planner) settle(i uint64) float64 {
	s := p.seg(i)
	if s.wide == 0 {
		return 0
	}
	least := s.shrink
	for k, x := i, 0.0; i-k < span && !p.seg(k).rest; {
		k--
		if x += p.seg(k).len; x >= s.wide {
			break
		}
		least = min(least, p.seg(k).shrink)
	}
	for k, x := i, 0.0; k+1 < p.count && k-i < span; {
		x += p.seg(k).len
		if k++; x >= s.wide || p.seg(k).rest {
			break
		}
		least = min(least, p.seg(k).shrink)
	}
	return s.wide * least
}
