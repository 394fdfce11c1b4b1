package server

import (
	"io"

	"golang.org/x/sys/unix"
)

// socket is a TCP connection without TLS. It has no goroutine and no buffer, as one of
// package net would have: ten thousand quiet clients cost little more than their sessions.
type socket struct{ fd int }

func (s *socket) attach(c *client) error { return c.loop.poller.add(s.fd, c.slot) }

func (s *socket) read(b []byte) (int, error) {
	for {
		switch n, err := readNow(s.fd, b); {
		case err == nil && n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err == unix.EAGAIN:
			return 0, errWait
		case err != unix.EINTR:
			return 0, err
		}
	}
}

func (s *socket) write(b []byte) (int, error) {
	for {
		switch n, err := writeNow(s.fd, b); {
		case err == nil:
			return n, nil
		case err == unix.EAGAIN:
			return 0, errWait
		case err != unix.EINTR:
			return 0, err
		}
	}
}

// closeWrite can fail only when the client is gone.
func (s *socket) closeWrite() { _ = unix.Shutdown(s.fd, unix.SHUT_WR) }

func (s *socket) close() { _ = unix.Close(s.fd) }
