package recogniser

import "time"

// Backoff is how long a recogniser that ended waits before it is started again: First
// after the first time, twice as long after each further one, never longer than Most.
// The zero value waits 250 ms at first and 30 s at most.
type Backoff struct{ First, Most time.Duration }

// After is the wait after so many failures in a row, from 1 on.
func (b Backoff) After(failures int) time.Duration {
	wait, most := b.First, b.Most
	if wait <= 0 {
		wait = 250 * time.Millisecond
	}
	if most <= 0 {
		most = 30 * time.Second
	}
	for ; failures > 1 && wait < most; failures-- {
		wait *= 2
	}
	return min(wait, most)
}
