package opcua

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
)

// session of a client (Part 4, 5.7). All but grant is of the server's mutex.
type session struct {
	id, token *ua.NodeID
	name      string
	// conn has the secure channel that the session is bound to; nil after its end, until
	// the client activates the session on another one.
	conn *conn
	// application is the client's certificate, nil without security, and uri its name.
	application *x509.Certificate
	uri         string
	// nonce that the client's next signature must be about.
	nonce []byte
	// timeout without a request; wanted is what it is once the session is active.
	timeout, wanted time.Duration
	seen            time.Time
	active          bool
	who             Credentials
	grant           atomic.Pointer[protocol.Grant]

	subs    []*subscription
	publish []publishRequest
	notes   []note
	points  []*continuation
	last    uint64 // continuation point
	queued  int    // places in the queues of all items
}

const (
	shortestSession = 5 * time.Second
	// newSession is how long a session may wait to be activated.
	newSession = 10 * time.Second
	mostName   = 200
)

func (s *Server) createSession(x *exchange, req *ua.CreateSessionRequest) (ua.Response, ua.StatusCode) {
	ch := &x.conn.channel
	if ch.policy == policyNone && !s.o.AllowNone {
		return nil, ua.StatusBadSecurityPolicyRejected
	}
	ss := &session{
		id: ua.NewGUIDNodeID(1, newGUID()), token: ua.NewByteStringNodeID(0, newNonce()), name: req.SessionName,
		application: ch.client, uri: req.ClientDescription.ApplicationURI,
		nonce: newNonce(), timeout: newSession, seen: x.now,
		wanted: milliseconds(req.RequestedSessionTimeout, shortestSession, s.limits.Session),
	}
	if len(ss.name) > mostName || len(ss.uri) > mostURL {
		return nil, ua.StatusBadInvalidArgument
	}
	resp := &ua.CreateSessionResponse{
		SessionID: ss.id, AuthenticationToken: ss.token, ServerNonce: ss.nonce, ServerCertificate: s.pki.own.Raw,
		ServerEndpoints: s.endpoints(s.reach(req.EndpointURL)),
		ServerSignature: new(ua.SignatureData), MaxRequestMessageSize: uint32(s.limits.Message),
	}
	if ch.client != nil {
		switch {
		case !bytes.HasPrefix(req.ClientCertificate, ch.client.Raw):
			return nil, ua.StatusBadCertificateInvalid
		case !applicationURI(ch.client, ss.uri):
			return nil, ua.StatusBadCertificateURIInvalid
		case len(req.ClientNonce) < nonceLength:
			return nil, ua.StatusBadNonceInvalid
		}
		keys, err := s.keysOf(ch.client)
		if err != nil {
			return nil, ua.StatusBadCertificateInvalid
		}
		signature, err := keys.Signature(slices.Concat(req.ClientCertificate, req.ClientNonce))
		if err != nil {
			return nil, ua.StatusBadInternalError
		}
		resp.ServerSignature = &ua.SignatureData{Algorithm: keys.SignatureURI(), Signature: signature}
	}
	resp.RevisedSessionTimeout = float64(ss.wanted) / float64(time.Millisecond)

	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= s.limits.Sessions && !s.dropInactive(x.now) {
		return nil, ua.StatusBadTooManySessions
	}
	s.sessions[ss.token.String()] = ss
	s.bind(ss, x.conn, x.now)
	return resp, ua.StatusOK
}

// dropInactive removes the session that has waited longest to be activated, so that those
// who cannot log in keep nobody out.
func (s *Server) dropInactive(now time.Time) bool {
	var victim *session
	for _, ss := range s.sessions {
		if !ss.active && (victim == nil || ss.seen.Before(victim.seen)) {
			victim = ss
		}
	}
	if victim == nil {
		return false
	}
	s.closeSession(victim, true, now)
	return true
}

// keysOf is the asymmetric cryptography between this server and a certificate.
func (s *Server) keysOf(c *x509.Certificate) (*uapolicy.EncryptionAlgorithm, error) {
	key, _ := publicKey(c)
	return uapolicy.Asymmetric(policyBasic, s.pki.key, key)
}

