package modbus

import "linetwin.dev/protocol"

// answer carries a request to a unit, under the identifier given, out and appends the reply's PDU. It reports false when the
// request is a write that the registers' writer has yet to carry out: then j.done tells
// when finish can append the reply.
func (im *image) answer(dst []byte, u *unit, id uint8, pdu []byte, j *job) (reply []byte, done bool) {
	j.unit = u
	f, data := Function(pdu[0]), pdu[1:]
	var fault Exception
	switch f {
	case ReadCoils, ReadDiscreteInputs, ReadHoldingRegisters, ReadInputRegisters:
		reply, fault = j.readTable(dst, f, data)
	case ReportServerID:
		reply, fault = im.reportServerID(dst, id, data)
	case EncapsulatedInterface:
		reply, fault = im.identify(dst, data)
	default:
		if fault = j.prepare(f, data, pdu); fault == 0 {
			return im.submit(dst, j)
		}
	}
	if fault != 0 {
		return appendException(dst, f, fault), true
	}
	return reply, true
}

func appendException(dst []byte, f Function, e Exception) []byte {
	return append(dst, byte(f|failed), byte(e))
}

// submit hands the prepared transaction to the registers' writer.
func (im *image) submit(dst []byte, j *job) ([]byte, bool) {
	if len(j.tx.Changes) > 0 && !im.apply(&j.tx) {
		return dst, false
	}
	return j.finish(dst), true
}

// finish appends the reply to a write whose transaction is done.
func (j *job) finish(dst []byte) []byte {
	f := Function(j.echo[0])
	if j.tx.Status != protocol.OK {
		return appendException(dst, f, ExceptionOf(j.tx.Status))
	}
	if f != ReadWriteRegisters {
		return append(dst, j.echo[:j.echoed]...)
	}
	start := len(dst)
	dst = append(dst, byte(f), byte(2*(j.end-j.first)))
	dst, fault := appendWords(dst, j.read, j.tx.Samples, j.first, j.end, j.unit.onBad)
	if fault != 0 {
		return appendException(dst[:start], f, fault)
	}
	return dst
}

// tableOf is the table that each of the four functions reads.
var tableOf = [...]Table{ReadCoils: Coils, ReadDiscreteInputs: DiscreteInputs,
	ReadHoldingRegisters: HoldingRegisters, ReadInputRegisters: InputRegisters}

func (j *job) readTable(dst []byte, f Function, data []byte) ([]byte, Exception) {
	t, most := tableOf[f], MaxReadBits
	if t.Words() {
		most = MaxReadRegisters
	}
	if len(data) != 4 {
		return dst, IllegalValue
	}
	first, n := int(be.Uint16(data)), int(be.Uint16(data[2:]))
	if n < 1 || n > most {
		return dst, IllegalValue
	}
	spans, ok := j.unit.tables[t].find(first, first+n)
	if !ok {
		return dst, IllegalAddress
	}
	samples, fault := j.snapshot(spans)
	switch {
	case fault != 0:
		return dst, fault
	case t.Words():
		return appendWords(append(dst, byte(f), byte(2*n)), spans, samples, first, first+n, j.unit.onBad)
	}
	return appendBits(append(dst, byte(f), byte((n+7)/8)), spans, samples, first, first+n, j.unit.onBad)
}

// appendWords appends the words from first to end, which are in spans.
func appendWords(dst []byte, spans table, samples []protocol.Sample, first, end int, onBad OnBad) ([]byte, Exception) {
	for i := range spans {
		s, sample := &spans[i], &samples[i]
		var raw uint64
		switch {
		case s.quality:
			raw = uint64(sample.Quality)
		case sample.Quality != protocol.Bad:
			raw = rawOf(s.typ, sample.Value)
		case onBad == BadMarked:
			raw = markOf(s.typ)
		default:
			return dst, onBad.exception()
		}
		if s.size == 1 {
			dst = be.AppendUint16(dst, uint16(raw))
			continue
		}
		var buf [8]byte
		words := appendRaw(buf[:0], s.size, s.order, raw)
		dst = append(dst, words[2*max(first-s.first, 0):2*min(end-s.first, s.size)]...)
	}
	return dst, 0
}

// appendBits appends the bits from first to end, which are in spans, the first one
// lowest.
func appendBits(dst []byte, spans table, samples []protocol.Sample, first, end int, onBad OnBad) ([]byte, Exception) {
	var pending uint64 // bits that do not fill a byte yet
	n := 0
	for i := range spans {
		s, sample := &spans[i], &samples[i]
		var raw uint64
		switch {
		case s.quality:
			raw = 1
			if sample.Quality == protocol.Bad {
				raw = 0
			}
		case sample.Quality != protocol.Bad:
			raw = rawOf(s.typ, sample.Value)
		default:
			return dst, onBad.exception()
		}
		for b := max(first-s.first, 0); b < min(end-s.first, s.size); b++ {
			pending |= raw >> b & 1 << n
			if n++; n == 8 {
				dst = append(dst, byte(pending))
				pending, n = 0, 0
			}
		}
	}
	if n > 0 {
		dst = append(dst, byte(pending))
	}
	return dst, 0
}
