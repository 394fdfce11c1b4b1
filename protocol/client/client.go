package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
)

// ErrClosed is the error of calls on a Client after its Close.
var ErrClosed = errors.New("the connection to the register server was closed by this program")

// ErrLost is the error of a write whose connection was lost before the answer came,
// and which may have been carried out or not.
var ErrLost = errors.New("the connection was lost before the answer came; whether the write was carried out is not known")

// Client is a connection to a register server. Its methods may be called
// concurrently.
type Client struct {
	addr    string
	options options
	start   time.Time

	// mu guards what follows, and is never held while waiting. Bytes leave under
	// wmu, which is taken before mu, so that the reader never waits for a write.
	mu      sync.Mutex
	conn    net.Conn // nil while there is none
	session *wire.Client
	calls   map[uint16]chan wire.Event
	watches map[uint16]*watch
	claims  map[uint16]claim
	refused []claim       // to be made again
	claimAt time.Duration // when
	names   map[string]int
	infos   []protocol.Info
	hello   wire.ServerHello
	up      chan struct{} // closed while the server's hello is there
	err     error
	done    chan struct{}
	line    timesync.Estimator
	timed   time.Duration // when the last answer with the line's time arrived

	wmu  sync.Mutex
	wbuf []byte

	mapping sync.Mutex // one goroutine reads the map, others wait for it
}

// Dial connects to the register server at addr ("host:port") and waits for its
// hello.
func Dial(ctx context.Context, addr string, opts ...Option) (*Client, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	c := &Client{
		addr: addr, options: o, start: time.Now(), session: wire.NewClient(o.ClientConfig),
		up: make(chan struct{}), done: make(chan struct{}),
		calls: make(map[uint16]chan wire.Event), watches: make(map[uint16]*watch), claims: make(map[uint16]claim),
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	up := c.up
	c.flush()
	go c.run(conn)
	go c.tick()
	select {
	case <-up:
		return c, nil
	case <-c.done:
		return nil, c.reason()
	case <-ctx.Done():
		c.end(ctx.Err())
		return nil, fmt.Errorf("register server at %s: no hello: %w", addr, ctx.Err())
	}
}

// Hello is what the server said of itself when it was connected to last.
func (c *Client) Hello() wire.ServerHello {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hello
}

// Close ends the connection.
func (c *Client) Close() error {
	c.end(ErrClosed)
	return nil
}

// Done is closed when the connection has ended for good.
func (c *Client) Done() <-chan struct{} { return c.done }

func (c *Client) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("register server at %s: %w", c.addr, c.err)
}

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	if c.conn != nil {
		c.conn.Close()
	}
}

// now is this client's clock: the time since Dial.
func (c *Client) now() time.Duration { return time.Since(c.start) }

// flush sends the session's output, if there is a connection.
func (c *Client) flush() {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	c.mu.Lock()
	conn, out := c.conn, c.session.Output()
	if conn == nil || len(out) == 0 {
		c.mu.Unlock()
		return
	}
	c.wbuf = append(c.wbuf[:0], out...)
	c.session.Sent(len(out))
	c.mu.Unlock()
	if _, err := conn.Write(c.wbuf); err != nil {
		// The server may have said why it closed the connection: let the reader see it.
		time.AfterFunc(time.Second, func() { conn.Close() })
	}
}

// listen takes what the server says until the connection ends, and returns why.
func (c *Client) listen(conn net.Conn) error {
	defer conn.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := conn.Read(buf)
		at := c.now()
		c.mu.Lock()
		broken := c.session.Receive(buf[:n], func(e *wire.Event) { c.dispatch(at, e) })
		c.mu.Unlock()
		switch {
		case broken != nil:
			return broken
		case err != nil:
			return fmt.Errorf("the connection is lost: %w", err)
		}
	}
}

// tick keeps the connection alive, ends it when the server falls silent, and exchanges
// timestamps if that is wanted.
func (c *Client) tick() {
	const beat = 100 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var exchanged time.Duration
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		if c.conn == nil {
			c.mu.Unlock()
			continue
		}
		now := c.now()
		err := c.session.Tick(now)
		if every := c.options.clock; err == nil && every > 0 && now >= exchanged+every && c.hello.Features&wire.Clock != 0 {
			exchanged = now
			// With too many requests in flight it is left out.
			_, _ = c.session.Clock(c.now(), c.timed)
		}
		if err != nil {
			c.conn.Close() // the reader sees the session's error
		} else {
			c.claimAgain(now)
		}
		c.mu.Unlock()
		c.flush()
	}
}

// dispatch hands an event to whoever waits for it. c.mu is held.
func (c *Client) dispatch(at time.Duration, e *wire.Event) {
	switch e.Kind {
	case wire.Greeted:
		c.hello = e.Hello
		close(c.up)
		return
	case wire.Pushed:
		if w := c.watches[e.ID]; w != nil {
			w.merge(e)
		}
		return
	case wire.Timed:
		c.timed = at
		e.Exchange.Returned = at
		c.line.Add(e.Exchange)
		return
	case wire.Refused:
		if w := c.watches[e.ID]; w != nil && c.calls[e.ID] == nil {
			w.refuse(e.Status)
			return
		}
		if k, ok := c.claims[e.ID]; ok {
			delete(c.claims, e.ID)
			c.refused, c.claimAt = append(c.refused, k), c.now()+claimPause
			return
		}
	}
	if call := c.calls[e.ID]; call != nil {
		delete(c.calls, e.ID)
		kept := *e
		kept.Entries = append([]wire.Entry(nil), e.Entries...)
		call <- kept
	}
}

// call makes a request and waits for its answer. w, if not nil, gets the pushes.
func (c *Client) call(ctx context.Context, w *watch, request func(*wire.Client) (uint16, error)) (wire.Event, error) {
	ch := make(chan wire.Event, 1)
	if err := c.await(ctx); err != nil {
		return wire.Event{}, err
	}
	c.mu.Lock()
	id, err := request(c.session)
	if err != nil {
		c.mu.Unlock()
		return wire.Event{}, err
	}
	c.calls[id] = ch
	if w != nil {
		c.watches[id] = w
	}
	c.mu.Unlock()
	c.flush()
	select {
	case e := <-ch:
		return outcome(e)
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.calls, id)
		c.mu.Unlock()
		return wire.Event{ID: id}, ctx.Err()
	case <-c.done:
	}
	select {
	case e := <-ch: // it came just before the end
		return outcome(e)
	default:
		return wire.Event{}, c.reason()
	}
}

// await waits for a connection.
func (c *Client) await(ctx context.Context) error {
	c.mu.Lock()
	up, ended := c.up, c.err != nil
	c.mu.Unlock()
	if ended {
		return c.reason()
	}
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("register server at %s: no connection: %w", c.addr, ctx.Err())
	case <-c.done:
		return c.reason()
	}
}

// outcome of a call. Answers to reads that were lost are asked for again by who asked.
func outcome(e wire.Event) (wire.Event, error) {
	switch e.Kind {
	case wire.Refused:
		return e, e.Status
	case wire.Lost:
		return e, ErrLost
	}
	return e, nil
}
