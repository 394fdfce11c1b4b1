package path

import (
	"math"

	"linetwin.dev/kinematics/numeric"
)

// decide begins the next phase of the head. What must hold from phase to phase:
//
//   - the speed is at most the envelope's, from which every limit ahead can be met;
//   - it would be so, too, if the machine went on at this speed for the smoothing time;
//   - between a rise and a fall of the speed, either way round, is the smoothing time.
//
// The last one keeps the jerk, which is the difference of two accelerations that are the
// smoothing time apart, to one acceleration per smoothing time; the second one makes it
// possible. A machine that is told to hold, or to go slower, brakes like any other.
func (r *Runner) decide() {
	for r.zone < r.known {
		z := r.q.zone(r.zone)
		left := z.len - r.in.Value()
		if left <= nearWay {
			if z.rest || z.halt || r.zone+1 == r.known {
				if r.v > 0 && r.gap-r.sinceUp <= gapMore/2 {
					// An order has cut braking just before its end.
					r.begin(r.v/z.accel, -z.accel, 0, true)
					return
				}
				r.in = numeric.NewSum(z.len)
				break // depart or look goes on from here
			}
			r.zone++
			r.in.Add(-z.len)
			r.q.zonesDone.Store(r.zone)
			continue
		}
		r.choose(z, left)
		return
	}
	r.v = 0
	r.begin(forever, 0, 0, false)
}

// What is so near counts as there: relatively for speeds, in s, and in m.
const (
	near     = 1e-12
	nearTime = 1e-12
	nearWay  = 1e-12
)

func (r *Runner) choose(z *zone, left float64) {
	target := r.most(z)
	if r.held {
		target = 0
	}
	v, a, next2 := r.v, z.accel, r.next2(r.zone)
	toBrake := left - (v*v-next2)/(2*a) // the way to where braking has to begin
	end := math.Sqrt(next2)
	switch {
	case v > target*(1+near):
		r.obey(target, a, left)
		return
	case v > end && toBrake <= nearWay:
		if fall := (v*v - next2) / (2 * left); fall <= a*(1+1e-9) && r.gap-r.sinceUp <= gapMore/2 {
			r.begin(2*left/(v+end), -math.Min(fall, a), end, true)
		} else {
			r.obey(end, a, left)
		}
		return
	}
	wait := float64(forever)
	if v < target*(1-near) {
		wait = r.gap - r.sinceDown
		if wait <= nearTime {
			wait = forever
			if top := r.top(target, a); top > v*(1+near) {
				r.rise(top, a, left)
				return
			}
		}
	}
	if v*v > next2 {
		wait = math.Min(wait, toBrake/v)
	}
	r.cruise(left, wait)
}

// obey goes down to a speed that an order from outside has made too high: an override, or a
// hold. The axes' limits ahead are met all the same, since they were before.
func (r *Runner) obey(to, a, left float64) {
	if wait := r.gap - r.sinceUp; wait > nearTime {
		r.cruise(left, wait)
		return
	}
	r.brake(to, a, left)
}

// cruise keeps the speed to the end of the zone, or for a time.
func (r *Runner) cruise(left, time float64) {
	if r.v*time >= left {
		r.begin(left/r.v, 0, r.v, true)
		return
	}
	r.begin(time, 0, r.v, false)
}

// brake goes down to a speed, at most to the end of the zone.
func (r *Runner) brake(to, a, left float64) {
	v := r.v
	if way := (v*v - to*to) / (2 * a); way < left {
		r.begin((v-to)/a, -a, to, false)
		return
	}
	end := math.Sqrt(math.Max(v*v-2*a*left, to*to))
	r.begin(2*left/(v+end), (end*end-v*v)/(2*left), end, true)
}

// rise goes up to a speed, at most to the end of the zone.
func (r *Runner) rise(to, a, left float64) {
	v := r.v
	if way := (to*to - v*v) / (2 * a); way < left {
		r.begin((to-v)/a, a, to, false)
		return
	}
	end := math.Sqrt(v*v + 2*a*left)
	r.begin(2*left/(v+end), (end*end-v*v)/(2*left), end, true)
}

// top is the highest speed up to which the speed may rise with acceleration a, so that
// after the smoothing time at that speed the envelope still holds. In each zone ahead the
// envelope's square falls along a line to its value at the zone's end; that gives a
// quadratic equation for the speed, as long as the zone is reached at all.
func (r *Runner) top(most, a float64) float64 {
	v2, t := r.v*r.v, r.gap
	end := -r.in.Value()
	for i := r.zone; i < r.known; i++ {
		z := r.q.zone(i)
		end += z.len
		next2 := r.next2(i)
		k := 1 + z.accel/a
		b := z.accel * t
		c := next2 + 2*z.accel*end + z.accel*v2/a
		root := c / (b + math.Sqrt(b*b+k*c)) // of k v^2 + 2 b v = c
		most = math.Min(most, math.Max(root, math.Sqrt(next2)))
		if (most*most-v2)/(2*a)+most*t <= end {
			break
		}
	}
	return most
}
