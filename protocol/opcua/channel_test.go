package opcua

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	client "github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// ends of a secure channel: the server's, and what the client seals with.
type ends struct {
	t        *testing.T
	channel  channel
	sequence uint32
	keys     map[uint32]*uapolicy.EncryptionAlgorithm // the client's, by token
}

// renew issues a token, the first or another, and returns its id.
func (e *ends) renew(now time.Time) uint32 {
	e.t.Helper()
	nonce := newNonce()
	o := &opening{policy: policyBasic, req: &ua.OpenSecureChannelRequest{RequestHeader: new(ua.RequestHeader), ClientNonce: nonce, RequestedLifetime: 60_000}}
	resp, err := e.channel.issue(o, now)
	if err != nil {
		e.t.Fatal(err)
	}
	if e.keys == nil {
		e.keys = make(map[uint32]*uapolicy.EncryptionAlgorithm)
	}
	e.keys[resp.SecurityToken.TokenID] = must(uapolicy.Symmetric(policyBasic, nonce, resp.ServerNonce))
	return resp.SecurityToken.TokenID
}

// seal a chunk as the client does.
func (e *ends) seal(token uint32, body []byte) []byte {
	e.sequence++
	chunk := []byte("MSGF\x00\x00\x00\x00")
	for _, n := range []uint32{e.channel.id, token, e.sequence, 1} {
		chunk = binary.LittleEndian.AppendUint32(chunk, n)
	}
	return must(seal(e.keys[token], append(chunk, body...), chunkHeader+tokenHeader))
}

func TestEveryBitOfAMessageIsProtected(t *testing.T) {
	e := &ends{t: t}
	token := e.renew(lineStart)
	body := bytes.Repeat([]byte("0123456789abcdef"), 8)
	chunk := e.seal(token, body)
	// The type and the size are the reader's to look at.
	for i := 3; i < len(chunk); i++ {
		if i >= 4 && i < 8 {
			continue
		}
		changed := slices.Clone(chunk)
		changed[i] ^= 0x10
		if _, _, err := e.channel.open(changed, lineStart); err == nil {
			t.Fatalf("byte %d of %d may be changed", i, len(chunk))
		}
	}
	for n := range len(chunk) {
		if _, _, err := e.channel.open(chunk[:n], lineStart); err == nil {
			t.Fatalf("%d of %d bytes are enough", n, len(chunk))
		}
	}
	request, got, err := e.channel.open(chunk, lineStart)
	if err != nil || request != 1 || !bytes.Equal(got, body) {
		t.Errorf("the message itself: %d %q %v", request, got, err)
	}
	if _, _, err := e.channel.open(chunk, lineStart); err == nil {
		t.Error("it is taken twice")
	}
}

func TestMessagesOfEveryLengthComeThrough(t *testing.T) {
	e := &ends{t: t}
	token := e.renew(lineStart)
	for n := range 100 {
		if _, got, err := e.channel.open(e.seal(token, make([]byte, n)), lineStart); err != nil || len(got) != n {
			t.Fatalf("%d bytes: %d, %v", n, len(got), err)
		}
	}
	for size := leastBuffer; size < leastBuffer+64; size++ {
		s := e.channel.sending.Load()
		if chunk := must(e.channel.appendChunk(nil, s, 'F', 1, make([]byte, s.mostBody(size)))); len(chunk) > size || len(chunk) < size-32 {
			t.Errorf("the fullest chunk of at most %d bytes has %d", size, len(chunk))
		}
	}
}

func TestARenewedTokenIsUsedOnceTheClientHasIt(t *testing.T) {
	e := &ends{t: t}
	old := e.renew(lineStart)
	young := e.renew(lineStart.Add(50 * time.Second))
	if old == young {
		t.Fatal("both have one number")
	}
	open := func(token uint32, at time.Duration) ua.StatusCode {
		_, _, err := e.channel.open(e.seal(token, nil), lineStart.Add(at))
		f := new(fault)
		if errors.As(err, &f) {
			e.sequence--
		}
		return f.status
	}
	if got := open(old, 51*time.Second); got != 0 || e.channel.sending.Load().id != old {
		t.Errorf("a message on its way with the old one: %v; answers use %d", got, e.channel.sending.Load().id)
	}
	if got := open(young, 52*time.Second); got != 0 || e.channel.sending.Load().id != young {
		t.Errorf("the first with the new one: %v; answers use %d", got, e.channel.sending.Load().id)
	}
	// 60 s and a quarter.
	if got := open(old, 74*time.Second); got != 0 || e.channel.sending.Load().id != young {
		t.Errorf("a late one with the old: %v", got)
	}
	if got := open(old, 76*time.Second); got != ua.StatusBadSecureChannelTokenUnknown {
		t.Errorf("one with the old after its end: %v", got)
	}
	if got := open(young, 126*time.Second); got != ua.StatusBadSecureChannelTokenUnknown {
		t.Errorf("one with the new after its end: %v", got)
	}
}

