package sensor

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what bendGroups needs.
var vector = cpu.X86.HasAVX2

// bendGroups resamples n > 0 groups of 8 pixels of a row as lens.color does, and gives them
// their light as level.apply does. It writes 28 bytes for the last group.
//
//go:noescape
func bendGroups(out, src *byte, at *uint32, part *uint16, less *uint32, stride, n int, whole, light uint32)
