package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"linetwin.dev/protocol"
)

// Describer puts messages into words, for traces.
type Describer struct {
	// Name of a register; without it, they go by their references.
	Name func(protocol.Ref) string
	// Refs are the registers of a watch, so that pushes can name them; nil if unknown.
	Refs func(watch uint16) []protocol.Ref
}

const (
	most     = 8   // registers or values that are named before "..."
	mostText = 500 // bytes of a goodbye
)

// Describe says in a line what a whole message means, with in for one that came from
// the client. What is not a message is shown as bytes.
func (d *Describer) Describe(in bool, b []byte) string {
	size, ok := 0, false
	if len(b) > 0 {
		if in {
			size, ok = requestSize(b)
		} else {
			size, ok = replySize(b)
		}
	}
	if !ok || size != len(b) {
		return fmt.Sprintf("not a message: % x", b[:min(len(b), 16)])
	}
	id := le.Uint16(b[1:])
	if in {
		return fmt.Sprintf("#%d %s", id, d.request(b))
	}
	return fmt.Sprintf("#%d %s", id, d.reply(b))
}

func (d *Describer) name(ref protocol.Ref) string {
	if d.Name != nil {
		if n := d.Name(ref); n != "" {
			return n
		}
	}
	return fmt.Sprintf("register %d", ref)
}

func (d *Describer) at(b []byte) string { return d.name(protocol.Ref(le.Uint16(b))) }

func (d *Describer) request(b []byte) string {
	op := b[0]
	t := protocol.Type(op & 0x0f)
	switch op {
	case opPing:
		return "ping"
	case opUnwatch:
		return fmt.Sprintf("end watch #%d", le.Uint16(b[3:]))
	case opMap:
		return fmt.Sprintf("map from register %d", le.Uint16(b[3:]))
	case opClock:
		return fmt.Sprintf("clock: sent %v, last answer arrived %v", decodeTime(b[3:]), decodeTime(b[11:]))
	case opRelease:
		return "release all claims"
	case opLimits:
		return "limits of " + d.at(b[3:])
	case opChange:
		c, t, _, _ := parseChange(b[3:])
		return d.change(t, c)
	case opList, opListTimed:
		return "read" + d.refs(b[sizedHeader:]) + timed(op == opListTimed)
	case opWatch, opWatchTimed:
		return d.watching(b, watchFixed) + timed(op == opWatchTimed)
	case opWatchWith:
		return d.watching(b, watchSettingsFixed) + settings(b[sizedHeader:])
	case opTransact, opTransTimed:
		return d.transaction(b[sizedHeader:]) + timed(op == opTransTimed)
	case opClaim:
		if len(b) < sizedHeader+claimFixed {
			return "claim, cut short"
		}
		return "claim" + d.refs(b[sizedHeader+claimFixed:]) + since(", held for", milliseconds(b[sizedHeader:]))
	}
	switch op & 0xf0 {
	case opRead, opReadTimed:
		return fmt.Sprintf("read %s%s", d.at(b[3:]), timed(op&0xf0 == opReadTimed))
	case opWrite:
		v, _ := protocol.DecodeValue(t, b[5:])
		return fmt.Sprintf("write %s = %s", d.at(b[3:]), v.Format(t))
	}
	return fmt.Sprintf("read %d registers from %s on%s", le.Uint16(b[5:]), d.at(b[3:]), timed(op&0xf0 == opBlockTimed))
}

func timed(yes bool) string {
	if yes {
		return ", with times"
	}
	return ""
}

func (d *Describer) refs(b []byte) string {
	var s strings.Builder
	for i := 0; i+1 < len(b); i += 2 {
		if i == 2*most {
			fmt.Fprintf(&s, " ... (%d registers)", len(b)/2)
			break
		}
		s.WriteString(" " + d.at(b[i:]))
	}
	return s.String()
}

func (d *Describer) watching(b []byte, fixed int) string {
	b = b[sizedHeader:]
	if len(b) < fixed {
		return "watch, cut short"
	}
	return fmt.Sprintf("watch every %v%s", microseconds(b), d.refs(b[fixed:]))
}

// settings says what is special about a watch.
func settings(b []byte) string {
	if len(b) < watchSettingsFixed {
		return ""
	}
	set := decodeSettings(b)
	s := timed(set.Timed)
	switch set.Deadband {
	case NoDeadband:
	case Absolute:
		s += fmt.Sprintf(", deadband %v", set.Limit)
	case Percent:
		s += fmt.Sprintf(", deadband %v %%", set.Limit)
	default:
		s += fmt.Sprintf(", flags 0x%02x", b[8])
	}
	return s + since(", heartbeat", set.Heartbeat)
}

