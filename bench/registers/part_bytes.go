//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"linetwin.dev/bench"
)

const (
	warmUp  = 100 // batches before those that count: TCP acknowledges at once in the beginning
	counted = 500
	// quiet is longer than TCP delays an acknowledgement.
	quiet = 70 * time.Millisecond
)

// perUnit is traffic divided by what it carried.
type perUnit struct{ application, ip, ethernet, frames, acks float64 }

func (t traffic) per(n int) perUnit {
	d := float64(n)
	return perUnit{float64(t.application) / d, float64(t.ip) / d, float64(t.ethernet) / d, float64(t.frames) / d, float64(t.acks) / d}
}

// measureBytes counts what crosses the wire.
func measureBytes(s *session) ([]bench.Row, error) {
	cases := []struct {
		what  string
		batch func(d dialect) *batch
		units int // values or transactions in a batch
		level func(perUnit) float64
		reach string
	}{
		{"single 16-bit read, request + reply, application", func(d dialect) *batch { return reads(d, 0, 1) }, 1,
			func(u perUnit) float64 { return u.application }, "<= 10B"},
		{"single 16-bit write, request + reply, application", func(d dialect) *batch { return writes(d, 0, 1, 0) }, 1,
			func(u perUnit) float64 { return u.application }, "<= 10B"},
		{"16 reads pipelined, on Ethernet, per transaction", func(d dialect) *batch { return reads(d, 0, 16) }, 16,
			func(u perUnit) float64 { return u.ethernet }, "<= 20B"},
		{"16 writes pipelined, on Ethernet, per transaction", func(d dialect) *batch { return writes(d, 0, 16, 0) }, 16,
			func(u perUnit) float64 { return u.ethernet }, "<= 20B"},
		{"block of 125 16-bit registers, on Ethernet, per value", block, blockLength,
			func(u perUnit) float64 { return u.ethernet }, "<= 3.3B"},
	}
	peers := present(1, s.registers, s.modbus, s.redis)
	running, stop, err := startAll(peers)
	if err != nil {
		return nil, err
	}
	defer stop()

	fmt.Printf("\nbytes: %d times one after the other, each waiting for its replies, after %d not counted; captured on the\n"+
		"loopback device, segments of at most %d bytes, acknowledgements included\n", counted, warmUp, ethernetMSS)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\t\tapplication\tIP\tEthernet\tframes\tof them only acknowledge")
	print := func(what string, p *peer, u perUnit) {
		fmt.Fprintf(w, "%s\t%s\t%.2f B\t%.2f B\t%.2f B\t%.3f\t%.3f\n", what, p.name, u.application, u.ip, u.ethernet, u.frames, u.acks)
	}
	var rows []bench.Row
	for _, c := range cases {
		got := newFigures("B")
		for _, p := range peers {
			u, err := countBatches(p, running[p], c.batch(p.dialect), c.units)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			got.add(p, c.level(u))
			print(c.what, p, u)
		}
		for _, p := range []*peer{s.modbus, s.redis} {
			rows = append(rows, got.row(c.what, s.registers, p, bench.Lower, c.reach))
		}
	}
	u, err := countPushes()
	if err != nil {
		return nil, err
	}
	what := "push, 100 changes at once, on Ethernet, per value"
	print(what, s.registers, u)
	rows = append(rows, bench.Measured(what, u.ethernet, "B", "<= 6B"))
	return rows, w.Flush()
}

// countBatches does a batch many times and divides the traffic by what it carried.
func countBatches(p *peer, on *process, b *batch, units int) (perUnit, error) {
	l, err := dial(on.addr, p.dialect, ethernetMSS)
	if err != nil {
		return perUnit{}, err
	}
	defer l.close()
	c, err := newCapture(on.addr.Port())
	if err != nil {
		return perUnit{}, err
	}
	defer c.close()
	repeat := func(n int) error {
		for range n {
			if err := l.do(b); err != nil {
				return err
			}
		}
		time.Sleep(quiet)
		return nil
	}
	if err := repeat(warmUp); err != nil {
		return perUnit{}, err
	}
	if _, err := c.take(); err != nil {
		return perUnit{}, err
	}
	before := l.bytes
	if err := repeat(counted); err != nil {
		return perUnit{}, err
	}
	t, err := c.take()
	if err != nil {
		return perUnit{}, err
	}
	// TCP may send a segment again when an acknowledgement is late. That is traffic, but
	// no more of the application's.
	went := l.bytes - before
	if t.application < went || t.application > went+went/100 {
		return perUnit{}, fmt.Errorf("%d bytes went over the connection, and %d were captured", went, t.application)
	}
	t.application = went
	return t.per(counted * units), nil
}

const (
	slowPushes    = 8 // per second, so that each is acknowledged before the next
	countedPushes = 16
)

// countPushes subscribes to registers that seldom change.
func countPushes() (perUnit, error) {
	on, err := startOwn("-serve", "registers", "-rate", fmt.Sprint(slowPushes))
	if err != nil {
		return perUnit{}, err
	}
	defer on.stop()
	c, err := newCapture(on.addr.Port())
	if err != nil {
		return perUnit{}, err
	}
	defer c.close()
	d := registerDialect{}
	l, err := dial(on.addr, d, ethernetMSS)
	if err != nil {
		return perUnit{}, err
	}
	defer l.close()
	if err := sendAll(l.fd, d.watch(nil)); err != nil {
		return perUnit{}, err
	}
	push := func(b []byte) (int, error) {
		n, _, _, err := d.push(b)
		return n, err
	}
	// The first push may come with the answer to the watch.
	if err := l.await(func(b []byte) (int, error) {
		n, err := d.isWatched(b)
		if n == 0 || err != nil {
			return 0, err
		}
		k, err := push(b[n:])
		if k == 0 || err != nil {
			return 0, err
		}
		return n + k, nil
	}); err != nil {
		return perUnit{}, err
	}
	// A machine that was busy elsewhere lets two pushes run into each other.
	for range 5 {
		if err := l.await(push); err != nil {
			return perUnit{}, err
		}
		time.Sleep(quiet)
		if _, err := c.take(); err != nil {
			return perUnit{}, err
		}
		before := l.bytes
		for range countedPushes {
			if err := l.await(push); err != nil {
				return perUnit{}, err
			}
		}
		time.Sleep(quiet)
		t, err := c.take()
		if err != nil {
			return perUnit{}, err
		}
		if t.application == l.bytes-before {
			return t.per(countedPushes * pushed), nil
		}
	}
	return perUnit{}, errors.New("pushes could not be told apart: this machine stands still for tens of milliseconds too often")
}
