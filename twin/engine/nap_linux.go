package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps for a short while in the kernel, past Go's timers.
func nap(d time.Duration) {
	if d <= 0 {
		return
	}
	ts := unix.NsecToTimespec(int64(d))
	// An interrupted nap is a shorter one: the caller looks at the clock again.
	_ = unix.Nanosleep(&ts, nil)
}
