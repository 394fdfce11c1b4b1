//go:build unix

package sensor_test

import (
	"syscall"
	"testing"

	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// Beside the time that passes, these report the processor time that a frame costs on
// all cores together (cpu-ms/op): it does not depend on what else the machine does.

// Bottles come at least 1.15 m apart: the reference scenario shows one at a time.
func BenchmarkShootBottlingFrame(b *testing.B) { benchmarkShoot(b, frontCamera(), 1, 0.5) }

func BenchmarkShootBottlingFrameAtRest(b *testing.B) { benchmarkShoot(b, frontCamera(), 1, 0) }

func BenchmarkShootThreeBottles(b *testing.B) { benchmarkShoot(b, frontCamera(), 3, 0.5) }

func BenchmarkShootToolFrame(b *testing.B) { benchmarkShoot(b, toolCamera(), 1, 0) }

func BenchmarkShootThroughLens(b *testing.B) {
	c := frontCamera()
	c.Sim.K1, c.Sim.K2 = -0.12, 0.03
	benchmarkShoot(b, c, 1, 0)
}

// All that the sheets tell: a lens, a rolling shutter, lamps that flicker, and depth of a
// time-of-flight camera of its own. sim/render/internal/egl has the same view drawn by Mesa's
// llvmpipe, without any of that.
func BenchmarkShootDatasheetFrame(b *testing.B) {
	for _, mode := range []string{"wfov-binned", "nfov-unbinned"} {
		b.Run(mode, func(b *testing.B) { benchmarkShoot(b, datasheetCamera(mode), 1, 0.5) })
	}
}

func benchmarkShoot(b *testing.B, c specs.Camera, bottles int, speed float64) {
	w := newWorld(b)
	scene := w.line(0)
	scene.Parts = scene.Parts[:bottles]
	scene.Speed = speed
	pose := frontPose
	if !c.Depth {
		pose = toolPose
	}
	s := sensor.New(c)
	var f vision.Frame
	if err := s.Shoot(scene, pose, 0, &f); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := processorTime(b)
	n := uint64(0)
	for ; b.Loop(); n++ {
		if err := s.Shoot(scene, pose, n, &f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processorTime(b)-before)*1000/float64(n), "cpu-ms/op")
}

func processorTime(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
