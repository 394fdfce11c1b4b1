package wire

import "linetwin.dev/protocol"

// A change is a register, a byte with type, quality and action, the value, and for
// some actions the operand.
const (
	changeQuality = 4
	changeAction  = 6
)

// changeSize is the size of a change with this head, or false when no change has it.
func changeSize(head byte) (int, bool) {
	t, action := protocol.Type(head&0x0f), protocol.Action(head>>changeAction)
	n := changeFixed + t.Size()
	if action.TakesOperand() {
		n += t.Size()
	}
	return n, t.Valid() && protocol.Quality(head>>changeQuality&3) <= protocol.Bad
}

func appendChange(dst []byte, t protocol.Type, c protocol.Change) []byte {
	dst = le.AppendUint16(dst, uint16(c.Ref))
	dst = append(dst, byte(t)|byte(c.Quality)<<changeQuality|byte(c.Action)<<changeAction)
	dst = protocol.AppendValue(dst, t, c.Value)
	if c.Action.TakesOperand() {
		dst = protocol.AppendValue(dst, t, c.Operand)
	}
	return dst
}

// parseChange reads the change at the start of b and returns its size: 0 when b does
// not begin with one. It reports false then, and when a bool in it is neither 0 nor 1.
func parseChange(b []byte) (c protocol.Change, t protocol.Type, size int, ok bool) {
	if len(b) < changeFixed {
		return c, 0, 0, false
	}
	head := b[2]
	if size, ok = changeSize(head); !ok || len(b) < size {
		return c, 0, 0, false
	}
	t = protocol.Type(head & 0x0f)
	c = protocol.Change{Ref: protocol.Ref(le.Uint16(b)), Action: protocol.Action(head >> changeAction),
		Quality: protocol.Quality(head >> changeQuality & 3)}
	c.Value, ok = protocol.DecodeValue(t, b[changeFixed:])
	if ok && c.Action.TakesOperand() {
		c.Operand, ok = protocol.DecodeValue(t, b[changeFixed+t.Size():])
	}
	return c, t, size, ok
}
