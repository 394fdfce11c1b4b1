package server

import (
	"io"
	"net"
	"sync"
	"testing"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// echo answers what arrives with the same bytes: the least that a Go server does.
func echo(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var work sync.WaitGroup
	b.Cleanup(func() { l.Close(); work.Wait() })
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { sendBack(c, 16<<10) })
		}
	})
	return l.Addr().String()
}

// sendBack sends back what it gets, a bufferful at a time, until the connection ends.
func sendBack(c net.Conn, size int) {
	defer c.Close()
	buf := make([]byte, size)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// roundTrips sends batches of n five-byte requests and reads the five-byte replies.
func roundTrips(b *testing.B, c net.Conn, n int) {
	var request []byte
	for i := range n {
		request = append(request, 0x12, byte(i), byte(i>>8), 0, 0)
	}
	reply := make([]byte, len(request))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, reply); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// One connection, a batch of one request (latency) and of 16: a register read
// beside an echo of the same number of bytes.
func BenchmarkRoundTrip(b *testing.B) {
	for _, k := range []struct {
		name string
		n    int
	}{{"one", 1}, {"sixteen", 16}} {
		b.Run("echo/"+k.name, func(b *testing.B) {
			c, err := net.Dial("tcp", echo(b))
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			roundTrips(b, c, k.n)
		})
		b.Run("registers/"+k.name, func(b *testing.B) {
			bank, _ := testBank(b, 1)
			s := serve(b, bank, Options{})
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			greet(b, c)
			roundTrips(b, c, k.n)
		})
	}
}

// What the server's state machine costs, without the network.
func BenchmarkSession(b *testing.B) {
	bank, outs := testBank(b, 1000)
	session := func() *wire.Server {
		s := wire.NewServer(0, bank, wire.ServerConfig{})
		s.Receive(0, (&wire.ClientHello{Newest: wire.Version, Oldest: wire.OldestVersion}).Append(nil))
		s.Sent(0, len(s.Output()))
		return s
	}
	exchange := func(request []byte) func(b *testing.B) {
		return func(b *testing.B) {
			s := session()
			b.ReportAllocs()
			for b.Loop() {
				s.Receive(0, request)
				s.Sent(0, len(s.Output()))
			}
		}
	}
	b.Run("read", exchange([]byte{0x12, 1, 0, 5, 0}))
	b.Run("block of 125", exchange([]byte{0x42, 1, 0, 0, 0, 125, 0}))
	b.Run("push of 100", func(b *testing.B) {
		s := session()
		c := wire.NewClient(wire.ClientConfig{})
		c.Sent(len(c.Output()))
		refs := make([]protocol.Ref, 100)
		for i := range refs {
			refs[i] = protocol.Ref(i)
		}
		if _, err := c.Watch(refs, 0, false); err != nil {
			b.Fatal(err)
		}
		s.Receive(0, c.Output())
		b.ReportAllocs()
		var i int64
		for b.Loop() {
			i++
			for _, o := range outs[:100] {
				o.SetInt(0, i&0xffff)
			}
			s.Tick(0)
			s.Sent(0, len(s.Output()))
		}
	})
}
