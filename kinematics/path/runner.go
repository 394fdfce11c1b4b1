package path

import (
	"math"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/numeric"
)

// State says what the machine does at the instant of a Sample.
type State uint8

// The states.
const (
	Waiting State = iota // at rest where the published path ends
	Running              // along the path
	Held                 // stopping, or at rest, because of Hold
	Marked               // at rest at a Planner's Rest, for its dwell
)

// Sample is where the machine is in one cycle. Joints and their derivatives are exact ones,
// by the chain rule, not differences.
type Sample struct {
	Joints       [MaxAxes]float64 // m or rad
	Velocity     [MaxAxes]float64 // per s
	Acceleration [MaxAxes]float64 // per s2
	Jerk         [MaxAxes]float64 // per s3

	Point [MaxAxes]float64 // the coordinates of the moves: with tool centre point control, the tip
	Speed float64          // m/s of the first three coordinates
	Line  int              // of the move
	File  int              // that Line is in
	State State
	Mark  int // of the Rest or the marked Move that the machine has come to last

	Rapid bool    // the move has neither Feed nor Time
	Feed  float64 // of the move
	Pace  float64 // speed along the path by the one that Feed or Time asks for; rapid: 0
}

// Runner says where the machine is, cycle for cycle. It is for one goroutine, which may be
// another one than the Planner's.
type Runner struct {
	settings
	q     *queue
	start [MaxAxes]float64 // joints, before there is a path

	// Where the speed is planned, ahead: a place in a zone.
	zone  uint64
	in    numeric.Sum // m
	v     float64     // m/s
	known uint64      // zones with an envelope

	gap                float64 // s that are between a rise and a fall of the speed
	sinceUp, sinceDown float64 // s since the speed rose, and fell
	resting            float64 // s at rest
	arrived            bool    // at the rest that the zone ends with
	dwell              float64 // s that are left of its dwell

	feed, rapid float64 // overrides
	held        bool

	// Phases of constant acceleration, of the last smoothing time and the present one.
	phases   []phase
	head     cursor  // in the last one
	passed   float64 // s of it that the place in the zone has gone along with
	toEnd    bool    // it ends where its zone does
	endSpeed float64 // and with which speed
	tail     cursor
	window   numeric.Sum // m, the way that the head is ahead of the tail

	// Where the machine is: a place in a piece, and the path's speed and so on there.
	piece        uint64
	entered      uint64      // the last one that it began
	u            numeric.Sum // m
	started      bool
	speed, accel float64
	jerk         float64

	mark int
}

// gapMore is so much longer than the smoothing time, in s, that rounding does not matter.
const gapMore = 1e-9

// forever is the duration of a phase that something else ends.
const forever = 1e6

func newRunner(s settings, q *queue) *Runner {
	r := &Runner{
		settings: s, q: q, phases: make([]phase, s.phases()), feed: 1, rapid: 1,
		gap:     s.smooth + gapMore,
		sinceUp: forever, sinceDown: forever, resting: forever,
	}
	// Before the start the machine was at rest.
	*r.phase(0) = phase{duration: s.smooth}
	r.head.elapsed, r.passed = numeric.NewSum(s.smooth), s.smooth
	return r
}

func (r *Runner) phase(i uint64) *phase { return &r.phases[i&uint64(len(r.phases)-1)] }

// Hold brings the machine to rest on the path, as fast as the limits allow.
func (r *Runner) Hold() { r.held = true; r.cut() }

// Resume goes on from where the machine is.
func (r *Runner) Resume() { r.held = false; r.cut() }

// Override sets what programmed feeds, and what rapid moves' speeds are multiplied by. Feed
// goes from 0 to Config.MostOverride, rapid from 0 to 1; values beyond count as these.
// Axes' limits hold with any.
func (r *Runner) Override(feed, rapid float64) {
	r.feed = math.Min(math.Max(feed, 0), r.mostOverride)
	r.rapid = math.Min(math.Max(rapid, 0), 1)
	r.known = r.zone
	r.cut()
}

// Next goes on by one cycle, and sets s to where the machine then is. It is false when the
// machine is at rest and stays there: where the published path ends, or held. Then all
// derivatives are 0.
func (r *Runner) Next(s *Sample) bool {
	r.look()
	mark := r.mark
	waits := r.depart()
	r.advance(r.cycle)
	r.sample(s)
	switch {
	case r.held:
		s.State = Held
	case !r.still():
		s.State = Running
	case waits:
		s.State = Marked
	default:
		s.State = Waiting
	}
	return waits || !r.still() || r.goes() || r.mark != mark
}

// goes tells whether the head has somewhere to go.
func (r *Runner) goes() bool {
	if r.held || r.zone >= r.known {
		return false
	}
	z := r.q.zone(r.zone)
	return r.in.Value() < z.len && r.most(z) > 0 || z.rest && !r.arrived
}

