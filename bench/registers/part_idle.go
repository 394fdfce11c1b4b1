//go:build linux

package main

import (
	"fmt"
	"time"

	"linetwin.dev/bench"
)

// measureIdle lets 10,000 clients read once and then say nothing.
func measureIdle(s *session) ([]bench.Row, error) {
	const connections = 10_000
	peers := present(connections, s.registers, s.echo, s.redis, s.modbus)
	got := newFigures("kB")
	each := *s
	each.rounds = min(s.rounds, 3) // each starts a server anew
	err := each.turns(peers, func(p *peer) error {
		size, err := idleMemory(p, connections)
		got.add(p, size/1e3)
		return err
	})
	if err != nil {
		return nil, err
	}
	show(fmt.Sprintf("idle: %d connections that have read once; growth of the server's resident memory for each", connections), peers, column{"kB", got, 2})
	const what = "10,000 idle connections, memory of the server for each"
	return []bench.Row{got.row(what, s.registers, s.redis, bench.Lower, "<= 5kB")}, nil
}

func idleMemory(p *peer, connections int) (each float64, err error) {
	on, err := p.start()
	if err != nil {
		return 0, err
	}
	defer on.stop()
	if err := p.prepare(on); err != nil {
		return 0, err
	}
	before, err := steadyMemory(on)
	if err != nil {
		return 0, err
	}
	f, _, err := newFleet(p, on, connections, 1000, func(i int) [2]*batch { return same(1)(p.dialect, i) })
	if err != nil {
		return 0, err
	}
	defer f.close()
	after, err := steadyMemory(on)
	if err != nil {
		return 0, err
	}
	// They are all still there.
	if err := f.once(); err != nil {
		return 0, err
	}
	return float64(after-before) / float64(connections), nil
}

// steadyMemory is the server's resident memory when it has not changed for a while.
func steadyMemory(on *process) (int, error) {
	const look, steady = 100 * time.Millisecond, 5
	last, same := 0, 0
	for begin := time.Now(); same < steady && time.Since(begin) < patience; time.Sleep(look) {
		now, err := on.resident()
		if err != nil {
			return 0, err
		}
		same++
		if now != last {
			last, same = now, 0
		}
	}
	return last, nil
}
