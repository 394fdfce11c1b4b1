package rig

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/vision"
)

// arrival of a frame at the line.
type arrival struct {
	camera  int
	truth   time.Duration // exposure
	stamp   time.Duration
	arrived time.Duration
}

// stage is several cameras that run freely, each at its own rate and with its own clock.
func stage(seed uint64, cameras int, length time.Duration, jitter func(r *rand.Rand) time.Duration) (all []arrival) {
	for i := range cameras {
		l := newLens(seed*10 + uint64(i))
		l.jitter = jitter
		for {
			at, stamp, arrived := l.shoot()
			if at > length {
				break
			}
			all = append(all, arrival{i, at, stamp, arrived})
		}
	}
	slices.SortFunc(all, func(a, b arrival) int { return int(a.arrived - b.arrived) })
	return all
}

func config(cameras int) Config {
	c := Config{Tolerance: 17 * ms, Wait: 60 * ms, Reorder: 0}
	for i := range cameras {
		c.Cameras = append(c.Cameras, Camera{Name: fmt.Sprint(i), Clock: ClockConfig{Transfer: 20 * ms}})
	}
	return c
}

// play runs a rig over what arrives, and calls see with each set.
func play(t testing.TB, cfg Config, all []arrival, pool *vision.Pool, see func(now time.Duration, s *Set)) *Rig {
	t.Helper()
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var set Set
	next := func(now time.Duration) {
		for r.Next(now, &set) {
			see(now, &set)
			set.Release()
		}
	}
	for _, a := range all {
		next(a.arrived)
		f := pool.Get()
		f.Camera, f.Stamp, f.Exposed, f.Arrived = fmt.Sprint(a.camera), a.stamp, a.truth, a.arrived // Exposed: the truth
		r.Push(a.camera, a.arrived, f)
		f.Release()
		next(a.arrived)
	}
	next(all[len(all)-1].arrived + sec)
	return r
}

// Every frame of a set is, in truth, within the tolerance of the others' instant, and no
// nearer one of its camera has come; each is used once, and all are given back.
func TestSetsAreOfWhatWasSeenTogether(t *testing.T) {
	sets, whole, worst := 0, 0, time.Duration(0)
	for seed := range uint64(40) {
		cfg := config(3)
		all := stage(seed, 3, 40*sec, uniform(6*ms))
		truth := map[int][]time.Duration{}
		for _, a := range all {
			truth[a.camera] = append(truth[a.camera], a.truth)
		}
		for _, all := range truth {
			slices.Sort(all)
		}
		// nearest tells how near any frame of a camera is to an instant that no set had before.
		taken := map[int]map[time.Duration]bool{0: {}, 1: {}, 2: {}}
		nearest := func(camera int, t time.Duration) time.Duration {
			all := truth[camera]
			best := sec
			i, _ := slices.BinarySearch(all, t)
			for _, at := range all[max(i-2, 0):min(i+2, len(all))] {
				if d := (at - t).Abs(); d < best && !taken[camera][at] {
					best = d
				}
			}
			return best
		}
		pool := vision.NewPool(vision.PoolOptions{Limit: 64, Check: true})
		used := map[string]bool{}
		var before time.Duration
		r := play(t, cfg, all, pool, func(now time.Duration, s *Set) {
			if s.Instant <= before {
				t.Fatalf("seed %d: a set of %v after one of %v", seed, s.Instant, before)
			}
			before = s.Instant
			lead := s.Frames[0]
			if lead == nil {
				t.Fatalf("seed %d, %v: the camera that leads has no frame", seed, s.Instant)
			}
			for i, f := range s.Frames {
				if f != nil && now > 10*sec {
					if d, n := (f.Exposed - lead.Exposed).Abs(), nearest(i, lead.Exposed); d > n+1200*us {
						t.Fatalf("seed %d, camera %d: a frame %v from the instant is taken, and one is %v from it", seed, i, d, n)
					}
				}
			}
			for i, f := range s.Frames {
				if f != nil {
					taken[i][f.Exposed] = true
				}
			}
			if now < 10*sec {
				return // the clocks are being learnt
			}
			sets++
			have := 0
			for i, f := range s.Frames {
				if f == nil {
					continue
				}
				have++
				if f.Camera != fmt.Sprint(i) {
					t.Fatalf("a frame of camera %s in the place of %d", f.Camera, i)
				}
				key := fmt.Sprint(i, f.Stamp)
				if used[key] {
					t.Fatalf("seed %d: a frame is in two sets", seed)
				}
				used[key] = true
				worst = max(worst, (s.At[i] - f.Exposed).Abs())
				if d := (f.Exposed - lead.Exposed).Abs(); d > cfg.Tolerance+ms {
					t.Fatalf("seed %d: a frame of %v is in a set of %v", seed, f.Exposed, lead.Exposed)
				}
			}
			if have == 3 {
				whole++
			}
		})
		for i := range 3 {
			s := r.Stats(i)
			if held := uint64(len(r.streams[i].held)); s.Frames != s.Used+s.Late+s.Crowded+s.Unmatched+held {
				t.Errorf("seed %d: %+v, and %d are held", seed, s, held)
			}
		}
		r.Close()
		if s := pool.Stats(); s.Live != 0 || s.Free != s.Made {
			t.Errorf("seed %d: the pool's frames: %+v", seed, s)
		}
	}
	t.Logf("%d sets, %.1f %% whole; a frame's instant is off by %v at the most", sets, 100*float64(whole)/float64(sets), worst)
	// A tenth of the frames is dropped, so 81 % could be whole.
	if float64(whole)/float64(sets) < 0.7 || worst > ms {
		t.Errorf("%d of %d sets are whole, off by %v", whole, sets, worst)
	}
}

