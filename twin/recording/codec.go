package recording

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// appendMessage turns the data of a Registers record into a component's message:
// the values in the order in which they stand in the record, each followed by its
// quality unless that is good. It does not allocate beyond growing dst.
func (l *layout) appendMessage(dst []byte, component uint16, data []byte) ([]byte, error) {
	if len(data)%device.ChangeSize != 0 {
		return dst, fmt.Errorf("a record of registers has %d bytes, which is no multiple of %d", len(data), device.ChangeSize)
	}
	for ; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		ref := binary.LittleEndian.Uint32(data)
		if uint64(ref) >= uint64(len(l.fields)) || l.fields[ref].owner != int(component) {
			return dst, fmt.Errorf("register %d is not one of %s", ref, l.messages[component].name)
		}
		f := &l.fields[ref]
		bits := binary.LittleEndian.Uint64(data[5:])
		dst = protowire.AppendVarint(dst, f.value)
		switch f.coding {
		case double:
			dst = binary.LittleEndian.AppendUint64(dst, bits)
		case zigzag:
			dst = protowire.AppendVarint(dst, protowire.EncodeZigZag(int64(bits)))
		default:
			dst = protowire.AppendVarint(dst, bits)
		}
		if q := data[4]; q != byte(protocol.Good) {
			dst = protowire.AppendVarint(dst, f.marred)
			dst = protowire.AppendVarint(dst, uint64(q))
		}
	}
	return dst, nil
}

// appendData is the inverse of appendMessage. It refuses what appendMessage cannot
// have written.
func (l *layout) appendData(dst []byte, component uint16, msg []byte) ([]byte, error) {
	m := &l.messages[component]
	last, at := -1, 0 // the register read last, and where its change begins in dst
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return dst, m.damaged(protowire.ParseError(n))
		}
		msg = msg[n:]
		i, quality := indexOf(num)
		if i < 0 || i >= len(m.refs) {
			return dst, m.damaged(fmt.Errorf("field %d is not in its schema", num))
		}
		c := l.fields[m.refs[i]].coding
		var bits uint64
		if c == double && !quality {
			if typ != protowire.Fixed64Type {
				return dst, m.damaged(fmt.Errorf("field %d has the wire type %d", num, typ))
			}
			bits, n = protowire.ConsumeFixed64(msg)
		} else {
			if typ != protowire.VarintType {
				return dst, m.damaged(fmt.Errorf("field %d has the wire type %d", num, typ))
			}
			bits, n = protowire.ConsumeVarint(msg)
		}
		if n < 0 {
			return dst, m.damaged(protowire.ParseError(n))
		}
		msg = msg[n:]
		if quality {
			if i != last || bits == uint64(protocol.Good) || bits > 255 {
				return dst, m.damaged(fmt.Errorf("field %d is no quality of the value before it", num))
			}
			dst[at+4] = byte(bits)
			last = -1 // a value has one quality
			continue
		}
		if c == zigzag {
			bits = uint64(protowire.DecodeZigZag(bits))
		}
		last, at = i, len(dst)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(m.refs[i]))
		dst = append(dst, byte(protocol.Good))
		dst = binary.LittleEndian.AppendUint64(dst, bits)
	}
	return dst, nil
}

func (m *message) damaged(err error) error {
	return fmt.Errorf("a message of %s is damaged: %w", m.name, err)
}
