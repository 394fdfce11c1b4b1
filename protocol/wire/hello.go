package wire

import (
	"fmt"

	"linetwin.dev/protocol"
)

const (
	clientHelloFixed = 42 // with no token and no name
	serverHelloSize  = 48
)

// Features that a client asks for and a server grants.
const (
	// Transactions: the server takes changes, one by one and several at once.
	Transactions uint16 = 1 << iota
	// Claims: a client may be the source of registers.
	Claims
	// Clock: the server answers with the times of the line's clock.
	Clock
	// Limits: the server tells the least and the greatest value of a register.
	Limits

	allFeatures = Transactions | Claims | Clock | Limits
)

// ClientHello is the first message of a client.
type ClientHello struct {
	// Newest and Oldest version that the client speaks.
	Newest, Oldest uint8
	// Features asked for.
	Features uint16
	// Digest of the map that the client holds; zero when it holds none. With a
	// digest that is not the server's, the server ends the connection, so that no
	// request with references of another map is ever carried out.
	Digest [32]byte
	// Token that proves the client's role, or "".
	Token string
	// Name that the client gives itself, for people who look at the server; or "".
	Name string
}

// ServerHello answers it.
type ServerHello struct {
	// Version that the connection speaks from now on; when Status is not OK, the
	// newest that the server speaks. Oldest is the oldest that it speaks.
	Version, Oldest uint8
	// Features granted: of those asked for, the ones that the server has.
	Features uint16
	Digest   [32]byte
	// Status OK, or why the server closes the connection: Malformed,
	// VersionMismatch, MapDiffers, NotAuthorised, Busy.
	Status protocol.Status
	// Access that the client has to Operator registers.
	Access protocol.Access
	// Registers in the map.
	Registers uint32
	// Idle is the time in seconds after which the server closes a connection on
	// which nothing arrives; 0 for never.
	Idle uint16
}

// Append appends the hello's bytes. A token or name beyond MaxToken is cut.
func (h *ClientHello) Append(dst []byte) []byte {
	dst = append(dst, Magic...)
	dst = append(dst, h.Newest, h.Oldest)
	dst = le.AppendUint16(dst, h.Features)
	dst = append(dst, h.Digest[:]...)
	for _, s := range [...]string{h.Token, h.Name} {
		s = s[:min(len(s), MaxToken)]
		dst = append(dst, byte(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// Append appends the hello's bytes.
func (h *ServerHello) Append(dst []byte) []byte {
	dst = append(dst, Magic...)
	dst = append(dst, h.Version, h.Oldest)
	dst = le.AppendUint16(dst, h.Features)
	dst = append(dst, h.Digest[:]...)
	dst = append(dst, byte(h.Status), byte(h.Access))
	dst = le.AppendUint32(dst, h.Registers)
	return le.AppendUint16(dst, h.Idle)
}

// foreign reports whether b, perhaps incomplete, cannot be the begin of a hello.
func foreign(b []byte) bool {
	n := min(len(b), len(Magic))
	return string(b[:n]) != Magic[:n]
}

// parseClientHello reads the hello at the start of b. size is 0 while it is not
// complete.
func parseClientHello(b []byte) (h ClientHello, size int, err error) {
	if foreign(b) {
		return h, 0, &Error{protocol.Malformed, fmt.Sprintf("the first bytes are %q, not %q: this is a linetwin register server", b[:min(len(b), 4)], Magic)}
	}
	if len(b) < clientHelloFixed || len(b) < clientHelloFixed+int(b[40]) {
		return h, 0, nil
	}
	token := b[41 : 41+int(b[40])]
	rest := b[41+len(token):]
	if len(rest) < 1+int(rest[0]) {
		return h, 0, nil
	}
	name := rest[1 : 1+int(rest[0])]
	size = clientHelloFixed + len(token) + len(name)
	h = ClientHello{Newest: b[4], Oldest: b[5], Features: le.Uint16(b[6:]), Token: string(token), Name: string(name)}
	copy(h.Digest[:], b[8:])
	return h, size, nil
}

// parseServerHello is parseClientHello for the other direction.
func parseServerHello(b []byte) (h ServerHello, size int, err error) {
	if foreign(b) {
		return h, 0, &Error{protocol.Malformed, fmt.Sprintf("the peer's first bytes are %q, not %q: it is not a linetwin register server", b[:min(len(b), 4)], Magic)}
	}
	if len(b) < serverHelloSize {
		return h, 0, nil
	}
	h = ServerHello{Version: b[4], Oldest: b[5], Features: le.Uint16(b[6:]), Status: protocol.Status(b[40]),
		Access: protocol.Access(b[41]), Registers: le.Uint32(b[42:]), Idle: le.Uint16(b[46:])}
	copy(h.Digest[:], b[8:])
	if !h.Status.Valid() || !h.Access.Valid() || h.Registers > protocol.MaxRegisters {
		return h, 0, &Error{protocol.Malformed, fmt.Sprintf("the server's hello has status %d, access %d, %d registers", h.Status, h.Access, h.Registers)}
	}
	return h, serverHelloSize, nil
}

// Error is why a session ended: the status that the peer got or gave, and what
// was wrong and would be right.
type Error struct {
	Status protocol.Status
	Text   string
}

func (e *Error) Error() string { return e.Text + " (" + e.Status.String() + ")" }

// Unwrap is the status, so that errors.Is(err, protocol.MapDiffers) works.
func (e *Error) Unwrap() error { return e.Status }
