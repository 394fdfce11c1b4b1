//go:build !amd64

package sensor

// vector tells that there is no assembly for this processor: plain Go does its work.
var vector = false

func bendGroups(out, src *byte, at *uint32, part *uint16, less *uint32, stride, n int, whole, light uint32) {
	panic("sensor: called without a vector unit")
}
