package depth

import (
	"fmt"
	"math"
)

// Tolerance says by how much a depth may differ from what is expected, in millimetres: Near towards
// the camera, Far away from it. Each has one value for all pixels, or one for each
// pixel in rows of the image's width. Values are not negative; +Inf lets everything pass.
type Tolerance struct{ Near, Far []float32 }

// Uniform is the same tolerance everywhere.
func Uniform(near, far float32) Tolerance { return Tolerance{[]float32{near}, []float32{far}} }

// Template is an expected depth image with the tolerance of each of its pixels. It is immutable;
// any number of goroutines may compare with one.
type Template struct {
	w, h     int
	fx, fy   float64
	want     []float32 // NaN where nothing is expected
	low, far []float32 // tolerances as bounds of the deviation: low = -near
	pitch    int       // from row to row of low and far: 0 when all rows are alike
	expected int
	area     float64 // square millimetres that the expected pixels cover
}

// NewTemplate prepares the comparison with want, which is copied. A pixel is expected where want has
// a depth and mask, when it is not nil, is not 0; mask has W*H values. The focal lengths, in pixels,
// are those of the camera that sees the image; distortion is not looked at.
//
// A camera's noise and its systematic error are in what is measured: a tolerance below them rejects
// good surfaces, unless depth is averaged or calibrated first.
func NewTemplate(want Map, mask []byte, tol Tolerance, fx, fy float64) (*Template, error) {
	if err := want.Check(); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	n := want.W * want.H
	switch {
	case mask != nil && len(mask) != n:
		return nil, fmt.Errorf("template: the mask has %d values, want %d x %d", len(mask), want.W, want.H)
	case !(fx > 0) || !(fy > 0) || math.IsInf(fx, 0) || math.IsInf(fy, 0):
		return nil, fmt.Errorf("template: focal lengths %g and %g pixels; they must be positive", fx, fy)
	}
	t := &Template{w: want.W, h: want.H, fx: fx, fy: fy, want: make([]float32, n)}
	for y := range t.h {
		row := want.Row(y)
		for x, z := range row {
			i := y*t.w + x
			if !Valid(z) || mask != nil && mask[i] == 0 {
				t.want[i] = float32(math.NaN())
				continue
			}
			t.want[i] = z
			t.expected++
			t.area += float64(float64(z) * float64(z))
		}
	}
	t.area /= fx * fy
	rows := 1
	if len(tol.Near) > 1 || len(tol.Far) > 1 {
		rows, t.pitch = t.h, t.w
	}
	var err error
	if t.low, err = spread("near", tol.Near, t.w, rows, n, -1); err != nil {
		return nil, err
	}
	t.far, err = spread("far", tol.Far, t.w, rows, n, 1)
	return t, err
}

// spread lays a tolerance out in rows, as bounds of a deviation.
func spread(name string, tol []float32, w, rows, n int, sign float32) ([]float32, error) {
	if len(tol) != 1 && len(tol) != n {
		return nil, fmt.Errorf("template: tolerance %s has %d values; give one, or one for each of the %d pixels", name, len(tol), n)
	}
	for i, v := range tol {
		if !(v >= 0) {
			return nil, fmt.Errorf("template: tolerance %s of pixel %d, %d is %g mm; it must not be negative", name, i%w, i/w, v)
		}
	}
	out := make([]float32, w*rows)
	for i := range out {
		if len(tol) == 1 {
			out[i] = sign * tol[0]
		} else {
			out[i] = sign * tol[i]
		}
	}
	return out, nil
}

// Size of the images that t is compared with.
func (t *Template) Size() (w, h int) { return t.w, t.h }

// Expected is the number of pixels at which a depth is expected.
func (t *Template) Expected() int { return t.expected }

// Area that the expected pixels cover, seen square to the optical axis, in square millimetres.
func (t *Template) Area() float64 { return t.area }
