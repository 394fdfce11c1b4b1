package test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"linetwin.dev/protocol/server"
)

// script uses every operation; what it prints does not matter here.
var script = []string{
	"read belt.count", "read #0 any time", "get -times #0 #1 set.f64", "block #0 13", "block #0 2 times", "block #1 2 bool", "block #0 1 u16",
	"watch -interval 1 -heartbeat 1 #0 #1 #2", "poll 2", "set #3 bool:1", "add set.i32 1", "cas #4 u16:1 u16:2",
	"transact set set.u16 5 read set.u16 #0", "claim 50 set.i16", "release", "clock", "poll 1", "ping", "unwatch 9", "map",
}

// host listens and has serve deal with each connection, which it closes afterwards.
func host(t *testing.T, serve func(n int, c net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		work.Wait()
	})
	work.Go(func() {
		for n := 0; ; n++ {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer c.Close()
				serve(n, c)
			})
		}
	})
	return listener.Addr().String()
}

func TestAServerThatGoesAwayIsNamedWithItsReason(t *testing.T) {
	l := newLine(t, server.Options{})
	c := start(t, l.addr)
	if got := c.do("set set.u16 5"); got != "" {
		t.Fatal(got)
	}
	l.srv.Close()
	const gone = "error -1 the server ended the connection: busy: the register server shuts down"
	if got := c.do("poll 60000"); got != gone {
		t.Errorf("%s\nwant %s", got, gone)
	}
	if got := c.do("get set.u16"); got != gone {
		t.Errorf("and again: %s", got)
	}
	if got := c.do("connect"); !strings.HasPrefix(got, "error -1 "+l.addr+": ") {
		t.Errorf("without a server: %s", got)
	}
	again, err := server.Listen(l.addr, l.bank, server.Options{})
	if err != nil {
		t.Skip("the port was taken meanwhile:", err)
	}
	defer again.Close()
	if got := c.do("connect"); got != "" {
		t.Errorf("with another: %s", got)
	}
	if got := c.do("get set.u16"); got != "set.u16 5 good" {
		t.Error(got)
	}
}

