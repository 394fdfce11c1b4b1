package opcua

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// desk is a server without network and clock, and a session on it.
type desk struct {
	t      testing.TB
	server *Server
	ss     *session
	conn   *conn
	now    time.Time
	level  *protocol.Out
	line   *protocol.Writer
	count  uint32
}

func newDesk(t testing.TB, limits Limits) *desk {
	t.Helper()
	bank := protocol.NewBank()
	d := &desk{t: t, now: lineStart, line: bank.Writer("line", "desk")}
	d.level = must(d.line.Define(protocol.Def{Name: "level", Type: protocol.F64, Unit: "mm"}))
	must(d.line.Define(protocol.Def{Name: "open", Type: protocol.Bool}))
	bank.Seal()
	d.server = must(newServer(Options{Folder: plantFolder(t), AllowAnonymous: true, Bank: bank, Start: lineStart, Limits: limits, Ranges: map[string]Range{"level": {0, 200}}}, d.now))
	d.ss, d.conn = d.session(Credentials{Name: "op"})
	d.level.SetFloat(0, 0)
	return d
}

func (d *desk) session(who Credentials) (*session, *conn) {
	c := &conn{server: d.server, out: newOutbox()}
	ss := &session{token: ua.NewByteStringNodeID(0, newNonce()), timeout: time.Hour, seen: d.now, active: true, who: who}
	ss.grant.Store(new(protocol.Grant))
	d.server.sessions[ss.token.String()] = ss
	d.server.bind(ss, c, d.now)
	return ss, c
}

func (d *desk) exchange() *exchange {
	d.count++
	return &exchange{conn: d.ss.conn, request: d.count, header: &ua.RequestHeader{RequestHandle: d.count}, session: d.ss, now: d.now}
}

// pass lets line and clock go on, in steps of a sample.
func (d *desk) pass(t time.Duration) {
	for ; t > 0; t -= d.server.limits.Sampling {
		d.now = d.now.Add(d.server.limits.Sampling)
		d.server.tick(d.now)
	}
}

func (d *desk) set(v float64) { d.level.SetFloat(d.now.Sub(lineStart), v) }

// subscribe makes a subscription with one item.
func (d *desk) subscribe(keepAlive, lifetime uint32, change func(*ua.MonitoredItemCreateRequest)) *subscription {
	d.t.Helper()
	resp, status := d.server.createSubscription(d.exchange(), &ua.CreateSubscriptionRequest{
		RequestedPublishingInterval: 100, RequestedMaxKeepAliveCount: keepAlive, RequestedLifetimeCount: lifetime, PublishingEnabled: true,
	})
	if status != ua.StatusOK {
		d.t.Fatal(status)
	}
	sub := d.server.subs[resp.(*ua.CreateSubscriptionResponse).SubscriptionID]
	if got := d.add(sub, change); got != ua.StatusOK {
		d.t.Fatal(got)
	}
	return sub
}

func (d *desk) add(sub *subscription, change func(*ua.MonitoredItemCreateRequest)) ua.StatusCode {
	req := watch("level", 5, nil)
	if change != nil {
		change(req)
	}
	items, status := d.server.createItems(d.exchange(), &ua.CreateMonitoredItemsRequest{SubscriptionID: sub.id, TimestampsToReturn: ua.TimestampsToReturnBoth, ItemsToCreate: []*ua.MonitoredItemCreateRequest{req}})
	if status != ua.StatusOK {
		return status
	}
	return items.(*ua.CreateMonitoredItemsResponse).Results[0].StatusCode
}

// ask gives the server n requests to publish with, which acknowledge messages.
func (d *desk) ask(n int, acks ...*ua.SubscriptionAcknowledgement) {
	d.t.Helper()
	for range n {
		if resp, status := d.server.publish(d.exchange(), &ua.PublishRequest{SubscriptionAcknowledgements: acks}); resp != nil || status != ua.StatusOK {
			d.t.Fatal(status)
		}
	}
}

// published is what the server said since the last time, as text: values with overflow as
// "!", bad ones as their status, keep-alives as "-", changes of status as "(...)".
func (d *desk) published() string {
	d.conn.out.mu.Lock()
	defer d.conn.out.mu.Unlock()
	var all []string
	for _, a := range d.conn.out.waiting {
		all = append(all, said(a.body))
	}
	d.conn.out.waiting = nil
	return strings.Join(all, " ")
}

