package opcua

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// opening is an OpenSecureChannel request that was let in, and what its answer needs.
type opening struct {
	request uint32
	req     *ua.OpenSecureChannelRequest
	policy  string
	// client is the certificate of the client's application, and keys belong to it and
	// ours; nil without security.
	client *x509.Certificate
	keys   *uapolicy.EncryptionAlgorithm
}

// readOpening reads an OPN chunk: unseals it, and decides whether the client's
// application is trusted. Nothing of the channel changes unless it is.
func (s *Server) readOpening(ch *channel, chunk []byte, now time.Time) (*opening, error) {
	w := walker{b: chunk[min(chunkHeader, len(chunk)):]}
	o := &opening{policy: string(w.skip(w.length()))}
	sender := w.skip(w.length())
	receiver := w.skip(w.length())
	switch {
	case w.bad || len(w.b) > mostOpening || len(w.b) < sequenceHeader:
		return nil, faultf(ua.StatusBadDecodingError, "an OpenSecureChannel that cannot be read")
	case o.policy != policyNone && o.policy != policyBasic:
		return nil, faultf(ua.StatusBadSecurityPolicyRejected, "a security policy that this server does not have; it has Basic256Sha256")
	case ch.started && o.policy != ch.policy:
		return nil, faultf(ua.StatusBadSecurityPolicyRejected, "a renewal with another security policy")
	}
	plain := w.b
	if o.policy == policyBasic {
		var err error
		if plain, err = s.unsealOpening(o, chunk, len(chunk)-len(w.b), sender, receiver, now); err != nil {
			return nil, err
		}
		if ch.started && !o.client.Equal(ch.client) {
			return nil, faultf(ua.StatusBadSecurityChecksFailed, "a renewal with another certificate")
		}
	}
	request, body, err := ch.sequence(plain)
	if err != nil {
		return nil, err
	}
	o.request = request
	return o, o.read(body, ch.started)
}

// unsealOpening checks the certificates and unseals the chunk, whose header has the given
// length.
func (s *Server) unsealOpening(o *opening, chunk []byte, header int, sender, receiver []byte, now time.Time) ([]byte, error) {
	own := sha1.Sum(s.pki.own.Raw)
	if subtle.ConstantTimeCompare(own[:], receiver) != 1 {
		return nil, faultf(ua.StatusBadCertificateInvalid, "a message for another certificate than this server's")
	}
	var err error
	if o.client, err = parseCertificate(sender); err != nil {
		return nil, faultf(ua.StatusBadCertificateInvalid, "the client's certificate cannot be read")
	}
	if err := usable(o.client, now); err != nil {
		return nil, faultf(ua.StatusBadCertificateInvalid, "the client's certificate: %v", err)
	}
	key, _ := publicKey(o.client)
	if o.keys, err = uapolicy.Asymmetric(policyBasic, s.pki.key, key); err != nil {
		return nil, faultf(ua.StatusBadCertificateInvalid, "the client's certificate: %v", err)
	}
	plain, err := unseal(o.keys, chunk, header, s.pki.key.Size() > 256)
	if err != nil {
		return nil, faultf(ua.StatusBadSecurityChecksFailed, "an OpenSecureChannel that does not verify")
	}
	// Only now is it known that the certificate is the client's own.
	return plain, s.trust(o.client)
}

// trust says whether an application may connect, and keeps the certificate of one that
// may not where a person can move it to the trusted ones.
func (s *Server) trust(c *x509.Certificate) error {
	ok, err := s.pki.trusts(c)
	if ok {
		return nil
	}
	if err != nil {
		s.log.Error("trusted certificates cannot be read", "error", err)
	} else if path, err := s.pki.reject(c); err != nil {
		s.log.Warn("certificate not trusted, and not kept", "subject", c.Subject, "thumbprint", Thumbprint(c), "error", err)
	} else {
		s.log.Warn("certificate not trusted; move it to trusted/ to let this client in", "subject", c.Subject, "file", path)
	}
	return faultf(ua.StatusBadSecurityChecksFailed, "the client's certificate is not trusted here")
}

