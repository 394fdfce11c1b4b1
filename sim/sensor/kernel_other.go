//go:build !amd64

package sensor

// vector tells that there is no assembly for this processor: plain Go does its work.
var vector = false

func bendGroups(out, src *byte, at *uint32, part *uint16, less *uint32, stride, n int, whole, light uint32) {
	panic("sensor: called without a vector unit")
}

func lookGroups(s *sight, n int) { panic("sensor: called without a vector unit") }

func measureGroups(s *sight, m *meter, n int) { panic("sensor: called without a vector unit") }

func noiseGroups(px *byte, random *uint64, sigma *int32, n int) {
	panic("sensor: called without a vector unit")
}
