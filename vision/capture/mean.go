package capture

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/vision/align"
)

// Mean makes a depth template of several captures of one thing that stands still, and learns from them
// how much each pixel's depth varies. The zero value is ready; it serves one goroutine at a time.
type Mean struct {
	first  *Capture
	frames int
	count  []int32
	// By Welford: the mean, and the sum of squares about it.
	mean, square []float64
}

// Limits says how the tolerance of each pixel follows from how it varied.
type Limits struct {
	// Sigmas is how many standard deviations are tolerated either way; 0 stands for 4.
	Sigmas float64
	// Least is the smallest tolerance in millimetres: what the parts differ by, or the camera drifts.
	Least float64
	// Share of the captures in which a pixel must have depth to have one in the template; 0 stands for a
	// half. It takes two at least.
	Share float64
}

// prior is the weight, in degrees of freedom, of the whole image's variance in that of a pixel: few captures say
// little about one pixel, and a pixel that happened not to vary would get no tolerance.
const prior = 8

// Add takes a capture, of which it keeps nothing but the first, whose colour, calibration and conditions are the
// template's. It fails, and leaves the mean as it was, when the capture is of another size, lens or place.
func (m *Mean) Add(c *Capture) error {
	if err := c.Check(); err != nil {
		return err
	}
	if m.first == nil {
		m.first = c
		n := len(c.Depth.Z)
		m.count, m.mean, m.square = make([]int32, n), make([]float64, n), make([]float64, n)
	}
	switch f := m.first; {
	case c.DepthK.W != f.DepthK.W || c.DepthK.H != f.DepthK.H:
		return fmt.Errorf("it has %d x %d pixels, and the first capture %d x %d", c.DepthK.W, c.DepthK.H, f.DepthK.W, f.DepthK.H)
	case c.DepthK != f.DepthK || c.ColorK != f.ColorK || c.DepthInColor != f.DepthInColor:
		return errors.New("its calibration is not that of the first capture; a mean takes captures of one camera")
	case c.Posed != f.Posed || c.Pose != f.Pose:
		return errors.New("the camera stood elsewhere than at the first capture")
	}
	for i, z := range c.Depth.Z {
		if !(z > 0 && z <= math.MaxFloat32) || c.Mask != nil && c.Mask[i] == 0 {
			continue
		}
		m.count[i]++
		off := float64(z) - m.mean[i]
		m.mean[i] += off / float64(m.count[i])
		m.square[i] += off * (float64(z) - m.mean[i])
	}
	m.frames++
	return nil
}

// Template gives the mean of the captures, with
//
//	sigma^2   = (8 s^2 + sum (z - mean)^2) / (8 + n - 1)
//	tolerance = max(Least, Sigmas sigma sqrt(1 + 1/n))
//
// for a pixel that has depth in n captures, where s^2 is the variance over all pixels: the root stands for the
// mean's own error. Pixels with depth in too few captures have none. It needs two captures.
func (m *Mean) Template(l Limits) (*Capture, error) {
	if l.Sigmas == 0 {
		l.Sigmas = 4
	}
	if l.Share == 0 {
		l.Share = 0.5
	}
	switch {
	case m.frames < 2:
		return nil, fmt.Errorf("a mean of %d captures; how much depth varies takes two or more", m.frames)
	case !(l.Sigmas > 0) || !(l.Least >= 0) || !(l.Share > 0 && l.Share <= 1) || !finite(l.Sigmas, l.Least):
		return nil, fmt.Errorf("limits %+v; sigmas are positive, least is not negative, share is from 0 to 1", l)
	}
	least := int32(max(2, math.Ceil(l.Share*float64(m.frames))))
	var squares, freedom float64
	for i, n := range m.count {
		if n >= least {
			squares += m.square[i]
			freedom += float64(n - 1)
		}
	}
	if freedom == 0 {
		return nil, errors.New("no pixel has depth in enough of the captures")
	}
	all := squares / freedom
	f := *m.first
	size := len(m.count)
	f.Depth = align.Depth{W: f.Depth.W, H: f.Depth.H, Z: make([]float32, size)}
	f.Mask, f.Confidence = make([]byte, size), nil
	f.Sigma, f.Near = make([]float32, size), make([]float32, size)
	for i, n := range m.count {
		if n < least {
			continue
		}
		v := (prior*all + m.square[i]) / (prior + float64(n-1))
		f.Depth.Z[i], f.Mask[i] = float32(m.mean[i]), 255
		f.Sigma[i] = float32(math.Sqrt(v))
		f.Near[i] = float32(max(l.Least, l.Sigmas*math.Sqrt(v*(1+1/float64(n)))))
	}
	f.Far = f.Near
	f.Meta.Frames, f.Meta.Noise = m.frames, math.Sqrt(all)
	return &f, nil
}
