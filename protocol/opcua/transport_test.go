package opcua

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	client "github.com/gopcua/opcua"
	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uacp"
	"github.com/gopcua/opcua/uapolicy"
	"github.com/gopcua/opcua/uasc"

	"linetwin.dev/protocol"
)

func TestGarbageAndHalfMessagesEndTheConnection(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.Limits.Half = 200 * time.Millisecond })
	healthy := p.anonymous()
	for _, c := range []struct {
		name string
		do   func(*raw)
		want ua.StatusCode
	}{
		{"nothing", func(*raw) {}, ua.StatusBadTimeout},
		{"half a header", func(r *raw) { must(r.tcp.Write([]byte("HELF"))) }, ua.StatusBadTimeout},
		{"half a hello", func(r *raw) { must(r.tcp.Write([]byte("HELF\x20\x00\x00\x00abc"))) }, ua.StatusBadTimeout},
		{"another protocol", func(r *raw) { must(r.tcp.Write([]byte("GET / HTTP/1.1\r\nHost: plant\r\n\r\n"))) }, ua.StatusBadTCPMessageTooLarge},
		{"a size of nothing", func(r *raw) { must(r.tcp.Write([]byte("HELF\x00\x00\x00\x00"))) }, ua.StatusBadTCPMessageTooLarge},
		{"tiny buffers", func(r *raw) {
			r.write("HELF", must((&uacp.Hello{ReceiveBufSize: 1, SendBufSize: 1}).Encode()))
		}, ua.StatusBadConnectionRejected},
		{"a message first", func(r *raw) { r.hello(); _ = r.chunk('F', nil) }, ua.StatusBadTCPSecureChannelUnknown},
		{"another message", func(r *raw) { r.hello(); r.write("XYZF", nil) }, ua.StatusBadTCPMessageTypeInvalid},
		{"an empty open", func(r *raw) { r.hello(); r.write("OPNF", nil) }, ua.StatusBadDecodingError},
		{"another policy", func(r *raw) {
			r.hello()
			r.opening(ua.SecurityPolicyURIBasic128Rsa15, ua.MessageSecurityModeSign, ua.SecurityTokenRequestTypeIssue)
		}, ua.StatusBadSecurityPolicyRejected},
		{"encryption without a policy", func(r *raw) {
			r.hello()
			r.opening(policyNone, ua.MessageSecurityModeSignAndEncrypt, ua.SecurityTokenRequestTypeIssue)
		}, ua.StatusBadSecurityModeRejected},
		{"a policy without certificates", func(r *raw) {
			r.hello()
			r.opening(policyBasic, ua.MessageSecurityModeNone, ua.SecurityTokenRequestTypeIssue)
		}, ua.StatusBadCertificateInvalid},
		{"a second open", func(r *raw) {
			r.open()
			r.opening(policyNone, ua.MessageSecurityModeNone, ua.SecurityTokenRequestTypeIssue)
		}, ua.StatusBadRequestTypeInvalid},
		{"another channel", func(r *raw) { r.open(); r.channel++; _ = r.chunk('F', nil) }, ua.StatusBadTCPSecureChannelUnknown},
		{"another token", func(r *raw) { r.open(); r.token++; _ = r.chunk('F', nil) }, ua.StatusBadSecureChannelTokenUnknown},
		{"a chunk again", func(r *raw) { r.open(); r.sequence--; _ = r.chunk('F', nil) }, ua.StatusBadSequenceNumberInvalid},
		{"a chunk left out", func(r *raw) { r.open(); r.sequence++; _ = r.chunk('F', nil) }, ua.StatusBadSequenceNumberInvalid},
		{"half of a message", func(r *raw) { r.open(); _ = r.chunk('C', []byte("abc")) }, ua.StatusBadTimeout},
		{"mixed messages", func(r *raw) { r.open(); _ = r.chunk('C', []byte("a")); r.request++; _ = r.chunk('C', []byte("b")) }, ua.StatusBadDecodingError},
		{"an endless message", func(r *raw) {
			r.open()
			for r.chunk('C', make([]byte, 20_000)) == nil && r.sequence < 10 {
			}
		}, ua.StatusBadTCPMessageTooLarge},
		{"a request of no type", func(r *raw) { r.open(); _ = r.chunk('F', []byte{9}) }, ua.StatusBadDecodingError},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := p.dial()
			r.t = t
			c.do(r)
			if got := r.ends(); got != c.want {
				t.Errorf("ended with %v, want %v", got, c.want)
			}
		})
	}
	if v := readOne(t, healthy, register("belt.position"), ua.AttributeIDValue); v.Value.Value() != 12.5 {
		t.Errorf("a healthy client reads %v", v.Status)
	}
	eventually(t, "the others are gone", func() bool { return p.server.Clients() == 1 })
}

