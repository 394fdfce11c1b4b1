package sensor

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what the kernels need.
var vector = cpu.X86.HasAVX2

// bendGroups resamples n > 0 groups of 8 pixels of a row as lens.color does, and gives them
// their light as level.apply does. It writes 28 bytes for the last group.
//
//go:noescape
func bendGroups(out, src *byte, at *uint32, part *uint16, less *uint32, stride, n int, whole, light uint32)

// lookGroups is sight.pixel for n > 0 groups of 8 pixels, but for those that it notes in slow.
//
//go:noescape
func lookGroups(s *sight, n int)

// measureGroups is meter.pixel for n > 0 groups of 8 pixels, written to the frame.
//
//go:noescape
func measureGroups(s *sight, m *meter, n int)

// noiseGroups is noise.pixels for n > 0 groups of 8 pixels.
//
//go:noescape
func noiseGroups(px *byte, random *uint64, sigma *int32, n int)
