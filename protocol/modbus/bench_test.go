package modbus

import (
	"fmt"
	"io"
	"net"
	"testing"

	"linetwin.dev/protocol"
)

// wordPlant has 200 holding registers and 200 coils.
func wordPlant(b *testing.B) (*plant, *Gateway) {
	var defs []protocol.Def
	for i := range 200 {
		defs = append(defs, protocol.Def{Name: fmt.Sprintf("w.%d", i), Type: protocol.U16, Access: protocol.Operator},
			protocol.Def{Name: fmt.Sprintf("b.%d", i), Type: protocol.Bool, Access: protocol.Operator})
	}
	p := newPlant(b, defs...)
	return p, p.gateway(b, Settings{Addr: "127.0.0.1:0", Grant: operate})
}

var work = []struct{ name, pdu string }{
	{"read1", "03 0005 0001"},
	{"read125", "03 0000 007d"},
	{"readCoils125", "01 0000 007d"},
	{"write1", "06 0005 1234"},
	{"write10", "10 0005 000a 14 0001 0002 0003 0004 0005 0006 0007 0008 0009 000a"},
}

// The state machine alone: a request comes, a reply is made.
func BenchmarkTCPServer(b *testing.B) {
	for _, w := range work {
		b.Run(w.name, func(b *testing.B) {
			_, g := wordPlant(b)
			s := g.NewTCPServer(0)
			request := AppendTCP(nil, Header{1, 1}, unhex(b, w.pdu))
			b.ReportAllocs()
			for b.Loop() {
				s.Receive(0, request)
				s.Sent(0, len(s.Output()))
			}
		})
	}
}

// Over loopback, beside a bare echo server in Go with a request and a reply of the same
// sizes: what is more is the gateway's.
func BenchmarkLoopback(b *testing.B) {
	for _, w := range work[:2] {
		request := AppendTCP(nil, Header{1, 1}, unhex(b, w.pdu))
		size := tcpHeader + 2 + 2*int(request[11])
		b.Run(w.name+"/gateway", func(b *testing.B) {
			_, g := wordPlant(b)
			if err := g.Start(); err != nil {
				b.Fatal(err)
			}
			roundTrips(b, g.Addr().String(), request, size)
		})
		b.Run(w.name+"/echo", func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				buf, reply := make([]byte, 512), make([]byte, size)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(reply); err != nil {
						return
					}
				}
			}()
			roundTrips(b, l.Addr().String(), request, size)
		})
	}
}

func roundTrips(b *testing.B, addr string, request []byte, size int) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	reply := make([]byte, size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, reply); err != nil {
			b.Fatal(err)
		}
	}
}
