//go:build !linux

package realtime

import "time"

// began stands for the start of the clock: the process, since the standard library does
// not tell the system's.
var began = time.Now()

func monotonic() Instant { return Instant(time.Since(began)) }

func newClock() *clock { return &clock{base: began} }