// look extends the envelope to zones that are new: from their end, where the path has to
// stop as long as no more is known, back to where it is as it was.
func (r *Runner) look() {
	ready := r.q.zonesReady.Load()
	if ready == r.known {
		return
	}
	old := r.known
	r.known = ready
	next2 := 0.0
	for i := ready; i > r.zone; {
		i--
		z := r.q.zone(i)
		if z.rest || z.halt {
			next2 = 0
		}
		u2 := z.speedAt(next2, z.len, r.most(z))
		if i < old && u2 == z.u2 {
			break
		}
		z.u2 = u2
		next2 = u2
	}
	r.cut()
}

// most is the speed limit of a zone with the overrides.
func (r *Runner) most(z *zone) float64 {
	if z.rapid {
		return math.Min(z.speed, z.feed*r.rapid)
	}
	return math.Min(z.speed, z.feed*r.feed)
}

// next2 is the square of the speed that the path may have at the end of zone i.
func (r *Runner) next2(i uint64) float64 {
	if z := r.q.zone(i); i+1 >= r.known || z.rest || z.halt {
		return 0
	}
	return r.q.zone(i + 1).u2
}

// cut ends the present phase now, so that the next one is chosen anew.
func (r *Runner) cut() {
	ph := r.phase(r.head.i)
	if elapsed := r.head.elapsed.Value(); elapsed < ph.duration {
		r.pass(elapsed)
		ph.duration = elapsed
	}
}

// pass takes the place in the zone to some time of the present phase.
func (r *Runner) pass(time float64) {
	ph := r.phase(r.head.i)
	part := time - r.passed
	if part <= 0 {
		return
	}
	v := ph.v + ph.a*r.passed
	r.in.Add(part * (v + ph.a*part/2))
	r.v = math.Max(v+ph.a*part, 0)
	r.passed = time
	r.sinceUp += part
	r.sinceDown += part
	r.resting += part
	if ph.a > 0 {
		r.sinceUp = 0
	}
	if ph.a < 0 {
		r.sinceDown = 0
	}
	if ph.v != 0 || ph.a != 0 {
		r.resting = 0
	}
}

// begin puts a phase after the present one, which is at its end.
func (r *Runner) begin(duration, accel, endSpeed float64, toEnd bool) {
	r.toEnd, r.endSpeed = toEnd, endSpeed
	if last := r.phase(r.head.i); last.a == 0 && accel == 0 && last.v == r.v {
		last.duration += duration
		return
	}
	r.head = cursor{i: r.head.i + 1}
	r.passed = 0
	*r.phase(r.head.i) = phase{duration: duration, v: r.v, a: accel}
}

// advance goes on by some time: the head of the window, which plans the speed, and its
// tail, the smoothing time behind. The machine is at the mean place between them.
func (r *Runner) advance(time float64) {
	before := r.window.Value()
	head := r.lead(time)
	tail := r.follow(time)
	r.window.Add(head.way - tail.way)
	way := (before*time + head.integral - tail.integral) / r.smooth
	r.align()
	if r.still() {
		r.window = numeric.Sum{}
		r.speed, r.accel, r.jerk = 0, 0, 0
		r.forget()
	} else {
		v1, a1 := r.phase(r.head.i).at(r.head.elapsed.Value())
		v0, a0 := r.phase(r.tail.i).at(r.tail.elapsed.Value())
		r.speed, r.accel, r.jerk = math.Max(r.window.Value(), 0)/r.smooth, (v1-v0)/r.smooth, (a1-a0)/r.smooth
	}
	r.move(math.Max(way, 0))
}

// align sets the window anew where it is in one phase, so that what rounding has made of its
// length does not stay, and add up, for as long as a machine may be on its way.
func (r *Runner) align() {
	if r.tail.i != r.head.i || r.head.elapsed.Value() <= r.smooth {
		return
	}
	ph := r.phase(r.head.i)
	r.tail = r.head
	r.tail.elapsed.Add(-r.smooth)
	r.window = numeric.NewSum(r.smooth * (ph.v + ph.a*(r.tail.elapsed.Value()+r.smooth/2)))
}

// forget begins the count of time anew while the whole window is at rest, so that days of
// it do not wear out its resolution.
func (r *Runner) forget() {
	r.pass(r.head.elapsed.Value())
	whole := 2 * r.smooth // and then the next phase is chosen anew
	r.phase(r.head.i).duration = whole
	r.head.elapsed, r.passed = numeric.NewSum(whole), whole
	r.tail = cursor{r.head.i, numeric.NewSum(r.smooth)}
	r.sinceUp, r.sinceDown, r.resting = forever, forever, forever
}

