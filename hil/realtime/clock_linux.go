package realtime

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// monotonic asks the system.
func monotonic() Instant {
	var ts unix.Timespec
	// It fails for clocks that do not exist only.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return Instant(ts.Nano())
}

// newClock finds out what separates Go's monotonic clock from the system's. They run
// alike, so every reading of the one between two of the other narrows a constant down.
func newClock() *clock {
	base := time.Now()
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	for range 64 {
		before := int64(time.Since(base))
		at := int64(monotonic())
		after := int64(time.Since(base))
		least, most = max(least, at-after), min(most, at-before)
	}
	return &clock{base: base, start: Instant(least + (most-least)/2)}
}
