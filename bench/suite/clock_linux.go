package suite

import (
	"time"

	"golang.org/x/sys/unix"
)

// ThreadTime is the processor time of this thread: lock the goroutine to it.
func ThreadTime() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

// ProcessTime is the processor time of all of this process.
func ProcessTime() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

// clock is what a clock of this process or thread says, which exists on every Linux.
func clock(id int32) time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(id, &t)
	return time.Duration(t.Nano())
}
