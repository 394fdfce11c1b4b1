package main

import (
	"crypto/tls"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/guard"
	"linetwin.dev/protocol/wire"
)

// access is who may do what, by the configuration of the moment. Its methods may be
// called concurrently.
type access struct {
	guard  guard.Guard // of all tokens, wherever they are shown
	grants atomic.Pointer[config.Grants]
	tls    atomic.Pointer[tls.Config] // nil where connections are in the clear
}

func newAccess(c *config.Config, g *config.Grants) *access {
	a := &access{}
	a.grants.Store(g)
	a.tls.Store(c.TLS())
	return a
}

// use takes another configuration. Whether connections are encrypted at all stays as it
// is until a restart.
func (a *access) use(c *config.Config, g *config.Grants) {
	a.grants.Store(g)
	if next := c.TLS(); next != nil && a.tls.Load() != nil {
		a.tls.Store(next)
	}
}

// Authorise says what a client may do by what it shows.
func (a *access) Authorise(c wire.Credentials) (protocol.Grant, bool) {
	return a.grants.Load().Authorise(c)
}

// anonymous tells whether somebody is let in who shows nothing.
func (a *access) anonymous() bool {
	_, ok := a.Authorise(wire.Credentials{})
	return ok
}

// page is Authorise for who comes over HTTP. Where the register server asks everybody for
// a certificate, who comes without needs the token of a client: a browser has no
// certificate, and what anonymous may do is for those who have one.
func (a *access) page(c wire.Credentials) (protocol.Grant, bool) {
	if conf := a.tls.Load(); conf != nil && conf.ClientAuth == tls.RequireAndVerifyClientCert && c.Certificate == "" && c.Token == "" {
		return protocol.Grant{}, false
	}
	return a.Authorise(c)
}

// serverTLS has the certificates of the moment for each connection; nil for none.
func (a *access) serverTLS() *tls.Config {
	if a.tls.Load() == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return a.tls.Load(), nil },
	}
}

// pagesTLS is serverTLS that takes the certificate of who has one, and insists on none:
// see page.
func (a *access) pagesTLS() *tls.Config {
	if a.tls.Load() == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c := a.tls.Load().Clone()
			c.ClientAuth = min(c.ClientAuth, tls.VerifyClientCertIfGiven)
			return c, nil
		},
	}
}

func tlsListener(l net.Listener, c *tls.Config) net.Listener { return tls.NewListener(l, c) }

// pages lets in who has a role, and lets those change something who may operate the
// line. A browser asks its user for the name and the token of a client.
func (a *access) pages(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant, ok := a.visitor(r)
		needs := protocol.ReadOnly
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			needs = protocol.Operator
		}
		switch {
		case !ok || grant.Access < needs && !shows(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="linetwin: the name of a client and its token", charset="UTF-8"`)
			http.Error(w, "this takes the token of a client that may; send it as a password, or as Authorization: Bearer TOKEN", http.StatusUnauthorized)
		case grant.Access < needs:
			http.Error(w, "the role of "+grant.Name+" may look and change nothing here", http.StatusForbidden)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// slowly looks at what requests show no faster than the guard of the tokens lets it. The
// console sees to that itself, since a token may come in a call as well.
func (a *access) slowly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if shown := r.Header.Get("Authorization"); shown != "" && r.URL.Path != console.Path {
			from, now := guard.From(r.RemoteAddr), time.Now()
			if wait := a.guard.Wait(from, now); wait > 0 {
				seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
				w.Header().Set("Retry-After", seconds)
				http.Error(w, "too many wrong tokens came from this address; try again in "+seconds+" s", http.StatusTooManyRequests)
				return
			}
			if _, ok := a.visitor(r); !ok {
				a.guard.Wrong(from, shown, now)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// shows tells whether a request has something to prove who it is from.
func shows(r *http.Request) bool { return r.Header.Get("Authorization") != "" }

// visitor is what somebody may do who asks for a page.
func (a *access) visitor(r *http.Request) (protocol.Grant, bool) {
	if name, password, ok := r.BasicAuth(); ok && name != "" {
		return a.grants.Load().User(name, password)
	}
	c := wire.Credentials{Name: "pages"}
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		c.Token = strings.TrimSpace(token)
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		c.Certificate = r.TLS.VerifiedChains[0][0].Subject.CommonName
	}
	return a.page(c)
}
