package opcua

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uacp"
)

// raw is a client that sends what a test wants, byte for byte, without security.
type raw struct {
	t                        *testing.T
	tcp                      *net.TCPConn
	channel, token, sequence uint32
	request                  uint32
	session                  *ua.NodeID
}

// dial connects, and does nothing more.
func (p *plant) dial() *raw {
	p.t.Helper()
	tcp := must(net.Dial("tcp", p.server.Addr().String())).(*net.TCPConn)
	p.t.Cleanup(func() { tcp.Close() })
	return &raw{t: p.t, tcp: tcp, session: ua.NewTwoByteNodeID(0)}
}

// hello agrees about sizes.
func (r *raw) hello() {
	r.t.Helper()
	body := must((&uacp.Hello{ReceiveBufSize: 65535, SendBufSize: 65535, EndpointURL: "opc.tcp://test"}).Encode())
	r.write("HELF", body)
	if kind, _ := r.read(); kind != "ACKF" {
		r.t.Fatalf("hello answered by %s", kind)
	}
}

// open opens a secure channel without security.
func (r *raw) open() *raw {
	r.t.Helper()
	r.hello()
	r.opening(policyNone, ua.MessageSecurityModeNone, ua.SecurityTokenRequestTypeIssue)
	kind, body := r.read()
	if kind != "OPNF" {
		r.t.Fatalf("open answered by %s %q", kind, body)
	}
	resp := r.opened(body)
	r.channel, r.token = resp.SecurityToken.ChannelID, resp.SecurityToken.TokenID
	return r
}

func (r *raw) opening(policy string, mode ua.MessageSecurityMode, kind ua.SecurityTokenRequestType) {
	r.t.Helper()
	head := binary.LittleEndian.AppendUint32(nil, r.channel)
	head = appendBytes(appendBytes(appendBytes(head, []byte(policy)), nil), nil)
	r.sequence++
	head = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(head, r.sequence), 1)
	r.write("OPNF", append(head, r.body(id.OpenSecureChannelRequest_Encoding_DefaultBinary, &ua.OpenSecureChannelRequest{
		RequestHeader: r.header(), RequestType: kind, SecurityMode: mode, RequestedLifetime: 60_000,
	})...))
}

func (r *raw) opened(body []byte) *ua.OpenSecureChannelResponse {
	r.t.Helper()
	w := walker{b: body[4:]}
	for range 3 {
		w.string()
	}
	_, resp, err := ua.DecodeService(w.b[sequenceHeader:])
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.(*ua.OpenSecureChannelResponse)
}

func (r *raw) header() *ua.RequestHeader {
	return &ua.RequestHeader{AuthenticationToken: r.session, RequestHandle: 7, AdditionalHeader: ua.NewExtensionObject(nil)}
}

func (r *raw) body(kind uint16, req any) []byte {
	return append(must(ua.NewFourByteExpandedNodeID(0, kind).Encode()), must(ua.Encode(req))...)
}

// write sends a frame.
func (r *raw) write(kind string, body []byte) {
	r.t.Helper()
	if err := r.tryWrite(kind, body); err != nil {
		r.t.Fatal(err)
	}
}

func (r *raw) tryWrite(kind string, body []byte) error {
	_, err := r.tcp.Write(append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(8+len(body))), body...))
	return err
}

// chunk sends part of a request.
func (r *raw) chunk(final byte, body []byte) error {
	r.sequence++
	head := binary.LittleEndian.AppendUint32(nil, r.channel)
	head = binary.LittleEndian.AppendUint32(head, r.token)
	head = binary.LittleEndian.AppendUint32(head, r.sequence)
	head = binary.LittleEndian.AppendUint32(head, r.request)
	return r.tryWrite("MSG"+string(final), append(head, body...))
}

// send sends a request whose encoding is known to the library.
func (r *raw) send(req ua.Request) {
	r.t.Helper()
	r.request++
	req.SetHeader(r.header())
	if err := r.chunk('F', r.body(ua.ServiceTypeID(req), req)); err != nil {
		r.t.Fatal(err)
	}
}

// ask sends a request and waits for its answer.
func (r *raw) ask(req ua.Request) ua.Response {
	r.t.Helper()
	r.send(req)
	return r.answer()
}

// answer is the next one.
func (r *raw) answer() ua.Response {
	r.t.Helper()
	var whole []byte
	for {
		kind, body := r.read()
		if kind != "MSGF" && kind != "MSGC" {
			r.t.Fatalf("answered by %s %q", kind, body)
		}
		whole = append(whole, body[16:]...)
		if kind == "MSGF" {
			break
		}
	}
	_, resp, err := ua.DecodeService(whole)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.(ua.Response)
}

// read reads a frame.
func (r *raw) read() (kind string, body []byte) {
	r.t.Helper()
	kind, body, err := r.tryRead()
	if err != nil {
		r.t.Fatal(err)
	}
	return kind, body
}

func (r *raw) tryRead() (kind string, body []byte, err error) {
	_ = r.tcp.SetReadDeadline(time.Now().Add(20 * time.Second))
	var head [8]byte
	if _, err := io.ReadFull(r.tcp, head[:]); err != nil {
		return "", nil, err
	}
	body = make([]byte, binary.LittleEndian.Uint32(head[4:])-8)
	_, err = io.ReadFull(r.tcp, body)
	return string(head[:4]), body, err
}

// ends waits until the server closes the connection, and returns what it gave as reason.
func (r *raw) ends() (status ua.StatusCode) {
	r.t.Helper()
	for {
		kind, body, err := r.tryRead()
		if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
			r.t.Fatal("the connection stays open")
		}
		if err != nil {
			return status
		}
		if kind == "ERRF" {
			status = ua.StatusCode(binary.LittleEndian.Uint32(body))
		}
	}
}

// login makes a session.
func (r *raw) login() *raw {
	r.t.Helper()
	r.create()
	resp := r.ask(&ua.ActivateSessionRequest{ClientSignature: new(ua.SignatureData), UserIdentityToken: ua.NewExtensionObject(&ua.AnonymousIdentityToken{PolicyID: policyAnonymous}), UserTokenSignature: new(ua.SignatureData)})
	if s := resp.Header().ServiceResult; s != ua.StatusOK {
		r.t.Fatalf("anonymous: %v", s)
	}
	return r
}

// create makes a session that is not active.
func (r *raw) create() {
	r.t.Helper()
	resp := r.ask(&ua.CreateSessionRequest{
		ClientDescription: &ua.ApplicationDescription{ApplicationURI: "urn:raw", ApplicationName: ua.NewLocalizedText("raw")},
		SessionName:       "raw", RequestedSessionTimeout: 60_000,
	})
	created, ok := resp.(*ua.CreateSessionResponse)
	if !ok {
		r.t.Fatalf("create: %v", resp.Header().ServiceResult)
	}
	r.session = created.AuthenticationToken
}

func readRequest(names ...string) *ua.ReadRequest {
	req := &ua.ReadRequest{TimestampsToReturn: ua.TimestampsToReturnBoth}
	for _, n := range names {
		req.NodesToRead = append(req.NodesToRead, &ua.ReadValueID{NodeID: register(n), AttributeID: ua.AttributeIDValue, DataEncoding: new(ua.QualifiedName)})
	}
	return req
}

func writeRequest(name string, v any) *ua.WriteRequest {
	return &ua.WriteRequest{NodesToWrite: []*ua.WriteValue{{
		NodeID: register(name), AttributeID: ua.AttributeIDValue, Value: &ua.DataValue{EncodingMask: ua.DataValueValue, Value: ua.MustVariant(v)},
	}}}
}
