package network

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// Conditions of a network. Each connection has them to itself: connections do not
// crowd each other out.
type Conditions struct {
	// Latency one way, and Jitter: what a segment may take more, uniform. Within a
	// connection order is kept; between connections it is not.
	Latency, Jitter time.Duration
	// Rate of one direction in bytes a second; 0: no limit.
	Rate float64
	// Loss is the share of segments that must be sent again.
	Loss float64
	// Segment is the most bytes that arrive at once (1448).
	Segment int
	// Buffer is how many bytes each end keeps of what it sends, and of what it has
	// received (64 KiB each).
	Buffer int
	// Cut is the mean time after which a connection is cut, exponential; 0: never. Half
	// of the cuts reset both ends; in the other half one end gets a part of what the
	// other one sent, and then the end of the stream.
	Cut time.Duration
	// HalfOpen is the mean time after which a connection falls silent, in one direction
	// or both, with neither end told; 0: never.
	HalfOpen time.Duration
	// Refuse is the share of connects that are refused.
	Refuse float64
}

// What the ends learn of a connection that is no more; its end in good order is io.EOF.
var (
	ErrReset   = errors.New("connection reset by peer")
	ErrRefused = errors.New("connection refused")
)

const (
	// The first retransmission comes after this time, the next after twice as long, and
	// so on (RFC 6298, with Linux's minimum).
	firstRetry = 200 * time.Millisecond
	lastRetry  = 2 * time.Minute
	// A connect is tried again after this time (RFC 6298, section 5.7).
	firstConnect = time.Second
	// headers of a segment on Ethernet: what takes up the rate beside the bytes.
	headers = 66
)

// Schedule runs fn at an instant, or at once after what runs now if that has passed.
// What is scheduled for one instant runs in the order in which it was scheduled.
type Schedule func(at time.Duration, fn func(now time.Duration))

// Network connects those who dial to who listens.
type Network struct {
	cond   Conditions
	at     Schedule
	accept func(now time.Duration, e *End)
	down   int // faults in which nothing passes
	shut   int // faults in which connects are refused
	conns  []*conn
	dialed int
	trace  func(now time.Duration, conn int, what string, n int)
}

// New makes a network on which nobody listens yet. Zero fields of the conditions take
// the defaults named there.
func New(c Conditions, at Schedule) *Network {
	n := &Network{at: at}
	n.Change(c)
	return n
}

// Change gives the network other conditions. The connections that are there fail when
// they would have before.
func (n *Network) Change(c Conditions) {
	if c.Segment <= 0 {
		c.Segment = 1448
	}
	if c.Buffer <= 0 {
		c.Buffer = 64 << 10
	}
	n.cond = c
}

// Listen sets who accepts connections; nil: nobody, and they are refused.
func (n *Network) Listen(accept func(now time.Duration, e *End)) { n.accept = accept }

// Trace shows f what happens to each connection, which are numbered as they are dialled;
// count is a number of bytes, where there is one.
func (n *Network) Trace(f func(now time.Duration, conn int, what string, count int)) { n.trace = f }

// Open connections, as at least one end believes.
func (n *Network) Open() int { return len(n.conns) }

// Lapse begins (by = 1) or ends (by = -1) a time in which nothing passes. Segments are
// sent again until they do; connections stay.
func (n *Network) Lapse(by int) { n.down += by }

// Shut begins (by = 1) or ends (by = -1) a time in which connects are refused. Those
// connections that are there stay.
func (n *Network) Shut(by int) { n.shut += by }

// Reset resets all connections.
func (n *Network) Reset(now time.Duration) {
	for _, c := range slices.Clone(n.conns) {
		c.reset(now)
	}
}

// Dial connects to who listens. done gets the end, or ErrRefused; while nothing passes
// it is not called, since TCP tries for minutes: who cannot wait gives up, after which
// done is not called any more. What happens to this connection is drawn from rnd.
func (n *Network) Dial(now time.Duration, rnd *rand.Rand, done func(now time.Duration, e *End, err error)) (giveUp func()) {
	n.dialed++
	d := &dial{n: n, id: n.dialed, done: done, rnd: rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64()))}
	d.try(now, firstConnect)
	return func() { d.over = true }
}

// dial is a connect under way.
type dial struct {
	n    *Network
	id   int
	rnd  *rand.Rand
	done func(now time.Duration, e *End, err error)
	over bool
}

func (d *dial) try(now time.Duration, again time.Duration) {
	n := d.n
	if d.over {
		return
	}
	if n.lost(d.rnd) {
		n.at(now+again, func(now time.Duration) { d.try(now, min(2*again, lastRetry)) })
		return
	}
	n.at(now+n.delay(d.rnd), d.arrive)
}

// arrive is at the side of who listens.
func (d *dial) arrive(now time.Duration) {
	n := d.n
	if d.over {
		return
	}
	back := now + n.delay(d.rnd)
	if d.rnd.Float64() < n.cond.Refuse || n.shut > 0 || n.accept == nil {
		n.at(back, func(now time.Duration) {
			if !d.over {
				n.tell(now, d.id, "refused", 0)
				d.done(now, nil, ErrRefused)
			}
		})
		return
	}
	c := newConn(n, d.id, d.rnd)
	n.conns = append(n.conns, c)
	n.tell(now, d.id, "open", 0)
	c.plan(now)
	n.at(back, func(now time.Duration) {
		if d.over {
			c.ends[0].Abort(now)
			return
		}
		d.done(now, &c.ends[0], nil)
	})
	n.accept(now, &c.ends[1])
}

// delay of one segment.
func (n *Network) delay(rnd *rand.Rand) time.Duration {
	return n.cond.Latency + time.Duration(rnd.Float64()*float64(n.cond.Jitter))
}

// lost tells whether a segment that is sent now does not arrive.
func (n *Network) lost(rnd *rand.Rand) bool { return rnd.Float64() < n.cond.Loss || n.down > 0 }

func (n *Network) tell(now time.Duration, conn int, what string, count int) {
	if n.trace != nil {
		n.trace(now, conn, what, count)
	}
}
