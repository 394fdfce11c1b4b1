//go:build !cgo

package vision

import "fmt"

// MarkerFinder finds one ArUco marker in images; this build cannot make one.
type MarkerFinder struct{}

// NewMarkerFinder checks its arguments, then says that this build has no OpenCV.
func NewMarkerFinder(dictionary string, id int) (*MarkerFinder, error) {
	if _, err := markerDictionary(dictionary, id); err != nil {
		return nil, err
	}
	return nil, noOpenCV(fmt.Sprintf("cannot find marker %d of %s", id, dictionary))
}

// Close does nothing.
func (f *MarkerFinder) Close() error { return nil }

// Find is not available in this build.
func (f *MarkerFinder) Find(Image, *Rect) (corners [4]Point, ok bool, err error) {
	return corners, false, noOpenCV("cannot find markers")
}

func openCVMarkerBits(dictionary string, id int) ([]bool, int, error) {
	return nil, 0, noOpenCV(fmt.Sprintf("cannot tell the bits of marker %d of %s", id, dictionary))
}
