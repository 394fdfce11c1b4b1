package protocol

import "fmt"

// Status of a request, and of each register in it. The numbers are part of the
// wire format.
type Status uint8

// The statuses.
const (
	// OK: done; for a write: accepted by the register's writer.
	OK Status = iota
	// UnknownRegister: the bank has no register of that reference.
	UnknownRegister
	// WrongType: the value's type is not the register's.
	WrongType
	// NotWritable: the register is read only for clients.
	NotWritable
	// OutOfRange: the type cannot hold the value, or the writer does not accept it.
	OutOfRange
	// Busy: not now; the request changed nothing and may be repeated.
	Busy
	// NotAuthorised: this client may not do that.
	NotAuthorised
	// DeviceFailed: the device behind the register reported a failure.
	DeviceFailed
	// DeviceNotResponding: the device behind the register does not answer.
	DeviceNotResponding
	// Malformed: the request cannot be understood.
	Malformed
	// Limit: the request asks for more than the server gives to one client.
	Limit
	// VersionMismatch: client and server share no version of the wire format.
	VersionMismatch
	// MapDiffers: the client's register map is not the server's.
	MapDiffers
	// Differs: a compare-and-set found another value than the one named.
	Differs
)

var statusText = [...]string{
	OK:                  "ok",
	UnknownRegister:     "unknown register",
	WrongType:           "wrong type",
	NotWritable:         "register is read only",
	OutOfRange:          "value out of range",
	Busy:                "busy, try again",
	NotAuthorised:       "not authorised",
	DeviceFailed:        "device failed",
	DeviceNotResponding: "device not responding",
	Malformed:           "malformed request",
	Limit:               "limit exceeded",
	VersionMismatch:     "no common version of the wire format",
	MapDiffers:          "register map differs",
	Differs:             "the register holds another value",
}

// Valid reports whether s is one of the statuses.
func (s Status) Valid() bool { return int(s) < len(statusText) }

// String says what the status means.
func (s Status) String() string {
	if !s.Valid() {
		return fmt.Sprintf("status(%d)", uint8(s))
	}
	return statusText[s]
}

// Error makes a Status usable as an error; OK must not be used as one.
func (s Status) Error() string { return s.String() }