// read looks at the request itself.
func (o *opening) read(body []byte, renewal bool) error {
	var kind ua.ExpandedNodeID
	o.req = new(ua.OpenSecureChannelRequest)
	body, ok := decode(body, &kind)
	if !ok || kind.NodeID.IntID() != id.OpenSecureChannelRequest_Encoding_DefaultBinary {
		return faultf(ua.StatusBadDecodingError, "an OpenSecureChannel that cannot be read")
	}
	mode := ua.MessageSecurityModeNone
	if o.policy == policyBasic {
		mode = ua.MessageSecurityModeSignAndEncrypt
	}
	_, ok = decode(body, o.req)
	switch {
	case !ok:
		return faultf(ua.StatusBadDecodingError, "an OpenSecureChannel that cannot be read")
	case o.req.SecurityMode != mode:
		return faultf(ua.StatusBadSecurityModeRejected, "security mode %v; this server has Basic256Sha256 with SignAndEncrypt", o.req.SecurityMode)
	case (o.req.RequestType == ua.SecurityTokenRequestTypeRenew) != renewal:
		return faultf(ua.StatusBadRequestTypeInvalid, "a channel is issued once on a connection, and then renewed")
	case o.policy == policyBasic && len(o.req.ClientNonce) != nonceLength:
		return faultf(ua.StatusBadNonceInvalid, "a nonce of %d bytes; it must have %d", len(o.req.ClientNonce), nonceLength)
	}
	return nil
}

// issue gives the channel a new token and returns the answer. The old token stays good
// until it ends, and is the one that answers use until the client has used the new one.
func (ch *channel) issue(o *opening, now time.Time) (*ua.OpenSecureChannelResponse, error) {
	life := time.Duration(o.req.RequestedLifetime) * time.Millisecond
	if life == 0 {
		life = longestToken
	}
	life = min(max(life, shortestToken), longestToken)
	nonce := []byte(nil)
	// A token is good for a quarter longer than it says (Part 4, 5.5.2), so that
	// a message may be late.
	t := &token{id: ch.lastToken + 1, ends: now.Add(life + life/4)}
	if o.policy == policyBasic {
		nonce = newNonce()
		var err error
		if t.keys, err = uapolicy.Symmetric(o.policy, nonce, o.req.ClientNonce); err != nil {
			return nil, faultf(ua.StatusBadSecurityChecksFailed, "%v", err)
		}
	}
	if !ch.started {
		ch.id, ch.policy, ch.client, ch.started = randomUint32()|1, o.policy, o.client, true
		ch.sending.Store(t)
	}
	ch.lastToken, ch.previous, ch.current = t.id, ch.current, t
	return &ua.OpenSecureChannelResponse{
		ResponseHeader: responseHeader(o.req.RequestHeader, ua.StatusOK, now),
		SecurityToken: &ua.ChannelSecurityToken{
			ChannelID: ch.id, TokenID: t.id, CreatedAt: now, RevisedLifetime: uint32(life / time.Millisecond),
		},
		ServerNonce: nonce,
	}, nil
}

// appendOpening makes the OPN chunk around the answer to an opening.
func (ch *channel) appendOpening(dst []byte, o *opening, own *x509.Certificate, body []byte) ([]byte, error) {
	chunk := append([]byte(nil), "OPNF\x00\x00\x00\x00"...)
	chunk = binary.LittleEndian.AppendUint32(chunk, ch.id)
	chunk = appendBytes(chunk, []byte(o.policy))
	if o.client == nil {
		chunk = appendBytes(appendBytes(chunk, nil), nil)
	} else {
		sum := sha1.Sum(o.client.Raw)
		chunk = appendBytes(appendBytes(chunk, own.Raw), sum[:])
	}
	header := len(chunk)
	chunk = binary.LittleEndian.AppendUint32(chunk, ch.nextSent())
	chunk = binary.LittleEndian.AppendUint32(chunk, o.request)
	chunk = append(chunk, body...)
	binary.LittleEndian.PutUint32(chunk[4:], uint32(len(chunk)))
	if o.keys != nil {
		var err error
		if chunk, err = seal(o.keys, chunk, header); err != nil {
			return nil, err
		}
	}
	return append(dst, chunk...), nil
}

func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return binary.LittleEndian.AppendUint32(dst, 0xffffffff)
	}
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(b))), b...)
}

func randomUint32() uint32 {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint32(b[:])
}

func newNonce() []byte {
	b := make([]byte, nonceLength)
	rand.Read(b) // never fails
	return b
}