func said(r ua.Response) string {
	resp, ok := r.(*ua.PublishResponse)
	switch {
	case !ok:
		return fmt.Sprintf("fault %v", r.Header().ServiceResult == ua.StatusBadNoSubscription)
	case len(resp.NotificationMessage.NotificationData) == 0:
		return "-"
	}
	if c, ok := resp.NotificationMessage.NotificationData[0].Value.(*ua.StatusChangeNotification); ok {
		return "(" + statusName(c.Status) + ")"
	}
	var values []string
	for _, v := range changes(resp) {
		text := statusName(v.Value.Status &^ overflowed)
		if v.Value.Value != nil {
			text = fmt.Sprint(v.Value.Value.Value())
		}
		if v.Value.Status&overflowed != 0 {
			text += "!"
		}
		values = append(values, text)
	}
	return strings.Join(values, ",")
}

func statusName(s ua.StatusCode) string {
	return map[ua.StatusCode]string{
		ua.StatusBad: "bad", ua.StatusBadTimeout: "timeout", ua.StatusGoodSubscriptionTransferred: "transferred",
		ua.StatusUncertain: "uncertain", ua.StatusBadWaitingForInitialData: "waiting", ua.StatusBadUserAccessDenied: "denied",
	}[s]
}

func (d *desk) expect(want string) {
	d.t.Helper()
	if got := d.published(); got != want {
		d.t.Errorf("published %q, want %q", got, want)
	}
}

func filter(trigger ua.DataChangeTrigger, kind ua.DeadbandType, value float64) func(*ua.MonitoredItemCreateRequest) {
	return func(r *ua.MonitoredItemCreateRequest) {
		r.RequestedParameters.Filter = ua.NewExtensionObject(&ua.DataChangeFilter{Trigger: trigger, DeadbandType: uint32(kind), DeadbandValue: value})
	}
}

func TestFiltersLetTheRightChangesPass(t *testing.T) {
	value, status, stamped := ua.DataChangeTriggerStatusValue, ua.DataChangeTriggerStatus, ua.DataChangeTriggerStatusValueTimestamp
	for _, c := range []struct {
		name string
		by   func(*ua.MonitoredItemCreateRequest)
		want string
	}{
		{"no filter", nil, "0,4,8,10,10.5,bad,10.5,NaN,1,1"},
		{"value", filter(value, ua.DeadbandTypeNone, 0), "0,4,8,10,10.5,bad,10.5,NaN,1,1"},
		{"absolute", filter(value, ua.DeadbandTypeAbsolute, 5), "0,8,bad,10.5,NaN,1"},
		{"absolute, exactly", filter(value, ua.DeadbandTypeAbsolute, 4), "0,8,bad,10.5,NaN,1"},
		{"percent of 200", filter(value, ua.DeadbandTypePercent, 2.5), "0,8,bad,10.5,NaN,1"},
		{"status", filter(status, ua.DeadbandTypeNone, 0), "0,bad,10.5"},
		{"time stamp", filter(stamped, ua.DeadbandTypeNone, 0), "0,4,8,10,10.5,bad,10.5,NaN,1,1"},
		{"time stamp and deadband", filter(stamped, ua.DeadbandTypeAbsolute, 5), "0,8,bad,10.5,NaN,1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, Limits{})
			d.subscribe(10, 100, func(r *ua.MonitoredItemCreateRequest) {
				if c.by != nil {
					c.by(r)
				}
				r.RequestedParameters.QueueSize = 100
			})
			for _, v := range []float64{4, 8, 10, 10.5} {
				d.set(v)
				d.pass(10 * time.Millisecond)
			}
			d.line.SetAllQuality(d.now.Sub(lineStart), protocol.Bad)
			d.pass(10 * time.Millisecond)
			d.set(10.5)
			d.pass(10 * time.Millisecond)
			d.set(math.NaN())
			d.pass(10 * time.Millisecond)
			d.set(1)
			d.pass(10 * time.Millisecond)
			d.set(math.Nextafter(1, 2))
			d.pass(10 * time.Millisecond)
			d.ask(1)
			d.pass(100 * time.Millisecond)
			got := strings.ReplaceAll(d.published(), "1.0000000000000002", "1")
			if got != c.want {
				t.Errorf("published %s, want %s", got, c.want)
			}
		})
	}
}

