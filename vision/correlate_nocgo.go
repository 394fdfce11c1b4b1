//go:build !cgo

package vision

// exhaustivePixels is the size of a window up to which half size is no gain:
// without the Fourier transform, none.
const exhaustivePixels = 0

// correlate without OpenCV.
func correlate(g Gray, t *Template) ([]float32, error) { return correlatePlain(g, t), nil }
