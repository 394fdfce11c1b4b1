package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linetwin.dev/bench"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// runFlags are the flags of run.
type runFlags struct {
	seed     seedFlag
	until    timeFlag
	out      string
	force    bool
	json     bool
	frames   bool
	realtime bool
	serve    bool
	regsAddr addressFlag
	httpAddr addressFlag
	hil      []string
	replay   string
}

func newRun() *cobra.Command {
	f := runFlags{regsAddr: defaultRegsAddr, httpAddr: defaultHTTPAddr}
	cmd := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a scenario, and judge it by its bounds",
		Long: `Run a scenario, and judge it by the bounds that it states in expect. Time is
simulated and as fast as it goes, unless --realtime says otherwise. The run leaves a
folder with a report, a summary, a recording and the MES's database.

Exit 0: pass. 1: a bound is broken. 2: the scenario, the command line or a device is at
fault. 130: interrupted by Ctrl-C; the folder then holds the part that was run.`,
		Example: `  linetwin run scenarios/bottling
  linetwin run . --seed 2 --until 60s
  linetwin run scenarios/bottling --json >summary.json
  linetwin run scenarios/bottling --realtime --serve
  linetwin run scenarios/bottling --replay runs/bottling-1`,
		Args: exactly(1, "one scenario, a folder or file of CUE"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.Var(&f.seed, "seed", "seed of all random streams (default: the scenario's)")
	fl.Var(&f.until, "until", "end at this line time, as in 60s (default: the scenario's duration)")
	fl.StringVar(&f.out, "out", "", "the run's `FOLDER` (default: runs/SCENARIO-SEED)")
	fl.BoolVar(&f.force, "force", false, "replace an earlier run in that folder")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	fl.BoolVar(&f.frames, "frames", false, "record the cameras' frames as well")
	fl.BoolVar(&f.realtime, "realtime", false, "run on the wall clock")
	fl.BoolVar(&f.serve, "serve", false, "serve registers and MES while it runs")
	fl.Var(&f.regsAddr, "regs-addr", "where --serve serves the registers; port 0: a free one")
	fl.Var(&f.httpAddr, "http-addr", "where --serve serves the MES; port 0: a free one")
	fl.StringSliceVar(&f.hil, "hil", nil, "`NAMES` of the devices to be the real ones")
	fl.StringVar(&f.replay, "replay", "", "feed the devices from the recording of this `RUN`; what controls them runs anew")
	return cmd
}

// suits finds flags that do not go together.
func (f *runFlags) suits() error {
	if f.replay == "" {
		return nil
	}
	switch {
	case f.seed.given:
		return errors.New("--seed and --replay do not go together: a recording has its seed")
	case f.frames:
		return errors.New("--frames and --replay do not go together: in a replay no camera takes pictures")
	case len(f.hil) > 0:
		return errors.New("--hil and --replay do not go together: in a replay the recording is every device")
	}
	return nil
}

// scenario reads the scenario with the seed and the end that the flags ask for, and
// the options that come of them.
func (f *runFlags) scenario(path string) (sc twin.Scenario, opt twin.Options, err error) {
	l, err := specs.Load(path)
	if err != nil {
		return sc, opt, err
	}
	opt = twin.Options{
		Devices: registry(), Models: stationModel, Kinds: map[string]device.Kind{}, Until: time.Duration(f.until), Realtime: f.realtime, Frames: f.frames,
	}
	for _, n := range f.hil {
		opt.Kinds[n] = device.HIL
	}
	if f.seed.given {
		l.Seed = f.seed.value
	}
	if f.replay != "" {
		rec, err := openRecording(f.replay)
		if err != nil {
			return sc, opt, err
		}
		if opt.Until > rec.Until {
			return sc, opt, fmt.Errorf("--until: %v is behind the end of the recording, %v", opt.Until, rec.Until)
		}
		if build := bench.ReadBuild().String(); build != rec.Build {
			fmt.Fprintf(os.Stderr, "the recording was made by another build, %s; this is %s\n", rec.Build, build)
		}
		opt.Replay, l.Seed = rec, rec.Seed
	}
	resolved, err := l.ResolvedJSON()
	return twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Resolved: resolved, Where: l.Where}, opt, err
}

// folder is the run's folder.
func (f *runFlags) folder(sc twin.Scenario) (*folder, error) {
	out := f.out
	if out == "" {
		out = filepath.Join("runs", fmt.Sprintf("%s-%d", sc.Name, sc.Seed))
		if f.replay != "" {
			out += "-replay"
		}
	}
	return newFolder(out, f.force, f.replay)
}

func (f *runFlags) run(ctx context.Context, path string) error {
	if err := f.suits(); err != nil {
		return err
	}
	sc, opt, err := f.scenario(path)
	if err != nil {
		return err
	}
	folder, err := f.folder(sc)
	if err != nil {
		return err
	}
	defer folder.discard()
	ctx, stop := interruptible(ctx, folder.discard)
	defer stop()
	opt.Dir = folder.temp
	t, err := twin.New(sc, opt)
	if err != nil {
		return f.blame(err)
	}
	if f.serve {
		s, err := serve(lineSite(t, string(f.regsAddr), string(f.httpAddr)))
		if err != nil {
			return errors.Join(err, t.Close())
		}
		defer func() { _ = s.close() }() // what a client still waits for is cut
		s.announce(os.Stderr)
	}
	res, err := runWithProgress(ctx, t)
	if err != nil {
		return err
	}
	if err := folder.keep(); err != nil {
		return err
	}
	return finish(ctx, res, folder.path, f.json)
}

// blame names the flag to which an error is owed.
func (f *runFlags) blame(err error) error {
	var kind *twin.KindError
	if errors.As(err, &kind) {
		return errors.New("--hil: " + strings.ReplaceAll(err.Error(), "\n", "\n--hil: "))
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
func finish(ctx context.Context, out twin.Outcome, folder string, asJSON bool) error {
	page := filepath.Join(folder, "report.html")
	var err error
	if asJSON {
		fmt.Fprintf(os.Stderr, "report: %s\n", page)
		err = printJSON(os.Stdout, out.Summary)
	} else {
		err = bench.WriteVerdict(os.Stdout, out.Summary, bench.Terminal{Color: colorful(os.Stdout), Report: page})
	}
	switch {
	case err != nil:
		return err
	case out.Summary.Verdict == bench.Pass:
		return nil
	case out.Summary.Verdict == bench.Partial:
		return &exitError{code: interrupted(ctx)}
	}
	return &exitError{code: exitBroken}
}

// colorful tells whether a file is a terminal that may be written to in colour.
func colorful(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && !strings.EqualFold(os.Getenv("TERM"), "dumb")
}
