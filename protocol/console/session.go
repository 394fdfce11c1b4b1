package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/creachadair/jrpc2"
	"golang.org/x/time/rate"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// session is one console. Its reader is the goroutine of the JSON-RPC server; the pump
// alone writes to it; calls run on goroutines of their own.
type session struct {
	con    *Console
	from   string // its address
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelCauseFunc
	ws     *websocket.Conn
	conn   *limitedConn
	budget *rate.Limiter
	// calls has an element for each message that is worked on or whose answer waits.
	calls chan struct{}
	// wake tells the pump that there is something to send.
	wake chan struct{}
	// tracing is held while a trace begins.
	tracing sync.Mutex

	mu      sync.Mutex
	known   bool // it has been let in
	shown   wire.Credentials
	grant   protocol.Grant
	replies [][]byte
	watches []*watch
	traces  []*trace
	end     *websocket.CloseError // how the session ends, once nothing is left to say
	cut     string                // why it was dropped, if it was
}

func newSession(c *Console, from string, shown wire.Credentials) *session {
	s := &session{
		con: c, from: from, log: c.o.Log.With("console", from), shown: shown,
		budget: rate.NewLimiter(c.rate, burst), calls: make(chan struct{}, mostCalls), wake: make(chan struct{}, 1),
	}
	s.ctx, s.cancel = context.WithCancelCause(c.ctx)
	return s
}

// run serves the console until it leaves or is sent away.
func (s *session) run(ws *websocket.Conn, conn *limitedConn) {
	s.ws, s.conn = ws, conn
	s.ws.SetReadLimit(mostMessage)
	if !s.isKnown() {
		s.ws.SetReadLimit(firstMessage)
	}
	s.log.Info("console connected", "name", s.name())
	cut := context.AfterFunc(s.ctx, func() { s.conn.Close() })
	rpc := jrpc2.NewServer(assigner{s}, &jrpc2.ServerOptions{
		Concurrency: mostCalls, DisableBuiltin: true,
		NewContext: func() context.Context { return s.ctx },
	}).Start(&pipe{s})
	var work sync.WaitGroup
	work.Go(s.pump)
	work.Go(s.keepAlive)
	err := rpc.Wait()
	s.cancel(err)
	work.Wait()
	s.endTraces()
	cut()
	s.conn.Close()
	_ = s.ws.CloseNow() // frees its buffers; the connection is closed
	s.log.Info("console gone", "name", s.name(), "reason", s.reason(err))
}

// reason says for the log why the session ended.
func (s *session) reason(err error) string {
	s.mu.Lock()
	end, cut := s.end, s.cut
	s.mu.Unlock()
	var bye websocket.CloseError
	cause := context.Cause(s.ctx)
	switch {
	case cut != "":
		return cut
	case end != nil:
		return end.Reason
	case errors.Is(cause, websocket.ErrMessageTooBig):
		return fmt.Sprintf("it sent a message of more than %d bytes", mostMessage)
	case errors.As(cause, &bye), errors.Is(cause, io.EOF), err == nil:
		return "it left"
	}
	return cause.Error()
}

// ending reports whether the session is to end when what it has to say is said.
func (s *session) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end != nil
}

// drop ends the session at once: nobody reads what could be said.
func (s *session) drop(why string) {
	s.mu.Lock()
	s.cut = why
	s.mu.Unlock()
	s.cancel(nil)
}

// finish lets the calls in progress end and their answers go out, and closes then.
func (s *session) finish(code websocket.StatusCode, why string) {
	s.mu.Lock()
	if s.end == nil {
		s.end = &websocket.CloseError{Code: code, Reason: why}
	}
	s.mu.Unlock()
	s.stir()
}

// stir wakes the pump.
func (s *session) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *session) isKnown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

func (s *session) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grant.Name
}

// judge asks anew what the console may do. It is false for one that has not said who it
// is, and for one whose token has been taken away, which is then closed.
func (s *session) judge() (protocol.Grant, bool) {
	s.mu.Lock()
	known, shown := s.known, s.shown
	s.mu.Unlock()
	if !known {
		return protocol.Grant{}, false
	}
	g, ok := s.con.o.Authorise(shown)
	if !ok {
		s.finish(websocket.StatusPolicyViolation, "the token is no longer known")
	}
	return g, ok
}

