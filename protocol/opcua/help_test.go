package opcua

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	client "github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// plant is a small line: a server, and the registers behind it.
type plant struct {
	t       *testing.T
	server  *Server
	options Options
	store   *protocol.Store
	// line writes the registers that clients cannot.
	line  *protocol.Writer
	state *protocol.Out
	count *protocol.Out

	mu    sync.Mutex
	users map[string]user
	known map[string]protocol.Grant // certificates of users, by thumbprint
}

type user struct {
	password string
	grant    protocol.Grant
}

var lineStart = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

var packML = &Enumeration{Name: "PackMLState", Values: map[int32]string{1: "Clearing", 2: "Stopped", 4: "Idle", 6: "Execute", 9: "Aborted"}}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newPlant starts a server; change may alter its options.
func newPlant(t *testing.T, change func(*Options)) *plant {
	t.Helper()
	bank := protocol.NewBank()
	p := &plant{
		t: t, store: protocol.NewStore(bank, "clients", "plant", func() time.Duration { return 3 * time.Second }),
		line: bank.Writer("line", "plant"),
		users: map[string]user{
			"op":  {"secret", protocol.Grant{Name: "op", Access: protocol.Operator}},
			"eng": {"machine", protocol.Grant{Name: "eng", Access: protocol.Engineer}},
		},
		known: map[string]protocol.Grant{},
	}
	for _, d := range []struct {
		def     protocol.Def
		initial protocol.Value
	}{
		{protocol.Def{Name: "belt.position", Type: protocol.F64, Unit: "mm", Doc: "where the belt is", Access: protocol.Operator}, protocol.FloatValue(12.5)},
		{protocol.Def{Name: "belt.speed", Type: protocol.F32, Unit: "mm/s", Doc: "set speed", Access: protocol.Operator}, protocol.FloatValue(420)},
		{protocol.Def{Name: "belt.limit", Type: protocol.I32, Unit: "1", Access: protocol.Engineer}, protocol.IntValue(-7)},
		{protocol.Def{Name: "gate.open", Type: protocol.Bool, Access: protocol.Operator}, protocol.BoolValue(false)},
		{protocol.Def{Name: "gate.arm.width", Type: protocol.U16, Unit: "furlong", Access: protocol.Operator}, protocol.UintValue(3)},
		{protocol.Def{Name: "plc.wanted", Type: protocol.U16, Access: protocol.Operator}, protocol.UintValue(2)},
		{protocol.Def{Name: "total", Type: protocol.U64, Access: protocol.Operator}, protocol.UintValue(1 << 40)},
	} {
		must(p.store.Define(d.def, d.initial))
	}
	p.state = must(p.line.Define(protocol.Def{Name: "plc.state", Type: protocol.U16, Doc: "PackML state"}))
	p.count = must(p.line.Define(protocol.Def{Name: "belt.count", Type: protocol.U32, Unit: "1", Doc: "bottles seen"}))
	must(p.line.Define(protocol.Def{Name: "eye.blocked", Type: protocol.Bool, Doc: "never written"}))
	bank.Seal()
	p.state.SetUint(2*time.Second, 6)
	p.count.SetUint(2*time.Second, 1234)

	p.options = Options{
		Addr: "127.0.0.1:0", Name: "test plant", ApplicationURI: plantURI, Folder: plantFolder(t),
		AllowNone: true, AllowAnonymous: true, Authorise: p.authorise,
		Bank: bank, Apply: p.store.Apply, Start: lineStart,
		Enumerations: map[string]*Enumeration{"plc.state": packML, "plc.wanted": packML},
		Ranges:       map[string]Range{"belt.position": {0, 200}},
	}
	if testing.Verbose() {
		p.options.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if change != nil {
		change(&p.options)
	}
	p.start()
	return p
}

func (p *plant) start() {
	p.t.Helper()
	s, err := Listen(p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.server = s
	p.t.Cleanup(func() { s.Close() })
}

// restart closes the server and starts another one at the same address.
func (p *plant) restart() {
	p.options.Addr = p.server.Addr().String()
	p.server.Close()
	p.start()
}

func (p *plant) authorise(c Credentials) (protocol.Grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case c.Anonymous:
		return protocol.Grant{Name: "guest"}, true
	case c.Certificate != nil:
		g, ok := p.known[Thumbprint(c.Certificate)]
		return g, ok
	}
	u, ok := p.users[c.Name]
	return u.grant, ok && u.password == c.Password
}

// application is a certificate of a client.
type application struct {
	der []byte
	key *rsa.PrivateKey
	uri string
}

// Making a key takes a moment, so that tests share those that they need.
var applications = sync.OnceValue(func() map[string]application {
	all := make(map[string]application)
	for _, name := range []string{"client", "stranger", "operator"} {
		dir := must(os.MkdirTemp("", "ua"))
		defer os.RemoveAll(dir)
		uri := "urn:test:" + name
		c := must(openCertificates(dir, uri, name, "localhost", time.Now()))
		all[name] = application{c.own.Raw, c.key, uri}
	}
	return all
})

// plantFiles are the certificate and key of the test plant.
var plantFiles = sync.OnceValue(func() [2][]byte {
	dir := must(os.MkdirTemp("", "ua"))
	defer os.RemoveAll(dir)
	must(openCertificates(dir, plantURI, "test plant", "127.0.0.1", lineStart.AddDate(-5, 0, 0)))
	return [2][]byte{must(os.ReadFile(filepath.Join(dir, ownFile))), must(os.ReadFile(filepath.Join(dir, keyFile)))}
})

const plantURI = "urn:test:plant"

// plantFolder has the plant's certificate.
func plantFolder(t testing.TB) string {
	t.Helper()
	dir, files := t.TempDir(), plantFiles()
	err := os.Mkdir(filepath.Join(dir, "own"), 0o750)
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, ownFile), files[0], 0o644), os.WriteFile(filepath.Join(dir, keyFile), files[1], 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// trust puts an application's certificate into the folder.
func (p *plant) trust(a application) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.options.Folder, "trusted", "client.der"), a.der, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// plainly are the options of a client without security.
func (p *plant) plainly() []client.Option {
	return []client.Option{client.SecurityMode(ua.MessageSecurityModeNone), client.AutoReconnect(false), client.RequestTimeout(10 * time.Second)}
}

