package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ua "github.com/gopcua/opcua"
	uatypes "github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/metrics"
	"linetwin.dev/protocol/opcua"
	"linetwin.dev/protocol/wire"
)

// served is a server of a configuration, as linetwin serve has it.
type served struct {
	*production
	file string
	said *strings.Builder
}

func startServed(t *testing.T, text string) *served {
	t.Helper()
	file := filepath.Join(t.TempDir(), "server.cue")
	writeFile(t, file, text)
	f := &serveFlags{config: file, regsAddr: "127.0.0.1:0", httpAddr: "127.0.0.1:0"}
	p, err := f.load("")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{p, file, &strings.Builder{}}
	p.say = &speaker{to: s.said}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.assemble(); err != nil {
		t.Fatal(err)
	}
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	return s
}

// writeFile puts a file in the place of another, so that nobody reads half of it.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func (s *served) dial(t *testing.T, o ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), s.servers.regs.Addr().String(), o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestNoRequestIsDroppedByAReload(t *testing.T) {
	const text = `package server

limits: {idle: "%ds", maxPending: %d}
roles: panel: {access: "operator", write: ["recipe", "level.%d"]}
clients: {
	panel: {token: "secret-of-the-panel", role: "panel"}
	other%d: {token: "secret-of-somebody", role: "panel"}
}
registers: {
	recipe: {type: "u32", min: 0, max: %d}
	"level.0": type: "f32"
	"level.1": type: "f32"
}
`
	conf := func(n int) string { return fmt.Sprintf(text, 60+n, 256+n, n%2, n, 4e9+n) }
	s := startServed(t, conf(0))
	var asked atomic.Uint64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients sync.WaitGroup
	for i := range 6 {
		c := s.dial(t, client.WithToken("secret-of-the-panel"))
		clients.Go(func() {
			for n := i; ctx.Err() == nil; n += 6 {
				_, err := c.Get(ctx, "recipe", "level.0", "level.1")
				if err == nil {
					err = c.SetValue(ctx, "recipe", protocol.UintValue(uint64(n)))
				}
				if err != nil && ctx.Err() == nil {
					t.Errorf("client %d, request %d: %v", i, n, err)
					return
				}
				asked.Add(2)
			}
		})
	}
	for n := 1; n <= 20; n++ {
		before := asked.Load()
		writeFile(t, s.file, conf(n))
		if n%5 == 0 { // a mistake between two right ones
			writeFile(t, s.file, conf(n)+"limits: idel: 3\n")
			if r := s.live.Reload(); r.Err == nil {
				t.Fatal("a mistake is in effect")
			}
			writeFile(t, s.file, conf(n))
		}
		if r := s.live.Reload(); r.Err != nil || len(r.Pending) != 0 {
			t.Fatal(r)
		}
		for asked.Load() == before && !t.Failed() {
			time.Sleep(time.Millisecond) // until somebody has asked after the reload
		}
	}
	cancel()
	clients.Wait()
}

func TestARoleThatIsTakenAwayIsGoneForThoseWhoAreConnected(t *testing.T) {
	const text = "package server\n\nclients: panel: {token: \"secret-of-the-panel\", role: \"%s\"}\nregisters: recipe: {type: \"u32\"}\n"
	s := startServed(t, fmt.Sprintf(text, "operator"))
	c := s.dial(t, client.WithToken("secret-of-the-panel"))
	if err := c.Set(t.Context(), "recipe", "1"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.file, fmt.Sprintf(text, "read-only"))
	if r := s.live.Reload(); r.Err != nil {
		t.Fatal(r.Err)
	}
	if err := c.Set(t.Context(), "recipe", "2"); err == nil || !strings.Contains(err.Error(), "not authorised") {
		t.Errorf("a write after it: %v", err)
	}
	if rs, err := c.Get(t.Context(), "recipe"); err != nil || rs[0].Value.Uint() != 1 {
		t.Errorf("a read after it: %v, %v", rs, err)
	}
}

// authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func (a *authority) issue(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.n++
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	if a.cert == nil {
		tmpl.IsCA, a.cert, a.key = true, tmpl, k
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &k.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if tmpl.IsCA {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func TestCertificatesAreRenewedWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	ca := &authority{}
	root, _ := ca.issue(t, "plant")
	writeFile(t, filepath.Join(dir, "ca.pem"), string(root))
	renew := func() {
		cert, key := ca.issue(t, "server")
		writeFile(t, filepath.Join(dir, "server.key"), string(key))
		writeFile(t, filepath.Join(dir, "server.pem"), string(cert))
	}
	renew()
	s := startServed(t, fmt.Sprintf(`package server

listen: tls: {cert: %q, key: %q, clientCA: %q}
clients: panel: {certificate: "panel-1", role: "operator"}
registers: recipe: {type: "u32"}
`, filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"), filepath.Join(dir, "ca.pem")))
	cert, key := ca.issue(t, "panel-1")
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	var serial int64
	conf := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: []tls.Certificate{pair}, VerifyConnection: func(c tls.ConnectionState) error {
		serial = c.PeerCertificates[0].SerialNumber.Int64()
		return nil
	}}
	conf.RootCAs.AddCert(ca.cert)
	early := s.dial(t, client.WithTLS(conf))
	if err := early.Set(t.Context(), "recipe", "1"); err != nil {
		t.Fatal(err)
	}
	first := serial
	renew()
	if r := s.live.Reload(); r.Err != nil || len(r.Pending) != 0 || len(r.Changes) != 2 {
		t.Fatalf("%+v", r)
	}
	late := s.dial(t, client.WithTLS(conf))
	if serial == first {
		t.Error("a new connection sees the old certificate")
	}
	for _, c := range []*client.Client{early, late} {
		if err := c.Set(t.Context(), "recipe", "2"); err != nil {
			t.Error(err)
		}
	}
	if c, err := client.Dial(t.Context(), s.servers.regs.Addr().String(), client.WithTLS(&tls.Config{RootCAs: conf.RootCAs})); err == nil {
		_ = c.Close()
		t.Error("one without a certificate is let in, and there is no role for that")
	}

	// The pages are encrypted, too.
	if !strings.HasPrefix(s.servers.pages, "https://") {
		t.Fatalf("the pages are at %s", s.servers.pages)
	}
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
	res, err := browser.Get(s.servers.pages + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), "linetwin_build_info") {
		t.Errorf("metrics: %s %v", res.Status, err)
	}
}

func TestPagesAskForWhatTheRegisterServerAsksFor(t *testing.T) {
	const text = "package server\n\nclients: {\n\tpanel: {token: \"secret-of-the-panel\", role: \"operator\"}\n\toffice: {token: \"secret-of-the-office\", role: \"read-only\"}\n}\nanonymous: \"%s\"\nregisters: recipe: {type: \"u32\"}\n"
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, c := range []struct {
		anonymous, method, name, password, bearer string
		want                                      int
	}{
		{"", "GET", "", "", "", 401}, {"", "GET", "office", "secret-of-the-office", "", 204}, {"", "GET", "", "", "secret-of-the-office", 204},
		{"", "POST", "office", "secret-of-the-office", "", 403}, {"", "POST", "panel", "secret-of-the-panel", "", 204},
		{"", "POST", "panel", "secret-of-the-office", "", 401}, {"", "POST", "", "", "wrong", 401},
		{"read-only", "GET", "", "", "", 204}, {"read-only", "POST", "", "", "", 401}, {"operator", "POST", "", "", "", 204},
	} {
		s := startServed(t, fmt.Sprintf(text, c.anonymous))
		r := httpRequest(t, c.method, c.name, c.password, c.bearer)
		w := &recorder{header: http.Header{}}
		s.servers.access.pages(page).ServeHTTP(w, r)
		if w.status != c.want {
			t.Errorf("%+v: %d", c, w.status)
		}
		if w.status == http.StatusUnauthorized && w.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%+v: a browser would not ask", c)
		}
	}
}

