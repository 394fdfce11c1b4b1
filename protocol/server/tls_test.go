package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// authority signs certificates for a test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "plant"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.cert, a.key = template, newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certificate is one for the subject, and for 127.0.0.1.
func (a *authority) certificate(subject string) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: subject}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// server is the configuration of a server that takes a certificate but needs none.
func (a *authority) server() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.certificate("server")}, ClientCAs: a.pool(), ClientAuth: tls.VerifyClientCertIfGiven}
}

// dial connects with TLS, with a certificate of the subject unless it is "".
func (a *authority) dial(s *Server, subject string) (*tls.Conn, error) {
	config := &tls.Config{RootCAs: a.pool()}
	if subject != "" {
		config.Certificates = []tls.Certificate{a.certificate(subject)}
	}
	c, err := tls.Dial("tcp", s.Addr().String(), config)
	if err == nil {
		a.t.Cleanup(func() { c.Close() })
		err = c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return c, err
}

func TestACertificateDecidesWhatItsOwnerMayDo(t *testing.T) {
	b, outs := testBank(t, 1)
	outs[0].SetUint(1, 9)
	a := newAuthority(t)
	s := serve(t, b, Options{TLS: a.server(), Authorise: func(c wire.Credentials) (protocol.Grant, bool) {
		return protocol.Grant{Name: "by certificate"}, c.Certificate == "panel 3"
	}})
	c, err := a.dial(s, "panel 3")
	if err != nil {
		t.Fatal(err)
	}
	greet(t, c)
	send(t, c, []byte{0x12, 1, 0, 0, 0})
	expect(t, c, 0x12, 1, 0, 9, 0)
	if i := s.Clients()[0]; i.Certificate != "panel 3" || i.Role != "by certificate" {
		t.Errorf("%+v", i)
	}
	stranger, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	send(t, stranger, hello("", ""))
	if err := ended(t, stranger, wire.NewClient(wire.ClientConfig{})); !errors.Is(err, protocol.NotAuthorised) {
		t.Errorf("without a certificate: %v", err)
	}
}

func TestACertificateOfAnotherAuthorityIsRefused(t *testing.T) {
	b, _ := testBank(t, 1)
	a, other := newAuthority(t), newAuthority(t)
	s := serve(t, b, Options{TLS: a.server()})
	config := &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{other.certificate("panel 3")}}
	// A client with a certificate that the server cannot verify would not send it, unless told to.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &config.Certificates[0], nil }
	c, err := tls.Dial("tcp", s.Addr().String(), config)
	if err == nil {
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = c.Read(make([]byte, 1))
	}
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}

func TestAHandshakeThatDoesNotEndHoldsUpNobodyAndIsGivenUp(t *testing.T) {
	b, _ := testBank(t, 1)
	a := newAuthority(t)
	s := serve(t, b, Options{TLS: a.server(), Half: 300 * time.Millisecond})
	var silent []net.Conn
	for range 20 {
		silent = append(silent, dial(t, s))
	}
	c, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	greet(t, c)
	for _, quiet := range silent {
		if b, err := io.ReadAll(quiet); len(b) > 0 || err != nil {
			t.Errorf("got % x, %v", b, err)
		}
	}
	for s.Stats().Dropped < 20 {
		expectPing(t, c)
	}
	if st := s.Stats(); st.Clients != 1 || st.Ended != 20 {
		t.Errorf("%+v", st)
	}
}

func TestAPeerWithoutTLSIsClosed(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{TLS: newAuthority(t).server()})
	c := dial(t, s)
	send(t, c, hello("", ""))
	if b, err := io.ReadAll(c); err == nil && len(b) > 100 {
		t.Errorf("it is served: % x", b)
	}
}

func TestALargeExchangeAndPushesGoThroughTLS(t *testing.T) {
	b, outs := testBank(t, 2000)
	for _, o := range outs {
		o.SetUint(1, 3)
	}
	a := newAuthority(t)
	s := serve(t, b, Options{TLS: a.server(), Poll: time.Millisecond})
	c, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	greet(t, c)
	const requests = 500
	go func() { _, _ = c.Write(blocks(requests, 2000)) }()
	if n, err := io.CopyN(io.Discard, c, requests*(6+2*2000)); err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
	send(t, c, watchAll(6))
	expect(t, c, 0x01, 9, 0)
	if p := readPush(t, c); len(p) != 1+6*3 {
		t.Errorf("the first push is % x", p)
	}
	outs[5].SetUint(1, 77)
	if p := readPush(t, c); string(p) != "\x00\x42\x05\x4d\x00" {
		t.Errorf("the second push is % x", p)
	}
}

// readPush reads a push of watch 9 and returns its payload.
func readPush(t testing.TB, c net.Conn) []byte {
	t.Helper()
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil || head[0] != 0x83 || head[1] != 9 {
		t.Fatalf("% x instead of a push, %v", head, err)
	}
	payload := make([]byte, int(head[3])+int(head[4])<<8)
	if _, err := io.ReadFull(c, payload); err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestAClientOverTLSThatDoesNotReadIsClosed(t *testing.T) {
	b, _ := testBank(t, 2000)
	a := newAuthority(t)
	s := serve(t, b, Options{TLS: a.server(), Stall: 200 * time.Millisecond})
	deaf, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	greet(t, deaf)
	other, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	greet(t, other)
	go func() { _, _ = deaf.Write(blocks(20_000, 2000)) }()
	for len(s.Clients()) > 1 {
		expectPing(t, other)
	}
}

func TestAClientOverTLSIsToldThatTheServerShutsDown(t *testing.T) {
	b, _ := testBank(t, 1)
	a := newAuthority(t)
	s := serve(t, b, Options{TLS: a.server()})
	c, err := a.dial(s, "")
	if err != nil {
		t.Fatal(err)
	}
	session := greet(t, c)
	handshaking := dial(t, s)
	closeTelling(t, s, c, session)
	if _, err := io.ReadAll(handshaking); err != nil {
		t.Error(err)
	}
}
