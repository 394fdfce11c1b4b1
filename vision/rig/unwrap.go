package rig

import "time"

// Unwrapper makes a counter that overflows into a time that does not. It holds as long as the
// camera's clock and the line's do not drift apart by half of the counter's range while no
// frame comes: frames may be dropped, come in any order, or stay away for hours.
//
// The zero value is not ready: fill in Bits and Tick.
type Unwrapper struct {
	Bits uint          // of the counter, 1 to 63
	Tick time.Duration // of one count, as time.Microsecond

	begun   bool
	last    int64 // count, unwrapped
	arrived time.Duration
}

// Time of a count, of a frame that arrived at an instant of the line's clock. The first is
// the count itself.
func (u *Unwrapper) Time(count uint64, arrived time.Duration) time.Duration {
	size := int64(1) << u.Bits
	c := int64(count) & (size - 1)
	if !u.begun {
		u.begun, u.last, u.arrived = true, c, arrived
		return time.Duration(c) * u.Tick
	}
	expected := u.last + int64((arrived-u.arrived)/u.Tick)
	// The count nearest to what is expected that ends in these bits.
	n := expected + (c-expected)&(size-1)
	if n-expected >= size/2 {
		n -= size
	}
	if n > u.last {
		u.last, u.arrived = n, arrived
	}
	return time.Duration(n) * u.Tick
}
