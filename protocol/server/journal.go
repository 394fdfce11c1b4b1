package server

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
)

// journal writes the log from a goroutine of its own, so that a log that is slow, as a
// terminal that somebody stopped, holds up no client. What it cannot keep up with is lost.
type journal struct {
	log   *slog.Logger
	lines chan entry
	lost  atomic.Uint64
	work  sync.WaitGroup
}

type entry struct {
	level  slog.Level
	text   string
	client netip.AddrPort
	reason error
}

func newJournal(log *slog.Logger) *journal {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	j := &journal{log: log, lines: make(chan entry, 1024)}
	j.work.Go(j.run)
	return j
}

// tell adds a line; client and reason may be zero.
func (j *journal) tell(level slog.Level, text string, client netip.AddrPort, reason error) {
	if !j.log.Enabled(context.Background(), level) {
		return
	}
	select {
	case j.lines <- entry{level, text, client, reason}:
	default:
		j.lost.Add(1)
	}
}

func (j *journal) run() {
	var said uint64
	for l := range j.lines {
		var attrs []slog.Attr
		if l.client.IsValid() {
			attrs = append(attrs, slog.String("client", l.client.String()))
		}
		if l.reason != nil {
			attrs = append(attrs, slog.String("reason", l.reason.Error()))
		}
		j.log.LogAttrs(context.Background(), l.level, l.text, attrs...)
		if lost := j.lost.Load(); lost != said && len(j.lines) == 0 {
			j.log.Warn("the log did not keep up", "lines lost", lost-said)
			said = lost
		}
	}
}

// close writes what is left. Nothing is told afterwards.
func (j *journal) close() {
	close(j.lines)
	j.work.Wait()
}
