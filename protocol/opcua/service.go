package opcua

import (
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
)

// exchange is a request being answered.
type exchange struct {
	conn    *conn
	request uint32
	header  *ua.RequestHeader
	// session is active and belongs to the connection; nil for services without one.
	session *session
	now     time.Time
}

// service answers one kind of request. A status other than OK becomes a fault; no answer
// and OK means that it comes later.
type service struct {
	make func() ua.Request
	call func(*Server, *exchange, ua.Request) (ua.Response, ua.StatusCode)
	// open services need no session, or look after it by themselves.
	open bool
}

func of[T any, R interface {
	*T
	ua.Request
}](call func(*Server, *exchange, R) (ua.Response, ua.StatusCode)) service {
	return service{
		make: func() ua.Request { return R(new(T)) },
		call: func(s *Server, x *exchange, req ua.Request) (ua.Response, ua.StatusCode) { return call(s, x, req.(R)) },
	}
}

func openTo(s service) service { s.open = true; return s }

// services are all that this server has, by the number of the request's encoding.
var services = map[uint32]service{
	id.FindServersRequest_Encoding_DefaultBinary:     openTo(of((*Server).findServers)),
	id.GetEndpointsRequest_Encoding_DefaultBinary:    openTo(of((*Server).getEndpoints)),
	id.CreateSessionRequest_Encoding_DefaultBinary:   openTo(of((*Server).createSession)),
	id.ActivateSessionRequest_Encoding_DefaultBinary: openTo(of((*Server).activateSession)),
	id.CloseSessionRequest_Encoding_DefaultBinary:    openTo(of((*Server).closeSessionRequest)),
	id.CancelRequest_Encoding_DefaultBinary:          of((*Server).cancel),

	id.ReadRequest_Encoding_DefaultBinary:  of((*Server).read),
	id.WriteRequest_Encoding_DefaultBinary: of((*Server).write),

	id.BrowseRequest_Encoding_DefaultBinary:                        of((*Server).browse),
	id.BrowseNextRequest_Encoding_DefaultBinary:                    of((*Server).browseNext),
	id.TranslateBrowsePathsToNodeIDsRequest_Encoding_DefaultBinary: of((*Server).translate),
	id.RegisterNodesRequest_Encoding_DefaultBinary:                 of((*Server).registerNodes),
	id.UnregisterNodesRequest_Encoding_DefaultBinary:               of((*Server).unregisterNodes),

	id.CreateSubscriptionRequest_Encoding_DefaultBinary:    of((*Server).createSubscription),
	id.ModifySubscriptionRequest_Encoding_DefaultBinary:    of((*Server).modifySubscription),
	id.SetPublishingModeRequest_Encoding_DefaultBinary:     of((*Server).setPublishingMode),
	id.DeleteSubscriptionsRequest_Encoding_DefaultBinary:   of((*Server).deleteSubscriptions),
	id.TransferSubscriptionsRequest_Encoding_DefaultBinary: of((*Server).transferSubscriptions),
	id.PublishRequest_Encoding_DefaultBinary:               of((*Server).publish),
	id.RepublishRequest_Encoding_DefaultBinary:             of((*Server).republish),

	id.CreateMonitoredItemsRequest_Encoding_DefaultBinary: of((*Server).createItems),
	id.ModifyMonitoredItemsRequest_Encoding_DefaultBinary: of((*Server).modifyItems),
	id.SetMonitoringModeRequest_Encoding_DefaultBinary:    of((*Server).setMonitoringMode),
	id.DeleteMonitoredItemsRequest_Encoding_DefaultBinary: of((*Server).deleteItems),
}

// dispatch answers a request. An error ends the connection.
func (s *Server) dispatch(c *conn, request uint32, body []byte) error {
	x := &exchange{conn: c, request: request, now: time.Now()}
	var kind ua.ExpandedNodeID
	body, ok := decode(body, &kind)
	if !ok {
		return faultf(ua.StatusBadDecodingError, "a request that cannot be read")
	}
	var header ua.RequestHeader
	if _, ok := decode(body, &header); !ok {
		return faultf(ua.StatusBadDecodingError, "a request whose header cannot be read")
	}
	x.header = &header
	svc, ok := services[kind.NodeID.IntID()]
	if !ok || kind.NodeID.Namespace() != 0 {
		x.fault(ua.StatusBadServiceUnsupported)
		return nil
	}
	req := svc.make()
	if _, ok := decode(body, req); !ok {
		x.fault(ua.StatusBadDecodingError)
		return nil
	}
	if !svc.open {
		var status ua.StatusCode
		if x.session, status = s.session(x); status != ua.StatusOK {
			x.fault(status)
			return nil
		}
	}
	resp, status := svc.call(s, x, req)
	switch {
	case status != ua.StatusOK:
		x.fault(status)
	case resp != nil:
		x.answer(resp)
	}
	if c.failures >= mostFailures {
		return faultf(ua.StatusBadUserAccessDenied, "%d failed log-ins", c.failures)
	}
	return nil
}

// answer sends a response, and waits while the client does not read.
func (x *exchange) answer(resp ua.Response) {
	resp.SetHeader(responseHeader(x.header, ua.StatusOK, x.now))
	x.conn.out.put(answer{request: x.request, body: resp})
}

func (x *exchange) fault(status ua.StatusCode) {
	x.conn.out.put(answer{request: x.request, body: &ua.ServiceFault{ResponseHeader: responseHeader(x.header, status, x.now)}})
}

// several checks how many operations a request has.
func (s *Server) several(n int) ua.StatusCode {
	switch {
	case n == 0:
		return ua.StatusBadNothingToDo
	case n > s.limits.Operations:
		return ua.StatusBadTooManyOperations
	}
	return ua.StatusOK
}
