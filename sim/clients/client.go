package clients

import (
	"errors"
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/network"
)

// Program is what a client does. Its methods are called in virtual time, one at a time.
type Program interface {
	// Begin is called when the client starts, also when it does so again after a loss of
	// power, before it connects. Watches and claims that it asks for here are asked for
	// anew on each later connection.
	Begin(now time.Duration, w *wire.Client)
	// Said is called with what the server said. It may make requests.
	Said(now time.Duration, w *wire.Client, e *wire.Event)
	// Broken is called when a connection is no more, after Said has told which requests
	// are lost; also when none came about.
	Broken(now time.Duration, err error)
}

// ClientOptions of a client. Zero fields take the defaults named.
type ClientOptions struct {
	Wire wire.ClientConfig
	// Patience with a connect (5 s).
	Patience time.Duration
	// Backoff before the next try after a connection is lost (100 ms), and the longest
	// (5 s). It doubles with each failure, and each wait is drawn from half of it to one
	// and a half.
	Backoff, MaxBackoff time.Duration
}

// Client is one client on a simulated network: it connects, comes back when it loses
// the connection, and has its Program make requests.
type Client struct {
	net     *network.Network
	at      network.Schedule
	rnd     *rand.Rand
	opt     ClientOptions
	program Program

	wire    *wire.Client
	end     *network.End
	giveUp  func() // of a connect under way
	tries   int    // counts connects
	wait    time.Duration
	power   bool
	greeted bool
	deaf    bool
	life    int // counts starts: what was scheduled before means nothing after
}

// Why a connection is no more, beside what wire and network tell.
var (
	errConnect = errors.New("the connect timed out")
	errPower   = errors.New("the client has no power")
)

// NewClient makes a client that is off.
func NewClient(n *network.Network, at network.Schedule, rnd *rand.Rand, p Program, opt ClientOptions) *Client {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	or(&opt.Wire.Silence, 10*time.Second)
	or(&opt.Patience, 5*time.Second)
	or(&opt.Backoff, 100*time.Millisecond)
	or(&opt.MaxBackoff, 5*time.Second)
	return &Client{net: n, at: at, rnd: rnd, opt: opt, program: p}
}

// On starts the client, which holds nothing of an earlier life, unless it is on.
func (c *Client) On(now time.Duration) {
	if c.power {
		return
	}
	c.power = true
	c.life++
	c.wire, c.wait = wire.NewClient(c.opt.Wire), c.opt.Backoff
	c.program.Begin(now, c.wire)
	c.dial(now)
	c.watchdog(now)
}

// Off is a loss of power: the server is not told.
func (c *Client) Off(now time.Duration) {
	if !c.power {
		return
	}
	c.power = false
	c.life++
	if c.end != nil {
		c.end.Vanish()
	}
	c.drop()
	c.wire.Reconnect(func(e *wire.Event) { c.program.Said(now, c.wire, e) })
	c.program.Broken(now, errPower)
}

// Deafen makes the client read nothing from now on, until it connects anew.
func (c *Client) Deafen() { c.deaf = c.Connected() }

// Connected tells whether the server has answered the hello on this connection.
func (c *Client) Connected() bool { return c.greeted }

// End of the connection, or nil.
func (c *Client) End() *network.End { return c.end }

// Ask lets f make requests, and sends them. It does nothing while the client is not
// connected.
func (c *Client) Ask(now time.Duration, f func(w *wire.Client)) {
	if c.greeted {
		f(c.wire)
		c.work(now)
	}
}

// later is the schedule for this life of the client.
func (c *Client) later(at time.Duration, fn func(now time.Duration)) {
	life := c.life
	c.at(at, func(now time.Duration) {
		if c.life == life {
			fn(now)
		}
	})
}

func (c *Client) dial(now time.Duration) {
	c.tries++
	try := c.tries
	c.giveUp = c.net.Dial(now, c.rnd, c.dialed)
	c.later(now+c.opt.Patience, func(now time.Duration) {
		if c.giveUp != nil && c.tries == try {
			c.lose(now, errConnect)
		}
	})
}

func (c *Client) dialed(now time.Duration, e *network.End, err error) {
	c.giveUp = nil
	if err != nil {
		c.lose(now, err)
		return
	}
	c.end = e
	e.Notify(c.work)
	c.work(now)
}

// work moves what can be moved, until nothing can.
func (c *Client) work(now time.Duration) {
	for c.end != nil {
		out := c.wire.Output()
		n := c.end.Write(now, out)
		c.wire.Sent(n)
		in := c.end.Received()
		if c.deaf {
			in = nil
		}
		switch {
		case len(in) > 0:
			err := c.wire.Receive(in, func(e *wire.Event) { c.hear(now, e) })
			c.end.Consume(now, len(in))
			if err != nil {
				c.lose(now, err)
			}
		case c.end.Err() != nil:
			c.lose(now, c.end.Err())
		case n == 0:
			return
		}
	}
}

func (c *Client) hear(now time.Duration, e *wire.Event) {
	if e.Kind == wire.Greeted {
		c.greeted, c.wait = true, c.opt.Backoff
	}
	c.program.Said(now, c.wire, e)
}

// watchdog looks at the times of the state machine.
func (c *Client) watchdog(now time.Duration) {
	if c.end != nil && !c.deaf {
		if err := c.wire.Tick(now); err != nil {
			c.lose(now, err)
		} else {
			c.work(now)
		}
	}
	c.later(now+min(time.Second, c.opt.Wire.Silence/4), c.watchdog)
}

// drop forgets the connection.
func (c *Client) drop() {
	if c.giveUp != nil {
		c.giveUp()
	}
	c.end, c.giveUp, c.greeted, c.deaf = nil, nil, false, false
}

// lose ends the connection and tries to get another one after a while.
func (c *Client) lose(now time.Duration, err error) {
	if c.end != nil {
		c.end.Abort(now)
	}
	c.drop()
	c.wire.Reconnect(func(e *wire.Event) { c.program.Said(now, c.wire, e) })
	c.program.Broken(now, err)
	wait := c.wait/2 + time.Duration(c.rnd.Float64()*float64(c.wait))
	c.wait = min(2*c.wait, c.opt.MaxBackoff)
	c.later(now+wait, c.dial)
}