func TestBytesOneByOneAreAMessage(t *testing.T) {
	p := newPlant(t, nil)
	r := p.dial()
	hello := must((&uacp.Hello{ReceiveBufSize: 8192, SendBufSize: 8192}).Encode())
	for _, b := range append([]byte{'H', 'E', 'L', 'F', byte(8 + len(hello)), 0, 0, 0}, hello...) {
		must(r.tcp.Write([]byte{b}))
	}
	if kind, body := r.read(); kind != "ACKF" || binary.LittleEndian.Uint32(body[4:]) != 8192 {
		t.Errorf("%s %v", kind, body)
	}
}

// bombs are requests whose few bytes name much more than they hold.
func bombs() map[string][]byte {
	header := must(ua.Encode(&ua.RequestHeader{AuthenticationToken: ua.NewTwoByteNodeID(0), AdditionalHeader: ua.NewExtensionObject(nil)}))
	request := func(kind uint16, rest []byte) []byte {
		return append(append(must(ua.NewFourByteExpandedNodeID(0, kind).Encode()), header...), rest...)
	}
	write := func(value []byte) []byte {
		rest := append([]byte{1, 0, 0, 0, 0, 0, 13, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1}, value...)
		return request(id.WriteRequest_Encoding_DefaultBinary, rest)
	}
	return map[string][]byte{
		"an array of 2^31 nodes":         request(id.ReadRequest_Encoding_DefaultBinary, append(make([]byte, 12), 0xff, 0xff, 0xff, 0x7f)),
		"a value of 2^31 dimensions":     write([]byte{0xc6, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}),
		"a value of -2 elements":         write([]byte{0x86, 0xfe, 0xff, 0xff, 0xff}),
		"values nested in values":        write(bytes.Repeat([]byte{byte(ua.TypeIDVariant)}, 60_000)),
		"values nested, to the end":      write(append(bytes.Repeat([]byte{byte(ua.TypeIDVariant)}, 100), 0)),
		"data values nested":             write(bytes.Repeat([]byte{byte(ua.TypeIDDataValue), 1}, 30_000)),
		"diagnostics nested":             write(append([]byte{byte(ua.TypeIDDiagnosticInfo)}, bytes.Repeat([]byte{0x40}, 60_000)...)),
		"a text of 2^32-2 bytes":         write([]byte{byte(ua.TypeIDString), 0xfe, 0xff, 0xff, 0xff}),
		"a node id of an unknown kind":   write([]byte{byte(ua.TypeIDNodeID), 0x3e}),
		"a node id with a URI flag":      write([]byte{byte(ua.TypeIDNodeID), 0x82, 0, 0, 0, 0, 0, 0}),
		"an extension that lies":         write([]byte{byte(ua.TypeIDExtensionObject), 1, 0, 0xd2, 2, 1, 0xff, 0, 0, 0}),
		"an extension with a lying list": write([]byte{byte(ua.TypeIDExtensionObject), 1, 0, 0xd7, 2, 1, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}),
	}
}

func TestAMessageThatNamesMoreThanItHoldsIsRefused(t *testing.T) {
	p := newPlant(t, nil)
	for name, body := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := p.dial().open()
		if err := r.chunk('F', body); err != nil {
			t.Fatal(err)
		}
		got := r.answer().Header().ServiceResult
		runtime.ReadMemStats(&after)
		if got != ua.StatusBadDecodingError {
			t.Errorf("%s: %v", name, got)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
			t.Errorf("%s took %d bytes of memory", name, took)
		}
	}
	r := p.dial().open()
	if err := r.chunk('F', append([]byte{1, 0, 0xff, 0xff}, must(ua.Encode(r.header()))...)); err != nil {
		t.Fatal(err)
	}
	if got := r.answer().Header().ServiceResult; got != ua.StatusBadServiceUnsupported {
		t.Errorf("a service that is unknown: %v", got)
	}
}