func since(what string, d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%s %v", what, d)
}

func (d *Describer) change(t protocol.Type, c protocol.Change) string {
	name, v := d.name(c.Ref), c.Value.Format(t)
	s := ""
	switch c.Action {
	case protocol.Set:
		s = fmt.Sprintf("set %s = %s", name, v)
	case protocol.Add:
		s = fmt.Sprintf("add %s to %s", v, name)
	default:
		s = fmt.Sprintf("%v %s = %s, operand %s", c.Action, name, v, c.Operand.Format(t))
	}
	if c.Quality != protocol.Good {
		s += fmt.Sprintf(" (%v)", c.Quality)
	}
	return s
}

func (d *Describer) transaction(b []byte) string {
	if len(b) < 2 {
		return "transaction, cut short"
	}
	count := int(le.Uint16(b))
	b = b[2:]
	var parts []string
	for range count {
		c, t, size, _ := parseChange(b)
		if size == 0 {
			return "transaction, cut short"
		}
		if len(parts) < most {
			parts = append(parts, d.change(t, c))
		}
		b = b[size:]
	}
	if count > most {
		parts = append(parts, fmt.Sprintf("... (%d changes)", count))
	}
	if len(b) > 0 {
		parts = append(parts, "then read"+d.refs(b))
	}
	return "at once: " + strings.Join(parts, "; ")
}

func (d *Describer) reply(b []byte) string {
	switch op := b[0]; op {
	case opAck:
		return "done"
	case opFail:
		return "refused: " + protocol.Status(b[3]).String()
	case opFailAt:
		return fmt.Sprintf("refused: %v, at part %d", protocol.Status(b[3]), le.Uint16(b[4:]))
	case opTimes:
		return fmt.Sprintf("clock: received %v, answered %v", decodeTime(b[3:]), decodeTime(b[11:]))
	case opEntries:
		return values(b[sizedHeader:], nil)
	case opPacked:
		return packed(b[sizedHeader:])
	case opMapReply:
		return fmt.Sprintf("map, %d bytes", len(b)-sizedHeader)
	case opPush:
		return d.push(b)
	case opGoodbye:
		if len(b) == sizedHeader {
			return "goodbye without a reason"
		}
		return fmt.Sprintf("goodbye: %v: %q", protocol.Status(b[sizedHeader]), b[sizedHeader+1:min(len(b), sizedHeader+mostText)])
	}
	entries, _ := parseValueReply(nil, b)
	return value(&entries[0])
}

func value(e *Entry) string {
	if e.Status != protocol.OK {
		return e.Status.String()
	}
	s := e.Sample.Value.Format(e.Type)
	if e.Sample.Quality != protocol.Good {
		s += " (" + e.Sample.Quality.String() + ")"
	}
	if e.Sample.Time != 0 {
		s += " at " + e.Sample.Time.Round(time.Microsecond).String()
	}
	return s
}

// values lists entries; name gives the name of each, if known.
func values(b []byte, name func(i int) string) string {
	entries, ok := parseEntries(nil, b, MaxRefs, false)
	if !ok {
		entries, ok = parseEntries(nil, b, MaxRefs, true)
	}
	if !ok {
		return fmt.Sprintf("entries that cannot be read: % x", b[:min(len(b), 16)])
	}
	var parts []string
	for i := range entries {
		if i == most {
			parts = append(parts, fmt.Sprintf("... (%d values)", len(entries)))
			break
		}
		s := value(&entries[i])
		if name != nil {
			s = name(entries[i].Index) + " = " + s
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func packed(b []byte) string {
	if len(b) == 0 {
		return "an empty block"
	}
	return fmt.Sprintf("block of %v, %d bytes, worst quality %v", protocol.Type(b[0]&0x0f), len(b), protocol.Quality(b[0]>>4))
}

func (d *Describer) push(b []byte) string {
	payload := b[sizedHeader:]
	coalesced, n := binary.Uvarint(payload)
	if n <= 0 {
		return "push, cut short"
	}
	payload = payload[n:]
	if len(payload) == 0 {
		return "push: heartbeat"
	}
	var refs []protocol.Ref
	if d.Refs != nil {
		refs = d.Refs(le.Uint16(b[1:]))
	}
	s := "push: " + values(payload, func(i int) string {
		if i < len(refs) {
			return d.name(refs[i])
		}
		return fmt.Sprintf("[%d]", i)
	})
	if coalesced > 0 {
		s += fmt.Sprintf(" (%d values coalesced)", coalesced)
	}
	return s
}
