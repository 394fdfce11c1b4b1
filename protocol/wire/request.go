package wire

import (
	"time"

	"linetwin.dev/protocol"
)

// mapPart is about how many bytes of the map go into one reply, so that a large
// map does not hold up other replies.
const mapPart = 16 << 10

// request carries out one whole request.
func (s *Server) request(now time.Duration, b []byte) {
	s.counts.Requests++
	if s.trace == nil {
		s.carryOut(now, b)
		return
	}
	s.trace(true, b)
	start := len(s.out)
	s.carryOut(now, b)
	s.traceOut(start)
}

func (s *Server) carryOut(now time.Duration, b []byte) {
	op, id := b[0], le.Uint16(b[1:])
	t := protocol.Type(op & 0x0f)
	if op&sized != 0 {
		s.sizedRequest(now, op, id, b[sizedHeader:])
		return
	}
	switch op & 0xf0 {
	case opRead, opReadTimed:
		s.read(op, id, protocol.Ref(le.Uint16(b[3:])), t)
	case opWrite:
		s.write(id, t, protocol.Ref(le.Uint16(b[3:])), b[5:])
	case opBlock, opBlockTimed:
		s.block(id, int(le.Uint16(b[3:])), int(le.Uint16(b[5:])), t, op&0xf0 == opBlockTimed)
	default:
		switch op {
		case opPing:
			s.answer(id, protocol.OK)
		case opUnwatch:
			s.answer(id, s.unwatch(le.Uint16(b[3:])))
		case opMap:
			s.sendMap(id, int(le.Uint16(b[3:])))
		case opClock:
			s.clock(id, decodeTime(b[3:]), decodeTime(b[11:]))
		case opRelease:
			s.abandon()
			s.answer(id, protocol.OK)
		case opChange:
			s.change(id, b[3:])
		case opLimits:
			s.limits(id, protocol.Ref(le.Uint16(b[3:])))
		}
	}
}

func (s *Server) sizedRequest(now time.Duration, op byte, id uint16, payload []byte) {
	switch op {
	case opList, opListTimed:
		s.list(id, payload, op == opListTimed)
	case opWatch, opWatchTimed:
		s.watch(now, id, payload, op == opWatchTimed)
	case opWatchWith:
		s.watchWith(now, id, payload)
	case opTransact, opTransTimed:
		s.transact(id, op, payload)
	case opClaim:
		s.answer(id, s.claim(payload))
	}
}

func (s *Server) answer(id uint16, status protocol.Status) {
	if status == protocol.OK {
		s.out = appendHead(s.out, opAck, id)
		return
	}
	s.counts.Failed++
	s.out = append(s.out, opFail, byte(id), byte(id>>8), byte(status))
}

// readSize is the size of a request to read one register.
const readSize = 5

// quick carries out the request at the start of b, of readSize bytes or more, if it reads
// one register and nobody looks on, and reports whether it did. It is what clients ask
// most often.
func (s *Server) quick(b []byte) bool {
	op := b[0]
	if op < opRead || op >= opWrite || op&0x0f > byte(protocol.F64) || !s.greeted || s.trace != nil {
		return false
	}
	s.counts.Requests++
	ref := le.Uint16(b[3:])
	a := &s.again
	if a.size == 0 || op != a.op || ref != a.ref || a.in.Version() != a.version {
		s.read(op, le.Uint16(b[1:]), protocol.Ref(ref), protocol.Type(op&0x0f))
		return true
	}
	start := len(s.out)
	s.out = append(s.out, a.answer[:]...)[:start+int(a.size)]
	s.out[start+1], s.out[start+2] = b[1], b[2]
	return true
}

// again is the last read of a session. When the register has not been written until it
// is read so again, the answer is kept, and answers later reads as long as that remains.
type again struct {
	in      *protocol.In
	version uint64
	ref     uint16
	op      byte
	size    byte // of the answer, 0 when there is none
	answer  [maxValueReply]byte
}

// maxValueReply is a value of 64 bits with its time.
const maxValueReply = 3 + 8 + 8

func (s *Server) read(op byte, id uint16, ref protocol.Ref, t protocol.Type) {
	in := s.bank.At(ref)
	switch {
	case in == nil:
		s.answer(id, protocol.UnknownRegister)
		return
	case t != 0 && t != in.Type():
		s.answer(id, protocol.WrongType)
		return
	case !s.grant.MayRead(ref):
		s.answer(id, protocol.NotAuthorised)
		return
	}
	version := in.Version() // first, so that a write meanwhile is seen the next time
	start := len(s.out)
	s.out = appendValueReply(s.out, id, in.Type(), in.Sample(), op&0xf0 == opReadTimed)
	a := &s.again
	if a.in == in && a.op == op && a.version == version {
		a.size = byte(copy(a.answer[:], s.out[start:]))
		return
	}
	a.in, a.ref, a.op, a.version, a.size = in, uint16(ref), op, version, 0
}

