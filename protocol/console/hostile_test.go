package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
)

// raw is a console that sends what no client of ours would.
func (l *line) raw(token string) *websocket.Conn {
	l.t.Helper()
	ws, status, said := l.knock([]string{Protocol}, map[string]string{"Authorization": "Bearer " + token})
	if status != http.StatusSwitchingProtocols {
		l.t.Fatal(status, said)
	}
	ws.SetReadLimit(mostAnswer)
	return ws
}

func (l *line) send(ws *websocket.Conn, text string) {
	l.t.Helper()
	l.must(ws.Write(l.t.Context(), websocket.MessageText, []byte(text)))
}

func (l *line) receive(ws *websocket.Conn) string {
	l.t.Helper()
	_, b, err := ws.Read(l.t.Context())
	l.must(err)
	return string(b)
}

func TestWhatIsNoCallIsAnsweredAndHurtsNobody(t *testing.T) {
	l := newLine(t, nil)
	ws := l.raw("build")
	for _, k := range []struct{ send, code string }{
		{`{`, "-32700"},
		{`"hello"`, "-32700"},
		{`[]`, "-32600"},
		{`[1,2]`, "-32700"},
		{`{"jsonrpc":"1.0","id":1,"method":"health"}`, "-32600"},
		{`{"jsonrpc":"2.0","id":1}`, "-32600"},
		{`{"jsonrpc":"2.0","id":{},"method":"health"}`, "-32600"},
		{`{"jsonrpc":"2.0","id":1,"method":"rpc.serverInfo"}`, "-32601"},
		{`{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 1000) + `"}`, "-32601"},
		{`{"jsonrpc":"2.0","id":1,"method":"health","params":7}`, "-32600"},
		{`{"jsonrpc":"2.0","id":1,"method":"health","params":[7]}`, "-32602"},
		{`{"jsonrpc":"2.0","id":1,"method":"registers.get","params":{"name":"x"}}`, "-32602"},
		{`{"jsonrpc":"2.0","id":1,"method":"registers.get","params":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "-32700"},
		{`{"jsonrpc":"2.0","id":1,"method":"registers.map","params":{"from":-1}}`, "-32602"},
		{`{"jsonrpc":"2.0","id":1,"result":7}`, "-32600"},
		{`[` + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"health"},`, mostBatch) + `{}]`, "-32600"},
	} {
		l.send(ws, k.send)
		if got := l.receive(ws); !strings.Contains(got, `"code":`+k.code) {
			t.Errorf("%.80s: %s; want code %s", k.send, got, k.code)
		}
	}
	// Calls without an id want no answer, and get none, not even an effect.
	l.send(ws, `{"jsonrpc":"2.0","method":"log.level","params":{"level":"error"}}`)
	l.send(ws, `{"jsonrpc":"2.0","id":"after","method":"log.level"}`)
	if got := l.receive(ws); got != `{"jsonrpc":"2.0","id":"after","result":{"level":"info","was":"info"}}` {
		t.Error(got)
	}
	l.send(ws, `[{"jsonrpc":"2.0","id":1,"method":"config.get","params":{"path":"limits.idle"}},{"jsonrpc":"2.0","id":2,"method":"log.level"}]`)
	if got := l.receive(ws); !strings.HasPrefix(got, `[{"jsonrpc":"2.0","id":1,`) {
		t.Error(got)
	}
}

func TestAMessageThatIsTooLargeEndsItsConsoleOnly(t *testing.T) {
	l := newLine(t, nil)
	healthy := l.dial("look")
	ws := l.raw("build")
	_ = ws.Write(t.Context(), websocket.MessageText, make([]byte, mostMessage+1)) // the end may come before all is sent
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Error(err)
	}
	// Who has not shown a token may say less.
	ws, _, _ = l.knock([]string{Protocol}, nil)
	_ = ws.Write(t.Context(), websocket.MessageText, make([]byte, firstMessage+1))
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Error(err)
	}
	ws = l.raw("build")
	l.must(ws.Write(t.Context(), websocket.MessageBinary, []byte("{}")))
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusUnsupportedData {
		t.Error(err)
	}
	l.must(healthy.Call(t.Context(), MethodHealth, nil, nil))
}

// openPipe is a WebSocket whose other end is under the test's control, byte by byte.
func (l *line) openPipe(token string) (net.Conn, *bufio.Reader) {
	l.t.Helper()
	conn, err := net.Dial("tcp", l.http.Listener.Addr().String())
	l.must(err)
	l.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /console HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\nAuthorization: Bearer %s\r\n\r\n", conn.RemoteAddr(), Protocol, token)
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	l.must(err)
	if res.StatusCode != http.StatusSwitchingProtocols {
		l.t.Fatal(res.Status)
	}
	return conn, r
}

