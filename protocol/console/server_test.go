package console

import (
	"context"
	"errors"
	"strings"
	"testing"

	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/server"
)

// Against the register server itself, and a client of it.
func TestARealServerIsShownTracedAndKicked(t *testing.T) {
	l := newLine(t, nil)
	srv, err := server.Listen("127.0.0.1:0", l.bank, server.Options{Apply: l.store.Apply})
	l.must(err)
	defer srv.Close()
	con := New(Options{Bank: l.bank, Server: srv, Apply: l.store.Apply})
	defer con.Close()
	l.con, l.http.Config.Handler = con, con
	c := l.dial("")

	peer, err := client.Dial(t.Context(), srv.Addr().String())
	l.must(err)
	defer peer.Close()
	_, err = peer.Get(t.Context(), "belt.position")
	l.must(err)
	all, _, err := c.Clients(t.Context())
	l.must(err)
	if len(all) != 1 || all[0].Requests == 0 || all[0].BytesIn == 0 || all[0].Access != "engineer" {
		t.Fatalf("%+v", all)
	}
	id := all[0].ID

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	// It reads until the trace has shown that: before the trace has begun nobody sees it.
	seen, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-seen:
				return
			default:
			}
			if _, err := peer.Get(t.Context(), "main.command"); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	var said []string
	err = c.Trace(ctx, id, func(f Frames) {
		for _, f := range f.Frames {
			said = append(said, f.From+": "+f.Text)
		}
		stop()
	})
	close(seen)
	<-done
	if text := strings.Join(said, "\n"); !errors.Is(err, context.Canceled) || !strings.Contains(text, " read main.command") {
		t.Errorf("%v: %s", err, text)
	}

	h, err := c.Health(t.Context())
	if err != nil || !h.OK || h.Serving == nil || h.Serving.Loops == 0 {
		t.Errorf("%+v, %v", h, err)
	}
	l.must(c.Kick(t.Context(), id, "pump test"))
	_, err = peer.Get(t.Context(), "main.command")
	if err == nil || !strings.Contains(err.Error(), "pump test") {
		t.Errorf("the client hears %v", err)
	}
}
