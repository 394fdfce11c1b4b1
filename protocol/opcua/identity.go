package opcua

import (
	"crypto/subtle"
	"encoding/binary"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// mostSecret is the largest encrypted password; each block of it costs a private-key
// operation.
const mostSecret = 2 << 10

// identify reads who the user is, and checks what proves it, except a password.
func (s *Server) identify(x *exchange, nonce []byte, req *ua.ActivateSessionRequest) (Credentials, ua.StatusCode) {
	who := Credentials{Client: x.conn.tcp.RemoteAddr(), Application: x.conn.channel.client}
	switch token := req.UserIdentityToken.Value.(type) {
	case nil, *ua.AnonymousIdentityToken:
		who.Anonymous = true
		if !s.anonymous.Load() {
			return who, ua.StatusBadIdentityTokenRejected
		}
	case *ua.UserNameIdentityToken:
		who.Name = token.UserName
		password, ok := s.password(token, nonce)
		if !ok || token.UserName == "" || token.PolicyID != policyUserName {
			return who, ua.StatusBadIdentityTokenInvalid
		}
		who.Password = password
	case *ua.X509IdentityToken:
		c, err := parseCertificate(token.CertificateData)
		if err != nil || token.PolicyID != policyCertificate || usable(c, x.now) != nil {
			return who, ua.StatusBadIdentityTokenInvalid
		}
		who.Certificate = c
		if !s.signed(c, nonce, req.UserTokenSignature) {
			return who, ua.StatusBadUserSignatureInvalid
		}
	default:
		return who, ua.StatusBadIdentityTokenInvalid
	}
	return who, ua.StatusOK
}

// password decrypts the password of a token: a length, the password, and the nonce, which
// shows that nobody repeats what he overheard. One that is not encrypted is not taken.
func (s *Server) password(token *ua.UserNameIdentityToken, nonce []byte) (string, bool) {
	keys, err := uapolicy.Asymmetric(policyBasic, s.pki.key, nil)
	if err != nil || token.EncryptionAlgorithm != keys.EncryptionURI() || len(token.Password) > mostSecret {
		return "", false
	}
	secret, err := keys.Decrypt(token.Password)
	if err != nil || len(secret) < 4 {
		return "", false
	}
	n := binary.LittleEndian.Uint32(secret)
	secret = secret[4:]
	if uint64(n) > uint64(len(secret)) || int(n) < len(nonce) {
		return "", false
	}
	password, end := secret[:int(n)-len(nonce)], secret[int(n)-len(nonce):n]
	return string(password), subtle.ConstantTimeCompare(end, nonce) == 1
}
