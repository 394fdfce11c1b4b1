package opcua

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	client "github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
)

func TestAUserLogsInEncrypted(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.AllowNone, o.AllowAnonymous = false, false })
	a := applications()["client"]
	p.trust(a)
	c := p.connect(p.securely(a, p.asUser(withAll, "op", "secret"))...)
	if got := writeOne(t, c, "belt.speed", float32(100)); got != ua.StatusOK {
		t.Errorf("an operator's write: %v", got)
	}
	if v := readOne(t, c, register("belt.speed"), ua.AttributeIDValue); v.Value.Value() != float32(100) {
		t.Errorf("then reads %v", v.Value.Value())
	}
	if got := writeOne(t, c, "belt.limit", int32(1)); got != ua.StatusBadUserAccessDenied {
		t.Errorf("an operator's write to an engineer's register: %v", got)
	}
	if _, err := p.tryConnect(p.securely(a, p.asUser(withAll, "op", "guess"))...); !errors.Is(err, ua.StatusBadUserAccessDenied) {
		t.Errorf("with a wrong password: %v", err)
	}
	if _, err := p.tryConnect(p.securely(a, p.asNobody(withAll))...); !errors.Is(err, ua.StatusBadIdentityTokenRejected) {
		t.Errorf("anonymous where that is not allowed: %v", err)
	}
}

func TestWhoTriesPasswordsHasToWait(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.Guard = new(guard.Guard) })
	a := applications()["client"]
	p.trust(a)
	try := func(password string) error {
		c, err := p.tryConnect(p.securely(a, p.asUser(withAll, "op", password))...)
		if err == nil {
			c.Close(t.Context())
		}
		return err
	}
	tries, err := 0, error(ua.StatusBadUserAccessDenied)
	for errors.Is(err, ua.StatusBadUserAccessDenied) && tries < 50 {
		tries++
		err = try(fmt.Sprint("guess ", tries))
	}
	if !errors.Is(err, ua.StatusBadTCPServerTooBusy) {
		t.Errorf("try %d: %v", tries, err)
	}
	for n := range 10 { // so many that the wait outlasts the test
		p.options.Guard.Wrong(netip.MustParseAddr("127.0.0.1"), fmt.Sprint("another ", n), time.Now())
	}
	if err := try("secret"); !errors.Is(err, ua.StatusBadTCPServerTooBusy) {
		t.Errorf("a right password is told from a wrong one: %v", err)
	}
	p.connect(p.securely(a, p.asNobody(withAll))...)
}

func TestAUserLogsInWithACertificate(t *testing.T) {
	p := newPlant(t, nil)
	a, u := applications()["client"], applications()["operator"]
	p.trust(a)
	login := p.asCertificate(u, u)
	if _, err := p.tryConnect(p.securely(a, login)...); !errors.Is(err, ua.StatusBadUserAccessDenied) {
		t.Errorf("with a certificate that nobody knows: %v", err)
	}
	p.known[Thumbprint(must(parseCertificate(u.der)))] = protocol.Grant{Access: protocol.Operator}
	c := p.connect(p.securely(a, login)...)
	if got := writeOne(t, c, "gate.open", true); got != ua.StatusOK {
		t.Errorf("a write: %v", got)
	}
	stolen := p.asCertificate(u, a)
	if _, err := p.tryConnect(p.securely(a, stolen)...); !errors.Is(err, ua.StatusBadUserSignatureInvalid) {
		t.Errorf("with a certificate but not its key: %v", err)
	}
}

func TestAnApplicationIsLetInOnceItsCertificateIsTrusted(t *testing.T) {
	p := newPlant(t, nil)
	a := applications()["stranger"]
	opts := p.securely(a, p.asNobody(withAll))
	if _, err := p.tryConnect(opts...); err == nil {
		t.Fatal("a stranger was let in")
	}
	files := must(filepath.Glob(filepath.Join(p.options.Folder, "rejected", "stranger-*.der")))
	if len(files) != 1 {
		t.Fatalf("rejected: %v", files)
	}
	if err := os.Rename(files[0], filepath.Join(p.options.Folder, "trusted", filepath.Base(files[0]))); err != nil {
		t.Fatal(err)
	}
	c := p.connect(opts...)
	if got := writeOne(t, c, "gate.open", true); got != ua.StatusBadUserAccessDenied {
		t.Errorf("a guest's write: %v", got)
	}
}

