package opcua

import (
	"reflect"
	"slices"
	"testing"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uacp"
)

// requests are one of each kind with something in it, as a client would encode it.
func requests() map[string]ua.Request {
	name, text := &ua.QualifiedName{NamespaceIndex: 2, Name: "width"}, ua.NewLocalizedTextWithLocale("text", "en")
	nodes := []*ua.NodeID{ua.NewTwoByteNodeID(84), ua.NewFourByteNodeID(2, 500), ua.NewNumericNodeID(2, 70_000), register("belt.position"),
		ua.NewGUIDNodeID(1, "1111AAAA22BB33CC44DD55EE77FF9900"), ua.NewByteStringNodeID(1, []byte{1, 2})}
	all := map[string]ua.Request{
		"write": new(ua.WriteRequest),
		"browse": &ua.BrowseRequest{View: &ua.ViewDescription{ViewID: nodes[0]}, NodesToBrowse: []*ua.BrowseDescription{
			{NodeID: nodes[0], ReferenceTypeID: nodes[1], IncludeSubtypes: true, ResultMask: 63}}},
		"translate": &ua.TranslateBrowsePathsToNodeIDsRequest{BrowsePaths: []*ua.BrowsePath{{StartingNode: nodes[0], RelativePath: &ua.RelativePath{
			Elements: []*ua.RelativePathElement{{ReferenceTypeID: nodes[0], TargetName: name}}}}}},
		"events": &ua.CreateMonitoredItemsRequest{ItemsToCreate: []*ua.MonitoredItemCreateRequest{watch("total", 1, &ua.EventFilter{
			SelectClauses: []*ua.SimpleAttributeOperand{{TypeDefinitionID: nodes[1], BrowsePath: []*ua.QualifiedName{name}, AttributeID: 13}},
			WhereClause: &ua.ContentFilter{Elements: []*ua.ContentFilterElement{{FilterOperands: []*ua.ExtensionObject{
				ua.NewExtensionObject(&ua.LiteralOperand{Value: ua.MustVariant("x")})}}}},
		})}},
		"session": &ua.CreateSessionRequest{ClientDescription: &ua.ApplicationDescription{ApplicationName: text, DiscoveryURLs: []string{"a", "b"}}, ClientNonce: []byte{1}},
		"log-in": &ua.ActivateSessionRequest{ClientSignature: &ua.SignatureData{Signature: []byte{1}}, LocaleIDs: []string{"en"},
			UserIdentityToken: ua.NewExtensionObject(&ua.UserNameIdentityToken{UserName: "op", Password: []byte{1, 2}}), UserTokenSignature: new(ua.SignatureData)},
		"publish": &ua.PublishRequest{SubscriptionAcknowledgements: []*ua.SubscriptionAcknowledgement{{SubscriptionID: 1, SequenceNumber: 2}}},
	}
	read := readRequest("belt.position")
	for _, n := range nodes {
		read.NodesToRead = append(read.NodesToRead, &ua.ReadValueID{NodeID: n, DataEncoding: name})
	}
	all["read"] = read
	w := all["write"].(*ua.WriteRequest)
	for _, v := range []any{
		true, int8(1), uint8(1), int16(1), uint16(1), int32(1), uint32(1), int64(1), uint64(1), float32(1), 1.5, "s", lineStart, []byte{1}, ua.XMLElement("<a/>"),
		ua.NewGUID("1111AAAA22BB33CC44DD55EE77FF9900"), nodes[2], &ua.ExpandedNodeID{NodeID: nodes[3]}, ua.StatusBad, name, text,
		ua.NewExtensionObject(&ua.Range{Low: 1}), &ua.DataValue{EncodingMask: ua.DataValueValue | ua.DataValueSourceTimestamp, Value: ua.MustVariant(1.0), SourceTimestamp: lineStart},
		ua.MustVariant("inner"), &ua.DiagnosticInfo{EncodingMask: ua.DiagnosticInfoInnerDiagnosticInfo, InnerDiagnosticInfo: new(ua.DiagnosticInfo)},
		[]string{"a", "b"}, [][]int32{{1, 2}, {3, 4}}, []*ua.Variant{ua.MustVariant(1.0)},
	} {
		w.NodesToWrite = append(w.NodesToWrite, &ua.WriteValue{NodeID: nodes[3], AttributeID: 13, Value: &ua.DataValue{EncodingMask: ua.DataValueValue, Value: ua.MustVariant(v)}})
	}
	for _, r := range all {
		r.SetHeader(&ua.RequestHeader{AuthenticationToken: nodes[0], RequestHandle: 7, AdditionalHeader: ua.NewExtensionObject(nil)})
	}
	return all
}

