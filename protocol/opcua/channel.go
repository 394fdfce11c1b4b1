package opcua

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// channel is a secure channel (Part 6, 6.7), of which a connection has one. The
// goroutine that reads owns it, except sent and the token for sending, which belong to
// the one that writes.
type channel struct {
	id     uint32
	policy string
	// client is the certificate of the client's application, nil without security.
	client *x509.Certificate
	// current is the newest token, previous the one before, which is good until it ends.
	current, previous *token
	lastToken         uint32
	received          uint32 // sequence number of the last chunk
	started           bool

	// sending is the newest token that the client has used: it surely has its keys.
	sending atomic.Pointer[token]
	sent    uint32
}

// token is a security token: keys for a time. Without security it has none.
type token struct {
	id   uint32
	keys *uapolicy.EncryptionAlgorithm
	ends time.Time
}

// fault is an error that ends a connection; the client is told the status and the reason.
type fault struct {
	status ua.StatusCode
	reason string
}

func (f *fault) Error() string { return f.reason + ": " + f.status.Error() }

func faultf(status ua.StatusCode, format string, args ...any) error {
	return &fault{status, fmt.Sprintf(format, args...)}
}

const (
	chunkHeader    = 12 // message type, chunk type, size, channel
	tokenHeader    = 4
	sequenceHeader = 8 // sequence number, request
	nonceLength    = 32
	// mostOpening is the largest part of an OpenSecureChannel message that is encrypted;
	// each block of it costs a private-key operation.
	mostOpening = 2 << 10

	shortestToken, longestToken = 10 * time.Second, time.Hour
	// wrapped is where sequence numbers may begin anew: after all but the last 1024 of
	// them, at one below 1024.
	wrapped = 1024
)

// open decrypts and verifies a MSG or CLO chunk and returns its request and body.
func (ch *channel) open(chunk []byte, now time.Time) (request uint32, body []byte, err error) {
	if !ch.started {
		return 0, nil, faultf(ua.StatusBadTCPSecureChannelUnknown, "a message before OpenSecureChannel")
	}
	if len(chunk) < chunkHeader+tokenHeader+sequenceHeader {
		return 0, nil, faultf(ua.StatusBadDecodingError, "a chunk of %d bytes", len(chunk))
	}
	if id := binary.LittleEndian.Uint32(chunk[8:]); id != ch.id {
		return 0, nil, faultf(ua.StatusBadTCPSecureChannelUnknown, "channel %d on the connection of channel %d", id, ch.id)
	}
	t, err := ch.token(binary.LittleEndian.Uint32(chunk[chunkHeader:]), now)
	if err != nil {
		return 0, nil, err
	}
	plain := chunk[chunkHeader+tokenHeader:]
	if t.keys != nil {
		if plain, err = unseal(t.keys, chunk, chunkHeader+tokenHeader, false); err != nil {
			return 0, nil, faultf(ua.StatusBadSecurityChecksFailed, "a message that does not verify")
		}
	}
	if request, body, err = ch.sequence(plain); err != nil {
		return 0, nil, err
	}
	// The client has the newest keys, so answers may use them from now on.
	if t == ch.current {
		ch.sending.Store(t)
	}
	return request, body, nil
}

func (ch *channel) token(id uint32, now time.Time) (*token, error) {
	t := ch.current
	if t.id != id && ch.previous != nil {
		t = ch.previous
	}
	if t.id != id {
		return nil, faultf(ua.StatusBadSecureChannelTokenUnknown, "token %d", id)
	}
	if now.After(t.ends) {
		return nil, faultf(ua.StatusBadSecureChannelTokenUnknown, "token %d has expired; the client should have renewed it", id)
	}
	return t, nil
}

// sequence takes the sequence header off. Each chunk has the number after that of the
// last one; so none can be repeated, left out, or moved by somebody on the way.
func (ch *channel) sequence(plain []byte) (request uint32, body []byte, err error) {
	number := binary.LittleEndian.Uint32(plain)
	next := number == ch.received+1 || number < wrapped && ch.received >= 1<<32-wrapped
	if ch.started && !next {
		return 0, nil, faultf(ua.StatusBadSequenceNumberInvalid, "sequence number %d after %d", number, ch.received)
	}
	ch.received = number
	return binary.LittleEndian.Uint32(plain[4:]), plain[sequenceHeader:], nil
}

