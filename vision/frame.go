package vision

import "time"

// Frame is one exposure of a camera: colour, depth in the same pixel grid, the
// intrinsics of that grid, and when it happened on the line's clock. A frame is
// immutable once it has been handed out.
type Frame struct {
	Camera string
	// Seq counts the frames that the camera handed out; Trigger counts the
	// triggers that it received, so that a lost frame leaves a gap in it.
	Seq     uint64
	Trigger uint64
	Color   Image
	Depth   Depth // empty when the camera has no depth
	K       Intrinsics
	// Exposed is the middle of the exposure, Arrived when the frame was in memory.
	Exposed time.Duration
	Arrived time.Duration
	// Modelled is set instead of pixels by a camera of fidelity "modelled".
	Modelled *Modelled
}

// Image is RGB, 8 bits a channel, rows from the top, no padding: len(Pix) = 3*W*H.
type Image struct {
	W, H int
	Pix  []byte
}

// Depth is the distance along the optical axis in millimetres, one value a pixel,
// rows from the top; 0 where there is none: len(Z) = W*H.
type Depth struct {
	W, H int
	Z    []float32
}

// Intrinsics of a pinhole with Brown-Conrady radial distortion: u = FX x' + CX,
// with x' = x (1 + K1 r^2 + K2 r^4), x = X/Z in the camera's frame (x right, y
// down, z forward). The centre of the top left pixel is (0, 0).
type Intrinsics struct {
	W, H           int
	FX, FY, CX, CY float64
	K1, K2         float64
}

// Modelled is what a statistical camera saw instead of pixels.
type Modelled struct {
	// Verdict of an inspection, drawn with the station's stated error rates.
	Verdict Verdict
	// Corners of the cap's marker in pixels, in the order of the ArUco detector
	// (clockwise from the marker's top left); Seen tells whether there are any.
	Corners [4]Point
	Seen    bool
}

// Point in an image, in pixels.
type Point struct{ X, Y float64 }
