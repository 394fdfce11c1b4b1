package wire

import (
	"time"

	"linetwin.dev/protocol"
)

// claim makes the client the source of registers.
func (s *Server) claim(b []byte) protocol.Status {
	if len(b) < claimFixed || s.config.Sources == nil {
		return protocol.Malformed
	}
	refs, status := decodeRefs(nil, b[claimFixed:])
	if status != protocol.OK {
		return status
	}
	if len(s.claimed)+len(refs) > s.config.MaxWatched {
		return protocol.Limit
	}
	for _, ref := range refs {
		in := s.bank.At(ref)
		switch {
		case in == nil:
			return protocol.UnknownRegister
		case s.config.Apply == nil:
			return protocol.NotWritable
		}
		if status := s.grant.MayWrite(in); status != protocol.OK {
			return status
		}
	}
	if status := s.config.Sources.take(s, refs); status != protocol.OK {
		return status
	}
	s.claimed = append(s.claimed, refs...)
	if hold := time.Duration(le.Uint32(b)) * time.Millisecond; hold > 0 && (s.hold == 0 || hold < s.hold) {
		s.hold = hold
	}
	return protocol.OK
}

// abandon ends the client's claims. Their registers become bad: nobody knows any more
// what the values are.
func (s *Server) abandon() {
	if len(s.claimed) == 0 {
		return
	}
	tx := new(protocol.Transaction)
	for _, ref := range s.claimed {
		tx.Changes = append(tx.Changes, protocol.Change{Ref: ref, Action: protocol.Keep, Quality: protocol.Bad})
	}
	s.config.Apply(tx)
	s.config.Sources.release(s, s.claimed)
	s.claimed, s.hold = nil, 0
}
