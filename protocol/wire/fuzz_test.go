package wire

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func fuzzLine(t testing.TB) *line {
	defs := many(20, protocol.Bool)
	for i := range defs {
		defs[i].Type = protocol.Type(1 + i%9)
		defs[i].Access = protocol.Access(i % 3)
	}
	return newLine(t, defs...)
}

// everything makes a request of each kind.
func everything(c *Client) {
	change := protocol.Change{Ref: 1, Action: protocol.CompareSet, Value: protocol.IntValue(7), Operand: protocol.IntValue(0)}
	c.Read(3, 0, true)
	c.Write(1, protocol.U16, protocol.IntValue(7))
	c.Block(0, 20, 0)
	c.Block(1, 1, protocol.U16)
	c.BlockTimed(2, 5)
	c.List([]protocol.Ref{1, 99}, true)
	c.Watch([]protocol.Ref{4, 5}, time.Millisecond, true)
	c.Unwatch(7)
	c.WatchWith([]protocol.Ref{0, 1, 2, 7}, WatchSettings{Heartbeat: time.Millisecond, Deadband: Percent, Limit: 2, Timed: true})
	c.Map(0)
	c.Change(protocol.U16, change)
	c.Transact([]TypedChange{{change, protocol.U16}, {protocol.Change{Ref: 4, Action: protocol.Add}, protocol.I32}}, []protocol.Ref{1, 2}, false)
	c.Transact([]TypedChange{{protocol.Change{Ref: 10, Action: protocol.Mask}, protocol.U16}}, nil, true)
	c.Claim([]protocol.Ref{1, 2}, time.Second)
	c.Clock(5, 9)
	c.Limits(3)
	c.Release()
	c.Ping()
}

// Any bytes: the server holds bounded memory, ends the session with a reason or
// answers in whole replies, each request once.
func FuzzServer(f *testing.F) {
	hello := ClientHello{Newest: 1, Oldest: 1, Name: "fuzzer"}
	c := NewClient(ClientConfig{Token: "x"})
	everything(c)
	f.Add(c.Output(), uint8(3))
	f.Add(c.Output(), uint8(255))
	f.Add(hello.Append(nil), uint8(1))
	f.Add(append(hello.Append(nil), 0x80, 1, 0, 2, 0, 7), uint8(200))
	for _, r := range []struct {
		op   byte
		size int
	}{{opList, 2}, {opWatchWith, watchSettingsFixed + 2}, {opClaim, claimFixed + 4}} { // many times over
		b := hello.Append(nil)
		for id := range uint16(300) {
			b = endSized(append(beginSized(b, r.op, id), make([]byte, r.size)...), len(b))
		}
		f.Add(b, uint8(100))
	}
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(16))
	l := fuzzLine(f)
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		// Transactions that begin with an odd register are carried out later.
		var queue []*protocol.Transaction
		config := ServerConfig{MaxOutput: 512, MaxWatched: 64, MaxPending: 5, Sources: new(Sources),
			LineTime: func() time.Duration { return 5 * time.Second },
			Apply: func(tx *protocol.Transaction) bool {
				if tx.Changes[0].Ref%2 != 0 {
					queue = append(queue, tx)
					return false
				}
				l.w.Apply(1, tx)
				return true
			}}
		s := NewServer(0, l.bank, config)
		s.OnFinished(func(*protocol.Transaction) {})
		var now time.Duration
		var sent []byte
		total := 0
		send := func() {
			if len(s.out) > config.MaxOutput+2*maxReply {
				t.Fatalf("the session holds %d bytes of output", len(s.out))
			}
			total += len(s.Output())
			if len(sent) < 1<<16 {
				sent = append(sent, s.Output()...)
			}
			s.Sent(now, len(s.Output()))
		}
		finish := func() {
			tx := queue[0]
			queue = queue[1:]
			l.w.Apply(1, tx)
			tx.Finish()
			s.Complete(now, tx)
		}
		for len(b) > 0 && s.Err() == nil {
			n := min(int(chunk)+1, len(b))
			now += time.Millisecond
			if !s.Blocked() {
				s.Receive(now, b[:n])
				b = b[n:]
			}
			s.Tick(now)
			if _, watched := s.Watches(); watched > config.MaxWatched || s.Claimed() > config.MaxWatched || s.Pending() > config.MaxPending {
				t.Fatalf("%d registers are watched, %d claimed, %d transactions wait", watched, s.Claimed(), s.Pending())
			}
			if len(s.in) > MaxRequest+sizedHeader+n {
				t.Fatalf("the session holds %d bytes of input", len(s.in))
			}
			if len(queue) > 0 && chunk%3 == 0 {
				finish()
			}
			send()
		}
		for len(queue) > 0 {
			finish()
		}
		for len(s.Output()) > 0 {
			send()
		}
		if len(sent) == 0 || total > len(sent) {
			return
		}
		h, n, err := parseServerHello(sent)
		if err != nil || n == 0 {
			t.Fatalf("the hello: %v", err)
		}
		answers := uint64(0)
		for sent = sent[n:]; len(sent) > 0; sent = sent[n:] {
			var ok bool
			if n, ok = replySize(sent); !ok || n == 0 || n > len(sent) {
				t.Fatalf("a reply that is none: %x", sent)
			}
			if sent[0] != opPush && sent[0] != opGoodbye {
				answers++
			}
		}
		if h.Status == protocol.OK && s.Err() == nil && answers != s.Counts().Requests {
			t.Fatalf("%d requests, %d answers", s.Counts().Requests, answers)
		}
		s.Close(protocol.OK, "the end")
		if s.Claimed() != 0 || config.Sources.some.Load() != 0 {
			t.Fatalf("%d registers are still claimed", config.Sources.some.Load())
		}
	})
}

// Any bytes: the client accepts what answers its requests, or ends with a reason.
func FuzzClient(f *testing.F) {
	l := fuzzLine(f)
	asked := func() *Client {
		c := NewClient(ClientConfig{})
		everything(c)
		return c
	}
	requests := asked().InFlight()
	config := ServerConfig{Apply: func(tx *protocol.Transaction) bool {
		l.w.Apply(1, tx)
		return true
	}, Sources: new(Sources), LineTime: func() time.Duration { return 5 * time.Second }}
	s := NewServer(0, l.bank, config)
	s.Receive(0, asked().Output())
	s.Tick(time.Second)
	f.Add(append([]byte(nil), s.Output()...), uint8(7))
	f.Add(append([]byte(nil), s.Output()[:60]...), uint8(200))
	s.Close(protocol.Busy, "going down")
	f.Add(append([]byte(nil), s.Output()...), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		c := asked()
		answers := 0
		on := func(e *Event) {
			if e.Kind != Greeted && e.Kind != Pushed {
				answers++
			}
			for i, entry := range e.Entries {
				if e.Kind == Answered && entry.Index != i {
					t.Fatalf("entry %d has index %d", i, entry.Index)
				}
			}
		}
		for len(b) > 0 && c.Err() == nil {
			n := min(int(chunk)+1, len(b))
			_ = c.Receive(b[:n], on)
			b = b[n:]
			if len(c.in) > sizedHeader+1<<16+n || cap(c.scratch) > 4*MaxRefs {
				t.Fatalf("the client holds %d bytes and %d entries", len(c.in), cap(c.scratch))
			}
		}
		if answers > requests {
			t.Fatalf("%d answers to %d requests", answers, requests)
		}
		// Whatever was said before, another connection begins anew.
		c.Reconnect(on)
		if c.Err() != nil || c.InFlight() > requests {
			t.Fatalf("%v, %d in flight", c.Err(), c.InFlight())
		}
	})
}
