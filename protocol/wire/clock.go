package wire

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// clocks is how the client's clock stands to the line's.
type clocks struct {
	timesync.Estimator
	open timesync.Exchange // the last one: Returned comes with the next request
}

// clock answers with the line's time, and takes the client's report of when the last
// answer arrived.
func (s *Server) clock(id uint16, sent, back time.Duration) {
	if s.config.LineTime == nil {
		s.answer(id, protocol.Malformed)
		return
	}
	received := s.config.LineTime()
	if s.clocks == nil {
		s.clocks = new(clocks)
	}
	c := s.clocks
	if back != 0 && c.open.Received != 0 {
		c.open.Returned = back
		if c.Add(c.open) && s.config.Synchronised != nil {
			e, _ := c.Estimate(sent)
			s.config.Synchronised(s.Name(), e)
		}
	}
	c.open = timesync.Exchange{Sent: sent, Received: received, Replied: s.config.LineTime()}
	s.out = appendHead(s.out, opTimes, id)
	s.out = appendTime(s.out, c.open.Received)
	s.out = appendTime(s.out, c.open.Replied)
}
