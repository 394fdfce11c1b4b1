package twin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// Outcome of a run.
type Outcome struct {
	Summary bench.Summary
	Report  bench.Report
	Hash    [32]byte // of the log and of the metrics of virtual time
}

// Run runs the twin to its end, or to that of ctx, and writes the run's folder. An
// interrupted run gives a partial outcome and no error.
func (t *Twin) Run(ctx context.Context) (Outcome, error) {
	defer context.AfterFunc(ctx, t.end)()
	if t.opt.Endless {
		return Outcome{}, t.runEndless(ctx)
	}
	if err := t.writeSpec(); err != nil {
		return Outcome{}, errors.Join(err, t.Close())
	}
	begun := time.Now()
	err := t.eng.Run(ctx, t.opt.Until)
	wall := time.Since(begun)
	t.ended = t.eng.Now()
	t.mes.dark.close()
	partial := endedBy(ctx, err)
	if partial {
		err = nil
	}
	if t.ended > t.opt.Until {
		t.ended = t.opt.Until
	}
	if err == nil && t.mes.err != nil {
		err = fmt.Errorf("MES: %w", t.mes.err)
	}
	if err == nil {
		err = t.mes.m.Check()
	}
	t.watch.close(t.ended)
	out := t.outcome(wall, partial)
	if t.rec != nil {
		if t.rec.Err() != nil {
			err = nil // its end tells it
		}
		err = errors.Join(err, t.endRecording(partial))
	}
	err = errors.Join(err, t.Close())
	if err == nil && t.opt.Dir != "" {
		err = errors.Join(out.Summary.WriteFile(t.path(bench.SummaryFile)), out.Report.WriteFile(t.path("report.html")))
	}
	return out, err
}

// runEndless runs until ctx ends, which is no error.
func (t *Twin) runEndless(ctx context.Context) error {
	err := t.eng.Run(ctx, t.opt.Until)
	if endedBy(ctx, err) {
		err = nil
	}
	return errors.Join(err, t.Close())
}

// endedBy tells whether a run's error is that ctx has ended.
func endedBy(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}

func (t *Twin) path(name string) string { return filepath.Join(t.opt.Dir, name) }

func (t *Twin) writeSpec() error {
	if t.opt.Dir == "" {
		return nil
	}
	return os.WriteFile(t.path("spec.json"), t.sc.Resolved, 0o644)
}

func (t *Twin) outcome(wall time.Duration, partial bool) Outcome {
	m := t.watch.metrics
	var out Outcome
	sum := t.eng.Log().Sum()
	out.Hash = sha256.Sum256(append(sum[:], m.Canonical()...))
	results := bench.Evaluate(t.sc.Expect, m)
	s := bench.Summary{
		Scenario: t.sc.Name, Title: t.sc.Title, Seed: t.sc.Seed, Verdict: bench.Judge(results, !partial),
		Hash: hex.EncodeToString(out.Hash[:]), SimulatedS: t.ended.Seconds(), WallS: wall.Seconds(),
		Events: t.eng.Events(), Metrics: m.Snapshot(), Expect: results, Build: bench.ReadBuild(),
	}
	if t.opt.Realtime {
		s.Clock = bench.Wall
	}
	if wall > 0 {
		s.RealtimeFactor = t.ended.Seconds() / wall.Seconds()
	}
	for _, f := range t.sc.Faults {
		if f.At.D() < t.ended {
			s.Faults = append(s.Faults, bench.Fault{AtS: f.At.D().Seconds(), ForS: f.For.D().Seconds(), Device: f.Device, Kind: f.Kind})
		}
	}
	s.Notes = t.notes(partial)
	out.Summary = s
	out.Report = bench.NewReport(s, m)
	out.Report.Timeline = t.watch.timeline
	out.Report.Pictures = t.watch.pictures
	return out
}

// notes are what a reader of the summary must know.
func (t *Twin) notes(partial bool) (notes []string) {
	if partial {
		notes = append(notes, fmt.Sprintf("interrupted at %v of %v", t.ended.Round(time.Millisecond), t.opt.Until))
	}
	if t.opt.Realtime {
		notes = append(notes, "wall clock: the hash differs from run to run")
		if n, _ := t.watch.overruns.Value(); n > 0 {
			notes = append(notes, fmt.Sprintf("wall clock: %.0f periods were late or skipped, the worst by %v: this machine was too slow or too busy for real time",
				n, time.Duration(t.watch.lateness.Max()*1e9).Round(time.Millisecond)))
		}
	}
	notes = append(notes, t.watch.alarms...)
	for _, st := range t.stations {
		notes = append(notes, st.learned.notes()...)
	}
	if t.opt.Replay != nil {
		notes = append(notes, "replay: devices, inspections, servos and CNCs were fed from the recording; PLC, MES and metrics ran")
	}
	if p := t.mes.m.Snapshot().Pictures; p.Dropped > 0 {
		notes = append(notes, fmt.Sprintf("MES: %d pictures of parts are missing; the last one: %v", p.Dropped, p.Why))
	}
	for _, n := range specs.Names(t.sc.Cameras) {
		if t.sc.Cameras[n].Fidelity == "modelled" {
			notes = append(notes, fmt.Sprintf("camera %s is modelled: its stations saw stated error rates, no pixels", n))
		}
	}
	return notes
}

// pictureWidth of the pictures in the report, in pixels.
const pictureWidth = 480

// picture keeps what an inspection saw for the report: the first part that was good,
// and the first with each set of findings.
func (o *observer) picture(now time.Duration, station string, f *vision.Frame, v vision.Verdict) {
	if f.Modelled != nil || len(o.pictures) >= o.t.opt.Pictures {
		return
	}
	if o.pictured[v.Reason] {
		return
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, vision.Draw(f, v, pictureWidth), &jpeg.Options{Quality: 80}); err != nil {
		return // a picture less in the report
	}
	if o.t.opt.Realtime {
		o.mu.Lock()
		defer o.mu.Unlock()
	}
	o.pictured[v.Reason] = true
	tone := bench.Good
	if !v.Good() {
		tone = bench.Bad
	}
	caption := station
	if v.Text != "" {
		caption += ": " + v.Text
	}
	o.pictures = append(o.pictures, bench.Picture{Caption: caption, Verdict: v.Findings(), Kind: tone, At: now, Data: b.Bytes()})
}
