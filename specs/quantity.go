package specs

import "time"

// Quantities as Go holds them: SI.
type (
	// Length in metres.
	Length float64
	// Angle in radians.
	Angle float64
	// Duration in nanoseconds.
	Duration int64
	// Speed in metres per second.
	Speed float64
	// Acceleration in metres per second squared.
	Acceleration float64
	// AngularSpeed in radians per second.
	AngularSpeed float64
	// AngularAcceleration in radians per second squared.
	AngularAcceleration float64
	// Frequency in hertz.
	Frequency float64
	// Ratio from 0 to 1.
	Ratio float64
	// Color as "#rrggbb" in the specification.
	Color struct{ R, G, B uint8 }
)

// D is the duration as the standard library holds it.
func (d Duration) D() time.Duration { return time.Duration(d) }
