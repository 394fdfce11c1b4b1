package client

import (
	"crypto/tls"
	"time"

	"linetwin.dev/protocol/wire"
)

// Option of Dial.
type Option func(*options)

type options struct {
	wire.ClientConfig
	tls       *tls.Config
	reconnect bool
	clock     time.Duration
}

// WithToken proves the client's role to a server that asks for it.
func WithToken(token string) Option { return func(o *options) { o.Token = token } }

// WithName says who the client is, to people who look at the server.
func WithName(name string) Option { return func(o *options) { o.Name = name } }

// WithTLS encrypts the connection. The configuration has the roots that the server's
// certificate is held against, and the client's own certificate if it has one. The
// server's name is taken from the address if the configuration has none.
func WithTLS(config *tls.Config) Option { return func(o *options) { o.tls = config } }

// WithReconnect dials again whenever the connection is lost, after a pause that grows
// from a tenth of a second to five seconds.
func WithReconnect() Option { return func(o *options) { o.reconnect = true } }

// WithClock exchanges timestamps with the server, every so often, for LineTime and for
// the server's estimate of this client's clock.
func WithClock(every time.Duration) Option { return func(o *options) { o.clock = every } }
