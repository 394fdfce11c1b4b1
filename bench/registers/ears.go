//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// ears hear on one thread what arrives on any number of connections.
type ears struct {
	epoll int
	buf   []byte
	ready []unix.EpollEvent
}

func newEars() (*ears, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &ears{epoll: fd, buf: make([]byte, 64<<10), ready: make([]unix.EpollEvent, 1024)}, nil
}

func (e *ears) close() { unix.Close(e.epoll) }

// turnTo has one more connection heard, which goes by the number i.
func (e *ears) turnTo(i, fd int) error {
	if err := unix.EpollCtl(e.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// always is for who listens until the time is over.
func always() bool { return true }

// listenUntil calls take with the number of each connection on which something has
// arrived, until the time, or until going is false.
func (e *ears) listenUntil(end time.Time, going func() bool, take func(i int) error) error {
	for going() {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		n, err := unix.EpollWait(e.epoll, e.ready, int(left/time.Millisecond)+1)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("epoll: %w", err)
		}
		for _, r := range e.ready[:max(n, 0)] {
			if err := take(int(r.Fd)); err != nil {
				return err
			}
		}
	}
	return nil
}

// receive gives what has arrived on a connection, behind the begin of a message that was
// left over, and nothing where nothing has. It is good until the next call.
func (e *ears) receive(fd int, rest *[]byte) ([]byte, error) {
	n, err := unix.Read(fd, e.buf)
	switch {
	case err == unix.EAGAIN:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("receive: %w", err)
	case n == 0:
		return nil, errors.New("the server closed it")
	}
	if len(*rest) == 0 {
		return e.buf[:n], nil
	}
	*rest = append(*rest, e.buf[:n]...)
	return *rest, nil
}
