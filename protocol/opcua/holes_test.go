package opcua

import (
	"math"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// The tests in this file show that what is open in the library's own server is closed here.

func TestWithoutASessionNothingIsReadOrWritten(t *testing.T) {
	p := newPlant(t, nil)
	r := p.dial().open()
	for _, req := range []ua.Request{
		readRequest("total"), writeRequest("gate.open", true), &ua.CreateSubscriptionRequest{}, new(ua.PublishRequest),
		&ua.BrowseRequest{View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}},
	} {
		if got := r.ask(req).Header().ServiceResult; got != ua.StatusBadSessionIDInvalid {
			t.Errorf("%T without a session: %v", req, got)
		}
	}
	r.create()
	for _, req := range []ua.Request{readRequest("total"), writeRequest("gate.open", true)} {
		if got := r.ask(req).Header().ServiceResult; got != ua.StatusBadSessionNotActivated {
			t.Errorf("%T before the log-in: %v", req, got)
		}
	}
	// Another connection does not get in with the session of this one.
	r.login()
	thief := p.dial().open()
	thief.session = r.session
	if got := thief.ask(readRequest("total")).Header().ServiceResult; got != ua.StatusBadSecureChannelIDInvalid {
		t.Errorf("with another connection's session: %v", got)
	}
	if must(p.options.Bank.In("gate.open", protocol.Bool)).Bool() {
		t.Error("the register was written")
	}
}

func TestAWrongPasswordOpensNothing(t *testing.T) {
	p := newPlant(t, nil)
	r := p.dial().open()
	r.create()
	plain := &ua.UserNameIdentityToken{PolicyID: policyUserName, UserName: "op", Password: []byte("secret")}
	for i, want := range []ua.StatusCode{ua.StatusBadIdentityTokenInvalid, ua.StatusBadIdentityTokenInvalid, ua.StatusBadIdentityTokenInvalid} {
		got := r.ask(&ua.ActivateSessionRequest{ClientSignature: new(ua.SignatureData), UserIdentityToken: ua.NewExtensionObject(plain), UserTokenSignature: new(ua.SignatureData)}).Header().ServiceResult
		if got != want {
			t.Errorf("attempt %d with a password that is not encrypted: %v", i+1, got)
		}
		if i == 2 {
			break
		}
		if got := r.ask(writeRequest("gate.open", true)).Header().ServiceResult; got != ua.StatusBadSessionNotActivated {
			t.Errorf("then a write: %v", got)
		}
	}
	if got := r.ends(); got != ua.StatusBadUserAccessDenied {
		t.Errorf("the connection of one who guesses ended with %v", got)
	}
}

func TestAnyPublishingIntervalIsMadeAPossibleOne(t *testing.T) {
	p := newPlant(t, nil)
	r := p.dial().open().login()
	for _, ms := range []float64{0, -1, 1e-300, 1e-9, 0.5, 49, math.NaN(), math.Inf(-1), math.Inf(1), 1e300} {
		resp := r.ask(&ua.CreateSubscriptionRequest{RequestedPublishingInterval: ms, RequestedLifetimeCount: math.MaxUint32, RequestedMaxKeepAliveCount: math.MaxUint32}).(*ua.CreateSubscriptionResponse)
		if got := resp.RevisedPublishingInterval; got != 50 && ms < 50 || got != 3_600_000 && ms > 50 {
			t.Errorf("interval %v became %v", ms, got)
		}
		if resp.RevisedLifetimeCount < 3*resp.RevisedMaxKeepAliveCount || resp.RevisedMaxKeepAliveCount == 0 {
			t.Errorf("lifetime %d with keep-alive %d", resp.RevisedLifetimeCount, resp.RevisedMaxKeepAliveCount)
		}
	}
}

func TestAClientThatDoesNotReadHurtsNobodyAndIsDropped(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.Limits.Stall = 300 * time.Millisecond })
	healthy := p.anonymous()
	r := p.dial()
	if err := r.tcp.SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	r.open().login()
	names := make([]string, 1000)
	for i := range names {
		names[i] = "belt.position"
	}
	// It asks, and never looks at the answers, until nothing more is taken from it.
	sent := make(chan error)
	go func() {
		for {
			req := readRequest(names...)
			req.SetHeader(r.header())
			r.request++
			if err := r.chunk('F', r.body(ua.ServiceTypeID(req), req)); err != nil {
				sent <- err
				return
			}
		}
	}()
	for done := false; !done; {
		select {
		case <-sent:
			done = true
		default:
			if v := readOne(t, healthy, register("belt.position"), ua.AttributeIDValue); v.Value.Value() != 12.5 {
				t.Fatalf("the healthy client reads %v %v", v.Value.Value(), v.Status)
			}
		}
	}
	eventually(t, "the other client is gone", func() bool { return p.server.Clients() == 1 })
}

