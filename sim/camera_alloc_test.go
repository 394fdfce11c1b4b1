package sim

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
)

// A camera that looks at a line that stands, from the trigger to who looks at the frame and
// gives it back: through the engine, the register bank, the manager, the renderer and the
// pool, no frame takes memory.
func TestAFrameTakesNoMemoryInSteadyState(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the renderers' pools
	for _, fidelity := range []string{"pixels", "modelled"} {
		t.Run(fidelity, func(t *testing.T) {
			s := newStage(t, func(s *specs.Scenario) {
				c := s.Cameras["top"]
				c.Fidelity, c.Width, c.Height, c.DepthMode = fidelity, 160, 90, "aligned"
				s.Cameras["top"] = c
				for n, e := range s.Conveyors {
					e.Encoder.Period = specs.Duration(time.Hour)
					s.Conveyors[n] = e
				}
			})
			s.deaf = true
			c := s.w.cameras["top"]
			c.pool = vision.NewPool(vision.PoolOptions{Limit: 4})
			frames := 0
			var held *vision.Frame
			c.Listen(func(_ time.Duration, f *vision.Frame) {
				frames++
				held.Release()
				held = f.Retain()
			})
			var before, after runtime.MemStats
			var n int
			s.hand.At(engine.Sense, 4*sec, func(time.Duration) {
				n = frames
				runtime.ReadMemStats(&before)
			})
			s.hand.Every(engine.Sense, 50*ms, 0, func(now time.Duration) { c.trigger(now) })
			s.hand.At(engine.Sense, 24*sec, func(time.Duration) {
				n = frames - n
				runtime.ReadMemStats(&after)
			})
			s.play(24 * sec)
			per := float64(after.Mallocs-before.Mallocs) / float64(n)
			t.Logf("%d frames, %.3f allocations and %.1f bytes a frame", n, per, float64(after.TotalAlloc-before.TotalAlloc)/float64(n))
			if n != 400 {
				t.Errorf("%d frames", n)
			}
			if per > 0.5 { // the runtime takes some for the renderer's goroutines, now and then
				t.Errorf("%.2f allocations a frame", per)
			}
			held.Release()
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if p := c.Frames(); p.Live != 0 || p.Made > 3 {
				t.Errorf("the pool: %+v", p)
			}
		})
	}
}
