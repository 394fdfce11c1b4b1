package wire

import (
	"encoding/binary"
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// Receive takes bytes from the server and calls on for each thing it said. It does
// not keep b. An error means that the session is over: the server said goodbye, or
// what it sent breaks the format. on may make requests.
func (c *Client) Receive(b []byte, on func(*Event)) error {
	if c.err != nil || len(b) == 0 {
		return c.err
	}
	c.heard = true
	if len(c.in) == 0 {
		c.in = append(c.in, b[c.process(b, on):]...)
	} else {
		c.in = append(c.in, b...)
		n := c.process(c.in, on)
		c.in = c.in[:copy(c.in, c.in[n:])]
	}
	return c.err
}

// Tick pings when the client has said nothing for long, and ends the session when
// the server owes an answer and has been silent for too long. It is to be called
// about every second; the times are as exact as that.
func (c *Client) Tick(now time.Duration) error {
	if c.err != nil {
		return c.err
	}
	if c.spoke || !c.spokeKnown {
		c.spoke, c.spokeKnown, c.spokeAt = false, true, now
	}
	if c.heard || c.owed == 0 || !c.owedKnow {
		c.heard, c.owedKnow, c.owedAt = false, true, now
	}
	if c.owed > 0 && now >= c.owedAt+c.config.Silence {
		c.err = &Error{protocol.DeviceNotResponding, fmt.Sprintf("the server owes an answer and has said nothing for %v", c.config.Silence)}
		return c.err
	}
	if c.hello != nil && now >= c.spokeAt+c.keepAlive() {
		c.Ping()
	}
	return c.err
}

func (c *Client) keepAlive() time.Duration {
	d := c.config.KeepAlive
	if c.owed > 0 {
		// So that a server that is slow with a write is told from one that is gone.
		d = min(d, c.config.Silence/2)
	}
	if c.hold > 0 {
		d = min(d, c.hold/3)
	}
	if idle := time.Duration(c.hello.Idle) * time.Second; idle > 0 {
		d = min(d, idle/3)
	}
	return d
}

func (c *Client) process(b []byte, on func(*Event)) (used int) {
	for used < len(b) && c.err == nil {
		rest := b[used:]
		if c.hello == nil {
			n := c.greet(rest, on)
			if n == 0 {
				break
			}
			used += n
			continue
		}
		n, ok := replySize(rest)
		if !ok {
			c.broken(fmt.Sprintf("no reply begins with 0x%02x in version %d of the format", rest[0], Version))
			break
		}
		if n == 0 || n > len(rest) {
			break
		}
		c.reply(rest[:n], on)
		used += n
	}
	return used
}

func (c *Client) greet(b []byte, on func(*Event)) int {
	h, n, err := parseServerHello(b)
	switch {
	case err != nil:
		c.err = err
		return 0
	case n == 0:
		return 0
	case h.Status == protocol.VersionMismatch:
		c.err = &Error{h.Status, fmt.Sprintf("the server speaks versions %d to %d of the format, this client %d to %d", h.Oldest, h.Version, OldestVersion, Version)}
		return 0
	case h.Status != protocol.OK:
		text := "the server turns this client away"
		if h.Status == protocol.Busy {
			text += ": it has too many clients, or got too many wrong tokens from here"
		}
		c.err = &Error{h.Status, text}
		return 0
	case h.Version < OldestVersion || h.Version > Version:
		c.err = &Error{protocol.VersionMismatch, fmt.Sprintf("the server chose version %d of the format; this client offered %d to %d", h.Version, OldestVersion, Version)}
		return 0
	}
	c.hello = &h
	c.owed--
	c.emit(on, Event{Kind: Greeted, Hello: h})
	return n
}

func (c *Client) broken(text string) {
	c.err = &Error{protocol.Malformed, "the server's bytes break the format: " + text}
}

func (c *Client) emit(on func(*Event), e Event) {
	c.event = e
	on(&c.event)
}

// take ends the wait for the answer to id.
func (c *Client) take(id uint16) (expect, bool) {
	e, ok := c.waiting[id]
	if !ok || e.live {
		c.broken(fmt.Sprintf("an answer to request %d, which is not open", id))
		return e, false
	}
	delete(c.waiting, id)
	c.owed--
	return e, true
}

// reply takes one whole message.
func (c *Client) reply(b []byte, on func(*Event)) {
	op, id := b[0], le.Uint16(b[1:])
	switch {
	case op == opGoodbye:
		c.goodbye(b[sizedHeader:])
		return
	case op == opPush:
		c.pushed(id, b[sizedHeader:], on)
		return
	}
	e, ok := c.take(id)
	if !ok {
		return
	}
	switch op {
	case opFail, opFailAt:
		c.refused(e, b, on)
		return
	case opTimes:
		ok = e.op == opClock
		if ok {
			c.emit(on, Event{Kind: Timed, ID: id, Exchange: timesync.Exchange{Sent: e.sent, Received: decodeTime(b[3:]), Replied: decodeTime(b[11:])}})
		}
	case opAck:
		var kind Kind
		if kind, ok = c.done(id, e); ok {
			c.emit(on, Event{Kind: kind, ID: id})
		}
	case opMapReply:
		var infos []protocol.Info
		infos, ok = parseRecords(nil, b[sizedHeader:], e.n)
		if ok = ok && e.op == opMap; ok {
			c.emit(on, Event{Kind: Mapped, ID: id, Infos: infos})
		}
	default:
		var entries []Entry
		entries, ok = c.entries(op, b, e)
		c.scratch = entries
		if ok {
			c.emit(on, Event{Kind: Answered, ID: id, Entries: entries})
		}
	}
	if !ok && c.err == nil {
		c.broken(fmt.Sprintf("reply 0x%02x to request %d does not fit the request", op, id))
	}
}

// refused tells that a request was not carried out. A watch or claim that stood before
// the connection was lost is over then.
func (c *Client) refused(e expect, b []byte, on func(*Event)) {
	id, status := le.Uint16(b[1:]), protocol.Status(b[3])
	if status == protocol.OK || !status.Valid() {
		c.broken(fmt.Sprintf("request %d failed with status %d", id, b[3]))
		return
	}
	at := 0
	if b[0] == opFailAt {
		if e.op != opTransact {
			c.broken(fmt.Sprintf("request %d, which has no parts, failed at one", id))
			return
		}
		at = int(le.Uint16(b[4:]))
	}
	c.emit(on, Event{Kind: Refused, ID: id, Status: status, At: at})
}

// done notes what an acknowledgement means. It reports false when the request is
// not one that is acknowledged.
func (c *Client) done(id uint16, e expect) (Kind, bool) {
	kind := Done
	switch e.op {
	case opWrite, opPing:
	case opTransact:
		if e.n > 0 {
			return 0, false
		}
	case opWatch, opClaim:
		if e.again {
			kind = Resumed
		}
		e.live, e.again = true, false
		c.waiting[id] = e
	case opUnwatch:
		delete(c.waiting, e.id)
	case opRelease:
		for claim, e := range c.waiting {
			if e.ends == id {
				delete(c.waiting, claim)
			}
		}
	default:
		return 0, false
	}
	return kind, true
}

// entries reads the registers in a reply and holds them against what was asked.
func (c *Client) entries(op byte, b []byte, e expect) ([]Entry, bool) {
	entries, ok := c.scratch[:0], false
	switch op {
	case opEntries:
		entries, ok = parseEntries(entries, b[sizedHeader:], e.n, e.timed)
		ok = ok && e.typ == 0 && (e.op == opList || e.op == opBlock || e.op == opLimits || e.op == opTransact && e.n > 0)
	case opPacked:
		entries, ok = parsePacked(entries, b[sizedHeader:], e.n)
		ok = ok && e.typ != 0 && e.op == opBlock
	default:
		entries, ok = parseValueReply(entries, b)
		if ok = ok && (e.op == opRead || e.op == opChange) && op&valueTimed != 0 == e.timed; !ok {
			return entries, false
		}
	}
	if !ok || len(entries) != e.n {
		return entries, false
	}
	for i := range entries {
		if e.typ != 0 && entries[i].Type != e.typ {
			return entries, false
		}
	}
	return entries, true
}

func parseValueReply(dst []Entry, b []byte) ([]Entry, bool) {
	t := protocol.Type(b[0] & 0x0f)
	v, ok := protocol.DecodeValue(t, b[3:])
	e := Entry{Type: t, Sample: protocol.Sample{Value: v, Quality: protocol.Quality(b[0]>>4&3) - 1}}
	if b[0]&valueTimed != 0 {
		e.Sample.Time = decodeTime(b[3+t.Size():])
	}
	return append(dst, e), ok
}

func (c *Client) pushed(id uint16, b []byte, on func(*Event)) {
	e, ok := c.waiting[id]
	if !ok || !e.live || e.op != opWatch {
		c.broken(fmt.Sprintf("a push for watch %d, which is not open", id))
		return
	}
	coalesced, n := binary.Uvarint(b)
	if n <= 0 || n > maxVarint || coalesced > maxCoalesced {
		c.broken(fmt.Sprintf("the head of a push for watch %d", id))
		return
	}
	entries, ok := parseEntries(c.scratch[:0], b[n:], e.n, e.timed)
	c.scratch = entries
	for i := range entries {
		ok = ok && entries[i].Status == protocol.OK
	}
	if !ok || len(entries) == 0 && !e.beats {
		c.broken(fmt.Sprintf("the entries of a push for watch %d", id))
		return
	}
	c.emit(on, Event{Kind: Pushed, ID: id, Entries: entries, Coalesced: int(coalesced)})
}

func (c *Client) goodbye(b []byte) {
	if len(b) == 0 || !protocol.Status(b[0]).Valid() {
		c.broken("a goodbye without a status")
		return
	}
	c.err = &Error{protocol.Status(b[0]), fmt.Sprintf("the server ended the connection: %q", b[1:])}
}
