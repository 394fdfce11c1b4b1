package specs

import "math"

// Aligned is the name of the mode in which depth is in the colour camera's pixels.
const Aligned = "aligned"

// DepthMode is what a depth camera can do in one of its modes.
type DepthMode struct {
	Name string
	W, H int
	// Focal length in pixels, the same along both sides; 0 where it is the colour camera's.
	Focal float64
	// HFOV and VFOV bound what is lit: a pixel that looks beyond both has no depth. 0 where
	// that is all of the picture.
	HFOV, VFOV Angle
	// Near and Far are the ends of the range along the optical axis.
	Near, Far Length
	// Rate is the highest; 0 where there is no limit.
	Rate Frequency
	// Exposure is how long the depth camera collects light.
	Exposure Duration
}

// femtoFocal is the focal length of the Femto Bolt's depth camera in pixels of its 1024 x
// 1024 sensor, from a calibration.
const femtoFocal = 505.28

const degree = math.Pi / 180

// depthModes are those of the Femto Bolt, from its data sheet.
var depthModes = [...]DepthMode{
	{Name: "nfov-unbinned", W: 640, H: 576, Focal: femtoFocal, HFOV: 75 * degree, VFOV: 65 * degree, Near: 0.5, Far: 3.86, Rate: 30, Exposure: 12_800_000},
	{Name: "nfov-binned", W: 320, H: 288, Focal: femtoFocal / 2, HFOV: 75 * degree, VFOV: 65 * degree, Near: 0.5, Far: 5.46, Rate: 30, Exposure: 12_800_000},
	{Name: "wfov-binned", W: 512, H: 512, Focal: femtoFocal / 2, HFOV: 120 * degree, VFOV: 120 * degree, Near: 0.25, Far: 2.88, Rate: 30, Exposure: 12_800_000},
	{Name: "wfov-unbinned", W: 1024, H: 1024, Focal: femtoFocal, HFOV: 120 * degree, VFOV: 120 * degree, Near: 0.25, Far: 2.21, Rate: 15, Exposure: 20_300_000},
}

// Mode is what the camera's depth mode can do. Aligned depth, which is also that of the
// zero value, has the colour camera's pixels and the range of wfov-binned.
func (c Camera) Mode() DepthMode {
	for _, m := range depthModes {
		if m.Name == c.DepthMode {
			return m
		}
	}
	return DepthMode{Name: Aligned, W: c.Width, H: c.Height, Near: 0.25, Far: 2.88}
}
