//go:build !amd64

package render

// vector tells that there is no assembly for this processor: plain Go does its work.
var vector = false

func nearerGroups(iz *float32, ids *uint32, z0, dz float32, id uint32, n int) {
	panic("render: called without a vector unit")
}

func wrappedGroups(px *byte, iz *float32, m *mip, a *texel, n int) {
	panic("render: called without a vector unit")
}
