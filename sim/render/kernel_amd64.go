package render

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what nearerGroups needs.
var vector = cpu.X86.HasAVX2

// nearerGroups is nearer for n > 0 groups of 8 pixels, bit for bit.
//
//go:noescape
func nearerGroups(iz *float32, ids *uint32, z0, dz float32, id uint32, n int)
