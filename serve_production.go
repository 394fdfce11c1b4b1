package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/modbus"
	"linetwin.dev/protocol/persist"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// production is what serve keeps up.
type production struct {
	flags    *serveFlags
	conf     *config.Config
	loaded   *specs.Loaded // nil without a scenario
	say      *speaker
	begun    time.Time
	lock     *persist.Lock // of the folder
	made     []string      // folders that were not there, the innermost first
	values   *persist.File // nil where no register persists
	twin     *twin.Twin
	site     *site
	servers  *servers
	live     *config.Live
	ready    chan struct{} // closed once the servers are open, or will not be
	allReady func()
	parts    parts
}

// load reads scenario and configuration, and tells the mistakes in both.
func (f *serveFlags) load(scenario string) (*production, error) {
	p := &production{flags: f, conf: config.Default(), say: &speaker{to: os.Stderr}, begun: time.Now(), ready: make(chan struct{})}
	p.allReady = sync.OnceFunc(func() { close(p.ready) })
	var errs []error
	if scenario != "" {
		var err error
		p.loaded, err = specs.Load(scenario)
		errs = append(errs, err)
	}
	if f.config != "" {
		c, err := config.Load(f.config)
		errs = append(errs, err)
		if err == nil {
			p.conf = c
		}
		if err == nil && scenario == "" && len(c.Registers) == 0 {
			errs = append(errs, fmt.Errorf("%s: there are no registers to serve; declare some in registers, or name a scenario", f.config))
		}
	}
	return p, joined(errs)
}

