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
		defs[i].Access = protocol.Access(i % 2)
	}
	return newLine(t, defs...)
}

// Any bytes: the server holds bounded memory, ends the session with a reason or
// answers in whole replies.
func FuzzServer(f *testing.F) {
	hello := ClientHello{Newest: 1, Oldest: 1}
	c := NewClient(ClientConfig{})
	c.Read(3, 0, true)
	c.Write(1, protocol.U16, protocol.IntValue(7))
	c.Block(0, 20, 0)
	c.List([]protocol.Ref{1, 99}, true)
	c.Watch([]protocol.Ref{4, 5}, time.Millisecond, true)
	c.Unwatch(5)
	c.Map(0)
	f.Add(c.Output(), uint8(3))
	f.Add(hello.Append(nil), uint8(1))
	f.Add(append(hello.Append(nil), 0x80, 1, 0, 2, 0, 7), uint8(200))
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(16))
	l := fuzzLine(f)
	config := ServerConfig{MaxOutput: 512, MaxWatched: 64, Apply: allow}
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		s := NewServer(0, l.bank, config)
		var now time.Duration
		var sent []byte
		for len(b) > 0 && s.Err() == nil {
			n := min(int(chunk)+1, len(b))
			now += time.Millisecond
			if !s.Blocked() {
				s.Receive(now, b[:n])
				b = b[n:]
			}
			s.Tick(now)
			if len(s.in) > MaxRequest+sizedHeader+n || len(s.out) > config.MaxOutput+2*maxReply {
				t.Fatalf("the session holds %d and %d bytes", len(s.in), len(s.out))
			}
			if len(sent) < 1<<16 {
				sent = append(sent, s.Output()...)
			}
			s.Sent(now, len(s.Output()))
		}
		if len(sent) == 0 || len(sent) >= 1<<16 {
			return
		}
		_, n, err := parseServerHello(sent)
		if err != nil || n == 0 {
			t.Fatalf("the hello: %v", err)
		}
		for sent = sent[n:]; len(sent) > 0; sent = sent[n:] {
			var ok bool
			if n, ok = replySize(sent); !ok || n == 0 || n > len(sent) {
				t.Fatalf("a reply that is none: %x", sent)
			}
		}
	})
}

// Any bytes: the client accepts what answers its requests, or ends with a reason.
func FuzzClient(f *testing.F) {
	l := fuzzLine(f)
	asked := func() *Client {
		c := NewClient(ClientConfig{})
		c.Read(3, 0, true)
		c.Block(0, 20, 0)
		c.List([]protocol.Ref{1, 99}, true)
		c.Watch([]protocol.Ref{4, 5}, time.Millisecond, true)
		c.Map(0)
		c.Write(1, protocol.U16, protocol.IntValue(7))
		return c
	}
	s := NewServer(0, l.bank, ServerConfig{})
	s.Receive(0, asked().Output())
	f.Add(append([]byte(nil), s.Output()...), uint8(7))
	f.Add(append([]byte(nil), s.Output()[:60]...), uint8(200))
	s.Close(protocol.Busy, "going down")
	f.Add(append([]byte(nil), s.Output()...), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		c := asked()
		answers := 0
		for len(b) > 0 && c.Err() == nil {
			n := min(int(chunk)+1, len(b))
			_ = c.Receive(b[:n], func(e *Event) {
				if e.Kind != Greeted && e.Kind != Pushed {
					answers++
				}
				for i, entry := range e.Entries {
					if e.Kind == Answered && entry.Index != i {
						t.Fatalf("entry %d has index %d", i, entry.Index)
					}
				}
			})
			b = b[n:]
			if len(c.in) > sizedHeader+1<<16+n {
				t.Fatalf("the client holds %d bytes", len(c.in))
			}
		}
		if answers > 6 {
			t.Fatalf("%d answers to 6 requests", answers)
		}
	})
}
