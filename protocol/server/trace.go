package server

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// What a trace keeps until it is looked at.
const (
	traceFrames = 1024
	traceBytes  = 1 << 20
)

// Frame is one message of a traced client.
type Frame struct {
	// At is when, since the server began.
	At time.Duration
	// In is true for what came from the client.
	In bool
	// Size in bytes, and what it says, in words.
	Size int
	Text string
	// Dropped is how many frames before this one are missing, since they came faster
	// than they were taken.
	Dropped int
}

// trace carries the messages of one client to who looks at them.
type trace struct {
	to      func(Frame)
	frames  chan message
	held    atomic.Int64 // bytes in frames
	dropped int          // since the last message that went into frames
}

type message struct {
	at      time.Duration
	in      bool
	bytes   []byte
	refs    []protocol.Ref // of the watch, for a push
	dropped int
}

// Trace calls to with each message of a client, in words, until stop is called or the
// client is gone, and then with those that still wait. Several may trace one client.
// to is called from a goroutine of its own: it may take its time, then frames are dropped
// and counted, and the client is served as before. The error says that there is no such
// client.
func (s *Server) Trace(id uint64, to func(Frame)) (stop func(), err error) {
	t := &trace{to: to, frames: make(chan message, traceFrames)}
	var of *client
	if err := s.with(id, func(c *client) {
		of = c
		c.loop.addTrace(c, t)
	}); err != nil {
		return nil, err
	}
	go t.run(s.bank)
	return func() { of.loop.endTrace(of, t) }, nil
}

func (l *loop) addTrace(c *client, t *trace) {
	if l.traces == nil {
		l.traces = make(map[*client][]*trace)
	}
	l.traces[c] = append(l.traces[c], t)
	c.session.Trace(func(in bool, b []byte) {
		for _, t := range l.traces[c] {
			t.add(l.now, in, b, c.session)
		}
	})
}

func (l *loop) endTrace(c *client, t *trace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.traces[c], t)
	if i < 0 {
		return
	}
	t.end()
	if l.traces[c] = slices.Delete(l.traces[c], i, i+1); len(l.traces[c]) == 0 {
		delete(l.traces, c)
		c.session.Trace(nil)
	}
}

// endTraces is called when a client is gone.
func (l *loop) endTraces(c *client) {
	for _, t := range l.traces[c] {
		t.end()
	}
	delete(l.traces, c)
}

// end makes run return, once it has shown what it has.
func (t *trace) end() { close(t.frames) }

// add takes a message, if there is room. It is called by the loop.
func (t *trace) add(now time.Duration, in bool, b []byte, session *wire.Server) {
	m := message{at: now, in: in, dropped: t.dropped}
	if t.held.Load()+int64(len(b)) > traceBytes || len(t.frames) == cap(t.frames) {
		t.dropped++
		return
	}
	m.bytes = slices.Clone(b)
	if !in && len(b) >= 3 {
		m.refs = session.WatchRefs(binary.LittleEndian.Uint16(b[1:]))
	}
	t.held.Add(int64(len(b)))
	t.dropped = 0
	t.frames <- m // it has room, and only the loop adds to it
}

func (t *trace) run(bank *protocol.Bank) {
	registers := bank.Registers()
	d := wire.Describer{Name: func(ref protocol.Ref) string {
		if int(ref) < len(registers) {
			return registers[ref].Def.Name
		}
		return ""
	}}
	for m := range t.frames {
		t.held.Add(-int64(len(m.bytes)))
		d.Refs = func(uint16) []protocol.Ref { return m.refs }
		t.to(Frame{At: m.at, In: m.in, Size: len(m.bytes), Text: d.Describe(m.in, m.bytes), Dropped: m.dropped})
	}
}
