package modbus

import (
	"fmt"
	"time"
)

const (
	// No more requests are carried out while this much output waits.
	maxOutput = 64 << 10
	// A session that is quiet keeps at most this much of a buffer.
	smallBuffer = 4 << 10
)

// TCPServer is the gateway's side of one connection, without the connection: bytes in,
// bytes out, and the time given by whoever drives it. now is any clock that does not go
// back; it has nothing to do with the line's time. A TCPServer is used by one goroutine
// at a time.
//
// The driver calls Receive with what arrived, sends Output and reports it with Sent,
// calls Tick at Deadline, and closes the connection when Err is not nil and the output
// is sent. While Waiting it receives nothing, and calls Tick also when Ready says so.
//
// Replies are in the order of the requests, so that a request waits while a write before
// it does.
type TCPServer struct {
	g       *Gateway
	in, out []byte
	err     error

	heard time.Duration // when the last byte arrived
	half  time.Duration // when the incomplete request began to arrive

	waiting  *job // whose transaction the registers' writer has
	head     Header
	function Function
	answerBy time.Duration

	counts
}

// counts of a session that its driver has not yet taken.
type counts struct{ requests, exceptions uint64 }

// NewTCPServer makes a session for a connection, which counts from now on as idle.
func (g *Gateway) NewTCPServer(now time.Duration) *TCPServer {
	return &TCPServer{g: g, heard: now, half: now}
}

// Err is why the session is over, or nil while it lives.
func (s *TCPServer) Err() error { return s.err }

// Output is what waits to be sent. It is valid until the next call of a method.
func (s *TCPServer) Output() []byte { return s.out }

// Waiting reports whether a write waits for the registers' writer.
func (s *TCPServer) Waiting() bool { return s.waiting != nil }

// Ready is told when the write that the session waits for may have been carried out. It
// is nil while the session is not Waiting.
func (s *TCPServer) Ready() <-chan struct{} {
	if s.waiting == nil {
		return nil
	}
	return s.waiting.wake
}

// Blocked reports whether nothing must be received now: a write waits, or so much output.
func (s *TCPServer) Blocked() bool { return s.waiting != nil || len(s.out) >= maxOutput }

// Deadline is when Tick must be called at the latest.
func (s *TCPServer) Deadline() time.Duration {
	settings := &s.g.image.Load().settings
	switch {
	case s.waiting != nil:
		return s.answerBy
	case len(s.in) > 0:
		return min(s.half+settings.Half, s.heard+settings.Idle)
	}
	return s.heard + settings.Idle
}

// Receive takes bytes from the master. It does not keep b. It panics when called while
// Blocked, since nothing would then bound what the session holds.
func (s *TCPServer) Receive(now time.Duration, b []byte) {
	if s.err != nil || len(b) == 0 {
		return
	}
	if s.Blocked() {
		panic("modbus: Receive while Blocked")
	}
	s.heard = now
	if len(s.in) > 0 {
		s.in = append(s.in, b...)
		s.consume(now)
		return
	}
	s.half = now
	s.in = append(s.in, b[s.process(now, b):]...)
}

// Sent reports that the first n bytes of Output were sent.
func (s *TCPServer) Sent(now time.Duration, n int) {
	s.out = s.out[:copy(s.out, s.out[n:])]
	if len(s.in) > 0 && !s.Blocked() && s.err == nil {
		s.consume(now)
	}
	if len(s.out) == 0 && cap(s.out) > smallBuffer {
		s.out = nil
	}
}

// Tick answers a write that has been carried out, or has waited for too long, and ends
// the session when a time-out has passed.
func (s *TCPServer) Tick(now time.Duration) {
	settings := &s.g.image.Load().settings
	switch {
	case s.err != nil:
	case s.waiting != nil:
		s.resume(now)
	case len(s.in) > 0 && now >= s.half+settings.Half:
		s.err = fmt.Errorf("half a request came, and not the rest within %v", settings.Half)
	case now >= s.heard+settings.Idle:
		s.err = fmt.Errorf("no request came within %v", settings.Idle)
	}
}

// Close gives up what the session waits for. It is called once, at its end.
func (s *TCPServer) Close() {
	s.waiting, s.in, s.out = nil, nil, nil
}

func (s *TCPServer) resume(now time.Duration) {
	j, start := s.waiting, len(s.out)
	switch {
	case j.done.Load():
		s.out = j.finish(beginTCP(s.out, s.head))
		j.release()
	case now >= s.answerBy:
		// The job stays with the writer, who may still carry it out.
		s.out = appendException(beginTCP(s.out, s.head), s.function, TargetNotResponding)
	default:
		return
	}
	s.waiting = nil
	s.heard, s.half = now, now
	s.finish(start)
	s.consume(now)
}

// finish completes the reply that begins at start.
func (s *TCPServer) finish(start int) {
	reply := s.out[start:]
	endTCP(reply)
	if Function(reply[tcpHeader])&failed != 0 {
		s.exceptions++
	}
}

// consume processes what is stored of the input.
func (s *TCPServer) consume(now time.Duration) {
	n := s.process(now, s.in)
	s.in = s.in[:copy(s.in, s.in[n:])]
	if len(s.in) == 0 && cap(s.in) > smallBuffer {
		s.in = nil
	}
}

// process carries out the whole requests at the start of b and returns how many bytes
// they were.
func (s *TCPServer) process(now time.Duration, b []byte) (used int) {
	im := s.g.image.Load()
	for used < len(b) && !s.Blocked() {
		h, pdu, size, err := ParseTCP(b[used:])
		if err != nil {
			s.err = fmt.Errorf("what came is not Modbus: %w", err)
			return len(b)
		}
		if size == 0 {
			break
		}
		used += size
		s.half = now
		s.request(now, im, h, pdu)
	}
	return used
}

func (s *TCPServer) request(now time.Duration, im *image, h Header, pdu []byte) {
	s.requests++
	start := len(s.out)
	s.out = beginTCP(s.out, h)
	u := im.byID[h.Unit]
	if u == nil {
		s.out = appendException(s.out, Function(pdu[0]), PathUnavailable)
		s.finish(start)
		return
	}
	j := newJob(im)
	out, done := im.answer(s.out, u, h.Unit, pdu, j)
	if !done {
		s.out = s.out[:start]
		s.waiting, s.head, s.function, s.answerBy = j, h, Function(pdu[0]), now+im.settings.Answer
		return
	}
	s.out = out
	j.release()
	s.finish(start)
}