// textFrame is a text message of a client, masked with zeros.
func textFrame(text string) []byte {
	b := []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	return append(b, text...)
}

func TestAConsoleThatDoesNotReadIsDropped(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.Stall = time.Second })
	l.con.rate = 1 << 40
	healthy := l.dial("look")
	conn, _ := l.openPipe("look")
	ask := textFrame(`[` + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"registers.map"},`, mostBatch-1) + `{"jsonrpc":"2.0","id":"x","method":"registers.map"}]`)
	ask = textFrame(strings.ReplaceAll(string(ask[8:]), `"id":1`, `"id":"`+strings.Repeat("i", 2000)+`"`))
	// It asks until the server does not take more, and then the server closes.
	for {
		if _, err := conn.Write(ask); err != nil {
			break
		}
	}
	l.must(healthy.Call(t.Context(), MethodHealth, nil, nil))
	l.must(l.con.Close()) // waits for what is under way
	if n := l.con.Stats(); n != (ConsoleStats{Accepted: 2, Dropped: 1}) {
		t.Errorf("%+v", n)
	}
}

func TestASlowConsoleGetsTheNewestValuesOfAWatch(t *testing.T) {
	l := newLine(t, nil)
	ws := l.raw("look")
	l.send(ws, `{"jsonrpc":"2.0","id":1,"method":"registers.watch","params":{"watch":1,"names":["belt.count"],"interval_ms":20}}`)
	// While it does not read, its socket fills and then the pump waits; the bank does not.
	const last = 200_000
	for i := uint64(1); i <= last; i++ {
		l.count.SetUint(time.Duration(i), i)
	}
	for messages := 1; ; messages++ {
		if strings.Contains(l.receive(ws), fmt.Sprintf(`"value":%d,`, last)) {
			if messages > 1000 {
				t.Errorf("%d messages for %d changes", messages, last)
			}
			return
		}
	}
}

func TestAFloodIsReadSlowlyAndOthersAreServed(t *testing.T) {
	l := newLine(t, nil)
	healthy := l.dial("look")
	conn, r := l.openPipe("build")
	flood := strings.Repeat(string(textFrame(`{"jsonrpc":"2.0","id":1,"method":"registers.get","params":{"names":["no.such.register"]}}`)), 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := io.WriteString(conn, flood); err != nil {
				return
			}
		}
	}()
	go func() { _, _ = io.Copy(io.Discard, r) }() // it reads, so that it is not dropped
	goroutines := 0
	for range 50 {
		l.must(healthy.Call(t.Context(), MethodGet, GetParams{[]string{"belt.position"}}, nil))
		goroutines = max(goroutines, runtime.NumGoroutine())
	}
	if most := 60 + mostCalls*mostBatch; goroutines > most {
		t.Errorf("%d goroutines; at most %d", goroutines, most)
	}
	conn.Close()
	<-done
}

func TestAFloodOfPingsIsReadSlowlyToo(t *testing.T) {
	l := newLine(t, nil)
	conn, r := l.openPipe("look")
	pongs := make(chan int)
	go func() {
		n, _ := io.Copy(io.Discard, r)
		pongs <- int(n)
	}()
	pings := strings.Repeat("\x89\x80\x00\x00\x00\x00", 10_000)
	begun := time.Now()
	for range 4 { // 240 kB
		if _, err := io.WriteString(conn, pings); err != nil {
			t.Fatal(err)
		}
	}
	// The last ping has been answered when this call is.
	_, err := conn.Write(textFrame(`{"jsonrpc":"2.0","id":1,"method":"registers.unwatch"}`))
	l.must(err)
	l.must(conn.(*net.TCPConn).CloseWrite())
	<-pongs
	if least := 500 * time.Millisecond; time.Since(begun) < least {
		t.Errorf("240 kB of pings were read in %v; at %d bytes a second after the first %d it is more than %v", time.Since(begun), bytesPerSecond, burst, least)
	}
}

func TestAConsoleThatDoesNotAnswerPingsIsDropped(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.Ping = 50 * time.Millisecond })
	_, r := l.openPipe("look")
	_, _ = io.Copy(io.Discard, r) // ends with the connection
	l.must(l.con.Close())
	if n := l.con.Stats(); n != (ConsoleStats{Accepted: 1, Dropped: 1}) {
		t.Errorf("%+v", n)
	}
}

func TestAServerThatFallsOverDoesNotTakeTheProcessAlong(t *testing.T) {
	l := newLine(t, func(l *line) { l.server.fall = true })
	c := l.dial("run")
	var said *Error
	if _, _, err := c.Clients(t.Context()); !errors.As(err, &said) || said.Message != "this failed inside the server; its log says more" || said.Code != -32603 {
		t.Error(err)
	}
	l.server.mu.Lock()
	l.server.fall = false
	l.server.mu.Unlock()
	if _, _, err := c.Clients(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAServerThatHangsIsSaidToHang(t *testing.T) {
	hang := make(chan struct{})
	l := newLine(t, func(l *line) {
		l.o.Patience = 20 * time.Millisecond
		l.server.hang = hang
		l.server.health.Busy = 3 * time.Second
	})
	defer close(hang)
	c := l.dial("build")
	hangs := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, protocol.DeviceNotResponding) || err.Error() != "the register server does not answer; health says more" {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, _, err := c.Clients(t.Context())
	hangs("clients", err)
	_, err = c.Stats(t.Context())
	hangs("stats", err)
	hangs("kick", c.Kick(t.Context(), 7, ""))
	hangs("trace", c.Trace(t.Context(), 7, nil))
	for range mostAsked {
		hangs("kick", c.Kick(t.Context(), 7, ""))
	}
	h, err := c.Health(t.Context())
	l.must(err)
	want := Check{"serving", false, "the slowest of 2 loops has been at one thing for 3s"}
	if h.OK || len(h.Checks) == 0 || h.Checks[0] != want {
		t.Errorf("%+v", h)
	}
	if _, err := c.Get(t.Context(), "belt.position"); err != nil {
		t.Error(err)
	}
	l.must(l.con.Close()) // hangs as little
}

func TestATraceThatBeginsTooLateIsEnded(t *testing.T) {
	hang := make(chan struct{})
	l := newLine(t, func(l *line) { l.o.Patience = 20 * time.Millisecond; l.server.hang = hang })
	if err := l.dial("build").Trace(t.Context(), 7, nil); !errors.Is(err, protocol.DeviceNotResponding) {
		t.Fatal(err)
	}
	close(hang)
	<-l.server.begun
	for range mostAsked { // when none is out, all is done
		l.con.asking <- struct{}{}
	}
	if l.server.say(7, server.Frame{}) {
		t.Error("the trace goes on")
	}
}

func TestAllConsolesTogetherAskTheServerSeldom(t *testing.T) {
	l := newLine(t, nil)
	begun := time.Now()
	for range 4 {
		c := l.dial("run")
		for range 50 {
			_, _, err := c.Clients(t.Context())
			l.must(err)
		}
	}
	if most := int(time.Since(begun)/maxAge) + 1; l.server.asked > most {
		t.Errorf("the server was asked %d times; at most %d", l.server.asked, most)
	}
}

func FuzzMessages(f *testing.F) {
	for _, m := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"registers.get","params":{"names":["belt.position"]}}`,
		`{"jsonrpc":"2.0","id":1,"method":"registers.set","params":{"values":{"main.command":4,"servo.gain":"1e3"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"registers.watch","params":{"watch":1,"names":["belt.position"],"interval_ms":20}}`,
		`{"jsonrpc":"2.0","id":1,"method":"registers.map","params":{"match":"[a-z]*","from":3}}`,
		`[{"jsonrpc":"2.0","id":1,"method":"clients.trace","params":{"id":7}},{"jsonrpc":"2.0","method":"clients.kick","params":{"id":3}}]`,
		`[{"jsonrpc":"2.0","id":1,"method":"health"},{"jsonrpc":"2.0","id":1,"method":"stats"}]`,
		`[{"id":null},{"jsonrpc":"2.0","id":null,"method":"x"},7,[]]`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1},"result":1}`,
	} {
		f.Add([]byte(m))
	}
	l := newLine(f, nil)
	l.con.rate = 1 << 40
	var ws *websocket.Conn
	f.Fuzz(func(t *testing.T, message []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if ws == nil {
			var err error
			ws, _, err = websocket.Dial(context.Background(), l.http.URL, &websocket.DialOptions{
				Subprotocols: []string{Protocol}, HTTPHeader: http.Header{"Authorization": {"Bearer build"}}})
			if err != nil {
				t.Fatal(err)
			}
			ws.SetReadLimit(mostAnswer)
		}
		if ws.Write(ctx, websocket.MessageText, message) != nil {
			ws = nil
			return
		}
		// Whatever it was, more calls than can be in work at one time are answered then.
		for i := range mostCalls + 1 {
			mark := fmt.Sprintf(`{"jsonrpc":"2.0","id":"mark %d","method":"log.level"}`, i)
			if err := ws.Write(ctx, websocket.MessageText, []byte(mark)); err != nil {
				t.Fatal(err)
			}
		}
		for answered := 0; answered <= mostCalls; {
			_, b, err := ws.Read(ctx)
			if err != nil {
				if len(message) > mostMessage || strings.Contains(string(message), MethodAuth) {
					ws = nil // as it should be
					return
				}
				t.Fatal(err)
			}
			if !json.Valid(b) {
				t.Fatalf("the console says %q", b)
			}
			if strings.Contains(string(b), `"id":"mark `) {
				answered++
			}
		}
	})
}
