//go:build cgo

package vision

/*
#cgo pkg-config: opencv4
#cgo CXXFLAGS: -std=c++17 -O2
#cgo LDFLAGS: -Wl,--as-needed
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"linetwin.dev/kinematics"
)

// opencv turns a message of the shim into an error that says which call failed.
func opencv(call string, message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return fmt.Errorf("%s: OpenCV: %s", call, C.GoString(message))
}

// SetNumThreads limits the threads that OpenCV uses for one call, in the whole
// process: 1 makes each call run on its caller's thread, 0 or less gives back
// OpenCV's own choice. Set it before other calls run.
func SetNumThreads(n int) error {
	if n <= 0 {
		n = -1 // OpenCV reads 0 as "no threads", a negative number as its default
	}
	return opencv("set number of threads", C.shim_set_num_threads(C.int(n)))
}

// SolvePnP finds the pose of an object in the camera's frame (metres, rotation
// row-major) from points in the object's frame in metres and their pixels in the
// same order. Coplanar points need four and use the infinitesimal plane-based
// method (Collins & Bartoli 2014); others use EPnP below six points and a linear
// start above; all are refined by Levenberg-Marquardt. The lens of k is taken into
// account. For one flat marker at a high rate, servo.SolvePlanar does without
// OpenCV. Safe for concurrent use.
func SolvePnP(object [][3]float64, image []Point, k Intrinsics) (kinematics.Pose, error) {
	var pose kinematics.Pose
	if err := checkPnP(object, image, k); err != nil {
		return pose, err
	}
	pixels := make([]float64, 0, 2*len(image))
	for _, p := range image {
		pixels = append(pixels, p.X, p.Y)
	}
	camera := [6]float64{k.FX, k.FY, k.CX, k.CY, k.K1, k.K2}
	flat := C.int(0)
	if coplanar(object) {
		flat = 1
	}
	err := opencv("solve pose from points", C.shim_solve_pnp((*C.double)(&object[0][0]), (*C.double)(&pixels[0]),
		C.int(len(object)), flat, (*C.double)(&camera[0]), (*C.double)(&pose.R[0]), (*C.double)(&pose.P[0])))
	if err != nil {
		return kinematics.Pose{}, err
	}
	return pose, nil
}
