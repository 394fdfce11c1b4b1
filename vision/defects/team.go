package defects

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// team shares rows out to goroutines. Rows come in strips of a fixed height, so that what is summed
// strip by strip does not depend on how many goroutines there are.
type team struct{ workers int }

const stripRows = 32

func newTeam(workers int) team {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return team{workers}
}

// strips is how many strips h rows make.
func (t team) strips(h int) int { return (h + stripRows - 1) / stripRows }

// rows calls f for each strip of h rows.
func (t team) rows(h int, f func(strip, r0, r1 int)) {
	t.each(t.strips(h), func(i int) { f(i, i*stripRows, min((i+1)*stripRows, h)) })
}

// each calls f for 0 to n-1, in any order and on any goroutine.
func (t team) each(n int, f func(i int)) {
	if t.workers == 1 || n < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			f(i)
		}
	}
	for range min(t.workers, n) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
