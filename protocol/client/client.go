package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// ErrClosed is the error of calls on a Client after its Close.
var ErrClosed = errors.New("the connection to the register server was closed by this program")

// Client is a connection to a register server. Its methods may be called
// concurrently.
type Client struct {
	conn  net.Conn
	addr  string
	start time.Time

	// mu guards what follows, and is never held while waiting. Bytes leave under
	// wmu, which is taken before mu, so that the reader never waits for a write.
	mu      sync.Mutex
	session *wire.Client
	calls   map[uint16]chan wire.Event
	watches map[uint16]*watch
	names   map[string]int
	infos   []protocol.Info
	err     error
	done    chan struct{}

	wmu  sync.Mutex
	wbuf []byte

	mapping sync.Mutex // one goroutine reads the map, others wait for it
}

// Option of Dial.
type Option func(*wire.ClientConfig)

// WithToken proves the client's role to a server that asks for it.
func WithToken(token string) Option { return func(c *wire.ClientConfig) { c.Token = token } }

// Dial connects to the register server at addr ("host:port") and waits for its
// hello.
func Dial(ctx context.Context, addr string, options ...Option) (*Client, error) {
	var config wire.ClientConfig
	for _, o := range options {
		o(&config)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("no register server answers at %s: %w", addr, err)
	}
	c := &Client{
		conn: conn, addr: addr, start: time.Now(), session: wire.NewClient(config), done: make(chan struct{}),
		calls: make(map[uint16]chan wire.Event), watches: make(map[uint16]*watch),
	}
	greeted := make(chan struct{})
	c.flush()
	go c.listen(greeted)
	go c.tick()
	select {
	case <-greeted:
		return c, nil
	case <-c.done:
		return nil, c.reason()
	case <-ctx.Done():
		c.end(ctx.Err())
		return nil, fmt.Errorf("register server at %s: no hello: %w", addr, ctx.Err())
	}
}

// Hello is what the server said of itself.
func (c *Client) Hello() wire.ServerHello {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.session.Hello()
}

// Close ends the connection.
func (c *Client) Close() error {
	c.end(ErrClosed)
	return nil
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

func (c *Client) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("register server at %s: %w", c.addr, c.err)
}

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.done)
		c.conn.Close()
	}
}

// flush sends the session's output.
func (c *Client) flush() {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	c.mu.Lock()
	out := c.session.Output()
	c.wbuf = append(c.wbuf[:0], out...)
	c.session.Sent(len(out))
	c.mu.Unlock()
	if len(c.wbuf) == 0 {
		return
	}
	if _, err := c.conn.Write(c.wbuf); err != nil {
		// The server may have said why it closed the connection: let the reader see it.
		time.AfterFunc(time.Second, func() { c.end(err) })
	}
}

func (c *Client) listen(greeted chan struct{}) {
	buf := make([]byte, 16<<10)
	on := func(e *wire.Event) {
		if e.Kind == wire.Greeted {
			close(greeted)
			return
		}
		c.dispatch(e)
	}
	for {
		n, err := c.conn.Read(buf)
		c.mu.Lock()
		broken := c.session.Receive(buf[:n], on)
		c.mu.Unlock()
		switch {
		case broken != nil:
			c.end(broken)
			return
		case err != nil:
			c.end(fmt.Errorf("the connection is lost: %w", err))
			return
		}
	}
}

// tick keeps the connection alive, and ends it when the server falls silent.
func (c *Client) tick() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		err := c.session.Tick(time.Since(c.start))
		c.mu.Unlock()
		if err != nil {
			c.end(err)
			return
		}
		c.flush()
	}
}

// dispatch hands an event to whoever waits for it. c.mu is held.
func (c *Client) dispatch(e *wire.Event) {
	if e.Kind == wire.Pushed {
		if w := c.watches[e.ID]; w != nil {
			w.merge(e)
		}
		return
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
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return wire.Event{}, c.reason()
	}
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

func outcome(e wire.Event) (wire.Event, error) {
	if e.Kind == wire.Refused {
		return e, e.Status
	}
	return e, nil
}
