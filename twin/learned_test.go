package twin_test

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

// asking is the bottling line for 30 s, its bottles without defects, whose station asks the
// example's recogniser in Python for the colour of caps. What goes wrong with it is odd.py's.
func asking(t testing.TB, odd string) twin.Scenario {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	example, err := filepath.Abs("../vision/model/example")
	if err != nil {
		t.Fatal(err)
	}
	command := []string{python, filepath.Join(example, "recogniser.py")}
	if odd != "" {
		script, err := filepath.Abs("testdata/odd.py")
		if err != nil {
			t.Fatal(err)
		}
		command = []string{python, script, example, odd}
	}
	return changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
		s.Duration, s.Faults, s.Expect = specs.Duration(30*time.Second), nil, map[string]string{}
		eye := s.Cameras["eye"] // nobody looks at its pixels here
		eye.Fidelity = "modelled"
		s.Cameras = map[string]specs.Camera{"top": s.Cameras["top"], "eye": eye}
		f := s.Feeders["infeed"]
		f.Defects = specs.Defects{}
		s.Feeders = map[string]specs.Feeder{"infeed": f}
		i := s.Inspections["inspect"]
		ms := specs.Duration(time.Millisecond)
		i.Recogniser = &specs.Recogniser{
			Command: command, Device: "cpu", Region: "cap", Bad: []string{"black", "grey"}, MinScore: 0.4,
			Latency: specs.Latency{Base: 40 * ms, Jitter: 10 * ms}, Deadline: 150 * ms, Patience: 20_000 * ms,
		}
		s.Inspections = map[string]specs.Inspection{"inspect": i}
	})
}

func TestAClassThatARecogniserGivesMakesAPartBad(t *testing.T) {
	sc := asking(t, "")
	dir := t.TempDir()
	out := run(t, sc, twin.Options{Dir: dir})
	learned, rejected, good := value(t, out, "inspection.learned"), value(t, out, "line.rejected"), value(t, out, "line.good")
	if learned < 1 || rejected < 1 || good < 1 || value(t, out, "inspection.unanswered") != 0 {
		t.Errorf("%v have a bad class, %v are rejected, %v good, %v unanswered; want some of the former, and none of the last",
			learned, rejected, good, value(t, out, "inspection.unanswered"))
	}
	if v := *out.Summary.Metrics["inspection.latency"].Min; v < 0.08 {
		t.Errorf("a verdict came after %v s; the recogniser's 40 ms are missing", v)
	}
	m, err := mes.Open(filepath.Join(dir, "mes.db"), mes.Config{Registers: registersOf(t, sc), Orders: ordersOf(sc)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	parts, err := m.Parts(mes.PartsQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, p := range parts {
		if p.Good {
			continue
		}
		n++
		if p.Reason != "learned: grey" || p.Steps[1].Result != "learned: grey" {
			t.Errorf("part %d was rejected for %q, and the station says %q", p.N, p.Reason, p.Steps[1].Result)
		}
	}
	if n != rejected {
		t.Errorf("the MES has %v rejected parts, the PLC %v", n, rejected)
	}
}

func TestHowFastARecogniserIsDoesNotReachTheRun(t *testing.T) {
	sc := asking(t, "")
	dir := t.TempDir()
	want := run(t, sc, twin.Options{Dir: dir}).Hash
	for _, n := range []int{1, 2} {
		old := runtime.GOMAXPROCS(n)
		if got := run(t, sc, twin.Options{Workers: n}).Hash; got != want {
			t.Errorf("on %d cores: hash %x, want %x", n, got[:6], want[:6])
		}
		runtime.GOMAXPROCS(old)
	}
	if got := run(t, asking(t, "slow"), twin.Options{}).Hash; got != want {
		t.Errorf("with answers that take longer: hash %x, want %x", got[:6], want[:6])
	}
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, sc, twin.Options{Replay: rec}).Hash; got != want {
		t.Errorf("replayed, without the recogniser: hash %x, want %x", got[:6], want[:6])
	}
}

func TestARecogniserThatDiesFloodsOrHangsLetsNothingPass(t *testing.T) {
	for _, odd := range []string{"dies", "floods", "hangs"} {
		t.Run(odd, func(t *testing.T) {
			t.Parallel()
			sc := asking(t, odd)
			i := sc.Inspections["inspect"]
			i.Recogniser.Bad = []string{"red"}
			if odd == "hangs" {
				i.Recogniser.Patience = specs.Duration(time.Second)
			}
			out := run(t, sc, twin.Options{})
			none, unjudged, good := value(t, out, "inspection.unanswered"), value(t, out, "line.unjudged"), value(t, out, "line.good")
			if none < 1 || unjudged < 1 || unjudged > none || good < 1 {
				t.Errorf("%v without an answer, %v rejected for that, %v good; want some of each", none, unjudged, good)
			}
			if n := value(t, out, "inspection.recogniser_restarts"); n < none-1 {
				t.Errorf("%v restarts after %v parts without an answer", n, none)
			}
			notes := strings.Join(out.Summary.Notes, "\n")
			if !strings.Contains(notes, "inspect: the recogniser gave no answer for ") || !strings.Contains(notes, "inspect: the recogniser was started again ") {
				t.Errorf("the notes are %q", notes)
			}
			if odd != "hangs" { // that depends on the clock
				if again := run(t, sc, twin.Options{}); again.Hash != out.Hash {
					t.Errorf("hash %x, and then %x", out.Hash[:6], again.Hash[:6])
				}
			}
		})
	}
}

func TestARecogniserThatNeverRunsEndsTheRun(t *testing.T) {
	sc := asking(t, "")
	r := sc.Inspections["inspect"].Recogniser
	r.Command = []string{r.Command[0], "no-such-script.py"}
	_, err := build(t, sc, twin.Options{}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "inspections.inspect.recogniser: the recogniser does not run: ") || !strings.Contains(err.Error(), "no-such-script.py") {
		t.Errorf("%v; want it to say what does not run, and its last words", err)
	}
}

func TestOnTheWallClockAPartWhoseAnswerIsLateIsNotJudged(t *testing.T) {
	sc := asking(t, "slow")
	f := sc.Feeders["infeed"]
	f.First = specs.Duration(time.Millisecond)
	sc.Feeders["infeed"] = f
	i := sc.Inspections["inspect"]
	i.Recogniser.Bad, i.Recogniser.Deadline = []string{"red"}, specs.Duration(time.Millisecond)
	i.Deadline = specs.Duration(10 * time.Second)
	sc.Inspections["inspect"] = i
	out := run(t, sc, twin.Options{Realtime: true, Until: 6 * time.Second})
	if none := value(t, out, "inspection.unanswered"); none < 1 || value(t, out, "line.good") != 0 {
		t.Errorf("%v parts without an answer, %v good; the only part in sight has an answer that is late", none, value(t, out, "line.good"))
	}
}

func TestWhatIsWrongWithARecogniserIsToldWhereItIsNamed(t *testing.T) {
	for _, c := range []struct{ cue, want string }{
		{"inspections: inspect: recogniser: {\n\tbad: [\"grey\"]\n\tcommand: [\"no-such-program\", \"x\"]\n}\n",
			`more.cue:5:2: inspections.inspect.recogniser.command: "no-such-program" cannot be run: `},
		{"inspections: inspect: recogniser: {\n\tmodel: \"caps\"\n\tbad: [\"grey\"]\n}\n",
			"more.cue:4:2: inspections.inspect.recogniser.model: no models are known here"},
	} {
		if err := assembled(t, bottlingWith(t, c.cue)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}
