package network

import (
	"io"
	"time"
)

// End is one end of a connection, as a program has it: a socket that does not block. It
// is used by what runs on the network's schedule.
type End struct {
	c      *conn
	side   int
	notify func(now time.Duration)
	waking bool
	closed bool // by the program
	err    error
}

// Notify sets what is called when there is something to read, room to write, or an end
// of the connection; not for each byte, but at least once after the last. What happened
// before is not told.
func (e *End) Notify(f func(now time.Duration)) { e.notify = f }

// Conn is the number of the connection, as Trace has it.
func (e *End) Conn() int { return e.c.id }

// Write takes the first n bytes of b, as many as have room in the buffer.
func (e *End) Write(now time.Duration, b []byte) (n int) {
	if e.gone() {
		return 0
	}
	return e.out().write(now, b)
}

// Received is what has arrived and was not consumed. It is valid until the next call of
// a method.
func (e *End) Received() []byte {
	if e.closed {
		return nil
	}
	return e.in().arrived
}

// Consume takes the first n bytes of Received out of the buffer.
func (e *End) Consume(now time.Duration, n int) {
	if n == 0 {
		return
	}
	w := e.in()
	w.arrived = w.arrived[:copy(w.arrived, w.arrived[n:])]
	w.read += n
	w.answer(now)
}

// Err is ErrReset, or io.EOF when the other end has closed and all was consumed, or nil.
func (e *End) Err() error {
	switch {
	case e.err != nil:
		return e.err
	case e.in().ended && len(e.in().arrived) == 0:
		return io.EOF
	}
	return nil
}

// Close ends the connection in good order: what was written is sent, and then the end
// of the stream. What arrives later is answered with a reset.
func (e *End) Close(now time.Duration) {
	if e.gone() {
		e.leave()
		return
	}
	e.out().closing = true
	e.out().pump(now)
	e.leave()
}

// Abort resets the connection. The other end is told, if the network lets it through.
func (e *End) Abort(now time.Duration) {
	if !e.gone() {
		e.refuse(now)
		e.out().stop()
	}
	e.leave()
}

// Vanish is what becomes of an end whose machine loses power, or freezes for good: it
// says and hears nothing any more.
func (e *End) Vanish() {
	e.out().die()
	e.in().die()
	e.leave()
}

// Break makes the direction towards the other end lose everything from now on, with
// neither end told.
func (e *End) Break() { e.out().die() }

func (e *End) out() *way { return &e.c.ways[e.side] }
func (e *End) in() *way  { return &e.c.ways[1-e.side] }

// gone tells whether this end takes part no more.
func (e *End) gone() bool { return e.closed || e.err != nil }

// leave notes that the program has closed.
func (e *End) leave() {
	e.closed, e.notify = true, nil
	e.c.forget()
}

// refuse sends a reset to the other end. Nobody sends it again if it is lost, but it comes
// anew for each segment that arrives later.
func (e *End) refuse(now time.Duration) {
	n := e.c.n
	n.at(now+n.cond.Latency, func(now time.Duration) {
		if !e.out().dead && n.down == 0 {
			e.c.ends[1-e.side].fail(now, ErrReset)
		}
	})
}

// fail ends the connection for this end.
func (e *End) fail(now time.Duration, err error) {
	if e.gone() {
		return
	}
	e.err = err
	e.out().stop()
	e.wake(now)
	e.c.forget()
}

// wake calls Notify's function soon.
func (e *End) wake(now time.Duration) {
	if e.waking || e.notify == nil {
		return
	}
	e.waking = true
	e.c.n.at(now, func(now time.Duration) {
		e.waking = false
		if e.notify != nil {
			e.notify(now)
		}
	})
}
