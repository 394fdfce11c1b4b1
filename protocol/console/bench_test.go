package console

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/server"
)

// What a client of the register server feels of consoles: one read and its answer, alone
// and beside sixteen consoles that ask as fast as they can for registers that do not exist.
func BenchmarkServingBesideConsoles(b *testing.B) {
	for _, consoles := range []int{0, 16} {
		b.Run(fmt.Sprintf("%d that flood", consoles), func(b *testing.B) {
			l := newLine(b, nil)
			srv, err := server.Listen("127.0.0.1:0", l.bank, server.Options{})
			l.must(err)
			defer srv.Close()
			flood := strings.Repeat(string(textFrame(`{"jsonrpc":"2.0","id":1,"method":"registers.get","params":{"names":["no.such.register"]}}`)), 100)
			var work sync.WaitGroup
			ctx, stop := context.WithCancel(b.Context())
			for range consoles {
				conn, r := l.openPipe("build")
				context.AfterFunc(ctx, func() { conn.Close() })
				work.Go(func() {
					for ctx.Err() == nil {
						_, _ = io.WriteString(conn, flood) // ends with the connection
					}
				})
				work.Go(func() { _, _ = io.Copy(io.Discard, r) })
			}
			peer, err := client.Dial(b.Context(), srv.Addr().String())
			l.must(err)
			defer peer.Close()
			for b.Loop() {
				_, err := peer.Get(b.Context(), "belt.position")
				l.must(err)
			}
			stop()
			work.Wait()
		})
	}
}

// BenchmarkGet is one call of a console, over loopback.
func BenchmarkGet(b *testing.B) {
	l := newLine(b, nil)
	l.con.rate = 1 << 40
	c := l.dial("look")
	b.ReportAllocs()
	for b.Loop() {
		_, err := c.Get(b.Context(), "belt.position")
		l.must(err)
	}
}
