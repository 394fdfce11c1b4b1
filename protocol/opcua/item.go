package opcua

import (
	"math"
	"reflect"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// item watches an attribute of a node (Part 4, 5.13).
type item struct {
	id, handle uint32
	node       *node
	what       *ua.ReadValueID
	want       ua.TimestampsToReturn
	mode       ua.MonitoringMode
	interval   time.Duration
	next       time.Time

	// size of the queue; when it is full, the oldest value makes room, or the newest is
	// replaced.
	size          int
	discardOldest bool
	queue         []entry

	trigger  ua.DataChangeTrigger
	deadband float64 // absolute; 0 for none

	// last is what was queued last, known after the first sample; version of the register
	// and grant of the session are those that were looked at last.
	last    entry
	known   bool
	version uint64
	grant   *protocol.Grant
}

// entry of a queue: a register's sample, or another value.
type entry struct {
	sample   protocol.Sample
	written  bool
	value    *ua.DataValue
	overflow bool
}

const (
	// overflowed says, in the status of a value, that others before it, or after it, were
	// lost from the queue: info type DataValue, and the bit (Part 4, 7.39).
	overflowed = ua.StatusCode(0x480)
	// slowest sampling and publishing.
	slowest = time.Hour
)

// look samples the item if it is time.
func (it *item) look(s *Server, grant *protocol.Grant, now time.Time) {
	if it.mode == ua.MonitoringModeDisabled || now.Before(it.next) {
		return
	}
	it.next = it.next.Add(it.interval)
	if it.next.Before(now) {
		it.next = now.Add(it.interval)
	}
	in := it.node.in
	if in == nil || it.what.AttributeID != ua.AttributeIDValue || grant != it.grant || !grant.MayRead(in.Ref()) {
		it.lookAtAll(s, grant, now)
		return
	}
	// The version first: a change between the two is seen the next time.
	version := in.Version()
	if it.known && version == it.version {
		return
	}
	it.version = version
	it.take(entry{sample: in.Sample(), written: version != 0})
}

// lookAtAll is look for what has no version: values of this server, attributes, and a
// register that the user may not read, or about which his rights may have changed.
func (it *item) lookAtAll(s *Server, grant *protocol.Grant, now time.Time) {
	it.grant = grant
	if v := s.attribute(it.node, it.what, it.want, grant, now); v != nil {
		it.take(entry{value: v})
		return
	}
	in := it.node.in
	it.version = in.Version()
	it.take(entry{sample: in.Sample(), written: it.version != 0})
}

// take queues an entry if it is another one than the last.
func (it *item) take(e entry) {
	if it.known && !it.differs(e) {
		return
	}
	it.last, it.known = e, true
	switch {
	case len(it.queue) < it.size:
		it.queue = append(it.queue, e)
	case it.size == 1:
		it.queue[0] = e
	case it.discardOldest:
		it.queue = append(append(it.queue[:0], it.queue[1:]...), e)
		it.queue[0].overflow = true
	default:
		e.overflow = true
		it.queue[len(it.queue)-1] = e
	}
}

func (e *entry) status() ua.StatusCode {
	if e.value != nil {
		return e.value.Status
	}
	return quality(e.sample, e.written)
}

// differs tells whether the filter lets an entry pass (Part 4, 7.22.2).
func (it *item) differs(e entry) bool {
	old := &it.last
	switch {
	case e.status() != old.status() || (e.value == nil) != (old.value == nil):
		return true
	case it.trigger == ua.DataChangeTriggerStatus:
		return false
	case e.value != nil:
		return !reflect.DeepEqual(e.value.Value, old.value.Value)
	case it.deadband > 0:
		t := it.node.in.Type()
		a, b := e.sample.Value.Number(t), old.sample.Value.Number(t)
		return math.Abs(a-b) > it.deadband || math.IsNaN(a) != math.IsNaN(b)
	case it.trigger == ua.DataChangeTriggerStatusValueTimestamp && e.sample.Time != old.sample.Time:
		return true
	}
	return e.sample.Value != old.sample.Value
}

// notification takes the oldest entry out of the queue.
func (it *item) notification(s *Server, now time.Time) *ua.MonitoredItemNotification {
	e := it.queue[0]
	it.queue = append(it.queue[:0], it.queue[1:]...)
	v := e.value
	if v == nil {
		v = s.dataValue(it.node, e.sample, e.written, it.want, now)
	}
	if e.overflow {
		c := *v
		c.Status |= overflowed
		c.UpdateMask()
		v = &c
	}
	return &ua.MonitoredItemNotification{ClientHandle: it.handle, Value: v}
}

// setFilter takes over what a client asked for, or says what is wrong with it.
func (it *item) setFilter(f *ua.ExtensionObject) ua.StatusCode {
	it.trigger, it.deadband = ua.DataChangeTriggerStatusValue, 0
	var filter *ua.DataChangeFilter
	switch v := f.Value.(type) {
	case nil:
		return ua.StatusOK
	case *ua.DataChangeFilter:
		filter = v
	case *ua.AggregateFilter:
		return ua.StatusBadMonitoredItemFilterUnsupported
	default:
		return ua.StatusBadFilterNotAllowed
	}
	switch {
	case it.what.AttributeID != ua.AttributeIDValue:
		return ua.StatusBadFilterNotAllowed
	case filter.Trigger > ua.DataChangeTriggerStatusValueTimestamp:
		return ua.StatusBadMonitoredItemFilterInvalid
	}
	deadband, status := it.node.deadband(filter)
	if status == ua.StatusOK {
		it.trigger, it.deadband = filter.Trigger, deadband
	}
	return status
}

// deadband is a filter's, as a difference of values.
func (n *node) deadband(f *ua.DataChangeFilter) (float64, ua.StatusCode) {
	kind := ua.DeadbandType(f.DeadbandType)
	numeric := n.in != nil && n.in.Type() != protocol.Bool && n.enumeration == nil
	switch {
	case kind == ua.DeadbandTypeNone:
		return 0, ua.StatusOK
	case !numeric:
		return 0, ua.StatusBadFilterNotAllowed
	case math.IsNaN(f.DeadbandValue) || f.DeadbandValue < 0:
		return 0, ua.StatusBadDeadbandFilterInvalid
	case kind == ua.DeadbandTypeAbsolute:
		return f.DeadbandValue, ua.StatusOK
	case kind != ua.DeadbandTypePercent || f.DeadbandValue > 100:
		return 0, ua.StatusBadDeadbandFilterInvalid
	case n.span == 0:
		// Without an EURange there is nothing to take a percentage of.
		return 0, ua.StatusBadFilterNotAllowed
	}
	return f.DeadbandValue / 100 * n.span, ua.StatusOK
}
