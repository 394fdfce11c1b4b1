package wire

import (
	"encoding/binary"
	"math"
	"time"

	"linetwin.dev/protocol"
)

// Deadband says by how much a number must change before a watch pushes it. A change
// of quality is pushed always, and so is one of a Bool.
type Deadband uint8

// The deadbands.
const (
	// NoDeadband: every change.
	NoDeadband Deadband = iota
	// Absolute: more than the limit away from what was pushed last.
	Absolute
	// Percent: more than so many percent of the magnitude of what was pushed last.
	Percent
)

// WatchSettings of a subscription. The zero value pushes every change without times.
type WatchSettings struct {
	// Interval is the least time between two pushes, a whole number of microseconds.
	Interval time.Duration
	// Heartbeat is the longest time between two pushes: when nothing has changed for so
	// long, an empty one comes. 0 for none.
	Heartbeat time.Duration
	// Timed pushes have the time of each value; a change of the time alone is then one.
	Timed bool
	// Deadband and its Limit.
	Deadband Deadband
	Limit    float32
}

const (
	watchTimedFlag = 1
	deadbandShift  = 1
)

// watch is one subscription of a client: when it last pushed and what.
type watch struct {
	WatchSettings
	id    uint16
	fresh bool // nothing was pushed yet
	due   time.Duration
	beat  time.Duration // when the next heartbeat is due
	refs  []protocol.Ref
	last  []watched

	// behind has a bit for each register that changed while the client's output was
	// full; coalesced counts the values that it will never see.
	behind    []uint64
	lagging   bool
	coalesced int
}

// watched is what was pushed last of a register, and the register's version then.
type watched struct {
	sample  protocol.Sample
	version uint64
}

func (s *Server) watch(now time.Duration, id uint16, b []byte, timed bool) {
	if len(b) < watchFixed {
		s.answer(id, protocol.Malformed)
		return
	}
	set := WatchSettings{Interval: microseconds(b), Timed: timed}
	s.answer(id, s.addWatch(now, id, set, b[watchFixed:]))
	s.push(now)
}

func (s *Server) watchWith(now time.Duration, id uint16, b []byte) {
	if len(b) < watchSettingsFixed {
		s.answer(id, protocol.Malformed)
		return
	}
	set := decodeSettings(b)
	if set.Deadband > Percent || !(set.Limit >= 0) || math.IsInf(float64(set.Limit), 0) {
		s.answer(id, protocol.Malformed)
		return
	}
	s.answer(id, s.addWatch(now, id, set, b[watchSettingsFixed:]))
	s.push(now)
}

func decodeSettings(b []byte) WatchSettings {
	return WatchSettings{Interval: microseconds(b), Heartbeat: microseconds(b[4:]), Timed: b[8]&watchTimedFlag != 0,
		Deadband: Deadband(b[8] >> deadbandShift), Limit: math.Float32frombits(le.Uint32(b[9:]))}
}

func microseconds(b []byte) time.Duration { return time.Duration(le.Uint32(b)) * time.Microsecond }

