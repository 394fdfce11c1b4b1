//go:build !cgo

package vision

import (
	"fmt"

	"linetwin.dev/kinematics"
)

// noOpenCV says what a build without C lacks.
func noOpenCV(what string) error {
	return fmt.Errorf("this build has no OpenCV: %s; build linetwin with CGO_ENABLED=1 and OpenCV 4.6 (Debian: libopencv-dev)", what)
}

// SetNumThreads does nothing: there is no OpenCV whose threads could be limited.
func SetNumThreads(int) error { return nil }

// SolvePnP is not available in this build.
func SolvePnP([][3]float64, []Point, Intrinsics) (kinematics.Pose, error) {
	return kinematics.Pose{}, noOpenCV("cannot solve a pose from points")
}
