package depth

// Plane is the plane a + b x + c y through the deviations of all compared pixels, by least squares: how
// the measured surface as a whole is moved and turned against the expected one.
type Plane struct {
	// Offset is a, the deviation of the plane at the pixel (0, 0), in millimetres; SlopeX and
	// SlopeY are b and c, in millimetres per pixel.
	Offset, SlopeX, SlopeY float64
	// Tilt is the angle in radians between the expected surface and the measured one: that of the
	// plane over pixels of the size that they have at the template's mean depth. It is exact for an
	// expected surface that lies square to the optical axis.
	Tilt float64
	// Flatness is the RMS of what the plane leaves of the deviations, in millimetres: how flat the
	// surface is when placement does not count, or how well its shape is met.
	Flatness float64
	// OK tells whether there is a plane: at least three compared pixels that do not lie on a
	// line. Without one all the rest is 0.
	OK bool
}

// At is the deviation of the plane at a pixel.
func (p Plane) At(x, y float64) float64 { return p.Offset + p.SlopeX*x + p.SlopeY*y }
