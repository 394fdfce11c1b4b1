package wire

import (
	"encoding/binary"
	"time"

	"linetwin.dev/protocol"
)

// watch is one subscription of a client: when it last pushed and what.
type watch struct {
	id       uint16
	timed    bool
	fresh    bool // nothing was pushed yet
	interval time.Duration
	due      time.Duration
	skipped  int
	refs     []protocol.Ref
	last     []protocol.Sample
}

func (s *Server) watch(now time.Duration, id uint16, b []byte, timed bool) {
	s.answer(id, s.addWatch(now, id, b, timed))
	s.push(now)
}

func (s *Server) addWatch(now time.Duration, id uint16, b []byte, timed bool) protocol.Status {
	if len(b) < watchFixed || s.watchIndex(id) >= 0 {
		return protocol.Malformed
	}
	interval := time.Duration(le.Uint32(b)) * time.Microsecond
	refs, status := decodeRefs(nil, b[watchFixed:])
	switch {
	case status != protocol.OK:
		return status
	case s.watched+len(refs) > s.config.MaxWatched:
		return protocol.Limit
	}
	for _, ref := range refs {
		if s.bank.At(ref) == nil {
			return protocol.UnknownRegister
		}
	}
	s.watched += len(refs)
	s.watches = append(s.watches, &watch{id: id, timed: timed, fresh: true, interval: interval, due: now,
		refs: refs, last: make([]protocol.Sample, len(refs))})
	return protocol.OK
}

func (s *Server) unwatch(id uint16) protocol.Status {
	i := s.watchIndex(id)
	if i < 0 {
		return protocol.Malformed
	}
	s.watched -= len(s.watches[i].refs)
	s.watches = append(s.watches[:i], s.watches[i+1:]...)
	return protocol.OK
}

func (s *Server) watchIndex(id uint16) int {
	for i, w := range s.watches {
		if w.id == id {
			return i
		}
	}
	return -1
}

// push appends a push for each watch that is due and has changes. A client that
// does not read gets none now, and later the newest values and how many it missed.
func (s *Server) push(now time.Duration) {
	for _, w := range s.watches {
		if now < w.due {
			continue
		}
		if s.Blocked() {
			w.skipped = min(w.skipped+1, maxSkipped)
			w.due = now + w.interval
			continue
		}
		if s.pushOne(w) {
			w.due = now + w.interval
		}
	}
}

// pushOne reports whether there was something to push. A push is of one instant
// whenever the writers leave the time for that; a subscriber of registers that
// never rest gets the newest value of each all the same.
func (s *Server) pushOne(w *watch) bool {
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	samples := r.samples[:len(w.refs)]
	s.bank.Snapshot(w.refs, samples)
	start, next := len(s.out), 0
	for i := range samples {
		if !w.fresh && !w.changed(i, &samples[i]) {
			continue
		}
		if len(s.out) == start {
			s.reserve(sizedHeader + maxVarint + (len(samples)-i)*maxEntry)
			s.out = beginSized(s.out, opPush, w.id)
			s.out = binary.AppendUvarint(s.out, uint64(w.skipped))
		}
		s.out = appendEntry(s.out, i-next, s.bank.At(w.refs[i]).Type(), samples[i], w.timed)
		next = i + 1
		w.last[i] = samples[i]
	}
	if len(s.out) == start {
		return false
	}
	endSized(s.out, start)
	w.fresh, w.skipped = false, 0
	return true
}

// changed says whether the client would see a difference: without times, a value
// that went and came back is none.
func (w *watch) changed(i int, now *protocol.Sample) bool {
	last := &w.last[i]
	return now.Value != last.Value || now.Quality != last.Quality || (w.timed && now.Time != last.Time)
}
