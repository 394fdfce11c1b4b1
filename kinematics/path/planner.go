package path

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/machine"
)

// Planner takes moves and puts what the path is, and how fast it may be run, into the
// queue. It is for one goroutine.
type Planner struct {
	settings
	q  *queue
	at [MaxAxes]float64 // where the last move ends
	m  *machine.Machine

	segments [ring]segment
	// How many segments there have been: that were added; of which the start has a reach, a
	// width, a factor of it, and its last width; and that are in the queue.
	count, chosen, widened, measured, settled, done uint64
	closed                                          bool // the path stops after the last segment

	pieces uint64 // written
	begin  int    // mark of the next one
	owed   int    // mark of a move that was too short to be one
	zones  zoning

	parts    []float64    // where the formula of the segment changes
	smooths  []spreadJump // that reach into it
	rangeErr error
}

// mostJumps is how many jumps can reach into a segment; each has three places where the
// formula changes.
const mostJumps = 2 * span

func newPlanner(s settings, q *queue) *Planner {
	p := &Planner{settings: s, q: q, parts: make([]float64, 0, 3*mostJumps+2), smooths: make([]spreadJump, 0, mostJumps)}
	p.zones.sources = make([]source, 0, 256)
	return p
}

// ring is for how many segments there is room, and memory how many are kept after they
// have gone into the queue, because corners reach back to them.
const (
	ring   = 128
	memory = 2 * span
)

func (p *Planner) seg(i uint64) *segment { return &p.segments[i%ring] }

// Room tells whether Add has room for a move now.
func (p *Planner) Room() bool {
	p.advance()
	return p.count-p.done < ring-memory
}

// Err is what was found out about moves after Add had taken them: an axis that leaves its
// range under tool centre point control or where a corner is rounded. The path before that
// line may still be run.
func (p *Planner) Err() error { return p.rangeErr }

// At is where the path ends so far, in the coordinates of the moves.
func (p *Planner) At() [MaxAxes]float64 { return p.at }

// Add puts a move into the queue. The errors are ErrFull, after which the same move may be
// added again when the Runner has gone on, and ones that wrap ErrMove and ErrRange. With
// tool centre point control, and where a corner is rounded, an axis that leaves its range may
// be found out some moves later; the RangeError says in which line. After ErrMove and
// ErrRange nothing of the move is in the queue, and nothing more can be added after ErrRange
// of an earlier one.
func (p *Planner) Add(mv Move) error {
	if p.rangeErr != nil {
		return p.rangeErr
	}
	if !p.Room() {
		return ErrFull
	}
	s := p.seg(p.count)
	ok, err := p.build(&mv, s)
	if err != nil {
		return err
	}
	if mv.Mark == 0 {
		mv.Mark = p.owed
	}
	if !ok {
		p.owed = mv.Mark
		return nil
	}
	if p.m == nil && p.ranged {
		if err := p.within(s, &mv); err != nil {
			return err
		}
	}
	var before *segment
	if p.count > 0 && !p.closed {
		before = p.seg(p.count - 1)
	}
	p.meet(before, s)
	s.mark, p.owed = mv.Mark, 0
	copy(p.at[:p.n], mv.To[:p.n])
	p.push()
	return p.rangeErr
}

func (p *Planner) push() {
	p.count++
	p.closed = false
	p.advance()
}

// Rest lets the machine come to rest where the last move ends, for at least dwell seconds;
// samples have the mark from when it does. Flush after the last one. The error is ErrFull.
func (p *Planner) Rest(mark int, dwell float64) error {
	if !p.Room() {
		return ErrFull
	}
	if mark == 0 {
		mark = p.owed
	}
	p.owed = 0
	s := p.seg(p.count)
	*s = segment{rest: true, pause: true, mark: mark, dwell: max(dwell, 0), m: p.m}
	s.base.poly[0] = p.at
	p.push()
	p.close()
	return nil
}

// Flush tells that for now there is no more move: the path stops where the last one ends,
// and all of it may be run. The errors are ErrFull, after which Flush is to be called again
// when the Runner has gone on, and those of Err.
func (p *Planner) Flush() error {
	p.close()
	if p.rangeErr == nil && p.done < p.count {
		return ErrFull
	}
	return p.rangeErr
}

// close is Flush for a path that goes on: what there is no room for yet follows with it.
func (p *Planner) close() {
	p.closed = p.count > 0
	p.advance()
}

