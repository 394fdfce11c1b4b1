package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

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
		{"a goodbye without a status", nil, []byte{0xff, 0, 0, 0, 0}},
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
