package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/twin/engine"
)

func TestStopLetsTheInstantEnd(t *testing.T) {
	e := engine.New(engine.Options{})
	a, b := e.Component("a", ""), e.Component("b", "")
	enough := errors.New("enough")
	a.Every(engine.Sense, ms, 0, func(now time.Duration) {
		if now == 3*ms {
			e.Stop(enough)
		}
	})
	var last time.Duration
	b.Every(engine.Observe, ms, 0, func(now time.Duration) { last = now })
	if err := e.Run(context.Background(), time.Second); !errors.Is(err, enough) {
		t.Errorf("Run returned %v", err)
	}
	if last != 3*ms || e.Now() != 3*ms {
		t.Errorf("stopped at 3 ms, observed until %v, ended at %v", last, e.Now())
	}
}

func TestAnInstantGoesThroughItsPhasesOnce(t *testing.T) {
	e := engine.New(engine.Options{Workers: -1})
	c := e.Component("c", "")
	var got []string
	say := func(s string) func(time.Duration) {
		return func(now time.Duration) { got = append(got, fmt.Sprint(s, int64(now))) }
	}
	c.At(engine.Plant, 10, func(now time.Duration) {
		c.At(engine.Sense, now, say("sense@"))
		c.At(engine.Sense, now-5, say("sense late@"))
		c.At(engine.Observe, now-5, say("observe late@"))
		c.Offload(0, func() {}, func(now, _ time.Duration) { say("result@")(now) })
		c.After(engine.Plant, 0, say("plant@"))
	})
	run(t, e, 20)
	want := []string{"plant@10", "observe late@10", "sense@11", "sense late@11", "result@11"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATaskThatIsAddedDuringTheRunBeginsInTheFuture(t *testing.T) {
	for _, c := range []struct {
		at, period, offset time.Duration
		phase              engine.Phase
		want               time.Duration
	}{
		{at: 10, period: 4, phase: engine.Observe, want: 12},
		{at: 12, period: 4, phase: engine.Observe, want: 12},
		{at: 12, period: 4, phase: engine.Sense, want: 16},
		{at: 10, period: 4, offset: 1, phase: engine.Sense, want: 13},
		{at: 10, period: 4, offset: 30, phase: engine.Sense, want: 30},
	} {
		e := engine.New(engine.Options{})
		comp := e.Component("c", "")
		first := time.Duration(-1)
		comp.At(engine.Plant, c.at, func(time.Duration) {
			comp.Every(c.phase, c.period, c.offset, func(now time.Duration) {
				if first < 0 {
					first = now
				}
			})
		})
		run(t, e, 100)
		if first != c.want {
			t.Errorf("%+v: began at %d", c, first)
		}
	}
}

func TestAComponentThatComesTooLateIsRefused(t *testing.T) {
	e := engine.New(engine.Options{})
	run(t, e, 1)
	defer func() {
		if s := fmt.Sprint(recover()); !strings.Contains(s, "component late comes after the begin of the run") {
			t.Errorf("got %q", s)
		}
	}()
	e.Component("late", "")
}

func TestTheWallClockIsReadWhileItStarts(t *testing.T) {
	e := engine.New(engine.Options{Realtime: true})
	c := e.Component("c", "")
	seen := make(chan time.Duration)
	go func() {
		var most time.Duration
		for most < 2*ms {
			most = max(most, e.Now())
		}
		seen <- most
	}()
	c.Every(engine.Sense, ms, 0, func(time.Duration) {})
	run(t, e, 10*ms)
	if most := <-seen; most > time.Minute {
		t.Errorf("the line's time was %v", most)
	}
}
