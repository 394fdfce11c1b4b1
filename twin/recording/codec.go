package recording

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// appendMessage turns the data of a Registers record into a protobuf message.
func (t *table) appendMessage(dst, data []byte) ([]byte, error) {
	if len(data)%device.ChangeSize != 0 {
		return dst, fmt.Errorf("a record of registers has %d bytes, which is no multiple of %d", len(data), device.ChangeSize)
	}
	for ; len(data) > 0; data = data[device.ChangeSize:] {
		ref := protocol.Ref(binary.LittleEndian.Uint32(data))
		f, ok := t.byRef[ref]
		if !ok {
			return dst, fmt.Errorf("register %d is not one of %s", ref, t.message)
		}
		bits := binary.LittleEndian.Uint64(data[5:])
		switch {
		case f.typ.Float():
			dst = protowire.AppendTag(dst, f.number, protowire.Fixed64Type)
			dst = protowire.AppendFixed64(dst, bits)
		case f.typ == protocol.I16 || f.typ == protocol.I32 || f.typ == protocol.I64:
			dst = protowire.AppendTag(dst, f.number, protowire.VarintType)
			dst = protowire.AppendVarint(dst, protowire.EncodeZigZag(int64(bits)))
		default:
			dst = protowire.AppendTag(dst, f.number, protowire.VarintType)
			dst = protowire.AppendVarint(dst, bits)
		}
		if q := data[4]; q != byte(protocol.Good) {
			dst = protowire.AppendTag(dst, f.number+1, protowire.VarintType)
			dst = protowire.AppendVarint(dst, uint64(q))
		}
	}
	return dst, nil
}

// appendData is the inverse of appendMessage.
func (t *table) appendData(dst, msg []byte) ([]byte, error) {
	bad := func(n int) error {
		return fmt.Errorf("a message of %s is damaged: %w", t.message, protowire.ParseError(n))
	}
	last := -1
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return dst, bad(n)
		}
		msg = msg[n:]
		var bits uint64
		if typ == protowire.Fixed64Type {
			bits, n = protowire.ConsumeFixed64(msg)
		} else {
			bits, n = protowire.ConsumeVarint(msg)
		}
		if n < 0 {
			return dst, bad(n)
		}
		msg = msg[n:]
		f, isValue := t.byNumber[num]
		if !isValue {
			if last < 0 || t.byNumber[num-1].number == 0 {
				return dst, fmt.Errorf("a message of %s has the unknown field %d", t.message, num)
			}
			dst[last+4] = byte(bits)
			continue
		}
		if f.typ == protocol.I16 || f.typ == protocol.I32 || f.typ == protocol.I64 {
			bits = uint64(protowire.DecodeZigZag(bits))
		}
		last = len(dst)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(f.ref))
		dst = append(dst, byte(protocol.Good))
		dst = binary.LittleEndian.AppendUint64(dst, bits)
	}
	return dst, nil
}