func TestThoseWhoOnlyHoldConnectionsKeepNobodyOut(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.Limits.Clients, o.Limits.Sessions = 3, 2 })
	for range 10 {
		p.dial().open().create()
	}
	a := p.anonymous()
	for range 10 {
		p.dial()
	}
	b := p.anonymous()
	for _, c := range []*client.Client{a, b} {
		if v := readOne(t, c, register("belt.position"), ua.AttributeIDValue); v.Status != ua.StatusOK {
			t.Errorf("reads %v", v.Status)
		}
	}
	if _, err := p.tryConnect(append(p.plainly(), client.AuthAnonymous())...); !errors.Is(err, ua.StatusBadTooManySessions) {
		t.Errorf("a third session: %v", err)
	}
}

// secureChannel opens a channel with Basic256Sha256 through the library.
func (p *plant) secureChannel(ctx context.Context) *uasc.SecureChannel {
	p.t.Helper()
	a := applications()["client"]
	p.trust(a)
	conn := must(uacp.Dial(ctx, p.server.URL()))
	server := p.server.pki.own
	sc := must(uasc.NewSecureChannel(p.server.URL(), conn, &uasc.Config{
		SecurityPolicyURI: policyBasic, SecurityMode: ua.MessageSecurityModeSignAndEncrypt, Certificate: a.der, LocalKey: a.key,
		RemoteCertificate: server.Raw, Thumbprint: uapolicy.Thumbprint(server.Raw), Lifetime: 3_600_000, RequestTimeout: 10 * time.Second,
	}, make(chan error, 1)))
	if err := sc.Open(ctx); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { sc.Close() })
	return sc
}

func TestKeysAreRenewedWhileRequestsAreOnTheirWay(t *testing.T) {
	p := newPlant(t, nil)
	sc := p.secureChannel(t.Context())
	stop, ended := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			err := sc.SendRequest(t.Context(), &ua.GetEndpointsRequest{EndpointURL: p.server.URL()}, nil, func(ua.Response) error { return nil })
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	for range 5 {
		if err := sc.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAMessageThatWasChangedOnTheWayEndsTheConnection(t *testing.T) {
	p := newPlant(t, nil)
	a := applications()["client"]
	p.trust(a)
	// A relay between the two turns a bit of what the client says once it is secret.
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	go func() {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		defer in.Close()
		out := must(net.Dial("tcp", p.server.Addr().String()))
		defer out.Close()
		go relay(out, in, false)
		relay(in, out, true)
	}()
	c := must(client.NewClient("opc.tcp://"+listener.Addr().String(), p.securely(a, p.asNobody(withAll))...))
	if err := c.Connect(t.Context()); err == nil {
		c.Close(t.Context())
		t.Error("the session was made all the same")
	}
}

// relay passes frames on, and turns a bit of each MSG if asked to.
func relay(from, to net.Conn, turn bool) {
	r := &raw{tcp: from.(*net.TCPConn)}
	for {
		kind, body, err := r.tryRead()
		if err != nil {
			to.Close()
			return
		}
		if turn && kind[:3] == "MSG" {
			body[len(body)/2] ^= 1
		}
		if (&raw{tcp: to.(*net.TCPConn)}).tryWrite(kind, body) != nil {
			return
		}
	}
}

func TestAWriteThatTakesTooLongTimesOut(t *testing.T) {
	bank := protocol.NewBank()
	w := bank.Writer("slow", "test")
	for _, name := range []string{"never", "later"} {
		must(w.Define(protocol.Def{Name: name, Type: protocol.Bool, Access: protocol.Operator}))
	}
	bank.Seal()
	later := make(chan *protocol.Transaction, 10)
	p := newPlant(t, func(o *Options) {
		o.Bank, o.Enumerations, o.Ranges = bank, nil, nil
		o.Limits.Patience = 300 * time.Millisecond
		o.Apply = func(tx *protocol.Transaction) bool {
			if tx.Changes[0].Ref == 1 {
				later <- tx
			}
			return false
		}
	})
	go func() {
		tx := <-later
		tx.Refuse(protocol.DeviceFailed, 0)
		tx.Finish()
	}()
	c := p.operator()
	if got := writeOne(t, c, "later", true); got != ua.StatusBadDeviceFailure {
		t.Errorf("a write whose device failed: %v", got)
	}
	if got := writeOne(t, c, "never", true); got != ua.StatusBadTimeout {
		t.Errorf("a write that nobody answers: %v", got)
	}
}
