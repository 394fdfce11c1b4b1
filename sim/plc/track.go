package plc

import "math"

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
	gone     bool // past the gate, rejected
}

// sound tells whether the bottle may pass.
func (t *track) sound(needsCap bool) bool {
	return t.judged && t.good && (!needsCap || t.capped && t.capOK)
}

// tracks is the shift register: the bottles on the line, in order of arrival.
type tracks struct {
	list []track
	next uint32
}

// add begins a track.
func (ts *tracks) add(origin float64) *track {
	ts.next++
	ts.list = append(ts.list, track{id: ts.next, origin: origin})
	return &ts.list[len(ts.list)-1]
}

// nearest is the track whose origin is within tolerance of the given one.
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

// byID finds a track.
func (ts *tracks) byID(id uint32) *track {
	for i := range ts.list {
		if ts.list[i].id == id {
			return &ts.list[i]
		}
	}
	return nil
}

// drop removes a track.
func (ts *tracks) drop(id uint32) {
	for i := range ts.list {
		if ts.list[i].id == id {
			ts.list = append(ts.list[:i], ts.list[i+1:]...)
			return
		}
	}
}
