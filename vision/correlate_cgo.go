//go:build cgo

package vision

import (
	"fmt"
	"runtime"

	"gocv.io/x/gocv"
)

// exhaustivePixels is the size of a window up to which searching all of it, by
// the Fourier transform, costs less than half size and candidates.
const exhaustivePixels = 1 << 18

// correlate is OpenCV's matchTemplate with TM_CCOEFF_NORMED, which uses the
// Fourier transform where that is faster. The caller has seen to it that the
// template is not larger than the image: OpenCV would end the process.
func correlate(g Gray, t *Template) ([]float32, error) {
	g = g.packed()
	image, err := gocv.NewMatFromBytes(g.H, g.W, gocv.MatTypeCV8UC1, g.Pix[:g.W*g.H])
	if err != nil {
		return nil, fmt.Errorf("template match: image of %dx%d: %w", g.W, g.H, err)
	}
	defer image.Close()
	pattern, err := gocv.NewMatFromBytes(t.g.H, t.g.W, gocv.MatTypeCV8UC1, t.g.Pix)
	if err != nil {
		return nil, fmt.Errorf("template match: template of %dx%d: %w", t.g.W, t.g.H, err)
	}
	defer pattern.Close()
	result, mask := gocv.NewMat(), gocv.NewMat()
	defer result.Close()
	defer mask.Close()
	gocv.MatchTemplate(image, pattern, &result, gocv.TmCcoeffNormed, mask)
	data, err := result.DataPtrFloat32()
	if err != nil {
		return nil, fmt.Errorf("template match: %w", err)
	}
	// The Mats alias Go memory, and data aliases a Mat: copy before they go.
	scores := append([]float32(nil), data...)
	runtime.KeepAlive(g.Pix)
	runtime.KeepAlive(t)
	return scores, nil
}
