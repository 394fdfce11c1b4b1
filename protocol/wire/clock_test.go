package wire

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// A second request for the time is under way when the answer to the first arrives. A third
// one that told the server when that was would have it taken for the second one's answer.
func TestTimesOfRequestsThatOverlapAreNotMixedUp(t *testing.T) {
	l := newLine(t, protocol.Def{Name: "a", Type: protocol.I64})
	var now time.Duration
	var got []timesync.Estimate
	p := newPair(t, l, ServerConfig{
		LineTime:     func() time.Duration { return now },
		Synchronised: func(_ string, e timesync.Estimate) { got = append(got, e) },
	}, ClientConfig{})
	const ahead = 7 * time.Second // the client's clock, of the line's
	var back time.Duration
	ask := func(at time.Duration) { must(t)(p.client.Clock(at+ahead, back)) }
	arrive := func(at time.Duration) {
		now = at
		p.server.Receive(now, p.client.Output())
		p.client.Sent(len(p.client.Output()))
	}
	answer := func(at time.Duration) {
		now = at
		if err := p.client.Receive(p.server.Output(), func(*Event) { back = at + ahead }); err != nil {
			t.Fatal(err)
		}
		p.server.Sent(now, len(p.server.Output()))
	}
	ms := time.Millisecond
	ask(1000 * ms)
	arrive(1100 * ms)
	ask(1200 * ms)
	answer(1300 * ms)
	ask(1400 * ms)
	arrive(1500 * ms)
	answer(1600 * ms)
	ask(1700 * ms)
	arrive(1800 * ms)
	if len(got) != 1 {
		t.Errorf("%d estimates, want one, of the last request before none was open", len(got))
	}
	for _, e := range got {
		if off := -ahead - e.Offset; max(off, -off) > e.Uncertainty {
			t.Errorf("the offset is wrong by %v, and said to be right within %v", off, e.Uncertainty)
		}
	}
}
