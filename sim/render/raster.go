package render

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Raster is the Renderer in pure Go. Its zero value works; it keeps its buffers from
// frame to frame, so that rendering settles at next to no allocation.
type Raster struct {
	// Workers is how many goroutines share a frame; 0 means GOMAXPROCS. The image
	// does not depend on it.
	Workers int

	setup   setup
	scratch []*band
	next    atomic.Int64
	wait    sync.WaitGroup
}

var _ Renderer = (*Raster)(nil)

// bandRows is the height of the pieces of work. It is small enough for a band's
// buffers to stay in the second-level cache, and large enough for the rows that two
// neighbours both need to cost little.
const bandRows = 24

// Render draws the scene. See [Renderer].
func (r *Raster) Render(s *Scene, c Camera, t *Target) error {
	if err := t.check(&c); err != nil {
		return err
	}
	if err := r.setup.prepare(s, &c); err != nil {
		return err
	}
	bands := (c.H + bandRows - 1) / bandRows
	workers := r.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, bands)
	for len(r.scratch) < workers {
		r.scratch = append(r.scratch, new(band))
	}
	r.next.Store(0)
	if workers == 1 {
		r.work(0, s, t, bands)
		return nil
	}
	r.wait.Add(workers - 1)
	for i := 1; i < workers; i++ {
		go func() {
			defer r.wait.Done()
			r.work(i, s, t, bands)
		}()
	}
	r.work(0, s, t, bands)
	r.wait.Wait()
	return nil
}

// work takes bands until there are none left.
func (r *Raster) work(worker int, s *Scene, t *Target, bands int) {
	b := r.scratch[worker]
	for {
		n := int(r.next.Add(1)) - 1
		if n >= bands {
			return
		}
		y0 := n * bandRows
		y1 := min(y0+bandRows, t.H)
		b.draw(&r.setup, s, t, n, y0, y1)
		if t.Finish != nil {
			t.Finish(y0, y1)
		}
	}
}
