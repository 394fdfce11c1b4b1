package console

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
)

// knock opens a WebSocket as a request with these headers, and says what the answer was.
func (l *line) knock(protocols []string, header map[string]string) (*websocket.Conn, int, string) {
	l.t.Helper()
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	ws, res, err := websocket.Dial(l.t.Context(), l.http.URL, &websocket.DialOptions{Subprotocols: protocols, HTTPHeader: h, Host: h.Get("Host")})
	if res == nil {
		l.t.Fatal(err)
	}
	said := ""
	if err != nil {
		b, _ := io.ReadAll(res.Body)
		said = strings.TrimSpace(string(b))
	} else {
		l.t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res.StatusCode, said
}

func TestATokenIsShownInThreeWays(t *testing.T) {
	l := newLine(t, nil)
	hello := func(what string, c *Client, err error) {
		t.Helper()
		l.must(err)
		h, err := c.Hello(t.Context())
		if err != nil || h.Name != "panel 3" || h.Access != "operator" {
			t.Errorf("%s: %+v, %v", what, h, err)
		}
	}
	hello("header", l.dial("run"), nil)

	_, status, said := l.knock([]string{Protocol, TokenProtocol + base64.RawURLEncoding.EncodeToString([]byte("run"))}, nil)
	if status != http.StatusSwitchingProtocols {
		t.Errorf("subprotocol: %d, %s", status, said)
	}

	c := l.dial("")
	if _, err := c.Get(t.Context(), "belt.count"); !errors.Is(err, protocol.NotAuthorised) || err.Error() != "call auth with a token first" {
		t.Error(err)
	}
	_, err := c.Auth(t.Context(), "run")
	hello("call", c, err)
	// A console may become another one.
	if h, err := c.Auth(t.Context(), "build"); err != nil || !slices.Contains(h.Methods, MethodKick) {
		t.Error(h, err)
	}
}

func TestAWrongTokenIsTurnedAway(t *testing.T) {
	l := newLine(t, nil)
	if _, err := Dial(t.Context(), l.http.URL, DialOptions{Token: "guess"}); !errors.Is(err, protocol.NotAuthorised) {
		t.Error(err)
	}
	_, status, said := l.knock([]string{Protocol, TokenProtocol + "%%%"}, nil)
	if status != http.StatusBadRequest || !strings.Contains(said, "base64url") {
		t.Error(status, said)
	}
	if _, status, _ = l.knock([]string{Protocol}, map[string]string{"Authorization": "Basic cnVuOnJ1bg=="}); status != http.StatusUnauthorized {
		t.Error(status)
	}
	// One try in a call, and the answer still arrives.
	c := l.dial("")
	if _, err := c.Auth(t.Context(), "guess"); !errors.Is(err, protocol.NotAuthorised) || err.Error() != "the token is not known" {
		t.Error(err)
	}
	<-c.Done()
	if err := c.Err(); err == nil || err.Error() != "console: the server ended the connection: the token is not known" {
		t.Error(err)
	}
}

func TestWhoGuessesTokensHasToWaitHoweverHeShowsThem(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.Guard = new(guard.Guard) })
	before := l.dial("run")
	guesses := 0
	guess := func() (int, string) {
		guesses++
		shown := fmt.Sprint("guess ", guesses)
		if guesses%2 == 0 {
			_, status, said := l.knock([]string{Protocol, TokenProtocol + base64.RawURLEncoding.EncodeToString([]byte(shown))}, nil)
			return status, said
		}
		_, status, said := l.knock([]string{Protocol}, map[string]string{"Authorization": "Bearer " + shown})
		return status, said
	}
	status, said := guess()
	for status == http.StatusUnauthorized && guesses < 100 {
		status, said = guess()
	}
	if status != http.StatusTooManyRequests || !strings.HasPrefix(said, "too many wrong tokens came from this address; try again in ") {
		t.Errorf("guess %d: %d, %s", guesses, status, said)
	}
	for n := range 10 { // so many that the wait outlasts the test
		l.o.Guard.Wrong(netip.MustParseAddr("127.0.0.1"), fmt.Sprint("another ", n), time.Now())
	}
	if _, status, _ := l.knock([]string{Protocol}, map[string]string{"Authorization": "Bearer run"}); status != http.StatusTooManyRequests {
		t.Errorf("a right token is told from a wrong one: %d", status)
	}
	c := l.dial("")
	if _, err := c.Auth(t.Context(), "run"); !errors.Is(err, protocol.Busy) {
		t.Errorf("a right token in a call: %v", err)
	}
	<-c.Done()
	// Who is in already works on.
	if _, err := before.Get(t.Context(), "belt.count"); err != nil {
		t.Error(err)
	}
}

