package server

import (
	"net"
	"net/netip"
	"os"
	"syscall"

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

// acceptor is a listener's socket as a file, which unlike the listener can be waited for
// without taking a connection of package net.
type acceptor struct{ file *os.File }

func newAcceptor(l *net.TCPListener) (*acceptor, error) {
	file, err := l.File()
	if err != nil {
		return nil, err
	}
	return &acceptor{file}, nil
}

func (a *acceptor) close() error { return a.file.Close() }

// acceptSockets takes connections without TLS as bare sockets, until the acceptor is
// closed. They have the options of the listener.
func (s *Server) acceptSockets() {
	raw, err := s.acceptor.file.SyscallConn()
	if err != nil {
		return // it is closed
	}
	// It ends when the file is closed.
	_ = raw.Read(func(listener uintptr) bool {
		for {
			fd, from, err := unix.Accept4(int(listener), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			switch err {
			case nil:
				s.arrived(&socket{fd}, addrPort(from))
			case unix.EAGAIN:
				return false
			case unix.EINTR, unix.ECONNABORTED:
			default:
				if !s.acceptFailed(err) {
					return true
				}
			}
		}
	})
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
