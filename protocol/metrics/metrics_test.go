package metrics

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

type fakeServer struct {
	clients int
	asked   int
	hang    chan struct{} // if there is one, Clients waits until it is closed
}

func (f *fakeServer) Health() server.Health {
	return server.Health{Loops: 2, Busy: 30 * time.Microsecond, BacklogLimit: 4096, Watching: 5, Late: time.Millisecond, Latest: 20 * time.Millisecond, Missed: 3}
}

func (f *fakeServer) Clients() []server.ClientInfo {
	f.asked++
	if f.hang != nil {
		<-f.hang
	}
	infos := make([]server.ClientInfo, f.clients)
	for i := range infos {
		infos[i] = server.ClientInfo{ID: uint64(i), Name: fmt.Sprintf("client %d", i), Access: protocol.Access(i % 2), Watches: 1, Watched: 10, Unsent: i}
	}
	return infos
}

func (f *fakeServer) Stats() server.Stats {
	return server.Stats{Clients: f.clients, Accepted: 20, TurnedAway: 3, Ended: 17, Dropped: 2,
		Counts: server.Counts{Requests: 1000, Failed: 4, Pushes: 50, Values: 5000, Coalesced: 7, BytesIn: 5000, BytesOut: 90000}}
}

// line is a bank with four registers.
func line(t *testing.T) *protocol.Bank {
	t.Helper()
	bank := protocol.NewBank()
	w := bank.Writer("belt", "line.cue:1:1")
	for _, d := range []struct {
		protocol.Def
		v protocol.Value
		q protocol.Quality
	}{
		{protocol.Def{Name: "belt.position", Type: protocol.F64, Unit: "mm"}, protocol.FloatValue(12.5), protocol.Good},
		{protocol.Def{Name: "belt.speed", Type: protocol.F32, Unit: "mm/s"}, protocol.FloatValue(3), protocol.Uncertain},
		{protocol.Def{Name: "belt.count", Type: protocol.U64}, protocol.UintValue(4), protocol.Bad},
		{protocol.Def{Name: "eye.blocked", Type: protocol.Bool}, protocol.BoolValue(true), protocol.Good},
	} {
		o, err := w.Define(d.Def)
		if err != nil {
			t.Fatal(err)
		}
		o.Set(time.Second, d.v, d.q)
	}
	bank.Seal()
	return bank
}

// ask requests the metrics with a token, and gives the status and the text.
func ask(t *testing.T, h http.Handler, token string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, Path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// ours are the lines of the product's own metrics, without comments.
func ours(text string) (lines []string) {
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "linetwin_") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return lines
}

func whole(t *testing.T, f *fakeServer) Options {
	return Options{Server: f, Bank: line(t), Registers: []string{"belt.*"}, Version: "1.2",
		Consoles: func() console.ConsoleStats { return console.ConsoleStats{Now: 1, Accepted: 3, Refused: 2, Dropped: 1} }}
}