func TestFiltersThatCannotBeAreRefused(t *testing.T) {
	d := newDesk(t, Limits{})
	sub := d.subscribe(10, 100, nil)
	value := ua.DataChangeTriggerStatusValue
	for _, c := range []struct {
		name string
		node string
		by   func(*ua.MonitoredItemCreateRequest)
		want ua.StatusCode
	}{
		{"percent above 100", "level", filter(value, ua.DeadbandTypePercent, 101), ua.StatusBadDeadbandFilterInvalid},
		{"negative", "level", filter(value, ua.DeadbandTypeAbsolute, -1), ua.StatusBadDeadbandFilterInvalid},
		{"not a number", "level", filter(value, ua.DeadbandTypeAbsolute, math.NaN()), ua.StatusBadDeadbandFilterInvalid},
		{"another type", "level", filter(value, 3, 1), ua.StatusBadDeadbandFilterInvalid},
		{"another trigger", "level", filter(3, ua.DeadbandTypeNone, 0), ua.StatusBadMonitoredItemFilterInvalid},
		{"not of a number", "open", filter(value, ua.DeadbandTypeAbsolute, 1), ua.StatusBadFilterNotAllowed},
		{"events", "level", func(r *ua.MonitoredItemCreateRequest) {
			r.RequestedParameters.Filter = ua.NewExtensionObject(new(ua.EventFilter))
		}, ua.StatusBadFilterNotAllowed},
		{"aggregates", "level", func(r *ua.MonitoredItemCreateRequest) {
			r.RequestedParameters.Filter = ua.NewExtensionObject(new(ua.AggregateFilter))
		}, ua.StatusBadMonitoredItemFilterUnsupported},
		{"no such node", "lever", nil, ua.StatusBadNodeIDUnknown},
	} {
		got := d.add(sub, func(r *ua.MonitoredItemCreateRequest) {
			r.ItemToMonitor.NodeID = register(c.node)
			if c.by != nil {
				c.by(r)
			}
		})
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAFullQueueSaysWhatItLost(t *testing.T) {
	for _, c := range []struct {
		size   uint32
		oldest bool
		want   string
	}{
		{3, true, "4!,5,6"}, {3, false, "0,1,6!"}, {1, true, "6"}, {1, false, "6"}, {0, true, "6"}, {7, true, "0,1,2,3,4,5,6"},
	} {
		d := newDesk(t, Limits{})
		d.subscribe(10, 100, func(r *ua.MonitoredItemCreateRequest) {
			r.RequestedParameters.QueueSize, r.RequestedParameters.DiscardOldest = c.size, c.oldest
		})
		for v := range 6 {
			d.set(float64(v + 1))
			d.pass(10 * time.Millisecond)
		}
		d.ask(1)
		d.pass(100 * time.Millisecond)
		d.expect(c.want)
	}
}

func TestAQuietSubscriptionSaysThatItLives(t *testing.T) {
	d := newDesk(t, Limits{})
	d.subscribe(3, 100, nil)
	d.ask(8)
	d.pass(100 * time.Millisecond)
	d.expect("0")
	d.pass(200 * time.Millisecond)
	d.expect("")
	d.pass(100 * time.Millisecond)
	d.expect("-")
	d.set(7)
	d.pass(100 * time.Millisecond)
	d.expect("7")
	d.pass(300 * time.Millisecond)
	d.expect("-")
}

func TestASubscriptionOfASilentClientEnds(t *testing.T) {
	d := newDesk(t, Limits{})
	sub := d.subscribe(2, 6, nil)
	d.pass(500 * time.Millisecond)
	if d.server.subs[sub.id] == nil {
		t.Fatal("it ended too early")
	}
	// A request about it shows that the client is there.
	if _, status := d.server.subscription(d.exchange(), sub.id); status != ua.StatusOK {
		t.Fatal(status)
	}
	d.pass(500 * time.Millisecond)
	if d.server.subs[sub.id] == nil {
		t.Fatal("it ended although its client spoke of it")
	}
	d.pass(100 * time.Millisecond)
	if d.server.subs[sub.id] != nil {
		t.Fatal("it lives on")
	}
	d.ask(1)
	d.expect("(timeout)")
	if _, status := d.server.publish(d.exchange(), new(ua.PublishRequest)); status != ua.StatusBadNoSubscription {
		t.Errorf("then publish: %v", status)
	}
}

func TestWhatIsDueWaitsForARequest(t *testing.T) {
	d := newDesk(t, Limits{})
	sub := d.subscribe(3, 100, func(r *ua.MonitoredItemCreateRequest) { r.RequestedParameters.QueueSize = 3 })
	sub.most = 2
	for v := range 3 {
		d.set(float64(v + 1))
		d.pass(10 * time.Millisecond)
	}
	d.pass(200 * time.Millisecond)
	d.expect("")
	d.ask(1)
	d.expect("1!,2")
	d.ask(1)
	d.expect("3")
	if !slices.Equal(sub.available(), []uint32{1, 2}) {
		t.Errorf("may be asked for again: %v", sub.available())
	}
	again, status := d.server.republish(d.exchange(), &ua.RepublishRequest{SubscriptionID: sub.id, RetransmitSequenceNumber: 2})
	if status != ua.StatusOK || said(&ua.PublishResponse{NotificationMessage: again.(*ua.RepublishResponse).NotificationMessage}) != "3" {
		t.Errorf("republished %v %v", again, status)
	}
	d.ask(1, &ua.SubscriptionAcknowledgement{SubscriptionID: sub.id, SequenceNumber: 1}, &ua.SubscriptionAcknowledgement{SubscriptionID: sub.id, SequenceNumber: 9})
	if p := d.ss.publish[0]; !slices.Equal(p.results, []ua.StatusCode{ua.StatusOK, ua.StatusBadSequenceNumberUnknown}) {
		t.Errorf("acknowledged: %v", p.results)
	}
	if _, status := d.server.republish(d.exchange(), &ua.RepublishRequest{SubscriptionID: sub.id, RetransmitSequenceNumber: 1}); status != ua.StatusBadMessageNotAvailable {
		t.Errorf("an acknowledged message again: %v", status)
	}
}

func TestMoreRequestsThanUsefulAreSentBack(t *testing.T) {
	d := newDesk(t, Limits{})
	d.subscribe(3, 100, nil)
	d.ask(mostPublish + 2)
	if len(d.ss.publish) != mostPublish || len(d.conn.out.waiting) != 2 {
		t.Errorf("%d requests wait, %d were answered", len(d.ss.publish), len(d.conn.out.waiting))
	}
	for _, a := range d.conn.out.waiting {
		if got := a.body.Header().ServiceResult; got != ua.StatusBadTooManyPublishRequests {
			t.Errorf("answered: %v", got)
		}
	}
}

func TestASubscriptionGoesToItsOwnersNextSession(t *testing.T) {
	d := newDesk(t, Limits{})
	sub := d.subscribe(3, 100, nil)
	d.ask(1)
	d.pass(100 * time.Millisecond)
	d.expect("0")
	old, oldConn := d.ss, d.conn
	transfer := func() ua.StatusCode {
		resp, status := d.server.transferSubscriptions(d.exchange(), &ua.TransferSubscriptionsRequest{SubscriptionIDs: []uint32{sub.id}, SendInitialValues: true})
		if status != ua.StatusOK {
			t.Fatal(status)
		}
		return resp.(*ua.TransferSubscriptionsResponse).Results[0].StatusCode
	}
	d.ask(1)
	d.ss, d.conn = d.session(Credentials{Name: "other"})
	if got := transfer(); got != ua.StatusBadUserAccessDenied {
		t.Errorf("to another user: %v", got)
	}
	d.ss, d.conn = d.session(Credentials{Name: "op"})
	if got := transfer(); got != ua.StatusOK {
		t.Errorf("to the same user: %v", got)
	}
	d.ask(1)
	d.pass(100 * time.Millisecond)
	d.expect("0")
	if old.queued != 0 || d.ss.queued != 10 {
		t.Errorf("queues of %d and %d places", old.queued, d.ss.queued)
	}
	d.conn = oldConn
	d.expect("(transferred)")
	// Its session may end meanwhile: it waits, until its lifetime is over.
	d.server.closeSession(d.ss, false, d.now)
	d.set(3)
	d.pass(time.Second)
	d.ss, d.conn = d.session(Credentials{Name: "op"})
	if got := transfer(); got != ua.StatusOK {
		t.Errorf("from a session that has ended: %v", got)
	}
	// It was late: so it says at once that it lives, and then what it sees.
	d.ask(2)
	d.pass(100 * time.Millisecond)
	d.expect("- 3")
	d.server.closeSession(d.ss, false, d.now)
	d.pass(time.Minute)
	if d.server.subs[sub.id] != nil {
		t.Error("it lives on without anybody")
	}
}

func TestQueuesOfASessionAreBounded(t *testing.T) {
	d := newDesk(t, Limits{Queue: 40, Queued: 100, Items: 4, Subscriptions: 2})
	sub := d.subscribe(3, 100, func(r *ua.MonitoredItemCreateRequest) { r.RequestedParameters.QueueSize = math.MaxUint32 })
	for range 3 {
		d.add(sub, func(r *ua.MonitoredItemCreateRequest) { r.RequestedParameters.QueueSize = 1000 })
	}
	var sizes []int
	for _, it := range sub.items {
		sizes = append(sizes, it.size)
	}
	if !slices.Equal(sizes, []int{40, 40, 1, 1}) || d.ss.queued != 82 {
		t.Errorf("queues of %v, together %d", sizes, d.ss.queued)
	}
	if got := d.add(sub, nil); got != ua.StatusBadTooManyMonitoredItems {
		t.Errorf("one item more: %v", got)
	}
	d.subscribe(3, 100, nil)
	if _, status := d.server.createSubscription(d.exchange(), &ua.CreateSubscriptionRequest{}); status != ua.StatusBadTooManySubscriptions {
		t.Errorf("one subscription more: %v", status)
	}
	d.server.deleteItems(d.exchange(), &ua.DeleteMonitoredItemsRequest{SubscriptionID: sub.id, MonitoredItemIDs: []uint32{1, 2, 3, 4}})
	if d.ss.queued != 10 {
		t.Errorf("%d places remain", d.ss.queued)
	}
}

func TestAUserWhoMayNoLongerReadIsToldNothingMore(t *testing.T) {
	d := newDesk(t, Limits{})
	d.subscribe(3, 100, nil)
	d.ask(3)
	d.pass(100 * time.Millisecond)
	d.ss.grant.Store(&protocol.Grant{Read: []protocol.Range{}})
	d.set(9)
	d.pass(100 * time.Millisecond)
	d.expect("0 denied")
	d.ss.grant.Store(new(protocol.Grant))
	d.pass(100 * time.Millisecond)
	d.expect("9")
}

func TestAnItemIsSampledAsItsModeSays(t *testing.T) {
	d := newDesk(t, Limits{})
	sub := d.subscribe(30, 100, nil)
	mode := func(m ua.MonitoringMode) {
		resp, status := d.server.setMonitoringMode(d.exchange(), &ua.SetMonitoringModeRequest{SubscriptionID: sub.id, MonitoringMode: m, MonitoredItemIDs: []uint32{1}})
		if status != ua.StatusOK || resp.(*ua.SetMonitoringModeResponse).Results[0] != ua.StatusOK {
			t.Fatal(status)
		}
	}
	d.ask(9)
	d.pass(100 * time.Millisecond)
	mode(ua.MonitoringModeSampling)
	d.set(1)
	d.pass(100 * time.Millisecond)
	d.set(2)
	d.pass(100 * time.Millisecond)
	d.expect("0")
	mode(ua.MonitoringModeReporting)
	d.pass(100 * time.Millisecond)
	d.expect("1,2")
	mode(ua.MonitoringModeDisabled)
	d.set(3)
	d.pass(100 * time.Millisecond)
	d.expect("")
	mode(ua.MonitoringModeReporting)
	d.pass(100 * time.Millisecond)
	d.expect("3")
	d.server.setPublishingMode(d.exchange(), &ua.SetPublishingModeRequest{SubscriptionIDs: []uint32{sub.id}})
	d.set(4)
	d.pass(100 * time.Millisecond)
	d.expect("")
	d.server.modifyItems(d.exchange(), &ua.ModifyMonitoredItemsRequest{SubscriptionID: sub.id, ItemsToModify: []*ua.MonitoredItemModifyRequest{{
		MonitoredItemID: 1, RequestedParameters: &ua.MonitoringParameters{ClientHandle: 6, SamplingInterval: 50, QueueSize: 1, Filter: ua.NewExtensionObject(nil)},
	}}})
	d.server.setPublishingMode(d.exchange(), &ua.SetPublishingModeRequest{PublishingEnabled: true, SubscriptionIDs: []uint32{sub.id}})
	d.set(5)
	d.pass(100 * time.Millisecond)
	d.expect("5")
}
