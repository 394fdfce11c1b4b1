package twin_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
)

// TestAReplayGivesTheCommandsThatWereGiven holds the line, and an order, from outside
// while it runs.
func TestAReplayGivesTheCommandsThatWereGiven(t *testing.T) {
	sc := modelled(short(t, 1))
	dir := t.TempDir()
	tw := build(t, sc, twin.Options{Dir: dir, Until: 20 * time.Minute})
	command, err := tw.Bank().Lookup("main.command")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	given := make(chan error, 1)
	go func() {
		for tw.Now() < 30*time.Second {
			time.Sleep(time.Millisecond)
		}
		given <- errors.Join(
			tw.MESInbox().Submit(ctx, mes.Command{Order: "A-1001", Verb: mes.Hold}),
			apply(tw, command.Ref, protocol.UintValue(4)))
	}()
	out, err := tw.Run(context.Background())
	cancel()
	if err = errors.Join(err, <-given); err != nil {
		t.Fatal(err)
	}
	if good := value(t, out, "line.good"); good > 100 {
		t.Errorf("%v bottles passed on a line that was held", good)
	}
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := specs.ParseResolved(rec.Spec)
	if err != nil {
		t.Fatal(err)
	}
	again, err := twin.New(twin.Scenario{Scenario: s, Resolved: rec.Spec}, twin.Options{
		Devices: twin.Registry{device.Sim: sim.Devices()}, Replay: rec, Until: rec.Until,
	})
	if err != nil {
		t.Fatal(err)
	}
	if apply(again, command.Ref, protocol.UintValue(2)) == nil {
		t.Error("a replay took a command")
	}
	replayed, err := again.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if replayed.Hash != out.Hash {
		t.Errorf("hash %x, want %x", replayed.Hash[:6], out.Hash[:6])
	}
	for _, o := range again.MES().Snapshot().Orders {
		if o.ID == "A-1001" && o.State != "Held" {
			t.Errorf("order %s is %s", o.ID, o.State)
		}
	}
}

func TestARunThatWasInterruptedIsReplayedToTheSameHash(t *testing.T) {
	dir := t.TempDir()
	sc := modelled(short(t, 1))
	tw := build(t, sc, twin.Options{Dir: dir, Until: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for tw.Now() < 10*time.Second {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	out, err := tw.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, sc, twin.Options{Replay: rec, Until: rec.Until}).Hash; got != out.Hash {
		t.Errorf("interrupted at %v: the replay gives another hash", rec.Until)
	}
}

func TestARunThatIsInterruptedInItsFirstInstantIsReplayed(t *testing.T) {
	sc := modelled(short(t, 1))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out, err := build(t, sc, twin.Options{Dir: dir}).Run(ctx)
	if err != nil || out.Summary.Verdict != bench.Partial || out.Summary.SimulatedS != 0 {
		t.Fatalf("%+v, %v", out.Summary, err)
	}
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	if again := run(t, sc, twin.Options{Replay: rec}); again.Hash != out.Hash {
		t.Errorf("hash %x, want %x", again.Hash[:6], out.Hash[:6])
	}
}

// apply writes a register as a client does, and waits until it is written.
func apply(tw *twin.Twin, ref protocol.Ref, v protocol.Value) error {
	tx, done := protocol.NewWrite(ref, v), make(chan struct{})
	tx.Finished = func(*protocol.Transaction) { close(done) }
	if !tw.Apply(tx) {
		<-done
	}
	if tx.Status != protocol.OK {
		return tx.Status
	}
	return nil
}
