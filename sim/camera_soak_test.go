package sim

import (
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
)

// However many frames, and whenever the camera is lost: all come back to the pool, which
// stays as small as it was, the memory does not grow, and each trigger is accounted for.
// With LINETWIN_SOAK=1 it is 100,000 frames.
func TestManyFramesOfACameraThatIsLostNowAndThenLeakNothing(t *testing.T) {
	frames := 3000
	if os.Getenv("LINETWIN_SOAK") != "" {
		frames = 100_000
	}
	length := time.Duration(frames) * 40 * ms
	r := rand.New(rand.NewPCG(5, 5))
	s := newStage(t, func(s *specs.Scenario) {
		c := s.Cameras["top"]
		c.Fidelity, c.Width, c.Height, c.DepthMode = "pixels", 64, 64, "aligned"
		s.Cameras["top"] = c
		for at := 5 * sec; at < length; at += 2*sec + time.Duration(r.Int64N(int64(20*sec))) {
			kind := []string{"unplug", "freeze", "offline", "drop-frames"}[r.IntN(4)]
			s.Faults = append(s.Faults, strike(at, time.Duration(1+r.Int64N(int64(sec))), "top", kind))
		}
	})
	s.deaf = true
	c := s.w.cameras["top"]
	c.pool = vision.NewPool(vision.PoolOptions{Limit: 6})
	// Those who look keep a frame for up to four more.
	var held []*vision.Frame
	c.Listen(func(_ time.Duration, f *vision.Frame) {
		if f.Color.W != 64 || len(f.Depth.Z) != 64*64 {
			t.Fatalf("a frame of %d x %d", f.Color.W, len(f.Depth.Z))
		}
		held = append(held, f.Retain())
		if i := r.IntN(len(held)); len(held) > 4 {
			held[i].Release()
			held[i] = held[len(held)-1]
			held = held[:len(held)-1]
		}
	})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // pools lose what they have in the second one
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var half uint64
	s.hand.At(engine.Sense, length/2, func(time.Duration) { half = heap() })
	s.hand.Every(engine.Sense, 40*ms, 0, func(now time.Duration) { c.trigger(now) })
	s.play(length)
	if end := heap(); end > half+half/10+1<<20 {
		t.Errorf("%d bytes in use at half time, %d at the end", half, end)
	}
	s.balanced("top")
	counters := c.life.manager.Counters()
	if counters.Triggers < uint64(frames)-2 || counters.Answered < uint64(frames)/2 || counters.Lost() < uint64(frames)/100 {
		t.Errorf("%+v", counters)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range held {
		f.Release()
	}
	if p := c.Frames(); p.Live != 0 || p.Free != p.Made || p.Made > 6 {
		t.Errorf("the pool: %+v", p)
	}
	t.Logf("%d triggers, %d frames, %v lost (%v), the pool made %d", counters.Triggers, counters.Answered, counters.Missed, counters.Losses, c.Frames().Made)
}
