package client

import (
	"testing"
	"time"

	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/timesync"
)

func TestAClientsClockIsPlacedOnTheLines(t *testing.T) {
	p := newPlant(t)
	start := time.Now().Add(-time.Hour)
	told := make(chan timesync.Estimate, 100)
	c, _, ctx := connect(t, p, server.Options{
		LineTime: func() time.Duration { return time.Since(start) },
		Synchronised: func(client string, e timesync.Estimate) {
			if client == "arm" {
				select {
				case told <- e:
				default:
				}
			}
		},
	}, WithName("arm"), WithClock(time.Millisecond))
	select {
	case e := <-told: // the server knows, and so the client does
		if e.Uncertainty <= 0 {
			t.Errorf("the server is certain: %+v", e)
		}
	case <-ctx.Done():
		t.Fatal("the server was not told of the client's clock")
	}
	now := time.Now()
	line, uncertainty, ok := c.LineTime(now)
	if !ok {
		t.Fatal("the client does not know the line's time")
	}
	if off := (line - now.Sub(start)).Abs(); off > uncertainty {
		t.Errorf("off by %v, at most %v", off, uncertainty)
	}
}

func TestAClientThatAsksForNoClockDoesNotKnowTheLinesTime(t *testing.T) {
	c, _, _ := connect(t, newPlant(t), server.Options{})
	if _, _, ok := c.LineTime(time.Now()); ok {
		t.Error("it knows")
	}
}
