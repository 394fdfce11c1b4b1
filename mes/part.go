package mes

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Part is one part that left the line, good or not, with its genealogy.
type Part struct {
	// Track is the number under which the line's control followed the part, 0
	// where it did not. The same track twice in one session is refused.
	Track uint64
	// Serial is the number read from the part, 0 where none was read. Serials
	// come from the world and may repeat.
	Serial  uint64
	Product string // "" where it is not known
	Good    bool
	Reason  string // of the rejection: "no QR"; empty for a good part
	Steps   []Step // in the order in which they happened
}

// Step is one station of a part's genealogy.
type Step struct {
	Station string        // "infeed", "inspect", "cap", "gate"
	At      time.Duration // line time
	Result  string        // "ok", "no QR"
	Value   float64       // what was measured, in Unit; NaN where nothing was
	Unit    string
	// Measures are all that was measured. A name is there once. They come back in the order in
	// which the file got to know them.
	Measures []Measure
}

// Record is a part as the MES keeps it.
type Record struct {
	N       int64  // 1, 2, ... over the life of the file
	Session int64  // 1 for the first Open of the file, 2 for the next, ...
	Order   string // ID of the order that it was made for, "" if unassigned
	At      time.Duration
	Part
	// Pictures of it that are kept, in the order in which they came.
	Pictures []PictureInfo
}

// Unspecified is the reason under which a rejected part without one is counted.
const Unspecified = "unspecified"

// recentTracks is how many tracks back a repeated one is noticed at once. Older
// repetitions are found by Check.
const recentTracks = 4096

// Complete records a part that left the line at line time now, and counts it for
// the running order if it is of that order's product or of unknown product, and
// as unassigned otherwise. A good part that fills the order's quantity completes
// the order, and the next one starts.
//
// The steps and their measures are copied. A part that makes no sense is refused with an error and
// not counted. An error that is [ErrStore] says that the part is counted and
// kept in memory, but not yet in the file: it is written with the next ones.
// With Config.Durable, a nil error means that the part is on the disk. Otherwise
// the steady state allocates only when a batch is written.
func (m *MES) Complete(now time.Duration, p Part) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.at(now)
	if err != nil {
		return err
	}
	if err := m.admit(now, &p); err != nil {
		return err
	}
	m.now = t
	if !p.Good && p.Reason == "" {
		p.Reason = Unspecified
	}
	m.nParts++
	r := partRow{n: m.nParts, at: t, part: p, firstStep: len(m.pend.steps)}
	for i, s := range p.Steps {
		m.measure(r.n, int64(i+1), s.Measures)
		s.At += m.base
		s.Measures = nil
		m.pend.steps = append(m.pend.steps, s)
	}
	r.lastStep = len(m.pend.steps)
	r.part.Steps = nil

	ty := &m.unassigned
	i := m.running
	if i >= 0 && (p.Product == "" || p.Product == m.orders[i].Product) {
		r.order = m.orders[i].ID
		ty = &m.orders[i].tally
	}
	ty.count(p.Good, p.Reason)
	m.total.count(p.Good, p.Reason)
	m.pend.parts = append(m.pend.parts, r)
	m.recent.push(Record{N: r.n, Session: m.session, Order: r.order, At: t, Part: r.part})
	if i >= 0 && m.orders[i].tally.good >= int64(m.orders[i].Quantity) {
		m.transition(i, Completed, "quantity reached")
		m.dispatch()
	}
	return m.committed()
}

