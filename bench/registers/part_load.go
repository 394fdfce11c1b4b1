//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
)

// slice is how long a round of one server is, shortSlice where it has two turns in each.
const (
	slice      = 700 * time.Millisecond
	shortSlice = slice / 2
)

// measureLatency takes the round trips of one connection.
func measureLatency(s *session) ([]bench.Row, error) {
	peers := present(1, s.registers, s.echo, s.redis, s.modbus)
	running, stop, err := startAll(peers)
	if err != nil {
		return nil, err
	}
	defer stop()
	lines := map[*peer]*line{}
	for _, p := range peers {
		l, err := dial(running[p].addr, p.dialect, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		defer l.close()
		lines[p] = l
	}
	const during = slice / 10
	got := newFigures("us")
	err = s.often(5).turns(peers, func(p *peer) error {
		took, err := lines[p].times(reads(p.dialect, 0, 1), during)
		if err != nil {
			return err
		}
		got.add(p, suite.Median(took)*1e6)
		return nil
	})
	if err != nil {
		return nil, err
	}
	show(fmt.Sprintf("latency: 1 connection, one read after the other; medians of %v", during), peers, column{"us", got, 2})
	const reach = ">= 0.909" // of the echo's time to ours, which is at most 1.1 times as long
	return []bench.Row{got.row("1 connection, median latency (at most 1.1 x the echo's)", s.registers, s.echo, bench.Lower, reach)}, nil
}

// loads has fleets load their servers in turns, and shows what came of it.
func (s *session) loads(ran string, peers []*peer, connections int, batches func(d dialect, connection int) [2]*batch) (rate, cpu *figures, err error) {
	running, stop, err := startAll(peers)
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	fleets := map[*peer]*fleet{}
	for _, p := range peers {
		f, _, err := newFleet(p, running[p], connections, connections, func(i int) [2]*batch { return batches(p.dialect, i) })
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
		defer f.close()
		fleets[p] = f
	}
	rate, cpu, own, even := newFigures("1/s"), newFigures("us"), newFigures("1"), newFigures("1")
	err = s.often(2).turns(peers, func(p *peer) error {
		l, err := fleets[p].run(shortSlice)
		if err != nil {
			return err
		}
		if l.starved > 0 {
			return fmt.Errorf("%d connections got no reply in %v", l.starved, shortSlice)
		}
		rate.add(p, l.rate)
		cpu.add(p, float64(l.cpu)/1e3)
		own.add(p, l.own)
		even.add(p, float64(l.least)/float64(l.most))
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, p := range peers {
		if err := verify(p, running[p], fleets[p]); err != nil {
			return nil, nil, err
		}
	}
	show(ran, peers, column{"operations/s", rate, 0}, column{"server's us for each", cpu, 3},
		column{"processors that the load took", own, 2}, column{"least/most of a connection", even, 2})
	return rate, cpu, nil
}

// verify reads back what the fleet's clients wrote last.
func verify(p *peer, on *process, f *fleet) error {
	var x []exchange
	for i := range f.conns {
		for _, did := range f.conns[i].last() {
			if did.kind == writeOne {
				did.kind = readOne
				x = append(x, did)
			}
		}
	}
	if err := p.all(on, x); err != nil {
		return fmt.Errorf("what was written is not there: %w", err)
	}
	return nil
}

// same is one batch of reads, again and again.
func same(n int) func(d dialect, connection int) [2]*batch {
	return func(d dialect, connection int) [2]*batch {
		b := reads(d, connection, n)
		return [2]*batch{b, b}
	}
}

// measureCPU loads with 50 connections that wait for each reply.
func measureCPU(s *session) ([]bench.Row, error) {
	_, cpu, err := s.loads(fmt.Sprintf("cpu: 50 connections, one read each under way; medians of %v", shortSlice),
		present(50, s.registers, s.echo, s.redis, s.modbus), 50, same(1))
	if err != nil {
		return nil, err
	}
	const reach = ">= 0.909" // of the echo's time to ours
	return []bench.Row{cpu.row("50 connections, server CPU per operation (at most 1.1 x the echo's)", s.registers, s.echo, bench.Lower, reach)}, nil
}

// measurePipelined loads with 50 connections that have 16 requests under way.
func measurePipelined(s *session) ([]bench.Row, error) {
	rate, _, err := s.loads(fmt.Sprintf("pipelined: 50 connections, 16 reads each under way; medians of %v", shortSlice),
		present(50, s.registers, s.echo, s.redis, s.modbus), 50, same(16))
	if err != nil {
		return nil, err
	}
	written, _, err := s.loads(fmt.Sprintf("pipelined: 50 connections, 16 writes of new values each under way; medians of %v", shortSlice),
		present(50, s.registers, s.redis, s.modbus), 50, func(d dialect, i int) [2]*batch {
			return [2]*batch{writes(d, i, 16, 0), writes(d, i, 16, 1)}
		})
	if err != nil {
		return nil, err
	}
	var rows []bench.Row
	for _, k := range []struct {
		what string
		of   *figures
	}{{"50 connections, 16 reads pipelined", rate}, {"50 connections, 16 writes pipelined", written}} {
		rows = append(rows, k.of.row(k.what, s.registers, s.redis, bench.Higher, ">= 1.0"),
			k.of.row(k.what, s.registers, s.modbus, bench.Higher, ">= 6"))
	}
	return rows, nil
}

// measureMany connects 5,000 clients anew in each round, and loads with them.
func measureMany(s *session) ([]bench.Row, error) {
	const connections = 5000
	peers := present(connections, s.registers, s.echo, s.redis, s.modbus)
	running, stop, err := startAll(peers)
	if err != nil {
		return nil, err
	}
	defer stop()
	took, rate, starved, even := newFigures("s"), newFigures("1/s"), newFigures("1"), newFigures("1")
	err = s.turns(peers, func(p *peer) error {
		f, t, err := newFleet(p, running[p], connections, connections, func(i int) [2]*batch { return same(1)(p.dialect, i) })
		if err != nil {
			return err
		}
		took.add(p, t.Seconds())
		l, err := f.run(slice)
		f.close()
		if err != nil {
			return err
		}
		rate.add(p, l.rate)
		starved.add(p, float64(l.starved))
		even.add(p, float64(l.least)/float64(l.most))
		return settle(running[p])
	})
	if err != nil {
		return nil, err
	}
	show(fmt.Sprintf("many: %d connections, one read each under way; medians of %v", connections, slice), peers,
		column{"s until all have a reply", took, 3}, column{"operations/s", rate, 0},
		column{"without a reply", starved, 0}, column{"least/most of a connection", even, 2})
	return []bench.Row{
		took.row("5,000 connections, all connected and answered", s.registers, nil, bench.Lower, "<= 0.3s"),
		// A single round in which somebody starved is one too many.
		bench.Measured("5,000 connections, starved in the worst round", slices.Max(starved.of[s.registers]), "1", "== 0"),
		rate.row("5,000 connections, operations/s", s.registers, s.echo, bench.Higher, ">= 0.9"),
	}, nil
}

// settle waits until a server has done what is left, such as closing connections.
func settle(on *process) error {
	const look = 20 * time.Millisecond
	before, err := on.cpu()
	for begin := time.Now(); err == nil && time.Since(begin) < patience; {
		time.Sleep(look)
		var now time.Duration
		now, err = on.cpu()
		if now-before < look/20 {
			break
		}
		before = now
	}
	return err
}
