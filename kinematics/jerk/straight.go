package jerk

import "math"

// line is the straight line along which several axes move as one. The one with the greatest
// part of it stands for all: its position is the parameter, and axis i moves share[i] as far.
type line struct {
	share    [MaxAxes]float64
	from, to State
	l        Limits
}

// collinear is how far a state may be beside the line, as a part of what the axis can do.
const collinear = 1e-12

// set finds the line of a move, or says that there is none. Without positions, only the
// velocities and accelerations count.
func (ln *line) set(m *Move, positions bool) bool {
	// The direction is that of the vector that stands out most from its rounding.
	var ref, most int
	var size float64
	for kind := range 5 {
		if kind == 0 && !positions {
			continue
		}
		for i := range m.From {
			x := math.Abs(m.part(kind, i))
			if x > size*m.scale(kind, i) {
				size, ref, most = x/m.scale(kind, i), i, kind
			}
		}
	}
	if size == 0 {
		return false
	}
	for i := range m.From {
		ln.share[i] = m.part(most, i) / m.part(most, ref)
	}
	l := Limits{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1), math.Inf(1)}
	for i := range m.From {
		s := ln.share[i]
		for kind := range 5 {
			if kind == 0 && !positions {
				continue
			}
			beside := math.Abs(m.part(kind, i) - s*m.part(kind, ref))
			if !(beside <= collinear*max(m.scale(kind, i), math.Abs(s)*m.scale(kind, ref))) {
				return false
			}
		}
		x := m.Limits[i]
		if s == 0 {
			continue
		}
		if s < 0 {
			x = x.mirror()
			s = -s
		}
		l.MaxV, l.MinV = min(l.MaxV, x.MaxV/s), max(l.MinV, x.MinV/s)
		l.MaxA, l.MinA = min(l.MaxA, x.MaxA/s), max(l.MinA, x.MinA/s)
		l.MaxJ = min(l.MaxJ, x.MaxJ/s)
	}
	ln.l, ln.from, ln.to = l, m.From[ref], m.To[ref]
	return true
}

// part of a move: the way, then velocity and acceleration at the start and at the end.
func (m *Move) part(kind, axis int) float64 {
	from, to := &m.From[axis], &m.To[axis]
	switch kind {
	case 0:
		return to.P - from.P
	case 1:
		return from.V
	case 2:
		return from.A
	case 3:
		return to.V
	}
	return to.A
}

// scale of such a part: what its rounding is in proportion to.
func (m *Move) scale(kind, axis int) float64 {
	l := &m.Limits[axis]
	switch kind {
	case 0:
		return math.Abs(m.From[axis].P) + math.Abs(m.To[axis].P)
	case 1, 3:
		return l.MaxV - l.MinV
	}
	return l.MaxA - l.MinA
}

// planStraight plans a move along its line, or says that it cannot be.
func (tr *Trajectory) planStraight(m *Move) bool {
	var ln line
	for i := range m.From {
		if check(m.From[i], m.To[i], &m.Limits[i]) != nil {
			return false
		}
	}
	if !ln.set(m, true) {
		return false
	}
	var pr Profile
	if pr.Plan(ln.from, ln.to, &ln.l) != nil {
		return false
	}
	if pr.Duration() < m.Duration {
		t, err := NextDuration(ln.from, ln.to, &ln.l, m.Duration)
		if err != nil || pr.PlanFor(ln.from, ln.to, &ln.l, t) != nil {
			return false
		}
	}
	tr.spread(&ln, &pr, m)
	for i := range m.From {
		tr.axis[i].finish(m.To[i])
	}
	return true
}

// changeStraight plans a change of velocity along a line, or says that it cannot be.
func (tr *Trajectory) changeStraight(m *Move) bool {
	var ln line
	if !ln.set(m, false) || ln.l.Check() != nil {
		return false
	}
	var pr Profile
	pr.changeVelocity(ln.from, ln.to.V, ln.to.A, &ln.l)
	tr.spread(&ln, &pr, m)
	for i := range m.From {
		pr := &tr.axis[i]
		pr.finish(State{pr.phase[pr.n].p, m.To[i].V, m.To[i].A})
	}
	return true
}

// spread a profile along the line over the axes.
func (tr *Trajectory) spread(ln *line, along *Profile, m *Move) {
	tr.n, tr.straight, tr.duration = len(m.From), true, along.Duration()
	for i := range m.From {
		pr, s := &tr.axis[i], ln.share[i]
		pr.n = along.n
		copy(pr.lasts[:], along.lasts[:along.n])
		for k := range along.n + 1 {
			f := &along.phase[k]
			pr.start[k] = along.start[k]
			pr.phase[k] = phase{m.From[i].P + s*(f.p-ln.from.P), s * f.v, s * f.a, s * f.j}
		}
	}
}
