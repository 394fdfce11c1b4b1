package network

import "time"

// way is one direction of a connection: from the sender's buffer, over the wire, into
// the receiver's.
type way struct {
	c    *conn
	side int // of the sender

	unsent  []byte // in the sender's buffer
	unacked int    // sent, and still in the sender's buffer
	window  int    // what the sender may send, as far as it knows
	free    time.Duration
	flight  []*segment // on the wire, in order
	arrived []byte     // in the receiver's buffer

	closing, finished bool // the sender sends no more; its end of the stream is on the wire
	ended             bool // the end of the stream has arrived
	dead              bool // nothing arrives any more
	snip              bool // the next segment is cut short, and the connection with it

	answering   bool // an acknowledgement is on its way back
	acked, read int  // what it says: bytes that arrived, and that were read
}

// segment on the wire.
type segment struct {
	data []byte
	fin  bool
	here bool // it has arrived, and waits for those before it
}

// write puts bytes into the sender's buffer, as many as have room there.
func (w *way) write(now time.Duration, b []byte) int {
	n := min(len(b), max(0, w.c.n.cond.Buffer-len(w.unsent)-w.unacked))
	w.unsent = append(w.unsent, b[:n]...)
	w.pump(now)
	return n
}

// pump sends what the window allows.
func (w *way) pump(now time.Duration) {
	for len(w.unsent) > 0 && w.window > 0 && !w.finished {
		n := min(len(w.unsent), w.window, w.c.n.cond.Segment)
		s := &segment{data: append([]byte(nil), w.unsent[:n]...)}
		w.unsent = w.unsent[:copy(w.unsent, w.unsent[n:])]
		w.unacked += n
		w.window -= n
		if w.snip {
			w.truncate(now, s)
			return
		}
		w.launch(now, s)
	}
	if w.closing && !w.finished && len(w.unsent) == 0 {
		w.finished = true
		w.launch(now, &segment{fin: true})
	}
}

// truncate lets a part of a segment through, and then nothing but the end of the stream.
// The sender is told that the connection is no more.
func (w *way) truncate(now time.Duration, s *segment) {
	s.data = s.data[:w.c.rnd.IntN(len(s.data))]
	w.c.n.tell(now, w.c.id, "truncated", len(s.data))
	w.launch(now, s)
	w.finished, w.unsent = true, nil
	w.launch(now, &segment{fin: true})
	w.c.ways[1-w.side].die()
	w.c.ends[w.side].fail(now, ErrReset)
}

// launch puts a segment on the wire when the wire is free.
func (w *way) launch(now time.Duration, s *segment) {
	w.flight = append(w.flight, s)
	if rate := w.c.n.cond.Rate; rate > 0 {
		took := time.Duration(float64(len(s.data)+headers) / rate * 1e9)
		w.free = max(w.free, now) + took
		w.c.n.at(w.free, func(now time.Duration) { w.try(now, s, firstRetry) })
		return
	}
	w.try(now, s, firstRetry)
}

// try sends a segment, for the first time or again.
func (w *way) try(now time.Duration, s *segment, again time.Duration) {
	n := w.c.n
	if w.dead {
		return
	}
	if n.lost(w.c.rnd) {
		n.at(now+again, func(now time.Duration) { w.try(now, s, min(2*again, lastRetry)) })
		return
	}
	n.at(now+n.delay(w.c.rnd), func(now time.Duration) { w.arrive(now, s) })
}

// arrive puts a segment into the receiver's buffer, and those that waited for it.
func (w *way) arrive(now time.Duration, s *segment) {
	if w.dead {
		return
	}
	s.here = true
	got, done := 0, 0
	for ; done < len(w.flight) && w.flight[done].here; done++ {
		w.arrived = append(w.arrived, w.flight[done].data...)
		got += len(w.flight[done].data)
		w.ended = w.ended || w.flight[done].fin
	}
	if done == 0 {
		return
	}
	w.flight = append(w.flight[:0], w.flight[done:]...)
	w.c.n.tell(now, w.c.id, "arrived", got)
	to := &w.c.ends[1-w.side]
	if to.gone() {
		w.arrived = nil
		if to.closed && got > 0 {
			to.refuse(now)
		}
		return
	}
	w.acked += got
	w.answer(now)
	to.wake(now)
}

// answer tells the sender what has arrived and was read, with what comes to that until
// it gets there.
func (w *way) answer(now time.Duration) {
	if !w.answering {
		w.answering = true
		w.c.n.at(now+w.c.n.cond.Latency, w.answered)
	}
}

func (w *way) answered(now time.Duration) {
	switch {
	case w.dead || w.c.ways[1-w.side].dead:
		return
	case w.c.n.down > 0:
		w.c.n.at(now+firstRetry, w.answered)
		return
	}
	w.answering = false
	w.unacked -= w.acked
	w.window += w.read
	w.acked, w.read = 0, 0
	w.pump(now)
	w.c.ends[w.side].wake(now)
}

// stop makes the sender send no more. What is on the wire arrives.
func (w *way) stop() {
	w.finished = true
	w.unsent = nil
}

// die loses what is on the wire, and all that comes.
func (w *way) die() {
	w.dead = true
	w.flight = nil
}
