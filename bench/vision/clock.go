//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// The clocks of processor time: of this thread, and of all of this process.
const (
	ofThread  int32 = unix.CLOCK_THREAD_CPUTIME_ID
	ofProcess int32 = unix.CLOCK_PROCESS_CPUTIME_ID
)

// cost is the processor time in ms that f takes by a clock, which exists on every Linux. f stays on
// one thread.
func cost(clock int32, f func()) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := processorTime(clock)
	f()
	return float64(processorTime(clock)-begin) / 1e6
}

func processorTime(clock int32) time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(clock, &t)
	return time.Duration(t.Nano())
}

// progress says on standard error every now and then how far a part is.
func progress() func(done, all int) {
	last := time.Now()
	return func(done, all int) {
		if now := time.Now(); now.Sub(last) > 10*time.Second {
			last = now
			fmt.Fprintf(os.Stderr, "  %d of %d\n", done, all)
		}
	}
}
