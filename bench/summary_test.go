package bench

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// small is a summary whose every field is known.
func small() Summary {
	m := NewMetrics()
	lat := m.Histogram("servo.latency", Seconds, Virtual)
	lat.Record(0.004)
	lat.Record(0.006)
	m.Ratio("inspection.escape_rate", Key, About("bad parts that passed")).Add(0, 412)
	m.Histogram("idle.latency", Seconds, Wall)
	m.Counter("line.passed", One, Key).Add(412)
	expect := map[string]string{"servo.latency.p99": "<= 16ms", "inspection.escape_rate": "<= 0", "idle.latency.p99": "<= 1ms"}
	s := Summary{
		Scenario: "bottling", Title: "Bottling line", Seed: 1, Hash: "0123456789abcdef0123456789abcdef", Events: 1234567,
		Metrics: m.Snapshot(), Expect: Evaluate(expect, m),
		Faults: []Fault{{AtS: 60, ForS: 2, Device: "top", Kind: "drop-frames"}},
		Build:  Build{Revision: "a1b2c3d4e5f6a7b8", Go: "go1.26.8", Platform: "linux/amd64"},
	}
	s.SetTimes(10*time.Minute, 1900*time.Millisecond)
	s.Verdict = Judge(s.Expect, true)
	return s
}

const smallJSON = `{
  "format": "linetwin-summary/1",
  "scenario": "bottling",
  "title": "Bottling line",
  "seed": 1,
  "verdict": "fail",
  "hash": "0123456789abcdef0123456789abcdef",
  "simulated_s": 600,
  "wall_s": 1.9,
  "realtime_factor": 315.7894736842105,
  "events": 1234567,
  "metrics": {
    "idle.latency": {
      "kind": "histogram",
      "unit": "s",
      "clock": "wall",
      "count": 0
    },
    "inspection.escape_rate": {
      "kind": "ratio",
      "value": 0,
      "unit": "1",
      "hits": 0,
      "count": 412,
      "about": "bad parts that passed",
      "key": true
    },
    "line.passed": {
      "kind": "counter",
      "value": 412,
      "unit": "1",
      "key": true
    },
    "servo.latency": {
      "kind": "histogram",
      "unit": "s",
      "count": 2,
      "mean": 0.005,
      "rms": 0.005099019513592785,
      "min": 0.004,
      "p50": 0.004001791,
      "p90": 0.006,
      "p99": 0.006,
      "p999": 0.006,
      "max": 0.006
    }
  },
  "expect": [
    {
      "metric": "idle.latency.p99",
      "bound": "<= 1ms",
      "value": null,
      "pass": false,
      "unit": "s",
      "limit": 0.001,
      "text": "no samples; expected <= 1 ms",
      "shown": "no samples"
    },
    {
      "metric": "inspection.escape_rate",
      "bound": "<= 0",
      "value": 0,
      "pass": true,
      "unit": "1",
      "limit": 0,
      "text": "0 % (0 of 412) <= 0",
      "shown": "0 % (0 of 412)"
    },
    {
      "metric": "servo.latency.p99",
      "bound": "<= 16ms",
      "value": 0.006,
      "pass": true,
      "unit": "s",
      "limit": 0.016,
      "text": "6 ms <= 16 ms",
      "shown": "6 ms"
    }
  ],
  "faults": [
    {
      "at_s": 60,
      "for_s": 2,
      "device": "top",
      "kind": "drop-frames"
    }
  ],
  "notes": [],
  "build": {
    "revision": "a1b2c3d4e5f6a7b8",
    "go": "go1.26.8",
    "platform": "linux/amd64"
  }
}
`

func TestSummaryHasItsDocumentedShape(t *testing.T) {
	var b bytes.Buffer
	if err := small().Write(&b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(smallJSON, b.String()); d != "" {
		t.Error(d)
	}
}

func TestSummaryReadsBackAsItWasWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, SummaryFile)
	want := small()
	for range 2 { // the second write replaces the first
		if err := want.WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	want.Format, want.Notes = Format, []string{}
	for _, p := range []string{path, dir} {
		got, err := ReadSummary(p)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left in the folder", len(files))
	}
}

func TestAFailedWriteLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, SummaryFile)
	if err := small().WriteFile(path); err != nil {
		t.Fatal(err)
	}
	broken := small()
	nan := 0.0
	nan /= nan
	broken.WallS = nan
	if err := broken.WriteFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if _, err := ReadSummary(path); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left in the folder", len(files))
	}
}

func TestReaderSaysWhatIsWrongWithAFile(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, text, want string }{
		{"empty.json", "", "cut short"},
		{"cut.json", smallJSON[:300], "cut short after 300 bytes"},
		{"other.json", `[1,2]`, "is not a summary"},
		{"text.json", "hello there", "is not a summary"},
		{"old.json", `{"format": "linetwin-summary/0"}`, `has format "linetwin-summary/0", and this program reads "linetwin-summary/1"`},
		{"verdict.json", `{"format": "linetwin-summary/1", "verdict": "good"}`, `verdict "good"; it must be pass, fail or partial`},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSummary(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v; want %q in it", c.name, err, c.want)
		}
	}
	if _, err := ReadSummary(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}

