package wire

import (
	"sync"
	"sync/atomic"

	"linetwin.dev/protocol"
)

// Sources knows which session is the source of which registers. A register with a
// source is written by that client alone, and becomes bad when its session ends. The
// zero value is ready; its methods may be called concurrently.
type Sources struct {
	some atomic.Int64 // registers with a source, so that without any nobody takes the lock
	mu   sync.Mutex
	of   map[protocol.Ref]*Server
}

// take makes s the source of all of refs, or of none: Busy when another client is the
// source of one, Limit when more than most would be new. It returns those that are new, in
// the memory of refs.
func (o *Sources) take(s *Server, refs []protocol.Ref, most int) ([]protocol.Ref, protocol.Status) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ref := range refs {
		switch o.of[ref] {
		case s:
		case nil:
			most--
		default:
			return nil, protocol.Busy
		}
	}
	if most < 0 {
		return nil, protocol.Limit
	}
	if o.of == nil {
		o.of = make(map[protocol.Ref]*Server)
	}
	taken := refs[:0]
	for _, ref := range refs {
		if o.of[ref] == nil {
			o.of[ref] = s
			taken = append(taken, ref)
		}
	}
	o.some.Store(int64(len(o.of)))
	return taken, protocol.OK
}

// check is for the transactions of a session, or with nil of somebody who never is a
// source: Busy for a register that another session is the source of.
func (o *Sources) check(s *Server) func(protocol.Ref) protocol.Status {
	return func(ref protocol.Ref) protocol.Status {
		if o.some.Load() == 0 {
			return protocol.OK
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if of := o.of[ref]; of != nil && of != s {
			return protocol.Busy
		}
		return protocol.OK
	}
}

// Respect is an ApplyFunc like next that refuses, with Busy, what a client is the source
// of: for gateways and whoever else takes writes beside the sessions.
func (o *Sources) Respect(next protocol.ApplyFunc) protocol.ApplyFunc {
	check := o.check(nil)
	return func(tx *protocol.Transaction) bool {
		tx.Check = check
		return next(tx)
	}
}

// release ends what s is the source of.
func (o *Sources) release(s *Server, refs []protocol.Ref) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ref := range refs {
		if o.of[ref] == s {
			delete(o.of, ref)
		}
	}
	o.some.Store(int64(len(o.of)))
}
