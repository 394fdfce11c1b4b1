package wire

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// ClientConfig of one session. Zero fields take the defaults named.
type ClientConfig struct {
	// Digest of the map that the client holds; zero when it holds none.
	Digest [32]byte
	// Token that proves the client's role, or "".
	Token string
	// Name of the client, for people who look at the server; or "".
	Name string
	// KeepAlive is how long the client says nothing before it pings (10 s, or a
	// third of the server's idle time if that is shorter).
	KeepAlive time.Duration
	// Silence is how long the server may owe an answer and send nothing (10 s).
	Silence time.Duration
	// MaxInFlight is how many requests may wait for their answer (1024). Watches
	// count until they are ended.
	MaxInFlight int
}

// Client is the client's side of one connection, without the connection, driven
// like a Server. Requests go to the output at once, also before the server's hello
// has arrived; each returns the id that its Event will have. A Client is used by
// one goroutine at a time.
type Client struct {
	config ClientConfig

	in, out []byte
	hello   *ServerHello
	err     error

	last    uint16
	waiting map[uint16]expect
	owed    int           // answers that the server owes: waiting, less running watches and claims, and the hello
	hold    time.Duration // the shortest silence that a claim allows, or 0

	spoke, heard         bool // since the last Tick
	spokeAt, owedAt      time.Duration
	spokeKnown, owedKnow bool

	event   Event
	scratch []Entry
}

// expect is what the answer to a request must look like.
type expect struct {
	op    byte // of a timed request, the one without times
	typ   protocol.Type
	n     int    // registers asked for, or the first of the map
	id    uint16 // the watch to end
	timed bool
	beats bool   // pushes may be empty
	live  bool   // the watch or claim was acknowledged
	again bool   // it was asked for anew after a loss of the connection
	ends  uint16 // the release of the claim that is under way
	sent  time.Duration
	// request of a watch or claim, to ask for it anew.
	request []byte
}

// Kind of an Event.
type Kind uint8

// The kinds.
const (
	// Greeted: the server's hello has arrived; it is in Hello.
	Greeted Kind = iota + 1
	// Answered: Entries holds what a read, block or list asked for.
	Answered
	// Done: a request that asks for nothing was carried out.
	Done
	// Refused: the request was not carried out; Status says why, and At which part of a
	// transaction was at fault: its changes are counted first, then its registers.
	Refused
	// Timed: the line's times of a clock request are in Exchange.
	Timed
	// Resumed: a watch or claim stands again after Reconnect.
	Resumed
	// Lost: the connection was lost before the answer came. Whether a write was carried
	// out is not known.
	Lost
	// Mapped: Infos holds a part of the map, empty at its end.
	Mapped
	// Pushed: Entries holds what changed in the watch ID, nothing if it is a heartbeat;
	// Coalesced is how many values were never pushed, since newer ones took their place
	// while this client's output was full.
	Pushed
)

// Event is something that the server said. It and its slices are reused: they
// are valid until the function that got them returns.
type Event struct {
	Kind      Kind
	ID        uint16
	Status    protocol.Status
	At        int
	Hello     ServerHello
	Entries   []Entry
	Infos     []protocol.Info
	Exchange  timesync.Exchange
	Coalesced int
}

// NewClient makes a session; its hello is in the output.
func NewClient(config ClientConfig) *Client {
	if config.KeepAlive <= 0 {
		config.KeepAlive = 10 * time.Second
	}
	if config.Silence <= 0 {
		config.Silence = 10 * time.Second
	}
	if config.MaxInFlight <= 0 {
		config.MaxInFlight = 1024
	}
	c := &Client{config: config, waiting: make(map[uint16]expect)}
	c.greeting()
	return c
}

// greeting begins a connection.
func (c *Client) greeting() {
	h := ClientHello{Newest: Version, Oldest: OldestVersion, Features: allFeatures, Digest: c.config.Digest, Token: c.config.Token, Name: c.config.Name}
	c.out = h.Append(c.out[:0])
	c.owed, c.spoke = 1, true
}

