package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/hil"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
)

func newReplay() *cobra.Command {
	var out string
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "Feed a run's recording back in; it must give the same hash",
		Args:  exactly(1, "one run, the folder that it left"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return replayRun(cmd.Context(), args[0], out, force, asJSON)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "keep the replay in this folder (default: it is not kept)")
	cmd.Flags().BoolVar(&force, "force", false, "replace an earlier run in that folder")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summary as JSON")
	return cmd
}

// recordingOf is the recording in a run's folder.
func recordingOf(run string) string { return filepath.Join(run, "events.mcap") }

func replayRun(ctx context.Context, run, out string, force, asJSON bool) error {
	rec, err := recording.Open(recordingOf(run))
	if err != nil {
		return err
	}
	before, err := bench.ReadSummary(run)
	if err != nil {
		return err
	}
	s, err := specs.ParseResolved(rec.Spec)
	if err != nil {
		return fmt.Errorf("recording %s: its scenario: %w", recordingOf(run), err)
	}
	kept := out != ""
	if !kept {
		temp, err := os.MkdirTemp("", "linetwin-replay-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		out = filepath.Join(temp, "run")
	}
	folder, err := newFolder(out, force)
	if err != nil {
		return err
	}
	defer folder.discard()
	t, err := twin.New(twin.Scenario{Scenario: s, Resolved: rec.Spec}, twin.Options{
		Devices: twin.Registry{device.Sim: sim.Devices(), device.HIL: hil.Devices()}, Replay: rec, Until: rec.Until, Dir: folder.temp,
	})
	if err != nil {
		return err
	}
	res, err := runWithProgress(ctx, t)
	if err != nil {
		return err
	}
	if err := folder.keep(); err != nil {
		return err
	}
	if res.Summary.Verdict == bench.Partial && !rec.Partial {
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; the hash of a part of a run says nothing")}
	}
	if hash := hex.EncodeToString(res.Hash[:]); hash != before.Hash {
		return differs(run, folder.path, before.Hash, hash)
	}
	if asJSON {
		return finish(res, folder.path, true)
	}
	fmt.Printf("same hash: %s\n%s of %s, PLC, MES and metrics run again on what the devices had said\n", before.Hash, clock(rec.Until), rec.Scenario)
	if kept {
		fmt.Printf("kept in %s\n", folder.path)
	}
	return nil
}

// differs says where a replay left the recording.
func differs(run, replay, want, got string) error {
	err := fmt.Errorf("another hash: %s, the run had %s", got, want)
	a, aerr := recording.Open(recordingOf(run))
	b, berr := recording.Open(recordingOf(replay))
	if aerr == nil && berr == nil {
		if d, derr := recording.Diff(a, b); derr == nil && d != nil {
			err = fmt.Errorf("%w\n%s", err, d)
		} else if derr == nil {
			err = fmt.Errorf("%w\nthe events are the same; metrics differ", err)
		}
	}
	return &exitError{code: exitBroken, err: err}
}
