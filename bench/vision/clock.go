//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// cost is the processor time in ms that f takes by a clock of suite. f stays on one thread.
func cost(clock func() time.Duration, f func()) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := clock()
	f()
	return float64(clock()-begin) / 1e6
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
