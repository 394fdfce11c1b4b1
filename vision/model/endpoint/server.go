package endpoint

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"linetwin.dev/protocol/guard"
)

// Server is an HTTP server whose clients must not dawdle: a head of 16 KiB within five
// seconds, a picture within a minute. Its handler is h.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// What Limit lets be open at once.
const (
	mostConnections = 256
	mostOfAnAddress = 32
)

// Limit lets a listener have 256 connections at once, and 32 from one address; others are
// closed at once, so that nobody keeps everybody else out.
func Limit(l net.Listener) net.Listener {
	return &limited{Listener: l, of: map[netip.Addr]int{}}
}

type limited struct {
	net.Listener
	mu  sync.Mutex
	all int
	of  map[netip.Addr]int
}

// Accept waits for a connection that there is room for.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := guard.From(c.RemoteAddr().String())
		if l.enter(from) {
			return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		c.Close()
	}
}

func (l *limited) enter(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= mostConnections || l.of[from] >= mostOfAnAddress {
		return false
	}
	l.all++
	l.of[from]++
	return true
}

func (l *limited) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.of[from]--; l.of[from] == 0 {
		delete(l.of, from)
	}
}

type limitedConn struct {
	net.Conn
	leave func()
}

func (c *limitedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
