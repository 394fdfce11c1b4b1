package metrics

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// Path is where Prometheus looks on a server's HTTP address.
const Path = "/metrics"

// MaxRegisters is how many registers are shown at most.
const MaxRegisters = 10_000

// Server is what the metrics need of the register server; a *server.Server is one. The
// methods may be called concurrently, and except for Health they may hang while the
// server does.
type Server interface {
	Clients() []server.ClientInfo
	Stats() server.Stats
	Health() server.Health
}

// Options say what is shown. Without any, it is the Go runtime.
type Options struct {
	// Server whose clients and work are shown.
	Server Server
	// Bank whose registers are counted by quality. It is sealed.
	Bank *protocol.Bank
	// Registers that are shown themselves: patterns of names as path.Match has them, as
	// "belt.*". None by default; at most MaxRegisters may match.
	Registers []string
	// Consoles gives the totals of the consoles; nil for none.
	Consoles func() console.ConsoleStats
	// Authorise says what who asks may see, or false to turn it away: the function of the
	// register server. It may read the registers of its grant. Without it everybody may
	// see all.
	Authorise func(wire.Credentials) (protocol.Grant, bool)
	// Version of the program.
	Version string
}

// atOneTime is the number of requests that are answered at one time; more are told to
// come back.
const atOneTime = 4

// Handler answers the requests of Prometheus. The error says which pattern of registers is
// wrong.
func Handler(o Options) (http.Handler, error) {
	shown, err := choose(&o)
	if err != nil {
		return nil, err
	}
	all := prometheus.NewRegistry()
	for _, c := range o.collectors() {
		if err := all.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	places := make(chan struct{}, atOneTime)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant := protocol.Grant{Access: protocol.Engineer}
		if o.Authorise != nil {
			var ok bool
			if grant, ok = o.Authorise(credentialsOf(r)); !ok {
				w.Header().Set("WWW-Authenticate", "Bearer")
				http.Error(w, "the metrics take a token: Authorization: Bearer TOKEN", http.StatusUnauthorized)
				return
			}
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			http.Error(w, "as many requests as this server answers at one time are under way", http.StatusServiceUnavailable)
			return
		}
		own := prometheus.NewRegistry()
		own.MustRegister(&registers{o.Bank, shown, &grant})
		promhttp.HandlerFor(prometheus.Gatherers{all, own}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	}), nil
}

func credentialsOf(r *http.Request) wire.Credentials {
	c := wire.Credentials{Name: "metrics"}
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		c.Token = strings.TrimSpace(token)
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		c.Certificate = r.TLS.VerifiedChains[0][0].Subject.CommonName
	}
	return c
}

// collectors are those whose numbers are the same for everybody.
func (o *Options) collectors() []prometheus.Collector {
	version := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "linetwin_build_info", Help: "1, labelled with the program's version.", ConstLabels: prometheus.Labels{"version": o.Version},
	})
	version.Set(1)
	all := []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), version}
	if o.Server != nil {
		all = append(all, &clients{server: o.Server}, serving{o.Server})
	}
	if o.Bank != nil {
		all = append(all, qualities{o.Bank})
	}
	if o.Consoles != nil {
		all = append(all, consoles{o.Consoles})
	}
	return all
}

// choose finds the registers that are shown.
func choose(o *Options) (shown []protocol.Info, err error) {
	if len(o.Registers) == 0 {
		return nil, nil
	}
	if o.Bank == nil {
		return nil, fmt.Errorf("metrics: registers %v are to be shown, and there is no bank", o.Registers)
	}
	for _, p := range o.Registers {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("metrics: %q is not a pattern of register names; write * for anything, ? for a letter, [a-z] for one of these", p)
		}
	}
	for _, info := range o.Bank.Registers() {
		for _, p := range o.Registers {
			if ok, _ := path.Match(p, info.Name); ok { // the patterns have been tried
				shown = append(shown, info)
				break
			}
		}
	}
	if len(shown) > MaxRegisters {
		return nil, fmt.Errorf("metrics: %d registers fit %v; at most %d are shown, so choose fewer", len(shown), o.Registers, MaxRegisters)
	}
	return shown, nil
}
