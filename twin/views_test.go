package twin_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

// twoViews is the line on which bottles come either way round, with something in it changed.
func twoViews(t testing.TB, seed uint64, change func(s *specs.Scenario)) twin.Scenario {
	t.Helper()
	return changed(t, "../scenarios/two-views", func(s *specs.Scenario) {
		s.Seed, s.Expect = seed, map[string]string{}
		if change != nil {
			change(s)
		}
	})
}

// alter changes the station of a line.
func alter(s *specs.Scenario, change func(i *specs.Inspection)) {
	i := s.Inspections["inspect"]
	change(&i)
	s.Inspections["inspect"] = i
}

// alone leaves the station its own camera.
func alone(s *specs.Scenario) {
	delete(s.Cameras, "rear")
	alter(s, func(i *specs.Inspection) { i.Views = nil })
}

func TestTwoCamerasReadWhatOneCannot(t *testing.T) {
	spotless := func(s *specs.Scenario) {
		s.Duration = specs.Duration(14 * time.Second)
		f := s.Feeders["infeed"]
		f.Defects = specs.Defects{}
		s.Feeders["infeed"] = f
	}
	both := run(t, twoViews(t, 3, spotless), twin.Options{})
	if r, e := value(t, both, "view.read_rate"), value(t, both, "inspection.false_reject_rate"); r != 1 || e != 0 {
		t.Errorf("with two cameras %.2f of the codes are read, %.2f of the good bottles called bad; want all, and none", r, e)
	}
	if m := value(t, both, "view.missing"); m != 0 {
		t.Errorf("%v frames are missing", m)
	}
	one := run(t, twoViews(t, 3, func(s *specs.Scenario) { spotless(s); alone(s) }), twin.Options{})
	if e := value(t, one, "inspection.false_reject_rate"); e < 0.3 || e > 0.8 {
		t.Errorf("with one camera %.2f of the good bottles are called bad; want about half, those that it sees the back of", e)
	}
}

// A camera that has no depth is enough to read codes. What it sees has moved by up to 17 mm.
func TestAViewThatReadsCodesOnlyFollowsTheBelt(t *testing.T) {
	mono := func(mode string) twin.Scenario {
		return twoViews(t, 4, func(s *specs.Scenario) {
			s.Duration = specs.Duration(14 * time.Second)
			c := s.Cameras["rear"]
			c.Model, c.Depth = "tool-mono", false
			s.Cameras["rear"] = c
			alter(s, func(i *specs.Inspection) {
				i.Mode, i.Views = mode, map[string]specs.View{"rear": {Judges: "code", Needed: true}}
			})
			f := s.Feeders["infeed"]
			f.Defects = specs.Defects{}
			s.Feeders["infeed"] = f
		})
	}
	codes := run(t, mono("code"), twin.Options{})
	if r, e := value(t, codes, "view.read_rate"), value(t, codes, "inspection.false_reject_rate"); r != 1 || e != 0 {
		t.Errorf("%.2f of the codes are read, %.2f of the bottles called bad", r, e)
	}
	all := run(t, mono("combined"), twin.Options{})
	good, unjudged := value(t, all, "line.good"), value(t, all, "line.unjudged")
	if good < 1 || unjudged < 1 || value(t, all, "inspection.false_reject_rate") != 0 {
		t.Errorf("%v bottles are good, %v not judged; those whose label nobody can judge are not good, and not bad", good, unjudged)
	}
}

func TestOneSeedGivesOneHashWithSeveralCameras(t *testing.T) {
	sc := twoViews(t, 1, func(s *specs.Scenario) { s.Duration = specs.Duration(10 * time.Second); small(s) })
	want := run(t, sc, twin.Options{}).Hash
	same := func(name string, got [32]byte) {
		t.Helper()
		if got != want {
			t.Errorf("%s: hash %x, want %x", name, got[:6], want[:6])
		}
	}
	for _, n := range []int{1, 2} {
		old := runtime.GOMAXPROCS(n)
		same(fmt.Sprintf("GOMAXPROCS %d", n), run(t, sc, twin.Options{}).Hash)
		runtime.GOMAXPROCS(old)
	}
	same("without offloading", run(t, sc, twin.Options{Workers: -1}).Hash)
	dir := t.TempDir()
	same("recorded", run(t, sc, twin.Options{Dir: dir, Frames: true}).Hash)
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	same("from the recording", run(t, sc, twin.Options{Replay: rec, Until: rec.Until}).Hash)

	sc = modelled(twoViews(t, 1, troubled))
	want = run(t, sc, twin.Options{}).Hash
	for s := uint64(1); s <= 12; s++ {
		same(fmt.Sprintf("shuffle %d", s), run(t, sc, twin.Options{Shuffle: s}).Hash)
	}
}

