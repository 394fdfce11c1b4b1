package console

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"linetwin.dev/protocol/wire"
)

// refusal is why a request is not let in.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// foreign tells why a request that a browser sends must not be obeyed: it comes from a
// page that is not this server's own. Only browsers send an Origin, and they always do.
// The name of the host counts as well, since the owner of a name can make it lead here,
// and a page that he wrote is then, to the browser, this server's own.
func foreign(r *http.Request, hosts []string) error {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return nil
	}
	origin, err := url.Parse(origins[0])
	if err != nil || len(origins) > 1 || origin.Host == "" || !strings.EqualFold(origin.Host, r.Host) {
		return &refusal{http.StatusForbidden, fmt.Sprintf("a page of %q may not use the console of %q; only this server's own pages may", strings.Join(origins, ", "), r.Host)}
	}
	name := origin.Hostname()
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if strings.EqualFold(name, "localhost") || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) }) {
		return nil
	}
	return &refusal{http.StatusForbidden, fmt.Sprintf("pages may not use the console by the name %q; call this server by its IP address, or add the name to its hosts", name)}
}

// credentialsOf are what a request shows. given tells whether there is a token among them.
func credentialsOf(r *http.Request) (c wire.Credentials, given bool, err error) {
	c.Name = "console"
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		c.Certificate = r.TLS.VerifiedChains[0][0].Subject.CommonName
	}
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return c, false, &refusal{http.StatusUnauthorized, "the console takes a token: Authorization: Bearer TOKEN"}
		}
		c.Token, given = strings.TrimSpace(token), true
	}
	ours := false
	for _, p := range subprotocols(r) {
		if p == Protocol {
			ours = true
		}
		encoded, ok := strings.CutPrefix(p, TokenProtocol)
		if !ok {
			continue
		}
		token, err := base64.RawURLEncoding.DecodeString(encoded)
		if err != nil {
			return c, false, &refusal{http.StatusBadRequest, "the subprotocol " + TokenProtocol + "... ends with the token in base64url without padding"}
		}
		c.Token, given = string(token), true
	}
	if !ours {
		return c, false, &refusal{http.StatusBadRequest, "this is the console; a client opens a WebSocket here with the subprotocol " + Protocol + ", as linetwin console does"}
	}
	return c, given, nil
}

func subprotocols(r *http.Request) (names []string) {
	for _, h := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(h, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}
