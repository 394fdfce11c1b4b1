package opcua

import (
	"cmp"
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"
)

// subscription publishes what its items saw (Part 4, 5.14). All of it is of the server's
// mutex. Its two counters are the standard's: keep-alive, cycles without a message, and
// lifetime, cycles in which the client gave nothing to answer with.
type subscription struct {
	server *Server
	id     uint32
	// session to which it publishes; nil after that has ended.
	session *session
	owner   owner

	interval            time.Duration
	keepAlive, lifetime uint32
	most                int
	enabled             bool
	priority            uint8

	items    []*item // in order of id
	lastItem uint32

	next           time.Time
	quiet, unheard uint32
	begun          bool // a first message was sent
	late           bool // a message is due and waits for a request
	sequence       uint32
	kept           []*ua.NotificationMessage // until the client has acknowledged them
	keptValues     int
}

// owner of a subscription, to whom it may be transferred.
type owner struct {
	who Credentials
	uri string
	// secured: the application's name is that of its certificate.
	secured bool
}

func ownerOf(ss *session) owner { return owner{ss.who, ss.uri, ss.application != nil} }

// may reports whether o may take over what belongs to p: the same user may, and anonymous
// ones only with the same, proven, application (Part 4, 5.14.7).
func (o owner) may(p owner) bool {
	if !o.who.same(&p.who) {
		return false
	}
	return !o.who.Anonymous || o.uri == p.uri && o.secured == p.secured
}

const (
	defaultKeepAlive = 10
	mostNotified     = 1000 // values in one message
	mostKept         = 20   // messages that may be asked for again
	mostKeptValues   = 5000
	// longestLife of a subscription whose client is silent, unless its intervals are long.
	longestLife = time.Hour
)

// subscription finds a subscription of the session. That the client speaks of it
// shows that it is alive.
func (s *Server) subscription(x *exchange, id uint32) (*subscription, ua.StatusCode) {
	sub := s.subs[id]
	if sub == nil || sub.session != x.session {
		return nil, ua.StatusBadSubscriptionIDInvalid
	}
	sub.unheard = 0
	return sub, ua.StatusOK
}

// times takes over what the client asked for, within bounds.
func (sub *subscription) times(interval float64, lifetime, keepAlive, most uint32) {
	sub.interval = milliseconds(interval, sub.server.limits.Publishing, slowest)
	cycles := uint32(max(longestLife/sub.interval, 3))
	if keepAlive == 0 {
		keepAlive = defaultKeepAlive
	}
	sub.keepAlive = min(keepAlive, cycles/3)
	sub.lifetime = min(max(lifetime, 3*sub.keepAlive), cycles)
	sub.most = mostNotified
	if most != 0 {
		sub.most = int(min(most, mostNotified))
	}
}

func (s *Server) createSubscription(x *exchange, req *ua.CreateSubscriptionRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ss := x.session
	if len(ss.subs) >= s.limits.Subscriptions || len(s.subs) >= s.limits.Subscriptions*s.limits.Sessions && !s.dropOrphan() {
		return nil, ua.StatusBadTooManySubscriptions
	}
	for s.lastSub++; s.lastSub == 0 || s.subs[s.lastSub] != nil; s.lastSub++ {
	}
	sub := &subscription{server: s, id: s.lastSub, session: ss, owner: ownerOf(ss), enabled: req.PublishingEnabled, priority: req.Priority, sequence: 1}
	sub.times(req.RequestedPublishingInterval, req.RequestedLifetimeCount, req.RequestedMaxKeepAliveCount, req.MaxNotificationsPerPublish)
	sub.next = x.now.Add(sub.interval)
	s.subs[sub.id] = sub
	ss.add(sub)
	return &ua.CreateSubscriptionResponse{
		SubscriptionID: sub.id, RevisedPublishingInterval: inMilliseconds(sub.interval),
		RevisedLifetimeCount: sub.lifetime, RevisedMaxKeepAliveCount: sub.keepAlive,
	}, ua.StatusOK
}

// add keeps a session's subscriptions in order of priority.
func (ss *session) add(sub *subscription) {
	ss.subs = append(ss.subs, sub)
	slices.SortStableFunc(ss.subs, func(a, b *subscription) int { return cmp.Compare(b.priority, a.priority) })
}

// dropOrphan deletes a subscription that waits for nobody in particular, if there is one.
func (s *Server) dropOrphan() bool {
	for id, sub := range s.subs {
		if sub.session == nil {
			delete(s.subs, id)
			return true
		}
	}
	return false
}