func appendValueReply(dst []byte, id uint16, t protocol.Type, sample protocol.Sample, timed bool) []byte {
	op := opValue + byte(sample.Quality)<<4 | byte(t)
	if timed {
		op |= valueTimed
	}
	dst = appendHead(dst, op, id)
	dst = protocol.AppendValue(dst, t, sample.Value)
	if timed {
		dst = appendTime(dst, sample.Time)
	}
	return dst
}

func (s *Server) block(id uint16, first, count int, t protocol.Type, timed bool) {
	switch {
	case count == 0:
		s.answer(id, protocol.Malformed)
		return
	case count > MaxRefs:
		s.answer(id, protocol.Limit)
		return
	case first+count > s.bank.Len():
		s.answer(id, protocol.UnknownRegister)
		return
	}
	if !s.grant.MayReadAll(protocol.Ref(first), count) {
		s.answer(id, protocol.NotAuthorised)
		return
	}
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	refs, samples := r.refs[:count], r.samples[:count]
	for i := range refs {
		refs[i] = protocol.Ref(first + i)
		if t != 0 && s.bank.At(refs[i]).Type() != t {
			s.answer(id, protocol.WrongType)
			return
		}
	}
	if !s.bank.Snapshot(refs, samples) {
		s.answer(id, protocol.Busy)
		return
	}
	s.reserve(sizedHeader + count*maxEntry)
	start := len(s.out)
	if t != 0 {
		s.out = appendPacked(beginSized(s.out, opPacked, id), t, samples)
	} else {
		s.out = beginSized(s.out, opEntries, id)
		for i, ref := range refs {
			s.out = appendEntry(s.out, 0, s.bank.At(ref).Type(), samples[i], timed)
		}
	}
	endSized(s.out, start)
}

func (s *Server) list(id uint16, b []byte, timed bool) {
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	refs, status := decodeRefs(r.refs[:0], b)
	if status != protocol.OK {
		s.answer(id, status)
		return
	}
	present := r.present[:0]
	for _, ref := range refs {
		if s.mayRead(ref) == protocol.OK {
			present = append(present, ref)
		}
	}
	known := r.samples[:len(present)]
	if !s.bank.Snapshot(present, known) {
		s.answer(id, protocol.Busy)
		return
	}
	s.reserve(sizedHeader + len(refs)*maxEntry)
	start := len(s.out)
	s.out = beginSized(s.out, opEntries, id)
	for _, ref := range refs {
		if status := s.mayRead(ref); status != protocol.OK {
			s.out = appendNoValue(s.out, status)
			continue
		}
		s.out = appendEntry(s.out, 0, s.bank.At(ref).Type(), known[0], timed)
		known = known[1:]
	}
	endSized(s.out, start)
}

// limits tells the least and the greatest value that a register takes.
func (s *Server) limits(id uint16, ref protocol.Ref) {
	in := s.bank.At(ref)
	if in == nil {
		s.answer(id, protocol.UnknownRegister)
		return
	}
	l, start := s.bank.Limits(ref), len(s.out)
	s.out = beginSized(s.out, opEntries, id)
	for _, v := range [...]protocol.Value{l.Low, l.High} {
		s.out = appendEntry(s.out, 0, in.Type(), protocol.Sample{Value: v}, false)
	}
	endSized(s.out, start)
}

// decodeRefs appends the references in b to dst.
func decodeRefs(dst []protocol.Ref, b []byte) ([]protocol.Ref, protocol.Status) {
	if len(b) == 0 || len(b)%2 != 0 {
		return dst, protocol.Malformed
	}
	if len(b) > 2*MaxRefs {
		return dst, protocol.Limit
	}
	for ; len(b) > 0; b = b[2:] {
		dst = append(dst, protocol.Ref(le.Uint16(b)))
	}
	return dst, protocol.OK
}

// sendMap sends the records from first on, as many as go into one reply; none when
// first is the number of registers.
func (s *Server) sendMap(id uint16, first int) {
	n := s.bank.Len()
	if first > n {
		s.answer(id, protocol.UnknownRegister)
		return
	}
	s.reserve(sizedHeader + mapPart)
	start := len(s.out)
	s.out = beginSized(s.out, opMapReply, id)
	for ; first < n; first++ {
		info := s.bank.Info(protocol.Ref(first))
		if len(s.out)-start+recordSize(&info.Def) > mapPart {
			break
		}
		s.out = appendRecord(s.out, &info.Def)
	}
	endSized(s.out, start)
}
