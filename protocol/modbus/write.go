package modbus

import "linetwin.dev/protocol"

// prepare makes the transaction of a write, or says what is wrong with it. The order of
// the checks is the specification's: function, form and values, addresses.
func (j *job) prepare(f Function, data, pdu []byte) Exception {
	j.tx.Reset()
	j.done.Store(false)
	j.echoed = copy(j.echo[:], pdu[:min(len(pdu), 5)])
	switch f {
	case WriteSingleCoil:
		return j.writeCoil(data)
	case WriteSingleRegister:
		if len(data) != 4 {
			return IllegalValue
		}
		return j.writeWords(int(be.Uint16(data)), data[2:])
	case WriteMultipleCoils:
		return j.writeCoils(data)
	case WriteMultipleRegisters:
		if len(data) < 5 {
			return IllegalValue
		}
		return j.writeCounted(int(be.Uint16(data)), data[2:], MaxWriteRegisters)
	case MaskWriteRegister:
		return j.maskWord(data, pdu)
	case ReadWriteRegisters:
		return j.readWrite(data)
	}
	return IllegalFunction
}

// writable finds the spans of a write, or says why it must not be.
func (j *job) writable(t Table, first, end int) (table, Exception) {
	spans, ok := j.unit.tables[t].find(first, end)
	if !ok {
		return nil, IllegalAddress
	}
	for i := range spans {
		if spans[i].write != protocol.OK {
			return nil, ExceptionOf(spans[i].write)
		}
	}
	return spans, 0
}

func (j *job) writeCoil(data []byte) Exception {
	if len(data) != 4 {
		return IllegalValue
	}
	bits := []byte{1}
	switch be.Uint16(data[2:]) {
	case coilOn:
	case 0:
		bits[0] = 0
	default:
		return IllegalValue
	}
	return j.writeBits(int(be.Uint16(data)), 1, bits)
}

func (j *job) writeCoils(data []byte) Exception {
	if len(data) < 5 {
		return IllegalValue
	}
	n, bits := int(be.Uint16(data[2:])), data[5:]
	if n < 1 || n > MaxWriteBits || int(data[4]) != (n+7)/8 || len(bits) != int(data[4]) {
		return IllegalValue
	}
	return j.writeBits(int(be.Uint16(data)), n, bits)
}

// writeBits gives the n coils from first on the bits, the lowest first.
func (j *job) writeBits(first, n int, bits []byte) Exception {
	spans, fault := j.writable(Coils, first, first+n)
	if fault != 0 {
		return fault
	}
	at := 0
	for i := range spans {
		s := &spans[i]
		var value, written uint64
		for b := max(first-s.first, 0); b < min(first+n-s.first, s.size); b++ {
			value |= uint64(bits[at/8]>>(at%8)&1) << b
			written |= 1 << b
			at++
		}
		j.change(s, value, widthMask(s.typ)&^written)
	}
	return 0
}

// change gives a register of a type without floats the bits of value, and keeps those
// in keep.
func (j *job) change(s *span, value, keep uint64) {
	c := protocol.Change{Ref: s.ref, Value: valueOf(s.typ, value)}
	if keep != 0 {
		// Both numbers have the register's sign in all bits above its own, so that the
		// result has too.
		c.Action, c.Operand = protocol.Mask, valueOf(s.typ, keep)
	}
	j.tx.Changes = append(j.tx.Changes, c)
}

// writeCounted writes words that come after their number and their length.
func (j *job) writeCounted(first int, data []byte, most int) Exception {
	n, words := int(be.Uint16(data)), data[3:]
	if n < 1 || n > most || int(data[2]) != 2*n || len(words) != 2*n {
		return IllegalValue
	}
	return j.writeWords(first, words)
}

// writeWords gives holding registers the words from first on. A register of several
// words is written as a whole or not at all.
func (j *job) writeWords(first int, words []byte) Exception {
	end := first + len(words)/2
	spans, fault := j.writable(HoldingRegisters, first, end)
	if fault != 0 {
		return fault
	}
	if spans[0].first < first || spans[len(spans)-1].end() > end {
		return IllegalAddress
	}
	for i := range spans {
		s := &spans[i]
		v, ok := ParseValue(words[2*(s.first-first):], s.typ, s.order)
		if !ok {
			return IllegalValue
		}
		j.tx.Changes = append(j.tx.Changes, protocol.Change{Ref: s.ref, Value: v})
	}
	return 0
}

// maskWord changes bits of one word, which may be a part of an integer.
func (j *job) maskWord(data, pdu []byte) Exception {
	if len(data) != 6 {
		return IllegalValue
	}
	j.echoed = copy(j.echo[:], pdu)
	first := int(be.Uint16(data))
	and, or := be.Uint16(data[2:]), be.Uint16(data[4:])
	spans, fault := j.writable(HoldingRegisters, first, first+1)
	if fault != 0 {
		return fault
	}
	s := &spans[0]
	switch {
	case s.typ == protocol.Bool:
		return j.maskBool(s, and, or)
	case !s.typ.Integer():
		return IllegalAddress // the bits of a float cannot be changed one by one
	}
	word, swapped := place(first-s.first, s.size, s.order)
	keep := widthMask(s.typ) &^ (0xffff << (16 * word))
	keep |= uint64(swapBytes(and, swapped)) << (16 * word)
	j.change(s, uint64(swapBytes(or, swapped))<<(16*word), keep)
	return 0
}

// maskBool changes the lowest bit of the word that shows a bool, or keeps it.
func (j *job) maskBool(s *span, and, or uint16) Exception {
	switch {
	case or&^and > 1:
		return IllegalValue
	case and&1 == 0:
		j.change(s, uint64(or&1), 0)
	}
	return 0
}

// readWrite writes, and then reads, in one transaction.
func (j *job) readWrite(data []byte) Exception {
	if len(data) < 9 {
		return IllegalValue
	}
	n := int(be.Uint16(data[2:]))
	if n < 1 || n > MaxReadRegisters {
		return IllegalValue
	}
	if fault := j.writeCounted(int(be.Uint16(data[4:])), data[6:], MaxReadWriteRegisters); fault != 0 {
		return fault
	}
	var ok bool
	j.first = int(be.Uint16(data))
	j.end = j.first + n
	if j.read, ok = j.unit.tables[HoldingRegisters].find(j.first, j.end); !ok {
		return IllegalAddress
	}
	for i := range j.read {
		if !j.read[i].mayRead {
			return IllegalAddress
		}
		j.tx.Reads = append(j.tx.Reads, j.read[i].ref)
	}
	return 0
}
