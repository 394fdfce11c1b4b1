package rig

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	us  = time.Microsecond
	ms  = time.Millisecond
	sec = time.Second
)

// lens is a camera with a clock of its own, and a way to the line on which frames only get
// later.
type lens struct {
	r        *rand.Rand
	offset   time.Duration // camera's stamp at the line's 0
	drift    float64       // of the camera against the line
	rate     float64
	transfer time.Duration
	jitter   func(r *rand.Rand) time.Duration
	drop     float64
	n        int
}

func uniform(most time.Duration) func(r *rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.Float64() * float64(most)) }
}

// bursty is the jitter of a busy host: exponential, with a stall now and then.
func bursty(r *rand.Rand) time.Duration {
	d := time.Duration(r.ExpFloat64() * float64(3*ms))
	if r.IntN(50) == 0 {
		d += time.Duration(r.Float64() * float64(120*ms))
	}
	return d
}

func newLens(seed uint64) *lens {
	r := rand.New(rand.NewPCG(seed, 3))
	return &lens{
		r: r, offset: time.Duration(r.Int64N(int64(4000 * sec))), drift: (2*r.Float64() - 1) * 100e-6,
		rate: 29.97 + 0.06*r.Float64(), transfer: 20 * ms, jitter: uniform(4 * ms), drop: 0.1,
	}
}

// stamp of an instant of the line.
func (l *lens) stamp(t time.Duration) time.Duration {
	return l.offset + t + time.Duration(float64(t)*l.drift)
}

// shoot is the next frame that is not dropped: its true instant, its stamp and its arrival.
func (l *lens) shoot() (at, stamp, arrived time.Duration) {
	for {
		l.n++
		at = time.Duration(float64(l.n) / l.rate * 1e9)
		d := l.transfer + l.jitter(l.r)
		if l.r.Float64() >= l.drop {
			return at, l.stamp(at), at + d
		}
	}
}

