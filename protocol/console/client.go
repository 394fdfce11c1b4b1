package console

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

// mostAnswer bounds a message from the server: a page of the map is much smaller.
const mostAnswer = 4 << 20

// DialOptions say how to reach a console.
type DialOptions struct {
	// Token that proves the role, or "".
	Token string
	// TLS for an https address, as for certificates of one's own; nil for the usual.
	TLS *tls.Config
	// Ping is how often the server must show that it lives (15 s).
	Ping time.Duration
}

// Client is a console's other side. Its methods may be called concurrently.
type Client struct {
	ws   *websocket.Conn
	ctx  context.Context
	stop context.CancelCauseFunc
	// closing is true when it is this side that ends the connection.
	closing atomic.Bool

	mu        sync.Mutex
	lastCall  int
	calls     map[int]chan answer
	lastWatch int
	watches   map[int]*changes
	traces    map[uint64]*frames
}

// Error is what the server answered to a call. errors.Is finds the protocol.Status in it.
type Error struct {
	// Code is that of JSON-RPC, a status of package protocol, or one of this package.
	Code    int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Is reports whether the error is the status.
func (e *Error) Is(target error) bool {
	s, ok := target.(protocol.Status)
	return ok && e.Code == int(s)
}

// Dial connects to the console at an http or https address; without a path, at its usual
// one. The error is protocol.NotAuthorised when the server does not know the token.
func Dial(ctx context.Context, address string, o DialOptions) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = Path
	}
	// No proxy and no second protocol: a console is near, and a WebSocket is HTTP/1.1.
	opts := &websocket.DialOptions{
		Subprotocols: []string{Protocol}, HTTPHeader: http.Header{},
		HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: o.TLS, DisableKeepAlives: true}},
	}
	if o.Token != "" {
		opts.HTTPHeader.Set("Authorization", "Bearer "+o.Token)
	}
	ws, res, err := websocket.Dial(ctx, u.String(), opts)
	if err != nil {
		return nil, dialError(u, res, err)
	}
	if ws.Subprotocol() != Protocol {
		_ = ws.CloseNow()
		return nil, fmt.Errorf("console: what answers at %s is not a console of linetwin", u.Redacted())
	}
	ws.SetReadLimit(mostAnswer)
	c := &Client{ws: ws, calls: make(map[int]chan answer), watches: make(map[int]*changes), traces: make(map[uint64]*frames)}
	c.ctx, c.stop = context.WithCancelCause(context.Background())
	if o.Ping <= 0 {
		o.Ping = 15 * time.Second
	}
	go c.listen()
	go c.keepAlive(o.Ping)
	return c, nil
}

func dialError(u *url.URL, res *http.Response, err error) error {
	if res == nil {
		var uerr *url.Error
		if errors.As(err, &uerr) {
			err = uerr.Err
		}
		return fmt.Errorf("console: no answer from %s: %w", u.Host, err)
	}
	said := ""
	if b, _ := io.ReadAll(io.LimitReader(res.Body, 1024)); len(b) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		said = strings.TrimSpace(string(b))
	}
	switch {
	case u.Scheme == "http" && res.StatusCode == http.StatusBadRequest && (res.TLS == nil && res.Header.Get("Content-Type") == ""):
		return fmt.Errorf("console: the server at %s answers %s; if it encrypts, write https://%s", u.Host, res.Status, u.Host)
	case res.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("console: %s: %w", said, protocol.NotAuthorised)
	case res.StatusCode == http.StatusNotFound:
		return fmt.Errorf("console: the server at %s has no console", u.Host)
	case said != "":
		return fmt.Errorf("console: %s", said)
	}
	return fmt.Errorf("console: the server at %s answers %s", u.Host, res.Status)
}

// leaveWithin is how long the server may take to say goodbye.
const leaveWithin = time.Second

// Close leaves the console. A server that does not answer delays it by a second.
func (c *Client) Close() error {
	c.closing.Store(true)
	late := time.AfterFunc(leaveWithin, func() { c.stop(errClosed) })
	defer late.Stop()
	_ = c.ws.Close(websocket.StatusNormalClosure, "") // whatever the server says to it
	c.stop(errClosed)
	return nil
}

var errClosed = errors.New("console: this client has been closed")

// Done is closed when the connection has ended; Err then says why.
func (c *Client) Done() <-chan struct{} { return c.ctx.Done() }

// Err is why the connection ended, or nil while it lives.
func (c *Client) Err() error { return context.Cause(c.ctx) }

// answer is what the server says to a call.
type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *jrpc2.Error    `json:"error"`
}

// message is anything that the server says. What jrpc2 has for this side tells
// notifications in any order, and forgets answers that came right before the end.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	answer
}

// listen takes what the server says, until the connection ends.
func (c *Client) listen() {
	for {
		_, b, err := c.ws.Read(c.ctx)
		if err != nil {
			if c.closing.Load() {
				err = errClosed
			} else {
				err = goodbye(err)
			}
			c.stop(err)
			return
		}
		// What cannot be understood comes from a newer server and is left alone.
		var m message
		if err := json.Unmarshal(b, &m); err != nil {
			continue
		}
		if m.Method != "" {
			c.hear(m.Method, m.Params)
			continue
		}
		c.mu.Lock()
		reply := c.calls[m.ID]
		delete(c.calls, m.ID)
		c.mu.Unlock()
		if reply != nil {
			reply <- m.answer
		}
	}
}

// expect gives what waits for something from the server the next number, by which it
// comes.
func expect[T any](c *Client, waiting map[int]T, last *int, what T) (id int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*last++
	waiting[*last] = what
	return *last
}

