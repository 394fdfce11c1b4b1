package server

import (
	"runtime"
	"time"
)

// Health is how well the server keeps up.
type Health struct {
	// Goroutines of the whole process, and Loops among them, which serve the clients.
	Goroutines, Loops int
	// Busy is for how long the slowest loop has been at what it does now: 0 when all
	// wait for something to do, and under a millisecond unless a function given to the
	// server, as Apply, does not return.
	Busy time.Duration
	// Backlog is how many connections the kernel holds that were not yet accepted, and
	// BacklogLimit how many it would hold; 0 where the kernel does not say.
	Backlog, BacklogLimit int
	// Finished transactions, and other news, that wait for a loop.
	Waiting int
	// Watching is the number of clients that watch registers. Late is how long after its
	// time the last look at all their registers was through, Latest the same at the worst
	// since the server began, Missed how many looks were left out since the one before
	// took too long.
	Watching     int
	Late, Latest time.Duration
	Missed       uint64
	// LinesLost by the log, since it did not keep up.
	LinesLost uint64
}

// Health looks at the server without waiting for what could be stuck.
func (s *Server) Health() Health {
	h := Health{Goroutines: runtime.NumGoroutine(), Loops: len(s.loops), LinesLost: s.journal.lost.Load()}
	h.Backlog, h.BacklogLimit = backlog(s.listener)
	now := s.now()
	for _, l := range s.loops {
		if began := time.Duration(l.began.Load()); began != 0 {
			h.Busy = max(h.Busy, now-began)
		}
		h.Waiting += int(l.inbox.size.Load())
		p := &l.pushing
		h.Watching += int(p.watching.Load())
		h.Late = max(h.Late, time.Duration(p.late.Load()))
		h.Latest = max(h.Latest, time.Duration(p.latest.Load()))
		h.Missed += p.missed.Load()
	}
	return h
}
