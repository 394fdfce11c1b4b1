package twin_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
)

// stormOfClients is the scenario register-storm, or the first part of it.
func stormOfClients(t testing.TB, seed uint64, until time.Duration) twin.Scenario {
	t.Helper()
	return changed(t, "../scenarios/register-storm", func(s *specs.Scenario) {
		s.Seed = seed
		if until > 0 {
			s.Duration = specs.Duration(until)
			s.Expect = map[string]string{}
		}
	})
}

func TestTheStormOfClientsKeepsItsBounds(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			out := run(t, stormOfClients(t, seed, 0), twin.Options{})
			for _, e := range out.Summary.Expect {
				if !e.Pass {
					t.Errorf("%s: %s", e.Metric, e.Text)
				}
			}
			if out.Summary.Verdict != bench.Pass {
				t.Errorf("the verdict is %v", out.Summary.Verdict)
			}
		})
	}
}

func TestOneSeedGivesOneHashWithClientsAsWell(t *testing.T) {
	sc := stormOfClients(t, 1, 22*time.Second)
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
	for s := uint64(1); s <= 3; s++ {
		same(fmt.Sprintf("shuffle %d", s), run(t, sc, twin.Options{Shuffle: s}).Hash)
	}
	dir := t.TempDir()
	same("recorded", run(t, sc, twin.Options{Dir: dir}).Hash)
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	same("from the recording", run(t, sc, twin.Options{Replay: rec, Until: rec.Until}).Hash)
	if run(t, stormOfClients(t, 2, 22*time.Second), twin.Options{}).Hash == want {
		t.Error("seed 2 gives the hash of seed 1")
	}
}

// The line goes its way as if nobody looked at it.
func TestClientsDoNotDisturbTheLine(t *testing.T) {
	alone := stormOfClients(t, 1, time.Minute)
	alone.Clients, alone.Faults = nil, nil
	with, without := run(t, stormOfClients(t, 1, time.Minute), twin.Options{}), run(t, alone, twin.Options{})
	for _, name := range []string{"line.good", "line.rejected"} {
		if a, b := value(t, with, name), value(t, without, name); a != b || a == 0 {
			t.Errorf("%s is %v with clients, %v without", name, a, b)
		}
	}
	a, b := with.Summary.Metrics["inspection.latency"], without.Summary.Metrics["inspection.latency"]
	if a.Max == nil || b.Max == nil || *a.Max != *b.Max {
		t.Error("the inspection's latency is another one with clients")
	}
}

func TestClientsThatCannotBeAreToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct {
		change func(c *specs.Clients)
		want   string
	}{
		{func(c *specs.Clients) { c.Watch.Registers = []string{"main.*", "bolt.speed"} }, `clients.panels.watch.registers[1]: no register is called "bolt.speed"`},
		{func(c *specs.Clients) { c.Write.Registers = []string{"belt.speed"} }, "clients.panels.write.registers: clients may not write belt.speed"},
		{func(c *specs.Clients) { c.Write.Together = 50 }, "clients.panels.write.together: 50 registers cannot be written together where there are 32"},
		{func(c *specs.Clients) { c.Publish.Registers = []string{"recipe.p1"} }, "clients.panels.publish.registers: 130 clients share these registers out among themselves, and there are 1;"},
	} {
		sc := stormOfClients(t, 1, time.Second)
		panels := sc.Clients["panels"]
		c.change(&panels)
		sc.Clients = map[string]specs.Clients{"panels": panels}
		_, err := twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "clients.cue:") {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestARegisterOfTheScenarioTakesWhatItsBoundsAllow(t *testing.T) {
	sc := modelled(short(t, 1))
	low, high := 100.0, 900.0
	sc.Registers = map[string]specs.Register{
		"recipe.fill":  {Type: "u16", Unit: "ml", Access: "operator", Initial: 500, Min: &low, Max: &high},
		"recipe.speed": {Type: "f32", Access: "engineer", Initial: 0.5},
	}
	tw := build(t, sc, twin.Options{})
	fill, err := tw.Bank().In("recipe.fill", protocol.U16)
	if err != nil {
		t.Fatal(err)
	}
	speed, err := tw.Bank().In("recipe.speed", protocol.F32)
	if err != nil {
		t.Fatal(err)
	}
	if fill.Access() != protocol.Operator || speed.Access() != protocol.Engineer {
		t.Errorf("access %v and %v", fill.Access(), speed.Access())
	}
	var got []protocol.Status
	for _, v := range []int64{600, 50, 901, 900} {
		tx := protocol.NewWrite(fill.Ref(), protocol.IntValue(v))
		tx.Finished = func(tx *protocol.Transaction) { got = append(got, tx.Status) }
		if tw.Apply(tx) {
			t.Fatal("carried out before the run")
		}
	}
	if _, err := tw.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint([]protocol.Status{protocol.OK, protocol.OutOfRange, protocol.OutOfRange, protocol.OK}) {
		t.Errorf("statuses %v", got)
	}
	if fill.Int() != 900 || speed.Float() != 0.5 {
		t.Errorf("the registers hold %v and %v", fill.Int(), speed.Float())
	}
}

func BenchmarkStormOfClients(b *testing.B) {
	sc := stormOfClients(b, 1, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		run(b, sc, twin.Options{})
	}
	b.ReportMetric(float64(b.N)*60/b.Elapsed().Seconds(), "x-real-time")
}