// Control sets what the coordinates of further moves mean: joints, or, with a machine,
// the tip of the tool and the angles of the rotary axes (tool centre point control,
// G43.4). The Planner keeps the pointer. The machine comes to rest between moves of
// different meanings, and At changes to what the joints there are called now. The error
// wraps ErrConfig when the machine's axes are not those of the Config.
func (p *Planner) Control(m *machine.Machine) error {
	if m == p.m {
		return nil
	}
	if m != nil && (m.Axes() != p.n || p.rotary[0] || p.rotary[1] || p.rotary[2]) {
		return fmt.Errorf("%w: machine %s has %d axes, the path %d, of which the first three must be linear", ErrConfig, m.Name(), m.Axes(), p.n)
	}
	joints := p.Joints()
	p.m = m
	copy(p.at[:], joints[:p.n])
	if m != nil {
		point, _ := m.Forward(joints[:p.n])
		copy(p.at[:], point[:])
	}
	p.close()
	return nil
}

// Joints are the joints where the last move ends.
func (p *Planner) Joints() (joints [MaxAxes]float64) {
	joints = p.at
	if p.m != nil {
		p.m.FromProgram([3]float64(p.at[:3]), p.at[3:p.n], joints[:p.n])
	}
	return joints
}

// within checks the ranges of axes that coordinates are the values of.
func (p *Planner) within(s *segment, mv *Move) error {
	for i := range p.n {
		lo, hi := mv.To[i], mv.To[i]
		if s.base.arc && i < 3 {
			t := &s.base.turn
			// the circle is furthest out where the angle is that of (a, b), or opposite
			first := math.Atan2(t.b[i], t.a[i])
			for k := range 2 {
				phi := first + float64(k)*math.Pi
				if mv.Sweep < 0 {
					phi = -math.Mod(2*math.Pi-phi, 2*math.Pi)
				} else {
					phi = math.Mod(phi+2*math.Pi, 2*math.Pi)
				}
				if u := phi / t.rate; u >= 0 && u <= s.len {
					var at [MaxAxes]machine.Jet
					s.base.at(u, p.n, &at)
					lo, hi = min(lo, at[i][0]), max(hi, at[i][0])
				}
			}
		}
		if lo < p.lo[i] {
			return p.outside(i, lo, s)
		}
		if hi > p.hi[i] {
			return p.outside(i, hi, s)
		}
	}
	return nil
}

func (p *Planner) outside(i int, value float64, s *segment) error {
	return &RangeError{Axis: p.axes[i].Name, Line: s.line, File: s.file, Value: value, Min: p.lo[i], Max: p.hi[i]}
}

// advance takes all segments into the queue of which it is known how they go on, and for
// which there is room.
func (p *Planner) advance() {
	// What a start reaches over has to be known, step by step.
	end := p.count
	if !p.closed {
		end = p.sure(p.chosen, span)
	}
	for ; p.chosen < end; p.chosen++ {
		p.choose(p.chosen)
	}
	for end = p.lag(p.widened, p.chosen); p.widened < end; p.widened++ {
		p.widen(p.widened)
	}
	for end = p.lag(p.measured, p.widened); p.measured < end; p.measured++ {
		p.measure(p.measured)
	}
	for end = p.lag(p.settled, p.measured); p.settled < end; p.settled++ {
		p.seg(p.settled).wide = p.settle(p.settled)
	}
	for end = p.lag(p.done, p.settled); p.done < end; p.done++ {
		if p.rangeErr != nil {
			break
		}
		if !p.emit(p.done) {
			p.zones.halt(p)
			break
		}
	}
	p.zones.publish(p)
}

// sure is up to where, from i on, the next reach segments of each one are known, or that it
// stops before them.
func (p *Planner) sure(i, reach uint64) uint64 {
	end := i
	for k := i; k < p.count; k++ {
		if p.seg(k).rest {
			end = k
		}
	}
	if p.count > reach {
		end = max(end, p.count-reach)
	}
	return end
}

// lag is up to where a step may follow the one before it, which has come to before: span
// behind, or up to the next rest.
func (p *Planner) lag(i, before uint64) uint64 {
	if before == p.count && p.closed {
		return before
	}
	end := i
	if before > span {
		end = max(end, before-span)
	}
	for k := before; k > end; k-- {
		if k < p.count && p.seg(k).rest {
			return k
		}
	}
	return end
}
