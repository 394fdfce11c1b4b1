package wire

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func TestAWatchPushesAllAtFirstAndThenWhatChanged(t *testing.T) {
	l := newLine(t, many(10, protocol.I32)...)
	for i, o := range l.outs {
		o.SetInt(1, int64(i))
	}
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	refs := []protocol.Ref{9, 8, 7, 6, 5, 4, 3}
	id := must(t)(p.client.Watch(refs, 10*time.Millisecond, true))
	events := p.settle()
	if len(events) != 2 || events[0].Kind != Done || events[1].Kind != Pushed || len(events[1].Entries) != len(refs) {
		t.Fatalf("%+v", events)
	}
	for i, e := range events[1].Entries {
		if e.Index != i || e.Sample.Value.Int() != int64(refs[i]) || e.Sample.Time != 1 {
			t.Errorf("%+v", e)
		}
	}
	l.outs[3].SetInt(2, -3)
	l.outs[8].SetQuality(2, protocol.Bad)
	l.outs[0].SetInt(2, 99)
	p.now = 9 * time.Millisecond
	p.server.Tick(p.now)
	if events := p.settle(); len(events) != 0 {
		t.Fatalf("before the interval: %+v", events)
	}
	p.now = 10 * time.Millisecond
	p.server.Tick(p.now)
	e := p.one()
	if e.Kind != Pushed || e.ID != id || e.Coalesced != 0 || len(e.Entries) != 2 {
		t.Fatalf("%+v", e)
	}
	if a, b := e.Entries[0], e.Entries[1]; a.Index != 1 || a.Sample.Quality != protocol.Bad || b.Index != 6 || b.Sample.Value.Int() != -3 || b.Sample.Time != 2 {
		t.Errorf("%+v", e.Entries)
	}
	p.now = time.Second
	p.server.Tick(p.now)
	if events := p.settle(); len(events) != 0 {
		t.Errorf("without a change: %+v", events)
	}
	must(t)(p.client.Unwatch(id))
	if e := p.one(); e.Kind != Done || p.server.Watching() || p.client.InFlight() != 0 {
		t.Errorf("%+v", e)
	}
	l.outs[9].SetInt(3, 1234)
	p.server.Tick(2 * time.Second)
	if events := p.settle(); len(events) != 0 {
		t.Errorf("after the end: %+v", events)
	}
}

func TestASlowSubscriberGetsTheNewestValuesAndHowManyItMissed(t *testing.T) {
	l := newLine(t, many(1, protocol.I32)...)
	p := newPair(t, l, ServerConfig{MaxOutput: 64, Stall: time.Hour}, ClientConfig{})
	must(t)(p.client.Watch([]protocol.Ref{0}, 0, false))
	p.settle()
	for range 30 {
		must(t)(p.client.Ping())
	}
	p.server.Receive(0, p.client.Output())
	p.client.Sent(len(p.client.Output()))
	for i := range 100 {
		l.outs[0].SetInt(time.Duration(i), int64(i))
		p.server.Tick(time.Duration(i) * time.Millisecond)
	}
	if n := len(p.server.Output()); n > 128 {
		t.Errorf("%d bytes wait", n)
	}
	p.settle()
	p.server.Tick(time.Second)
	e := p.one()
	if e.Kind != Pushed || e.Coalesced != 99 || e.Entries[0].Sample.Value.Int() != 99 {
		t.Errorf("%+v", e)
	}
}

func TestAHundredPushedChangesOf16BitsTakeAtMostFourBytesEach(t *testing.T) {
	l := newLine(t, many(300, protocol.U16)...)
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	var refs []protocol.Ref
	for i := range 300 {
		refs = append(refs, protocol.Ref(i))
	}
	must(t)(p.client.Watch(refs, 0, false))
	p.settle()
	for i := range 100 {
		l.outs[i*3].SetInt(2, 1)
	}
	p.server.Tick(time.Second)
	if n := len(p.server.Output()); n > 100*4+6+100 {
		t.Errorf("scattered: %d bytes", n)
	}
	p.settle()
	for i := range 100 {
		l.outs[i+100].SetInt(3, 2)
	}
	p.server.Tick(2 * time.Second)
	if n := len(p.server.Output()); n > 100*3+7 {
		t.Errorf("side by side: %d bytes", n)
	}
}
