package vision

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// Pool makes frames whose buffers are used again, so that a camera in steady state
// allocates nothing and nothing is copied on the way from it to the last one who looks.
//
// Get gives a frame with one reference. Who hands it on to somebody who keeps it calls
// Retain before; each reference is given back by one Release, and with the last one the
// buffers go back to the pool. Frames that come from no pool, of a test or a replay, take all
// of these calls and ignore them.
//
// All methods of a pool, and Retain, Release, Lend and Return of its frames, may be called
// from any goroutine. The zero Pool is one without a limit.
type Pool struct {
	opt   PoolOptions
	mu    sync.Mutex
	free  []*Frame
	stats PoolStats
}

// PoolOptions of a pool.
type PoolOptions struct {
	// Limit is how many frames may be in use at a time, 0 for any number. Frames that are
	// only lent do not count.
	Limit int
	// Check finds mistakes, at the price of an allocation for each frame and of a pass over
	// the buffers: what is released is filled with poison (a grey level of 0xA5, a depth that is
	// not a number), which is looked at again before the buffers are used again, and a
	// *Frame is never given out twice, so that every use of one that was released is noticed.
	Check bool
}

// PoolStats tells where a pool's frames are.
type PoolStats struct {
	Live    int    // in use: somebody has retained them
	Lent    int    // in use, but only by those to whom they were lent
	Free    int    // ready to be given out
	Peak    int    // the most that were in use at a time, lent ones included
	Made    int    // frames that had to be made; Live + Lent + Free
	Given   uint64 // times that Get gave one
	Refused uint64 // times that Get gave none because of the limit
}

// lease is what ties a frame to its pool.
type lease struct {
	pool *Pool
	refs int // given out by Get and Retain
	lent int // given out by Lend
	seen Modelled
}

// NewPool makes a pool. It panics when the limit is negative.
func NewPool(o PoolOptions) *Pool {
	if o.Limit < 0 {
		panic(fmt.Sprintf("vision: a pool of at most %d frames; the limit must be 0, for none, or more", o.Limit))
	}
	return &Pool{opt: o}
}

// Get gives a frame with one reference, or nil when as many as the limit allows are in
// use. Its fields are zero, but that Color.Pix, Depth.Z and Confidence have capacity left from
// earlier use: who fills the frame takes that as far as it goes.
func (p *Pool) Get() *Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opt.Limit > 0 && p.stats.Live >= p.opt.Limit {
		p.stats.Refused++
		return nil
	}
	var f *Frame
	if n := len(p.free); n > 0 {
		f = p.free[n-1]
		p.free[n-1] = nil
		p.free = p.free[:n-1]
		p.stats.Free--
	} else {
		f = &Frame{lease: &lease{pool: p}}
		p.stats.Made++
	}
	if p.opt.Check {
		f.mustBePoisoned()
		f = &Frame{Color: f.Color, Depth: f.Depth, Confidence: f.Confidence, lease: &lease{pool: p}}
	}
	f.wipe()
	f.lease.refs = 1
	p.stats.Given++
	p.stats.Live++
	p.stats.Peak = max(p.stats.Peak, p.stats.Live+p.stats.Lent)
	return f
}

// Stats of the pool at this moment.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// wipe makes all fields zero but the buffers, of which the capacity stays.
func (f *Frame) wipe() {
	*f = Frame{
		Color: Image{Pix: f.Color.Pix[:0]}, Depth: Depth{Z: f.Depth.Z[:0]}, Confidence: f.Confidence[:0],
		lease: f.lease,
	}
}

// Retain adds a reference, and returns the frame. It panics when the frame has been
// released already: whoever calls it must hold a reference.
func (f *Frame) Retain() *Frame {
	l := f.leased()
	if l == nil {
		return f
	}
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	f.mustLive("retained")
	if l.refs++; l.refs == 1 { // it was only lent
		l.pool.stats.Lent--
		l.pool.stats.Live++
	}
	return f
}

// Release gives a reference back; the frame must not be used any more. With the last
// reference its buffers go back to the pool. It panics when none is left to be given
// back.
func (f *Frame) Release() {
	l := f.leased()
	if l == nil {
		return
	}
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	if l.refs == 0 {
		panic("vision: " + f.title() + " is released once too often; each Get and each Retain has one Release")
	}
	if l.refs--; l.refs > 0 {
		return
	}
	l.pool.stats.Live--
	if l.lent > 0 {
		l.pool.stats.Lent++
		return
	}
	f.giveBack()
}

