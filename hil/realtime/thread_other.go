//go:build !linux

package realtime

import (
	"runtime"
	"time"
)

// tune changes nothing here, and says so.
func (o *Options) tune() (notes string, restore func()) {
	return "this system is not Linux: the thread has no CPU, priority or locked memory of its own and sleeps as Go does, up to some milliseconds too long", func() {}
}

// sleepUntil sleeps until an instant or somewhat longer.
func sleepUntil(c *clock, t Instant) { time.Sleep(t.Sub(c.now())) }

// usage is not told here.
type usage struct{}

func newUsage(*stats) *usage { return &usage{} }

func (*usage) record(*stats) {}

func stealTicks() uint64 { return 0 }

// allowedCPUs are numbers only: threads cannot be bound to them here.
func allowedCPUs() (cpus []int) {
	for i := range runtime.NumCPU() {
		cpus = append(cpus, i)
	}
	return cpus
}

// limitRun is not needed without real-time threads.
func limitRun() {}
