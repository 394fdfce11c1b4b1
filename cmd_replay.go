package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

func newReplay() *cobra.Command {
	var r replayer
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "Feed a run's recording back in; it must give the same hash",
		Long: `Feed a run's recording back in: devices, inspections, servos, CNCs and commands from
outside say again what they said, PLC, MES and metrics run anew. It must give the same
hash. Exit 0: it does, 1: it does not, 2: the run cannot be replayed.`,
		Example: `  linetwin replay runs/bottling-1
  linetwin replay runs/bottling-1 --out again`,
		Args: exactly(1, "one run, the folder that it left"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.run = args[0]
			return r.replay(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&r.out, "out", "", "keep the replay in this `FOLDER` (default: it is not kept)")
	cmd.Flags().BoolVar(&r.force, "force", false, "replace an earlier run in that folder")
	cmd.Flags().BoolVar(&r.json, "json", false, "print the result as JSON")
	return cmd
}

// recordingOf is the recording in a run's folder.
func recordingOf(run string) string { return filepath.Join(run, "events.mcap") }

// openRecording reads the recording that a run left, whole.
func openRecording(run string) (*recording.Recording, error) {
	what := ""
	info, err := os.Stat(run)
	if err == nil && info.IsDir() {
		_, err = os.Stat(recordingOf(run))
	} else if err == nil {
		what = "it is no folder"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && info != nil:
		what = "it holds no recording, " + filepath.Base(recordingOf(run))
	case err != nil:
		what = mistake.Cause(err).Error()
	}
	if what != "" {
		return nil, fmt.Errorf("run %s: %s; name the folder that a run left, as in runs/bottling-1", run, what)
	}
	return recording.Open(recordingOf(run))
}

// openRun reads what a run left: its summary, and its recording.
func openRun(run string) (bench.Summary, *recording.Recording, error) {
	rec, err := openRecording(run)
	if err != nil {
		return bench.Summary{}, nil, err
	}
	s, err := bench.ReadSummary(run)
	return s, rec, err
}

// replayer is one replay.
type replayer struct {
	run, out    string
	force, json bool
	before      bench.Summary
	rec         *recording.Recording
}

func (r *replayer) replay(ctx context.Context) (err error) {
	if r.before, r.rec, err = openRun(r.run); err != nil {
		return err
	}
	if r.before.Clock == bench.Wall {
		return fmt.Errorf("run %s was on the wall clock, on which no two runs are the same; replay one in virtual time, without --realtime", r.run)
	}
	s, err := specs.ParseResolved(r.rec.Spec)
	if err != nil {
		return fmt.Errorf("recording %s: its scenario: %w", recordingOf(r.run), err)
	}
	out := r.out
	if out == "" {
		temp, err := os.MkdirTemp("", "linetwin-replay-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		out = filepath.Join(temp, "run")
	}
	folder, err := newFolder(out, r.force, r.run)
	if err != nil {
		return err
	}
	defer folder.discard()
	ctx, stop := interruptible(ctx, func() {
		folder.discard()
		if r.out == "" {
			_ = os.RemoveAll(filepath.Dir(out))
		}
	})
	defer stop()
	t, err := twin.New(twin.Scenario{Scenario: s, Resolved: r.rec.Spec}, twin.Options{
		Devices: registry(), Replay: r.rec, Until: r.rec.Until, Dir: folder.temp,
	})
	if err != nil {
		return err
	}
	res, err := runWithProgress(ctx, t)
	if err != nil {
		return err
	}
	if res.Summary.Verdict == bench.Partial {
		return &exitError{interrupted(ctx), errors.New("interrupted; the hash of a part says nothing")}
	}
	if err := folder.keep(); err != nil {
		return err
	}
	return r.tell(res, folder.path)
}

// tell says whether the replay gave the run's hash, and where not, why.
func (r *replayer) tell(res twin.Outcome, folder string) error {
	hash := hex.EncodeToString(res.Hash[:])
	same := hash == r.before.Hash
	why := ""
	if !same {
		why = r.difference(res.Summary, recordingOf(folder))
	}
	kept := ""
	if r.out != "" {
		kept = folder
	}
	var err error
	switch {
	case r.json:
		err = printJSON(os.Stdout, struct {
			Same       bool          `json:"same"`
			Hash       string        `json:"hash"`
			Recorded   string        `json:"recorded"`
			Difference string        `json:"difference,omitempty"`
			Out        string        `json:"out,omitempty"`
			Summary    bench.Summary `json:"summary"`
		}{same, hash, r.before.Hash, why, kept, res.Summary})
	case same:
		_, err = fmt.Printf("same hash: %s\n%s of %s: PLC, MES and metrics ran anew on what the devices had said\n", hash, clock(r.rec.Until), r.rec.Scenario)
	default:
		_, err = fmt.Printf("another hash: %s, the run had %s\n%s\n", hash, r.before.Hash, why)
	}
	if err == nil && kept != "" && !r.json {
		_, err = fmt.Printf("kept in %s\n", kept)
	}
	if err == nil && !same {
		return &exitError{code: exitBroken}
	}
	return err
}

// difference says where a replay left the run.
func (r *replayer) difference(now bench.Summary, replay string) string {
	why := "the events are the same; " + metricsDiffer(r.before, now)
	again, err := recording.Open(replay)
	if err != nil {
		return err.Error()
	}
	if d, err := recording.Diff(r.rec, again); err != nil {
		return err.Error()
	} else if d != nil {
		why = strings.TrimRight(d.String(), "\n")
	}
	if build := bench.ReadBuild().String(); build != r.rec.Build {
		why += fmt.Sprintf("\nthe run was made by another build, %s; this is %s", r.rec.Build, build)
	}
	return why
}

// metricsDiffer names the metrics of virtual time in which two summaries differ.
func metricsDiffer(a, b bench.Summary) string {
	var names []string
	for _, d := range bench.Compare(a, b) {
		if d.Clock != bench.Wall && !d.Same() {
			names = append(names, d.Metric)
		}
	}
	if len(names) == 0 {
		return "so are the metrics that " + bench.SummaryFile + " shows; its hash is not theirs"
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("%d more", len(names)-most))
	}
	return "metrics differ: " + strings.Join(names, ", ")
}
