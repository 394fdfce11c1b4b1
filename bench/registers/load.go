//go:build linux

package main

import (
	"errors"
	"time"

	"linetwin.dev/bench/suite"
)

// load is what many connections got out of a server in a while.
type load struct {
	rate float64       // of exchanges or pushes, per second
	cpu  time.Duration // of the server, for each
	own  float64       // processors that this process used
	// starved is how many connections had none; least and most are of a connection.
	starved     int
	least, most uint64
}

// weigh measures while serve, which is told when to end, counts exchanges or pushes in
// total. The first tenth of the time does not count.
func weigh(on *process, during time.Duration, total *uint64, serve func(end time.Time) error) (load, error) {
	begin := time.Now()
	if err := serve(begin.Add(during / 10)); err != nil {
		return load{}, err
	}
	cpu, err := on.cpu()
	if err != nil {
		return load{}, err
	}
	at, before, own := time.Now(), *total, suite.ProcessTime()
	if err := serve(begin.Add(during)); err != nil {
		return load{}, err
	}
	took, count := time.Since(at).Seconds(), *total-before
	own = suite.ProcessTime() - own
	later, err := on.cpu()
	if err != nil {
		return load{}, err
	}
	if count == 0 {
		return load{}, errors.New("the server did nothing")
	}
	return load{rate: float64(count) / took, cpu: (later - cpu) / time.Duration(count), own: own.Seconds() / took, least: ^uint64(0)}, nil
}

// of counts what one connection got.
func (l *load) of(done uint64) {
	l.least, l.most = min(l.least, done), max(l.most, done)
	if done == 0 {
		l.starved++
	}
}