func TestWithoutSecurityOneOnlyLooksAtTheEndpoints(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.AllowNone = false })
	ends := must(client.GetEndpoints(t.Context(), p.server.URL()))
	if own := must(os.ReadFile(filepath.Join(p.options.Folder, ownFile))); !bytes.Equal(p.server.Certificate(), own) ||
		!bytes.Equal(ends[0].ServerCertificate, own) {
		t.Error("the certificate is not the one in the folder")
	}
	if len(ends) != 1 || ends[0].SecurityMode != ua.MessageSecurityModeSignAndEncrypt || ends[0].SecurityPolicyURI != policyBasic {
		t.Errorf("endpoints: %v", ends)
	}
	if _, err := p.tryConnect(append(p.plainly(), client.AuthAnonymous())...); !errors.Is(err, ua.StatusBadSecurityPolicyRejected) {
		t.Errorf("a session without security: %v", err)
	}
}

func TestTheCertificateIsMadeOnceAndFitsTheApplication(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	c := must(openCertificates(dir, "", "line 1", "plc.example", now))
	if c.uri != "urn:plc.example:line-1" || c.own.DNSNames[0] != "plc.example" {
		t.Errorf("made for %q, %v", c.uri, c.own.DNSNames)
	}
	if info := must(os.Stat(filepath.Join(dir, keyFile))); info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v", info.Mode())
	}
	again := must(openCertificates(dir, "", "line 2", "other.example", now))
	if !again.own.Equal(c.own) || again.uri != c.uri {
		t.Error("the second start made another one")
	}
	if _, err := openCertificates(dir, "urn:another", "line 1", "plc.example", now); err == nil {
		t.Error("a certificate of another application was taken")
	}
	if _, err := openCertificates(dir, "", "line 1", "plc.example", now.AddDate(validYears+1, 0, 0)); err == nil {
		t.Error("an expired certificate was taken")
	}
}

func TestAnonymousUsersAreNoLongerLetInOnceThatIsChanged(t *testing.T) {
	p := newPlant(t, nil)
	anonymous := append(p.plainly(), p.asNobody(withNone))
	p.connect(anonymous...)
	if p.server.Sessions() != 1 {
		t.Fatalf("%d sessions, want 1", p.server.Sessions())
	}
	p.server.SetAnonymous(false)
	if p.server.Sessions() != 1 {
		t.Error("the session ended before Reauthorise")
	}
	p.server.Reauthorise()
	if p.server.Sessions() != 0 {
		t.Error("the session goes on")
	}
	if _, err := p.tryConnect(anonymous...); !errors.Is(err, ua.StatusBadIdentityTokenRejected) {
		t.Errorf("another one: %v", err)
	}
	p.server.SetAnonymous(true)
	p.connect(anonymous...)
}

func TestUsersChangeWithoutAnyConnectionDropped(t *testing.T) {
	p := newPlant(t, nil)
	op := p.operator()
	eng := p.connect(append(p.plainly(), p.asUser(withNone, "eng", "machine"))...)
	p.mu.Lock()
	p.users["op"] = user{"secret", protocol.Grant{Access: protocol.ReadOnly}}
	delete(p.users, "eng")
	p.mu.Unlock()
	p.server.Reauthorise()
	if got := writeOne(t, op, "gate.open", true); got != ua.StatusBadUserAccessDenied {
		t.Errorf("a write by one who may only read now: %v", got)
	}
	if _, err := eng.Read(t.Context(), &ua.ReadRequest{NodesToRead: []*ua.ReadValueID{{NodeID: register("total"), AttributeID: ua.AttributeIDValue, DataEncoding: new(ua.QualifiedName)}}}); !errors.Is(err, ua.StatusBadSessionIDInvalid) {
		t.Errorf("a read by one who is gone: %v", err)
	}
	if p.server.Sessions() != 1 {
		t.Errorf("%d sessions, want 1", p.server.Sessions())
	}
	// Those that looked at the endpoints are gone in a moment; these two are not.
	eventually(t, "two connections are left", func() bool { return p.server.Clients() == 2 })
	if v := readOne(t, op, register("total"), ua.AttributeIDValue); v.Status != ua.StatusOK {
		t.Errorf("the one who may still read: %v", v.Status)
	}
}
