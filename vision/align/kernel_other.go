//go:build !amd64

package align

// vector tells that there are no kernels in assembly for this processor: the ones in plain Go are used.
const vector = false

var markOf [2][256]uint64

func projectChunk(*constants, *float32, *float32, *float32, *float32, *float32, *float32, *float32, *float32, *float32, *float32) {
}
func classify(*float32, *float32, float32, float32) uint64                                { return 0 }
func planQuads(*plan, *raster, *float32, *float32, *float32, int64, int64, uint32) uint32 { return 0 }
func drawQuads(*plan, *float32, int64, uint32)                                            {}
func finishRow(*float32, *Mark, *float32, *float32, int64, *[2][256]uint64, bool)         {}
