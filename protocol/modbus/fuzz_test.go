package modbus

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func fuzzGateway(f *testing.F) (*plant, *Gateway) {
	p := newPlant(f, everyType()...)
	return p, p.gateway(f, Settings{Grant: operate, Units: blocks(), Serial: []Serial{{Device: "line"}}})
}

var seeds = []string{"03 0064 0015", "01 000a 0021", "0f 000a 0021 05 ff ff 01 00 00", "10 0066 0002 04 0001 0002", "16 0066 ff00 00aa",
	"17 0064 0002 0064 0001 02 beef", "2b 0e 04 02", "11", "05 000a ff00", "06 0064 abcd"}

// checkReply holds a reply's PDU to its request.
func checkReply(t *testing.T, request, reply []byte) {
	t.Helper()
	switch {
	case len(reply) < 2 || len(reply) > MaxPDU || reply[0]&0x7f != request[0]&0x7f:
		t.Fatalf("%x is answered with %x", request, reply)
	case reply[0] != request[0]:
		if _, ok := exceptionText[Exception(reply[1])]; !ok || len(reply) != 2 {
			t.Fatalf("%x is answered with %x", request, reply)
		}
	}
}

// Any PDU: one reply, which is the function's or an exception, and only values that
// their types can hold in the bank.
func FuzzPDU(f *testing.F) {
	for _, s := range seeds {
		f.Add(unhex(f, s))
	}
	p, g := fuzzGateway(f)
	f.Fuzz(func(t *testing.T, pdu []byte) {
		if len(pdu) == 0 || len(pdu) > MaxPDU {
			return
		}
		checkReply(t, pdu, ask(t, g, 1, pdu))
		for ref := range protocol.Ref(p.bank.Len()) {
			in := p.bank.At(ref)
			v := in.Sample().Value
			if fit, ok := v.Fit(in.Type()); !ok || fit != v && in.Type().Integer() {
				t.Fatalf("%x gives register %d the value %x, which is no %v", pdu, ref, v, in.Type())
			}
		}
	})
}

// Any bytes over TCP, in any pieces: whole replies in the order of the requests, bounded
// memory, or an end with a reason.
func FuzzTCP(f *testing.F) {
	var all []byte
	for i, s := range seeds {
		frame := AppendTCP(nil, Header{uint16(i), 1}, unhex(f, s))
		f.Add(frame, uint8(3), uint8(0))
		all = append(all, frame...)
	}
	f.Add(all, uint8(50), uint8(7))
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(16), uint8(0))
	p, g := fuzzGateway(f)
	f.Fuzz(func(t *testing.T, b []byte, piece, slow uint8) {
		s := g.NewTCPServer(0)
		var now time.Duration
		var sent []byte
		expect := b
		for i := 0; s.Err() == nil && (len(b) > 0 || s.Waiting()); i++ {
			p.slow = slow>>(i%8)&1 != 0
			now += ms
			if !s.Blocked() {
				n := min(int(piece)+1, len(b))
				s.Receive(now, b[:n])
				b = b[n:]
			} else if i%2 == 0 {
				p.finish()
			}
			s.Tick(now)
			if len(s.in) > MaxTCP+int(piece)+1 || len(s.out) > maxOutput+MaxTCP {
				t.Fatalf("the session holds %d and %d bytes", len(s.in), len(s.out))
			}
			sent = append(sent, s.Output()...)
			s.Sent(now, len(s.Output()))
		}
		p.finish()
		heads, pdus := frames(t, sent)
		for i, h := range heads {
			want, request, size, err := ParseTCP(expect)
			if err != nil || size == 0 || h != want {
				t.Fatalf("reply %d is %+v, the request was %+v, %v", i, h, want, err)
			}
			checkReply(t, request, pdus[i])
			expect = expect[size:]
		}
		if _, _, size, err := ParseTCP(expect); size != 0 && err == nil {
			t.Fatalf("no reply to %x", expect[:size])
		}
	})
}

// Any bytes on a serial line, with any pauses: replies are frames, of a unit that is
// there, and after a silence a request is answered again.
func FuzzRTU(f *testing.F) {
	for _, s := range seeds {
		f.Add(AppendRTU(nil, 1, unhex(f, s)), []byte{0, 0, 9})
		f.Add(AppendRTU(nil, 0, unhex(f, s)), []byte{30})
	}
	p, g := fuzzGateway(f)
	f.Fuzz(func(t *testing.T, b, pauses []byte) {
		b = b[:min(len(b), 4*MaxRTU)]
		s := &bus{RTUServer: g.NewRTUServer("line")}
		for i := 0; len(b) > 0; i++ {
			n, pause := len(b), byte(40)
			if len(pauses) > 0 {
				pause = pauses[i%len(pauses)]
				n = min(1+int(pause)/8, len(b))
			}
			p.slow = pause&1 != 0
			s.hear(b[:n], time.Duration(pause)*ms)
			b = b[n:]
			if pause&2 != 0 {
				p.finish()
			}
			if len(s.in) > MaxRTU {
				t.Fatalf("the session holds %d bytes", len(s.in))
			}
			if out := s.Output(); len(out) > 0 {
				if unit, _, ok := ParseRTU(out); !ok || unit != 1 {
					t.Fatalf("%x is on the line", out)
				}
				s.Sent()
			}
		}
		p.finish()
		p.slow = false
		s.wait(sec)
		s.Sent()
		if got, want := s.hear(rtu(t, 1, "11"), 40*ms).sent(), "01"; len(got) < 2 || got[:2] != want {
			t.Fatalf("a request is answered with %q", got)
		}
	})
}