func TestVerdictTellsATiredEngineerWhatBroke(t *testing.T) {
	var b strings.Builder
	if err := WriteVerdict(&b, small(), Terminal{Report: "runs/bottling-1/report.html"}); err != nil {
		t.Fatal(err)
	}
	const want = `
FAIL  bottling, seed 1: 1 of 3 bounds is broken

  BROKEN  idle.latency.p99            no samples  <= 1ms
  ok      inspection.escape_rate  0 % (0 of 412)  <= 0
  ok      servo.latency.p99                 6 ms  <= 16ms

  inspection.escape_rate  0 % (0 of 412)
  line.passed                        412

  10 min in 1.9 s, 316 times real time; 1,234,567 events; hash 0123456789ab
  fault: top: drop-frames at 60 s for 2 s
  report: runs/bottling-1/report.html
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	s := small()
	s.Verdict, s.Expect, s.SimulatedS = Partial, s.Expect[1:], 12
	b.Reset()
	if err := WriteVerdict(&b, s, Terminal{Color: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[1;33mPARTIAL\x1b[0m  bottling, seed 1: ended early, after 12 s; so far all 2 bounds hold") {
		t.Errorf("%q", b.String())
	}
}

func TestComparisonShowsDifferencesOnlyWhereThereAreSome(t *testing.T) {
	a, b := small(), small()
	b.Seed, b.Hash = 2, "f"+b.Hash
	c := b.Metrics["line.passed"]
	c.Value = number(400)
	b.Metrics["line.passed"] = c
	delete(b.Metrics, "idle.latency")
	b.Metrics["plc.scan"] = Value{Kind: KindGauge, Unit: Seconds, Clock: Wall, Value: number(0.01)}
	var out strings.Builder
	if err := WriteComparison(&out, a, b); err != nil {
		t.Fatal(err)
	}
	const want = `             A             B
  scenario   bottling      bottling
  seed       1             2
  verdict    fail          fail
  simulated  10 min        10 min
  events     1,234,567     1,234,567
  hash       0123456789ab  f0123456789a  the hashes differ

  metric                         A         B  B - A
  idle.latency.count             0         -                  wall
  idle.latency.mean              -         -                  wall
  idle.latency.p50               -         -                  wall
  idle.latency.p99               -         -                  wall
  idle.latency.max               -         -                  wall
  inspection.escape_rate       0 %       0 %
  line.passed                  412       400    -12  -2.91 %
  plc.scan                       -     10 ms                  wall
  servo.latency.count            2         2
  servo.latency.mean          5 ms      5 ms
  servo.latency.p50       4.002 ms  4.002 ms
  servo.latency.p99           6 ms      6 ms
  servo.latency.max           6 ms      6 ms
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
	for _, d := range Compare(a, b) {
		if same := d.Metric != "line.passed" && d.Metric != "plc.scan" && d.Metric != "idle.latency.count"; d.Same() != same {
			t.Errorf("%s: Same is %v", d.Metric, d.Same())
		}
	}
}

func TestComparisonKeepsMetricsOfDifferentUnitsApart(t *testing.T) {
	a := Summary{Metrics: map[string]Value{"x": {Kind: KindGauge, Unit: Metres, Value: number(1)}}}
	b := Summary{Metrics: map[string]Value{"x": {Kind: KindGauge, Unit: Seconds, Value: number(1)}}}
	d := Compare(a, b)
	if len(d) != 2 || d[0].B != nil || d[1].A != nil || d[0].Unit != Metres || d[1].Unit != Seconds {
		t.Errorf("%+v", d)
	}
}

func TestRowsAreJudgedByRatioOrByValue(t *testing.T) {
	v := 3.4
	rows := []Row{
		Measured("engine, one no-op event", 86, "ns", "<= 100ns"),
		Measured("bank, read a register", 6, "ns", "<= 5ns"),
		Measured("frame 1280x720", 11.5, "ms", "<= 0.012s"),
		Measured("speed", 12.5, "1", ">= 10"),
		Measured("block read", 1.2, "us", ">= 2").Against("libmodbus 3.1.6", &v, Lower),
		Measured("requests", 80_000, "1/s", ">= 2").Against("pymodbus", nil, Higher),
	}
	for i, ok := range []bool{true, false, true, true, true, false} {
		if rows[i].OK != ok {
			t.Errorf("%s: %v", rows[i].What, rows[i].OK)
		}
	}
	var b bytes.Buffer
	if err := WriteTable(&b, rows); err != nil {
		t.Fatal(err)
	}
	const want = `what                         value  peer                    peer's  ratio  reach
engine, one no-op event      86 ns                                         <= 100ns   ok
bank, read a register         6 ns                                         <= 5ns     NOT REACHED
frame 1280x720             11.5 ms                                         <= 0.012s  ok
speed                         12.5                                         >= 10      ok
block read                  1.2 us  libmodbus 3.1.6         3.4 us   2.83  >= 2       ok
requests                 80,000 /s  pymodbus         not installed         >= 2       NOT REACHED
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	b.Reset()
	if err := WriteJSON(&b, rows[5:]); err != nil {
		t.Fatal(err)
	}
	const wantJSON = `[
  {
    "what": "requests",
    "value": 80000,
    "unit": "1/s",
    "peer": "pymodbus",
    "peer_value": null,
    "ratio": null,
    "reach": ">= 2",
    "ok": false
  }
]
`
	if d := cmp.Diff(wantJSON, b.String()); d != "" {
		t.Error(d)
	}
	if err := Reached(rows[:1]); err != nil {
		t.Error(err)
	}
	if err := Reached(rows); err == nil || !strings.Contains(err.Error(), "bank, read a register: 6 ns, to reach <= 5ns") {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	var where strings.Builder
	if err := Publish(&where, "some", rows[5:]); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(strings.TrimSpace(where.String())); err != nil || string(got) != wantJSON {
		t.Errorf("%s holds %s, %v", where.String(), got, err)
	}
	var bad *os.PathError
	if err := WriteRowsFile(filepath.Join(t.TempDir(), "no", "x.json"), rows); !errors.As(err, &bad) {
		t.Error(err)
	}
}