func TestTheMetricsShowServerRegistersAndConsoles(t *testing.T) {
	h, err := Handler(whole(t, &fakeServer{clients: 5}))
	if err != nil {
		t.Fatal(err)
	}
	status, text := ask(t, h, "")
	if status != http.StatusOK {
		t.Fatal(status, text)
	}
	want := strings.Split(strings.TrimSpace(`
linetwin_build_info{version="1.2"} 1
linetwin_console_connections 1
linetwin_console_connections_accepted_total 3
linetwin_console_connections_dropped_total 1
linetwin_console_connections_refused_total 2
linetwin_register{name="belt.position",unit="mm"} 12.5
linetwin_register{name="belt.speed",unit="mm/s"} 3
linetwin_register_quality{name="belt.count"} 2
linetwin_register_quality{name="belt.position"} 0
linetwin_register_quality{name="belt.speed"} 1
linetwin_registers_backlog_connections 0
linetwin_registers_backlog_limit_connections 4096
linetwin_registers_clients{access="engineer"} 0
linetwin_registers_clients{access="operator"} 2
linetwin_registers_clients{access="read-only"} 3
linetwin_registers_coalesced_values_total 7
linetwin_registers_connections_accepted_total 20
linetwin_registers_connections_dropped_total 2
linetwin_registers_connections_ended_total 17
linetwin_registers_connections_turned_away_total 3
linetwin_registers_defined{quality="bad"} 1
linetwin_registers_defined{quality="good"} 2
linetwin_registers_defined{quality="uncertain"} 1
linetwin_registers_log_lines_lost_total 0
linetwin_registers_loop_busy_seconds 3e-05
linetwin_registers_loops 2
linetwin_registers_pending_writes 0
linetwin_registers_push_late_seconds 0.001
linetwin_registers_push_late_worst_seconds 0.02
linetwin_registers_push_looks_missed_total 3
linetwin_registers_pushed_values_total 5000
linetwin_registers_pushes_total 50
linetwin_registers_received_bytes_total 5000
linetwin_registers_requests_failed_total 4
linetwin_registers_requests_total 1000
linetwin_registers_sent_bytes_total 90000
linetwin_registers_unsent_bytes 10
linetwin_registers_unsent_worst_bytes 4
linetwin_registers_waiting_news 0
linetwin_registers_watched 50
linetwin_registers_watches 5
linetwin_registers_watching_clients 5`), "\n")
	if d := cmp.Diff(want, ours(text)); d != "" {
		t.Error(d)
	}
	for _, part := range []string{"go_goroutines ", "process_resident_memory_bytes "} {
		if !strings.Contains(text, part) {
			t.Errorf("the metrics lack %s", part)
		}
	}
}

func TestTheMetricsFollowTheConventions(t *testing.T) {
	h, err := Handler(whole(t, &fakeServer{clients: 5}))
	if err != nil {
		t.Fatal(err)
	}
	_, text := ask(t, h, "")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "linetwin_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed; on Debian it is in the package prometheus")
	}
	h, err := Handler(whole(t, &fakeServer{clients: 5}))
	if err != nil {
		t.Fatal(err)
	}
	_, text := ask(t, h, "")
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTheNumberOfSeriesDoesNotGrowWithTheClients(t *testing.T) {
	count := func(n int) int {
		h, err := Handler(Options{Server: &fakeServer{clients: n}})
		if err != nil {
			t.Fatal(err)
		}
		_, text := ask(t, h, "")
		return len(ours(text))
	}
	if few, many := count(0), count(10_000); few != many {
		t.Errorf("%d series without clients, %d with 10,000", few, many)
	}
}

