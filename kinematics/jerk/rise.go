package jerk

import "math"

// rise looks, from a member that covers less than a distance, for the next longer one that
// covers it, as far as the end of the last piece. The distance is that of the real motion.
func (e *extremal) rise(p piece, x, way float64, last piece) (piece, float64, bool) {
	way -= e.way
	_, d := e.at(p, x)
	below := d - way
	if below >= 0 {
		return p, x, true
	}
	for first := p; p <= last; p++ {
		lo, hi := e.span(p)
		if p == first {
			lo = max(lo, x)
		}
		if !(lo <= hi) {
			continue
		}
		if p == cruise {
			t, d := e.atCap()
			if d >= way {
				return cruise, 0, true
			}
			if e.cap > e.still {
				return cruise, (way - d) / e.cap, true
			}
			return cruise, 0, d >= way-e.tolerance(t, way)
		}
		if p == highBefore || p == freeBefore {
			// The distance may rise, fall and rise again.
			top, bottom := e.turns(p)
			if lo < top && top < hi {
				if _, d := e.at(p, top); d >= way {
					return p, e.solve(p, way, lo, top, below, d-way), true
				}
			}
			if lo < bottom && bottom < hi {
				lo = bottom
				_, d := e.at(p, lo)
				below = d - way
			}
		}
		t, d := e.at(p, hi)
		above := d - way
		if p == last && above < 0 && -above <= max(e.tolerance(t, way), min(e.rounding/e.gamma, 1e-9*math.Abs(way+e.way))) {
			// The last motion before a gap of durations.
			return p, hi, true
		}
		if above >= 0 {
			return p, e.solve(p, way, lo, hi, below, above), true
		}
		below = above
	}
	return last, 0, false
}

// turns are the parameters at which the distance stops to grow with the duration and at which
// it begins to grow again; NaN where it always grows.
func (e *extremal) turns(p piece) (top, bottom float64) {
	j := e.j
	if p == highBefore {
		root := math.Sqrt(e.A*e.A/4 - 4*j*e.v1)
		return (-e.A/2 - root) / 2, (-e.A/2 + root) / 2
	}
	sum := j * (e.v0 + e.v1)
	if sum >= 0 {
		return math.NaN(), math.NaN()
	}
	square := (-sum + math.Sqrt(sum*sum-0.75*e.k*e.k)) / 1.5
	return math.Sqrt(e.k * e.k / (3 * square)), math.Sqrt(square)
}

// solve finds where the prolonged distance has a value, between a parameter lo at which it is
// less (by below, negative) and hi at which it is not (by above). Newton's method starts where
// the parabola through both ends with the slope at lo has the value; steps that would leave
// the bracket halve it.
func (e *extremal) solve(p piece, way, lo, hi, below, above float64) float64 {
	if above == 0 {
		return hi
	}
	h := hi - lo
	s := e.slope(p, lo)
	curve := (above - below - s*h) / (h * h)
	// curve x^2 + s x + below = 0, below < 0
	x := lo + positiveRoot(curve, s, below)
	if !(x > lo && x < hi) {
		x = lo + h/2
	}
	for range 100 {
		_, d := e.at(p, x)
		d -= way
		if d >= 0 {
			hi = x
		} else {
			lo = x
		}
		step := d / e.slope(p, x)
		if math.Abs(step) <= 1e-9*math.Abs(x) {
			// The next step would be lost in rounding, as steps are squared by each.
			return x - step
		}
		next := x - step
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
			if next <= lo || next >= hi {
				return hi
			}
		}
		x = next
	}
	return x
}

// positiveRoot is the positive root of a x^2 + b x + c for c < 0 in the form that does not cancel.
func positiveRoot(a, b, c float64) float64 {
	root := math.Sqrt(b*b - 4*a*c)
	if b >= 0 {
		return -2 * c / (b + root)
	}
	return (root - b) / (2 * a)
}
