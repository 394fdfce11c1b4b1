package server

import (
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// crowd connects n clients to the server at an address, all at once, and has each of them
// greet and send a request. It returns when all have the reply, of so many bytes.
func crowd(t *testing.T, addr string, n int, request []byte, reply int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		t.Cleanup(func() { c.Close() })
		conns[i] = c
	}
	first := append(hello("", ""), request...)
	for _, c := range conns {
		send(t, c, first)
	}
	got := make([]byte, 48+reply)
	for i, c := range conns {
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, got); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
	}
	return conns
}

// crowdSize is smaller where time is short.
func crowdSize() int {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 10_000
	}
	return 2000
}

func TestAQuietClientCostsLittleMemory(t *testing.T) {
	if underRace {
		t.Skip("the race detector keeps a record of all memory")
	}
	server := startChild(t, "registers", "127.0.0.1:0", "100", "0", "5s")
	n := crowdSize()
	// What the first ones cost is the server's own.
	crowd(t, server.said, 100, ping, 3)
	before := server.memory(t)
	crowd(t, server.said, n, ping, 3)
	each := (server.memory(t) - before) / n
	t.Logf("%d bytes for each of %d", each, n)
	if each > 5000 {
		t.Errorf("a quiet client costs the server %d bytes", each)
	}
}

func TestNobodyStarvesInACrowd(t *testing.T) {
	server := startChild(t, "registers", "127.0.0.1:0", "100", "0", "5s")
	conns := crowd(t, server.said, crowdSize()/2, ping, 3)
	for range 20 {
		for _, c := range conns {
			send(t, c, ping)
		}
		for i, c := range conns {
			if _, err := io.ReadFull(c, make([]byte, 3)); err != nil {
				t.Fatalf("client %d: %v", i, err)
			}
		}
	}
}

func TestQuietSubscribersCostLittleTime(t *testing.T) {
	if os.Getenv("LINETWIN_SOAK") == "" {
		t.Skip("it measures the time of processors; make soak runs it")
	}
	server := startChild(t, "registers", "127.0.0.1:0", "10", "0", "5s")
	const n = 10_000
	crowd(t, server.said, n, watchAll(10), 3)
	before := server.cpu(t)
	const during = 3 * time.Second
	time.Sleep(during)
	part := float64(server.cpu(t)-before) / float64(during)
	t.Logf("%d subscribers of 10 registers that do not change take %.3f of a processor", n, part)
	if part > 0.5 {
		t.Errorf("%d subscribers without news take %.2f of a processor", n, part)
	}
}
