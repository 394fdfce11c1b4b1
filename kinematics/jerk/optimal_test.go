package jerk_test

import (
	"math"
	"os"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

// The search here knows nothing of the families of the package. A time-optimal motion has at
// most seven phases, of jerk up, none, down, none, down (or up), none, up (or down), or all
// with the other sign. Of the phases without jerk each is either absent or at its limit. That
// makes 24 systems of equations for the durations of the phases, which Newton's method solves
// from random starts. Every solution with durations that are not negative and within the
// limits is a motion, which must not be quicker than the plan.

// structure is one of these systems.
type structure struct {
	sign          float64 // of the first jerk
	second        float64 // of the second half: -1 as the mirror image of the first, or 1
	holdA, cruise bool
	holdB         bool
}

func structures() []structure {
	var all []structure
	for bits := range 32 {
		bit := func(n int) bool { return bits>>n&1 == 1 }
		s := structure{sign: 1, second: -1, holdA: bit(0), cruise: bit(1), holdB: bit(2)}
		if bit(3) {
			s.sign = -1
		}
		if bit(4) {
			if !s.cruise {
				continue // without a cruise it has a switch too many
			}
			s.second = 1
		}
		all = append(all, s)
	}
	return all
}

// jerks of the seven phases.
func (s structure) jerks(j float64) [7]float64 {
	j *= s.sign
	return [7]float64{j, 0, -j, 0, j * s.second, 0, -j * s.second}
}

// free says which durations are unknown; the others are 0.
func (s structure) free() (out []int) {
	out = append(out, 0)
	if s.holdA {
		out = append(out, 1)
	}
	out = append(out, 2)
	if s.cruise {
		out = append(out, 3, 4)
	}
	if s.holdB {
		out = append(out, 5)
	}
	return append(out, 6)
}

// residual of the equations, one for each unknown.
func (s structure) residual(c one, t *[7]float64, out []float64) []float64 {
	out = out[:0]
	x := c.from
	limit := func(up bool, high, low float64) float64 {
		if up {
			return high
		}
		return low
	}
	for i, j := range s.jerks(c.l.MaxJ) {
		dt := t[i]
		x = jerk.State{P: x.P + dt*(x.V+dt*(x.A/2+dt*j/6)), V: x.V + dt*(x.A+dt*j/2), A: x.A + dt*j}
		switch {
		case i == 0 && s.holdA:
			out = append(out, x.A-limit(s.sign > 0, c.l.MaxA, c.l.MinA))
		case i == 2 && s.cruise:
			out = append(out, x.A, x.V-limit(s.sign > 0, c.l.MaxV, c.l.MinV))
		case i == 4 && s.holdB:
			out = append(out, x.A-limit(s.sign*s.second > 0, c.l.MaxA, c.l.MinA))
		}
	}
	return append(out, x.P-c.to.P, x.V-c.to.V, x.A-c.to.A)
}

// solve by Newton's method from the durations in t.
func (s structure) solve(c one, t *[7]float64) bool {
	unknown := s.free()
	n := len(unknown)
	var m [7][8]float64
	var buf, buf2 [8]float64
	for range 60 {
		r := s.residual(c, t, buf[:])
		worst := 0.
		for _, x := range r {
			worst = max(worst, math.Abs(x))
		}
		for col, i := range unknown {
			shifted := *t
			h := 1e-7 * (1 + math.Abs(t[i]))
			shifted[i] += h
			for row, x := range s.residual(c, &shifted, buf2[:]) {
				m[row][col] = (x - r[row]) / h
			}
		}
		for row := range n {
			m[row][n] = -r[row]
		}
		if !gauss(&m, n) {
			return false
		}
		step := 0.
		for col, i := range unknown {
			t[i] += m[col][n]
			step = max(step, math.Abs(m[col][n]))
			if !(math.Abs(t[i]) < 1e4) {
				return false
			}
		}
		if worst < 1e-12 && step < 1e-11 {
			return true
		}
	}
	return false
}

// gauss solves the system in the first n rows, and leaves the solution in column n.
func gauss(m *[7][8]float64, n int) bool {
	for k := range n {
		pivot := k
		for i := k; i < n; i++ {
			if math.Abs(m[i][k]) > math.Abs(m[pivot][k]) {
				pivot = i
			}
		}
		m[k], m[pivot] = m[pivot], m[k]
		if math.Abs(m[k][k]) < 1e-13 {
			return false
		}
		for i := range n {
			if i == k {
				continue
			}
			f := m[i][k] / m[k][k]
			for j := k; j <= n; j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	for k := range n {
		m[k][n] /= m[k][k]
	}
	return true
}

// possible tells whether the durations are a motion within the limits, and how long it lasts.
func (s structure) possible(c one, t *[7]float64) (float64, bool) {
	x, sum := c.from, 0.
	within := func(x, lo, hi float64) bool { return x >= lo-1e-11*(hi-lo) && x <= hi+1e-11*(hi-lo) }
	for i, j := range s.jerks(c.l.MaxJ) {
		dt := t[i]
		if dt < -1e-12 {
			return 0, false
		}
		if turn := -x.A / j; turn > 0 && turn < dt && !within(x.V+x.A*turn/2, c.l.MinV, c.l.MaxV) {
			return 0, false
		}
		x = jerk.State{V: x.V + dt*(x.A+dt*j/2), A: x.A + dt*j}
		if !within(x.V, c.l.MinV, c.l.MaxV) || !within(x.A, c.l.MinA, c.l.MaxA) {
			return 0, false
		}
		sum += dt
	}
	return sum, true
}

func TestNoMotionThatASearchFindsIsQuicker(t *testing.T) {
	u := seeded(5)
	cases := 150
	if os.Getenv("LINETWIN_SOAK") != "" {
		cases = 20_000
	}
	equal, others := 0, 0
	for range cases {
		c := u.easy()
		c.l = jerk.Limits{MaxV: u(0.5, 4), MinV: -u(0.5, 4), MaxA: u(0.5, 4), MinA: -u(0.5, 4), MaxJ: u(0.5, 8)}
		c.from = jerk.State{P: u(-3, 3), V: u(c.l.MinV, c.l.MaxV), A: u(c.l.MinA, c.l.MaxA)}
		c.to = jerk.State{P: u(-3, 3), V: u(c.l.MinV, c.l.MaxV), A: u(c.l.MinA, c.l.MaxA)}
		for c.l.CheckTarget(c.to.V, c.to.A) != nil {
			c.to.A /= 2
		}
		for c.l.CheckTarget(c.from.V, -c.from.A) != nil {
			c.from.A /= 2
		}
		var pr jerk.Profile
		if err := pr.Plan(c.from, c.to, &c.l); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		least := pr.Duration()
		quickest := math.Inf(1)
		for _, s := range structures() {
			for range 12 {
				var durations [7]float64
				for _, i := range s.free() {
					durations[i] = u(0, least)
				}
				if !s.solve(c, &durations) {
					continue
				}
				d, ok := s.possible(c, &durations)
				if !ok {
					continue
				}
				quickest = min(quickest, d)
				if d < least*(1-1e-9)-1e-9 {
					t.Fatalf("%+v: planned %v s; %+v takes %v s: %v", c, least, s, d, durations)
				}
				// What is a motion of some duration, NextDuration must know to be one.
				others++
				if next, err := jerk.NextDuration(c.from, c.to, &c.l, d); err != nil || next > d*(1+1e-8)+1e-8 {
					t.Fatalf("%+v: %v s is possible by %+v %v, but not before %v s (%v)", c, d, s, durations, next, err)
				}
			}
		}
		if quickest < least*(1+1e-9)+1e-9 {
			equal++
		}
	}
	t.Logf("equal in %d of %d cases, %d motions", equal, cases, others)
	if equal < cases*95/100 {
		t.Errorf("the search found a motion as quick as the plan in only %d of %d cases", equal, cases)
	}
}

// Any motion within the limits, of no special kind, is at best as quick as the plan; and its
// duration is possible.
func TestNoRandomMotionIsQuicker(t *testing.T) {
	u := seeded(6)
	for range manyCases() / 3 {
		// The start at 0, and limits of like size, so that rounding is small beside the motion.
		c := one{l: jerk.Limits{MaxV: u(0.3, 3), MinV: -u(0.3, 3), MaxA: u(0.3, 3), MinA: -u(0.3, 3), MaxJ: u(0.3, 10)}}
		c.from = jerk.State{V: u(c.l.MinV, c.l.MaxV), A: u(c.l.MinA, c.l.MaxA)}
		for c.l.CheckTarget(c.from.V, -c.from.A) != nil || c.l.CheckTarget(c.from.V, c.from.A) != nil {
			c.from.A /= 2
		}
		// A random walk of jerk, turned back wherever a limit would be broken.
		x, elapsed := c.from, 0.
		scale := min(c.l.MaxV/c.l.MaxA, c.l.MaxA/c.l.MaxJ)
		for range 1 + int(u(0, 8)) {
			for range 20 {
				j, dt := u(-1, 1)*c.l.MaxJ, u(0.01, 2)*scale
				if u(0, 1) < 0.5 {
					j = math.Copysign(c.l.MaxJ, j)
				}
				y := jerk.State{P: x.P + dt*(x.V+dt*(x.A/2+dt*j/6)), V: x.V + dt*(x.A+dt*j/2), A: x.A + dt*j}
				turn := -x.A / j
				top := x.V + x.A*turn/2
				if turn > 0 && turn < dt && !(top <= c.l.MaxV && top >= c.l.MinV) ||
					!(y.A <= c.l.MaxA && y.A >= c.l.MinA) || c.l.CheckTarget(y.V, -y.A) != nil || c.l.CheckTarget(y.V, y.A) != nil {
					continue
				}
				x, elapsed = y, elapsed+dt
				break
			}
		}
		if elapsed == 0 {
			continue
		}
		c.to = x
		var pr jerk.Profile
		if err := pr.Plan(c.from, c.to, &c.l); err != nil || pr.Duration() > elapsed*(1+1e-9)+1e-8*scale {
			t.Fatalf("%+v: planned %v s, but there is a motion of %v s (%v)", c, pr.Duration(), elapsed, err)
		}
		if elapsed < pr.Duration()*(1+1e-9)+1e-8*scale {
			continue // the quickest, and perhaps the only one for a while
		}
		if next, err := jerk.NextDuration(c.from, c.to, &c.l, elapsed); err != nil || next > elapsed*(1+1e-8)+1e-8*scale {
			t.Fatalf("%+v: there is a motion of %v s, but not before %v s (%v)", c, elapsed, next, err)
		}
	}
}
