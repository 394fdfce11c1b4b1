//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// line is one connection that waits for each reply.
type line struct {
	fd      int
	dialect dialect
	buf     []byte
	bytes   int // that went over it, greetings left out
}

// dial opens a line and greets. A segment of it has at most mss bytes, 0 for as many as
// the device allows.
func dial(addr netip.AddrPort, d dialect, mss int) (*line, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	l := &line{fd: fd, dialect: d, buf: make([]byte, 64<<10)}
	if err := l.greet(addr, mss); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *line) greet(addr netip.AddrPort, mss int) error {
	if err := unix.SetsockoptInt(l.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("TCP_NODELAY: %w", err)
	}
	if mss > 0 {
		if err := unix.SetsockoptInt(l.fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss); err != nil {
			return fmt.Errorf("TCP_MAXSEG: %w", err)
		}
	}
	wait := unix.NsecToTimeval(int64(patience))
	if err := unix.SetsockoptTimeval(l.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return fmt.Errorf("SO_RCVTIMEO: %w", err)
	}
	if err := unix.Connect(l.fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}); err != nil {
		return fmt.Errorf("connect to %v: %w", addr, err)
	}
	greeting := l.dialect.greet(nil)
	if len(greeting) == 0 {
		return nil
	}
	if err := sendAll(l.fd, greeting); err != nil {
		return err
	}
	defer func() { l.bytes = 0 }()
	return l.await(l.dialect.greeted)
}

// await receives until what has arrived is just the message that size knows.
func (l *line) await(size func([]byte) (int, error)) error {
	for have := 0; ; {
		n, err := l.receive(l.buf[have:])
		if err != nil {
			return err
		}
		have += n
		switch n, err := size(l.buf[:have]); {
		case err != nil:
			return err
		case n > 0 && n < have:
			return fmt.Errorf("% x follows it", l.buf[n:min(have, n+32)])
		case n > 0:
			return nil
		}
	}
}

func (l *line) receive(b []byte) (int, error) {
	for {
		n, err := unix.Read(l.fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, fmt.Errorf("the server says nothing for %v", patience)
		case err != nil:
			return 0, fmt.Errorf("receive: %w", err)
		case n == 0:
			return 0, errors.New("the server closed the connection")
		default:
			l.bytes += n
			return n, nil
		}
	}
}

// do sends a batch and takes its replies.
func (l *line) do(b *batch) error {
	if err := sendAll(l.fd, b.bytes); err != nil {
		return err
	}
	l.bytes += len(b.bytes)
	got, have := 0, 0
	for {
		n, err := l.receive(l.buf[have:])
		if err != nil {
			return err
		}
		have += n
		at := 0
		for got < len(b.exchanges) {
			n, err := l.dialect.reply(l.buf[at:have], &b.exchanges[got])
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			at += n
			got++
		}
		have = copy(l.buf, l.buf[at:have])
		if got == len(b.exchanges) {
			if have > 0 {
				return fmt.Errorf("% x follows the replies", l.buf[:min(have, 32)])
			}
			return nil
		}
	}
}

// times does a batch again and again for a while, and says how long each time took.
func (l *line) times(b *batch, during time.Duration) ([]float64, error) {
	var took []float64
	begin := time.Now()
	for last := begin; last.Sub(begin) < during; {
		if err := l.do(b); err != nil {
			return nil, err
		}
		now := time.Now()
		took = append(took, now.Sub(last).Seconds())
		last = now
	}
	return took, nil
}

func (l *line) close() { hangUp([]int{l.fd}) }
