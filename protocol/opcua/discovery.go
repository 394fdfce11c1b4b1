package opcua

import (
	"net/url"
	"slices"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

const (
	transportBinary = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary"
	productURI      = "urn:linetwin"
	mostURL         = 512

	// The ids of the ways to log in.
	policyAnonymous, policyUserName, policyCertificate = "anonymous", "username", "certificate"
)

// reach is the URL by which the client reaches this server: the one that it used, which
// need not be the one that this machine knows, or else this server's own.
func (s *Server) reach(asked string) string {
	if len(asked) > mostURL {
		return s.url
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "opc.tcp" || u.Host == "" || u.User != nil {
		return s.url
	}
	return asked
}

func (s *Server) application(url string) *ua.ApplicationDescription {
	return &ua.ApplicationDescription{
		ApplicationURI: s.pki.uri, ProductURI: productURI,
		ApplicationName: ua.NewLocalizedText(s.o.Name), ApplicationType: ua.ApplicationTypeServer,
		DiscoveryURLs: []string{url},
	}
}

// endpoints are the ways to connect.
func (s *Server) endpoints(url string) []*ua.EndpointDescription {
	var tokens []*ua.UserTokenPolicy
	if s.anonymous.Load() {
		tokens = append(tokens, &ua.UserTokenPolicy{PolicyID: policyAnonymous, TokenType: ua.UserTokenTypeAnonymous})
	}
	// Secrets are encrypted also where messages are not.
	tokens = append(tokens,
		&ua.UserTokenPolicy{PolicyID: policyUserName, TokenType: ua.UserTokenTypeUserName, SecurityPolicyURI: policyBasic},
		&ua.UserTokenPolicy{PolicyID: policyCertificate, TokenType: ua.UserTokenTypeCertificate, SecurityPolicyURI: policyBasic})
	endpoint := func(policy string, mode ua.MessageSecurityMode) *ua.EndpointDescription {
		return &ua.EndpointDescription{
			EndpointURL: url, Server: s.application(url), ServerCertificate: s.pki.own.Raw,
			SecurityMode: mode, SecurityPolicyURI: policy, SecurityLevel: uapolicy.SecurityLevel(policy, mode),
			UserIdentityTokens: tokens, TransportProfileURI: transportBinary,
		}
	}
	all := []*ua.EndpointDescription{endpoint(policyBasic, ua.MessageSecurityModeSignAndEncrypt)}
	if s.o.AllowNone {
		all = append(all, endpoint(policyNone, ua.MessageSecurityModeNone))
	}
	return all
}

func (s *Server) getEndpoints(_ *exchange, req *ua.GetEndpointsRequest) (ua.Response, ua.StatusCode) {
	resp := &ua.GetEndpointsResponse{Endpoints: []*ua.EndpointDescription{}}
	if len(req.ProfileURIs) == 0 || slices.Contains(req.ProfileURIs, transportBinary) {
		resp.Endpoints = s.endpoints(s.reach(req.EndpointURL))
	}
	return resp, ua.StatusOK
}

func (s *Server) findServers(_ *exchange, req *ua.FindServersRequest) (ua.Response, ua.StatusCode) {
	resp := &ua.FindServersResponse{Servers: []*ua.ApplicationDescription{}}
	if len(req.ServerURIs) == 0 || slices.Contains(req.ServerURIs, s.pki.uri) {
		resp.Servers = append(resp.Servers, s.application(s.reach(req.EndpointURL)))
	}
	return resp, ua.StatusOK
}
