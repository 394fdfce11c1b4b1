package path

import (
	"math"
	"slices"

	"linetwin.dev/kinematics/machine"
)

// With tool centre point control the joints are bounded piece by piece. In a piece the
// rotary axes turn by at most turnPart, in rad, unless that makes more than mostParts pieces of
// one segment.
const (
	turnPart  = 0.06
	mostParts = 64
)

// spreadJump is a jump that reaches into a segment, seen from the segment's start.
type spreadJump struct {
	s    *segment
	at   float64
	wide float64
}

// emit puts a segment into the queue, if there is room.
func (p *Planner) emit(i uint64) bool {
	s := p.seg(i)
	last := i+1 == p.count || p.seg(i+1).rest
	if s.pause {
		if p.room() < 1 {
			return false
		}
		c := piece{shape: s.base, m: s.m, feed: math.Inf(1), rest: true, mark: s.mark, dwell: s.dwell}
		c.line, c.file = p.place(i)
		p.put(c, zone{rest: true})
		return true
	}
	p.reaching(i)
	total := len(p.parts)
	if s.m != nil {
		total += mostParts
	}
	if p.room() < total {
		return false
	}
	for k := 0; k+1 < len(p.parts); k++ {
		from, to := p.parts[k], p.parts[k+1]
		c := s.base.from(from, p.n)
		for _, j := range p.smooths {
			j.addTo(&c, from, to, p.n)
		}
		p.begin = 0
		if k == 0 {
			p.begin = s.mark
		}
		p.formula(s, c, to-from, last && k+2 == len(p.parts))
		if p.rangeErr != nil {
			return false
		}
	}
	return true
}

// place is the line of the last move before a pause, and its file.
func (p *Planner) place(i uint64) (line, file int) {
	for k := i; k > 0 && i-k < memory; {
		if k--; !p.seg(k).pause {
			return p.seg(k).line, p.seg(k).file
		}
	}
	return 0, 0
}

// reaching collects the jumps that reach into segment i, and where its formula changes.
func (p *Planner) reaching(i uint64) {
	s := p.seg(i)
	p.smooths = append(p.smooths[:0], spreadJump{s, 0, s.wide})
	for k, x := i, 0.0; i-k < span && !p.seg(k).rest; {
		k--
		x -= p.seg(k).len
		p.smooths = append(p.smooths, spreadJump{p.seg(k), x, p.seg(k).wide})
	}
	for k, x := i, 0.0; k+1 < p.count && k-i < span; {
		x += p.seg(k).len
		if k++; p.seg(k).rest {
			break
		}
		p.smooths = append(p.smooths, spreadJump{p.seg(k), x, p.seg(k).wide})
	}
	p.smooths = slices.DeleteFunc(p.smooths, func(j spreadJump) bool {
		return j.wide == 0 || j.at+j.wide <= 0 || j.at-j.wide >= s.len
	})
	p.parts = append(p.parts[:0], 0)
	for _, j := range p.smooths {
		p.parts = append(p.parts, j.at-j.wide, j.at, j.at+j.wide)
	}
	slices.Sort(p.parts)
	// Places that are as good as one count as one.
	near := 1e-6 * s.len
	for _, j := range p.smooths {
		near = min(near, 1e-3*j.wide)
	}
	kept := p.parts[:0]
	for _, x := range p.parts {
		if x < 0 || x > s.len-near || x > 0 && x-kept[len(kept)-1] < near {
			continue
		}
		if x == 0 && len(kept) > 0 {
			continue
		}
		kept = append(kept, x)
	}
	p.parts = append(kept, s.len)
}

// addTo adds to the curve, whose u is counted from a place in the segment, what the
// spread jump adds up to another place; the middle between them says on which side of the
// jump that is.
func (j *spreadJump) addTo(c *curve, from, to float64, n int) {
	x := (from+to)/2 - j.at
	if math.Abs(x) >= j.wide {
		return
	}
	side := math.Copysign(1, x)
	t := j.wide - side*(from-j.at) // the way from u = 0 to where the spread ends
	s, l := j.s, j.wide
	if s.jumpSize > 0 {
		// jump (t - side u)^3 / (6 l^2)
		q := 1 / (6 * l * l)
		q0, q1, q2, q3 := t*t*t*q, -3*side*t*t*q, 3*t*q, -side*q
		for i := range n {
			d := s.jump[i]
			c.poly[0][i] += d * q0
			c.poly[1][i] += d * q1
			c.poly[2][i] += d * q2
			c.poly[3][i] += d * q3
		}
	}
	if s.bendSize > 0 {
		// bend side x (1-x)^3 / 12 l^2 with 1 - x = (t - side u)/l
		w := t / l
		v := -side / l
		f := side * l * l / 12
		// (1-w) w^3 at w + v u
		q0 := f * (1 - w) * w * w * w
		q1 := f * v * w * w * (3 - 4*w)
		q2 := f * v * v * w * (3 - 6*w)
		q3 := f * v * v * v * (1 - 4*w)
		q4 := -f * v * v * v * v
		for i := range n {
			d := s.bend[i]
			c.poly[0][i] += d * q0
			c.poly[1][i] += d * q1
			c.poly[2][i] += d * q2
			c.poly[3][i] += d * q3
			c.poly[4][i] += d * q4
		}
	}
}

