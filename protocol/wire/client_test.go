package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func changeOf(t protocol.Type) func(c *Client) (uint16, error) {
	return func(c *Client) (uint16, error) { return c.Change(t, protocol.Change{}) }
}

func oneChange(reads []protocol.Ref) func(c *Client) (uint16, error) {
	return func(c *Client) (uint16, error) {
		return c.Transact([]TypedChange{{protocol.Change{}, protocol.U16}}, reads, false)
	}
}

func TestTheClientRefusesBytesThatDoNotFitItsRequests(t *testing.T) {
	l := newLine(t, many(4, protocol.U16)...)
	for _, c := range []struct {
		name  string
		ask   func(c *Client) (uint16, error)
		reply []byte
	}{
		{"an unknown reply", nil, []byte{0x70}},
		{"an answer to nothing", nil, []byte{0x01, 1, 0}},
		{"an answer with another id", func(c *Client) (uint16, error) { return c.Ping() }, []byte{0x01, 2, 0}},
		{"an acknowledged read", func(c *Client) (uint16, error) { return c.Read(0, 0, false) }, []byte{0x01, 1, 0}},
		{"a value for a ping", func(c *Client) (uint16, error) { return c.Ping() }, []byte{0x12, 1, 0, 5, 0}},
		{"another type", func(c *Client) (uint16, error) { return c.Read(0, protocol.U16, false) }, []byte{0x13, 1, 0, 5, 0}},
		{"a bool of 2", func(c *Client) (uint16, error) { return c.Read(0, 0, false) }, []byte{0x11, 1, 0, 2}},
		{"a time unasked for", func(c *Client) (uint16, error) { return c.Read(0, 0, false) }, []byte{0x52, 1, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0}},
		{"a failure without a reason", func(c *Client) (uint16, error) { return c.Ping() }, []byte{0x02, 1, 0, 0}},
		{"an unknown status", func(c *Client) (uint16, error) { return c.Ping() }, []byte{0x02, 1, 0, 99}},
		{"too few entries", func(c *Client) (uint16, error) { return c.Block(0, 2, 0) }, []byte{0x80, 1, 0, 3, 0, 2, 5, 0}},
		{"a cut entry", func(c *Client) (uint16, error) { return c.Block(0, 1, 0) }, []byte{0x80, 1, 0, 2, 0, 2, 5}},
		{"a packed block too long", func(c *Client) (uint16, error) { return c.Block(0, 1, protocol.U16) }, []byte{0x81, 1, 0, 4, 0, 2, 5, 0, 0}},
		{"a push for no watch", nil, []byte{0x83, 1, 0, 4, 0, 0, 2, 5, 0}},
		{"a push before the watch stands", func(c *Client) (uint16, error) { return c.Watch([]protocol.Ref{0}, 0, false) }, []byte{0x83, 1, 0, 4, 0, 0, 2, 5, 0}},
		{"a map record of no type", func(c *Client) (uint16, error) { return c.Map(0) }, []byte{0x82, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0}},
		{"a map record of an unknown access", func(c *Client) (uint16, error) { return c.Map(0) }, []byte{0x82, 1, 0, 6, 0, 2, 3, 0, 0, 0, 0}},
		{"a map record of an unknown word order", func(c *Client) (uint16, error) { return c.Map(0) }, []byte{0x82, 1, 0, 6, 0, 2, 0x40, 0, 0, 0, 0}},
		{"a map for a read", func(c *Client) (uint16, error) { return c.Read(0, 0, false) }, []byte{0x82, 1, 0, 0, 0}},
		{"a goodbye without a status", nil, []byte{0xff, 0, 0, 0, 0}},
		{"a goodbye of an unknown status", nil, []byte{0xff, 0, 0, 1, 0, 99}},
		{"a part at fault of a read", func(c *Client) (uint16, error) { return c.Read(0, 0, false) }, []byte{0x03, 1, 0, 5, 0, 0}},
		{"a part at fault without a reason", oneChange(nil), []byte{0x03, 1, 0, 0, 0, 0}},
		{"times for a ping", func(c *Client) (uint16, error) { return c.Ping() }, append([]byte{0x04, 1, 0}, make([]byte, 16)...)},
		{"an acknowledged clock", func(c *Client) (uint16, error) { return c.Clock(1, 0) }, []byte{0x01, 1, 0}},
		{"an acknowledged change", changeOf(protocol.U16), []byte{0x01, 1, 0}},
		{"a change of another type", changeOf(protocol.U16), []byte{0x13, 1, 0, 5, 0}},
		{"a change with a time", changeOf(protocol.U16), []byte{0x52, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"a transaction without what it reads", oneChange([]protocol.Ref{0}), []byte{0x01, 1, 0}},
		{"a transaction with more than it reads", oneChange([]protocol.Ref{0}), []byte{0x80, 1, 0, 6, 0, 2, 5, 0, 2, 5, 0}},
		{"a transaction with what it does not read", oneChange(nil), []byte{0x80, 1, 0, 3, 0, 2, 5, 0}},
		{"a value for a transaction", oneChange([]protocol.Ref{0}), []byte{0x12, 1, 0, 5, 0}},
		{"a value for a claim", func(c *Client) (uint16, error) { return c.Claim([]protocol.Ref{0}, 0) }, []byte{0x12, 1, 0, 5, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, l, ServerConfig{}, ClientConfig{})
			if c.ask != nil {
				must(t)(c.ask(p.client))
			}
			called := false
			err := p.client.Receive(c.reply, func(*Event) { called = true })
			if !errors.Is(err, protocol.Malformed) || called {
				t.Errorf("error %v, event %v", err, called)
			}
			if _, again := p.client.Ping(); again == nil {
				t.Error("the session goes on")
			}
		})
	}
}

