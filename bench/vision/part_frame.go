//go:build linux

package main

import (
	"fmt"
	"testing"
	"unsafe"

	"linetwin.dev/bench"
	"linetwin.dev/vision"
)

// measureFrame takes frames from a pool, has the simulated camera fill them, and hands them through three
// holders, each of which looks at the pixels, and back.
func measureFrame(s *session) ([]bench.Row, error) {
	st, err := newStudio()
	if err != nil {
		return nil, err
	}
	scene := st.scene()
	pool := vision.NewPool(vision.PoolOptions{Limit: 4})
	var failed error
	copies, frames := 0, 0
	fill := func(f *vision.Frame) {
		if err := st.sensor.Shoot(scene, st.pose, 1, f); err != nil {
			failed = err
		}
	}
	travel := func(fill func(*vision.Frame)) {
		f := pool.Get()
		if f == nil {
			failed = fmt.Errorf("the pool gives no frame: %+v", pool.Stats())
			return
		}
		fill(f)
		color, depth := unsafe.SliceData(f.Color.Pix), unsafe.SliceData(f.Depth.Z)
		holders := [3]*vision.Frame{f.Retain(), f.Retain(), f.Retain()}
		f.Release()
		for _, h := range holders {
			if unsafe.SliceData(h.Color.Pix) != color || unsafe.SliceData(h.Depth.Z) != depth {
				copies++
			}
			h.Release()
		}
		frames++
	}
	// The camera's own work is left out of the count of allocations, which is of handing on.
	once := pool.Get()
	fill(once)
	once.Release()
	refill := func(f *vision.Frame) {
		f.Color.W, f.Color.H, f.Color.Pix = 1280, 720, f.Color.Pix[:3*1280*720]
		f.Depth.W, f.Depth.H, f.Depth.Z = 1280, 720, f.Depth.Z[:1280*720]
	}
	allocations := testing.AllocsPerRun(1000, func() { travel(refill) })
	whole := testing.AllocsPerRun(s.rounds, func() { travel(fill) })
	if failed != nil {
		return nil, failed
	}
	if st := pool.Stats(); st.Live != 0 || st.Made != 1 {
		return nil, fmt.Errorf("frames did not come back to the pool: %+v", st)
	}
	fmt.Printf("\n%d frames through three holders: %d copies, %g allocations a frame; %g with the simulated camera that fills them\n", frames, copies, allocations, whole)
	return []bench.Row{
		bench.Measured("frame through three holders and back: copies", float64(copies)/float64(frames), "1", "<= 0"),
		bench.Measured("the same: allocations", allocations, "1", "<= 0"),
		bench.Measured("the same with the simulated camera: allocations", whole, "1", "<= 0"),
	}, nil
}
