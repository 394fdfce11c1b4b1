package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/timesync"
)

func TestAWatchDeliversAllAtFirstAndThenWhatChanged(t *testing.T) {
	l := newLine(t, server.Options{})
	c := start(t, l.addr)
	expect := func(command, want string) {
		t.Helper()
		if got := c.do("%s", command); got != want {
			t.Fatalf("%s:\n%s\nwant\n%s", command, got, want)
		}
	}
	expect("watch eye.dark belt.count", "watch 2")
	expect("poll 60000", "push 2 coalesced 0 values 2\neye.dark false bad\nbelt.count 1234 good")
	l.count(1235)
	expect("poll 60000", "push 2 coalesced 0 values 1\nbelt.count 1235 good")
	expect("watch -times 1 set.i32", "watch 3")
	expect("poll 60000", "push 3 coalesced 0 values 1\nset.i32 0 good at 5000000000")
	expect("set set.i32 9", "")
	expect("poll 60000", "push 3 coalesced 0 values 1\nset.i32 9 good at 5000000000")
	expect("unwatch 3", "")
	expect("unwatch 3", "error -4 unwatch: there is no watch 3")
	expect("set set.i32 10", "")
	l.count(1236)
	expect("poll 60000", "push 2 coalesced 0 values 1\nbelt.count 1236 good")
}

func TestAWatchHasADeadbandAndAHeartbeat(t *testing.T) {
	l := newLine(t, server.Options{})
	c := start(t, l.addr)
	// Heartbeats come whenever they like, also before the answer to a command.
	const beat = "push 3 coalesced 0 values 0"
	do := func(command string) (got string, beats int) {
		t.Helper()
		lines := strings.Split(c.do("%s", command), "\n")
		values := slices.DeleteFunc(lines, func(s string) bool { return s == beat })
		return strings.Join(values, "\n"), len(lines) - len(values)
	}
	next := func() string {
		t.Helper()
		for {
			if got, _ := do("poll 60000"); got != "" {
				return got
			}
		}
	}
	do("set set.f64 100")
	do("watch -deadband 5% -heartbeat 50 set.f64")
	if got := next(); got != "push 3 coalesced 0 values 1\nset.f64 100 good" {
		t.Error(got)
	}
	do("set set.f64 104") // within 5 % of 100
	if got, beats := do("poll 60000"); got != "" || beats == 0 {
		t.Errorf("%q, %d heartbeats", got, beats)
	}
	do("set set.f64 106")
	if got := next(); got != "push 3 coalesced 0 values 1\nset.f64 106 good" {
		t.Error(got)
	}
}

func TestAClaimKeepsOthersOutAndALostSourceMakesItsRegistersBad(t *testing.T) {
	l := newLine(t, server.Options{})
	source, other := start(t, l.addr), start(t, l.addr)
	expect := func(c *client, command, want string) {
		t.Helper()
		if got := c.do("%s", command); got != want {
			t.Fatalf("%s:\n%s\nwant\n%s", command, got, want)
		}
	}
	expect(source, "claim 60000 set.i32 set.f64", "")
	expect(source, "set set.i32 5", "")
	expect(other, "set set.i32 6", "error 5 write set.i32: busy")
	expect(other, "claim 0 set.f64", "error 5 claim: busy")
	expect(source, "release", "")
	expect(other, "get set.i32 set.f64", "set.i32 5 bad\nset.f64 0 bad")
	expect(other, "set set.i32 6", "")

	expect(source, "claim 0 set.i32", "")
	expect(source, "set set.i32 7", "")
	expect(other, "watch set.i32", "watch 6")
	expect(other, "poll 60000", "push 6 coalesced 0 values 1\nset.i32 7 good")
	source.kill()
	expect(other, "poll 60000", "push 6 coalesced 0 values 1\nset.i32 7 bad")
	expect(other, "set set.i32 8", "")
}

func TestAHoldThatPassesInSilenceEndsTheClaim(t *testing.T) {
	t.Parallel() // it mostly waits
	l := newLine(t, server.Options{})
	source, other := start(t, l.addr), start(t, l.addr)
	source.do("claim 1000 set.i32")
	source.do("set set.i32 7")
	if got := other.do("watch set.i32"); got != "watch 2" {
		t.Fatal(got)
	}
	other.do("poll 60000")
	// While it polls it pings, as often as the hold needs.
	if got := source.do("poll 1500"); got != "" {
		t.Fatal(got)
	}
	if got := other.do("poll 0"); got != "" {
		t.Fatalf("it became bad early: %s", got)
	}
	// Then it is silent.
	if got := other.do("poll 60000"); got != "push 2 coalesced 0 values 1\nset.i32 7 bad" {
		t.Fatal(got)
	}
	if got := source.do("ping"); !strings.HasPrefix(got, "error -1 the server ended the connection: device not responding: nothing arrived for 1s") {
		t.Error(got)
	}
}

func TestTheClientKeepsAnIdleConnectionAlive(t *testing.T) {
	t.Parallel() // it mostly waits
	l := newLine(t, server.Options{Idle: 2 * time.Second})
	c := start(t, l.addr)
	if got := c.do("poll 2500"); got != "" {
		t.Error(got)
	}
	if got := c.do("ping"); got != "" {
		t.Error(got)
	}
}

func TestBothSidesAgreeHowTheirClocksStand(t *testing.T) {
	begin := time.Now()
	told := make(chan timesync.Estimate, 10)
	l := newLine(t, server.Options{
		LineTime:     func() time.Duration { return time.Since(begin) + time.Hour },
		Synchronised: func(_ string, e timesync.Estimate) { told <- e },
	})
	c := start(t, l.addr)
	var offset, uncertainty int64
	for range 2 { // with the second one the server hears when the first answer arrived
		if got := c.do("clock"); strings.HasPrefix(got, "error") {
			t.Fatal(got)
		} else if _, err := fmt.Sscanf(got, "offset %d uncertainty %d", &offset, &uncertainty); err != nil {
			t.Fatal(err)
		}
	}
	e := <-told
	apart := (e.Offset - time.Duration(offset)).Abs()
	if e.Exchanges != 1 || uncertainty <= 0 || apart > e.Uncertainty+time.Duration(uncertainty) {
		t.Errorf("the server says %+v, the client %d give or take %d", e, offset, uncertainty)
	}
}
