package opcua

import (
	"math"
	"sync"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// read answers a Read (Part 4, 5.11.2). The registers in it are read at one instant
// whenever their writers leave the time for that.
func (s *Server) read(x *exchange, req *ua.ReadRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.NodesToRead)); status != ua.StatusOK {
		return nil, status
	}
	switch {
	case req.TimestampsToReturn > ua.TimestampsToReturnNeither:
		return nil, ua.StatusBadTimestampsToReturnInvalid
	case req.MaxAge < 0 || math.IsNaN(req.MaxAge):
		return nil, ua.StatusBadMaxAgeInvalid
	}
	grant := x.session.grant.Load()
	results := make([]*ua.DataValue, len(req.NodesToRead))
	var refs []protocol.Ref
	var places []int
	for i, r := range req.NodesToRead {
		n := s.space.find(r.NodeID)
		if v := s.attribute(n, r, req.TimestampsToReturn, grant, x.now); v != nil {
			results[i] = v
			continue
		}
		refs, places = append(refs, n.in.Ref()), append(places, i)
	}
	if len(refs) > 0 {
		samples := make([]protocol.Sample, len(refs))
		s.bank.Snapshot(refs, samples)
		for j, i := range places {
			n := s.space.find(req.NodesToRead[i].NodeID)
			results[i] = s.dataValue(n, samples[j], n.in.Version() != 0, req.TimestampsToReturn, x.now)
		}
	}
	return &ua.ReadResponse{Results: results}, ua.StatusOK
}

// dataValue is a register's sample as clients see it. A bad one has no value, so that
// nobody takes an old one for the present.
func (s *Server) dataValue(n *node, v protocol.Sample, written bool, want ua.TimestampsToReturn, now time.Time) *ua.DataValue {
	d := &ua.DataValue{Status: quality(v, written)}
	source := s.wall(v.Time)
	if !written {
		source = time.Time{}
	}
	if v.Quality != protocol.Bad {
		d.Value = variant(n.in.Type(), n.enumeration != nil, v.Value)
	}
	return stamp(d, want, source, now)
}

func badValue(status ua.StatusCode) *ua.DataValue {
	v := &ua.DataValue{Status: status}
	v.UpdateMask()
	return v
}

// attribute reads anything but the value of a register, for which it returns nil.
func (s *Server) attribute(n *node, r *ua.ReadValueID, want ua.TimestampsToReturn, grant *protocol.Grant, now time.Time) *ua.DataValue {
	switch {
	case n == nil:
		return badValue(ua.StatusBadNodeIDUnknown)
	case r.AttributeID != ua.AttributeIDValue:
		v := s.constant(n, r.AttributeID, grant)
		switch {
		case v == nil:
			return badValue(ua.StatusBadAttributeIDInvalid)
		case r.IndexRange != "":
			return badValue(ua.StatusBadIndexRangeNoData)
		case r.DataEncoding.Name != "":
			return badValue(ua.StatusBadDataEncodingInvalid)
		}
		// Only values have a source (Part 4, 5.11.2).
		return stamp(&ua.DataValue{Value: ua.MustVariant(v)}, want, time.Time{}, now)
	}
	switch status := mayRead(n, r, grant); {
	case status != ua.StatusOK:
		return badValue(status)
	case n.in != nil:
		return nil
	}
	return stamp(&ua.DataValue{Value: ua.MustVariant(n.value())}, want, now, now)
}

// mayRead says whether the value of a node can be read as asked.
func mayRead(n *node, r *ua.ReadValueID, grant *protocol.Grant) ua.StatusCode {
	switch {
	case n.class != ua.NodeClassVariable:
		return ua.StatusBadAttributeIDInvalid
	case r.IndexRange != "":
		return ua.StatusBadIndexRangeNoData
	case r.DataEncoding.Name != "" && r.DataEncoding.Name != "Default Binary":
		return ua.StatusBadDataEncodingUnsupported
	case n.in != nil && !grant.MayRead(n.in.Ref()):
		return ua.StatusBadUserAccessDenied
	}
	return ua.StatusOK
}

// constant is an attribute that stays, or nil when the node has none such.
func (s *Server) constant(n *node, a ua.AttributeID, grant *protocol.Grant) any {
	switch a {
	case ua.AttributeIDNodeID:
		return n.id
	case ua.AttributeIDNodeClass:
		return int32(n.class)
	case ua.AttributeIDBrowseName:
		return n.browse
	case ua.AttributeIDDisplayName:
		return n.display
	case ua.AttributeIDDescription:
		return n.doc
	case ua.AttributeIDWriteMask, ua.AttributeIDUserWriteMask:
		return uint32(0)
	}
	switch n.class {
	case ua.NodeClassVariable:
		return s.ofVariable(n, a, grant)
	case ua.NodeClassObject:
		if a == ua.AttributeIDEventNotifier {
			return uint8(0)
		}
	default:
		return ofType(n, a)
	}
	return nil
}

func (s *Server) ofVariable(n *node, a ua.AttributeID, grant *protocol.Grant) any {
	switch a {
	case ua.AttributeIDDataType:
		return n.typeOf()
	case ua.AttributeIDValueRank:
		if n.array {
			return int32(1)
		}
		return int32(-1)
	case ua.AttributeIDArrayDimensions:
		if n.array {
			return []uint32{0}
		}
	case ua.AttributeIDAccessLevel:
		return uint8(s.access(n))
	case ua.AttributeIDUserAccessLevel:
		return uint8(s.userAccess(n, grant))
	case ua.AttributeIDAccessLevelEx:
		return uint32(s.access(n))
	case ua.AttributeIDMinimumSamplingInterval:
		return float64(s.limits.Sampling) / float64(time.Millisecond)
	case ua.AttributeIDHistorizing:
		return false
	}
	return nil
}

