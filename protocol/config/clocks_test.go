package config

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

func TestAClientsClockIsInRegistersWhileItIsThere(t *testing.T) {
	c := mustLoad(t, "testdata/server.cue")
	b := protocol.NewBank()
	k, err := c.DefineClocks(b, func() time.Duration { return time.Second })
	if err != nil {
		t.Fatal(err)
	}
	b.Seal()
	if b.Len() != 2 {
		t.Fatalf("%d registers for one client's clock", b.Len())
	}
	offset, err := b.In("clock.panel_1.offset", protocol.F64)
	if err != nil {
		t.Fatal(err)
	}
	uncertainty, err := b.In("clock.panel_1.uncertainty", protocol.F64)
	if err != nil {
		t.Fatal(err)
	}
	if offset.Quality() != protocol.Bad {
		t.Error("it is known before it was measured")
	}
	k.Note("office", timesync.Estimate{Offset: time.Hour, Exchanges: 1}) // has no registers
	k.Note("panel_1", timesync.Estimate{Offset: -1500 * time.Millisecond, Uncertainty: time.Millisecond, Exchanges: 4})
	if offset.Float() != -1.5 || uncertainty.Float() != 0.001 || offset.Quality() != protocol.Good {
		t.Errorf("the registers hold %v and %v, %v", offset.Float(), uncertainty.Float(), offset.Quality())
	}
	k.Note("panel_1", timesync.Estimate{})
	if offset.Quality() != protocol.Bad || uncertainty.Quality() != protocol.Bad {
		t.Error("it is known although the client is gone")
	}
}
