package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/metrics"
	"linetwin.dev/protocol/modbus"
	"linetwin.dev/protocol/opcua"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/twin"
)

const (
	// defaultRegsAddr is where the register server and its client meet.
	defaultRegsAddr = "127.0.0.1:7117"
	// defaultHTTPAddr is where the console, the metrics and the MES's page are.
	defaultHTTPAddr = "127.0.0.1:8117"
)

// site is what is served: a line, registers of a configuration, or both.
type site struct {
	bank   *protocol.Bank // sealed
	apply  protocol.ApplyFunc
	now    func() time.Duration // line time
	line   *twin.Twin           // nil without a scenario
	own    *config.Registers    // nil without a configuration
	clocks *timesync.Board
	conf   *config.Config
	live   *config.Live // the configuration that is followed, or nil
	checks func() []console.Check
	log    *slog.Logger
	level  *slog.LevelVar
}

// lineSite is a twin by itself, under the default configuration.
func lineSite(t *twin.Twin, regsAddr, httpAddr string) *site {
	conf := config.Default()
	conf.Listen.Address, conf.HTTP.Address = regsAddr, httpAddr
	return &site{bank: t.Bank(), apply: t.Apply, now: t.Now, line: t, conf: conf}
}

// servers are what keeps a site reachable.
type servers struct {
	site    *site
	access  *access
	sources wire.Sources

	regs    *server.Server
	con     *console.Console
	http    *http.Server
	pages   string   // their address, "http://HOST:PORT"; "" without them
	pagesAt net.Addr // nil without them
	modbus  *modbus.Gateway
	opcua   *opcua.Server
	closers []func() error
}

// serve opens everything that the site's configuration wants. After an error nothing is
// open.
func serve(s *site) (*servers, error) {
	grants, err := s.conf.Grants(s.bank)
	if err != nil {
		return nil, err
	}
	v := &servers{site: s, access: newAccess(s.conf, grants)}
	for _, open := range []func() error{v.openRegisters, v.openPages, v.openModbus, v.openOPCUA} {
		if err := open(); err != nil {
			return nil, errors.Join(err, v.close())
		}
	}
	return v, nil
}

func (v *servers) openRegisters() error {
	c := v.site.conf
	now := v.settings(c)
	o := server.Options{
		Apply: v.site.apply, Sources: &v.sources, Guard: &v.access.guard, LineTime: v.site.now, TLS: v.access.serverTLS(), Log: v.site.log,
		Authorise: now.Authorise, Idle: now.Idle, Half: now.Half, Stall: now.Stall, Poll: now.Poll,
		MaxClients: now.MaxClients, MaxOutput: now.MaxOutput, MaxWatched: now.MaxWatched, MaxPending: now.MaxPending,
	}
	if v.site.clocks != nil {
		o.Synchronised = v.site.clocks.Note
	}
	var err error
	if v.regs, err = server.Listen(c.Listen.Address, v.site.bank, o); err != nil {
		return fmt.Errorf("register server at %s: %w; name a free address with --regs-addr, as in 127.0.0.1:0", c.Listen.Address, network(err))
	}
	v.closers = append(v.closers, v.regs.Close)
	return nil
}

// besides takes writes that do not come through the register server: they leave alone
// what one of its clients is the source of.
func (v *servers) besides() protocol.ApplyFunc { return v.sources.Respect(v.site.apply) }

// settings are those of the register server that may change while it runs.
func (v *servers) settings(c *config.Config) server.Settings {
	l := &c.Limits
	return server.Settings{
		Authorise: v.access.Authorise, Idle: l.Idle.D(), Half: l.Half.D(), Stall: l.Stall.D(), Poll: l.Poll.D(),
		MaxClients: l.MaxClients, MaxOutput: int(l.MaxOutput), MaxWatched: l.MaxWatched, MaxPending: l.MaxPending,
	}
}

// openPages serves console, metrics and MES over HTTP.
func (v *servers) openPages() error {
	c := v.site.conf
	if c.HTTP.Address == "" {
		return nil
	}
	mux := http.NewServeMux()
	var err error
	v.con, err = operate(mux, console.Options{
		Bank: v.site.bank, Server: v.regs, Apply: v.besides(), Authorise: v.access.page, Guard: &v.access.guard, Level: v.site.level,
		Checks: v.site.checks, Version: bench.ReadBuild().String(), Log: v.site.log,
	}, metrics.Options{
		Server: v.regs, Bank: v.site.bank, Registers: c.HTTP.Metrics, Authorise: v.access.page, Version: bench.ReadBuild().String(),
	}, v.site.live)
	if err != nil {
		return err
	}
	v.closers = append(v.closers, v.con.Close)
	mux.Handle("/", v.front())
	l, err := net.Listen("tcp", c.HTTP.Address)
	if err != nil {
		return fmt.Errorf("%s at %s: %w; name a free address with --http-addr, as in 127.0.0.1:0", v.pagesName(), c.HTTP.Address, network(err))
	}
	v.pagesAt, v.pages = l.Addr(), "http://"+l.Addr().String()
	if conf := v.access.pagesTLS(); conf != nil {
		l, v.pages = tlsListener(l, conf), "https://"+l.Addr().String()
	}
	v.http = &http.Server{Handler: v.access.slowly(mux), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	v.http.ErrorLog = slog.NewLogLogger(v.site.logger().Handler(), slog.LevelDebug)
	v.closers = append(v.closers, v.http.Close)
	go func() {
		// It ends with close; another end leaves the line running and the pages away.
		_ = v.http.Serve(l)
	}()
	return nil
}

// front is what / leads to: the MES's page, or without a line the names of the others.
func (v *servers) front() http.Handler {
	if t := v.site.line; t != nil {
		return v.access.pages(mes.Handler(t.MES(), func(ctx context.Context, c mes.Command) error { return t.MESInbox().Submit(ctx, c) }))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "A linetwin register server. Its pages:\n%s for Prometheus\n%s for linetwin console\n", metrics.Path, console.Path)
	})
}

