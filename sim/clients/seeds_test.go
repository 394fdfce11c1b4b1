package clients

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// seeds is how many worlds a run of the tests tries; LINETWIN_SOAK=1 tries many more.
func seeds() uint64 {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 30_000
	}
	return 1000
}

// Clients on networks that delay, reorder between connections, cut, truncate, half-open
// and refuse, with a server that is stopped and killed: every history is linearizable, no
// acknowledged write is lost, no push is older than one before, every watch goes on after
// a reconnect with the newest values, a source that is lost leaves its register bad, and
// clocks are known as well as is said.
func TestWhateverTheNetworkDoesClientsSeeTheTruth(t *testing.T) {
	const shards = 20
	for shard := range uint64(shards) {
		t.Run(fmt.Sprint("shard ", shard), func(t *testing.T) {
			t.Parallel()
			for seed := shard; seed < seeds(); seed += shards {
				if faults := newWorld(seed, mutant{}).run(); len(faults) > 0 {
					t.Fatalf("seed %d:\n%s", seed, strings.Join(faults, "\n"))
				}
			}
		})
	}
}

func TestOneSeedIsOneStory(t *testing.T) {
	tell := func(seed uint64) string {
		w := newWorld(seed, mutant{})
		w.trace = sha256.New()
		w.run()
		return hex.EncodeToString(w.trace.Sum(nil))
	}
	for seed := range uint64(5) {
		want := tell(seed)
		for _, n := range []int{1, 2} {
			old := runtime.GOMAXPROCS(n)
			if got := tell(seed); got != want {
				t.Errorf("seed %d with GOMAXPROCS %d: %s, want %s", seed, n, got, want)
			}
			runtime.GOMAXPROCS(old)
		}
		if tell(seed+1000) == want {
			t.Errorf("seeds %d and %d tell one story", seed, seed+1000)
		}
	}
}

func BenchmarkSeed(b *testing.B) {
	b.ReportAllocs()
	for seed := uint64(0); b.Loop(); seed++ {
		newWorld(seed%100, mutant{}).run()
	}
}
