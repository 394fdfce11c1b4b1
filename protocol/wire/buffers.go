package wire

import (
	"slices"
	"sync"

	"linetwin.dev/protocol"
)

// A session keeps at most this much of a buffer while it is quiet, so that
// thousands of idle clients cost little. More is lent to it from a pool.
const smallBuffer = 1 << 10

var outputs = sync.Pool{New: func() any {
	b := make([]byte, 0, 32<<10)
	return &b
}}

// reserve makes room for n more bytes of output.
func (s *Server) reserve(n int) {
	need := len(s.out) + n
	switch {
	case need <= cap(s.out):
	case need <= smallBuffer || s.pooled != nil:
		s.out = slices.Grow(s.out, n)
	default:
		s.pooled, s.small = outputs.Get().(*[]byte), s.out[:0]
		s.out = slices.Grow(append((*s.pooled)[:0], s.out...), n)
	}
}

// release gives back the empty output if it is large.
func (s *Server) release() {
	if s.pooled != nil {
		*s.pooled = s.out
		outputs.Put(s.pooled)
		s.pooled, s.out, s.small = nil, s.small, nil
	} else if cap(s.out) > smallBuffer {
		s.out = nil
	}
}

// room is working space of one request or push, shared by all sessions.
type room struct {
	refs    [MaxRefs]protocol.Ref
	present [MaxRefs]protocol.Ref
	samples [MaxRefs]protocol.Sample
}

var rooms = sync.Pool{New: func() any { return new(room) }}
