package twin_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

// thinWall is the scenario thin-wall, or the first part of it.
func thinWall(t testing.TB, until time.Duration) twin.Scenario {
	t.Helper()
	return changed(t, "../scenarios/thin-wall", func(s *specs.Scenario) {
		if until > 0 {
			s.Duration = specs.Duration(until)
			s.Expect = map[string]string{}
		}
	})
}

func TestTheThinWallKeepsItsBounds(t *testing.T) {
	t.Parallel()
	out := run(t, thinWall(t, 0), twin.Options{})
	for _, e := range out.Summary.Expect {
		if !e.Pass {
			t.Errorf("%s: %s", e.Metric, e.Text)
		}
	}
	if out.Summary.Verdict != bench.Pass || len(out.Summary.Expect) < 15 {
		t.Errorf("the verdict is %v, by %d bounds", out.Summary.Verdict, len(out.Summary.Expect))
	}
}

func TestOneSeedGivesOneHashWithMillsAsWell(t *testing.T) {
	sc := thinWall(t, 14*time.Second)
	first := run(t, sc, twin.Options{})
	if n := first.Summary.Metrics["cnc.corrected.path_error"].Count; n == nil || *n < 1000 {
		t.Fatalf("the tool cuts in few cycles only: %v", n)
	}
	same := func(name string, got [32]byte) {
		t.Helper()
		if got != first.Hash {
			t.Errorf("%s: hash %x, want %x", name, got[:6], first.Hash[:6])
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
	// A replay needs no program, no tables and no tools.
	away := sc
	away.Dir = t.TempDir()
	same("replayed", run(t, away, twin.Options{Replay: rec}).Hash)
	other := thinWall(t, 14*time.Second)
	other.Seed = 2
	if run(t, other, twin.Options{}).Hash == first.Hash {
		t.Error("another seed gives the same hash")
	}
}
