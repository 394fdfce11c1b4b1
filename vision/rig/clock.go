package rig

import (
	"fmt"
	"math"
	"time"
)

// ClockConfig says what is known of a camera's clock and of the way to the line.
type ClockConfig struct {
	// Transfer is the least time from the camera's stamp to the frame's arrival. What it is
	// off by, the estimate is off by: no estimator can tell it from an offset.
	Transfer time.Duration
	// Window is how long the past counts; 0: 20 s. A clock whose drift changes with its
	// temperature wants a short one, a transfer with much jitter a long one.
	Window time.Duration
	// MaxDrift of the clock, in seconds a second; 0: 500e-6.
	MaxDrift float64
	// Jump is by how much a frame may be late before it counts as one of a clock that was
	// set; 0: 250 ms. JumpFrames are as many in a row, 0: 8.
	Jump       time.Duration
	JumpFrames int
	// Settle is how many frames in a row, none of them near the line, tell that the clock was
	// set by less than Jump; 0: 150. Less, and a transfer that is slow for a while counts as
	// one.
	Settle int
}

// slots into which the window is divided; of each, the frame with the least delay counts.
const slots = 40

// Clock estimates the offset and the drift of a camera's clock against the line's, from
// pairs of a stamp and an arrival. A frame can only be late, by its transfer's jitter, so the
// true line lies under all pairs; the estimate is the highest line under those of the window.
//
// Line turns stamps into instants of the line. An arrival that is much earlier than any
// before, JumpFrames in a row that are late by more than Jump, or Settle frames none of which
// comes near the line, tell that the clock was set, or that the camera was connected anew: the
// estimate begins again then, with the drift that it had.
type Clock struct {
	cfg ClockConfig
	// Points are relative to the first frame, in seconds: x is the camera's stamp, y by how much
	// the arrival is later than that frame's was, by the two clocks.
	first   time.Duration
	lead    time.Duration // arrival - stamp of the first frame
	ring    [slots]point  // of each slot the lowest one below the line as it was
	head, n int
	slot    int64 // number of the newest
	count   uint64
	far     int     // frames in a row beyond Jump
	above   int     // frames in a row that did not come near the line
	delay   float64 // mean of what frames lie above the line, s
	a, b    float64 // the line: y = a + b x
	last    float64 // newest x
	resets  uint64
}

// point of the cloud.
type point struct{ x, y float64 }

// NewClock makes an estimator. The error says what is wrong with the configuration.
func NewClock(cfg ClockConfig) (*Clock, error) {
	if cfg.Window == 0 {
		cfg.Window = 20 * time.Second
	}
	if cfg.MaxDrift == 0 {
		cfg.MaxDrift = 500e-6
	}
	if cfg.Jump == 0 {
		cfg.Jump = 250 * time.Millisecond
	}
	if cfg.JumpFrames == 0 {
		cfg.JumpFrames = 8
	}
	if cfg.Settle == 0 {
		cfg.Settle = 150
	}
	switch {
	case cfg.Transfer < 0 || cfg.Window < slots*time.Millisecond || cfg.Jump < time.Millisecond || cfg.JumpFrames < 2 || cfg.Settle < cfg.JumpFrames:
		return nil, fmt.Errorf("rig: a clock with Transfer %v, Window %v, Jump %v, JumpFrames %d and Settle %d; they must be at least 0, 40ms, 1ms, 2 and JumpFrames", cfg.Transfer, cfg.Window, cfg.Jump, cfg.JumpFrames, cfg.Settle)
	case !(cfg.MaxDrift > 0 && cfg.MaxDrift < 0.1):
		return nil, fmt.Errorf("rig: a clock with MaxDrift %g; it must be above 0 and below 0.1", cfg.MaxDrift)
	}
	return &Clock{cfg: cfg}, nil
}

// See takes a frame's stamp, on the camera's clock, and its arrival on the line's. It tells
// whether the estimate began anew with it.
func (c *Clock) See(stamp, arrived time.Duration) (anew bool) {
	if c.count == 0 {
		c.begin(stamp, arrived)
		return true
	}
	p := c.point(stamp, arrived)
	r := p.y - c.a - c.b*p.x
	slack := c.cfg.MaxDrift * math.Abs(p.x-c.last) // what the drift can have done meanwhile
	if r < -(1e-3 + c.delay + c.cfg.Jump.Seconds()/float64(c.count) + slack) {
		return c.again(stamp, arrived) // nothing arrives before it was sent
	}
	if r > c.cfg.Jump.Seconds()+slack {
		if c.far++; c.far >= c.cfg.JumpFrames {
			return c.again(stamp, arrived)
		}
		return false
	}
	if c.above++; r < 1e-3+c.delay/2+slack {
		c.above = 0
	}
	if c.above >= c.cfg.Settle {
		return c.again(stamp, arrived)
	}
	c.delay += (max(r, 0) - c.delay) / float64(min(c.count, 64))
	c.far = 0
	c.count++
	c.last = max(c.last, p.x)
	c.keep(p)
	c.fit()
	return false
}

