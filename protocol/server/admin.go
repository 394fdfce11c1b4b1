package server

import (
	"net/netip"
	"time"

	"linetwin.dev/protocol"
)

// ClientInfo is what the server knows of one of its clients.
type ClientInfo struct {
	// ID of the connection, never used again by this server.
	ID   uint64
	Addr netip.AddrPort
	// Name that the client gave itself, Certificate that it proved, Role that it got.
	Name, Certificate, Role string
	Access                  protocol.Access
	// Connected and Heard are how long ago it came, and its last byte.
	Connected, Heard time.Duration
	Counts
	// Watches that are open, and the registers in them; Sources is the number of
	// registers that it is the source of, Pending of its writes that wait for the
	// registers' writer, Unsent of bytes that wait for it to read.
	Watches, Watched, Sources, Pending, Unsent int
}

// Counts are totals since a client connected, or since the server began.
type Counts struct {
	Requests, Failed uint64
	Pushes, Values   uint64 // Values pushed
	Coalesced        uint64 // values that were never pushed since newer ones took their place
	BytesIn          uint64
	BytesOut         uint64
}

// Stats of the server.
type Stats struct {
	Counts // of all clients, also of those that are gone
	// Clients now, and Accepted, TurnedAway and Ended since the server began.
	Clients                     int
	Accepted, TurnedAway, Ended uint64
	// Dropped are the clients that the server ended: silent, slow, not reading, broken.
	Dropped uint64
}

// Frame is one message of a traced client.
type Frame struct {
	// At is when, since the server began.
	At time.Duration
	// In is true for what came from the client.
	In bool
	// Size in bytes, and what it says, in words.
	Size int
	Text string
}
