package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	config   string
	regsAddr addressFlag
	httpAddr addressFlag
	out      string
	hil      []string
	check    bool
	json     bool
}

func newServe() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve [SCENARIO]",
		Short: "Keep a line or a set of registers running and reachable, for production",
		Long: `Keep a line running on the wall clock, without an end, with its register server, gateways,
console, metrics and MES; or, with --config and without a SCENARIO, a register server
whose registers the configuration declares.

The configuration is CUE, and is read again when its file changes or on SIGHUP: a mistake
is told with its place and changes nothing, and no request is dropped.

Ctrl-C or SIGTERM ends it: exit 0. 2: the scenario, the configuration, the command line or
a device is at fault.`,
		Example: `  linetwin serve scenarios/bottling
  linetwin serve --config server.cue
  linetwin serve scenarios/bottling --config server.cue --hil top
  linetwin serve --config server.cue --check`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%s takes one scenario at most, not %s; see %s --help", cmd.CommandPath(), plural(uint64(len(args)), "argument"), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && f.config == "" {
				return errors.New("there is nothing to serve; name a scenario, or registers with --config FILE, or both; see linetwin serve --help")
			}
			return f.serve(cmd.Context(), strings.Join(args, ""))
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.config, "config", "", "the server's configuration, a `FILE` of CUE")
	fl.Var(&f.regsAddr, "regs-addr", "where the registers are served, whatever the configuration says; port 0: a free one")
	fl.Var(&f.httpAddr, "http-addr", "where console, metrics and MES are served; port 0: a free one")
	fl.StringVar(&f.out, "out", "", "the `FOLDER` of the MES's database, which stays (default: runs/SCENARIO-serve)")
	fl.StringSliceVar(&f.hil, "hil", nil, "`NAMES` of the devices to be the real ones")
	fl.BoolVar(&f.check, "check", false, "find mistakes in scenario and configuration, and serve nothing")
	fl.BoolVar(&f.json, "json", false, "print the addresses as JSON once all is up")
	return cmd
}

// serve runs until it is told to stop.
func (f *serveFlags) serve(ctx context.Context, scenario string) (err error) {
	var ends []os.Signal // without a configuration, a terminal that goes ends it as well
	hangup := make(chan os.Signal, 1)
	if f.config != "" {
		ends = []os.Signal{syscall.SIGINT, syscall.SIGTERM}
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
	}
	ctx, stop := interruptible(ctx, func() {}, ends...)
	defer stop()
	p, err := f.load(scenario)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.assemble(); err != nil {
		return err
	}
	if f.check {
		return p.checked(os.Stdout, f.json)
	}
	if err := p.open(); err != nil {
		return err
	}
	p.servers.announce(os.Stderr)
	p.warn(p.conf)
	if f.json {
		if err := printJSON(os.Stdout, p.servers.addresses()); err != nil {
			return err
		}
	}
	return p.run(ctx, hangup)
}
