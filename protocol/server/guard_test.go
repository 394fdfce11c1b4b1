package server

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
)

// aGuess is one more guess.
func aGuess() string { guesses++; return fmt.Sprint("guess ", guesses) }

var guesses = 1000

// status of the answer to a hello, at a desk, from an address.
func (d *desk) status(from, token string) protocol.Status {
	d.t.Helper()
	e := &memory{room: -1, in: hello(token, "")}
	c := &client{end: e, addr: netip.AddrPortFrom(netip.MustParseAddr(from), 1000)}
	c.id = d.server.lastID.Add(1)
	d.server.clients.Add(1)
	if err := d.admit(c); err != nil {
		d.t.Fatal(err)
	}
	d.readable(c)
	d.settled()
	if len(e.sent) < 48 {
		d.t.Fatalf("%d bytes of an answer", len(e.sent))
	}
	if answer := protocol.Status(e.sent[40]); answer != protocol.OK {
		return answer
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remove(c, "the test is over")
	return protocol.OK
}

func TestWhoGuessesTokensHasToWaitAndOthersDoNot(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{Authorise: byToken(map[string]protocol.Grant{"right": {}, "": {}})})
	d.server.guard, d.server.began = new(guard.Guard), d.server.start
	const guesser, other = "192.0.2.7", "192.0.2.8"
	wrong := 0
	for d.status(guesser, aGuess()) == protocol.NotAuthorised {
		if wrong++; wrong > 100 {
			t.Fatal("guesses are not slowed down")
		}
	}
	if wrong < 3 {
		t.Errorf("only %d mistakes are free", wrong)
	}
	for range 10 { // so many that the wait outlasts the test
		d.server.guard.Wrong(netip.MustParseAddr(guesser), aGuess(), d.server.began.Add(d.server.now()))
	}
	if got := d.status(guesser, "right"); got != protocol.Busy {
		t.Errorf("a right token from there: %v; it would tell that it is right", got)
	}
	if got := d.status(guesser, ""); got != protocol.OK {
		t.Errorf("no token from there: %v", got)
	}
	if got := d.status(other, "right"); got != protocol.OK {
		t.Errorf("a right token from elsewhere: %v", got)
	}
	d.after(time.Minute)
	if got := d.status(guesser, "right"); got != protocol.OK {
		t.Errorf("after the wait: %v", got)
	}
	before := d.server.away.Load()
	if d.status(guesser, aGuess()) != protocol.NotAuthorised || d.status(guesser, aGuess()) != protocol.Busy {
		t.Error("a right token has forgiven the wrong ones")
	}
	d.after(linger + 2*patrol)
	if got := d.server.away.Load() - before; got != 2 {
		t.Errorf("%d were counted as turned away", got)
	}
}

func TestConnectionsThatWereOpenBeforeDoNotGuessFaster(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{Authorise: byToken(nil)})
	d.server.guard, d.server.began = new(guard.Guard), d.server.start
	var all []*client
	for range 50 {
		c := &client{end: &memory{room: -1, in: hello("guess 1000", "")[:20]}, addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), 1000)}
		d.server.clients.Add(1)
		if err := d.admit(c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	d.readable(all...)
	d.settled()
	judged := 0
	for _, c := range all {
		e := c.end.(*memory)
		e.in = hello(aGuess(), "")[20:]
		d.readable(c)
		d.settled()
		if len(e.sent) >= 48 && protocol.Status(e.sent[40]) == protocol.NotAuthorised {
			judged++
		}
	}
	if judged > 10 {
		t.Errorf("%d of 50 guesses were judged", judged)
	}
}
