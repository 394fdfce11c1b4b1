package realtime_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"linetwin.dev/hil/realtime"
)

// rounds of tests that kill processes.
func rounds() int {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 1000
	}
	return 15
}

func sharedRings(t *testing.T, slots int, names ...string) (*realtime.Memory, []*realtime.Ring[numbered]) {
	t.Helper()
	m, err := realtime.ShareMemory((len(names) + 1) * realtime.RingSize[numbered](slots))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { m.Close() })
	var rings []*realtime.Ring[numbered]
	for _, name := range names {
		r, err := realtime.CreateRing[numbered](m, name, slots)
		if err != nil {
			t.Fatal(err)
		}
		rings = append(rings, r)
	}
	return m, rings
}

// patience with a process that does nothing.
const patience = 20 * time.Second

// waitFor asks until it is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

func TestAProducerThatIsKilledAtAnyMomentLeavesARingWithoutGaps(t *testing.T) {
	m, rings := sharedRings(t, 64, "there")
	c := rings[0].Consumer()
	random := rand.New(rand.NewPCG(1, 2))
	vs := make([]numbered, 7)
	for range rounds() {
		cmd := start(t, "producer", m.File())
		// It is killed after a random number of elements, wherever it is then.
		end := c.Position() + 1 + random.Uint64N(20_000)
		waitFor(t, "elements", func() bool {
			for {
				at := c.Position()
				n := c.PopBatch(vs[:1+at%7])
				if n == 0 {
					return false
				}
				for i := range vs[:n] {
					if vs[i].N != at+uint64(i) || !vs[i].whole() {
						t.Fatalf("element %d is %d, whole %t", at+uint64(i), vs[i].N, vs[i].whole())
					}
				}
				if c.Position() >= end {
					return true
				}
			}
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
	}
}

func TestAConsumerThatIsKilledAtAnyMomentTakesNoMoreAlongThanItHadPopped(t *testing.T) {
	m, rings := sharedRings(t, 64, "there", "back")
	p, c := rings[0].Producer(), rings[1].Consumer()
	random := rand.New(rand.NewPCG(3, 4))
	var due uint64 // element that has to come next
	var v numbered
	gaps := 0
	for kills := range rounds() {
		cmd := start(t, "echo", m.File())
		end := due + 1 + random.Uint64N(5_000)
		waitFor(t, "the echo", func() bool {
			for {
				v = newNumbered(p.Position())
				pushed := p.Push(&v)
				popped := c.Pop(&v)
				if !pushed && !popped {
					return false
				}
				if !popped {
					continue
				}
				// Each one that was killed may have popped a batch that it did not hand on.
				if v.N > due && v.N-due <= 9 && gaps < kills {
					due = v.N
					gaps++
				}
				if v.N != due || !v.whole() {
					t.Fatalf("element %d came where %d was due, whole %t", v.N, due, v.whole())
				}
				if due++; due >= end {
					return true
				}
			}
		})
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
	}
}
