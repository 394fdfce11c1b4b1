package modbus

import "time"

// RTUServer is the gateway's side of a serial line, without the line: bytes in, bytes
// out, and the time given by whoever drives it, as for TCPServer. A RTUServer is used by
// one goroutine at a time.
//
// A frame ends with a silence. What is no frame then, or is for a unit that is not the
// gateway's, is forgotten, since on a line a request that was hurt gets no reply. While
// the silence may only have been a delay on this side, of an adapter or a scheduler, the
// rest of a request is waited for a little longer.
//
// The driver calls Receive with what arrived, Tick at Deadline and when Ready says so,
// and sends Output and reports it with Sent.
type RTUServer struct {
	g      *Gateway
	device string
	in     []byte
	noise  bool // more came than a frame has: forget all until a silence
	out    []byte
	echo   int // bytes sent that will be heard

	last   time.Duration // when the last byte arrived
	looked bool          // since then the line was silent, and in is not a whole frame

	waiting  *job
	unit     uint8
	function Function
	answerBy time.Duration

	counts
}

// NewRTUServer makes a session for a serial line of the gateway's settings. While these
// do not have the device, nothing is answered.
func (g *Gateway) NewRTUServer(device string) *RTUServer { return &RTUServer{g: g, device: device} }

// Output is what is to be sent now.
func (s *RTUServer) Output() []byte { return s.out }

// Sent reports that the Output was sent.
func (s *RTUServer) Sent() {
	if line := s.g.image.Load().line(s.device); line != nil && line.settings.Echo {
		s.echo = len(s.out)
	}
	s.out = s.out[:0]
}

// Ready is told when the write that the session waits for may have been carried out; nil
// while there is none.
func (s *RTUServer) Ready() <-chan struct{} {
	if s.waiting == nil {
		return nil
	}
	return s.waiting.wake
}

// Deadline is when Tick must be called at the latest, if ok.
func (s *RTUServer) Deadline() (at time.Duration, ok bool) {
	line := s.g.image.Load().line(s.device)
	switch {
	case line == nil:
		return 0, false
	case len(s.in) == 0 && !s.noise:
		return s.answerBy, s.waiting != nil
	case s.looked:
		at = s.last + line.settings.Late
	default:
		at = s.last + line.settings.Silence
	}
	if s.waiting != nil {
		at = min(at, s.answerBy)
	}
	return at, true
}

// Receive takes bytes that arrived on the line. It does not keep b.
func (s *RTUServer) Receive(now time.Duration, b []byte) {
	heard := min(s.echo, len(b))
	s.echo -= heard
	if b = b[heard:]; len(b) == 0 {
		return
	}
	s.Tick(now)
	s.last, s.looked = now, false
	if s.noise || len(s.in)+len(b) > MaxRTU {
		s.in, s.noise = s.in[:0], true
		return
	}
	s.in = append(s.in, b...)
}

// Tick carries out the request that the silence has ended, and answers a write that has
// been carried out or has waited for too long.
func (s *RTUServer) Tick(now time.Duration) {
	im := s.g.image.Load()
	line := im.line(s.device)
	if line == nil {
		s.in, s.out, s.noise, s.waiting = s.in[:0], s.out[:0], false, nil
		return
	}
	if s.waiting != nil {
		s.resume(now)
	}
	if (len(s.in) == 0 && !s.noise) || now < s.last+line.settings.Silence {
		return
	}
	s.echo = 0 // what was to be heard did not come
	switch {
	case s.noise:
	case s.frame(now, im, line):
	case len(s.in) < requestSize(s.in) && now < s.last+line.settings.Late:
		s.looked = true
		return
	}
	s.in, s.noise, s.looked = s.in[:0], false, false
}

// frame finds the frame that the silence has ended and carries it out. If all of the
// bytes together are none, they may be two that came without a silence that could be
// seen, as another unit's reply and a request of which only the end is looked for.
func (s *RTUServer) frame(now time.Duration, im *image, line *serialImage) bool {
	if unit, pdu, ok := ParseRTU(s.in); ok {
		s.request(now, im, line, unit, pdu)
		return true
	}
	for i := 1; i+3 < len(s.in); i++ {
		rest := s.in[i:]
		if requestSize(rest) != len(rest) || (rest[0] != 0 && line.units[rest[0]] == nil) {
			continue
		}
		if unit, pdu, ok := ParseRTU(rest); ok {
			s.request(now, im, line, unit, pdu)
			return true
		}
	}
	return false
}

func (s *RTUServer) request(now time.Duration, im *image, line *serialImage, id uint8, pdu []byte) {
	u := line.units[id]
	if id == 0 {
		s.broadcast(im, line, pdu)
		return
	}
	if u == nil {
		return
	}
	// The master sends again, so it does not wait for the reply to the last request.
	s.waiting = nil
	s.requests++
	s.out = append(s.out[:0], id)
	j := newJob(im)
	out, done := im.answer(s.out, u, id, pdu, j)
	if !done {
		s.out = s.out[:0]
		s.waiting, s.unit, s.function, s.answerBy = j, id, Function(pdu[0]), now+im.settings.Answer
		return
	}
	s.out = out
	j.release()
	s.finish()
}

// broadcast carries out a write to all units of the line. Nobody is told how it went.
func (s *RTUServer) broadcast(im *image, line *serialImage, pdu []byte) {
	s.requests++
	for _, u := range line.distinct {
		j := newJob(im)
		j.unit = u
		if j.prepare(Function(pdu[0]), pdu[1:], pdu) != 0 {
			j.release()
		} else if _, done := im.submit(nil, j); done {
			j.release()
		}
	}
}

func (s *RTUServer) resume(now time.Duration) {
	j := s.waiting
	s.out = append(s.out[:0], s.unit)
	switch {
	case j.done.Load():
		s.out = j.finish(s.out)
		j.release()
	case now >= s.answerBy:
		s.out = appendException(s.out, s.function, TargetNotResponding)
	default:
		s.out = s.out[:0]
		return
	}
	s.waiting = nil
	s.finish()
}

// finish completes the reply.
func (s *RTUServer) finish() {
	if Function(s.out[1])&failed != 0 {
		s.exceptions++
	}
	s.out = endRTU(s.out, 0)
}
