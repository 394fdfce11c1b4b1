package render

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Team shares out pieces of work over goroutines that live as long as a call of Do. Its
// zero value works; it must not be copied, and serves one call at a time. After the
// first call it allocates nothing.
type Team struct {
	do      func(worker, piece int)
	pieces  int
	next    atomic.Int64
	workers atomic.Int64
	wait    sync.WaitGroup
	join    func()
}

// Do calls do for every piece, from 0 to pieces-1, and returns when all is done. Workers
// is how many goroutines share them, GOMAXPROCS if it is 0; each has its number, from 0,
// and takes the next piece when it is through with one. A do that is made once and kept
// costs no allocation.
func (t *Team) Do(workers, pieces int, do func(worker, piece int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, pieces)
	if t.join == nil {
		t.join = func() {
			defer t.wait.Done()
			t.work()
		}
	}
	t.do, t.pieces = do, pieces
	t.next.Store(0)
	t.workers.Store(0)
	t.wait.Add(max(workers-1, 0))
	for range workers - 1 {
		go t.join()
	}
	t.work()
	t.wait.Wait()
	t.do = nil
}

// work takes pieces until there are none left.
func (t *Team) work() {
	worker := int(t.workers.Add(1)) - 1
	for {
		n := int(t.next.Add(1)) - 1
		if n >= t.pieces {
			return
		}
		t.do(worker, n)
	}
}
