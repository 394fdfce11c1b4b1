package cloud

import (
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// FromCapture makes a cloud of a capture, within its mask, in the frame of its depth camera: with normals, and with
// colour where there is a colour image. What does not face the colour camera is black. It computes the
// tables of the camera, which takes a second or so for a large image; for many captures of one camera, an
// Unprojector and an align.Aligner keep them.
func FromCapture(c *capture.Capture) (*Cloud, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	u, err := NewUnprojector(c.DepthK)
	if err != nil {
		return nil, err
	}
	e := Extra{Mask: c.Mask, Normals: true}
	switch {
	case c.Colored() && c.Aligned():
		e.Color = c.Color.Pix
	case c.Colored():
		a, err := align.New(align.Config{Depth: c.DepthK, Color: c.ColorK, DepthInColor: c.DepthInColor})
		if err != nil {
			return nil, err
		}
		colored := align.Colored{Image: align.Image{W: c.Depth.W, H: c.Depth.H, Pix: make([]byte, 3*c.Depth.W*c.Depth.H)}}
		if err := a.ToDepth(colored, c.Color, c.Depth); err != nil {
			return nil, err
		}
		e.Color = colored.Pix
	}
	out := new(Cloud)
	return out, u.Cloud(out, c.Depth, e)
}
