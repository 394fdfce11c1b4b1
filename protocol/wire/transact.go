package wire

import (
	"slices"
	"sync"
	"time"

	"linetwin.dev/protocol"
)

// order is a client's transaction, from the request to the answer.
type order struct {
	protocol.Transaction
	id    uint16
	reply byte // the request's operation, which says what the answer looks like
	types []protocol.Type
}

var orders = sync.Pool{New: func() any { return new(order) }}

func (s *Server) newOrder(id uint16, op byte) *order {
	o := orders.Get().(*order)
	o.Reset()
	o.Finished, o.Check, o.id, o.reply, o.types = s.finished, s.check, id, op, o.types[:0]
	return o
}

// add puts a change of a register of type t into the order, if the client may make it.
func (s *Server) add(o *order, t protocol.Type, c protocol.Change) protocol.Status {
	in := s.bank.At(c.Ref)
	if in == nil {
		return protocol.UnknownRegister
	}
	if s.config.Apply == nil {
		return protocol.NotWritable
	}
	if status := s.grant.MayWrite(in); status != protocol.OK {
		return status
	}
	if in.Type() != t {
		return protocol.WrongType
	}
	if s.check != nil {
		// The writer asks again; a claim may be made meanwhile.
		if status := s.check(c.Ref); status != protocol.OK {
			return status
		}
	}
	o.Changes, o.types = append(o.Changes, c), append(o.types, t)
	return protocol.OK
}

// submit hands the order to the registers' writer, and answers it if it was carried
// out at once.
func (s *Server) submit(o *order) {
	switch {
	case len(s.pending) >= s.config.MaxPending || s.pendingReads()+len(o.Reads) > MaxRefs:
		o.Refuse(protocol.Busy, 0)
	case !s.config.Apply(&o.Transaction):
		if s.finished == nil {
			panic("wire: transactions are finished later, but OnFinished was not called")
		}
		s.pending = append(s.pending, o)
		return
	}
	s.conclude(o)
}

// pendingReads is how many registers the answers that are owed will have, which bounds
// what may be added to a full output.
func (s *Server) pendingReads() (n int) {
	for _, o := range s.pending {
		n += len(o.Reads)
	}
	return n
}

// conclude answers an order that has been carried out or refused.
func (s *Server) conclude(o *order) {
	defer orders.Put(o)
	switch {
	case o.Status != protocol.OK && (o.reply == opTransact || o.reply == opTransTimed):
		s.refuse(o.id, o.Status, o.Failed)
	case o.Status != protocol.OK || len(o.Reads) == 0 && o.reply != opChange:
		s.answer(o.id, o.Status)
	case o.reply == opChange:
		s.out = appendValueReply(s.out, o.id, o.types[0], o.Old[0], false)
	default:
		s.reserve(sizedHeader + len(o.Reads)*maxEntry)
		start := len(s.out)
		s.out = beginSized(s.out, opEntries, o.id)
		for i, ref := range o.Reads {
			s.out = appendEntry(s.out, 0, s.bank.At(ref).Type(), o.Samples[i], o.reply == opTransTimed)
		}
		endSized(s.out, start)
	}
}

// refuse says which part of a transaction was at fault.
func (s *Server) refuse(id uint16, status protocol.Status, index int) {
	s.counts.Failed++
	s.out = append(s.out, opFailAt, byte(id), byte(id>>8), byte(status))
	s.out = le.AppendUint16(s.out, uint16(index))
}

// OnFinished sets what a transaction calls that the writer did not carry out at once:
// f, on the writer's goroutine, must see to it that Complete is called soon, and
// return at once. It is set before the first Receive.
func (s *Server) OnFinished(f func(*protocol.Transaction)) { s.finished = f }

// Complete answers a transaction of this session that Apply did not carry out at
// once. Later requests may have been answered before.
func (s *Server) Complete(now time.Duration, tx *protocol.Transaction) {
	i := slices.IndexFunc(s.pending, func(o *order) bool { return &o.Transaction == tx })
	if i < 0 {
		return // the session ended meanwhile
	}
	o := s.pending[i]
	s.pending = slices.Delete(s.pending, i, i+1)
	start := len(s.out)
	s.conclude(o)
	s.traceOut(start)
	s.settle(now)
}

// write is the short form of a change: a value for one register.
func (s *Server) write(id uint16, t protocol.Type, ref protocol.Ref, b []byte) {
	v, ok := protocol.DecodeValue(t, b)
	if !ok {
		s.answer(id, protocol.OutOfRange)
		return
	}
	s.one(id, opWrite, t, protocol.Change{Ref: ref, Value: v})
}

func (s *Server) change(id uint16, b []byte) {
	c, t, _, ok := parseChange(b)
	if !ok {
		s.answer(id, protocol.OutOfRange)
		return
	}
	s.one(id, opChange, t, c)
}

func (s *Server) one(id uint16, op byte, t protocol.Type, c protocol.Change) {
	o := s.newOrder(id, op)
	if status := s.add(o, t, c); status != protocol.OK {
		orders.Put(o)
		s.answer(id, status)
		return
	}
	s.submit(o)
}

// transact carries out several changes, all or none, and reads registers afterwards.
func (s *Server) transact(id uint16, op byte, b []byte) {
	o := s.newOrder(id, op)
	status, at := s.collect(o, b)
	if status != protocol.OK {
		orders.Put(o)
		s.refuse(id, status, at)
		return
	}
	s.submit(o)
}

// collect reads the payload of a transaction into o. When it fails it says at which
// change or register.
func (s *Server) collect(o *order, b []byte) (status protocol.Status, at int) {
	if len(b) < 2 {
		return protocol.Malformed, 0
	}
	count := int(le.Uint16(b))
	b = b[2:]
	for ; at < count; at++ {
		c, t, size, ok := parseChange(b)
		switch {
		case size == 0:
			return protocol.Malformed, at
		case !ok:
			return protocol.OutOfRange, at
		}
		if status := s.add(o, t, c); status != protocol.OK {
			return status, at
		}
		b = b[size:]
	}
	switch {
	case len(b)%2 != 0:
		return protocol.Malformed, at
	case len(b) > 2*MaxRefs:
		return protocol.Limit, at + MaxRefs
	}
	for ; len(b) > 0; b, at = b[2:], at+1 {
		ref := protocol.Ref(le.Uint16(b))
		if status := s.mayRead(ref); status != protocol.OK {
			return status, at
		}
		o.Reads = append(o.Reads, ref)
	}
	if len(o.Changes) == 0 {
		return protocol.Malformed, 0
	}
	return protocol.OK, 0
}

func (s *Server) mayRead(ref protocol.Ref) protocol.Status {
	switch {
	case int(ref) >= s.bank.Len():
		return protocol.UnknownRegister
	case !s.grant.MayRead(ref):
		return protocol.NotAuthorised
	}
	return protocol.OK
}
