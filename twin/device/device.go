package device

import (
	"time"

	"linetwin.dev/vision"
)

// Kind is a way for a device to exist.
type Kind string

// The kinds.
const (
	Sim    Kind = "sim"
	HIL    Kind = "hil"
	Replay Kind = "replay"
)

// Device is what the twin starts and stops. Everything else that a device does
// goes through its registers, except frames.
type Device interface {
	// Start makes the device ready; it is called once, before time runs.
	Start() error
	// Close releases what the device holds. It is called once, also after a
	// failed Start.
	Close() error
}

// Camera is a device that hands out frames.
type Camera interface {
	Device
	// Listen names the function that gets every frame, in the Sense phase of the
	// instant at which the frame arrives. It is called once, before Start. The frame is
	// the camera's, and may be used again, when the function has returned: who keeps it
	// longer retains it, and releases it when done.
	Listen(func(now time.Duration, f *vision.Frame))
}