// Reconnect begins anew on another connection, after the last one was lost or has
// failed. on is told of each request that is Lost. Watches and claims are asked for
// again, in the order of their ids, which stay: each gives Resumed, or Refused, or the
// session fails because the server's register map is another one meanwhile.
func (c *Client) Reconnect(on func(*Event)) {
	ids := slices.Sorted(maps.Keys(c.waiting))
	if c.hello != nil {
		c.config.Digest = c.hello.Digest
	}
	c.in, c.hello, c.err = nil, nil, nil
	c.heard, c.spokeKnown, c.owedKnow = false, false, false
	c.greeting()
	for _, id := range ids {
		if e := c.waiting[id]; e.request == nil {
			delete(c.waiting, id)
			if e.op == opUnwatch {
				delete(c.waiting, e.id)
			}
		} else if e.ends != 0 {
			delete(c.waiting, id)
		}
	}
	lost := ids[:0]
	for _, id := range ids {
		e, kept := c.waiting[id]
		if !kept {
			// A watch or claim whose end was asked for is lost with that request.
			lost = append(lost, id)
			continue
		}
		e.live, e.again = false, e.live || e.again
		c.waiting[id] = e
		c.out = append(c.out, e.request...)
		c.owed++
	}
	for _, id := range lost {
		c.emit(on, Event{Kind: Lost, ID: id})
	}
}

// Err is why the session is over, or nil while it lives.
func (c *Client) Err() error { return c.err }

// Output is what waits to be sent. It is valid until the next call of a method.
func (c *Client) Output() []byte { return c.out }

// Sent reports that the first n bytes of Output were sent.
func (c *Client) Sent(n int) { c.out = c.out[:copy(c.out, c.out[n:])] }

// Hello is the server's hello, or nil before it arrived.
func (c *Client) Hello() *ServerHello { return c.hello }

// InFlight is the number of requests without an answer, and of watches.
func (c *Client) InFlight() int { return len(c.waiting) }

// begin reserves an id, which is never 0.
func (c *Client) begin(e expect) (uint16, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(c.waiting) >= c.config.MaxInFlight {
		return 0, fmt.Errorf("%d requests are in flight on this connection; await some answers first: %w", len(c.waiting), protocol.Limit)
	}
	for {
		c.last++
		if _, taken := c.waiting[c.last]; !taken && c.last != 0 {
			break
		}
	}
	c.waiting[c.last] = e
	c.owed++
	c.spoke = true
	return c.last, nil
}

func checkRefs(n int) error {
	if n < 1 || n > MaxRefs {
		return fmt.Errorf("a request is for 1 to %d registers, not %d", MaxRefs, n)
	}
	return nil
}

// Read asks for a register of type t; 0 stands for any type. Answered has one
// entry, with its time if timed.
func (c *Client) Read(ref protocol.Ref, t protocol.Type, timed bool) (uint16, error) {
	op := byte(opRead)
	if timed {
		op = opReadTimed
	}
	if err := checkRef(ref); err != nil {
		return 0, err
	}
	id, err := c.begin(expect{op: opRead, typ: t, n: 1, timed: timed})
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, op|byte(t), id), uint16(ref))
	}
	return id, err
}

func checkRef(ref protocol.Ref) error {
	if ref >= protocol.MaxRegisters {
		return fmt.Errorf("register reference %d is beyond %d", ref, protocol.MaxRegisters-1)
	}
	return nil
}

// Write asks the writer of a register of type t to give it the value v, which
// must fit the type. The event is Done when it was accepted.
func (c *Client) Write(ref protocol.Ref, t protocol.Type, v protocol.Value) (uint16, error) {
	change, err := fit(t, protocol.Change{Ref: ref, Value: v})
	if err != nil {
		return 0, err
	}
	id, err := c.begin(expect{op: opWrite})
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, opWrite|byte(t), id), uint16(ref))
		c.out = protocol.AppendValue(c.out, t, change.Value)
	}
	return id, err
}

// Block asks for count registers from first on, as they were at one instant. With
// a type, all must have it, and the reply is packed; 0 stands for any types.
func (c *Client) Block(first protocol.Ref, count int, t protocol.Type) (uint16, error) {
	return c.block(opBlock|byte(t), expect{op: opBlock, typ: t, n: count}, first, count)
}

// BlockTimed is Block for any types, with the times.
func (c *Client) BlockTimed(first protocol.Ref, count int) (uint16, error) {
	return c.block(opBlockTimed, expect{op: opBlock, n: count, timed: true}, first, count)
}