func TestTheWalkEndsWhereTheDecoderDoes(t *testing.T) {
	for name, req := range requests() {
		b := must(ua.Encode(req))
		for n := range len(b) {
			fresh := reflect.New(reflect.TypeOf(req).Elem()).Interface()
			if _, ok := decode(b[:n], fresh); ok {
				t.Errorf("%s: its first %d of %d bytes are taken for a whole one", name, n, len(b))
			}
		}
		fresh := reflect.New(reflect.TypeOf(req).Elem()).Interface()
		rest, ok := decode(append(slices.Clone(b), "rest"...), fresh)
		if !ok || string(rest) != "rest" {
			t.Errorf("%s: %v, then %q", name, ok, rest)
		}
	}
}

// Whatever a client says after the log-in, the server answers or ends that connection; it
// does not panic, and what the walk lets pass is decoded with memory in proportion.
func FuzzRequest(f *testing.F) {
	for _, req := range requests() {
		f.Add(append(must(ua.NewFourByteExpandedNodeID(0, ua.ServiceTypeID(req)).Encode()), must(ua.Encode(req))...))
	}
	for _, b := range bombs() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var kind ua.ExpandedNodeID
		rest, ok := decode(body, &kind)
		if !ok {
			return
		}
		svc, ok := services[kind.NodeID.IntID()]
		if !ok {
			return
		}
		req := svc.make()
		if _, ok := decode(rest, req); !ok {
			return
		}
		d := newDesk(t, Limits{})
		switch kind.NodeID.IntID() {
		case id.CreateSessionRequest_Encoding_DefaultBinary, id.ActivateSessionRequest_Encoding_DefaultBinary:
			return // these look at the network
		}
		x := d.exchange()
		x.header = req.Header()
		resp, _ := svc.call(d.server, x, req)
		if resp != nil {
			resp.SetHeader(responseHeader(x.header, ua.StatusOK, d.now))
			must(encodeBody(resp))
		}
	})
}

// Whatever comes instead of an OpenSecureChannel is refused, or is one.
func FuzzOpening(f *testing.F) {
	hello := must((&uacp.Hello{ReceiveBufSize: 8192}).Encode())
	f.Add(hello)
	open := append(make([]byte, chunkHeader), appendBytes(appendBytes(appendBytes(nil, []byte(policyNone)), nil), nil)...)
	open = append(open, 1, 0, 0, 0, 1, 0, 0, 0)
	open = append(open, must(ua.NewFourByteExpandedNodeID(0, id.OpenSecureChannelRequest_Encoding_DefaultBinary).Encode())...)
	req := &ua.OpenSecureChannelRequest{RequestHeader: requests()["read"].Header(), SecurityMode: ua.MessageSecurityModeNone}
	f.Add(append(open, must(ua.Encode(req))...))
	f.Add(append(make([]byte, chunkHeader), appendBytes(appendBytes(appendBytes(nil, []byte(policyBasic)), []byte("cert")), make([]byte, 20))...))
	d := newDesk(f, Limits{})
	f.Fuzz(func(t *testing.T, chunk []byte) {
		o, err := d.server.readOpening(new(channel), chunk, d.now)
		if err == nil && (o.policy != policyNone || o.client != nil) {
			t.Error("let in without a certificate that is trusted")
		}
	})
}
