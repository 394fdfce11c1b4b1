package twin_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

// storms is how many random lines a run of the tests tries; LINETWIN_SOAK=1 tries
// many more.
func storms() uint64 {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 2000
	}
	return 40
}

// storm is the reference line with other speeds, spacings, defects and latencies, and
// with faults of all kinds at random moments, for two minutes.
func storm(t testing.TB, seed uint64) twin.Scenario {
	sc := modelled(short(t, seed))
	r := rand.New(rand.NewPCG(seed, 7))
	sc.Duration = specs.Duration(2 * time.Minute)

	belt := sc.Conveyors["belt"]
	belt.Speed = specs.Speed(0.2 + 0.4*r.Float64())
	belt.Sim.Ripple = specs.Ratio(0.01 * r.Float64())
	sc.Conveyors = map[string]specs.Conveyor{"belt": belt}

	feed := sc.Feeders["infeed"]
	feed.Spacing.Min = specs.Length(1.15 + 0.5*r.Float64())
	feed.Spacing.Mean = feed.Spacing.Min + specs.Length(r.Float64())
	feed.Defects = specs.Defects{
		UnreadableQR: specs.Ratio(0.1 * r.Float64()), MissingQR: specs.Ratio(0.1 * r.Float64()),
		WrongLabel: specs.Ratio(0.1 * r.Float64()), ShiftedLabel: specs.Ratio(0.1 * r.Float64()),
		MissingCap: specs.Ratio(0.1 * r.Float64()), Dent: specs.Ratio(0.1 * r.Float64()),
	}
	sc.Feeders = map[string]specs.Feeder{"infeed": feed}

	top := sc.Cameras["top"]
	top.Latency.Jitter = specs.Duration(r.IntN(200)) * specs.Duration(time.Millisecond)
	eye := sc.Cameras["eye"]
	eye.Sim.PixelNoise = 0.5 * r.Float64()
	sc.Cameras = map[string]specs.Camera{"top": top, "eye": eye}

	kinds := []specs.Fault{
		{Device: "top", Kind: "drop-frames"}, {Device: "top", Kind: "offline"}, {Device: "eye", Kind: "drop-frames"},
		{Device: "eye", Kind: "offline"}, {Device: "top", Kind: "unplug"}, {Device: "top", Kind: "freeze"}, {Device: "eye", Kind: "unplug"}, {Device: "eye", Kind: "freeze"}, {Device: "pe_infeed", Kind: "offline"}, {Device: "pe_infeed", Kind: "stuck"},
		{Device: "pe_outfeed", Kind: "offline"}, {Device: "pe_outfeed", Kind: "stuck"}, {Device: "belt", Kind: "stuck"},
		{Device: "belt", Kind: "offline"}, {Device: "reject", Kind: "stuck"}, {Device: "reject", Kind: "offline"},
		{Device: "capper", Kind: "offline"},
	}
	sc.Faults = nil
	for at := 10 + 20*r.Float64(); at < 100; at += 5 + 40*r.Float64() {
		f := kinds[r.IntN(len(kinds))]
		f.At, f.For = specs.Duration(at*1e9), specs.Duration((0.05+5*r.Float64())*1e9)
		sc.Faults = append(sc.Faults, f)
	}
	resolved, err := sc.ResolvedJSON()
	if err != nil {
		t.Fatal(err)
	}
	sc.Resolved = resolved
	return sc
}

// Whatever fails, and whenever: no bad bottle passes, none is lost from a running
// line, PLC and MES agree, and the recording gives the run's hash.
func TestNoStormOfFaultsLetsABadBottlePass(t *testing.T) {
	for seed := uint64(1); seed <= storms(); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out := run(t, storm(t, seed), twin.Options{Dir: dir})
			if v := value(t, out, "line.bad_passed"); v != 0 {
				t.Errorf("line.bad_passed is %v", v)
			}
			// A gate that hangs may push off a good bottle. The PLC cannot see that, but
			// it sees the gate, and stops before it would have to count the bottle.
			if lost, aborts := value(t, out, "line.lost"), value(t, out, "line.aborts"); lost > 1 || lost == 1 && aborts == 0 {
				t.Errorf("line.lost is %v after %v aborts", lost, aborts)
			}
			for plc, mes := range map[string]string{"line.good": "mes.good", "line.rejected": "mes.rejected"} {
				if a, b := value(t, out, plc), value(t, out, mes); a != b {
					t.Errorf("%s is %v, %s is %v", plc, a, mes, b)
				}
			}
			if seed%4 != 0 {
				return
			}
			rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
			if err != nil {
				t.Fatal(err)
			}
			if run(t, storm(t, seed), twin.Options{Replay: rec, Until: rec.Until}).Hash != out.Hash {
				t.Error("the replay gives another hash")
			}
		})
	}
}