func ofType(n *node, a ua.AttributeID) any {
	switch {
	case a == ua.AttributeIDIsAbstract:
		return n.abstract
	case a == ua.AttributeIDSymmetric && n.class == ua.NodeClassReferenceType:
		return n.inverse == ""
	case a == ua.AttributeIDInverseName && n.inverse != "":
		return ua.NewLocalizedText(n.inverse)
	case a == ua.AttributeIDDataTypeDefinition && n.definition != nil:
		return n.definition
	case a == ua.AttributeIDDataType && n.class == ua.NodeClassVariableType:
		return ua.NewNumericNodeID(nsStandard, n.dataType)
	case a == ua.AttributeIDValueRank && n.class == ua.NodeClassVariableType:
		return int32(-2) // any
	}
	return nil
}

// access is what some client may do with a variable.
func (s *Server) access(n *node) ua.AccessLevelType {
	if n.in != nil && n.in.Access() != protocol.ReadOnly && s.o.Apply != nil {
		return ua.AccessLevelTypeCurrentRead | ua.AccessLevelTypeCurrentWrite
	}
	return ua.AccessLevelTypeCurrentRead
}

// userAccess is what this one may do.
func (s *Server) userAccess(n *node, grant *protocol.Grant) ua.AccessLevelType {
	level := s.access(n)
	if n.in == nil {
		return level
	}
	if !grant.MayRead(n.in.Ref()) {
		level &^= ua.AccessLevelTypeCurrentRead
	}
	if grant.MayWrite(n.in) != protocol.OK {
		level &^= ua.AccessLevelTypeCurrentWrite
	}
	return level
}

// write answers a Write (Part 4, 5.11.4), at once or when the registers' writers have
// done it. Each node in it stands for itself.
func (s *Server) write(x *exchange, req *ua.WriteRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.NodesToWrite)); status != ua.StatusOK {
		return nil, status
	}
	if x.conn.writing.Load() >= mostWriting {
		return nil, ua.StatusBadTooManyOperations
	}
	w := &writing{exchange: x, results: make([]ua.StatusCode, len(req.NodesToWrite)), left: 1}
	x.conn.writing.Add(1)
	grant := x.session.grant.Load()
	for i, r := range req.NodesToWrite {
		in, v, status := s.change(r, grant)
		if status != ua.StatusOK {
			w.results[i] = status
			continue
		}
		w.start(i)
		tx := protocol.NewWrite(in.Ref(), v)
		tx.Finished = func(tx *protocol.Transaction) { w.finish(i, outcome(tx.Status)) }
		if s.o.Apply(tx) {
			w.finish(i, outcome(tx.Status))
		}
	}
	w.finish(-1, ua.StatusOK)
	w.wait(s.limits.Patience)
	return nil, ua.StatusOK
}

// change is what a node to write asks for.
func (s *Server) change(r *ua.WriteValue, grant *protocol.Grant) (*protocol.In, protocol.Value, ua.StatusCode) {
	var none protocol.Value
	n := s.space.find(r.NodeID)
	switch {
	case n == nil:
		return nil, none, ua.StatusBadNodeIDUnknown
	case r.AttributeID != ua.AttributeIDValue || n.in == nil || s.access(n)&ua.AccessLevelTypeCurrentWrite == 0:
		return nil, none, ua.StatusBadNotWritable
	case r.IndexRange != "":
		return nil, none, ua.StatusBadIndexRangeNoData
	case r.Value.Status != ua.StatusOK || !r.Value.SourceTimestamp.IsZero() || !r.Value.ServerTimestamp.IsZero():
		// Quality and time of a register are its writer's.
		return nil, none, ua.StatusBadWriteNotSupported
	}
	if status := outcome(grant.MayWrite(n.in)); status != ua.StatusOK {
		return nil, none, status
	}
	v, status := registerValue(n.in.Type(), n.enumeration, r.Value.Value)
	return n.in, v, status
}

// writing is a Write under way.
type writing struct {
	exchange *exchange
	mu       sync.Mutex
	results  []ua.StatusCode
	left     int // changes that are not finished, and 1 until all are started
	answered bool
	timer    *time.Timer
}

// start marks the i-th change as one that has no result yet.
func (w *writing) start(i int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.results[i] = ua.StatusBadTimeout
	w.left++
}

// finish gives the i-th change its result, and answers when it was the last.
func (w *writing) finish(i int, status ua.StatusCode) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answered {
		return
	}
	if i >= 0 {
		w.results[i] = status
	}
	if w.left--; w.left == 0 {
		w.answer()
	}
}

// wait bounds how long the changes may take.
func (w *writing) wait(patience time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answered {
		return
	}
	w.timer = time.AfterFunc(patience, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.answer()
	})
}

// answer sends the results, those of changes that took too long as BadTimeout.
func (w *writing) answer() {
	if w.answered {
		return
	}
	w.answered = true
	if w.timer != nil {
		w.timer.Stop()
	}
	x := w.exchange
	x.conn.writing.Add(-1)
	resp := &ua.WriteResponse{Results: w.results}
	resp.SetHeader(responseHeader(x.header, ua.StatusOK, time.Now()))
	x.conn.out.push(answer{request: x.request, body: resp})
}
