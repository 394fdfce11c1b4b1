package modbus

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
)

// Options are what a program gives a gateway beside its settings.
type Options struct {
	// Apply takes masters' writes to the registers' writer. Without it all registers are
	// read only.
	Apply protocol.ApplyFunc
	// Log gets one line for each client and each serial line that comes or goes; nil for
	// none.
	Log *slog.Logger
	// OpenSerial opens a serial line in place of the operating system's: one behind a
	// terminal server, or a simulated one. A Close of what it returns ends a Read and a
	// Write that wait.
	OpenSerial func(Serial) (io.ReadWriteCloser, error)
}

// Gateway serves a bank to Modbus masters. Its methods may be called concurrently.
type Gateway struct {
	bank  *protocol.Bank
	apply protocol.ApplyFunc
	log   *slog.Logger
	open  func(Serial) (io.ReadWriteCloser, error)
	image atomic.Pointer[image]
	start time.Time

	mu        sync.Mutex
	started   bool
	closed    bool
	listeners map[net.Listener]struct{}
	own       net.Listener // of Settings.Addr
	conns     map[*conn]struct{}
	lines     map[string]*serialLine // by device

	stop  chan struct{}
	work  sync.WaitGroup
	total totals
}

type totals struct{ requests, exceptions, accepted, turnedAway, dropped atomic.Uint64 }

// Stats are totals since the gateway began, and the clients that there are.
type Stats struct {
	Requests, Exceptions uint64
	// Clients over TCP now; Accepted, TurnedAway as too many, and Dropped as silent, slow,
	// not reading or not speaking Modbus.
	Clients                       int
	Accepted, TurnedAway, Dropped uint64
}

// New makes a gateway for a sealed bank. It serves nothing before Start or Serve. The
// error says what is wrong with the settings, and where.
func New(bank *protocol.Bank, s Settings, o Options) (*Gateway, error) {
	if !bank.Sealed() {
		return nil, errors.New("modbus gateway: the bank is not sealed; addresses must keep their registers")
	}
	im, err := compile(bank, s, o.Apply)
	if err != nil {
		return nil, err
	}
	g := &Gateway{bank: bank, apply: o.Apply, log: o.Log, open: o.OpenSerial, start: time.Now(), stop: make(chan struct{}),
		listeners: make(map[net.Listener]struct{}), conns: make(map[*conn]struct{}), lines: make(map[string]*serialLine)}
	g.image.Store(im)
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.open == nil {
		g.open = openSerial
	}
	return g, nil
}

// Start opens the address and the serial lines of the settings and serves them until
// Close. After an error nothing is open.
func (g *Gateway) Start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.started {
		return errors.New("modbus gateway: Start of one that was started or closed before")
	}
	return g.adopt(g.image.Load())
}

// Serve serves the connections of a listener as well, until Close, which closes it.
func (g *Gateway) Serve(l net.Listener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.serve(l)
}

// Addr is the address of Settings.Addr as it was opened, or nil.
func (g *Gateway) Addr() net.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.own == nil {
		return nil
	}
	return g.own.Addr()
}

// Reconfigure replaces the settings. Connections stay open, also when the address
// changes; requests that come from then on meet the new units. A serial line whose baud
// rate, parity or stop bits change is opened again. After an error, which says what is
// wrong with the settings or cannot be opened, everything is as it was.
func (g *Gateway) Reconfigure(s Settings) error {
	im, err := compile(g.bank, s, g.apply)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return errors.New("modbus gateway: Reconfigure after Close")
	case g.started:
		return g.adopt(im)
	}
	g.image.Store(im)
	return nil
}

// adopt opens what an image has and nothing was opened for, puts the image in place, and
// closes what it does not have. g.mu is held.
func (g *Gateway) adopt(im *image) (err error) {
	addr, before := im.settings.Addr, ""
	if g.started {
		before = g.image.Load().settings.Addr
	}
	var own net.Listener
	opened := map[string]io.ReadWriteCloser{}
	defer func() {
		if err == nil {
			return
		}
		if own != nil {
			own.Close()
		}
		for _, port := range opened {
			port.Close()
		}
	}()
	if addr != "" && addr != before {
		if own, err = net.Listen("tcp", addr); err != nil {
			return fault(im.settings.Place, "%w", err)
		}
	}
	for _, l := range im.serial {
		if g.lines[l.settings.Device] == nil {
			port, err := g.open(l.settings)
			if err != nil {
				return fault(l.settings.Place, "serial line %s: %w", l.settings.Device, err)
			}
			opened[l.settings.Device] = port
		}
	}

	g.image.Store(im)
	g.started = true
	if addr != before {
		if g.own != nil {
			delete(g.listeners, g.own)
			g.own.Close()
		}
		if g.own = own; own != nil {
			g.serve(own)
		}
	}
	for device, line := range g.lines {
		if im.line(device) == nil {
			delete(g.lines, device)
			line.end()
		}
	}
	for _, l := range im.serial {
		device := l.settings.Device
		if line := g.lines[device]; line != nil {
			line.change(l.settings)
			continue
		}
		line := newSerialLine(g, l.settings, opened[device])
		g.lines[device] = line
		g.work.Go(line.run)
	}
	return nil
}

// Stats of the gateway.
func (g *Gateway) Stats() Stats {
	g.mu.Lock()
	clients := len(g.conns)
	g.mu.Unlock()
	t := &g.total
	return Stats{Requests: t.requests.Load(), Exceptions: t.exceptions.Load(), Clients: clients,
		Accepted: t.accepted.Load(), TurnedAway: t.turnedAway.Load(), Dropped: t.dropped.Load()}
}

// take adds what a session has counted.
func (t *totals) take(c *counts) {
	if c.requests > 0 {
		t.requests.Add(c.requests)
		t.exceptions.Add(c.exceptions)
		*c = counts{}
	}
}

// Close closes listeners, connections and serial lines, and waits for the goroutines.
func (g *Gateway) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	g.closed = true
	close(g.stop)
	var errs []error
	for l := range g.listeners {
		errs = append(errs, l.Close())
	}
	for c := range g.conns {
		c.net.Close()
	}
	for _, l := range g.lines {
		l.end()
	}
	g.mu.Unlock()
	g.work.Wait()
	return errors.Join(errs...)
}

func (g *Gateway) now() time.Duration { return time.Since(g.start) }
