package console

import (
	"bufio"
	"context"
	"net"
	"net/http"

	"golang.org/x/time/rate"
)

// keeper hands out the connection below a WebSocket with a limit on what is read from
// it, and keeps it, so that it can be closed without asking the other side.
type keeper struct {
	http.ResponseWriter
	session *session
	conn    *limitedConn
}

// Hijack is what the WebSocket takes the connection over with.
func (k *keeper) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(k.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	k.conn = &limitedConn{Conn: conn, ctx: k.session.ctx, limit: rate.NewLimiter(k.session.con.rate, burst)}
	return k.conn, rw, nil
}

// limitedConn reads so many bytes a second: pings and empty frames, which a WebSocket
// answers or drops by itself, count as well.
type limitedConn struct {
	net.Conn
	ctx   context.Context
	limit *rate.Limiter
}

func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b[:min(len(b), burst)])
	if n > 0 {
		if late := c.limit.WaitN(c.ctx, n); late != nil && err == nil {
			err = late
		}
	}
	return n, err
}
