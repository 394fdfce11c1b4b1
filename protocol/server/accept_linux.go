package server

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sendBuffer is what the kernel holds for a client that does not read. Left to itself it
// would let this grow to megabytes.
const sendBuffer = 128 << 10

// keepAlive is after how many seconds of silence, how often, and how many times the
// kernel asks whether a client is still there: one that lost its power or its cable is
// noticed within half a minute, also while it waits for pushes.
var keepAlive = [...]struct{ option, value int }{
	{unix.TCP_KEEPIDLE, 15}, {unix.TCP_KEEPINTVL, 5}, {unix.TCP_KEEPCNT, 3},
}

// listenerOptions sets what the connections inherit from their listener.
func listenerOptions(_, _ string, raw syscall.RawConn) error {
	// Without these options clients are served all the same.
	return raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
		for _, o := range keepAlive {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, o.option, o.value)
		}
	})
}

// door is where the sockets of clients come in, without goroutines and connections of
// package net. One of the loops looks after it.
type door struct {
	mu    sync.Mutex
	file  *os.File // nil once it is closed
	fd    int
	knock bool          // there may be somebody
	until time.Duration // after a failure nobody is let in before this time
}

// newDoor takes over a listener, which is to be closed beside it.
func newDoor(listener *net.TCPListener, p *poller) (*door, error) {
	file, err := listener.File()
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	d := &door{file: file}
	if err := raw.Control(func(fd uintptr) { d.fd = int(fd) }); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p.door = d
	if err := p.watch(d.fd, doorSlot, unix.EPOLLIN); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return d, nil
}

// letIn takes new connections for a slice of time, but some at least, and reports whether
// there are more.
// The sockets have the options of the listener.
func (d *door) letIn(s *Server) (more bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	begin := s.now()
	for n, now := 0, begin; d.knock && d.file != nil && now >= d.until; n, now = n+1, s.now() {
		if n >= 8 && now-begin > slice {
			return true
		}
		switch fd, from, err := unix.Accept4(d.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC); err {
		case nil:
			d.until = 0
			s.arrived(&socket{fd}, addrPort(from))
		case unix.EAGAIN:
			d.knock = false
		case unix.EINTR, unix.ECONNABORTED:
		default:
			if d.until == 0 {
				s.journal.tell(slog.LevelWarn, cannotAccept, netip.AddrPort{}, err)
			}
			d.until = now + acceptPause
		}
	}
	return false
}

func (d *door) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	file := d.file
	d.file = nil
	return file.Close()
}

func addrPort(a unix.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// backlog asks the kernel how many connections wait to be accepted, of how many at most.
func backlog(l *net.TCPListener) (waiting, limit int) {
	raw, err := l.SyscallConn()
	if err != nil {
		return 0, 0
	}
	// Of a closed listener nothing is known.
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			waiting, limit = int(info.Unacked), int(info.Sacked)
		}
	})
	return waiting, limit
}
