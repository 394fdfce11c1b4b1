package gcode

import "math"

// The axes, as indices of Axes.
const (
	X = iota
	Y
	Z
	A
	B
	C
	U
	V
	W
	axisCount
)

// axisLetters names the axes in their order.
const axisLetters = "XYZABCUVW"

// Axes are the values of nine axes: three linear, the three that turn about them, and
// three linear ones beside them. Where they are in program units, lengths are in
// millimetres or inches, and angles in degrees; where they are SI, metres and radians.
type Axes [axisCount]float64

// turns tells whether an axis is a rotary one.
func turns(axis int) bool { return axis >= A && axis <= C }

// Units are the units of lengths.
type Units uint8

// The units that programs have.
const (
	Millimetres Units = iota
	Inches
)

// String is the name of the units.
func (u Units) String() string {
	if u == Inches {
		return "inch"
	}
	return "mm"
}

// Metres is the length of one unit.
func (u Units) Metres() float64 {
	if u == Inches {
		return 0.0254
	}
	return 0.001
}

// millimetres is the length of one unit in millimetres.
func (u Units) millimetres() float64 {
	if u == Inches {
		return 25.4
	}
	return 1
}

// perMillimetre is what LinuxCNC takes as the machine units in a millimetre. It gives
// inches with 13 digits; the same rounding lets results agree in the last place.
func (u Units) perMillimetre() float64 {
	if u == Inches {
		return 0.03937007874016
	}
	return 1
}

// Plane is the one in which arcs lie and cycles drill.
type Plane uint8

// The planes of G17, G18, G19 and G17.1, G18.1, G19.1.
const (
	PlaneXY Plane = iota
	PlaneXZ
	PlaneYZ
	PlaneUV
	PlaneUW
	PlaneVW
)

// planeAxes gives a plane's first and second axis, and the one normal to it, so that the
// three are right-handed.
var planeAxes = [...][3]int{
	PlaneXY: {X, Y, Z},
	PlaneXZ: {Z, X, Y},
	PlaneYZ: {Y, Z, X},
	PlaneUV: {U, V, W},
	PlaneUW: {W, U, V},
	PlaneVW: {V, W, U},
}

var planeNames = [...]string{"XY", "XZ", "YZ", "UV", "UW", "VW"}

// String is the names of the plane's two axes.
func (p Plane) String() string {
	if int(p) < len(planeNames) {
		return planeNames[p]
	}
	return "unknown"
}

const degree = math.Pi / 180

// nearlyEqual is how close two numbers are that EQ finds equal.
const nearlyEqual = 1e-4

// wholeNumber rounds half to even, as LinuxCNC does where it wants an integer.
func wholeNumber(x float64) int { return int(math.RoundToEven(x)) }