func TestWhatIsNoRegisterServerIsToldApart(t *testing.T) {
	hello := append([]byte("LTRB\x01\x01\x07\x00"), make([]byte, 40)...) // of a bank without registers
	other := slices.Clone(hello)
	other[4], other[5], other[40] = 9, 7, 11
	for _, c := range []struct {
		name   string
		answer []byte
		wait   bool // before closing
		want   string
	}{
		{"a web server", bytes.Repeat([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 2), true, "error -3 this is no linetwin register server"},
		{"one that closes", nil, false, "error -1 the server closed the connection"},
		{"one that says nothing", nil, true, "error -2 the server did not say hello within 100 ms"},
		{"half a hello", hello[:20], true, "error -2 the server did not say hello within 100 ms"},
		{"another version", other, true, "error 11 the server speaks versions 7 to 9, this client 1"},
		{"a map that never comes", append(slices.Clone(hello[:42]), 1, 0, 0, 0, 60, 0), true, "error -2 map: no answer within 100 ms"},
		{"a map too large", append(slices.Clone(hello[:42]), 1, 0, 1, 0, 60, 0), true, "error -3 the server sent what the format does not have: a map with more registers than references"},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := host(t, func(_ int, conn net.Conn) {
				if !c.wait {
					_, _ = io.ReadFull(conn, make([]byte, 42)) // closing with unread bytes would be a reset
				}
				_, _ = conn.Write(c.answer)
				if c.wait {
					_, _ = io.Copy(io.Discard, conn)
				}
			})
			client := start(t, addr, "-w", "100")
			if got := client.line(); got != c.want {
				t.Errorf("%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestAServerThatStopsAnsweringIsNoticed(t *testing.T) {
	deaf := host(t, func(_ int, conn net.Conn) {
		hello := make([]byte, 42)
		_, _ = io.ReadFull(conn, hello)
		_, _ = conn.Write(append(append([]byte("LTRB\x01\x01\x07\x00"), make([]byte, 38)...), 1, 0))
		_, _ = io.Copy(io.Discard, conn)
	})
	c := start(t, deaf, "-w", "100")
	if got := c.do("ping"); got != "error -2 ping: no answer within 100 ms" {
		t.Error(got)
	}
	c = start(t, deaf, "-w", "100")
	if got := c.do("poll 60000"); got != "error -2 the server did not answer a ping within 100 ms" {
		t.Error(got)
	}
}

// corrupt copies what a server says to a client, and breaks some of it.
func corrupt(r *rand.Rand, to io.Writer, from io.Reader) {
	mode, left := r.IntN(6), r.IntN(1500)
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		b := buf[:n]
		if left -= n; left < 0 && n > 0 {
			at := r.IntN(n)
			switch mode {
			case 0: // one bit
				b[at] ^= 1 << r.IntN(8)
			case 1: // one byte
				b[at] = byte(r.Uint32())
			case 2: // cut off
				_, _ = to.Write(b[:at])
				return
			case 3: // some bytes too many
				b = slices.Insert(slices.Clone(b), at, b[:r.IntN(at+1)]...)
			case 4: // some bytes too few
				b = slices.Delete(slices.Clone(b), at, at+r.IntN(n-at)+1)
			case 5: // nothing but noise
				for i := range b {
					b[i] = byte(r.Uint32())
				}
			}
			left = r.IntN(400)
		}
		if _, bad := to.Write(b); bad != nil || err != nil {
			return
		}
	}
}

// invent answers each request with a message that has the right id and some payload.
func invent(r *rand.Rand, conn net.Conn) {
	hello := append([]byte("LTRB\x01\x01\x07\x00"), make([]byte, 40)...)
	if _, err := io.ReadFull(conn, make([]byte, 42)); err != nil {
		return
	}
	hello[42], hello[46] = 4, 60
	_, _ = conn.Write(hello)
	records := []byte{2, 0, 1, 'a', 0, 0, 0, 1, 1, 1, 'b', 0, 0, 0, 3, 1, 1, 'c', 0, 0, 0, 9, 1, 1, 'd', 0, 0, 0}
	buf := make([]byte, 8192)
	for i := 0; ; i++ {
		n, err := conn.Read(buf)
		if err != nil || n < 3 {
			return
		}
		op := []byte{0x01, 0x02, 0x03, 0x04, 0x12, 0x21, 0x13, 0x19, 0x52, 0x59, 0x80, 0x80, 0x80, 0x81, 0x81, 0x82, 0x83, 0xff}[r.IntN(18)]
		out := []byte{op, buf[1], buf[2]}
		payload := make([]byte, []int{r.IntN(12), r.IntN(300), 16}[r.IntN(3)])
		for i := range payload {
			payload[i] = []byte{0, 1, 2, 3, 9, 0x12, 0x21, 0x42, 0x80, 0xff, byte(r.Uint32())}[r.IntN(11)]
		}
		if i == 0 && r.IntN(8) > 0 {
			out, payload = []byte{0x82, buf[1], buf[2]}, records
		}
		if out[0]&0x80 != 0 {
			out = append(out, byte(len(payload)), byte(len(payload)>>8))
		}
		if _, err := conn.Write(append(out, payload...)); err != nil {
			return
		}
	}
}

// Whatever a server sends, the client ends the connection with a reason, or goes on: the
// sanitizers, with which it was built, find no fault in what it does.
func TestNoServerCanCrashTheClient(t *testing.T) {
	connections := 150
	if testing.Short() {
		connections = 30
	}
	l := newLine(t, server.Options{})
	addr := host(t, func(n int, conn net.Conn) {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		if n%2 == 0 {
			invent(r, conn)
			return
		}
		real, err := net.Dial("tcp", l.addr)
		if err != nil {
			t.Error(err)
			return
		}
		defer real.Close()
		go func() {
			_, _ = io.Copy(real, conn)
			real.Close()
		}()
		corrupt(r, conn, real)
	})
	c := start(t, addr, "-w", "20")
	if line := c.do("hello"); strings.HasPrefix(line, "error") {
		c.line() // of hello itself
	}
	reasons := map[string]int{}
	for range connections {
		for _, command := range append([]string{"connect"}, script...) {
			got := c.do("%s", command)
			if i := strings.Index(got, "error -"); i >= 0 {
				reasons[got[i:i+8]]++
			}
		}
	}
	for _, reason := range []string{"error -1", "error -2", "error -3"} {
		if reasons[reason] == 0 {
			t.Errorf("no connection ended with %q: %v", reason, reasons)
		}
	}
	t.Log(fmt.Sprint(connections, " connections: ", reasons))
}
