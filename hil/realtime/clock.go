package realtime

import "time"

// Instant is a time in nanoseconds of the system's monotonic clock (CLOCK_MONOTONIC on
// Linux), which all processes of a machine share. It never jumps; where it began has no
// meaning.
type Instant int64

// Add a duration.
func (t Instant) Add(d time.Duration) Instant { return t + Instant(d) }

// Sub is the duration from another instant to this one.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t - u) }

// Next is the first deadline after t of threads of a period, in all processes: the
// deadlines are half a period beside the period's multiples. At those the kernel's own
// timer ticks (every 1, 4 or 10 ms, on every processor), which would come just before
// each deadline and take 20 us.
func (t Instant) Next(period time.Duration) Instant {
	p := Instant(period)
	return t - (t-p/2)%p + p
}

// clock reads Instants without a system call, which takes some 20 to 50 ns.
type clock struct {
	base  time.Time
	start Instant // at base
}

// now is the present instant.
func (c *clock) now() Instant { return c.start + Instant(time.Since(c.base)) }

// Now is the present instant.
func Now() Instant { return monotonic() }
