package twin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/server"
	"linetwin.dev/twin"
)

// TestALineOnTheWallClockIsServed reads and commands a line from outside while its lanes
// run; the race detector looks on.
func TestALineOnTheWallClockIsServed(t *testing.T) {
	sc := modelled(short(t, 1))
	tw := build(t, sc, twin.Options{Dir: t.TempDir(), Realtime: true, Until: 2 * time.Second})
	srv, err := server.Listen("127.0.0.1:0", tw.Bank(), server.Options{Apply: tw.Apply})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	web := httptest.NewServer(mes.Handler(tw.MES(), tw.MESInbox().Submit))
	defer web.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var outside sync.WaitGroup
	outside.Go(func() {
		c, err := client.Dial(ctx, srv.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for ctx.Err() == nil {
			if _, err := c.Get(ctx, "belt.position", "main.state", "inspect.seq"); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			tw.Progress()
		}
	})
	outside.Go(func() {
		for i := 0; tw.Now() < time.Second; i++ { // the MES answers until the run ends
			for _, path := range []string{"/api/status", "/api/parts", "/api/history", "/api/orders/A-1001"} {
				r, err := http.Get(web.URL + path)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
					t.Error(path, r.Status, err)
				}
				r.Body.Close()
			}
			verb := []string{"hold", "resume"}[i%2]
			r, err := http.Post(fmt.Sprintf("%s/api/orders/A-1001/%s", web.URL, verb), "", nil)
			if err != nil {
				t.Error(err)
				return
			}
			r.Body.Close()
		}
	})
	out, err := tw.Run(context.Background())
	cancel()
	outside.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if out.Summary.SimulatedS != 2 {
		t.Errorf("the run took %v s of line time", out.Summary.SimulatedS)
	}
}
