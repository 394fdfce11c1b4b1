package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/twin/engine"
)

const ms = time.Millisecond

func run(t testing.TB, e *engine.Engine, until time.Duration) {
	t.Helper()
	if err := e.Run(context.Background(), until); err != nil {
		t.Fatal(err)
	}
}

func TestActivitiesRunByTimeThenPhaseThenComponentThenSequence(t *testing.T) {
	e := engine.New(engine.Options{})
	a, b := e.Component("a", ""), e.Component("b", "")
	var got []string
	say := func(s string) func(time.Duration) {
		return func(now time.Duration) { got = append(got, fmt.Sprintf("%d %s", now/ms, s)) }
	}
	b.At(engine.Control, 1*ms, say("b control shot"))
	b.Every(engine.Control, 1*ms, 0, say("b control"))
	a.Every(engine.Observe, 2*ms, 0, say("a observe"))
	a.Every(engine.Control, 1*ms, 0, say("a control first"))
	a.Every(engine.Control, 1*ms, 0, say("a control second"))
	b.At(engine.Sense, 1*ms, say("b sense shot 1"))
	b.At(engine.Sense, 1*ms, say("b sense shot 2"))
	run(t, e, 1*ms)
	want := []string{
		"0 a control first", "0 a control second", "0 b control", "0 a observe",
		"1 b sense shot 1", "1 b sense shot 2",
		"1 a control first", "1 a control second", "1 b control", "1 b control shot",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// world is a small twin: components that publish in Sense, offload, and draw.
func world(opt engine.Options, parts int) *engine.Engine {
	e := engine.New(opt)
	state := make([]uint64, parts)
	for i := range parts {
		c := e.Component(fmt.Sprint("part", i), "")
		rnd := c.Rand("steps")
		c.Every(engine.Sense, time.Duration(1+i%3)*ms, 0, func(now time.Duration) {
			c.Emit(1, binary.LittleEndian.AppendUint64(nil, state[i]))
		})
		c.Every(engine.Plant, 2*ms, 0, func(now time.Duration) {
			x := rnd.Uint64()
			var y uint64
			c.Offload(time.Duration(1+x%5)*ms, func() {
				y = x
				for range 1000 {
					y = y*6364136223846793005 + 1442695040888963407
				}
			}, func(now, _ time.Duration) {
				state[i] ^= y
				c.Emit(2, binary.LittleEndian.AppendUint64(nil, y))
			})
		})
	}
	return e
}

func hash(t testing.TB, opt engine.Options) [32]byte {
	e := world(opt, 7)
	run(t, e, 200*ms)
	return e.Log().Sum()
}

func TestOneSeedGivesOneLogOnAnyNumberOfCoresWithOrWithoutOffloading(t *testing.T) {
	want := hash(t, engine.Options{Seed: 1})
	for _, workers := range []int{-1, 1, 2, 8} {
		for _, procs := range []int{1, 2, 4} {
			old := runtime.GOMAXPROCS(procs)
			got := hash(t, engine.Options{Seed: 1, Workers: workers})
			runtime.GOMAXPROCS(old)
			if got != want {
				t.Errorf("workers %d, GOMAXPROCS %d: hash %x, want %x", workers, procs, got, want)
			}
		}
	}
	if hash(t, engine.Options{Seed: 2}) == want {
		t.Error("seed 2 gives the log of seed 1")
	}
}

func TestShufflingComponentsThatKeepToThePhasesChangesNothing(t *testing.T) {
	want := hash(t, engine.Options{Seed: 1})
	for s := uint64(1); s <= 20; s++ {
		if got := hash(t, engine.Options{Seed: 1, Shuffle: s}); got != want {
			t.Fatalf("shuffle %d changes the log", s)
		}
	}
}

func TestShufflingExposesAHiddenOrderDependence(t *testing.T) {
	sum := func(s uint64) [32]byte {
		e := engine.New(engine.Options{Shuffle: s})
		shared := uint64(1)
		for i := range 5 {
			c := e.Component(fmt.Sprint(i), "")
			c.Every(engine.Control, ms, 0, func(time.Duration) {
				shared = shared*31 + uint64(i)
				c.Emit(0, binary.LittleEndian.AppendUint64(nil, shared))
			})
		}
		run(t, e, 50*ms)
		return e.Log().Sum()
	}
	if sum(1) == sum(2) {
		t.Error("two shuffles of components that write one variable agree")
	}
}

func TestTheSinkGetsWhatIsHashed(t *testing.T) {
	var pieces bytes.Buffer
	var e *engine.Engine
	e = world(engine.Options{Seed: 3, Sink: func(p []byte) {
		pieces.Write(p)
		e.Log().Recycle(p)
	}}, 60)
	run(t, e, 2*time.Second)
	d := engine.NewDigest(e.Log().Components())
	d.Write(pieces.Bytes())
	if d.Sum() != e.Log().Sum() {
		t.Error("the pieces do not hash to the log's sum")
	}
	var n uint64
	last := engine.Record{}
	for b := pieces.Bytes(); len(b) > 0; n++ {
		r, rest, err := engine.ParseRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if r.At < last.At {
			t.Fatalf("record %d goes back from %v to %v", n, last.At, r.At)
		}
		last, b = r, rest
	}
	if n != e.Log().Records() {
		t.Errorf("%d records in the pieces, %d in the log", n, e.Log().Records())
	}
}

func TestRandomStreamsDependOnSeedComponentAndPurposeOnly(t *testing.T) {
	draw := func(seed uint64, before int, name, purpose string) uint64 {
		e := engine.New(engine.Options{Seed: seed})
		for i := range before {
			e.Component(fmt.Sprint("other", i), "").Rand("x").Uint64()
		}
		return e.Component(name, "").Rand(purpose).Uint64()
	}
	base := draw(1, 0, "belt", "slip")
	if draw(1, 3, "belt", "slip") != base {
		t.Error("adding components changes another one's stream")
	}
	for _, other := range []uint64{draw(2, 0, "belt", "slip"), draw(1, 0, "belt2", "slip"), draw(1, 0, "belt", "slip2"), draw(1, 0, "bel", "tslip")} {
		if other == base {
			t.Error("two streams coincide")
		}
	}
}

func TestRunEndsWithTheContextAndKeepsTheLogWhole(t *testing.T) {
	e := engine.New(engine.Options{})
	c := e.Component("c", "")
	ctx, cancel := context.WithCancelCause(context.Background())
	want := errors.New("enough")
	c.Every(engine.Plant, ms, 0, func(now time.Duration) {
		c.Emit(0, nil)
		if now == 100*ms {
			cancel(want)
			<-ctx.Done()
		}
	})
	if err := e.Run(ctx, time.Hour); !errors.Is(err, want) {
		t.Fatalf("Run returned %v", err)
	}
	if e.Log().Records() < 101 {
		t.Errorf("%d records after 101 instants", e.Log().Records())
	}
}

func TestAStoppedTaskRunsNoMore(t *testing.T) {
	e := engine.New(engine.Options{})
	c := e.Component("c", "")
	n := 0
	var task *engine.Task
	task = c.Every(engine.Plant, ms, 0, func(time.Duration) {
		if n++; n == 3 {
			task.Stop()
		}
	})
	run(t, e, time.Second)
	if n != 3 {
		t.Errorf("ran %d times", n)
	}
}

func TestACrashInOffloadedWorkNamesTheComponent(t *testing.T) {
	defer func() {
		if s := fmt.Sprint(recover()); !bytes.Contains([]byte(s), []byte("offloaded work of eye: no image")) {
			t.Errorf("got %q", s)
		}
	}()
	e := engine.New(engine.Options{})
	c := e.Component("eye", "")
	c.At(engine.Sense, 0, func(time.Duration) {
		c.Offload(ms, func() { panic("no image") }, func(_, _ time.Duration) {})
	})
	_ = e.Run(context.Background(), time.Second)
}

func TestPostedWorkRunsOnTheLinesClock(t *testing.T) {
	for _, realtime := range []bool{false, true} {
		e := engine.New(engine.Options{Realtime: realtime})
		c := e.Component("server", "io")
		done := make(chan time.Duration, 1)
		go c.Post(func(now time.Duration) { done <- now; e.Stop(nil) })
		c.Every(engine.Sense, ms, 0, func(time.Duration) {})
		if err := e.Run(context.Background(), 1<<62); err != nil {
			t.Fatal(err)
		}
		if len(done) != 1 {
			t.Error("the posted function did not run")
		}
	}
}

func TestTheWallClockRunsEveryLaneToTheEnd(t *testing.T) {
	e := engine.New(engine.Options{Realtime: true})
	fast, slow := e.Component("fast", "fast"), e.Component("slow", "slow")
	var n, m, far, late int // each is one lane's
	fast.Every(engine.Control, 2*ms, 0, func(time.Duration) { n++ })
	slow.Every(engine.Control, 20*ms, 0, func(now time.Duration) {
		m++
		slow.Offload(0, func() {}, func(_, _ time.Duration) { late++ })
	})
	slow.At(engine.Control, 50*ms, func(time.Duration) {
		fast.At(engine.Sense, 60*ms, func(time.Duration) { far++ })
	})
	begun := time.Now()
	run(t, e, 100*ms)
	if d := time.Since(begun); d < 100*ms {
		t.Errorf("100 ms took %v", d)
	}
	over := uint64(0)
	for _, l := range e.Lateness() {
		over += l.Overruns
	}
	if uint64(n)+over < 50 || m == 0 || far != 1 || late == 0 {
		t.Errorf("fast ran %d times with %d overruns, slow %d times, %d activities of another lane, %d results arrived", n, over, m, far, late)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	e := engine.New(engine.Options{Workers: -1})
	c := e.Component("c", "")
	shot := func(time.Duration) {}
	work := func() {}
	done := func(_, _ time.Duration) {}
	data := []byte("0123456789")
	var before, after runtime.MemStats
	c.Every(engine.Plant, ms, 0, func(now time.Duration) {
		c.At(engine.Observe, now, shot)
		c.Offload(2*ms, work, done)
		c.Emit(1, data)
		switch now {
		case 2000 * ms:
			runtime.ReadMemStats(&before)
		case 3000 * ms:
			runtime.ReadMemStats(&after)
		}
	})
	run(t, e, 3000*ms)
	if n := after.Mallocs - before.Mallocs; n > 20 {
		t.Errorf("%d allocations in 1,000 steps", n)
	}
}

func TestTheQueueSortsAnyEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.Int64Range(0, 50), 1, 200).Draw(t, "at")
		e := engine.New(engine.Options{})
		c := e.Component("c", "")
		var got []int64
		for _, a := range at {
			c.At(engine.Sense, time.Duration(a), func(now time.Duration) { got = append(got, int64(now)) })
		}
		if err := e.Run(context.Background(), 100); err != nil {
			t.Fatal(err)
		}
		slices.Sort(at)
		if !slices.Equal(got, at) {
			t.Fatalf("got %v, want %v", got, at)
		}
	})
}

