package wire

import (
	"fmt"
	"time"

	"linetwin.dev/protocol"
)

// TypedChange is a change of a register of this type.
type TypedChange struct {
	protocol.Change
	Type protocol.Type
}

// fit holds a change against the type of its register.
func fit(t protocol.Type, ch protocol.Change) (protocol.Change, error) {
	var ok bool
	if ch.Value, ok = ch.Value.Fit(t); ok && ch.Action.TakesOperand() {
		ch.Operand, ok = ch.Operand.Fit(t)
	}
	switch {
	case !ok:
		return ch, fmt.Errorf("the value does not fit the type %v: %w", t, protocol.OutOfRange)
	case ch.Action > protocol.CompareSet:
		return ch, fmt.Errorf("a client cannot ask for the action %v", ch.Action)
	case ch.Quality > protocol.Bad:
		return ch, fmt.Errorf("%v is none of good, uncertain and bad", ch.Quality)
	}
	return ch, checkRef(ch.Ref)
}

// Change asks for a change of one register of type t. Answered has what the register
// held before; a compare-and-set that found another value than its operand is Refused
// with Differs.
func (c *Client) Change(t protocol.Type, ch protocol.Change) (uint16, error) {
	ch, err := fit(t, ch)
	if err != nil {
		return 0, err
	}
	id, err := c.begin(expect{op: opChange, typ: t, n: 1})
	if err == nil {
		c.out = appendChange(appendHead(c.out, opChange, id), t, ch)
	}
	return id, err
}

// Transact asks for changes, all or none of them, and for registers to be read right
// after. Without any to read the event is Done, otherwise Answered with their entries;
// Refused says which was at fault.
func (c *Client) Transact(changes []TypedChange, reads []protocol.Ref, timed bool) (uint16, error) {
	if len(changes) == 0 || len(reads) > MaxRefs {
		return 0, fmt.Errorf("a transaction has a change or more and reads at most %d registers, not %d and %d", MaxRefs, len(changes), len(reads))
	}
	payload := le.AppendUint16(nil, uint16(len(changes)))
	for _, change := range changes {
		fitted, err := fit(change.Type, change.Change)
		if err != nil {
			return 0, err
		}
		payload = appendChange(payload, change.Type, fitted)
	}
	for _, ref := range reads {
		if err := checkRef(ref); err != nil {
			return 0, err
		}
		payload = le.AppendUint16(payload, uint16(ref))
	}
	if len(payload) > MaxRequest {
		return 0, fmt.Errorf("a transaction of %d bytes is too large, it has at most %d: %w", len(payload), MaxRequest, protocol.Limit)
	}
	op := byte(opTransact)
	if timed {
		op = opTransTimed
	}
	id, err := c.begin(expect{op: opTransact, n: len(reads), timed: timed})
	if err == nil {
		start := len(c.out)
		c.out = endSized(append(beginSized(c.out, op, id), payload...), start)
	}
	return id, err
}

// Claim makes this client the source of registers: no other client writes them, and
// they become bad when the connection ends or the client says nothing for longer than
// hold, a whole number of milliseconds; with 0, than the server waits for any client.
func (c *Client) Claim(refs []protocol.Ref, hold time.Duration) (uint16, error) {
	ms := min(max(hold, 0)/time.Millisecond, 1<<32-1)
	id, err := c.refs(opClaim, expect{op: opClaim, request: []byte{}}, le.AppendUint32(nil, uint32(ms)), refs)
	if hold = ms * time.Millisecond; err == nil && hold > 0 && (c.hold == 0 || hold < c.hold) {
		c.hold = hold
	}
	return id, err
}

// Release ends all claims. The registers become bad.
func (c *Client) Release() (uint16, error) {
	id, err := c.begin(expect{op: opRelease})
	if err == nil {
		c.out = appendHead(c.out, opRelease, id)
		c.hold = 0
		for claim, e := range c.waiting {
			if e.op == opClaim && e.ends == 0 {
				e.ends = id
				c.waiting[claim] = e
			}
		}
	}
	return id, err
}

// Clock asks for the line's time. sent is now by the client's clock, and back is when
// the Timed event of the last such request arrived by it, or 0: with that the server
// too can tell how the two clocks stand. The server takes back to be of the request just
// before, and so is not told it while that one's answer is still due.
func (c *Client) Clock(sent, back time.Duration) (uint16, error) {
	for _, e := range c.waiting {
		if e.op == opClock {
			back = 0
		}
	}
	id, err := c.begin(expect{op: opClock, sent: sent})
	if err == nil {
		c.out = appendTime(appendTime(appendHead(c.out, opClock, id), sent), back)
	}
	return id, err
}