func (s *Server) addWatch(now time.Duration, id uint16, set WatchSettings, b []byte) protocol.Status {
	if s.watchIndex(id) >= 0 {
		return protocol.Malformed
	}
	refs, status := decodeRefs(nil, b)
	switch {
	case status != protocol.OK:
		return status
	case s.watched+len(refs) > s.config.MaxWatched:
		return protocol.Limit
	}
	for _, ref := range refs {
		if status := s.mayRead(ref); status != protocol.OK {
			return status
		}
	}
	s.watched += len(refs)
	s.watches = append(s.watches, &watch{WatchSettings: set, id: id, fresh: true, due: now, refs: refs, last: make([]watched, len(refs))})
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

// push appends a push for each watch that is due and has changes. A client that does
// not read gets none now, and the newest values, and how many it missed, as soon as it
// has read.
func (s *Server) push(now time.Duration) {
	for _, w := range s.watches {
		blocked := s.Blocked()
		if now < w.due && (blocked || !w.lagging) {
			continue
		}
		switch {
		case blocked && w.fresh:
		case blocked:
			s.fallBehind(w)
			w.due = now + w.Interval
		case s.pushOne(w), w.Heartbeat > 0 && now >= w.beat && s.heartbeat(w):
			w.due, w.beat = now+w.Interval, now+w.Heartbeat
		}
	}
}

// look takes the newest samples of a watch. They are of one instant whenever the writers
// leave the time for that; a subscriber of registers that never rest gets the newest value
// of each all the same.
func (s *Server) look(w *watch, r *room) []protocol.Sample {
	samples := r.samples[:len(w.refs)]
	// Versions are taken first: a write meanwhile is seen again at the next look.
	for i, ref := range w.refs {
		w.last[i].version = s.bank.At(ref).Version()
	}
	s.bank.Snapshot(w.refs, samples)
	return samples
}

// stirred reports whether anything was written, so that the samples must be looked at.
func (s *Server) stirred(w *watch) bool {
	if w.fresh || w.lagging {
		return true
	}
	for i, ref := range w.refs {
		if s.bank.At(ref).Version() != w.last[i].version {
			return true
		}
	}
	return false
}

// pushOne reports whether there was something to push.
func (s *Server) pushOne(w *watch) bool {
	if !s.stirred(w) {
		return false
	}
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	samples := s.look(w, r)
	if w.lagging {
		for i := range samples {
			if w.lags(i) && w.differs(i, &samples[i]) {
				s.coalesce(w) // it fell due, and a newer one is pushed in its place
			}
		}
	}
	start, next := len(s.out), 0
	for i := range samples {
		t := s.bank.At(w.refs[i]).Type()
		if !w.fresh && !w.lags(i) && !w.changed(i, t, &samples[i]) {
			continue
		}
		if len(s.out) == start {
			s.reserve(sizedHeader + maxVarint + (len(w.refs)-i)*maxEntry)
			s.out = beginSized(s.out, opPush, w.id)
			s.out = binary.AppendUvarint(s.out, uint64(w.coalesced))
		}
		s.out = appendEntry(s.out, i-next, t, samples[i], w.Timed)
		next = i + 1
		w.last[i].sample = samples[i]
		s.counts.Values++
	}
	if len(s.out) == start {
		return false
	}
	endSized(s.out, start)
	s.counts.Pushes++
	w.fresh, w.coalesced, w.lagging = false, 0, false
	clear(w.behind)
	return true
}

// heartbeat pushes that nothing has changed.
func (s *Server) heartbeat(w *watch) bool {
	start := len(s.out)
	s.out = endSized(append(beginSized(s.out, opPush, w.id), 0), start)
	s.counts.Pushes++
	return true
}

// fallBehind notes what falls due and cannot be pushed now.
func (s *Server) fallBehind(w *watch) {
	if !s.stirred(w) {
		return
	}
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	samples := s.look(w, r)
	for i := range samples {
		if !w.changed(i, s.bank.At(w.refs[i]).Type(), &samples[i]) {
			continue
		}
		if w.behind == nil {
			w.behind = make([]uint64, (len(w.refs)+63)/64)
		}
		if w.lags(i) {
			s.coalesce(w)
		}
		w.behind[i/64] |= 1 << (i % 64)
		w.lagging = true
		w.last[i].sample = samples[i]
	}
}

func (s *Server) coalesce(w *watch) {
	w.coalesced = min(w.coalesced+1, maxCoalesced)
	s.counts.Coalesced++
}

// lags reports whether a value of the i-th register fell due and was not pushed.
func (w *watch) lags(i int) bool { return w.lagging && w.behind[i/64]>>(i%64)&1 != 0 }

// differs says whether the client would see another value than the last one that fell
// due: without times, a value that went and came back is none.
func (w *watch) differs(i int, now *protocol.Sample) bool {
	last := &w.last[i].sample
	return now.Value != last.Value || now.Quality != last.Quality || w.Timed && now.Time != last.Time
}

// changed says whether the value is to be pushed.
func (w *watch) changed(i int, t protocol.Type, now *protocol.Sample) bool {
	if w.Deadband == NoDeadband || t == protocol.Bool {
		return w.differs(i, now)
	}
	last := &w.last[i].sample
	if now.Quality != last.Quality {
		return true
	}
	if now.Value == last.Value {
		return false
	}
	limit := float64(w.Limit)
	if w.Deadband == Percent {
		limit *= math.Abs(last.Value.Number(t)) / 100
	}
	// A NaN, and what lies an infinity away, is beyond every limit.
	d := distance(t, last.Value, now.Value)
	return !(d <= limit) || math.IsInf(d, 1)
}

// distance between two numbers of type t; of integers it is right also where a float64
// cannot tell them apart.
func distance(t protocol.Type, a, b protocol.Value) float64 {
	switch t {
	case protocol.F32, protocol.F64:
		return math.Abs(b.Float() - a.Float())
	case protocol.U64:
		return float64(max(a.Uint(), b.Uint()) - min(a.Uint(), b.Uint()))
	}
	return float64(uint64(max(a.Int(), b.Int())) - uint64(min(a.Int(), b.Int())))
}