// troubled has all sorts of faults strike the cameras, whenever it may be.
func troubled(s *specs.Scenario) {
	s.Duration = specs.Duration(90 * time.Second)
	r := rand.New(rand.NewPCG(s.Seed, 17))
	strike := func(at time.Duration, device, kind string) {
		s.Faults = append(s.Faults, specs.Fault{
			At: specs.Duration(at), For: specs.Duration(1 + r.Int64N(int64(1500*time.Millisecond))), Device: device, Kind: kind,
		})
	}
	for at := 4 * time.Second; at < 85*time.Second; at += time.Duration(r.Int64N(int64(10 * time.Second))) {
		kinds := []string{"unplug", "freeze", "offline", "drop-frames", "clock-jump"}
		if r.IntN(4) == 0 {
			strike(at, "front", kinds[r.IntN(5)])
		} else {
			strike(at, "rear", kinds[r.IntN(5)])
		}
	}
	if s.Seed%4 == 0 { // the encoder is not heard, and the line stops
		strike(40*time.Second+time.Duration(r.Int64N(int64(40*time.Second))), "belt", "offline")
	}
}

// LINETWIN_SOAK=1 tries 500 seeds.
func TestNoFaultOfACameraLetsABadBottlePassOrKeepsAFrame(t *testing.T) {
	seeds := uint64(20)
	if os.Getenv("LINETWIN_SOAK") != "" {
		seeds = 500
	}
	sum := map[string]float64{}
	for seed := uint64(1); seed <= seeds; seed++ {
		sc := modelled(twoViews(t, seed, troubled))
		until := sc.Duration.D() - time.Duration(seed*37)*time.Millisecond // with other frames on their way
		tw, cameras := watched(t, sc, twin.Options{Until: until})
		out, err := tw.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"line.bad_passed", "inspection.escape_rate"} {
			if v := value(t, out, name); v != 0 {
				t.Errorf("seed %d: %s is %v", seed, name, v)
			}
		}
		if lost, aborts := value(t, out, "line.lost"), value(t, out, "line.aborts"); lost > 1 || lost == 1 && aborts == 0 {
			t.Errorf("seed %d: %v bottles are lost, after %v aborts", seed, lost, aborts)
		}
		for _, c := range *cameras {
			if s := c.Frames(); s.Live != 0 || s.Lent != 0 || s.Refused != 0 || s.Given == 0 {
				t.Errorf("seed %d: a camera's frames: %+v", seed, s)
			}
		}
		for _, name := range []string{"line.good", "view.missing", "view.resets", "view.late", "line.unjudged"} {
			sum[name] += value(t, out, name)
		}
	}
	t.Logf("%d seeds: %v", seeds, sum)
	for name, least := range map[string]float64{"line.good": 10, "view.missing": 1, "view.resets": 2, "view.late": 1, "line.unjudged": 1} {
		if sum[name] < least*float64(seeds) {
			t.Errorf("%s is %v in %d runs; want at least %v in each", name, sum[name], seeds, least)
		}
	}
}

func TestAllFramesOfSeveralCamerasAreBackWhenARunEnds(t *testing.T) {
	for name, opt := range map[string]twin.Options{
		"to its end":                  {Until: 6 * time.Second},
		"while a part's are awaited":  {Until: 5320 * time.Millisecond},
		"while they are looked at":    {Until: 5370 * time.Millisecond},
		"recorded":                    {Until: 6 * time.Second, Dir: t.TempDir(), Frames: true},
		"on the wall clock, recorded": {Until: 2 * time.Second, Realtime: true, Dir: t.TempDir(), Frames: true},
	} {
		t.Run(name, func(t *testing.T) {
			tw, cameras := watched(t, twoViews(t, 1, small), opt)
			if _, err := tw.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, c := range *cameras {
				if s := c.Frames(); s.Live != 0 || s.Lent != 0 || s.Free != s.Made {
					t.Errorf("a camera's frames: %+v", s)
				}
			}
		})
	}
}

