package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linetwin.dev/bench"
	"linetwin.dev/hil"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// runFlags are the flags of run.
type runFlags struct {
	seed     uint64
	until    string
	out      string
	force    bool
	json     bool
	frames   bool
	realtime bool
	serve    bool
	regsAddr string
	httpAddr string
	hil      []string
	replay   string
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a scenario; exit 0: pass, 1: a bound is broken, 2: the specification or a device is at fault",
		Args:  exactly(1, "one scenario, a folder or file of CUE"),
		RunE:  func(cmd *cobra.Command, args []string) error { return runScenario(cmd, args[0], f) },
	}
	fl := cmd.Flags()
	fl.Uint64Var(&f.seed, "seed", 0, "seed of all random streams (default: the scenario's)")
	fl.StringVar(&f.until, "until", "", "end at this line time, as in 60s (default: the scenario's duration)")
	fl.StringVar(&f.out, "out", "", "the run's folder (default: runs/SCENARIO-SEED)")
	fl.BoolVar(&f.force, "force", false, "replace an earlier run in that folder")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	fl.BoolVar(&f.frames, "frames", false, "record the frames that stations looked at as well")
	fl.BoolVar(&f.realtime, "realtime", false, "run on the wall clock")
	fl.BoolVar(&f.serve, "serve", false, "serve registers and MES while it runs")
	fl.StringVar(&f.regsAddr, "regs-addr", defaultRegsAddr, "where --serve serves the registers")
	fl.StringVar(&f.httpAddr, "http-addr", "127.0.0.1:8117", "where --serve serves the MES")
	fl.StringSliceVar(&f.hil, "hil", nil, "devices to be the real ones, by name")
	fl.StringVar(&f.replay, "replay", "", "feed the devices from this run's recording")
	return cmd
}

// loadScenario reads a scenario with the seed and end that the flags ask for.
func loadScenario(path string, cmd *cobra.Command, f *runFlags) (twin.Scenario, time.Duration, error) {
	l, err := specs.Load(path)
	if err != nil {
		return twin.Scenario{}, 0, err
	}
	if cmd.Flags().Changed("seed") {
		l.Seed = f.seed
	}
	until, err := parseUntil(f.until, l.Duration.D())
	if err != nil {
		return twin.Scenario{}, 0, err
	}
	resolved, err := l.ResolvedJSON()
	if err != nil {
		return twin.Scenario{}, 0, err
	}
	return twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Resolved: resolved, Where: l.Where}, until, nil
}

// parseUntil reads --until.
func parseUntil(s string, whole time.Duration) (time.Duration, error) {
	if s == "" {
		return whole, nil
	}
	d, err := specs.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("--until: %w", err)
	}
	if d <= 0 {
		return 0, fmt.Errorf("--until: %s is no time to run; it must be above 0, as in 60s", s)
	}
	return d.D(), nil
}

func runScenario(cmd *cobra.Command, path string, f runFlags) error {
	if f.replay != "" {
		return replayRun(cmd.Context(), f.replay, f.out, f.force, f.json)
	}
	sc, until, err := loadScenario(path, cmd, &f)
	if err != nil {
		return err
	}
	out := f.out
	if out == "" {
		out = filepath.Join("runs", fmt.Sprintf("%s-%d", sc.Name, sc.Seed))
	}
	folder, err := newFolder(out, f.force)
	if err != nil {
		return err
	}
	defer folder.discard()
	opt := twin.Options{
		Devices: twin.Registry{device.Sim: sim.Devices(), device.HIL: hil.Devices()}, Kinds: map[string]device.Kind{},
		Until: until, Realtime: f.realtime, Dir: folder.temp, Frames: f.frames,
	}
	for _, n := range f.hil {
		opt.Kinds[n] = device.HIL
	}
	t, err := twin.New(sc, opt)
	if err != nil {
		return err
	}
	var servers *servers
	if f.serve {
		if servers, err = serve(t, f.regsAddr, f.httpAddr); err != nil {
			return joinClose(err, t)
		}
		defer servers.close()
		fmt.Fprintf(os.Stderr, "registers at %s (linetwin regs --addr %s map), MES at http://%s/\n", servers.regs.Addr(), servers.regs.Addr(), servers.http.Addr)
	}
	res, err := runWithProgress(cmd.Context(), t)
	if err != nil {
		return err
	}
	if err := folder.keep(); err != nil {
		return err
	}
	return finish(res, folder.path, f.json)
}

// joinClose closes a twin that will not run.
func joinClose(err error, t *twin.Twin) error {
	if cerr := t.Close(); cerr != nil {
		return fmt.Errorf("%w; and %w", err, cerr)
	}
	return err
}

// runWithProgress runs a twin and shows how far it is.
func runWithProgress(ctx context.Context, t *twin.Twin) (twin.Outcome, error) {
	p := startProgress(t)
	out, err := t.Run(ctx)
	p.stop()
	return out, err
}

// finish prints the verdict and turns it into the exit code.
func finish(out twin.Outcome, folder string, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out.Summary); err != nil {
			return err
		}
	} else {
		t := bench.Terminal{Color: colorful(os.Stdout), Report: filepath.Join(folder, "report.html")}
		if err := bench.WriteVerdict(os.Stdout, out.Summary, t); err != nil {
			return err
		}
	}
	switch out.Summary.Verdict {
	case bench.Pass:
		return nil
	case bench.Partial:
		return &exitError{code: exitInterrupted}
	}
	return &exitError{code: exitBroken}
}

// colorful tells whether a file is a terminal that may be written to in colour.
func colorful(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && !strings.EqualFold(os.Getenv("TERM"), "dumb")
}