func TestTheServerIsAskedSeldomForItsClients(t *testing.T) {
	f := &fakeServer{clients: 5}
	h, err := Handler(Options{Server: f})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range 20 {
		if status, _ := ask(t, h, ""); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	if most := int(time.Since(begun)/maxAge) + 1; f.asked > most {
		t.Errorf("the server was asked %d times; at most %d", f.asked, most)
	}
}

func TestAServerThatHangsStillShowsThatItDoes(t *testing.T) {
	f := &fakeServer{hang: make(chan struct{})}
	defer close(f.hang)
	h, err := Handler(Options{Server: f})
	if err != nil {
		t.Fatal(err)
	}
	status, text := ask(t, h, "")
	if status != http.StatusOK || !strings.Contains(text, "linetwin_registers_loop_busy_seconds 3e-05") || strings.Contains(text, "linetwin_registers_clients") {
		t.Errorf("%d %s", status, text)
	}
}

func TestATokenDecidesWhoSeesTheMetricsAndWhichRegisters(t *testing.T) {
	o := whole(t, &fakeServer{})
	o.Registers = []string{"*"}
	o.Authorise = func(c wire.Credentials) (protocol.Grant, bool) {
		switch c.Token {
		case "all":
			return protocol.Grant{}, true
		case "eye":
			return protocol.Grant{Read: []protocol.Range{{First: 3, Last: 3}}}, true
		}
		return protocol.Grant{}, false
	}
	h, err := Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{"": http.StatusUnauthorized, "guess": http.StatusUnauthorized, "all": http.StatusOK, "eye": http.StatusOK} {
		status, text := ask(t, h, token)
		if status != want {
			t.Errorf("%q: %d", token, status)
		}
		sees := func(name string) bool { return strings.Contains(text, `linetwin_register{name="`+name) }
		if got, want := []bool{sees("belt.position"), sees("eye.blocked")}, []bool{token == "all", want == http.StatusOK}; !slices.Equal(got, want) {
			t.Errorf("%q sees %v, want %v", token, got, want)
		}
	}
}

func TestWrongPatternsOfRegistersAreRefused(t *testing.T) {
	many := protocol.NewBank()
	w := many.Writer("many", "line.cue:1:1")
	for i := range MaxRegisters + 1 {
		if _, err := w.Define(protocol.Def{Name: fmt.Sprintf("r%d", i), Type: protocol.Bool}); err != nil {
			t.Fatal(err)
		}
	}
	many.Seal()
	for _, k := range []struct {
		o    Options
		want string
	}{
		{Options{Registers: []string{"*"}}, "metrics: registers [*] are to be shown, and there is no bank"},
		{Options{Registers: []string{"[a"}, Bank: many}, `metrics: "[a" is not a pattern of register names; write * for anything, ? for a letter, [a-z] for one of these`},
		{Options{Registers: []string{"r*"}, Bank: many}, "metrics: 10001 registers fit [r*]; at most 10000 are shown, so choose fewer"},
	} {
		if _, err := Handler(k.o); err == nil || err.Error() != k.want {
			t.Errorf("%v, want %s", err, k.want)
		}
	}
}

func TestRequestsDoNotPileUp(t *testing.T) {
	stuck, entered := make(chan struct{}), make(chan struct{}, 100)
	first := true
	h, err := Handler(Options{Consoles: func() console.ConsoleStats {
		if !first { // the registry asks once what there is
			entered <- struct{}{}
			<-stuck
		}
		return console.ConsoleStats{}
	}})
	if err != nil {
		t.Fatal(err)
	}
	first = false
	done := make(chan int)
	for range atOneTime {
		go func() {
			status, _ := ask(t, h, "")
			done <- status
		}()
		<-entered
	}
	if status, _ := ask(t, h, ""); status != http.StatusServiceUnavailable {
		t.Errorf("one more request: %d", status)
	}
	close(stuck)
	for range atOneTime {
		if status := <-done; status != http.StatusOK {
			t.Error(status)
		}
	}
}

func BenchmarkScrape(b *testing.B) {
	bank := protocol.NewBank()
	w := bank.Writer("many", "line.cue:1:1")
	for i := range 1000 {
		o, err := w.Define(protocol.Def{Name: fmt.Sprintf("r%d", i), Type: protocol.F64})
		if err != nil {
			b.Fatal(err)
		}
		o.SetFloat(0, float64(i))
	}
	bank.Seal()
	h, err := Handler(Options{Server: &fakeServer{clients: 10_000}, Bank: bank, Registers: []string{"*"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, Path, nil))
	}
}

func TestTheReadmeNamesAllMetrics(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	// A name that begins with dots goes on where the one before it ends.
	named := map[string]bool{}
	var family string
	for _, name := range regexp.MustCompile("`(linetwin_[a-z_]+|\\.\\.\\.[a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		if rest, ok := strings.CutPrefix(name[1], "..."); ok {
			named[family+rest] = true
			continue
		}
		named[name[1]] = true
		family = strings.TrimSuffix(name[1], "_accepted_total")
	}
	h, err := Handler(whole(t, &fakeServer{clients: 5}))
	if err != nil {
		t.Fatal(err)
	}
	_, page := ask(t, h, "")
	shown := map[string]bool{}
	for _, line := range ours(page) {
		shown[line[:strings.IndexAny(line, "{ ")]] = true
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(named))); d != "" {
		t.Error(d)
	}
}