// A guesser gains nothing by going from one door to the next.
func TestGuessesAreCountedTogetherWhereverTheyAreMade(t *testing.T) {
	s := startServed(t, "package server\n\nclients: panel: {token: \"secret-of-the-panel\", role: \"operator\"}\nanonymous: \"read-only\"\nregisters: recipe: {type: \"u32\"}\n")
	before := s.dial(t, client.WithToken("secret-of-the-panel"))
	page := func(token string) *http.Response {
		r := httpRequest(t, http.MethodGet, "", "", token)
		r.URL.Host, r.URL.Path = strings.TrimPrefix(s.servers.pages, "http://"), metrics.Path
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	dial := func(token string) error {
		c, err := client.Dial(t.Context(), s.servers.regs.Addr().String(), client.WithToken(token))
		if err == nil {
			_ = c.Close()
		}
		return err
	}
	g, here, begin := &s.servers.access.guard, netip.MustParseAddr("127.0.0.1"), time.Now()
	for n := range 3 {
		if res := page(fmt.Sprint("page guess ", n)); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("guess %d at a page: %s", n, res.Status)
		}
		if err := dial(fmt.Sprint("guess ", n)); !errors.Is(err, protocol.NotAuthorised) {
			t.Errorf("guess %d at the register server: %v", n, err)
		}
	}
	if g.Wait(here, begin) == 0 {
		t.Error("six guesses are not slowed down")
	}
	for n := range 10 { // so many that the wait outlasts the test
		g.Wrong(here, fmt.Sprint("another ", n), time.Now())
	}
	if res := page("secret-of-the-panel"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("a page says %s, retry after %q", res.Status, res.Header.Get("Retry-After"))
	}
	if err := dial("secret-of-the-panel"); !errors.Is(err, protocol.Busy) {
		t.Errorf("the register server says %v", err)
	}
	if _, err := console.Dial(t.Context(), s.servers.pages, console.DialOptions{Token: "secret-of-the-panel"}); err == nil || !strings.Contains(err.Error(), "too many wrong tokens") {
		t.Errorf("the console says %v", err)
	}
	if err := dial(""); err != nil {
		t.Errorf("without a token: %v", err)
	}
	if err := before.Set(t.Context(), "recipe", "3"); err != nil {
		t.Errorf("one that was in before: %v", err)
	}
}

// Where the register server asks everybody for a certificate, nobody writes without one
// by way of the console.
func TestPagesGiveNothingToAnonymousWhereCertificatesAreAskedFor(t *testing.T) {
	for _, c := range []struct {
		kind  tls.ClientAuthType
		shown wire.Credentials
		want  bool
	}{
		{tls.RequireAndVerifyClientCert, wire.Credentials{}, false},
		{tls.RequireAndVerifyClientCert, wire.Credentials{Certificate: "somebody"}, true},
		{tls.RequireAndVerifyClientCert, wire.Credentials{Token: "nobody-has-this"}, false},
		{tls.VerifyClientCertIfGiven, wire.Credentials{}, true},
	} {
		s := startServed(t, "package server\n\nregisters: recipe: {type: \"u32\"}\n")
		a := s.servers.access
		a.tls.Store(&tls.Config{ClientAuth: c.kind})
		if _, ok := a.page(c.shown); ok != c.want {
			t.Errorf("%+v: %v", c, ok)
		}
	}
}

