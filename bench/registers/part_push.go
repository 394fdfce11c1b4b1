//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"linetwin.dev/bench"
)

const (
	subscribers = 1000
	// changes of the watched registers per second: more than have to be pushed.
	changes = 200
)

// measurePush counts the values that reach subscribers.
func measurePush(s *session) ([]bench.Row, error) {
	on, err := startOwn("-serve", "registers", "-rate", fmt.Sprint(changes), "-profile", s.profile)
	if err != nil {
		return nil, err
	}
	defer on.stop()
	f, err := subscribe(on, subscribers)
	if err != nil {
		return nil, err
	}
	defer f.close()
	rate, cpu, own, even, skipped := newFigures("1/s"), newFigures("us"), newFigures("1"), newFigures("1"), newFigures("1")
	err = s.turns([]*peer{s.registers}, func(p *peer) error {
		l, err := f.run(slice)
		if err != nil {
			return err
		}
		if l.starved > 0 {
			return fmt.Errorf("%d of %d subscribers got nothing in %v", l.starved, subscribers, slice)
		}
		rate.add(p, l.rate*pushed)
		cpu.add(p, float64(l.cpu)/1e3)
		own.add(p, l.own)
		even.add(p, float64(l.least)/float64(l.most))
		skipped.add(p, float64(f.skipped))
		return nil
	})
	if err != nil {
		return nil, err
	}
	show(fmt.Sprintf("push: %d subscribers of %d registers, which change together %d times a second; medians of %v", subscribers, pushed, changes, slice),
		[]*peer{s.registers}, column{"values/s", rate, 0}, column{"server's us for each push", cpu, 2},
		column{"processors that the load took", own, 2}, column{"least/most of a subscriber", even, 2}, column{"pushes left out", skipped, 0})
	return []bench.Row{rate.row("values pushed to 1,000 subscribers", s.registers, nil, bench.Higher, ">= 5e6")}, nil
}

// audience is subscribers on one thread.
type audience struct {
	on      *process
	ears    *ears
	members []subscriber
	total   uint64 // pushes
	skipped uint64 // pushes that the server says it left out
}

type subscriber struct {
	fd         int
	greeted    bool
	watching   bool
	rest       []byte // the begin of a message
	done       uint64 // pushes
	generation uint16 // of the last one
}

// subscribe connects n clients that watch all pushed registers, and waits until each
// has its first push.
func subscribe(on *process, n int) (*audience, error) {
	a := &audience{on: on, members: make([]subscriber, n)}
	var err error
	if a.ears, err = newEars(); err != nil {
		return nil, err
	}
	first := registerDialect{}.watch(registerDialect{}.greet(nil))
	err = connect(on.addr, n, n, func(i, fd int) error {
		a.members[i].fd = fd
		if err := a.ears.turnTo(i, fd); err != nil {
			return err
		}
		return sendAll(fd, first)
	})
	if err != nil {
		a.ears.close()
		return nil, err
	}
	begin := time.Now()
	for err == nil && a.waiting() {
		err = a.listenUntil(time.Now().Add(slice / 10))
		if time.Since(begin) > patience {
			err = errors.Join(err, fmt.Errorf("not every one of %d subscribers gets a push within %v", n, patience))
		}
	}
	if err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// waiting says whether a subscriber got no push yet.
func (a *audience) waiting() bool {
	for i := range a.members {
		if a.members[i].done == 0 {
			return true
		}
	}
	return false
}

func (a *audience) close() {
	for i := range a.members {
		hangUp([]int{a.members[i].fd})
	}
	a.ears.close()
}

// run listens for a while and counts pushes.
func (a *audience) run(during time.Duration) (load, error) {
	a.skipped = 0
	for i := range a.members {
		a.members[i].done = 0
	}
	l, err := weigh(a.on, during, &a.total, a.listenUntil)
	for i := range a.members {
		l.of(a.members[i].done)
	}
	return l, err
}

func (a *audience) listenUntil(end time.Time) error {
	return a.ears.listenUntil(end, always, func(i int) error {
		if err := a.receive(&a.members[i]); err != nil {
			return fmt.Errorf("subscriber %d: %w", i, err)
		}
		return nil
	})
}

func (a *audience) receive(m *subscriber) error {
	b, err := a.ears.receive(m.fd, &m.rest)
	if err != nil {
		return err
	}
	for len(b) > 0 {
		n, err := a.message(m, b)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		b = b[n:]
	}
	m.rest = append(m.rest[:0], b...)
	return nil
}

// message takes the message that b begins with, and returns its size, or 0 while b is
// not all of it.
func (a *audience) message(m *subscriber, b []byte) (int, error) {
	var d registerDialect
	switch {
	case !m.greeted:
		n, err := d.greeted(b)
		m.greeted = n > 0
		return n, err
	case !m.watching:
		n, err := d.isWatched(b)
		m.watching = n > 0
		return n, err
	}
	n, generation, skipped, err := d.push(b)
	if n == 0 || err != nil {
		return 0, err
	}
	// Generations are numbers of 16 bits that go round.
	if m.done > 0 && int16(generation-m.generation) <= 0 {
		return 0, fmt.Errorf("a push of generation %d comes after one of %d", generation, m.generation)
	}
	m.generation = generation
	m.done++
	a.total++
	a.skipped += skipped
	return n, nil
}