// pagesName is what the pages are called for most of those who look for them.
func (v *servers) pagesName() string {
	if v.site.line != nil {
		return "MES"
	}
	return "console"
}

// logger is the site's, or one that says nothing.
func (s *site) logger() *slog.Logger {
	if s.log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.log
}

// use puts another configuration into effect, or says why it cannot.
func (v *servers) use(next *config.Config) error {
	grants, err := next.Grants(v.site.bank)
	if err != nil {
		return err
	}
	if v.modbus != nil && next.Modbus != nil {
		settings, err := modbusSettings(next, grants)
		if err != nil {
			return err
		}
		if err := v.modbus.Reconfigure(settings); err != nil {
			return taken(err, next, "modbus", next.Modbus.Address)
		}
	}
	v.access.use(next, grants)
	if v.site.own != nil {
		v.site.own.Limit(next)
	}
	if v.site.level != nil {
		v.site.level.Set(levelOf(next))
	}
	v.regs.Reconfigure(v.settings(next))
	if v.opcua != nil {
		v.opcua.SetAnonymous(v.access.anonymous())
		v.opcua.Reauthorise()
	}
	return nil
}

// levelOf is the level of the log that a configuration wants.
func levelOf(c *config.Config) (l slog.Level) {
	_ = l.UnmarshalText([]byte(c.Log.Level)) // the schema has accepted it
	return l
}

// open lists where anybody from other machines may write who proves nothing.
func (v *servers) open(c *config.Config) (all []string) {
	grant, ok := v.access.page(wire.Credentials{})
	for _, at := range []struct {
		net.Addr
		open bool
	}{{v.regs.Addr(), c.Open()}, {v.pagesAt, ok && grant.Access > protocol.ReadOnly && c.Open()}} {
		if at.Addr != nil && at.open && !loopback(at.Addr) {
			all = append(all, at.String())
		}
	}
	return all
}

// addresses are where a site's servers are, for machines.
type addresses struct {
	Registers string `json:"registers"`
	Pages     string `json:"pages,omitempty"`
	Console   string `json:"console,omitempty"`
	Metrics   string `json:"metrics,omitempty"`
	MES       string `json:"mes,omitempty"`
	Modbus    string `json:"modbus,omitempty"`
	OPCUA     string `json:"opcua,omitempty"`
}

func (v *servers) addresses() addresses {
	a := addresses{Registers: v.regs.Addr().String(), Pages: v.pages}
	if v.pages != "" {
		a.Console, a.Metrics = v.pages+console.Path, v.pages+metrics.Path
		if v.site.line != nil {
			a.MES = v.pages + "/"
		}
	}
	if v.modbus != nil {
		if at := v.modbus.Addr(); at != nil {
			a.Modbus = at.String()
		}
	}
	if v.opcua != nil {
		a.OPCUA = v.opcua.URL()
	}
	return a
}

// announce says where the servers are, and how to reach them.
func (v *servers) announce(w io.Writer) {
	a := v.addresses()
	at := ""
	if a.Registers != defaultRegsAddr {
		at = " --addr " + a.Registers
	}
	if v.access.tls.Load() != nil {
		at += " --tls"
	}
	fmt.Fprintf(w, "registers: %s (linetwin regs map%s)\n", a.Registers, at)
	if a.MES != "" {
		fmt.Fprintf(w, "MES: %s\n", a.MES)
	}
	if a.Pages != "" {
		to := ""
		if a.Pages != "http://"+defaultHTTPAddr {
			to = " " + a.Pages
		}
		fmt.Fprintf(w, "console: linetwin console%s\nmetrics: %s\n", to, a.Metrics)
	}
	if v.modbus != nil {
		fmt.Fprintf(w, "Modbus: %s\n", v.modbusPlaces())
	}
	if a.OPCUA != "" {
		fmt.Fprintf(w, "OPC UA: %s\n", a.OPCUA)
	}
}

// network is an error of a connection without the operation and the address, which
// the message has already.
func network(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) {
		return err
	}
	var call *os.SyscallError
	if errors.As(op.Err, &call) {
		return call.Err
	}
	return op.Err
}

// close ends what was opened, the last one first. What a client still waits for is cut.
func (v *servers) close() (err error) {
	for i := len(v.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, v.closers[i]())
	}
	return err
}
