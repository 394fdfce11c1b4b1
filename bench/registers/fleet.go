//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// fleet is connections to one server, on one thread: each sends a batch of requests,
// and the next one when all replies have come.
type fleet struct {
	peer  *peer
	on    *process
	epoll int
	conns []client
	buf   []byte
	ready []unix.EpollEvent
	// resting: whoever has all replies sends no more. busy is how many have not.
	resting bool
	busy    int
	total   uint64 // exchanges
}

// client is one connection of a fleet.
type client struct {
	fd      int
	greeted bool
	turn    int       // of the batches, which is under way
	batches [2]*batch // may be the same
	got     int       // replies of the batch under way
	rest    []byte    // the begin of a reply
	done    uint64    // exchanges
}

// newFleet connects n clients, burst of them at a time, which take turns in the two
// batches that they get from batches, and has each of them greet and do its first one.
// It takes that time.
func newFleet(p *peer, on *process, n, burst int, batches func(connection int) [2]*batch) (f *fleet, took time.Duration, err error) {
	f = &fleet{peer: p, on: on, conns: make([]client, n), buf: make([]byte, 64<<10), ready: make([]unix.EpollEvent, 1024), resting: true}
	for i := range f.conns {
		f.conns[i].batches = batches(i)
	}
	f.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, 0, fmt.Errorf("epoll: %w", err)
	}
	greeting := p.dialect.greet(nil)
	begin := time.Now()
	err = connect(on.addr, n, burst, func(i, fd int) error {
		c := &f.conns[i]
		c.fd, c.greeted = fd, len(greeting) == 0
		if err := unix.EpollCtl(f.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
		f.busy++
		return sendAll(fd, append(greeting[:len(greeting):len(greeting)], c.batches[0].bytes...))
	})
	if err != nil {
		unix.Close(f.epoll)
		return nil, 0, err
	}
	if err := f.rest(); err != nil {
		f.close()
		return nil, 0, err
	}
	return f, time.Since(begin), nil
}

func (f *fleet) close() {
	for i := range f.conns {
		hangUp([]int{f.conns[i].fd})
	}
	unix.Close(f.epoll)
}

// run keeps the server busy for a while.
func (f *fleet) run(during time.Duration) (load, error) {
	f.resting, f.busy = false, len(f.conns)
	for i := range f.conns {
		f.conns[i].done = 0
		if err := f.send(&f.conns[i]); err != nil {
			return load{}, err
		}
	}
	l, err := weigh(f.on, during, &f.total, f.serveUntil)
	if err != nil {
		return load{}, err
	}
	for i := range f.conns {
		l.of(f.conns[i].done)
	}
	return l, f.rest()
}

// once has each client do one batch.
func (f *fleet) once() error {
	f.busy = len(f.conns)
	for i := range f.conns {
		if err := f.send(&f.conns[i]); err != nil {
			return err
		}
	}
	return f.rest()
}

// rest waits for the replies that are on their way.
func (f *fleet) rest() error {
	f.resting = true
	if err := f.serveUntil(time.Now().Add(patience)); err != nil {
		return err
	}
	if f.busy > 0 {
		return fmt.Errorf("%d of %d clients have no reply after %v", f.busy, len(f.conns), patience)
	}
	return nil
}

// serveUntil takes replies and sends requests until the time, or until all rest.
func (f *fleet) serveUntil(end time.Time) error {
	for f.busy > 0 {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		n, err := unix.EpollWait(f.epoll, f.ready, int(left/time.Millisecond)+1)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("epoll: %w", err)
		}
		for _, e := range f.ready[:max(n, 0)] {
			if err := f.receive(&f.conns[e.Fd]); err != nil {
				return fmt.Errorf("connection %d: %w", e.Fd, err)
			}
		}
	}
	return nil
}

func (f *fleet) send(c *client) error { return sendAll(c.fd, c.batches[c.turn].bytes) }

// receive takes what has arrived, and sends the next batch when this one is done.
func (f *fleet) receive(c *client) error {
	n, err := unix.Read(c.fd, f.buf)
	switch {
	case err == unix.EAGAIN:
		return nil
	case err != nil:
		return fmt.Errorf("receive: %w", err)
	case n == 0:
		return errors.New("the server closed it")
	}
	b := f.buf[:n]
	if len(c.rest) > 0 {
		c.rest = append(c.rest, b...)
		b = c.rest
	}
	if !c.greeted {
		n, err := f.peer.dialect.greeted(b)
		if err != nil {
			return err
		}
		b = b[n:]
		c.greeted = n > 0
	}
	exchanges := c.batches[c.turn].exchanges
	for c.greeted && c.got < len(exchanges) {
		n, err := f.peer.dialect.reply(b, &exchanges[c.got])
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		b = b[n:]
		c.got++
	}
	if c.got < len(exchanges) {
		c.rest = append(c.rest[:0], b...)
		return nil
	}
	if len(b) > 0 {
		return fmt.Errorf("% x follows the replies", b[:min(len(b), 32)])
	}
	c.done += uint64(len(exchanges))
	f.total += uint64(len(exchanges))
	c.rest, c.got, c.turn = c.rest[:0], 0, c.turn^1
	if f.resting {
		f.busy--
		return nil
	}
	return f.send(c)
}

// last are the exchanges that a client did last.
func (c *client) last() []exchange { return c.batches[c.turn^1].exchanges }