func TestSequenceNumbersBeginAnewAfterTheLast(t *testing.T) {
	e := &ends{t: t}
	token := e.renew(lineStart)
	for _, c := range []struct {
		after, number uint32
		ok            bool
	}{
		{5, 6, true}, {5, 5, false}, {5, 4, false}, {5, 7, false}, {5, 1, false},
		{1<<32 - 1024, 1, true}, {1<<32 - 1, 1023, true}, {1<<32 - 1, 1024, false}, {1<<32 - 1025, 1, false}, {1<<32 - 1024, 1<<32 - 1023, true},
	} {
		e.channel.received, e.sequence = c.after, c.number-1
		if _, _, err := e.channel.open(e.seal(token, nil), lineStart); (err == nil) != c.ok {
			t.Errorf("%d after %d: %v", c.number, c.after, err)
		}
	}
	// What this side sends is what it would take.
	e.channel.sent = 1<<32 - 1030
	for range 20 {
		e.channel.received = e.channel.sent
		head := binary.LittleEndian.AppendUint32(nil, e.channel.nextSent())
		if _, _, err := e.channel.sequence(append(head, 0, 0, 0, 0)); err != nil {
			t.Error(err)
		}
	}
	if e.channel.sent > 20 {
		t.Errorf("sent number %d", e.channel.sent)
	}
}

func TestAnOutboxHoldsBackWhoAsksTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOutbox()
		go func() {
			for range mostWaiting + 2 {
				b.put(answer{})
			}
			b.end()
		}()
		for i := range mostWaiting + 2 {
			synctest.Wait() // until the other one can do no more
			if want := min(mostWaiting, mostWaiting+2-i); len(b.waiting) != want || b.room() {
				t.Errorf("%d wait, want %d", len(b.waiting), want)
			}
			if _, ok := b.take(); !ok {
				t.Fatal("what came before the end is lost")
			}
		}
		if _, ok := b.take(); ok {
			t.Error("something comes after the end")
		}
	})
}

func TestAPasswordCountsOnce(t *testing.T) {
	d := newDesk(t, Limits{})
	nonce := newNonce()
	encrypt := func(length int, text string, nonce []byte) *ua.UserNameIdentityToken {
		keys := must(uapolicy.Asymmetric(policyBasic, nil, &d.server.pki.key.PublicKey))
		secret := append(binary.LittleEndian.AppendUint32(nil, uint32(length)), text...)
		return &ua.UserNameIdentityToken{EncryptionAlgorithm: keys.EncryptionURI(), Password: must(keys.Encrypt(append(secret, nonce...)))}
	}
	if got, ok := d.server.password(encrypt(6+32, "secret", nonce), nonce); !ok || got != "secret" {
		t.Errorf("the password is %q, %v", got, ok)
	}
	for name, token := range map[string]*ua.UserNameIdentityToken{
		"of another session": encrypt(6+32, "secret", newNonce()), "too long": encrypt(7+32, "secret", nonce), "too short": encrypt(31, "secret", nonce),
		"huge": encrypt(1<<32-1, "secret", nonce), "empty": encrypt(0, "", nil), "garbage": {EncryptionAlgorithm: encrypt(0, "", nil).EncryptionAlgorithm, Password: make([]byte, 256)},
	} {
		if got, ok := d.server.password(token, nonce); ok {
			t.Errorf("one that is %s gives %q", name, got)
		}
	}
}

func TestASessionBelongsToTheApplicationOfTheCertificate(t *testing.T) {
	p := newPlant(t, nil)
	a := applications()["client"]
	p.trust(a)
	other := a
	other.uri = "urn:test:other"
	if _, err := p.tryConnect(p.securely(other, p.asNobody(withAll))...); !errors.Is(err, ua.StatusBadCertificateURIInvalid) {
		t.Errorf("under another name: %v", err)
	}
	// On a secure channel, a session that is activated without a signature, as by
	// somebody who only knows its token.
	sc := p.secureChannel(t.Context())
	var token *ua.NodeID
	err := sc.SendRequest(t.Context(), &ua.CreateSessionRequest{
		ClientDescription: &ua.ApplicationDescription{ApplicationURI: a.uri, ApplicationName: ua.NewLocalizedText("x")},
		ClientNonce:       newNonce(), ClientCertificate: a.der, RequestedSessionTimeout: 60_000,
	}, nil, func(r ua.Response) error { token = r.(*ua.CreateSessionResponse).AuthenticationToken; return nil })
	if err != nil {
		t.Fatal(err)
	}
	err = sc.SendRequest(t.Context(), &ua.ActivateSessionRequest{
		ClientSignature: new(ua.SignatureData), UserIdentityToken: ua.NewExtensionObject(&ua.AnonymousIdentityToken{}), UserTokenSignature: new(ua.SignatureData),
	}, token, func(ua.Response) error { return nil })
	if !errors.Is(err, ua.StatusBadApplicationSignatureInvalid) {
		t.Errorf("without a signature: %v", err)
	}
	if _, err := p.tryConnect(p.securely(a, both(p.asNobody(withAll), client.SessionName("named")))...); err != nil {
		t.Errorf("with all that belongs to it: %v", err)
	}
}
