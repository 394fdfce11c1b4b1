//go:build !linux

package server

import "time"

// poller wakes a loop: there is nothing here that tells which sockets are ready, and
// all clients are streams, which post notices.
type poller struct {
	bell   chan struct{}
	ticker *time.Ticker
}

func newPoller() (*poller, error) {
	return &poller{bell: make(chan struct{}, 1), ticker: time.NewTicker(time.Second)}, nil
}

// every sets the period of the timer.
func (p *poller) every(d time.Duration) { p.ticker.Reset(d) }

// wake makes the loop turn once more. Any goroutine may call it; it never waits.
func (p *poller) wake() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

// run calls turn until it says halt: at once while it says more, and otherwise when
// the timer goes off or the bell rings.
func (p *poller) run(turn func([]readiness) verdict) {
	for {
		switch turn(nil) {
		case halt:
			return
		case rest:
			select {
			case <-p.bell:
			case <-p.ticker.C:
			}
		}
	}
}

func (p *poller) close() { p.ticker.Stop() }