// recheck closes a session to which something is sent by an older grant than it has now.
func (s *session) recheck() {
	g, ok := s.judge()
	s.mu.Lock()
	same := reflect.DeepEqual(g, s.grant)
	s.mu.Unlock()
	if ok && !same {
		s.finish(websocket.StatusPolicyViolation, "what this token allows has changed; connect again")
	}
}

// keepAlive ends a session that says nothing of who it is, or that does not live.
func (s *session) keepAlive() {
	patience := time.NewTimer(s.con.o.Patience)
	defer patience.Stop()
	tick := time.NewTicker(s.con.o.Ping)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-patience.C:
			if !s.isKnown() {
				s.finish(websocket.StatusPolicyViolation, "no token came; a console calls auth first, or shows its token with the request")
			}
		case <-tick.C:
			if !s.ping() {
				s.drop(fmt.Sprintf("it did not answer a ping within %v", s.con.o.Ping))
				return
			}
		}
	}
}

// ping is false when no answer came in time.
func (s *session) ping() bool {
	ctx, cancel := context.WithTimeout(s.ctx, s.con.o.Ping)
	defer cancel()
	err := s.ws.Ping(ctx)
	return err == nil || !tooLate(ctx)
}

// tooLate tells whether it was the deadline that ended the context, and not the session.
func tooLate(ctx context.Context) bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }

// pump sends answers, watched registers and traced frames, until the session ends.
func (s *session) pump() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	checked := s.con.now()
	for {
		if !s.sendReplies() {
			return
		}
		if now := s.con.now(); now-checked >= time.Second && s.pushes() {
			s.recheck()
			checked = now
		}
		next, ok := s.pushAll()
		if !ok || s.ended() {
			return
		}
		timer.Reset(next)
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// pushes tells whether the session is sent something unasked.
func (s *session) pushes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watches)+len(s.traces) > 0
}

// sendReplies reports false when the connection is gone.
func (s *session) sendReplies() bool {
	for {
		s.mu.Lock()
		replies := s.replies
		s.replies = nil
		s.mu.Unlock()
		if len(replies) == 0 {
			return true
		}
		for _, b := range replies {
			ok := s.write(b)
			<-s.calls
			if !ok {
				return false
			}
		}
	}
}

// pushAll sends what has become due, and says how long to wait for the next time.
func (s *session) pushAll() (next time.Duration, ok bool) {
	now := s.con.now()
	next = time.Hour
	s.mu.Lock()
	watches, traces := s.watches, s.traces // replaced, never changed
	s.mu.Unlock()
	for _, w := range watches {
		if !s.sendChanges(w, now) {
			return 0, false
		}
		next = min(next, w.due-now)
	}
	for _, t := range traces {
		if !s.sendFrames(t, now) {
			return 0, false
		}
		next = min(next, t.due-now)
	}
	return max(next, 0), true
}

// ended closes the connection when the session is to end and all answers are out.
func (s *session) ended() bool {
	s.mu.Lock()
	end, replies := s.end, len(s.replies)
	s.mu.Unlock()
	if end == nil || replies > 0 || len(s.calls) > 0 {
		return false
	}
	// The other side has this long to say goodbye as well; then the connection is cut.
	late := time.AfterFunc(time.Second, func() { s.conn.Close() })
	defer late.Stop()
	_ = s.ws.Close(end.Code, end.Reason)
	s.cancel(nil)
	return true
}

// write sends a message, and drops a console that does not take it.
func (s *session) write(b []byte) bool {
	ctx, cancel := context.WithTimeout(s.ctx, s.con.o.Stall)
	defer cancel()
	err := s.ws.Write(ctx, websocket.MessageText, b)
	switch {
	case err == nil:
		return true
	case tooLate(ctx):
		s.drop(fmt.Sprintf("it did not read for %v", s.con.o.Stall))
	}
	s.cancel(err)
	return false
}