func TestOnlyTheRightTypeIsWritten(t *testing.T) {
	p := newPlant(t, nil)
	c := p.operator()
	values := map[string]any{
		"belt.position": 1.5, "belt.speed": float32(2), "gate.open": true, "gate.arm.width": uint16(9), "plc.wanted": int32(9), "total": uint64(5),
	}
	wrong := []any{"1", int8(1), uint8(1), int16(1), int64(1), uint32(1), time.Unix(1, 0), []byte{1}, []float64{1}, []uint16{1}, []int32{6}, []bool{true}, ua.StatusCode(0)}
	for _, v := range values {
		wrong = append(wrong, v)
	}
	for name, right := range values {
		for _, v := range wrong {
			if v := ua.MustVariant(v); v.Type() == ua.MustVariant(right).Type() && !v.Has(ua.VariantArrayValues) {
				continue
			}
			if got := writeOne(t, c, name, v); got != ua.StatusBadTypeMismatch {
				t.Errorf("%T into %s: %v", v, name, got)
			}
		}
		if got := writeOne(t, c, name, right); got != ua.StatusOK {
			t.Errorf("%T into %s: %v", right, name, got)
		}
		if v := readOne(t, c, register(name), ua.AttributeIDValue); v.Value.Value() != right {
			t.Errorf("%s is %v after writing %v", name, v.Value.Value(), right)
		}
	}
	if got := writeOne(t, c, "plc.wanted", int32(5)); got != ua.StatusBadOutOfRange {
		t.Errorf("a value that the enumeration does not have: %v", got)
	}
}

func TestASubscriptionGoesOnAfterAnOlderOneIsDeleted(t *testing.T) {
	p := newPlant(t, nil)
	r := p.dial().open().login()
	create := func(handle uint32) uint32 {
		id := r.ask(&ua.CreateSubscriptionRequest{RequestedPublishingInterval: 50, PublishingEnabled: true}).(*ua.CreateSubscriptionResponse).SubscriptionID
		resp := r.ask(&ua.CreateMonitoredItemsRequest{SubscriptionID: id, ItemsToCreate: []*ua.MonitoredItemCreateRequest{watch("belt.position", handle, nil)}})
		if got := resp.(*ua.CreateMonitoredItemsResponse).Results[0].StatusCode; got != ua.StatusOK {
			t.Fatalf("item: %v", got)
		}
		return id
	}
	old, kept := create(1), create(2)
	r.ask(&ua.DeleteSubscriptionsRequest{SubscriptionIDs: []uint32{old}})
	young := create(3)
	if young == kept || young == old {
		t.Fatalf("ids %d, %d, %d", old, kept, young)
	}
	for range 2 {
		r.send(new(ua.PublishRequest))
	}
	handles := map[uint32]uint32{}
	for range 2 {
		resp := r.answer().(*ua.PublishResponse)
		handles[resp.SubscriptionID] = changes(resp)[0].ClientHandle
	}
	if handles[kept] != 2 || handles[young] != 3 {
		t.Errorf("published: %v", handles)
	}
}

// watch asks for a register's value.
func watch(name string, handle uint32, filter any) *ua.MonitoredItemCreateRequest {
	return &ua.MonitoredItemCreateRequest{
		ItemToMonitor:       &ua.ReadValueID{NodeID: register(name), AttributeID: ua.AttributeIDValue, DataEncoding: new(ua.QualifiedName)},
		MonitoringMode:      ua.MonitoringModeReporting,
		RequestedParameters: &ua.MonitoringParameters{ClientHandle: handle, SamplingInterval: 10, Filter: ua.NewExtensionObject(filter), QueueSize: 10, DiscardOldest: true},
	}
}

// changes of values in a message, none in a keep-alive.
func changes(resp *ua.PublishResponse) []*ua.MonitoredItemNotification {
	for _, d := range resp.NotificationMessage.NotificationData {
		if d, ok := d.Value.(*ua.DataChangeNotification); ok {
			return d.MonitoredItems
		}
	}
	return nil
}
