package twin

import (
	"math"

	"linetwin.dev/twin/device"
)

// trail follows a tool's tip along the programmed strokes: which of them it is on, how far along,
// and how far off. It only goes forward.
type trail struct {
	strokes []device.Stroke
	at      int     // the stroke that the tip is on
	sent    int     // the stroke that the CNC is on
	way     float64 // along the stroke, 0 to 1
	place   [3]float64
}

// ahead is how many strokes further than the present one the tip is looked for at once.
const ahead = 64

// send takes the line of the program that the CNC is on: the tip is not ahead of it.
func (t *trail) send(line uint32) {
	for i := t.sent; i < len(t.strokes); i++ {
		if t.strokes[i].Line == line {
			for i+1 < len(t.strokes) && t.strokes[i+1].Line == line {
				i++
			}
			t.sent = i
			return
		}
	}
}

// rounding is by how much, in m, another stroke must be nearer to be the one that the tip is on:
// on a way back over itself both are as near.
const rounding = 1e-9

// follow finds the tip's place on the strokes. It returns the stroke, and how far the tip is
// from the place; false without a program.
func (t *trail) follow(tip [3]float64) (*device.Stroke, [3]float64, bool) {
	if len(t.strokes) == 0 {
		return nil, tip, false
	}
	s := &t.strokes[t.at]
	place, way := nearest(s, tip, t.way)
	least := distance(tip, place)
	for i := t.at + 1; i <= min(t.sent, t.at+ahead); i++ {
		next := &t.strokes[i]
		p, w := nearest(next, tip, 0)
		if d := distance(tip, p); d < least-rounding {
			t.at, s, place, way, least = i, next, p, w, d
		} else if d > least+far {
			break
		}
	}
	t.place, t.way = place, way
	return s, [3]float64{tip[0] - place[0], tip[1] - place[1], tip[2] - place[2]}, true
}

// far is how much further away, in m, a stroke is than the present one for those after it
// not to be looked at.
const far = 5e-3

func distance(a, b [3]float64) float64 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return math.Sqrt(x*x + y*y + z*z)
}

// nearest is the place of a stroke that is nearest to a point, and its part of the way; on a
// helix, the place at the same angle. Of several turns it takes the one next to the part that
// the tip was at.
func nearest(s *device.Stroke, p [3]float64, was float64) ([3]float64, float64) {
	if s.Sweep != 0 {
		return nearestOnArc(s, p, was)
	}
	var dot, square float64
	for i := range p {
		d := s.To[i] - s.From[i]
		dot += (p[i] - s.From[i]) * d
		square += d * d
	}
	u := 0.0
	if square > 0 {
		u = min(max(dot/square, 0), 1)
	}
	var q [3]float64
	for i := range q {
		q[i] = s.From[i] + u*(s.To[i]-s.From[i])
	}
	return q, u
}

func nearestOnArc(s *device.Stroke, p [3]float64, was float64) ([3]float64, float64) {
	h0, a, r0 := cylinder(s, s.From)
	h1, _, r1 := cylinder(s, s.To)
	_, at, _ := cylinder(s, p)
	side := crossOf(s.Normal, a)
	turn := math.Atan2(at[0]*side[0]+at[1]*side[1]+at[2]*side[2], at[0]*a[0]+at[1]*a[1]+at[2]*a[2])
	// Of all turns the one that is next to where the tip was.
	turn += 2 * math.Pi * math.Round((was*s.Sweep-turn)/(2*math.Pi))
	u := min(max(turn/s.Sweep, 0), 1)
	sin, cos := math.Sincos(s.Sweep * u)
	r, h := 1+(r1/r0-1)*u, h0+(h1-h0)*u
	var q [3]float64
	for i := range q {
		q[i] = s.Centre[i] + h*s.Normal[i] + r*(cos*a[i]+sin*side[i])
	}
	return q, u
}

// cylinder is a point as a stroke's axis sees it: its height along it, and the way to it.
func cylinder(s *device.Stroke, p [3]float64) (height float64, across [3]float64, radius float64) {
	for i := range p {
		across[i] = p[i] - s.Centre[i]
		height += across[i] * s.Normal[i]
	}
	for i := range across {
		across[i] -= height * s.Normal[i]
	}
	return height, across, math.Sqrt(across[0]*across[0] + across[1]*across[1] + across[2]*across[2])
}

// heading is the direction of the stroke at the tip's place, of length 1; zero for one that goes
// nowhere.
func (t *trail) heading() (d [3]float64) {
	s := &t.strokes[t.at]
	if s.Sweep != 0 {
		h0, _, _ := cylinder(s, s.From)
		h1, _, _ := cylinder(s, s.To)
		_, a, _ := cylinder(s, t.place)
		d = crossOf(s.Normal, a)
		for i := range d {
			d[i] = d[i]*s.Sweep + (h1-h0)*s.Normal[i]
		}
	} else {
		for i := range d {
			d[i] = s.To[i] - s.From[i]
		}
	}
	if length := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2]); length > 0 {
		for i := range d {
			d[i] /= length
		}
	}
	return d
}

// turns are the rotary axes' programmed angles at the tip's place.
func (t *trail) turns() (a [2]float64) {
	s := &t.strokes[t.at]
	for i := range a {
		a[i] = s.FromTurns[i] + t.way*(s.ToTurns[i]-s.FromTurns[i])
	}
	return a
}
