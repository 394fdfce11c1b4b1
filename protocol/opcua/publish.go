package opcua

import (
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"
)

// publishRequest waits for something to publish.
type publishRequest struct {
	conn    *conn
	request uint32
	header  *ua.RequestHeader
	ends    time.Time // zero for never
	results []ua.StatusCode
}

// mostPublish is how many requests of one session may wait, and mostNotes how many
// changes of status.
const mostPublish, mostNotes = 20, 40

// note is a change of status of a subscription that the session does not have any more.
type note struct {
	id, sequence uint32
	status       ua.StatusCode
}

func (p *publishRequest) fault(status ua.StatusCode, now time.Time) {
	p.conn.out.push(answer{request: p.request, body: &ua.ServiceFault{ResponseHeader: responseHeader(p.header, status, now)}})
}

// publish takes a Publish request (Part 4, 5.14.5), which is answered when there is
// something to say.
func (s *Server) publish(x *exchange, req *ua.PublishRequest) (ua.Response, ua.StatusCode) {
	if len(req.SubscriptionAcknowledgements) > s.limits.Operations {
		return nil, ua.StatusBadTooManyOperations
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ss := x.session
	p := publishRequest{conn: x.conn, request: x.request, header: x.header, results: make([]ua.StatusCode, len(req.SubscriptionAcknowledgements))}
	if hint := x.header.TimeoutHint; hint > 0 {
		p.ends = x.now.Add(time.Duration(hint) * time.Millisecond)
	}
	for i, a := range req.SubscriptionAcknowledgements {
		p.results[i] = s.acknowledge(ss, a)
	}
	if len(ss.subs) == 0 && len(ss.notes) == 0 {
		return nil, ua.StatusBadNoSubscription
	}
	if len(ss.publish) >= mostPublish {
		ss.publish[0].fault(ua.StatusBadTooManyPublishRequests, x.now)
		ss.publish = slices.Delete(ss.publish, 0, 1)
	}
	ss.publish = append(ss.publish, p)
	ss.catchUp(x.now)
	return nil, ua.StatusOK
}

func (s *Server) acknowledge(ss *session, a *ua.SubscriptionAcknowledgement) ua.StatusCode {
	sub := s.subs[a.SubscriptionID]
	if sub == nil || sub.session != ss {
		return ua.StatusBadSubscriptionIDInvalid
	}
	i := slices.IndexFunc(sub.kept, func(m *ua.NotificationMessage) bool { return m.SequenceNumber == a.SequenceNumber })
	if i < 0 {
		return ua.StatusBadSequenceNumberUnknown
	}
	sub.drop(i)
	return ua.StatusOK
}

// drop forgets a message.
func (sub *subscription) drop(i int) {
	sub.keptValues -= values(sub.kept[i])
	sub.kept = slices.Delete(sub.kept, i, i+1)
}

func values(m *ua.NotificationMessage) int {
	if d, ok := m.NotificationData[0].Value.(*ua.DataChangeNotification); ok {
		return len(d.MonitoredItems)
	}
	return 1
}

// republish answers a Republish (Part 4, 5.14.6).
func (s *Server) republish(x *exchange, req *ua.RepublishRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, status := s.subscription(x, req.SubscriptionID)
	if status != ua.StatusOK {
		return nil, status
	}
	for _, m := range sub.kept {
		if m.SequenceNumber == req.RetransmitSequenceNumber {
			return &ua.RepublishResponse{NotificationMessage: m}, ua.StatusOK
		}
	}
	return nil, ua.StatusBadMessageNotAvailable
}

// catchUp answers requests that have just come with what was due before: changes of
// status, then the late subscriptions by priority.
func (ss *session) catchUp(now time.Time) {
	for len(ss.notes) > 0 && ss.ready() {
		n := ss.notes[0]
		ss.notes = slices.Delete(ss.notes, 0, 1)
		change := ua.NewExtensionObject(&ua.StatusChangeNotification{Status: n.status, DiagnosticInfo: new(ua.DiagnosticInfo)})
		ss.answer(n.id, &ua.NotificationMessage{SequenceNumber: n.sequence, PublishTime: now, NotificationData: []*ua.ExtensionObject{change}}, nil, false, now)
	}
	for _, sub := range ss.subs {
		if sub.late {
			sub.deliver(now)
		}
	}
}

// tell the session that it has lost a subscription.
func (ss *session) tell(sub *subscription, status ua.StatusCode, now time.Time) {
	if len(ss.notes) < mostNotes {
		ss.notes = append(ss.notes, note{sub.id, sub.sequence, status})
	}
	ss.catchUp(now)
}

// ready reports whether something can be published now: there is a request to answer, and
// the client reads.
func (ss *session) ready() bool {
	return len(ss.publish) > 0 && ss.publish[0].conn.out.room()
}

// answer the oldest request with a message.
func (ss *session) answer(id uint32, m *ua.NotificationMessage, available []uint32, more bool, now time.Time) {
	p := ss.publish[0]
	ss.publish = slices.Delete(ss.publish, 0, 1)
	if available == nil {
		available = []uint32{}
	}
	p.conn.out.push(answer{request: p.request, body: &ua.PublishResponse{
		ResponseHeader: responseHeader(p.header, ua.StatusOK, now), SubscriptionID: id,
		AvailableSequenceNumbers: available, MoreNotifications: more, NotificationMessage: m, Results: p.results,
	}})
}

// answerAll ends all requests that wait.
func (ss *session) answerAll(status ua.StatusCode, now time.Time) {
	for i := range ss.publish {
		ss.publish[i].fault(status, now)
	}
	ss.publish = nil
}

// expire ends requests whose time is up.
func (ss *session) expire(now time.Time) {
	ss.publish = slices.DeleteFunc(ss.publish, func(p publishRequest) bool {
		over := !p.ends.IsZero() && now.After(p.ends)
		if over {
			p.fault(ua.StatusBadTimeout, now)
		}
		return over
	})
}

// tick samples, and publishes at the end of each interval.
func (sub *subscription) tick(now time.Time) {
	if sub.session != nil {
		grant := sub.session.grant.Load()
		for _, it := range sub.items {
			it.look(sub.server, grant, now)
		}
	}
	if now.Before(sub.next) {
		return
	}
	sub.next = sub.next.Add(sub.interval)
	if sub.next.Before(now) {
		sub.next = now.Add(sub.interval)
	}
	sub.cycle(now)
}

// cycle is one publishing interval.
func (sub *subscription) cycle(now time.Time) {
	ss := sub.session
	if ss == nil || len(ss.publish) == 0 {
		if sub.unheard++; sub.unheard >= sub.lifetime {
			sub.server.log.Info("subscription ended: its client was silent", "subscription", sub.id)
			sub.end(now)
			if ss != nil {
				ss.tell(sub, ua.StatusBadTimeout, now)
			}
			return
		}
	} else {
		sub.unheard = 0
	}
	sub.quiet++
	if sub.waiting() || !sub.begun || sub.quiet >= sub.keepAlive {
		sub.deliver(now)
	}
}

// waiting reports whether there are values to publish.
func (sub *subscription) waiting() bool {
	return sub.enabled && slices.ContainsFunc(sub.items, func(it *item) bool {
		return it.mode == ua.MonitoringModeReporting && len(it.queue) > 0
	})
}

// deliver sends what there is, in as many messages as needed, or else says that all is
// quiet. What cannot be sent now is late.
func (sub *subscription) deliver(now time.Time) {
	ss := sub.session
	if sub.late = ss == nil || !ss.ready(); sub.late {
		return
	}
	sub.begun, sub.quiet = true, 0
	if !sub.waiting() {
		ss.answer(sub.id, &ua.NotificationMessage{SequenceNumber: sub.sequence, PublishTime: now, NotificationData: []*ua.ExtensionObject{}}, sub.available(), false, now)
		return
	}
	for sub.waiting() {
		if !ss.ready() {
			sub.late = true
			return
		}
		m := sub.gather(now)
		ss.answer(sub.id, m, sub.available(), sub.waiting(), now)
	}
}

// gather makes a message of the oldest values, as many as go into one, and keeps it for
// a client that asks again.
func (sub *subscription) gather(now time.Time) *ua.NotificationMessage {
	change := &ua.DataChangeNotification{}
	for _, it := range sub.items {
		if it.mode != ua.MonitoringModeReporting {
			continue
		}
		for len(it.queue) > 0 && len(change.MonitoredItems) < sub.most {
			change.MonitoredItems = append(change.MonitoredItems, it.notification(sub.server, now))
		}
	}
	m := &ua.NotificationMessage{SequenceNumber: sub.sequence, PublishTime: now, NotificationData: []*ua.ExtensionObject{ua.NewExtensionObject(change)}}
	if sub.sequence++; sub.sequence == 0 {
		sub.sequence = 1
	}
	sub.kept = append(sub.kept, m)
	sub.keptValues += len(change.MonitoredItems)
	for len(sub.kept) > mostKept || len(sub.kept) > 1 && sub.keptValues > mostKeptValues {
		sub.drop(0)
	}
	return m
}
