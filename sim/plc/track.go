package plc

import "math"

// fate is what is to become of a bottle. It is decided once.
type fate uint8

const (
	undecided fate = iota
	pass
	reject
)

// track is a bottle between the infeed and the outfeed.
type track struct {
	id       uint32
	origin   float64 // position of the belt at which its centre was at x = 0, m
	judged   bool
	good     bool
	reason   uint16
	serial   uint64
	asked    bool // the capping station was asked
	capped   bool // and has answered
	capOK    bool
	capError float64
	fate     fate
	swept    bool // rejected for what is around it, not for what it is
	doubtful bool // sound, and perhaps pushed off when the line went to its safe state
	lost     bool // did not arrive at the outfeed
	told     bool // has been reported; it is watched until it cannot turn up any more
}

// sound tells whether the bottle may pass as far as it is concerned itself.
func (t *track) sound(needsCap bool) bool {
	return t.judged && t.good && (!needsCap || t.capped && t.capOK)
}

// bad tells whether it is known that the bottle will never be sound.
func (t *track) bad() bool {
	return t.judged && !t.good || t.capped && !t.capOK
}

// tracks is the shift register: the bottles on the line, in order of arrival.
type tracks struct {
	list []track
	next uint32
}

// add begins a track. A track's number is not used again, and is never 0.
func (ts *tracks) add(origin float64) *track {
	if ts.next++; ts.next == 0 {
		ts.next = 1
	}
	ts.list = append(ts.list, track{id: ts.next, origin: origin})
	return &ts.list[len(ts.list)-1]
}

// nearest is the track whose origin is within tolerance of the given one, or nil.
func (ts *tracks) nearest(origin, tolerance float64) *track {
	var best *track
	for i := range ts.list {
		t := &ts.list[i]
		if d := math.Abs(t.origin - origin); d <= tolerance {
			best, tolerance = t, d
		}
	}
	return best
}

// byID finds a track, or nil.
func (ts *tracks) byID(id uint32) *track {
	for i := range ts.list {
		if ts.list[i].id == id {
			return &ts.list[i]
		}
	}
	return nil
}

// drop removes the track at a place in the list.
func (ts *tracks) drop(i int) { ts.list = append(ts.list[:i], ts.list[i+1:]...) }