// joined is all errors as one, those of files in one list.
func joined(errs []error) error {
	var all specs.Errors
	for _, err := range errs {
		if err != nil {
			all = append(all, faults(err)...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// now is the line's time, or without a line the time since the start.
func (p *production) now() time.Duration {
	switch {
	case p.loaded == nil:
		return time.Since(p.begun)
	case p.twin == nil: // it is being assembled
		return 0
	}
	return p.twin.Now()
}

// assemble makes the bank: the line's registers, then the configuration's, then those of
// the clients' clocks.
func (p *production) assemble() error {
	s := &site{conf: p.conf, now: p.now, level: new(slog.LevelVar), checks: p.parts.checks}
	s.level.Set(levelOf(p.conf))
	s.log = slog.New(slog.NewTextHandler(p.say, &slog.HandlerOptions{Level: s.level}))
	p.site = s
	if err := p.openValues(); err != nil {
		return err
	}
	if p.loaded == nil {
		s.bank = protocol.NewBank()
		if err := p.define(s.bank); err != nil {
			return err
		}
		s.bank.Seal()
	} else if err := p.assembleLine(); err != nil {
		return err
	}
	var stores []*protocol.Store
	if s.own.Store != nil {
		stores = append(stores, s.own.Store)
	}
	var rest protocol.ApplyFunc
	if p.twin != nil {
		rest = p.twin.Apply
	}
	s.apply = protocol.Route(s.bank, rest, stores...)
	return p.tryGateways()
}

// tryGateways finds mistakes in what gateways are told, before anything is open.
func (p *production) tryGateways() error {
	grants, err := p.conf.Grants(p.site.bank)
	if err != nil {
		return err
	}
	if p.conf.Modbus == nil {
		return nil
	}
	settings, err := modbusSettings(p.conf, grants)
	if err != nil {
		return err
	}
	gateway, err := modbus.New(p.site.bank, settings, modbus.Options{Apply: p.site.apply})
	if err != nil {
		return err
	}
	return gateway.Close()
}

// openValues opens the file of the values that persist, if any does.
func (p *production) openValues() error {
	for _, name := range p.conf.RegisterNames() {
		if p.conf.Registers[name].Persist && !p.flags.check {
			var err error
			p.values, err = persist.Open(p.conf.ValuesFile())
			return err
		}
	}
	return nil
}

// define adds the registers that are not the line's.
func (p *production) define(b *protocol.Bank) (err error) {
	var saved config.Saved
	if p.values != nil {
		saved = p.values
	}
	if p.site.own, err = p.conf.Define(b, saved, p.now); err != nil {
		return err
	}
	p.site.clocks, err = p.conf.DefineClocks(b, p.now)
	return err
}

// assembleLine makes the twin.
func (p *production) assembleLine() (err error) {
	sc := twin.Scenario{Scenario: &p.loaded.Scenario, Dir: p.loaded.Dir, Where: p.loaded.Where}
	opt := twin.Options{
		Devices: registry(), Models: stationModel, Kinds: map[string]device.Kind{}, Registers: p.define, Check: p.flags.check,
		Alarm: func(_ time.Duration, text string) { p.say.line("alarm: %s", text) },
	}
	for _, n := range p.flags.hil {
		opt.Kinds[n] = device.HIL
	}
	if !p.flags.check {
		opt.Endless = true
		if opt.Dir, err = p.folder(); err != nil {
			return err
		}
	}
	if p.twin, err = twin.New(sc, opt); err != nil {
		var kind *twin.KindError
		if errors.As(err, &kind) {
			return errors.New("--hil: " + strings.ReplaceAll(err.Error(), "\n", "\n--hil: "))
		}
		return err
	}
	p.site.line, p.site.bank = p.twin, p.twin.Bank()
	return nil
}

// folder is where the MES's database stays, for this process alone.
func (p *production) folder() (string, error) {
	dir := p.flags.out
	if dir == "" {
		dir = filepath.Join("runs", p.loaded.Name+"-serve")
	}
	var err error
	if p.made, err = makeFolders(dir); err != nil {
		return "", fmt.Errorf("output folder %s cannot be used: %w; name another one with --out", dir, mistake.Cause(err))
	}
	if p.lock, err = persist.Acquire(filepath.Join(dir, ".lock")); err != nil {
		return "", fmt.Errorf("output folder %s: %w with --out", dir, err)
	}
	return dir, nil
}

// checked says what there is.
func (p *production) checked(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, struct {
			OK        bool `json:"ok"`
			Registers int  `json:"registers"`
		}{true, p.site.bank.Len()})
	}
	_, err := fmt.Fprintf(w, "ok, %s\n", plural(uint64(p.site.bank.Len()), "register"))
	return err
}

// open begins to keep values, follows the configuration and opens the servers.
func (p *production) open() (err error) {
	conf := *p.conf
	if p.flags.regsAddr != "" {
		conf.Listen.Address = string(p.flags.regsAddr)
	}
	if p.flags.httpAddr != "" {
		conf.HTTP.Address = string(p.flags.httpAddr)
	}
	p.site.conf = &conf
	if p.values != nil {
		if err := p.values.Notice(); err != nil {
			p.say.line("%v", err)
		}
		p.values.Keep(p.site.bank, p.site.own.Persistent, p.conf.Values.Within.D(), func(err error) {
			p.parts.set("values", err, "")
			p.say.line("%v", err)
		})
	}
	for _, name := range p.site.own.Refused {
		p.say.line("register %s: its value from before is not within min and max any more; it has its initial one", name)
	}
	if p.conf.Path() != "" {
		p.parts.set("configuration", nil, short(p.conf.Path())+" is in effect")
		p.live = config.Follow(p.conf, p.use, p.reloaded)
		p.site.live = p.live
	}
	p.servers, err = serve(p.site)
	if err != nil {
		return err
	}
	p.allReady()
	return nil
}

// use puts another configuration into effect, once there is something to have it.
func (p *production) use(next *config.Config) error {
	<-p.ready
	if p.servers == nil {
		return errors.New("the server ends")
	}
	return p.servers.use(next)
}

// reloaded says what came of a reload.
func (p *production) reloaded(r config.Reload) {
	effect := short(p.conf.Path()) + " is in effect"
	if n := len(r.Pending); n > 0 {
		effect += ", " + plural(uint64(n), "setting") + " of it only after a restart"
	}
	p.parts.set("configuration", r.Err, effect)
	switch {
	case r.Err != nil && strings.Contains(r.Err.Error(), "\n"):
		p.say.line("configuration refused, the one before stays:\n%v", r.Err)
	case r.Err != nil:
		p.say.line("configuration refused, the one before stays: %v", r.Err)
	case len(r.Changes) == 0 && len(r.Pending) == 0:
		p.say.line("configuration read: nothing has changed")
	case len(r.Changes) > 0:
		p.say.line("configuration in effect: %s", few(r.Changes))
	}
	if len(r.Pending) > 0 {
		p.say.line("configuration, after a restart only: %s", few(r.Pending))
	}
	moved := func(c config.Change) bool {
		return c.Path == "modbus.address" || strings.HasPrefix(c.Path, "modbus.serial")
	}
	if slices.ContainsFunc(r.Changes, moved) && p.servers.modbus != nil {
		p.say.line("Modbus: %s", p.servers.modbusPlaces())
	}
	if slices.ContainsFunc(r.Changes, func(c config.Change) bool { return !strings.HasPrefix(c.Path, "limits.") }) {
		p.warn(p.live.Current())
	}
}

// short is a path relative to the working directory, if it is below that.
func short(path string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return path
}

// few lists changes on one line.
func few(all []config.Change) string {
	const most = 5
	var parts []string
	for i, c := range all {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(all)-most))
			break
		}
		text := c.String()
		if c.Effect == config.Connection {
			text += " (for new connections)"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// warn says what an engineer should know who opens a server, or its secrets, to others.
func (p *production) warn(c *config.Config) {
	if at := p.servers.open(c); len(at) > 0 {
		p.say.line("anybody who reaches %s may write registers: declare clients in the configuration, or say what anonymous may do", strings.Join(at, " or "))
	}
	if files := c.Exposed(); len(files) > 0 {
		p.say.line("everybody on this machine may read secrets: chmod o-r %s", strings.Join(files, " "))
	}
}

// run keeps everything up until ctx ends or the line fails, and reloads when told to.
func (p *production) run(ctx context.Context, hangup <-chan os.Signal) error {
	line, stopped := make(chan error, 1), ctx.Done()
	if p.twin != nil {
		stopped = nil // the line hears of it, and ends
		go func() {
			_, err := p.twin.Run(ctx)
			line <- err
		}()
	}
	for {
		select {
		case <-hangup:
			p.live.Reload()
			continue
		case <-stopped:
		case err := <-line:
			if err == nil && ctx.Err() == nil {
				err = errors.New("the line has ended")
			}
			if err != nil {
				return err
			}
		}
		p.say.line("stopped after %v", time.Since(p.begun).Round(time.Second))
		return nil
	}
}

// close ends everything, what leans on others first.
func (p *production) close() (err error) {
	p.allReady()
	if p.live != nil {
		p.live.Close()
	}
	if p.servers != nil {
		err = p.servers.close()
	}
	if p.twin != nil {
		err = errors.Join(err, p.twin.Close())
	}
	if p.values != nil {
		err = errors.Join(err, p.values.Close())
	}
	if p.servers == nil && len(p.made) > 0 { // nobody has had anything from it
		err = errors.Join(err, os.RemoveAll(p.made[0]))
		for _, around := range p.made[1:] {
			_ = os.Remove(around) // what others have put something into stays
		}
	}
	if p.lock != nil {
		err = errors.Join(err, p.lock.Release())
	}
	return err
}