func httpRequest(t *testing.T, method, name, password, bearer string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case name != "":
		r.SetBasicAuth(name, password)
	case bearer != "":
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return r
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

func TestUsersOfOPCUAAreTheClientsOfTheConfiguration(t *testing.T) {
	s := startServed(t, "package server\n\nclients: panel: {token: \"secret-of-the-panel\", role: \"operator\"}\nregisters: recipe: {type: \"u32\"}\n")
	for _, c := range []struct {
		shown opcua.Credentials
		want  string
	}{
		{opcua.Credentials{Name: "panel", Password: "secret-of-the-panel"}, "panel"},
		{opcua.Credentials{Name: "panel", Password: "secret"}, ""}, {opcua.Credentials{Name: "panel"}, ""}, {opcua.Credentials{}, ""},
		{opcua.Credentials{Anonymous: true}, ""}, {opcua.Credentials{Certificate: &x509.Certificate{Subject: pkix.Name{CommonName: "panel"}}}, ""},
	} {
		grant, ok := s.servers.access.opcuaUser(c.shown)
		if ok != (c.want != "") || ok && (grant.Name != c.want || grant.Access != protocol.Operator) {
			t.Errorf("%+v: %+v, %v", c.shown, grant, ok)
		}
	}
}

func TestAReloadChangesWhetherOPCUALetsAnybodyIn(t *testing.T) {
	const text = "package server\n\nclients: panel: {token: \"secret-of-the-panel\", role: \"operator\"}\nanonymous: \"%s\"\n" +
		"registers: recipe: {type: \"u32\"}\nopcua: {address: \"127.0.0.1:0\", allowNone: true}\n"
	s := startServed(t, fmt.Sprintf(text, ""))
	enter := func() error {
		c, err := ua.NewClient(s.servers.opcua.URL(), ua.SecurityMode(uatypes.MessageSecurityModeNone), ua.AuthAnonymous())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Connect(t.Context()); err != nil {
			return err
		}
		return c.Close(t.Context())
	}
	for _, anonymous := range []string{"", "read-only", ""} {
		writeFile(t, s.file, fmt.Sprintf(text, anonymous))
		if r := s.live.Reload(); r.Err != nil {
			t.Fatal(r.Err)
		}
		if err := enter(); (err == nil) != (anonymous != "") {
			t.Errorf("with anonymous %q: %v", anonymous, err)
		}
	}
}

// A register that a client of the register server is the source of is not written through
// a gateway, until the client is gone and the register bad.
func TestAGatewayLeavesAloneWhatAClientIsTheSourceOf(t *testing.T) {
	s := startServed(t, `
		registers: "oven.level": type: "u16"
		modbus: {address: "127.0.0.1:0", role: "operator"}
	`)
	master, err := net.Dial("tcp", s.servers.modbus.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	// write is function 06 of register 0, and returns the reply from the function on.
	write := func(v byte) []byte {
		t.Helper()
		if _, err := master.Write([]byte{0, 1, 0, 0, 0, 6, 1, 6, 0, 0, 0, v}); err != nil {
			t.Fatal(err)
		}
		reply := make([]byte, 260)
		n, err := master.Read(reply)
		if err != nil || n < 9 {
			t.Fatal(n, err)
		}
		return reply[7:n]
	}
	if reply := write(7); reply[0] != 6 {
		t.Fatalf("nobody is the source, and a write gives % x", reply)
	}
	c := s.dial(t)
	if err := c.Claim(t.Context(), 0, "oven.level"); err != nil {
		t.Fatal(err)
	}
	if reply := write(8); reply[0] != 0x86 || reply[1] != 6 {
		t.Errorf("a client is the source, and a write gives % x, not the exception 06", reply)
	}
	c.Close()
	level, err := s.site.bank.In("oven.level", protocol.U16)
	if err != nil {
		t.Fatal(err)
	}
	for level.Quality() != protocol.Bad {
		time.Sleep(time.Millisecond)
	}
	if reply := write(9); reply[0] != 6 || level.Uint() != 9 || level.Quality() != protocol.Good {
		t.Errorf("the source is gone, and a write gives % x, %+v", reply, level.Sample())
	}
}