// The estimate is held against the truth, from the first part on and in spite of jumps.
func TestTheClocksOfViewsAreKnown(t *testing.T) {
	var worst, usual, drift float64
	for seed := uint64(1); seed <= 12; seed++ {
		r := rand.New(rand.NewPCG(seed, 3))
		ppm := 160*r.Float64() - 80
		out := run(t, modelled(twoViews(t, seed, func(s *specs.Scenario) {
			s.Duration = specs.Duration(60 * time.Second)
			c := s.Cameras["rear"]
			c.Sim.ClockDrift, c.Sim.ClockOffset = ppm, specs.Duration(r.Int64N(int64(50*time.Hour)))-specs.Duration(25*time.Hour)
			if seed%2 == 0 { // the first jump is one of a fraction of a second only
				c.Sim.ClockOffset = specs.Duration(-15*time.Second + 50*time.Millisecond + time.Duration(r.Int64N(int64(200*time.Millisecond))))
			}
			s.Cameras["rear"] = c
			s.Faults = []specs.Fault{{At: specs.Duration(15 * time.Second), For: specs.Duration(15 * time.Second), Device: "rear", Kind: "clock-jump"}}
		})), twin.Options{})
		if n := value(t, out, "view.resets"); n != 2 {
			t.Errorf("seed %d: the clock was found anew %v times; it jumped twice", seed, n)
		}
		worst = max(worst, *out.Summary.Metrics["view.clock_error"].Max)
		usual = max(usual, *out.Summary.Metrics["view.clock_error"].P50)
		drift = max(drift, max(value(t, out, "inspect.rear.drift")-ppm*1e-6, ppm*1e-6-value(t, out, "inspect.rear.drift")))
	}
	t.Logf("exposures known to %.2f ms usually, to %.2f ms at the worst, drifts to %.1f ppm in the end", 1e3*usual, 1e3*worst, 1e6*drift)
	if usual > 0.4e-3 || worst > 8e-3 || drift > 60e-6 {
		t.Errorf("exposures are known to %v s usually, to %v s at the worst, drifts to %v; the frames' transfer varies by 8 ms", usual, worst, drift)
	}
}

func TestTheREADMENamesEveryMetricAndRegisterOfViews(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(b, -1) {
		named[string(m[1])] = true
	}
	tw := build(t, modelled(twoViews(t, 1, nil)), twin.Options{})
	defer tw.Close()
	for _, r := range tw.Bank().Registers() {
		_, signal, _ := strings.Cut(r.Name, ".")
		if signal = strings.Replace(signal, "rear.", "V.", 1); !named[signal] {
			t.Errorf("register %s: the README has no %q", r.Name, signal)
		}
	}
	for _, name := range tw.Metrics() {
		if name = strings.Replace(name, "inspect.rear.", "S.V.", 1); !named[name] {
			t.Errorf("the README has no metric %q", name)
		}
	}
}

func TestViewsRestWhileTheirStationIsInStandby(t *testing.T) {
	tw := build(t, modelled(twoViews(t, 1, func(s *specs.Scenario) {
		s.Duration = specs.Duration(10 * time.Second)
		alter(s, func(i *specs.Inspection) { i.Mode = "standby" })
		for n, c := range s.Cameras {
			c.Standby = "throttled"
			s.Cameras[n] = c
		}
	})), twin.Options{})
	if _, err := tw.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, err := tw.Bank().In("rear.status", protocol.U16)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := tw.Bank().In("rear.frames", protocol.U32)
	if err != nil {
		t.Fatal(err)
	}
	if status.Uint() != 5 || frames.Uint() > 2 {
		t.Errorf("the rear camera's status is %d after %d frames; want 5, standby, and none", status.Uint(), frames.Uint())
	}
}
