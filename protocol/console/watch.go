package console

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

const (
	usualInterval = 100 // ms
	leastInterval = 20
	mostInterval  = 3_600_000
)

// watch is a set of registers whose changes a console is sent. The pump alone looks at it
// after its making. A console that is slow to read misses values between, never the
// newest.
type watch struct {
	id      int
	found   []int // in the console's infos
	ins     []*protocol.In
	version []uint64
	last    []protocol.Sample
	every   time.Duration
	due     time.Duration
	begun   bool
}

func (s caller) watch(_ context.Context, p WatchParams) (None, error) {
	found, err := s.readable(p.Names)
	if err != nil {
		return None{}, err
	}
	if p.Interval == 0 {
		p.Interval = usualInterval
	}
	if p.Interval < leastInterval || p.Interval > mostInterval {
		return None{}, jrpc2.Errorf(jrpc2.InvalidParams, "interval_ms is %d; it is from %d to %d", p.Interval, leastInterval, mostInterval)
	}
	w := &watch{id: p.Watch, found: found, every: time.Duration(p.Interval) * time.Millisecond, due: s.con.now(),
		version: make([]uint64, len(found)), last: make([]protocol.Sample, len(found))}
	for _, ref := range s.con.refs(found) {
		w.ins = append(w.ins, s.con.o.Bank.At(ref))
	}
	if err := s.addWatch(w); err != nil {
		return None{}, err
	}
	s.stir()
	return None{}, nil
}

func (s *session) addWatch(w *watch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	watched := len(w.found)
	for _, other := range s.watches {
		watched += len(other.found)
		if other.id == w.id {
			return jrpc2.Errorf(jrpc2.InvalidParams, "this console has a watch %d already; choose another number", w.id)
		}
	}
	switch {
	case len(s.watches) == mostWatches:
		return fail(protocol.Limit, "this console has %d watches already, and no more are allowed", mostWatches)
	case watched > mostWatched:
		return fail(protocol.Limit, "this console would watch %d registers; at most %d", watched, mostWatched)
	}
	s.watches = append(slices.Clip(s.watches), w)
	return nil
}

func (s caller) unwatch(_ context.Context, p UnwatchParams) (None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range s.watches {
		if w.id == p.Watch {
			s.watches = slices.Concat(s.watches[:i], s.watches[i+1:])
			return None{}, nil
		}
	}
	return None{}, jrpc2.Errorf(jrpc2.InvalidParams, "this console has no watch %d", p.Watch)
}

// sendChanges sends what has changed of a watch that is due. It reports false when the
// connection is gone.
func (s *session) sendChanges(w *watch, now time.Duration) bool {
	if now < w.due {
		return true
	}
	w.due = now + w.every
	var changed []int
	for i, in := range w.ins {
		// The version before the sample: a write between the two is seen next time.
		if v := in.Version(); v != w.version[i] || !w.begun {
			w.version[i] = v
			changed = append(changed, i)
		}
	}
	if len(changed) == 0 {
		return true
	}
	refs, samples := make([]protocol.Ref, len(changed)), make([]protocol.Sample, len(changed))
	for j, i := range changed {
		refs[j] = w.ins[i].Ref()
	}
	s.con.o.Bank.Snapshot(refs, samples)
	out := Changed{Watch: w.id}
	for j, i := range changed {
		if w.begun && samples[j] == w.last[i] {
			continue // a version may change alone
		}
		w.last[i] = samples[j]
		out.Registers = append(out.Registers, jsonReading(&s.con.infos[w.found[i]], samples[j]))
	}
	w.begun = true
	return len(out.Registers) == 0 || s.notify(NotifyRegisters, out)
}

// notify sends a message that nobody asked for.
func (s *session) notify(method string, params any) bool {
	b, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{jrpc2.Version, method, params})
	if err != nil {
		panic(err) // types of this package, without floats that JSON does not have
	}
	return s.write(b)
}