func TestAConsoleThatDoesNotSayWhoItIsIsClosed(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.Patience = 20 * time.Millisecond })
	c := l.dial("")
	<-c.Done()
	if err := c.Err(); !strings.Contains(err.Error(), "no token came") {
		t.Error(err)
	}
}

func TestATokenThatIsTakenAwayEndsItsConsole(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("run")
	l.must(c.Call(t.Context(), MethodHealth, nil, nil))
	l.grant("run", protocol.Grant{}, false)
	if err := c.Call(t.Context(), MethodHealth, nil, nil); !errors.Is(err, protocol.NotAuthorised) {
		t.Error(err)
	}
	<-c.Done()
}

func TestAConsoleThatIsSentChangesByAnOldGrantIsClosed(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("look")
	l.must(c.Call(t.Context(), MethodWatch, WatchParams{Watch: 1, Names: []string{"belt.position"}}, nil))
	l.grant("look", protocol.Grant{Name: "visitor", Read: []protocol.Range{{First: 1, Last: 1}}}, true)
	<-c.Done()
	if err := c.Err(); !strings.Contains(err.Error(), "what this token allows has changed; connect again") {
		t.Error(err)
	}
}

func TestRolesDecideWhatAConsoleMayCall(t *testing.T) {
	for _, k := range []struct {
		token string
		may   []string
	}{
		{"look", []string{MethodHealth, MethodStats, MethodMap, MethodGet, MethodWatch, MethodUnwatch, MethodSet}},
		{"run", []string{MethodHealth, MethodStats, MethodMap, MethodGet, MethodWatch, MethodUnwatch, MethodSet, MethodClients}},
		{"build", []string{MethodHealth, MethodStats, MethodMap, MethodGet, MethodWatch, MethodUnwatch, MethodSet, MethodClients,
			MethodKick, MethodTrace, MethodUntrace, MethodLogLevel, MethodConfig, MethodReload}},
	} {
		l := newLine(t, nil)
		c := l.dial(k.token)
		h, err := c.Hello(t.Context())
		l.must(err)
		for name := range l.con.methods {
			// Without parameters most fail, but only those above the role for that reason.
			err := c.Call(t.Context(), name, nil, nil)
			if refused, want := errors.Is(err, protocol.NotAuthorised), !slices.Contains(k.may, name); refused != want {
				t.Errorf("%s calls %s: %v", k.token, name, err)
			}
			if said := slices.Contains(h.Methods, name); said != slices.Contains(k.may, name) {
				t.Errorf("%s is told that %s is its to call: %t", k.token, name, said)
			}
		}
	}
}

func TestRolesDecideWhichRegistersAConsoleMayReadAndWrite(t *testing.T) {
	l := newLine(t, nil)
	l.grant("part", protocol.Grant{Name: "cell 2", Access: protocol.Operator, Read: []protocol.Range{{First: 1, Last: 3}}, Write: []protocol.Range{}}, true)
	for _, k := range []struct {
		token, name string
		read, write protocol.Status
	}{
		{"look", "main.command", protocol.OK, protocol.NotAuthorised},
		{"look", "belt.count", protocol.OK, protocol.NotWritable},
		{"run", "main.command", protocol.OK, protocol.OK},
		{"run", "servo.gain", protocol.OK, protocol.NotAuthorised},
		{"build", "servo.gain", protocol.OK, protocol.OK},
		{"part", "belt.position", protocol.NotAuthorised, protocol.NotWritable},
		{"part", "main.command", protocol.OK, protocol.NotAuthorised},
	} {
		c := l.dial(k.token)
		status := func(err error) protocol.Status {
			var e *Error
			errors.As(err, &e)
			if err == nil {
				return protocol.OK
			}
			return protocol.Status(e.Code)
		}
		_, err := c.Get(t.Context(), k.name)
		if got := status(err); got != k.read {
			t.Errorf("%s reads %s: %v", k.token, k.name, err)
		}
		if got := status(c.Call(t.Context(), MethodWatch, WatchParams{Names: []string{k.name}}, nil)); got != k.read {
			t.Errorf("%s watches %s: %v", k.token, k.name, got)
		}
		if _, err = c.Set(t.Context(), map[string]string{k.name: "1"}); status(err) != k.write {
			t.Errorf("%s writes %s: %v", k.token, k.name, err)
		}
		c.Close()
	}
}

