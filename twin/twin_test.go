package twin_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/mes"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

func TestARunLeavesAWholeFolder(t *testing.T) {
	sc := modelled(short(t, 3))
	dir := t.TempDir()
	out := run(t, sc, twin.Options{Dir: dir})
	sum, err := bench.ReadSummary(dir)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Hash != out.Summary.Hash || sum.Verdict != bench.Pass {
		t.Errorf("summary.json says %s %s, the run %s %s", sum.Verdict, sum.Hash, out.Summary.Verdict, out.Summary.Hash)
	}
	for _, f := range []string{"events.mcap", "mes.db", "report.html", "spec.json"} {
		if s, err := os.Stat(filepath.Join(dir, f)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := specs.ParseResolved(b); err != nil || s.Name != sc.Name {
		t.Errorf("spec.json: %v", err)
	}
}

func TestTheMESHasTheTraceOfEachBottle(t *testing.T) {
	sc := modelled(short(t, 4))
	dir := t.TempDir()
	out := run(t, sc, twin.Options{Dir: dir})
	m, err := mes.Open(filepath.Join(dir, "mes.db"), mes.Config{Registers: registersOf(t, sc), Orders: ordersOf(sc)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	parts, err := m.Parts(mes.PartsQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if n := value(t, out, "line.good") + value(t, out, "line.rejected"); float64(len(parts)) != n {
		t.Errorf("%d parts in the MES, %v by the PLC", len(parts), n)
	}
	for _, p := range parts {
		var at []string
		last := time.Duration(-1)
		for _, s := range p.Steps {
			at = append(at, s.Station)
			if s.At < last {
				t.Errorf("track %d: %s is before the step before it", p.Track, s.Station)
			}
			last = s.At
		}
		got := strings.Join(at, " ")
		switch {
		case p.Good && got != "pe_infeed inspect capping reject":
			t.Errorf("good bottle %d went through %q", p.Serial, got)
		case p.Reason == "not judged" && got != "pe_infeed reject":
			t.Errorf("unjudged track %d went through %q", p.Track, got)
		case !p.Good && p.Reason == "":
			t.Errorf("track %d was rejected without a reason", p.Track)
		}
	}
	if s := m.Snapshot(); s.History.Samples != 1 {
		t.Errorf("%d samples of the history in a minute, want the one at its begin", s.History.Samples)
	}
}

func registersOf(t *testing.T, sc twin.Scenario) []string {
	tw := build(t, sc, twin.Options{})
	defer tw.Close()
	names := make([]string, tw.Bank().Len())
	for _, r := range tw.Bank().Registers() {
		names[r.Ref] = r.Name
	}
	return names
}

func ordersOf(sc twin.Scenario) (out []mes.Order) {
	for _, o := range sc.MES.Orders {
		out = append(out, mes.Order{ID: o.ID, Product: o.Product, Quantity: o.Quantity})
	}
	return out
}

func TestAnInterruptedRunLeavesAPartialReport(t *testing.T) {
	for _, realtime := range []bool{false, true} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		sc := modelled(short(t, 1))
		sc.Duration = specs.Duration(100 * time.Hour)
		tw := build(t, sc, twin.Options{Dir: dir, Realtime: realtime})
		go func() {
			for tw.Now() < 300*time.Millisecond {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		out, err := tw.Run(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if out.Summary.Verdict != bench.Partial || out.Summary.SimulatedS < 0.3 {
			t.Errorf("realtime %t: verdict %s after %v s", realtime, out.Summary.Verdict, out.Summary.SimulatedS)
		}
		if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
			t.Error(err)
		}
	}
}

// A line whose sensor fails stops, and nothing passes after that.
func TestTheLineGoesToItsSafeStateWhenASensorFails(t *testing.T) {
	for _, c := range []struct{ device, kind string }{
		{"pe_infeed", "offline"}, {"pe_outfeed", "offline"}, {"belt", "stuck"}, {"belt", "offline"}, {"pe_infeed", "stuck"}, {"reject", "stuck"},
	} {
		t.Run(c.device+" "+c.kind, func(t *testing.T) {
			sc := modelled(short(t, 1))
			sc.Faults = []specs.Fault{{At: specs.Duration(20 * time.Second), For: specs.Duration(30 * time.Second), Device: c.device, Kind: c.kind}}
			out := run(t, sc, twin.Options{})
			for _, name := range []string{"line.bad_passed", "line.lost"} {
				if v := value(t, out, name); v != 0 {
					t.Errorf("%s is %v", name, v)
				}
			}
			if v := value(t, out, "line.aborts"); v != 1 {
				t.Errorf("the PLC aborted %v times, want once", v)
			}
		})
	}
}

// A PLC that goes away and comes back says its last bottle again, with another quality:
// that is no bottle more, and no abort more.
func TestAPLCThatWasAwayCountsNothingTwice(t *testing.T) {
	sc := modelled(short(t, 1))
	for _, at := range []time.Duration{30 * time.Second, 40 * time.Second} {
		sc.Faults = append(sc.Faults, specs.Fault{At: specs.Duration(at), For: specs.Duration(2 * time.Second), Device: "main", Kind: "offline"})
	}
	out := run(t, sc, twin.Options{})
	for plc, mes := range map[string]string{"line.good": "mes.good", "line.rejected": "mes.rejected"} {
		if a, b := value(t, out, plc), value(t, out, mes); a != b {
			t.Errorf("%s is %v, %s is %v", plc, a, mes, b)
		}
	}
	if v := value(t, out, "line.aborts"); v != 1 {
		t.Errorf("line.aborts is %v for a line that stood when the PLC went away again", v)
	}
}

func TestACameraThatDoesNotAnswerLetsNoBottlePass(t *testing.T) {
	sc := modelled(short(t, 1))
	sc.Faults = []specs.Fault{{At: specs.Duration(15 * time.Second), For: specs.Duration(10 * time.Second), Device: "top", Kind: "offline"}}
	out := run(t, sc, twin.Options{})
	checkInvariants(t, out)
	if v := value(t, out, "line.good_rejected"); v < 2 {
		t.Errorf("%v good bottles were rejected in 10 s without a camera", v)
	}
}

func TestTwoWritersOfARegisterAreBothNamedWithTheirPlace(t *testing.T) {
	sc := short(t, 1)
	plcs := map[string]specs.PLC{"main": sc.PLCs["main"], "backup": sc.PLCs["main"]}
	sc.PLCs = plcs
	_, err := twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}})
	if err == nil {
		t.Fatal("two PLCs drive one belt")
	}
	for _, want := range []string{"belt.run", "main", "backup", "line.cue:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
}

func TestADeviceThatCannotBeRealIsRefused(t *testing.T) {
	for name, want := range map[string]string{
		"top": `camera top cannot be of kind "hil" here; this build has "sim" for it`,
		"tip": `has no device "tip"; its devices are`,
	} {
		_, err := twin.New(short(t, 1), twin.Options{
			Devices: twin.Registry{device.Sim: sim.Devices()}, Kinds: map[string]device.Kind{name: device.HIL},
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABoundOnAMetricThatIsNotThereIsRefused(t *testing.T) {
	sc := short(t, 1)
	sc.Expect = map[string]string{"inspection.escape_rat": "<= 0"}
	_, err := twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}})
	if err == nil || !strings.Contains(err.Error(), "inspection.escape_rate") {
		t.Errorf("got %v", err)
	}
}

func TestACameraThatGivesNoDepthOfTheBottleIsRefused(t *testing.T) {
	for y, want := range map[string]string{"-260mm": "from 235mm to 302mm", "-3.2m": "to 2.88m only"} {
		sc := short(t, 1)
		top := sc.Cameras["top"]
		d, err := specs.ParseLength(y)
		if err != nil {
			t.Fatal(err)
		}
		top.Pose.XYZ[1] = d
		sc.Cameras = map[string]specs.Camera{"top": top, "eye": sc.Cameras["eye"]}
		_, err = twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "inspection.cue:") {
			t.Errorf("camera at %s: %v", y, err)
		}
	}
}
