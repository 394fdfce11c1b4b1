//go:build linux

package main

import (
	"fmt"
	"time"

	"linetwin.dev/bench"
)

// Servers give memory back in their own time: Redis takes ten seconds for the buffers
// of clients that are silent.
const (
	soon  = time.Second
	later = 12 * time.Second
)

// measureIdle lets 10,000 clients read once and then say nothing.
func measureIdle(s *session) ([]bench.Row, error) {
	const connections = 10_000
	few := *s
	few.rounds = min(s.rounds, 2) // each starts a server anew, and memory varies little
	peers := present(connections, s.registers, s.redis)
	first, last := newFigures("kB"), newFigures("kB")
	err := few.turns(peers, func(p *peer) error {
		a, b, err := idleMemory(p, connections)
		first.add(p, a/1e3)
		last.add(p, b/1e3)
		return err
	})
	if err != nil {
		return nil, err
	}
	show(fmt.Sprintf("idle: %d connections that have read once; growth of the server's resident memory for each, in kB", connections), peers,
		column{fmt.Sprintf("after %v", soon), first, 2}, column{fmt.Sprintf("after %v", later), last, 2})
	row := func(after time.Duration, f *figures) bench.Row {
		return f.row(fmt.Sprintf("10,000 connections, idle for %v, memory of the server for each", after), s.registers, s.redis, bench.Lower, "<= 5kB")
	}
	return []bench.Row{row(soon, first), row(later, last)}, nil
}

// idleMemory is the growth of a new server's memory for each connection, when they have
// been idle for a little and for a long time.
func idleMemory(p *peer, connections int) (first, last float64, err error) {
	on, err := p.start()
	if err != nil {
		return 0, 0, err
	}
	defer on.stop()
	if err := p.prepare(on); err != nil {
		return 0, 0, err
	}
	time.Sleep(soon)
	before, err := on.resident()
	if err != nil {
		return 0, 0, err
	}
	f, _, err := newFleet(p, on, connections, 1000, func(i int) [2]*batch { return same(1)(p.dialect, i) })
	if err != nil {
		return 0, 0, err
	}
	defer f.close()
	time.Sleep(soon)
	a, err := on.resident()
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(later - soon)
	b, err := on.resident()
	if err != nil {
		return 0, 0, err
	}
	// They are all still there.
	if err := f.once(); err != nil {
		return 0, 0, err
	}
	return float64(a-before) / float64(connections), float64(b-before) / float64(connections), nil
}
