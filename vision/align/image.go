package align

import "fmt"

// Depth is a depth image: millimetres along the optical axis, rows from the top without gaps,
// len(Z) = W*H; 0 where there is none.
type Depth struct {
	W, H int
	Z    []float32
}

// Image is RGB, 8 bits a channel, rows from the top without gaps: len(Pix) = 3*W*H.
type Image struct {
	W, H int
	Pix  []byte
}

// Mark tells of a pixel of an aligned image what it holds, or why it holds nothing.
type Mark byte

// The marks.
const (
	// None: there is no depth here: the camera measured none, or it lies out of the other camera's
	// image.
	None Mark = iota
	// Seen: the pixel holds a value.
	Seen
	// Occluded: the pixel lies behind an edge, where only one of the cameras looks. In a
	// colour image it falls into the gap that opens between a near and a far surface; in a depth
	// image its point is hidden from the colour camera.
	Occluded
)

// Aligned is depth in the pixels of the colour camera. Marks may be nil if nobody asks; else it has
// one value for each pixel.
type Aligned struct {
	Depth
	Marks []Mark
}

// Colored is colour in the pixels of the depth camera, black where there is none.
type Colored struct {
	Image
	Marks []Mark
}

// fits says how an image differs from one of w x h with n values a pixel.
func fits(what string, gotW, gotH, values, w, h, n int) error {
	if gotW != w || gotH != h {
		return fmt.Errorf("align: %s has %d x %d pixels; this calibration wants %d x %d", what, gotW, gotH, w, h)
	}
	if values != w*h*n {
		return fmt.Errorf("align: %s has %d values, want %d x %d x %d", what, values, w, h, n)
	}
	return nil
}

func marksFit(marks []Mark, w, h int) error {
	if marks != nil && len(marks) != w*h {
		return fmt.Errorf("align: there are %d marks, want none or %d x %d", len(marks), w, h)
	}
	return nil
}
