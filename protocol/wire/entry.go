package wire

import (
	"encoding/binary"

	"linetwin.dev/protocol"
)

// Entry is one register in a reply or a push.
type Entry struct {
	// Index of the register in the request's list or block.
	Index int
	// Status is OK, or why there is no value.
	Status protocol.Status
	Type   protocol.Type
	// Sample has Time only when the request asked for times.
	Sample protocol.Sample
}

const (
	entrySkip  = 0x40
	entryTimed = 0x80
)

// appendEntry appends an entry with its index given as the number of registers
// left out since the one before.
func appendEntry(dst []byte, skip int, t protocol.Type, s protocol.Sample, timed bool) []byte {
	head := byte(t) | byte(s.Quality)<<4
	if timed {
		head |= entryTimed
	}
	if skip > 0 {
		dst = append(dst, head|entrySkip)
		dst = binary.AppendUvarint(dst, uint64(skip))
	} else {
		dst = append(dst, head)
	}
	dst = protocol.AppendValue(dst, t, s.Value)
	if timed {
		dst = appendTime(dst, s.Time)
	}
	return dst
}

// appendNoValue appends an entry that says why there is none.
func appendNoValue(dst []byte, s protocol.Status) []byte { return append(dst, byte(s)<<4) }

// parseEntries appends the entries in b to dst. It reports false when b is not a
// sequence of whole entries with indices below limit, in canonical form, with
// times exactly if timed.
func parseEntries(dst []Entry, b []byte, limit int, timed bool) ([]Entry, bool) {
	index := 0
	for len(b) > 0 {
		head := b[0]
		b = b[1:]
		e := Entry{Type: protocol.Type(head & 0x0f)}
		if e.Type == 0 {
			e.Status = protocol.Status(head >> 4)
			if e.Status == protocol.OK || !e.Status.Valid() {
				return dst, false
			}
		} else {
			if head&entrySkip != 0 {
				skip, n := binary.Uvarint(b)
				if n <= 0 || n > maxVarint || skip == 0 || skip >= MaxRefs || b[n-1] == 0 {
					return dst, false
				}
				index += int(skip)
				b = b[n:]
			}
			var ok bool
			if e.Sample.Value, ok = protocol.DecodeValue(e.Type, b); !ok {
				return dst, false
			}
			b = b[e.Type.Size():]
			if e.Sample.Quality = protocol.Quality(head >> 4 & 3); e.Sample.Quality > protocol.Bad {
				return dst, false
			}
			if timed != (head&entryTimed != 0) {
				return dst, false
			}
			if timed {
				if len(b) < 8 {
					return dst, false
				}
				e.Sample.Time = decodeTime(b)
				b = b[8:]
			}
		}
		if index >= limit {
			return dst, false
		}
		e.Index = index
		index++
		dst = append(dst, e)
	}
	return dst, true
}

// appendPacked appends the payload of a packed block: values of one type side by
// side, bools as bits; the qualities follow only when one is not Good.
func appendPacked(dst []byte, t protocol.Type, samples []protocol.Sample) []byte {
	worst := protocol.Good
	for i := range samples {
		worst = max(worst, samples[i].Quality)
	}
	dst = append(dst, byte(t)|byte(worst)<<4)
	if t == protocol.Bool {
		dst = appendBits(dst, len(samples), 1, func(i int) byte {
			if samples[i].Value.Bool() {
				return 1
			}
			return 0
		})
	} else {
		for i := range samples {
			dst = protocol.AppendValue(dst, t, samples[i].Value)
		}
	}
	if worst != protocol.Good {
		dst = appendBits(dst, len(samples), 2, func(i int) byte { return byte(samples[i].Quality) })
	}
	return dst
}

// appendBits appends n numbers of width bits each, the first in the lowest bits.
func appendBits(dst []byte, n, width int, at func(i int) byte) []byte {
	var acc byte
	for i := range n {
		shift := i * width % 8
		acc |= at(i) << shift
		if shift+width == 8 || i == n-1 {
			dst = append(dst, acc)
			acc = 0
		}
	}
	return dst
}

// parsePacked is the inverse of appendPacked for a block of count registers.
func parsePacked(dst []Entry, b []byte, count int) ([]Entry, bool) {
	if len(b) == 0 {
		return dst, false
	}
	t, worst := protocol.Type(b[0]&0x0f), protocol.Quality(b[0]>>4)
	values := count * t.Size()
	if t == protocol.Bool {
		values = (count + 7) / 8
	}
	qualities := 0
	if worst != protocol.Good {
		qualities = (count + 3) / 4
	}
	b = b[1:]
	if !t.Valid() || worst > protocol.Bad || len(b) != values+qualities {
		return dst, false
	}
	seen := protocol.Good
	for i := range count {
		e := Entry{Index: i, Type: t}
		if t == protocol.Bool {
			e.Sample.Value = protocol.BoolValue(b[i/8]>>(i%8)&1 != 0)
		} else {
			e.Sample.Value, _ = protocol.DecodeValue(t, b[i*t.Size():])
		}
		if qualities > 0 {
			e.Sample.Quality = protocol.Quality(b[values+i/4] >> (i % 4 * 2) & 3)
			seen = max(seen, e.Sample.Quality)
		}
		dst = append(dst, e)
	}
	return dst, seen == worst
}

// appendRecord appends one register of the map.
func appendRecord(dst []byte, d *protocol.Def) []byte {
	dst = append(dst, byte(d.Type), byte(d.Access)|byte(d.Order)<<4, byte(len(d.Name)))
	dst = append(dst, d.Name...)
	dst = append(dst, byte(len(d.Unit)))
	dst = append(dst, d.Unit...)
	dst = le.AppendUint16(dst, uint16(len(d.Doc)))
	return append(dst, d.Doc...)
}

func recordSize(d *protocol.Def) int { return 6 + len(d.Name) + len(d.Unit) + len(d.Doc) }

// parseRecords is the inverse of appendRecord for registers from first on.
func parseRecords(dst []protocol.Info, b []byte, first int) ([]protocol.Info, bool) {
	for ref := first; len(b) > 0; ref++ {
		if len(b) < 3 || ref >= protocol.MaxRegisters {
			return dst, false
		}
		info := protocol.Info{Ref: protocol.Ref(ref)}
		info.Type, info.Access, info.Order = protocol.Type(b[0]), protocol.Access(b[1]&0x0f), protocol.WordOrder(b[1]>>4)
		if !info.Type.Valid() || !info.Access.Valid() || !info.Order.Valid() {
			return dst, false
		}
		var ok bool
		if info.Name, b, ok = cutString(b[3:], int(b[2])); !ok || len(b) < 1 {
			return dst, false
		}
		if info.Unit, b, ok = cutString(b[1:], int(b[0])); !ok || len(b) < 2 {
			return dst, false
		}
		if info.Doc, b, ok = cutString(b[2:], int(le.Uint16(b))); !ok {
			return dst, false
		}
		dst = append(dst, info)
	}
	return dst, true
}

func cutString(b []byte, n int) (string, []byte, bool) {
	if len(b) < n {
		return "", b, false
	}
	return string(b[:n]), b[n:], true
}