func newClock(t testing.TB, cfg ClockConfig) *Clock {
	t.Helper()
	c, err := NewClock(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is left of the error after so many frames, over many clocks.
func TestTheErrorOfAClockFallsWithTheFrames(t *testing.T) {
	const seeds = 300
	for _, c := range []struct {
		name   string
		jitter func(r *rand.Rand) time.Duration
		most   map[int]time.Duration // of the worst clock, after so many frames
	}{
		{"uniform, 4 ms", uniform(4 * ms), map[int]time.Duration{30: ms, 100: ms, 300: 500 * us, 1000: 250 * us}},
		{"exponential, 3 ms, with stalls", bursty, map[int]time.Duration{30: ms, 100: ms, 300: 400 * us, 1000: 200 * us}},
	} {
		errs := map[int][]float64{}
		var drifts []float64
		for seed := range uint64(seeds) {
			l := newLens(seed)
			l.jitter = c.jitter
			k := newClock(t, ClockConfig{Transfer: l.transfer})
			for n := 1; n <= 1000; n++ {
				at, stamp, arrived := l.shoot()
				k.See(stamp, arrived)
				if _, ok := c.most[n]; ok {
					errs[n] = append(errs[n], math.Abs((k.Line(stamp) - at).Seconds()))
				}
			}
			if k.Resets() != 0 {
				t.Errorf("%s, seed %d: began anew %d times", c.name, seed, k.Resets())
			}
			drifts = append(drifts, math.Abs(k.Drift()+l.drift/(1+l.drift)))
		}
		for _, n := range []int{30, 100, 300, 1000} {
			slices.Sort(errs[n])
			median, worst := errs[n][seeds/2], errs[n][seeds-1]
			t.Logf("%s: %4d frames: median %.0f us, 99 %% %.0f us, worst %.0f us", c.name, n, median*1e6, errs[n][seeds*99/100]*1e6, worst*1e6)
			if worst > c.most[n].Seconds() {
				t.Errorf("%s: after %d frames a clock is off by %.3f ms", c.name, n, worst*1e3)
			}
		}
		slices.Sort(drifts)
		t.Logf("%s: drift after 1000 frames: median %.2f ppm, worst %.2f ppm", c.name, drifts[seeds/2]*1e6, drifts[seeds-1]*1e6)
		if drifts[seeds-1] > 20e-6 {
			t.Errorf("%s: a drift is off by %.1f ppm", c.name, drifts[seeds-1]*1e6)
		}
	}
}

// A clock that is set, by much or little, forwards or back, is found again.
func TestAClockThatIsSetIsFoundAgain(t *testing.T) {
	for _, step := range []time.Duration{-3 * time.Hour, -400 * ms, -30 * ms, 10 * ms, 30 * ms, 400 * ms, 3 * time.Hour} {
		worst := time.Duration(0)
		for seed := range uint64(50) {
			l := newLens(seed)
			k := newClock(t, ClockConfig{Transfer: l.transfer})
			for range 500 {
				_, stamp, arrived := l.shoot()
				k.See(stamp, arrived)
			}
			before := k.Resets()
			l.offset += step
			for range 400 {
				_, stamp, arrived := l.shoot()
				k.See(stamp, arrived)
			}
			at, stamp, _ := l.shoot()
			worst = max(worst, (k.Line(stamp) - at).Abs())
			if k.Resets() == before {
				t.Errorf("seed %d: set by %v, and not noticed", seed, step)
			}
		}
		t.Logf("set by %v: 400 frames later off by %v at the most", step, worst)
		if worst > 600*us {
			t.Errorf("set by %v: 400 frames later off by %v", step, worst)
		}
	}
}

// An outage, after which the crystal has gone on, is none.
func TestAnOutageIsNoStep(t *testing.T) {
	for seed := range uint64(50) {
		l := newLens(seed)
		k := newClock(t, ClockConfig{Transfer: l.transfer})
		for range 600 {
			_, stamp, arrived := l.shoot()
			k.See(stamp, arrived)
		}
		l.n += int(60 * l.rate)
		for range 100 {
			_, stamp, arrived := l.shoot()
			k.See(stamp, arrived)
		}
		at, stamp, _ := l.shoot()
		if e := (k.Line(stamp) - at).Abs(); e > ms || k.Resets() != 0 {
			t.Errorf("seed %d: off by %v, began anew %d times", seed, e, k.Resets())
		}
	}
}

func TestFramesOutOfOrderDoNoHarm(t *testing.T) {
	for seed := range uint64(50) {
		l := newLens(seed)
		l.jitter = uniform(90 * ms) // overtakes
		type frame struct{ at, stamp, arrived time.Duration }
		var all []frame
		for range 1500 {
			at, stamp, arrived := l.shoot()
			all = append(all, frame{at, stamp, arrived})
		}
		slices.SortFunc(all, func(a, b frame) int { return int(a.arrived - b.arrived) })
		k := newClock(t, ClockConfig{Transfer: l.transfer})
		for _, f := range all {
			k.See(f.stamp, f.arrived)
		}
		last := all[len(all)-1]
		if e := (k.Line(last.stamp) - last.at).Abs(); e > 4*ms || k.Resets() != 0 {
			t.Errorf("seed %d: off by %v of 90 ms, began anew %d times", seed, e, k.Resets())
		}
	}
}

// A drift that changes, as a crystal's with its temperature, is followed.
func TestADriftThatChangesIsFollowed(t *testing.T) {
	for seed := range uint64(20) {
		l := newLens(seed)
		k := newClock(t, ClockConfig{Transfer: l.transfer})
		worst := time.Duration(0)
		phase := 0.0
		var skew time.Duration
		for n := range 9000 {
			at, _, arrived := l.shoot()
			// 20 ppm within a minute and back.
			phase += 1 / l.rate
			skew += time.Duration(20e-6 * math.Sin(phase/60*2*math.Pi) / l.rate * 1e9)
			stamp := l.stamp(at) + skew
			k.See(stamp, arrived)
			if n > 600 {
				worst = max(worst, (k.Line(stamp) - at).Abs())
			}
		}
		if worst > 400*us || k.Resets() != 0 {
			t.Errorf("seed %d: off by %v, began anew %d times", seed, worst, k.Resets())
		}
	}
}

func TestACounterOf32BitsThatOverflowsIsATime(t *testing.T) {
	for seed := range uint64(30) {
		l := newLens(seed)
		u := Unwrapper{Bits: 32, Tick: us}
		first := time.Duration(-1)
		r := rand.New(rand.NewPCG(seed, 5))
		base := l.offset
		for range 20000 {
			if r.IntN(300) == 0 {
				l.n += r.IntN(int(1800 * l.rate)) // away for up to half an hour
			}
			_, stamp, arrived := l.shoot()
			true64 := stamp.Truncate(us)
			got := u.Time(uint64(true64/us)&(1<<32-1), arrived)
			if first < 0 {
				first = true64 - got
			}
			if got+first != true64 {
				t.Fatalf("seed %d: %v, want %v (began at %v)", seed, got+first, true64, base)
			}
		}
	}
}

func TestACounterThatOverflowsDoesSoOutOfOrderToo(t *testing.T) {
	u := Unwrapper{Bits: 32, Tick: us}
	at := func(count uint64, arrived time.Duration) time.Duration { return u.Time(count, arrived) }
	const top = 1<<32 - 1
	a := at(top-1000, sec)
	b := at(32000, sec+33*ms) // over
	c := at(top-500, sec+34*ms)
	d := at(65000, sec+66*ms)
	if b-a != 33001*us || c-a != 500*us || d-b != 33000*us {
		t.Errorf("%v, %v, %v", b-a, c-a, d-b)
	}
}

func TestAClockThatCannotWorkIsRefused(t *testing.T) {
	for _, c := range []ClockConfig{{Transfer: -1}, {Window: 1}, {Jump: 1}, {JumpFrames: 1}, {Settle: 2}, {MaxDrift: 2}, {MaxDrift: math.NaN()}} {
		if _, err := NewClock(c); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	k := newClock(t, ClockConfig{})
	if k.Line(5*sec) != 5*sec {
		t.Error("a clock that has seen nothing knows something")
	}
}

func TestAClockAllocatesNothing(t *testing.T) {
	l := newLens(1)
	k := newClock(t, ClockConfig{Transfer: l.transfer})
	if n := testing.AllocsPerRun(2000, func() {
		_, stamp, arrived := l.shoot()
		k.See(stamp, arrived)
		k.Line(stamp)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkClock(b *testing.B) {
	l := newLens(1)
	k := newClock(b, ClockConfig{Transfer: l.transfer})
	for range 1000 {
		_, stamp, arrived := l.shoot()
		k.See(stamp, arrived)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, stamp, arrived := l.shoot()
		k.See(stamp, arrived)
	}
}
