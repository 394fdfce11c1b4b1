package capture

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// Capture is what an RGB-D camera saw once, or on the mean, with what is needed to judge by it.
type Capture struct {
	// Depth in the depth camera's own pixels, of DepthK's size, in millimetres; 0 where there is none.
	Depth  align.Depth
	DepthK align.Camera
	// Mask is not 0 where the depth counts, as in a template; nil where all of it does. Confidence is
	// the camera's own, from 0 for none to 255; nil when it tells none. Both have one value for each
	// pixel of Depth.
	Mask, Confidence []byte
	// Sigma is the standard deviation of one frame's depth in millimetres, Near and Far how much a depth may
	// lie nearer and further than this one: one value for each pixel of Depth, or nil.
	Sigma, Near, Far []float32
	// Color of the colour camera; empty when there is none, and then ColorK is the zero Camera or tells of
	// a camera whose picture was left out.
	Color  align.Image
	ColorK align.Camera
	// DepthInColor is the pose of the depth camera in the colour camera's frame, the identity where there
	// is no colour camera. Pose is that of the colour camera (of the only one) in the line's frame, and
	// Posed tells whether it is known. In metres.
	DepthInColor kinematics.Pose
	Pose         kinematics.Pose
	Posed        bool
	Meta         Meta
}

// Meta are the conditions of a capture, as JSON. Zero values were not told.
type Meta struct {
	Camera   string  `json:"camera,omitempty"` // its name on the line
	Model    string  `json:"model,omitempty"`
	Serial   string  `json:"serial,omitempty"`
	Mode     string  `json:"mode,omitempty"`       // as its maker calls it
	Exposure float64 `json:"exposure_s,omitempty"` // of the colour camera
	Gain     float64 `json:"gain,omitempty"`       // of the colour camera, in its maker's unit
	Seq      uint64  `json:"seq,omitempty"`        // of the first frame
	// Exposed is the middle of the exposure and Arrived when the frame was in memory, in seconds on the line's
	// clock, Stamp the middle of the exposure in seconds on the camera's own; Taken is the wall time, as
	// RFC 3339 has it. Of a mean they are those of the first frame.
	Exposed float64 `json:"exposed_s,omitempty"`
	Arrived float64 `json:"arrived_s,omitempty"`
	Stamp   float64 `json:"stamp_s,omitempty"`
	Taken   string  `json:"taken,omitempty"`
	// Frames is how many frames the depth is the mean of; 0 and 1 stand for one.
	Frames int `json:"frames,omitempty"`
	// Noise is the standard deviation of one frame's depth over time, in millimetres.
	Noise float64 `json:"noise_mm,omitempty"`
	Note  string  `json:"note,omitempty"` // the operator's
}

// The largest images that are stored: 4096 is beyond any depth sensor and holds depth that was aligned with
// 4K colour.
const (
	mostDepthSide   = 4096
	mostColorSide   = 16384
	mostColorPixels = 64 << 20
)

// Aligned tells whether depth and colour are in the same pixels.
func (c *Capture) Aligned() bool {
	return c.DepthK == c.ColorK && c.DepthInColor == kinematics.Identity()
}

// Colored tells whether there is a colour image.
func (c *Capture) Colored() bool { return len(c.Color.Pix) > 0 }

// Check says what is wrong with c, if anything, naming the array as the file does.
func (c *Capture) Check() error {
	d := c.Depth
	if d.W < 1 || d.H < 1 || d.W > mostDepthSide || d.H > mostDepthSide {
		return fmt.Errorf("array depth: an image of %d x %d; each side has from 1 to %d pixels", d.W, d.H, mostDepthSide)
	}
	n := d.W * d.H
	if len(d.Z) != n {
		return fmt.Errorf("array depth: %d values for %d x %d pixels", len(d.Z), d.W, d.H)
	}
	if c.DepthK.W != d.W || c.DepthK.H != d.H {
		return fmt.Errorf("array depth_size: %d x %d; the depth image has %d x %d", c.DepthK.W, c.DepthK.H, d.W, d.H)
	}
	if err := c.DepthK.Check(); err != nil {
		return fmt.Errorf("array depth_K or depth_distortion: %w", err)
	}
	for _, a := range []struct {
		name string
		n    int
	}{{"mask", len(c.Mask)}, {"confidence", len(c.Confidence)}, {"sigma", len(c.Sigma)}, {"tolerance", len(c.Near)}, {"tolerance", len(c.Far)}} {
		if a.n != 0 && a.n != n {
			return fmt.Errorf("array %s: %d values; one for each of %d x %d pixels of depth are right", a.name, a.n, d.W, d.H)
		}
	}
	if (c.Near == nil) != (c.Far == nil) {
		return errors.New("array tolerance: it has one side only; give Near and Far")
	}
	for i := range c.Sigma {
		if !(c.Sigma[i] >= 0) {
			return fmt.Errorf("array sigma: %g mm at pixel %d, %d; a standard deviation is not negative", c.Sigma[i], i%d.W, i/d.W)
		}
	}
	for i := range c.Near {
		if !(c.Near[i] >= 0) || !(c.Far[i] >= 0) {
			return fmt.Errorf("array tolerance: %g and %g mm at pixel %d, %d; a tolerance is not negative", c.Near[i], c.Far[i], i%d.W, i/d.W)
		}
	}
	return c.checkColor()
}

func (c *Capture) checkColor() error {
	if i := c.Color; len(i.Pix) != 0 || i.W != 0 || i.H != 0 {
		if err := checkColorSize(i.W, i.H); err != nil {
			return fmt.Errorf("array color: %w", err)
		}
		if len(i.Pix) != 3*i.W*i.H {
			return fmt.Errorf("array color: %d values for %d x %d pixels of 3", len(i.Pix), i.W, i.H)
		}
		if c.ColorK.W != i.W || c.ColorK.H != i.H {
			return fmt.Errorf("array color_size: %d x %d; the colour image has %d x %d", c.ColorK.W, c.ColorK.H, i.W, i.H)
		}
	}
	if c.ColorK != (align.Camera{}) {
		if err := c.ColorK.Check(); err != nil {
			return fmt.Errorf("array color_K or color_distortion: %w", err)
		}
	}
	if err := c.DepthInColor.Check(); err != nil {
		return fmt.Errorf("array depth_in_color: %w", err)
	}
	if c.Posed {
		if err := c.Pose.Check(); err != nil {
			return fmt.Errorf("array pose: %w", err)
		}
	}
	if !finite(c.Meta.Exposure, c.Meta.Gain, c.Meta.Exposed, c.Meta.Arrived, c.Meta.Stamp, c.Meta.Noise) || c.Meta.Noise < 0 || c.Meta.Frames < 0 {
		return errors.New("array meta: its numbers are finite, and noise and frames are not negative")
	}
	return nil
}

func checkColorSize(w, h int) error {
	if w < 1 || h < 1 || w > mostColorSide || h > mostColorSide || w*h > mostColorPixels {
		return fmt.Errorf("an image of %d x %d; each side has from 1 to %d pixels, and all of it at most %d", w, h, mostColorSide, mostColorPixels)
	}
	return nil
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// clean makes no depth of what is none: NaN, infinite and negative values become 0.
func clean(z []float32) {
	for i, v := range z {
		if !(v > 0 && v <= math.MaxFloat32) {
			z[i] = 0
		}
	}
}