func TestOnlyTheServersOwnPagesUseTheConsole(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.Hosts = []string{"twin.plant.example"} })
	own := strings.TrimPrefix(l.http.URL, "http://")
	port := own[strings.LastIndex(own, ":"):]
	for _, k := range []struct {
		origin, host string
		ok           bool
	}{
		{"http://" + own, "", true},
		{"https://" + own, "", true}, // behind something that speaks TLS
		{"http://localhost" + port, "localhost" + port, true},
		{"http://[::1]" + port, "[::1]" + port, true},
		{"http://twin.plant.example", "twin.plant.example", true},
		{"http://TWIN.plant.example", "twin.plant.example", true},
		{"http://evil.example", "", false},
		{"http://127.0.0.1:1", "", false},
		{"null", "", false},
		{"file://", "", false},
		{"http://evil.example" + port, "evil.example" + port, false}, // a name that leads here
		{"http://twin.plant.example.evil.example", "twin.plant.example.evil.example", false},
	} {
		header := map[string]string{"Origin": k.origin, "Authorization": "Bearer look"}
		if k.host != "" {
			header["Host"] = k.host
		}
		_, status, said := l.knock([]string{Protocol}, header)
		if ok := status == http.StatusSwitchingProtocols; ok != k.ok {
			t.Errorf("a page of %q for host %q: %d %s", k.origin, k.host, status, said)
		}
		if !k.ok && status != http.StatusForbidden {
			t.Errorf("a page of %q: status %d", k.origin, status)
		}
	}
}

func TestWhatIsNoConsoleIsToldWhatWouldBeOne(t *testing.T) {
	l := newLine(t, nil)
	res, err := http.Get(l.http.URL)
	l.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	l.must(err)
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(b), Protocol) {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	_, status, said := l.knock([]string{"linetwin.console.9"}, nil)
	if status != http.StatusBadRequest || !strings.Contains(said, Protocol) {
		t.Errorf("%d %s", status, said)
	}
}

func TestEngineersComeInWhenTheOthersHaveTakenAllPlaces(t *testing.T) {
	l := newLine(t, func(l *line) { l.o.MaxConsoles = 2 })
	refused := func(token string) bool {
		c, err := Dial(t.Context(), l.http.URL, DialOptions{Token: token})
		if err == nil {
			t.Cleanup(func() { c.Close() })
		}
		return err != nil
	}
	got := []bool{refused("look"), refused("run"), refused("look"), refused("build"), refused("build"), refused("build"),
		refused(""), refused(""), refused("")}
	if want := []bool{false, false, true, false, false, true, false, false, true}; !slices.Equal(got, want) {
		t.Errorf("refused: %v, want %v", got, want)
	}
}

func TestClosingTellsTheConsoles(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("look")
	l.must(c.Call(t.Context(), MethodHealth, nil, nil))
	l.must(l.con.Close())
	<-c.Done()
	if err := c.Err(); err == nil || err.Error() != "console: the server ended the connection: the server shuts down" {
		t.Error(err)
	}
	if err := c.Call(t.Context(), MethodHealth, nil, nil); err == nil || !strings.Contains(err.Error(), "shuts down") {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), l.http.URL, DialOptions{Token: "look"}); err == nil || err.Error() != "console: the server shuts down" {
		t.Error(err)
	}
}

func TestAServerThatIsSilentIsNoticed(t *testing.T) {
	// It takes the request and says that it is a console, and nothing after that.
	stop := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{Protocol}})
		if err != nil {
			t.Error(err)
			return
		}
		<-stop
		_ = ws.CloseNow()
	}))
	defer web.Close()
	defer close(stop)
	c, err := Dial(t.Context(), web.URL, DialOptions{Ping: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Health(t.Context()); err == nil || err.Error() != "console: the connection to the server is lost: it has not answered for 20ms" {
		t.Error(err)
	}
}