func TestAFrameMayBeTheNearestOfSeveralInstants(t *testing.T) {
	for _, reuse := range []bool{false, true} {
		cfg := Config{Cameras: []Camera{{Name: "a"}}, Lead: -1, Tolerance: 20 * ms, Wait: 50 * ms, Reuse: reuse}
		r, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		pool := vision.NewPool(vision.PoolOptions{Check: true})
		f := pool.Get()
		f.Stamp = 100 * ms
		r.Push(0, 100*ms, f)
		f.Release()
		r.Ask(95 * ms)
		r.Ask(110 * ms)
		var a, b Set
		if !r.Next(200*ms, &a) || !r.Next(200*ms, &b) || a.Frames[0] == nil || (b.Frames[0] != nil) != reuse {
			t.Errorf("reuse %v: %v, %v", reuse, a.Frames, b.Frames)
		}
		a.Release()
		b.Release()
		r.Close()
		if s := pool.Stats(); s.Live != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestWhatComesTooLateIsCounted(t *testing.T) {
	r, err := New(Config{Cameras: []Camera{{}, {}}, Tolerance: 5 * ms, Wait: 30 * ms, Hold: 2})
	if err != nil {
		t.Fatal(err)
	}
	push := func(camera int, stamp, now time.Duration) {
		r.Push(camera, now, &vision.Frame{Stamp: stamp})
	}
	push(1, 0, 0)
	push(0, 100*ms, 100*ms)
	var s Set
	if r.Next(129*ms, &s) {
		t.Error("a set before its time, although a camera's frame may still come")
	}
	if !r.Next(130*ms, &s) || s.Frames[0] == nil || s.Frames[1] != nil {
		t.Errorf("%v", s.Frames)
	}
	push(1, 95*ms, 131*ms)
	push(1, 96*ms, 132*ms)
	push(1, 300*ms, 300*ms)
	push(1, 310*ms, 310*ms)
	push(1, 320*ms, 320*ms)
	if c := r.Stats(1); c.Late != 1 || c.Crowded != 2 || c.Missing != 1 || c.Unmatched != 1 {
		t.Errorf("%+v", c)
	}
}

// A clock that is set back by a little makes frames that look like those of before, late. None of them
// may be taken for what it is not.
func TestNoFrameOfAClockThatWasSetBackIsOfAnotherInstant(t *testing.T) {
	whole := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		cfg := config(2)
		for i := range cfg.Cameras {
			cfg.Cameras[i].Clock.Jump = 26 * ms // 20 more than the jitter
		}
		all := stage(seed, 2, 30*sec, uniform(6*ms))
		cfg.Wait = 300 * ms
		step := 35*ms + time.Duration(r.Int64N(int64(200*ms)))
		for i := range all {
			if all[i].camera == 1 && all[i].truth > 15*sec {
				all[i].stamp -= step
			}
		}
		pool := vision.NewPool(vision.PoolOptions{})
		rg := play(t, cfg, all, pool, func(_ time.Duration, s *Set) {
			if f := s.Frames[1]; f != nil {
				whole++
				if e := (f.Exposed - s.At[1]).Abs(); f.Exposed > 2*sec && e > 7*ms {
					t.Errorf("seed %d, set back by %v: a frame of %v is taken for one of %v", seed, step, f.Exposed, s.At[1])
				}
			}
		})
		if n := rg.Clock(1).Resets(); n != 1 {
			t.Errorf("seed %d: set back by %v, and found anew %d times", seed, step, n)
		}
		rg.Close()
		if s := pool.Stats(); s.Live != 0 {
			t.Errorf("seed %d: %+v", seed, s)
		}
	}
	if whole < 20_000 {
		t.Errorf("only %d frames were matched", whole)
	}
}

func TestInstantsThatAreNotInOrderAreRefused(t *testing.T) {
	r, err := New(Config{Cameras: []Camera{{}}, Lead: -1, Tolerance: ms, Wait: ms})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Ask(5*ms) || r.Ask(5*ms) || r.Ask(4*ms) {
		t.Error("an instant that has passed is taken")
	}
	for i := range mostAsked - 1 {
		if !r.Ask(time.Duration(6+i) * ms) {
			t.Fatalf("instant %d is refused", i)
		}
	}
	if r.Ask(sec) || r.Refused() != 3 {
		t.Errorf("one too many; %d refused", r.Refused())
	}
}

func TestEqualArrivalsGiveEqualSets(t *testing.T) {
	run := func() (log []string) {
		play(t, config(4), stage(3, 4, 10*sec, bursty), vision.NewPool(vision.PoolOptions{}), func(now time.Duration, s *Set) {
			log = append(log, fmt.Sprint(now, s.Instant, s.At))
		})
		return log
	}
	if a, b := run(), run(); !slices.Equal(a, b) || len(a) < 100 {
		t.Errorf("%d sets, %d sets", len(a), len(b))
	}
}

func TestARigAllocatesNothing(t *testing.T) {
	all := stage(1, 3, 60*sec, uniform(6*ms))
	r, err := New(config(3))
	if err != nil {
		t.Fatal(err)
	}
	pool := vision.NewPool(vision.PoolOptions{Limit: 32})
	var set Set
	i := 0
	step := func() {
		a := all[i]
		i++
		f := pool.Get()
		f.Stamp = a.stamp
		r.Push(a.camera, a.arrived, f)
		f.Release()
		for r.Next(a.arrived, &set) {
			set.Release()
		}
	}
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(2000, step); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestARigThatCannotWorkIsRefused(t *testing.T) {
	one := []Camera{{Name: "a"}}
	for want, c := range map[string]Config{
		"no cameras": {},
		"leads":      {Cameras: one, Lead: 1, Tolerance: 1, Wait: 1},
		"Tolerance":  {Cameras: one, Wait: 1},
		"Wait":       {Cameras: one, Tolerance: 1},
		"Hold":       {Cameras: one, Tolerance: 1, Wait: 1, Hold: 1},
		"camera a":   {Cameras: []Camera{{"a", ClockConfig{Transfer: -1}}}, Tolerance: 1, Wait: 1},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
