package twin_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin"
)

// produce runs a line without an end until its line time is past d.
func produce(t *testing.T, tw *twin.Twin, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := tw.Run(ctx)
		done <- err
	}()
	for tw.Now() <= d {
		select {
		case err := <-done:
			t.Fatalf("it ended by itself: %v", err)
		default:
			time.Sleep(time.Millisecond) // between looks at the line's clock
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAnEndlessRunOutlivesTheScenariosEndAndKeepsOnlyTheMES(t *testing.T) {
	sc := modelled(short(t, 1))
	sc.Duration = 1e6 // 1 ms
	dir := t.TempDir()
	for session := 1; session <= 2; session++ {
		tw := build(t, sc, twin.Options{Dir: dir, Endless: true})
		status := tw.MES().Snapshot()
		if got := len(status.Orders); got == 0 {
			t.Fatal("there are no orders")
		}
		produce(t, tw, 100*time.Millisecond)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != 1 || entries[0].Name() != "mes.db" {
			t.Errorf("after session %d the folder has %v", session, entries)
		}
	}
}

func TestAnEndlessRunTellsAlarms(t *testing.T) {
	sc := modelled(short(t, 1))
	var told atomic.Int32
	tw := build(t, sc, twin.Options{Dir: t.TempDir(), Endless: true, Alarm: func(_ time.Duration, text string) {
		if text != "" {
			told.Add(1)
		}
	}})
	info, err := tw.Bank().Lookup("main.command")
	if err != nil {
		t.Fatal(err)
	}
	const abort = 8
	tw.Apply(protocol.NewWrite(info.Ref, protocol.UintValue(abort)))
	produce(t, tw, time.Second)
	if told.Load() == 0 {
		t.Error("the line was aborted, and nobody was told")
	}
}

func TestRegistersOfOthersChangeNothingInARun(t *testing.T) {
	sc := modelled(short(t, 1))
	alone := run(t, sc, twin.Options{Until: 5 * time.Second})
	var in *protocol.In
	beside := run(t, sc, twin.Options{Until: 5 * time.Second, Registers: func(b *protocol.Bank) error {
		out, err := b.Writer("configuration", "server.cue:1:1").Define(protocol.Def{Name: "recipe", Type: protocol.U16})
		if err == nil {
			in = out.In()
			out.SetInt(0, 7)
		}
		return err
	}})
	if alone.Hash != beside.Hash {
		t.Error("the hash differs")
	}
	if in == nil || in.Uint() != 7 {
		t.Error("the register is not there")
	}
}
