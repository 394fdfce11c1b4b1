//go:build linux

package main

import (
	"fmt"
	"time"
)

// fleet is connections to one server, on one thread: each sends a batch of requests,
// and the next one when all replies have come.
type fleet struct {
	peer  *peer
	on    *process
	ears  *ears
	conns []client
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
	f = &fleet{peer: p, on: on, conns: make([]client, n), resting: true}
	for i := range f.conns {
		f.conns[i].batches = batches(i)
	}
	if f.ears, err = newEars(); err != nil {
		return nil, 0, err
	}
	greeting := p.dialect.greet(nil)
	begin := time.Now()
	err = connect(on.addr, n, burst, func(i, fd int) error {
		c := &f.conns[i]
		c.fd, c.greeted = fd, len(greeting) == 0
		if err := f.ears.turnTo(i, fd); err != nil {
			return err
		}
		f.busy++
		return sendAll(fd, append(greeting[:len(greeting):len(greeting)], c.batches[0].bytes...))
	})
	if err != nil {
		f.ears.close()
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
	f.ears.close()
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
	return f.ears.listenUntil(end, func() bool { return f.busy > 0 }, func(i int) error {
		if err := f.receive(&f.conns[i]); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		return nil
	})
}

func (f *fleet) send(c *client) error { return sendAll(c.fd, c.batches[c.turn].bytes) }

// receive takes what has arrived, and sends the next batch when this one is done.
func (f *fleet) receive(c *client) error {
	b, err := f.ears.receive(c.fd, &c.rest)
	if len(b) == 0 {
		return err
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