// still tells whether the whole window is at rest.
func (r *Runner) still() bool {
	ph := r.phase(r.head.i)
	return ph.v == 0 && ph.a == 0 && r.resting+r.head.elapsed.Value()-r.passed >= r.smooth*exact
}

// lead goes on with the head.
func (r *Runner) lead(time float64) (s step) {
	for {
		ph := r.phase(r.head.i)
		elapsed := r.head.elapsed.Value()
		part := math.Min(ph.duration-elapsed, time)
		s.add(ph.v+ph.a*elapsed, ph.a, part)
		time -= part
		if time <= 0 {
			r.head.elapsed.Add(part)
			return s
		}
		r.head.elapsed = numeric.NewSum(ph.duration)
		if r.passed < ph.duration {
			r.pass(ph.duration)
			r.v = r.endSpeed
			if r.toEnd {
				r.in = numeric.NewSum(r.q.zone(r.zone).len)
			}
		}
		r.decide()
	}
}

// follow goes on with the tail.
func (r *Runner) follow(time float64) (s step) {
	for {
		ph := r.phase(r.tail.i)
		part, elapsed := time, r.tail.elapsed.Value()
		if r.tail.i != r.head.i {
			part = math.Min(ph.duration-elapsed, time)
		}
		s.add(ph.v+ph.a*elapsed, ph.a, part)
		r.tail.elapsed.Add(part)
		time -= part
		if time <= 0 {
			return s
		}
		r.tail = cursor{i: r.tail.i + 1}
	}
}

// move takes the machine along the pieces, at most to the next rest.
func (r *Runner) move(way float64) {
	ready := r.q.piecesReady.Load()
	if r.piece == ready {
		return
	}
	c := r.q.piece(r.piece)
	if !r.started || r.piece != r.entered {
		r.enter(c)
	}
	r.u.Add(way)
	for r.u.Value() > c.len && !c.rest && r.piece+1 < ready {
		r.u.Add(-c.len)
		r.piece++
		c = r.q.piece(r.piece)
		r.enter(c)
	}
	if r.u.Value() > c.len {
		r.u = numeric.NewSum(c.len)
	}
	r.q.piecesDone.Store(r.piece)
}

// enter begins a piece.
func (r *Runner) enter(c *piece) {
	r.started, r.entered = true, r.piece
	if c.begin != 0 {
		r.mark = c.begin
	}
}

// depart leaves places of rest that the machine has come to, as soon as it may and the path
// goes on. It tells whether a dwell is not over.
func (r *Runner) depart() (waits bool) {
	for r.zone < r.known && r.still() {
		z := r.q.zone(r.zone)
		if !z.rest && !z.halt || r.in.Value() < z.len {
			return false
		}
		if z.halt {
			if r.zone+1 == r.known || r.held {
				return false
			}
			r.zone++
			r.in = numeric.Sum{}
			r.q.zonesDone.Store(r.zone)
			r.cut()
			continue
		}
		if !r.arrived {
			// Rounding may have left the machine a little way back.
			for !r.q.piece(r.piece).rest {
				r.piece++
			}
			c := r.q.piece(r.piece)
			r.enter(c)
			r.u = numeric.NewSum(c.len)
			if r.arrived, r.dwell = true, c.dwell; c.mark != 0 {
				r.mark = c.mark
			}
		}
		if r.dwell > 0 && !r.held {
			r.dwell -= r.cycle
			return true
		}
		if r.zone+1 == r.known || r.held {
			return r.dwell > 0
		}
		r.zone++
		r.piece++
		r.in, r.u, r.arrived = numeric.Sum{}, numeric.Sum{}, false
		r.q.zonesDone.Store(r.zone)
		r.q.piecesDone.Store(r.piece)
		r.cut()
	}
	return false
}

func (r *Runner) sample(s *Sample) {
	*s = Sample{Joints: r.start, Point: r.start, Mark: r.mark}
	if !r.started {
		return
	}
	c := r.q.piece(r.piece)
	var at, joints [MaxAxes]machine.Jet
	c.shape.at(r.u.Value(), r.n, &at)
	joints = at
	if c.m != nil {
		c.m.Derive((*[3]machine.Jet)(at[:3]), at[3:r.n], joints[:r.n])
	}
	var speed2 float64
	for i := range r.n {
		s.Point[i] = at[i][0]
		s.Joints[i] = joints[i][0]
		s.Velocity[i], s.Acceleration[i], s.Jerk[i] = joints[i].InTime(r.speed, r.accel, r.jerk)
		if i < 3 && !r.rotary[i] {
			speed2 += at[i][1] * at[i][1]
		}
	}
	s.Speed = r.speed * math.Sqrt(speed2)
	s.Line, s.File = c.line, c.file
	s.Rapid, s.Feed, s.Pace = c.rapid, c.asked, r.speed/c.feed
}