// securely are the options of a client with Basic256Sha256 and a way to log in.
func (p *plant) securely(a application, login client.Option) []client.Option {
	p.t.Helper()
	return []client.Option{
		client.PrivateKey(a.key), client.Certificate(a.der), client.ApplicationURI(a.uri),
		login, client.AutoReconnect(false), client.RequestTimeout(10 * time.Second),
	}
}

// endpoint is an endpoint of the server, for one kind of log-in.
func (p *plant) endpoint(mode ua.MessageSecurityMode, kind ua.UserTokenType) client.Option {
	p.t.Helper()
	for _, e := range must(client.GetEndpoints(p.t.Context(), p.server.URL())) {
		if e.SecurityMode == mode {
			return client.SecurityFromEndpoint(e, kind)
		}
	}
	p.t.Fatalf("no endpoint with %v", mode)
	return nil
}

const (
	withNone = ua.MessageSecurityModeNone
	withAll  = ua.MessageSecurityModeSignAndEncrypt
)

func (p *plant) asUser(mode ua.MessageSecurityMode, name, password string) client.Option {
	return both(client.AuthUsername(name, password), p.endpoint(mode, ua.UserTokenTypeUserName))
}

func (p *plant) asCertificate(a, key application) client.Option {
	return both(both(client.AuthCertificate(a.der), client.AuthPrivateKey(key.key)), p.endpoint(withAll, ua.UserTokenTypeCertificate))
}

func (p *plant) asNobody(mode ua.MessageSecurityMode) client.Option {
	return both(client.AuthAnonymous(), p.endpoint(mode, ua.UserTokenTypeAnonymous))
}

func both(a, b client.Option) client.Option {
	return func(c *client.Config) error { return errors.Join(a(c), b(c)) }
}

func (p *plant) tryConnect(opts ...client.Option) (*client.Client, error) {
	p.t.Helper()
	c, err := client.NewClient(p.server.URL(), opts...)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.Connect(p.t.Context()); err != nil {
		return nil, err
	}
	p.t.Cleanup(func() { c.Close(context.Background()) })
	return c, nil
}

func (p *plant) connect(opts ...client.Option) *client.Client {
	p.t.Helper()
	c, err := p.tryConnect(opts...)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// anonymous connects without security and name.
func (p *plant) anonymous() *client.Client {
	p.t.Helper()
	return p.connect(append(p.plainly(), p.asNobody(withNone))...)
}

// operator connects without security as a user who may write.
func (p *plant) operator() *client.Client {
	p.t.Helper()
	return p.connect(append(p.plainly(), p.asUser(withNone, "op", "secret"))...)
}

func register(name string) *ua.NodeID { return ua.NewStringNodeID(nsRegisters, name) }

// readOne reads an attribute of a register or of what belongs to it.
func readOne(t *testing.T, c *client.Client, id *ua.NodeID, a ua.AttributeID) *ua.DataValue {
	t.Helper()
	resp, err := c.Read(t.Context(), &ua.ReadRequest{
		TimestampsToReturn: ua.TimestampsToReturnBoth, NodesToRead: []*ua.ReadValueID{{NodeID: id, AttributeID: a, DataEncoding: new(ua.QualifiedName)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Results[0]
}

func writeOne(t *testing.T, c *client.Client, name string, v any) ua.StatusCode {
	t.Helper()
	resp, err := c.Write(t.Context(), &ua.WriteRequest{NodesToWrite: []*ua.WriteValue{{
		NodeID: register(name), AttributeID: ua.AttributeIDValue,
		Value: &ua.DataValue{EncodingMask: ua.DataValueValue, Value: ua.MustVariant(v)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Results[0]
}

// eventually waits until something is so; the test's own time-out is the bound.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 3000 {
		if so() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// set gives a register of the clients' a value, as one of them would.
func (p *plant) set(name string, v protocol.Value) {
	p.t.Helper()
	info := must(p.options.Bank.Lookup(name))
	if tx := protocol.NewWrite(info.Ref, v); !p.store.Apply(tx) || tx.Status != protocol.OK {
		p.t.Fatalf("%s: %v", name, tx.Status)
	}
}
