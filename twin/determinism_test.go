package twin_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/server"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
)

// changed is a scenario with something in it changed.
func changed(t testing.TB, folder string, change func(*specs.Scenario)) twin.Scenario {
	t.Helper()
	l, err := specs.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	s := l.Scenario
	change(&s)
	resolved, err := s.ResolvedJSON()
	if err != nil {
		t.Fatal(err)
	}
	return twin.Scenario{Scenario: &s, Dir: l.Dir, Resolved: resolved, Where: l.Where}
}

// short is the standard scenario, shortened to 60 s, with its fault early enough to
// matter.
func short(t testing.TB, seed uint64) twin.Scenario {
	t.Helper()
	return changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
		s.Seed = seed
		s.Duration = specs.Duration(60 * time.Second)
		s.Faults = []specs.Fault{{At: specs.Duration(20 * time.Second), For: specs.Duration(2 * time.Second), Device: "top", Kind: "drop-frames"}}
		s.Expect = map[string]string{}
	})
}

// modelled makes all cameras statistical.
func modelled(sc twin.Scenario) twin.Scenario {
	cams := map[string]specs.Camera{}
	for n, c := range sc.Cameras {
		c.Fidelity = "modelled"
		cams[n] = c
	}
	sc.Cameras = cams
	return sc
}

func build(t testing.TB, sc twin.Scenario, opt twin.Options) *twin.Twin {
	t.Helper()
	opt.Devices = twin.Registry{device.Sim: sim.Devices()}
	tw, err := twin.New(sc, opt)
	if err != nil {
		t.Fatal(err)
	}
	return tw
}

func run(t testing.TB, sc twin.Scenario, opt twin.Options) twin.Outcome {
	t.Helper()
	out, err := build(t, sc, opt).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOneSeedGivesOneHashHoweverItIsRun(t *testing.T) {
	sc := short(t, 1)
	want := run(t, sc, twin.Options{}).Hash
	same := func(name string, got [32]byte) {
		t.Helper()
		if got != want {
			t.Errorf("%s: hash %x, want %x", name, got[:6], want[:6])
		}
	}
	same("a second time", run(t, sc, twin.Options{}).Hash)
	for _, n := range []int{1, 2} {
		old := runtime.GOMAXPROCS(n)
		same(fmt.Sprintf("GOMAXPROCS %d", n), run(t, sc, twin.Options{}).Hash)
		runtime.GOMAXPROCS(old)
	}
	same("without offloading", run(t, sc, twin.Options{Workers: -1}).Hash)
	for s := uint64(1); s <= 2; s++ {
		same(fmt.Sprintf("shuffle %d", s), run(t, sc, twin.Options{Shuffle: s}).Hash)
	}
	same("served", served(t, sc))

	dir := t.TempDir()
	same("recorded", run(t, sc, twin.Options{Dir: dir}).Hash)
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	same("from the recording", run(t, sc, twin.Options{Replay: rec, Until: rec.Until}).Hash)

	if run(t, short(t, 2), twin.Options{}).Hash == want {
		t.Error("seed 2 gives the hash of seed 1")
	}
}

// served runs with a register server and a client that reads all the time.
func served(t *testing.T, sc twin.Scenario) [32]byte {
	tw := build(t, sc, twin.Options{})
	srv, err := server.Listen("127.0.0.1:0", tw.Bank(), server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	reads := make(chan int, 1)
	go func() {
		n := 0
		defer func() { reads <- n }()
		c, err := client.Dial(ctx, srv.Addr().String())
		if err != nil {
			return
		}
		defer c.Close()
		for ctx.Err() == nil {
			if _, err := c.Get(ctx, "belt.position", "main.state", "inspect.seq"); err == nil {
				n++
			}
		}
	}()
	out, err := tw.Run(context.Background())
	cancel()
	if n := <-reads; n == 0 {
		t.Error("the client read nothing while the twin ran")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Hash
}

func TestTheOrderOfComponentsWithinAPhaseDoesNotMatter(t *testing.T) {
	sc := modelled(short(t, 1))
	want := run(t, sc, twin.Options{}).Hash
	for s := uint64(1); s <= 20; s++ {
		if got := run(t, sc, twin.Options{Shuffle: s}).Hash; got != want {
			t.Errorf("shuffle %d gives another hash", s)
		}
	}
}

// value of a metric of a run.
func value(t *testing.T, out twin.Outcome, name string) float64 {
	t.Helper()
	v, ok := out.Summary.Metrics[name]
	if !ok || v.Value == nil {
		t.Fatalf("metric %s is not there", name)
	}
	return *v.Value
}

// LINETWIN_SOAK=1 tries 200 seeds.
func TestNoSeedLetsABadBottlePassOrLosesOne(t *testing.T) {
	seeds := uint64(24)
	if os.Getenv("LINETWIN_SOAK") != "" {
		seeds = 200
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			checkInvariants(t, run(t, short(t, seed), twin.Options{}))
		})
	}
}

// checkInvariants holds what must be true of every run of the reference line.
func checkInvariants(t *testing.T, out twin.Outcome) {
	t.Helper()
	zero := []string{"line.bad_passed", "line.lost", "line.aborts", "inspection.escape_rate"}
	for _, name := range zero {
		if v := value(t, out, name); v != 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	good, rejected := value(t, out, "line.good"), value(t, out, "line.rejected")
	if good < 10 {
		t.Errorf("only %v bottles passed in a minute", good)
	}
	if m := value(t, out, "mes.good"); m != good {
		t.Errorf("the PLC passed %v, the MES has %v", good, m)
	}
	if m := value(t, out, "mes.rejected"); m != rejected {
		t.Errorf("the PLC rejected %v, the MES has %v", rejected, m)
	}
}