var errUnsealed = errors.New("does not verify")

// unseal decrypts what is after the header and checks signature and padding. Each failure
// looks the same.
func unseal(keys *uapolicy.EncryptionAlgorithm, chunk []byte, header int, extra bool) ([]byte, error) {
	plain, err := keys.Decrypt(chunk[header:])
	sign, last := keys.RemoteSignatureLength(), 1
	if extra {
		last = 2
	}
	if err != nil || len(plain) < sequenceHeader+last+sign {
		return nil, errUnsealed
	}
	signed := append(append(make([]byte, 0, header+len(plain)), chunk[:header]...), plain...)
	signature := signed[len(signed)-sign:]
	signed = signed[:len(signed)-sign]
	if keys.VerifySignature(signed, signature) != nil {
		return nil, errUnsealed
	}
	signed = signed[header:]
	padding := int(signed[len(signed)-last])
	if extra {
		padding |= int(signed[len(signed)-1]) << 8
	}
	for _, b := range signed[max(0, len(signed)-last-padding) : len(signed)-last] {
		if b != byte(padding) {
			return nil, errUnsealed
		}
	}
	end := len(signed) - last - padding
	if end < sequenceHeader {
		return nil, errUnsealed
	}
	return signed[:end], nil
}

// seal signs and encrypts a chunk whose header has the given length, and writes its size
// into it.
func seal(keys *uapolicy.EncryptionAlgorithm, chunk []byte, header int) ([]byte, error) {
	extra := keys.RemoteSignatureLength() > 256
	last, block, sign := 1, keys.PlaintextBlockSize(), keys.SignatureLength()
	if extra {
		last = 2
	}
	padding := (block - (len(chunk)-header+last+sign)%block) % block
	chunk = append(chunk, bytes.Repeat([]byte{byte(padding)}, padding+1)...)
	if extra {
		chunk = append(chunk, byte(padding>>8))
	}
	size := header + (len(chunk)-header+sign)/block*keys.BlockSize()
	binary.LittleEndian.PutUint32(chunk[4:], uint32(size))
	signature, err := keys.Signature(chunk)
	if err != nil {
		return nil, err
	}
	secret, err := keys.Encrypt(append(chunk[header:len(chunk):len(chunk)], signature...))
	if err != nil {
		return nil, err
	}
	return append(chunk[:header], secret...), nil
}

// appendChunk makes a MSG chunk around a part of a message. final is 'F' or 'C'.
func (ch *channel) appendChunk(dst []byte, t *token, final byte, request uint32, body []byte) ([]byte, error) {
	chunk := make([]byte, 0, len(body)+128)
	chunk = append(chunk, 'M', 'S', 'G', final)
	chunk = binary.LittleEndian.AppendUint32(chunk, uint32(chunkHeader+tokenHeader+sequenceHeader+len(body)))
	chunk = binary.LittleEndian.AppendUint32(chunk, ch.id)
	chunk = binary.LittleEndian.AppendUint32(chunk, t.id)
	chunk = binary.LittleEndian.AppendUint32(chunk, ch.nextSent())
	chunk = binary.LittleEndian.AppendUint32(chunk, request)
	chunk = append(chunk, body...)
	if t.keys != nil {
		var err error
		if chunk, err = seal(t.keys, chunk, chunkHeader+tokenHeader); err != nil {
			return nil, err
		}
	}
	return append(dst, chunk...), nil
}

func (ch *channel) nextSent() uint32 {
	ch.sent++
	if ch.sent > 1<<32-wrapped {
		ch.sent = 1
	}
	return ch.sent
}

// mostBody is how much of a message fits a chunk of this size.
func (t *token) mostBody(chunk int) int {
	rest := chunk - chunkHeader - tokenHeader - sequenceHeader
	if t.keys == nil {
		return rest
	}
	block := t.keys.PlaintextBlockSize()
	return (chunk-chunkHeader-tokenHeader)/block*block - sequenceHeader - 1 - t.keys.SignatureLength()
}