func (c *Client) block(op byte, e expect, first protocol.Ref, count int) (uint16, error) {
	if err := checkRefs(count); err != nil {
		return 0, err
	}
	if err := checkRef(first); err != nil {
		return 0, err
	}
	id, err := c.begin(e)
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, op, id), uint16(first))
		c.out = le.AppendUint16(c.out, uint16(count))
	}
	return id, err
}

// List asks for the registers refs, as they were at one instant. Entries of
// unknown ones have a Status.
func (c *Client) List(refs []protocol.Ref, timed bool) (uint16, error) {
	op := byte(opList)
	if timed {
		op = opListTimed
	}
	return c.refs(op, expect{op: opList, n: len(refs), timed: timed}, nil, refs)
}

// Watch asks for pushes of the registers refs: at first of all, then of those that
// changed, with at least interval between two pushes. The id is that of the watch
// until it is ended.
func (c *Client) Watch(refs []protocol.Ref, interval time.Duration, timed bool) (uint16, error) {
	op := byte(opWatch)
	if timed {
		op = opWatchTimed
	}
	return c.refs(op, expect{op: opWatch, n: len(refs), timed: timed, request: []byte{}}, appendMicroseconds(nil, interval), refs)
}

// WatchWith is Watch with more settings.
func (c *Client) WatchWith(refs []protocol.Ref, set WatchSettings) (uint16, error) {
	if set.Deadband > Percent || !(set.Limit >= 0) || math.IsInf(float64(set.Limit), 0) {
		return 0, fmt.Errorf("a deadband is a number of at least 0, absolute or in percent, not %v", set.Limit)
	}
	flags := byte(set.Deadband) << deadbandShift
	if set.Timed {
		flags |= watchTimedFlag
	}
	fixed := appendMicroseconds(appendMicroseconds(nil, set.Interval), set.Heartbeat)
	fixed = le.AppendUint32(append(fixed, flags), math.Float32bits(set.Limit))
	return c.refs(opWatchWith, expect{op: opWatch, n: len(refs), timed: set.Timed, beats: set.Heartbeat > 0, request: []byte{}}, fixed, refs)
}

func appendMicroseconds(dst []byte, d time.Duration) []byte {
	return le.AppendUint32(dst, uint32(min(max(d, 0)/time.Microsecond, math.MaxUint32)))
}

func (c *Client) refs(op byte, e expect, fixed []byte, refs []protocol.Ref) (uint16, error) {
	if err := checkRefs(len(refs)); err != nil {
		return 0, err
	}
	for _, ref := range refs {
		if err := checkRef(ref); err != nil {
			return 0, err
		}
	}
	id, err := c.begin(e)
	if err != nil {
		return 0, err
	}
	start := len(c.out)
	c.out = append(beginSized(c.out, op, id), fixed...)
	for _, ref := range refs {
		c.out = le.AppendUint16(c.out, uint16(ref))
	}
	endSized(c.out, start)
	if e.request != nil {
		e.request = slices.Clone(c.out[start:])
		c.waiting[id] = e
	}
	return id, nil
}

// Unwatch ends a watch. Pushes may still arrive until it is Done.
func (c *Client) Unwatch(watch uint16) (uint16, error) {
	if e := c.waiting[watch]; e.op != opWatch {
		return 0, fmt.Errorf("there is no watch %d on this connection", watch)
	}
	id, err := c.begin(expect{op: opUnwatch, id: watch})
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, opUnwatch, id), watch)
	}
	return id, err
}

// Map asks for the description of the registers from first on. Mapped has as many
// as go into one reply.
func (c *Client) Map(first protocol.Ref) (uint16, error) {
	if err := checkRef(first); err != nil {
		return 0, err
	}
	id, err := c.begin(expect{op: opMap, n: int(first)})
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, opMap, id), uint16(first))
	}
	return id, err
}

// Limits asks for the least and the greatest value that clients may give a register:
// Answered has two entries.
func (c *Client) Limits(ref protocol.Ref) (uint16, error) {
	if err := checkRef(ref); err != nil {
		return 0, err
	}
	id, err := c.begin(expect{op: opLimits, n: 2})
	if err == nil {
		c.out = le.AppendUint16(appendHead(c.out, opLimits, id), uint16(ref))
	}
	return id, err
}

// Ping asks for a sign of life.
func (c *Client) Ping() (uint16, error) {
	id, err := c.begin(expect{op: opPing})
	if err == nil {
		c.out = appendHead(c.out, opPing, id)
	}
	return id, err
}
