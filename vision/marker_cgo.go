//go:build cgo

package vision

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
)

// MarkerFinder finds one ArUco marker in images. It keeps its work space between
// calls and so serves one goroutine at a time; Close frees it.
type MarkerFinder struct {
	handle  *C.shim_finder
	name    string
	modules int // of a side, with the border
	corners [8]C.double
	found   C.int
}

// NewMarkerFinder makes a finder of the marker id of a dictionary, such as
// "4x4_50". The caller closes it.
func NewMarkerFinder(dictionary string, id int) (*MarkerFinder, error) {
	n, err := markerDictionary(dictionary, id)
	if err != nil {
		return nil, err
	}
	side := int(dictionary[0] - '0') // "4x4_50" has 4 bits a side
	f := &MarkerFinder{modules: side + 2, name: fmt.Sprintf("find marker %d of %s", id, dictionary)}
	if err := opencv(f.name, C.shim_finder_open(C.int(n), C.int(id), &f.handle)); err != nil {
		return nil, err
	}
	return f, nil
}

// Close frees the finder's memory outside Go. Closing twice is harmless.
func (f *MarkerFinder) Close() error {
	if f.handle != nil {
		C.shim_finder_close(f.handle)
		f.handle = nil
	}
	return nil
}

// Find returns the marker's corners in pixels, clockwise from the marker's own top
// left, refined to where its sides cross: within 0.1 px, and mostly 0.03 px, with the
// noise of an ordinary camera. When roi is given, it is searched first, by a cheaper
// method that wants the marker to fill a good part of it, and the whole image only
// when the marker is not there. When there are several, the largest is taken. No
// marker, one with a side at the image's rim, or one with modules of less than 2 px
// gives ok = false and no error. Find allocates nothing on Go's heap.
func (f *MarkerFinder) Find(img Image, roi *Rect) (corners [4]Point, ok bool, err error) {
	if f.handle == nil {
		return corners, false, errors.New(f.name + ": the finder is closed")
	}
	if err := checkPixels(img); err != nil {
		return corners, false, fmt.Errorf("%s: %w", f.name, err)
	}
	if roi != nil {
		if r := roi.Clip(img.W, img.H); r.X1-r.X0 >= minRegion && r.Y1-r.Y0 >= minRegion {
			if corners, ok, err = f.search(img, r, 1); ok || err != nil {
				return corners, ok, err
			}
		}
	}
	return f.search(img, Rect{0, 0, img.W, img.H}, 0)
}

// minRegion is the least side of a region, in pixels, in which a marker with its
// margin can be told apart.
const minRegion = 16

func (f *MarkerFinder) search(img Image, r Rect, near C.int) (corners [4]Point, ok bool, err error) {
	first := (*C.uchar)(&img.Pix[3*(r.Y0*img.W+r.X0)])
	message := C.shim_finder_find(f.handle, first, C.int(r.X1-r.X0), C.int(r.Y1-r.Y0), C.int(3*img.W),
		near, &f.corners[0], &f.found)
	runtime.KeepAlive(img.Pix)
	if message != nil {
		return corners, false, opencv(f.name, message)
	}
	if f.found == 0 {
		return corners, false, nil
	}
	for i := range corners {
		corners[i] = Point{float64(f.corners[2*i]) + float64(r.X0), float64(f.corners[2*i+1]) + float64(r.Y0)}
	}
	if !refineQuad(img, &corners, f.modules) {
		return [4]Point{}, false, nil
	}
	return corners, true, nil
}

// openCVMarkerBits asks OpenCV for a marker's bits, as MarkerBits gives them.
func openCVMarkerBits(dictionary string, id int) ([]bool, int, error) {
	n, err := markerDictionary(dictionary, id)
	if err != nil {
		return nil, 0, err
	}
	var raw [64]C.uchar
	var side C.int
	call := fmt.Sprintf("bits of marker %d of %s", id, dictionary)
	if err := opencv(call, C.shim_marker_bits(C.int(n), C.int(id), &raw[0], C.int(len(raw)), &side)); err != nil {
		return nil, 0, err
	}
	bits := make([]bool, side*side)
	for i := range bits {
		bits[i] = raw[i] != 0
	}
	return bits, int(side), nil
}

// checkPixels says what keeps an image from being read.
func checkPixels(img Image) error {
	if img.W <= 0 || img.H <= 0 {
		return fmt.Errorf("image of %d x %d pixels is empty", img.W, img.H)
	}
	if img.W > 1<<15 || img.H > 1<<15 || len(img.Pix) != 3*img.W*img.H {
		return fmt.Errorf("image of %d x %d pixels holds %d bytes; RGB of that size, at most 32768 a side, needs %d", img.W, img.H, len(img.Pix), 3*img.W*img.H)
	}
	return nil
}