// forget ends that something is waited for.
func forget[K comparable, T any](c *Client, waiting map[K]T, id K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(waiting, id)
}

// keepAlive notices a server that is gone without a word, as when its power fails.
func (c *Client) keepAlive(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(c.ctx, every)
		err := c.ws.Ping(ctx)
		late := ctx.Err() != nil && c.ctx.Err() == nil
		cancel()
		if err != nil && late {
			c.stop(fmt.Errorf("console: the connection to the server is lost: it has not answered for %v", every))
			return
		}
	}
}

// goodbye words why the server ended the connection.
func goodbye(err error) error {
	var bye websocket.CloseError
	if errors.As(err, &bye) {
		if bye.Reason == "" {
			bye.Reason = "it gave no reason"
		}
		return fmt.Errorf("console: the server ended the connection: %s", bye.Reason)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("console: the connection to the server is lost: it ended without a word")
	}
	return fmt.Errorf("console: the connection to the server is lost: %w", err)
}

// sendWithin is how long the server may take to read a message.
const sendWithin = 10 * time.Second

// Call calls a method, and decodes its result unless result is nil. An error of the
// server is an *Error.
func (c *Client) Call(ctx context.Context, name string, params, result any) error {
	reply := make(chan answer, 1)
	id := expect(c, c.calls, &c.lastCall, reply)
	defer forget(c, c.calls, id)
	b, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{jrpc2.Version, id, name, params})
	if err != nil {
		return fmt.Errorf("console: the parameters of %s: %w", name, err)
	}
	// A message that is cut off in the middle would end the connection: so it is the
	// connection's time that counts, not the caller's.
	sending, cancel := context.WithTimeout(c.ctx, sendWithin)
	err = c.ws.Write(sending, websocket.MessageText, b)
	cancel()
	if err != nil {
		_ = c.ws.CloseNow() // listen says why
	}
	select {
	case a := <-reply:
		return a.into(name, result)
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ctx.Done():
	}
	select {
	case a := <-reply: // it came before the end
		return a.into(name, result)
	default:
		return c.Err()
	}
}

func (a *answer) into(name string, result any) error {
	if a.Error != nil {
		return &Error{int(a.Error.Code), a.Error.Message}
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return fmt.Errorf("console: the answer to %s: %w", name, err)
	}
	return nil
}

// Auth shows a token, for a client that has shown none when it dialled.
func (c *Client) Auth(ctx context.Context, token string) (Hello, error) {
	return ask[Hello](ctx, c, MethodAuth, AuthParams{&token})
}

// Hello asks what this client may do.
func (c *Client) Hello(ctx context.Context) (Hello, error) {
	return ask[Hello](ctx, c, MethodAuth, AuthParams{})
}

// Map describes all registers whose names match; "" for all.
func (c *Client) Map(ctx context.Context, match string) (all []Register, err error) {
	for p := (MapParams{Match: match}); ; {
		var part MapPage
		if err := c.Call(ctx, MethodMap, p, &part); err != nil {
			return nil, err
		}
		all = append(all, part.Registers...)
		if part.Next <= p.From {
			return all, nil
		}
		p.From = part.Next
	}
}

// Get reads registers.
func (c *Client) Get(ctx context.Context, names ...string) ([]Reading, error) {
	var r Readings
	err := c.Call(ctx, MethodGet, GetParams{names}, &r)
	return r.Registers, err
}

// Set writes registers, all or none, and gives what they hold afterwards. A value is what
// a person would write.
func (c *Client) Set(ctx context.Context, values map[string]string) ([]Reading, error) {
	p := SetParams{Values: make(map[string]json.RawMessage, len(values))}
	for name, text := range values {
		b, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		p.Values[name] = b
	}
	var r Readings
	err := c.Call(ctx, MethodSet, p, &r)
	return r.Registers, err
}

// Clients lists the register server's clients. at is when, in seconds of the server's
// clock, so that two lists give rates.
func (c *Client) Clients(ctx context.Context) (all []ClientInfo, at float64, err error) {
	for p := (ListParams{}); ; {
		part, err := ask[ClientsPage](ctx, c, MethodClients, p)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, part.Clients...)
		if !part.More || len(part.Clients) == 0 {
			return all, part.At, nil
		}
		p.After = part.Clients[len(part.Clients)-1].ID
	}
}

// Kick ends a client's connection and tells it the reason.
func (c *Client) Kick(ctx context.Context, id uint64, reason string) error {
	return c.Call(ctx, MethodKick, KickParams{id, reason}, nil)
}

// LogLevel changes the level of the server's log; "" only asks.
func (c *Client) LogLevel(ctx context.Context, level string) (Level, error) {
	return ask[Level](ctx, c, MethodLogLevel, LevelParams{level})
}

// Config looks up a setting by its dotted path, or all below one.
func (c *Client) Config(ctx context.Context, path string) ([]Setting, error) {
	r, err := ask[Settings](ctx, c, MethodConfig, ConfigParams{path})
	return r.Settings, err
}

// Reload makes the server read its configuration again.
func (c *Client) Reload(ctx context.Context) (Reloaded, error) {
	return ask[Reloaded](ctx, c, MethodReload, None{})
}

// Health asks whether the server is well.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return ask[Health](ctx, c, MethodHealth, None{})
}

// Stats asks for the register server's totals.
func (c *Client) Stats(ctx context.Context) (Stats, error) {
	return ask[Stats](ctx, c, MethodStats, None{})
}

func ask[R any](ctx context.Context, c *Client, name string, params any) (R, error) {
	var r R
	err := c.Call(ctx, name, params, &r)
	return r, err
}