func FuzzParseRecordTakesAnyBytes(f *testing.F) {
	f.Add(engine.Record{At: 5, Phase: engine.Plant, Kind: 3, Component: 9, Data: []byte("abc")}.AppendTo(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := engine.ParseRecord(b)
		if err != nil {
			return
		}
		if again := r.AppendTo(nil); !bytes.Equal(append(again, rest...), b) {
			t.Errorf("parsing and appending gives other bytes")
		}
	})
}

func TestOnTheWallClockATaskThatCatchesUpMissesNoPeriod(t *testing.T) {
	e := engine.New(engine.Options{Realtime: true})
	c := e.Component("world", "plant")
	var every, some []time.Duration
	c.Every(engine.Plant, 2*ms, 0, func(now time.Duration) { every = append(every, now) }).CatchUp()
	c.Every(engine.Plant, 2*ms, 0, func(now time.Duration) { some = append(some, now) })
	c.At(engine.Sense, 10*ms, func(time.Duration) { time.Sleep(30 * ms) }) // a late machine
	run(t, e, 100*ms)
	if len(every) != 51 {
		t.Errorf("the task that catches up ran %d times in 51 periods", len(every))
	}
	for i, at := range every {
		if at != time.Duration(i)*2*ms {
			t.Fatalf("run %d was for %v", i, at)
		}
	}
	if len(some) >= 51 || e.Lateness()[0].Overruns == 0 {
		t.Errorf("the other one ran %d times, with %d overruns", len(some), e.Lateness()[0].Overruns)
	}
}