// formula puts a curve into the queue, in as many pieces as its speed limits ask for.
func (p *Planner) formula(s *segment, c curve, length float64, rest bool) {
	most := min(s.feed*p.mostOverride, p.fastest)
	var d [MaxAxes]rates
	if s.m == nil {
		if p.ranged && len(p.smooths) > 0 {
			if p.rangeErr = p.reach(s, &c, length); p.rangeErr != nil {
				return
			}
		}
		c.bounds(length, p.n, &d)
		p.piece(s, c, length, rest, &d, most)
		return
	}
	var spread, joints [MaxAxes]machine.Spread
	c.spread(length, p.n, &spread)
	turn := 0.0
	for i := 3; i < p.n; i++ {
		turn = max(turn, spread[i][1].Most()*length)
	}
	if c.arc {
		turn = max(turn, math.Abs(c.turn.rate)*length)
	}
	parts := min(max(int(math.Ceil(turn/turnPart)), 1), 1+int(mostParts*length/s.len))
	step := length / float64(parts)
	for k := range parts {
		part := c
		if k > 0 {
			part = c.from(step*float64(k), p.n)
		}
		part.spread(step, p.n, &spread)
		s.m.Enclose((*[3]machine.Spread)(spread[:3]), spread[3:p.n], joints[:p.n])
		for i := range p.n {
			d[i] = rates{joints[i][1].Most(), joints[i][2].Most(), joints[i][3].Most()}
		}
		if p.rangeErr = p.reach(s, &part, step); p.rangeErr != nil {
			return
		}
		p.piece(s, part, step, rest && k+1 == parts, &d, most)
	}
}

// Whether a piece leaves the range of an axis is looked up at so many places on it; by how
// little it does not count is for the rounding of numbers.
const (
	looks     = 8
	rangeNear = 1e-9 // m or rad
)

// reach checks the joints' ranges on a piece, which is short or rounds a corner.
func (p *Planner) reach(s *segment, c *curve, length float64) error {
	if !p.ranged {
		return nil
	}
	var at [MaxAxes]machine.Jet
	var coordinates, joints [MaxAxes]float64
	for k := looks; k > 0; k-- { // where it leads to says most
		c.at(length*float64(k)/looks, p.n, &at)
		for i := range p.n {
			coordinates[i] = at[i][0]
		}
		joints = coordinates
		if s.m != nil {
			s.m.FromProgram([3]float64(coordinates[:3]), coordinates[3:p.n], joints[:p.n])
		}
		for i, q := range joints[:p.n] {
			if !(q >= p.lo[i]-rangeNear && q <= p.hi[i]+rangeNear) {
				return p.outside(i, q, s)
			}
		}
	}
	return nil
}

func (p *Planner) piece(s *segment, c curve, length float64, rest bool, d *[MaxAxes]rates, most float64) {
	speed, accel := p.allowed(d, length, most)
	feed := min(s.feed, speed)
	begin := p.begin
	p.begin = 0
	p.put(piece{
		len: length, shape: c, m: s.m, line: s.line, file: s.file, feed: s.feed, asked: s.asked, rapid: s.rapid,
		rest: rest, begin: begin,
	}, zone{len: length, limits: limits{speed, accel, feed}, rapid: s.rapid, rest: rest})
}

// room is how many pieces there is room for, with a zone for each.
func (p *Planner) room() int {
	free := len(p.q.pieces) - int(p.pieces-p.q.piecesDone.Load())
	return min(free-memory, (len(p.q.zones)-int(p.zones.count-p.q.zonesDone.Load()))/2-memory)
}

// put writes a piece and its zone.
func (p *Planner) put(c piece, z zone) {
	*p.q.piece(p.pieces) = c
	p.pieces++
	p.q.piecesReady.Store(p.pieces)
	p.zones.add(p, z)
}