// Lend adds a reference of another sort, and returns the frame: for one who reads it at
// its own pace, such as a recorder. It keeps the buffers, but does not count for the pool's
// limit, so that whether the next picture can be taken does not hang on it. It is for those
// who bound what they keep themselves. Return gives it back.
func (f *Frame) Lend() *Frame {
	l := f.leased()
	if l == nil {
		return f
	}
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	f.mustLive("lent")
	l.lent++
	return f
}

// Return gives back what Lend gave.
func (f *Frame) Return() {
	l := f.leased()
	if l == nil {
		return
	}
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	if l.lent == 0 {
		panic("vision: " + f.title() + " is returned once too often; each Lend has one Return")
	}
	if l.lent--; l.lent > 0 || l.refs > 0 {
		return
	}
	l.pool.stats.Lent--
	f.giveBack()
}

// Model sets Modelled to an empty one, and returns it: the frame's own, for as long as it is
// held, or of a frame that comes from no pool a new one.
func (f *Frame) Model() *Modelled {
	if f.lease == nil {
		f.Modelled = new(Modelled)
	} else {
		f.lease.seen = Modelled{}
		f.Modelled = &f.lease.seen
	}
	return f.Modelled
}

// Clone is a copy of the frame, pixels and all, that belongs to no pool: for tests, and for
// who keeps one frame for long.
func (f *Frame) Clone() *Frame {
	c := *f
	c.lease = nil
	c.Color.Pix, c.Depth.Z, c.Confidence = slices.Clone(f.Color.Pix), slices.Clone(f.Depth.Z), slices.Clone(f.Confidence)
	if f.Modelled != nil {
		m := *f.Modelled
		c.Modelled = &m
	}
	return &c
}

// leased is the frame's tie to its pool, nil if it has none.
func (f *Frame) leased() *lease {
	if f == nil {
		return nil
	}
	return f.lease
}

func (f *Frame) mustLive(what string) {
	if f.lease.refs == 0 && f.lease.lent == 0 {
		panic("vision: " + f.title() + " is " + what + " after its last Release; hold a reference as long as the frame is in use")
	}
}

// title names the frame in a panic.
func (f *Frame) title() string {
	if f.Camera == "" {
		return "a frame that has gone back to its pool"
	}
	return fmt.Sprintf("frame %d of camera %s", f.Seq, f.Camera)
}

// giveBack puts the frame among the free ones; the pool's lock is held.
func (f *Frame) giveBack() {
	p := f.lease.pool
	if p.opt.Check {
		f.poison()
	}
	// Its name is gone with its content, and so is what it pointed to.
	pix, z, conf := f.Color.Pix, f.Depth.Z, f.Confidence
	*f = Frame{Color: Image{Pix: pix}, Depth: Depth{Z: z}, Confidence: conf, lease: f.lease}
	p.stats.Free++
	if !p.opt.Check {
		p.free = append(p.free, f)
		return
	}
	p.free = append(p.free, &Frame{Color: Image{Pix: pix}, Depth: Depth{Z: z}, Confidence: conf})
	f.Color.Pix, f.Depth.Z, f.Confidence = nil, nil, nil
}

// poisonGray fills the bytes of a frame that was released in a pool with Check.
const poisonGray = 0xA5

func (f *Frame) poison() {
	for _, b := range [][]byte{f.Color.Pix[:cap(f.Color.Pix)], f.Confidence[:cap(f.Confidence)]} {
		for i := range b {
			b[i] = poisonGray
		}
	}
	nan := float32(math.NaN())
	z := f.Depth.Z[:cap(f.Depth.Z)]
	for i := range z {
		z[i] = nan
	}
}

// mustBePoisoned panics when somebody has written to a frame that was released.
func (f *Frame) mustBePoisoned() {
	const text = "vision: somebody has written to the %s of a frame after its last Release, at index %d; keep no slice of a frame that you do not hold"
	for i, v := range f.Color.Pix[:cap(f.Color.Pix)] {
		if v != poisonGray {
			panic(fmt.Sprintf(text, "colour", i))
		}
	}
	for i, v := range f.Confidence[:cap(f.Confidence)] {
		if v != poisonGray {
			panic(fmt.Sprintf(text, "confidence", i))
		}
	}
	for i, v := range f.Depth.Z[:cap(f.Depth.Z)] {
		if v == v {
			panic(fmt.Sprintf(text, "depth", i))
		}
	}
}
