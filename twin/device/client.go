package device

import (
	"strings"
	"time"

	"linetwin.dev/protocol"
)

// ClientEvent is what happened to one of a group of simulated clients.
type ClientEvent struct {
	// Client is its number in the group, from 1; 0 where the server does not know.
	Client int
	// What happened, one of the constants below.
	What string
	// Took is how long: see What. In nanoseconds.
	Took time.Duration `json:",omitempty"`
	// Text says why.
	Text string `json:",omitempty"`
	// Register and Value are the reference of a register and the bits of its value.
	Register uint32 `json:",omitempty"`
	Value    uint64 `json:",omitempty"`
	// Count of values that a push has left out, since newer ones took their place.
	Count int `json:",omitempty"`
	// Error of the client's estimate of the line's clock, and the most that it thinks it
	// could be, in seconds.
	Error       float64 `json:",omitempty"`
	Uncertainty float64 `json:",omitempty"`
}

// What can happen to a client.
const (
	ClientConnected  = "connected"   // Took: since it lost the connection, 0 for the first time
	ClientBroken     = "broken"      // the connection is no more; Text: why
	ClientResumed    = "resumed"     // its watch shows all registers again; Took: since the loss
	ClientNotResumed = "not resumed" // its watch stays away on a connection that stands
	ClientAnswered   = "answered"    // a request; Took: since it was made
	ClientWrote      = "wrote"       // Register has taken Value, acknowledged; Took: since the request
	ClientRefused    = "refused"     // a request; Text: its status
	ClientLost       = "lost"        // a request has no answer, since the connection was lost; Took: since it was made
	ClientPushed     = "pushed"      // Took: since the change that waited longest; Count
	ClientStalePush  = "stale push"  // a push showed Register as it was before what had been shown
	ClientStaleRead  = "stale read"  // a read gave what Register held before the request
	ClientDropped    = "dropped"     // the server has waited too long for a client; Text: for what
	ClientClock      = "clock"       // it has compared its clock: Error, Uncertainty
)

// Match finds the registers that patterns name, in the order of their references. A
// pattern is a register's name, in which * stands for any text. missed is the first
// pattern that names none, -1 if all name some.
func Match(b *protocol.Bank, patterns []string) (found []protocol.Info, missed int) {
	met := make([]bool, len(patterns))
	for _, r := range b.Registers() {
		hit := false
		for i, p := range patterns {
			if matches(p, r.Name) {
				hit, met[i] = true, true
			}
		}
		if hit {
			found = append(found, r)
		}
	}
	for i, m := range met {
		if !m {
			return found, i
		}
	}
	return found, -1
}

// matches tells whether a name fits a pattern.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return true
}

// NumberValue is a number as a register of type t holds it; a fraction is cut off where
// the type has none.
func NumberValue(t protocol.Type, v float64) protocol.Value {
	if t.Float() {
		return protocol.FloatValue(v)
	}
	return protocol.IntValue(int64(v))
}
