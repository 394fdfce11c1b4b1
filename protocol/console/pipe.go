package console

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/coder/websocket"
	"github.com/creachadair/jrpc2"
)

// pipe is a session as the JSON-RPC server sees it: a channel of messages. That server
// puts all that it receives into a queue without end, so the pipe gives it a message only
// while few are in work; each of those is answered with exactly one Send.
type pipe struct{ s *session }

// Recv gives the next message that must be answered.
func (p *pipe) Recv() ([]byte, error) {
	s := p.s
	for {
		kind, b, err := s.ws.Read(s.ctx)
		if err != nil {
			s.cancel(err)
			return nil, err
		}
		if kind != websocket.MessageText {
			s.finish(websocket.StatusUnsupportedData, "a message is text, in JSON")
			continue
		}
		if err := s.budget.WaitN(s.ctx, max(len(b), leastCost)); err != nil {
			return nil, io.EOF
		}
		// What is wrong with a message, the JSON-RPC server says.
		requests, _ := jrpc2.ParseRequests(b)
		if s.ending() || silent(requests) {
			continue
		}
		select {
		case s.calls <- struct{}{}:
		case <-s.ctx.Done():
			return nil, io.EOF
		}
		if len(requests) > mostBatch {
			_ = p.Send(refuse(fmt.Sprintf("%d calls in one message; at most %d", len(requests), mostBatch))) // cannot fail
			continue
		}
		return b, nil
	}
}

// silent tells whether nothing in a message asks for an answer. JSON-RPC leaves its sender
// without a word even of errors, and the server without a bound on what is in work; the
// console has no method for which that would be right.
func silent(requests []*jrpc2.ParsedRequest) bool {
	for _, r := range requests {
		if r.ID != "" || r.Error != nil || r.Method == "" {
			return false
		}
	}
	return len(requests) > 0
}

func refuse(text string) []byte {
	b, err := json.Marshal(struct {
		Version string       `json:"jsonrpc"`
		ID      any          `json:"id"`
		Error   *jrpc2.Error `json:"error"`
	}{jrpc2.Version, nil, jrpc2.Errorf(jrpc2.InvalidRequest, "%s", text)})
	if err != nil {
		panic(err) // a string and numbers
	}
	return b
}

// Send leaves an answer to the pump.
func (p *pipe) Send(b []byte) error {
	p.s.mu.Lock()
	p.s.replies = append(p.s.replies, b)
	p.s.mu.Unlock()
	p.s.stir()
	return nil
}

// Close ends the session.
func (p *pipe) Close() error {
	p.s.cancel(nil)
	return nil
}