// admit refuses parts that cannot be right, before anything is changed.
func (m *MES) admit(now time.Duration, p *Part) error {
	if m.pend.rows() >= maxPending {
		return fmt.Errorf("%w: %d rows wait for %s, which could not be written; make room or mend the disk", ErrStore, m.pend.rows(), m.path)
	}
	switch {
	case p.Track > math.MaxInt64:
		return fmt.Errorf("mes: part has the track %d; the largest that the database holds is %d", p.Track, int64(math.MaxInt64))
	case p.Serial > math.MaxInt64:
		return fmt.Errorf("mes: part of track %d has the serial %d; the largest that the database holds is %d", p.Track, p.Serial, int64(math.MaxInt64))
	case p.Good && p.Reason != "":
		return fmt.Errorf("mes: part of track %d is good and has the reason %q; a good part has none", p.Track, p.Reason)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Station == "" {
			return fmt.Errorf("mes: step %d of track %d names no station", i+1, p.Track)
		}
		if s.At < 0 || s.At > now {
			return fmt.Errorf("mes: step %d (%s) of track %d is at %v; it must lie between 0 and now, %v", i+1, s.Station, p.Track, s.At, now)
		}
		if err := admitMeasures(s.Measures); err != nil {
			return fmt.Errorf("mes: step %d (%s) of track %d: %w", i+1, s.Station, p.Track, err)
		}
	}
	if p.Track != 0 && !m.tracks.add(p.Track, m.nParts+1) {
		return fmt.Errorf("mes: track %d was completed already; a part is counted once", p.Track)
	}
	return nil
}

// tally counts parts.
type tally struct {
	good    int64
	reject  int64
	reasons []reasonCount
	dirty   bool // good changed since the last commit
}

type reasonCount struct {
	reason string
	n      int64
	dirty  bool
}

func (t *tally) count(good bool, reason string) {
	if good {
		t.good++
		t.dirty = true
		return
	}
	t.add(reason, 1, true)
}

func (t *tally) add(reason string, n int64, dirty bool) {
	t.reject += n
	for i := range t.reasons {
		if t.reasons[i].reason == reason {
			t.reasons[i].n += n
			t.reasons[i].dirty = t.reasons[i].dirty || dirty
			return
		}
	}
	t.reasons = append(t.reasons, reasonCount{reason, n, dirty})
}

// trackSet remembers the newest tracks, with the numbers of their parts.
type trackSet struct {
	in   map[uint64]int64
	ring []uint64
	next int
}

// add gives false where the track is there already.
func (s *trackSet) add(track uint64, part int64) bool {
	if _, ok := s.in[track]; ok {
		return false
	}
	if s.in == nil {
		s.in = make(map[uint64]int64)
	}
	if len(s.ring) < recentTracks {
		s.ring = append(s.ring, track)
	} else {
		delete(s.in, s.ring[s.next])
		s.ring[s.next] = track
		s.next = (s.next + 1) % recentTracks
	}
	s.in[track] = part
	return true
}

// recentParts is a ring of the newest records, without their steps.
type recentParts struct {
	ring []Record
	next int
}

// keepRecent is how many parts a Snapshot shows.
const keepRecent = 50

func (r *recentParts) push(x Record) {
	if len(r.ring) < keepRecent {
		r.ring = append(r.ring, x)
		return
	}
	r.ring[r.next] = x
	r.next = (r.next + 1) % keepRecent
}

// find gives the record of a part, nil if it is not among the newest.
func (r *recentParts) find(part int64) *Record {
	for i := range r.ring {
		if r.ring[i].N == part {
			return &r.ring[i]
		}
	}
	return nil
}

// add notes a picture with its part. What Snapshot handed out shares nothing with it.
func (r *recentParts) add(p PictureInfo) {
	if x := r.find(p.Part); x != nil {
		x.Pictures = append(x.Pictures, p)
	}
}

// remove forgets a picture.
func (r *recentParts) remove(p PictureInfo) {
	if x := r.find(p.Part); x != nil {
		x.Pictures = slices.DeleteFunc(x.Pictures, func(o PictureInfo) bool { return o.N == p.N })
	}
}

// newestFirst copies them, without the pictures of numbers below oldest.
func (r *recentParts) newestFirst(oldest int64) []Record {
	out := make([]Record, 0, len(r.ring))
	for i := len(r.ring) - 1; i >= 0; i-- {
		x := r.ring[(r.next+i)%len(r.ring)]
		var kept []PictureInfo
		for _, p := range x.Pictures {
			if p.N >= oldest {
				kept = append(kept, p)
			}
		}
		x.Pictures = kept
		out = append(out, x)
	}
	return out
}
