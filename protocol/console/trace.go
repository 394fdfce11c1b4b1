package console

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
)

const (
	// framesEvery is the least time between two messages with frames, and goneEvery how
	// often it is seen to it that the traced client is still there.
	framesEvery = 50 * time.Millisecond
	goneEvery   = time.Second
)

// trace collects the frames of one client until the pump sends them.
type trace struct {
	id   uint64
	stop func()
	// The pump's own.
	begun, due, looked time.Duration
	over               bool

	mu      sync.Mutex
	frames  []server.Frame
	dropped int
}

// add is called by the server, and waits for nobody.
func (t *trace) add(f server.Frame) {
	if len(f.Text) > mostFrameText {
		f.Text = strings.ToValidUTF8(f.Text[:mostFrameText], "") + "..."
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped += f.Dropped
	if len(t.frames) == mostFrames {
		t.dropped++
		return
	}
	t.frames = append(t.frames, f)
}

func (t *trace) take() ([]server.Frame, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	frames, n := t.frames, t.dropped
	t.frames, t.dropped = nil, 0
	return frames, n
}

func (s caller) trace(ctx context.Context, p TraceParams) (None, error) {
	if s.con.o.Server == nil {
		return None{}, unavailable("register server")
	}
	// The server may have to wait for the client's goroutine; the pump does not.
	s.tracing.Lock()
	defer s.tracing.Unlock()
	if err := s.mayTrace(p.ID); err != nil {
		return None{}, err
	}
	now := s.con.now()
	t := &trace{id: p.ID, begun: now, due: now, looked: now}
	stop, err := patiently(ctx, s.con, func() (func(), error) { return s.con.o.Server.Trace(p.ID, t.add) }, func(stop func()) { stop() })
	if err != nil {
		return None{}, noClient(err)
	}
	t.stop = stop
	s.mu.Lock()
	s.traces = append(slices.Clip(s.traces), t)
	s.mu.Unlock()
	s.stir()
	s.log.Info("console traces a client", "who", s.who(), "client", p.ID)
	return None{}, nil
}

func (s *session) mayTrace(id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case slices.ContainsFunc(s.traces, func(t *trace) bool { return t.id == id }):
		return jrpc2.Errorf(jrpc2.InvalidParams, "this console traces client %d already", id)
	case len(s.traces) == mostTraces:
		return fail(protocol.Limit, "this console traces %d clients already, and no more are allowed", mostTraces)
	}
	return nil
}

func (s caller) untrace(_ context.Context, p TraceParams) (None, error) {
	if !s.removeTrace(p.ID) {
		return None{}, jrpc2.Errorf(jrpc2.InvalidParams, "this console does not trace client %d", p.ID)
	}
	return None{}, nil
}

func (s *session) removeTrace(id uint64) bool {
	s.mu.Lock()
	i := slices.IndexFunc(s.traces, func(t *trace) bool { return t.id == id })
	if i < 0 {
		s.mu.Unlock()
		return false
	}
	t := s.traces[i]
	s.traces = slices.Concat(s.traces[:i], s.traces[i+1:])
	s.mu.Unlock()
	s.con.endTrace(t)
	return true
}

// endTraces is called when no call is in work any more.
func (s *session) endTraces() {
	for _, t := range s.traces {
		s.con.endTrace(t)
	}
}

// endTrace ends a trace, which may take its time where the server hangs.
func (c *Console) endTrace(t *trace) {
	// A server that hangs ends it later, or has none of these any more.
	_, _ = patiently(context.Background(), c, func() (None, error) { t.stop(); return None{}, nil }, nil)
}

// sendFrames sends what has gathered of a trace that is due, and ends it when its client
// is gone. It reports false when the connection is gone.
func (s *session) sendFrames(t *trace, now time.Duration) bool {
	if now < t.due || t.over {
		return true
	}
	t.due = now + framesEvery
	out := Frames{ID: t.id}
	if now >= t.looked+goneEvery {
		t.looked = now
		infos, at, known := s.con.clients.latest(s.con)
		_, there := slices.BinarySearchFunc(infos, t.id, func(i server.ClientInfo, id uint64) int { return cmp.Compare(i.ID, id) })
		t.over = known && at >= t.begun && !there
		out.Gone = t.over
	}
	frames, dropped := t.take()
	out.Dropped = dropped
	for _, f := range frames {
		from := "server"
		if f.In {
			from = "client"
		}
		out.Frames = append(out.Frames, Frame{At: f.At.Seconds(), From: from, Size: f.Size, Text: f.Text})
	}
	if out.Gone {
		s.removeTrace(t.id)
	}
	return len(out.Frames)+out.Dropped == 0 && !out.Gone || s.notify(NotifyFrames, out)
}