// point of a pair, in the coordinates of the estimate. Differences of integers keep their
// nanoseconds, however long the line has run.
func (c *Clock) point(stamp, arrived time.Duration) point {
	return point{(stamp - c.first).Seconds(), (arrived - stamp - c.lead).Seconds()}
}

// again begins anew.
func (c *Clock) again(stamp, arrived time.Duration) bool {
	c.begin(stamp, arrived)
	c.resets++
	return true
}

func (c *Clock) begin(stamp, arrived time.Duration) {
	drift := c.b // a camera's crystal is the same after a reconnect
	*c = Clock{cfg: c.cfg, first: stamp, lead: arrived - stamp, b: drift, resets: c.resets, count: 1}
	c.keep(point{})
}

// keep puts a point into its slot, if it lies lowest there.
func (c *Clock) keep(p point) {
	k := int64(math.Floor(p.x / (c.cfg.Window.Seconds() / slots)))
	switch back := c.slot - k; {
	case c.n == 0 || back < 0:
		// Slots without a frame take no place, but age as others do.
		c.slot = k
		if c.n == slots {
			c.head = (c.head + 1) % slots
			c.n--
		}
		*c.at(c.n) = p
		c.n++
		for c.at(0).x < p.x-c.cfg.Window.Seconds() {
			c.head = (c.head + 1) % slots
			c.n--
		}
	case back == 0:
		if q := c.at(c.n - 1); p.y-c.b*p.x < q.y-c.b*q.x {
			*q = p
		}
	}
	// A frame of a slot that is full already comes too late to count.
}

func (c *Clock) at(i int) *point { return &c.ring[(c.head+i)%slots] }

// least span of the points for the slope to be looked for.
const leastSpan = 1.5

// fit finds the highest line under the points: of the edges of their lower hull the one below
// their mean (Moon et al.). Its slope is kept within MaxDrift.
func (c *Clock) fit() {
	var hull [slots]point
	n := 0
	for i := range c.n {
		p := *c.at(i)
		for n >= 2 && cross(hull[n-2], hull[n-1], p) <= 0 {
			n--
		}
		if n > 0 && hull[n-1].x >= p.x { // of one slot's end and the next one's begin
			if hull[n-1].y <= p.y {
				continue
			}
			n--
		}
		hull[n] = p
		n++
	}
	if span := hull[n-1].x - hull[0].x; n >= 2 && span >= leastSpan {
		mean := 0.0
		for i := range c.n {
			mean += c.at(i).x
		}
		mean /= float64(c.n)
		i := 1
		for i < n-1 && hull[i].x < mean {
			i++
		}
		b := (hull[i].y - hull[i-1].y) / (hull[i].x - hull[i-1].x)
		c.b = min(max(b, -c.cfg.MaxDrift), c.cfg.MaxDrift)
	}
	c.a = math.Inf(1)
	for _, p := range hull[:n] {
		c.a = min(c.a, p.y-c.b*p.x)
	}
}

// cross is positive when c lies to the left of the way from a to b.
func cross(a, b, c point) float64 { return (b.x-a.x)*(c.y-a.y) - (b.y-a.y)*(c.x-a.x) }

// Line is the instant of a stamp on the line's clock. Before the first frame it is the
// stamp.
func (c *Clock) Line(stamp time.Duration) time.Duration {
	if c.count == 0 {
		return stamp
	}
	x := (stamp - c.first).Seconds()
	return stamp + c.lead + time.Duration(math.Round((c.a+c.b*x)*1e9)) - c.cfg.Transfer
}

// Drift of the camera's clock: how many seconds more pass on the line's in one of its own.
func (c *Clock) Drift() float64 { return c.b }

// Offset of the line's clock to the camera's at the newest frame.
func (c *Clock) Offset() time.Duration {
	at := c.first + time.Duration(c.last*1e9)
	return c.Line(at) - at
}

// Frames that the estimate rests on, of those since it began.
func (c *Clock) Frames() uint64 { return c.count }

// Resets counts how often the estimate began anew after the first time.
func (c *Clock) Resets() uint64 { return c.resets }
