package align

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what the kernels in assembly need. They give the same bits
// as those in plain Go, which say what they do.
var vector = cpu.X86.HasAVX2

// projectChunk is constants.projectChunk.
//
//go:noescape
func projectChunk(l *constants, src, rx, ry, rz, u, v, z, s, top, bottom *float32)

// classify gives smooth in the lower half of the result, and some in the upper one.
//
//go:noescape
func classify(upper, lower *float32, abs, rel float32) uint64

// planQuads works out how to draw those of 32 quadrilaterals whose bits are set in mask. Their first
// corners lie at u, v, z and on; the second ones b, the third ones c, the fourth ones b + c further. It
// gives the bits of those of which something is to be drawn.
//
//go:noescape
func planQuads(p *plan, r *raster, u, v, z *float32, b, c int64, mask uint32) uint32

// drawQuads draws the quadrilaterals of a plan whose bits are set in mask.
//
//go:noescape
func drawQuads(p *plan, near *float32, pitch int64, mask uint32)

// finishRow does n blocks of eight pixels; marks may be nil. Where stream is set, and out begins on a
// multiple of 32 bytes, it writes past the caches.
//
//go:noescape
func finishRow(out *float32, marks *Mark, near, gap *float32, n int64, table *[2][256]uint64, stream bool)

// markOf holds the marks of eight pixels: Seen where they are not empty, and Occluded where a gap
// spans empty ones.
var markOf = func() (t [2][256]uint64) {
	for bits := range 256 {
		for i := range 8 {
			if bits>>i&1 == 0 {
				t[0][bits] |= uint64(Seen) << (8 * i)
			} else {
				t[1][bits] |= uint64(Occluded) << (8 * i)
			}
		}
	}
	return t
}()