func (s *Server) modifySubscription(x *exchange, req *ua.ModifySubscriptionRequest) (ua.Response, ua.StatusCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, status := s.subscription(x, req.SubscriptionID)
	if status != ua.StatusOK {
		return nil, status
	}
	sub.times(req.RequestedPublishingInterval, req.RequestedLifetimeCount, req.RequestedMaxKeepAliveCount, req.MaxNotificationsPerPublish)
	sub.priority, sub.next = req.Priority, x.now.Add(sub.interval)
	x.session.subs = slices.DeleteFunc(x.session.subs, func(o *subscription) bool { return o == sub })
	x.session.add(sub)
	return &ua.ModifySubscriptionResponse{
		RevisedPublishingInterval: inMilliseconds(sub.interval), RevisedLifetimeCount: sub.lifetime, RevisedMaxKeepAliveCount: sub.keepAlive,
	}, ua.StatusOK
}

func (s *Server) setPublishingMode(x *exchange, req *ua.SetPublishingModeRequest) (ua.Response, ua.StatusCode) {
	results, status := s.eachSubscription(x, req.SubscriptionIDs, func(sub *subscription) { sub.enabled = req.PublishingEnabled })
	return &ua.SetPublishingModeResponse{Results: results}, status
}

func (s *Server) deleteSubscriptions(x *exchange, req *ua.DeleteSubscriptionsRequest) (ua.Response, ua.StatusCode) {
	results, status := s.eachSubscription(x, req.SubscriptionIDs, func(sub *subscription) { sub.end(x.now) })
	return &ua.DeleteSubscriptionsResponse{Results: results}, status
}

func (s *Server) eachSubscription(x *exchange, ids []uint32, do func(*subscription)) ([]ua.StatusCode, ua.StatusCode) {
	if status := s.several(len(ids)); status != ua.StatusOK {
		return nil, status
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	results := make([]ua.StatusCode, len(ids))
	for i, id := range ids {
		var sub *subscription
		if sub, results[i] = s.subscription(x, id); sub != nil {
			do(sub)
		}
	}
	return results, ua.StatusOK
}

// end deletes the subscription. A session without any has no use for the requests that
// wait to be answered.
func (sub *subscription) end(now time.Time) {
	delete(sub.server.subs, sub.id)
	ss := sub.session
	if ss == nil {
		return
	}
	sub.leave()
	if len(ss.subs) == 0 {
		ss.answerAll(ua.StatusBadNoSubscription, now)
	}
}

// leave takes the subscription out of its session.
func (sub *subscription) leave() {
	ss := sub.session
	ss.subs = slices.DeleteFunc(ss.subs, func(o *subscription) bool { return o == sub })
	ss.queued -= sub.places()
	sub.session = nil
}

// places in the queues of its items.
func (sub *subscription) places() (n int) {
	for _, it := range sub.items {
		n += it.size
	}
	return n
}

// transferSubscriptions answers a TransferSubscriptions (Part 4, 5.14.7): a client that
// lost its session goes on with what it had.
func (s *Server) transferSubscriptions(x *exchange, req *ua.TransferSubscriptionsRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.SubscriptionIDs)); status != ua.StatusOK {
		return nil, status
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &ua.TransferSubscriptionsResponse{Results: make([]*ua.TransferResult, len(req.SubscriptionIDs))}
	for i, id := range req.SubscriptionIDs {
		resp.Results[i] = &ua.TransferResult{AvailableSequenceNumbers: []uint32{}}
		sub := s.subs[id]
		if resp.Results[i].StatusCode = s.transfer(x, sub); resp.Results[i].StatusCode != ua.StatusOK {
			continue
		}
		resp.Results[i].AvailableSequenceNumbers = sub.available()
		for _, it := range sub.items {
			if req.SendInitialValues {
				it.known, it.next = false, x.now
			}
		}
	}
	return resp, ua.StatusOK
}

func (s *Server) transfer(x *exchange, sub *subscription) ua.StatusCode {
	ss := x.session
	switch {
	case sub == nil:
		return ua.StatusBadSubscriptionIDInvalid
	case !ownerOf(ss).may(sub.owner):
		return ua.StatusBadUserAccessDenied
	case sub.session == ss:
		return ua.StatusBadNothingToDo
	case len(ss.subs) >= s.limits.Subscriptions:
		return ua.StatusBadTooManySubscriptions
	}
	if old := sub.session; old != nil {
		sub.leave()
		old.tell(sub, ua.StatusGoodSubscriptionTransferred, x.now)
	}
	sub.session, sub.unheard = ss, 0
	ss.queued += sub.places()
	ss.add(sub)
	return ua.StatusOK
}

// available are the messages that may be asked for again.
func (sub *subscription) available() []uint32 {
	ns := make([]uint32, len(sub.kept))
	for i, m := range sub.kept {
		ns[i] = m.SequenceNumber
	}
	return ns
}
