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
	taken, status := s.config.Sources.take(s, refs, s.config.MaxWatched-len(s.claimed))
	if status != protocol.OK {
		return status
	}
	s.claimed = append(s.claimed, taken...)
	if hold := milliseconds(b); hold > 0 && (s.hold == 0 || hold < s.hold) {
		s.hold = hold
	}
	return protocol.OK
}

func milliseconds(b []byte) time.Duration { return time.Duration(le.Uint32(b)) * time.Millisecond }

// abandon ends the client's claims. Their registers become bad: nobody knows any more
// what the values are.
func (s *Server) abandon() {
	if len(s.claimed) == 0 {
		return
	}
	lose(s.config.Apply, s.claimed)
	s.config.Sources.release(s, s.claimed)
	s.claimed, s.hold = nil, 0
}

// lose makes registers bad: at one instant where one writer has them all and takes that,
// and else one by one.
func lose(apply protocol.ApplyFunc, refs []protocol.Ref) {
	tx := new(protocol.Transaction)
	for _, ref := range refs {
		tx.Changes = append(tx.Changes, protocol.Change{Ref: ref, Action: protocol.Keep, Quality: protocol.Bad})
	}
	tx.Finished = func(tx *protocol.Transaction) {
		if tx.Status == protocol.OK || len(refs) == 1 {
			return
		}
		for i := range refs {
			lose(apply, refs[i:i+1])
		}
	}
	if apply(tx) {
		tx.Finish()
	}
}