func TestTheClientPingsBeforeTheServerWouldGiveItUp(t *testing.T) {
	l := newLine(t, many(1, protocol.U16)...)
	p := newPair(t, l, ServerConfig{Idle: 9 * time.Second}, ClientConfig{})
	pings := 0
	for p.now = 0; p.now < time.Minute; p.now += time.Second {
		if err := p.client.Tick(p.now); err != nil {
			t.Fatal(err)
		}
		if len(p.client.Output()) > 0 {
			pings++
		}
		p.settle()
		p.server.Tick(p.now)
		if p.server.Err() != nil {
			t.Fatal(p.server.Err())
		}
	}
	if pings < 15 || pings > 20 {
		t.Errorf("%d pings in a minute", pings)
	}
}

func TestTheClientNoticesAServerThatFellSilent(t *testing.T) {
	l := newLine(t, many(1, protocol.U16)...)
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	for now := time.Duration(0); now < time.Minute; now += time.Second {
		if err := p.client.Tick(now); err != nil {
			if !strings.Contains(err.Error(), "said nothing for 10s") || now < 20*time.Second || now > 25*time.Second {
				t.Errorf("after %v: %v", now, err)
			}
			return
		}
	}
	t.Error("it never did")
}

func TestRequestsInFlightAreBounded(t *testing.T) {
	c := NewClient(ClientConfig{MaxInFlight: 2})
	must(t)(c.Ping())
	must(t)(c.Ping())
	if _, err := c.Ping(); !errors.Is(err, protocol.Limit) {
		t.Errorf("got %v", err)
	}
}

func TestTheClientRefusesPushesThatDoNotFitTheWatch(t *testing.T) {
	l := newLine(t, many(4, protocol.U16)...)
	for _, c := range []struct {
		name  string
		set   WatchSettings
		push  []byte
		taken bool
	}{
		{"one that fits", WatchSettings{}, []byte{0, 2, 5, 0}, true},
		{"one that is not the first", WatchSettings{}, []byte{5, 0x42, 1, 5, 0}, true},
		{"one that skips beyond the end", WatchSettings{}, []byte{0, 0x42, 2, 5, 0}, false},
		{"one that skips nothing", WatchSettings{}, []byte{0, 0x42, 0, 5, 0}, false},
		{"a skip that is longer than it needs", WatchSettings{}, []byte{0, 0x42, 0x81, 0, 5, 0}, false},
		{"more than there are", WatchSettings{}, []byte{0, 2, 5, 0, 2, 5, 0, 2, 5, 0}, false},
		{"nothing at all", WatchSettings{}, nil, false},
		{"no entries", WatchSettings{}, []byte{0}, false},
		{"a heartbeat", WatchSettings{Heartbeat: time.Second}, []byte{0}, true},
		{"a register without a value", WatchSettings{}, []byte{0, 0x10}, false},
		{"a count that does not end", WatchSettings{}, []byte{0x80, 0x80, 0x80, 0x80}, false},
		{"a count too large", WatchSettings{}, []byte{0xff, 0xff, 0xff, 0x01, 2, 5, 0}, false},
		{"the largest count", WatchSettings{}, []byte{0xff, 0xff, 0x7f, 2, 5, 0}, true},
		{"a quality that there is not", WatchSettings{}, []byte{0, 0x32, 5, 0}, false},
		{"a time unasked for", WatchSettings{}, []byte{0, 0x82, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0}, false},
		{"a time that was asked for", WatchSettings{Timed: true}, []byte{0, 0x82, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0}, true},
		{"no time", WatchSettings{Timed: true}, []byte{0, 2, 5, 0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, l, ServerConfig{}, ClientConfig{})
			id := must(t)(p.client.WatchWith([]protocol.Ref{0, 1}, c.set))
			p.settle()
			pushes := 0
			err := p.client.Receive(endSized(append(beginSized(nil, opPush, id), c.push...), 0), func(e *Event) { pushes++ })
			if c.taken && (err != nil || pushes != 1) || !c.taken && (!errors.Is(err, protocol.Malformed) || pushes != 0) {
				t.Errorf("%d pushes, %v", pushes, err)
			}
		})
	}
}
