package timesync

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

// Two clocks with any offset, with rates that are wrong by up to Drift, and messages
// that take any time each way: the truth is never further away than the uncertainty, be
// it asked for now, later, or for a time in the past.
func TestTheTruthIsWithinTheUncertainty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := float64(rapid.Int64Range(-1e15, 1e15).Draw(t, "offset"))
		asks := 1 + Drift*rapid.Float64Range(-1, 1).Draw(t, "rate of who asks")
		answers := 1 + Drift*rapid.Float64Range(-1, 1).Draw(t, "rate of who answers")
		asker := func(at float64) time.Duration { return time.Duration(at * asks) }
		answerer := func(at float64) time.Duration { return time.Duration(at*answers + offset) }
		delay := rapid.Custom(func(t *rapid.T) float64 {
			return rapid.SampledFrom([]float64{0, 1, 1e3, 1e6, 1e9, 3e10}).Draw(t, "magnitude") * rapid.Float64Range(0, 1).Draw(t, "delay")
		})
		var e Estimator
		now := rapid.Float64Range(0, 1e12).Draw(t, "begin")
		begin := now
		for range rapid.IntRange(1, 40).Draw(t, "exchanges") {
			now += rapid.Float64Range(0, 2e10).Draw(t, "pause")
			x := Exchange{Sent: asker(now)}
			now += delay.Draw(t, "there")
			x.Received = answerer(now)
			now += delay.Draw(t, "meanwhile")
			x.Replied = answerer(now)
			now += delay.Draw(t, "back")
			x.Returned = asker(now)
			e.Add(x)
		}
		now += rapid.Float64Range(0, 1e11).Draw(t, "later")
		if rapid.Bool().Draw(t, "in the past") {
			now = begin + (now-begin)*rapid.Float64Range(-1, 1).Draw(t, "how far")
		}
		got, ok := e.Estimate(asker(now))
		truth := answerer(now) - asker(now)
		const rounding = 4 * time.Nanosecond // of six times to whole nanoseconds
		if off := (got.Offset - truth).Abs(); ok && off > got.Uncertainty+rounding {
			t.Fatalf("offset %v is wrong by %v, uncertainty %v", got.Offset, off, got.Uncertainty)
		}
	})
}

func TestAnExchangeThatCannotBeIsForgotten(t *testing.T) {
	for name, x := range map[string]Exchange{
		"back before it was sent":     {Sent: 5, Received: 1, Replied: 1, Returned: 4},
		"answered before it came":     {Sent: 1, Received: 5, Replied: 4, Returned: 9},
		"longer there than under way": {Sent: 1, Received: 5, Replied: 50, Returned: 9},
		"sent before time began":      {Sent: math.MinInt64, Received: 5, Replied: 6, Returned: 9},
		"back after all time":         {Sent: 1, Received: 5, Replied: 6, Returned: math.MaxInt64},
		"received before time began":  {Sent: 1, Received: math.MinInt64, Replied: 6, Returned: 9},
		"answered after all time":     {Sent: 1, Received: 5, Replied: math.MaxInt64, Returned: 9},
	} {
		var e Estimator
		if e.Add(x) {
			t.Errorf("%s: it is taken", name)
		}
		if _, ok := e.Estimate(9); ok {
			t.Errorf("%s: there is an estimate", name)
		}
	}
}

func TestTheBoardShowsWhoExchangesTimestamps(t *testing.T) {
	bank := protocol.NewBank()
	now := 3 * time.Second
	board, err := NewBoard(bank, "line.cue:1:1", func() time.Duration { return now }, "camera")
	if err != nil {
		t.Fatal(err)
	}
	bank.Seal()
	offset, err := bank.In("clock.camera.offset", protocol.F64)
	if err != nil {
		t.Fatal(err)
	}
	uncertainty, err := bank.In("clock.camera.uncertainty", protocol.F64)
	if err != nil {
		t.Fatal(err)
	}
	board.Note("camera", Estimate{Offset: -2 * time.Second, Uncertainty: time.Millisecond, Exchanges: 1})
	board.Note("stranger", Estimate{Exchanges: 1})
	if offset.Float() != -2 || uncertainty.Float() != 0.001 || offset.Quality() != protocol.Good || offset.Time() != now {
		t.Errorf("%+v, %+v", offset.Sample(), uncertainty.Sample())
	}
	board.Note("camera", Estimate{})
	if offset.Quality() != protocol.Bad || uncertainty.Quality() != protocol.Bad {
		t.Errorf("of a client that is gone: %+v, %+v", offset.Sample(), uncertainty.Sample())
	}
}