// session finds the session of a request: active, and on this connection.
func (s *Server) session(x *exchange) (*session, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ss := s.sessions[x.header.AuthenticationToken.String()]
	switch {
	case ss == nil:
		return nil, ua.StatusBadSessionIDInvalid
	case ss.conn != x.conn:
		return nil, ua.StatusBadSecureChannelIDInvalid
	case !ss.active:
		return nil, ua.StatusBadSessionNotActivated
	}
	ss.seen = x.now
	return ss, ua.StatusOK
}

func (s *Server) activateSession(x *exchange, req *ua.ActivateSessionRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	ss := s.sessions[x.header.AuthenticationToken.String()]
	status := s.mayActivate(ss, x.conn)
	var nonce []byte
	if status == ua.StatusOK {
		nonce = ss.nonce
	}
	s.mu.Unlock()
	if status != ua.StatusOK {
		return nil, status
	}
	if client := x.conn.channel.client; client != nil && !s.signed(client, nonce, req.ClientSignature) {
		x.conn.failures++
		return nil, ua.StatusBadApplicationSignatureInvalid
	}
	// This takes its time, so the mutex is free meanwhile.
	who, status := s.identify(x, nonce, req)
	var grant protocol.Grant
	if status == ua.StatusOK {
		grant, status = s.judge(x, who)
	}
	if status != ua.StatusOK {
		x.conn.failures++
		s.log.Warn("log-in failed", "client", x.conn.tcp.RemoteAddr(), "user", who.user(), "status", status)
		return nil, status
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[ss.token.String()] != ss || !bytes.Equal(ss.nonce, nonce) {
		return nil, ua.StatusBadSessionClosed
	}
	if status := s.mayActivate(ss, x.conn); status != ua.StatusOK {
		return nil, status
	}
	if ss.active && ss.conn != x.conn && !ss.who.same(&who) {
		return nil, ua.StatusBadIdentityChangeNotSupported
	}
	s.log.Info("session active", "client", x.conn.tcp.RemoteAddr(), "session", ss.name, "user", who.user(), "grant", grant.Name)
	ss.nonce, ss.who, ss.active, ss.timeout, ss.seen = newNonce(), who, true, ss.wanted, x.now
	ss.grant.Store(&grant)
	s.bind(ss, x.conn, x.now)
	x.conn.large.Store(true)
	return &ua.ActivateSessionResponse{ServerNonce: ss.nonce, Results: []ua.StatusCode{}}, ua.StatusOK
}

// judge says what a user may do. Where too many wrong passwords came from his address,
// his own is not looked at for a while.
func (s *Server) judge(x *exchange, who Credentials) (protocol.Grant, ua.StatusCode) {
	from := guard.From(x.conn.tcp.RemoteAddr().String())
	if who.Password != "" && s.o.Guard.Wait(from, x.now) > 0 {
		return protocol.Grant{}, ua.StatusBadTCPServerTooBusy
	}
	grant, ok := s.o.Authorise(who)
	switch {
	case ok:
		return grant, ua.StatusOK
	case who.Password != "":
		s.o.Guard.Wrong(from, who.Name+"\x00"+who.Password, x.now)
	}
	return protocol.Grant{}, ua.StatusBadUserAccessDenied
}

// mayActivate says whether a session can be activated on the connection: the first time
// where it was created, later where the same application has connected again.
func (s *Server) mayActivate(ss *session, c *conn) ua.StatusCode {
	switch {
	case ss == nil:
		return ua.StatusBadSessionIDInvalid
	case ss.conn == c:
		return ua.StatusOK
	case !ss.active, (ss.application == nil) != (c.channel.client == nil):
		return ua.StatusBadSecureChannelIDInvalid
	case ss.application != nil && !ss.application.Equal(c.channel.client):
		return ua.StatusBadSecureChannelIDInvalid
	}
	return ua.StatusOK
}

// signed reports whether the signature shows that who made it has the certificate's key
// and was given the nonce.
func (s *Server) signed(c *x509.Certificate, nonce []byte, signature *ua.SignatureData) bool {
	keys, err := s.keysOf(c)
	return err == nil && signature.Algorithm == keys.SignatureURI() &&
		keys.VerifySignature(slices.Concat(s.pki.own.Raw, nonce), signature.Signature) == nil
}

// bind gives a session to a connection. What was to be published on the one before is
// void, as its requests can be answered only there.
func (s *Server) bind(ss *session, c *conn, now time.Time) {
	if ss.conn != c {
		s.unbind(ss, now)
		ss.conn = c
		c.sessions++
	}
}

func (s *Server) unbind(ss *session, now time.Time) {
	if ss.conn != nil {
		ss.conn.sessions--
		ss.conn.lonely = now
	}
	ss.conn, ss.publish = nil, nil
}

func (s *Server) closeSessionRequest(x *exchange, req *ua.CloseSessionRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ss := s.sessions[x.header.AuthenticationToken.String()]
	if ss == nil || ss.conn != x.conn {
		return nil, ua.StatusBadSessionIDInvalid
	}
	s.closeSession(ss, req.DeleteSubscriptions, x.now)
	return new(ua.CloseSessionResponse), ua.StatusOK
}

// closeSession ends a session. Subscriptions that are not deleted with it live until
// their lifetime is over, and may be transferred to another session meanwhile.
func (s *Server) closeSession(ss *session, deleteSubs bool, now time.Time) {
	for _, sub := range ss.subs {
		sub.session = nil
		if deleteSubs {
			delete(s.subs, sub.id)
		}
	}
	ss.subs = nil
	ss.answerAll(ua.StatusBadSessionClosed, now)
	s.unbind(ss, now)
	delete(s.sessions, ss.token.String())
}

// SetAnonymous changes whether clients are let in that say nothing about who they are, as
// Options.AllowAnonymous was in the beginning. Those who are in stay until Reauthorise.
func (s *Server) SetAnonymous(allow bool) { s.anonymous.Store(allow) }

// Reauthorise asks Options.Authorise again about the user of each session, after users or
// their rights have changed: a session goes on with what its user may do now, and that of a
// user who is no longer let in is closed. No connection is dropped.
func (s *Server) Reauthorise() {
	s.mu.Lock()
	var active []*session
	var users []Credentials
	for _, ss := range s.sessions {
		if ss.active {
			active, users = append(active, ss), append(users, ss.who)
		}
	}
	s.mu.Unlock()
	for i, ss := range active {
		grant, ok := s.o.Authorise(users[i])
		ok = ok && (!users[i].Anonymous || s.anonymous.Load())
		s.mu.Lock()
		switch {
		case s.sessions[ss.token.String()] != ss || !ss.who.same(&users[i]):
			// It has ended, or another user has it, about whom Authorise was just asked.
		case ok:
			ss.grant.Store(&grant)
		default:
			s.log.Warn("session closed: its user is no longer let in", "session", ss.name, "user", ss.who.user())
			s.closeSession(ss, true, time.Now())
		}
		s.mu.Unlock()
	}
}

func (s *Server) cancel(x *exchange, req *ua.CancelRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := new(ua.CancelResponse)
	kept := x.session.publish[:0]
	for _, p := range x.session.publish {
		if p.header.RequestHandle != req.RequestHandle {
			kept = append(kept, p)
			continue
		}
		p.fault(ua.StatusBadRequestCancelledByClient, x.now)
		resp.CancelCount++
	}
	x.session.publish = kept
	return resp, ua.StatusOK
}

// milliseconds makes a duration of what a client asked for, within bounds. Not a number
// is the least.
func milliseconds(ms float64, least, most time.Duration) time.Duration {
	switch {
	case ms >= float64(most/time.Millisecond):
		return most
	case ms > float64(least)/float64(time.Millisecond):
		return time.Duration(ms * float64(time.Millisecond))
	}
	return least
}

func newGUID() string {
	const digits = "0123456789ABCDEF"
	var b [16]byte
	rand.Read(b[:]) // never fails
	text := make([]byte, 0, 32)
	for _, v := range b {
		text = append(text, digits[v>>4], digits[v&15])
	}
	return string(text)
}
