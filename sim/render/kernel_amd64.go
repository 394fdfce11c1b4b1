package render

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what the kernels need.
var vector = cpu.X86.HasAVX2

// nearerGroups is nearer for n > 0 groups of 8 pixels, bit for bit.
//
//go:noescape
func nearerGroups(iz *float32, ids *uint32, z0, dz float32, id uint32, n int)

// wrappedGroups is wrappedRun for n > 0 groups of 8 pixels, bit for bit.
//
//go:noescape
func wrappedGroups(px *byte, iz *float32, m *mip, a *texel, n int)
