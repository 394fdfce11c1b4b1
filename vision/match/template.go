package match

import (
	"errors"
	"fmt"
	"math"
)

// Range is a range of angles or scales, ends included.
type Range struct{ Low, High float64 }

// TemplateOptions say how a template is looked for. The zero value: upright, in its own size.
type TemplateOptions struct {
	// Name is what results and messages call it.
	Name string
	// Mask has a byte for each pixel of the template, row by row without padding: 0 where the
	// pixel does not count. Nil: all count.
	Mask []byte
	// Angles in degrees, clockwise as seen. 360 or more between the ends is the full turn.
	Angles Range
	// Scales by which the template may be larger, from MinScale to MaxScale; the zero value is
	// its own size.
	Scales Range
	// MinScore is the least score of a match of this template, from 0 to 1; 0 means that of the search.
	MinScore float64
}

// What scales can be looked for, and the least side of a template in pixels.
const (
	MinScale = 0.5
	MaxScale = 2
	MinSide  = 8
)

// ErrFlat says that a template has no structure that could be found.
var ErrFlat = errors.New("the template has too little contrast to be found: it looks the same all over")

// Template is a pattern to be found, prepared once. It is immutable and safe for concurrent use.
type Template struct {
	name           string
	w, h           int
	minScore       float64
	angles, scales Range // angles in radians
	free           [4]bool
	coarse, fine   int // levels between which directions are compared
	models         []model
	samples        [2]samples // for the fit at full and at half size
	fitFrom        int        // the level at which it begins, 0 or 1
	nx, ny         int        // cells
}

// Size of the template in pixels.
func (t *Template) Size() (w, h int) { return t.w, t.h }

// Name of the template.
func (t *Template) Name() string { return t.name }

// NewTemplate prepares a pattern; the pixels are copied. It returns ErrFlat, wrapped, for one
// without contrast, and an error for an image, a mask or a range that is none.
func NewTemplate(m Image, o TemplateOptions) (*Template, error) {
	t, err := newTemplate(m, o)
	if err != nil {
		if o.Name != "" {
			return nil, fmt.Errorf("template %s: %w", o.Name, err)
		}
		return nil, fmt.Errorf("template: %w", err)
	}
	return t, nil
}

func newTemplate(m Image, o TemplateOptions) (*Template, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	if min(m.W, m.H) < MinSide {
		return nil, fmt.Errorf("%dx%d is too small; at least %d pixels a side", m.W, m.H, MinSide)
	}
	if o.Mask != nil && len(o.Mask) != m.W*m.H {
		return nil, fmt.Errorf("%dx%d pixels need a mask of %d bytes, and it has %d", m.W, m.H, m.W*m.H, len(o.Mask))
	}
	if err := checkRange("angles", o.Angles, -3600, 3600); err != nil {
		return nil, err
	}
	if o.Scales == (Range{}) {
		o.Scales = Range{1, 1}
	}
	if err := checkRange("scales", o.Scales, MinScale, MaxScale); err != nil {
		return nil, err
	}
	if !(o.MinScore >= 0 && o.MinScore <= 1) {
		return nil, fmt.Errorf("a least score of %v: write 0 to 1", o.MinScore)
	}
	t := &Template{name: o.Name, w: m.W, h: m.H, minScore: o.MinScore, scales: o.Scales}
	t.angles = Range{o.Angles.Low * math.Pi / 180, o.Angles.High * math.Pi / 180}
	if t.angles.High-t.angles.Low > 2*math.Pi {
		t.angles = Range{-math.Pi, math.Pi}
	}
	t.free = [4]bool{true, true, t.angles.High > t.angles.Low, t.scales.High > t.scales.Low}

	layers := []layer{newLayer(m, o.Mask)}
	for l := 1; l <= maxLevel && min(layers[l-1].w, layers[l-1].h) >= 2*minCoarse; l++ {
		layers = append(layers, layers[l-1].half())
	}
	if err := t.chooseLevels(layers); err != nil {
		return nil, err
	}
	t.nx, t.ny = cellsAlong(m.W), cellsAlong(m.H)
	t.samples[0] = t.take(layers[0].smooth(), 0, 4096)
	if t.fitFrom = 0; t.fine > 0 && len(layers) > 1 {
		t.fitFrom = 1
		t.samples[1] = t.take(layers[1], 1, 1600)
	}
	if t.samples[0].sigma < 1 || t.fitFrom == 1 && t.samples[1].sigma < 1 {
		return nil, ErrFlat
	}
	return t, nil
}

func checkRange(what string, r Range, low, high float64) error {
	if !(low <= r.Low && r.Low <= r.High && r.High <= high) { // so that NaN is refused
		return fmt.Errorf("%s from %v to %v: write the lower end first, and both from %v to %v", what, r.Low, r.High, low, high)
	}
	return nil
}

// Sizes on the level where a template is looked for everywhere.
const (
	minCoarse  = 6  // least side in pixels
	meanCoarse = 13 // least geometric mean of the sides
	tiny       = 28 // least side of a template whose directions at half size suffice
)

// chooseLevels decides on which levels the template is looked for, and makes their models. It is
// looked for everywhere at the smallest size at which enough of its structure is left.
func (t *Template) chooseLevels(layers []layer) error {
	top := 0
	for l := range layers {
		side := math.Sqrt(float64(t.w*t.h)) / float64(int(1)<<l)
		if side >= meanCoarse && min(layers[l].w, layers[l].h) >= minCoarse {
			top = l
		}
	}
	if t.fine = 1; min(t.w, t.h) < tiny || top == 0 {
		t.fine = 0
	}
	t.models = make([]model, top+1)
	for l := top; l >= 0; l-- {
		t.models[l] = newModel(layers[l], l, t.w, t.h)
	}
	for t.coarse = top; t.coarse > 0 && !t.models[t.coarse].rich(); {
		t.coarse--
	}
	t.fine = min(t.fine, t.coarse)
	for l := t.coarse; l >= t.fine; l-- {
		if len(t.models[l].points) < leastPoints {
			return ErrFlat
		}
	}
	return nil
}

// layer is a template at one size: grey levels, and how much of each pixel's weights the mask and
// the border leave.
type layer struct {
	w, h  int
	v, in []float64
}

func newLayer(m Image, mask []byte) layer {
	a := layer{m.W, m.H, make([]float64, m.W*m.H), make([]float64, m.W*m.H)}
	for y := range m.H {
		for x, p := range m.row(y) {
			if i := y*m.W + x; mask == nil || mask[i] != 0 {
				a.v[i], a.in[i] = float64(p), 1
			}
		}
	}
	return a
}

// half is what a pyramid does, over those pixels that are known.
func (a layer) half() layer {
	weights := [4]float64{1, 3, 3, 1}
	b := layer{w: a.w / 2, h: a.h / 2}
	b.v, b.in = make([]float64, b.w*b.h), make([]float64, b.w*b.h)
	for y := range b.h {
		for x := range b.w {
			sum, in := 0.0, 0.0
			for j, wy := range weights {
				for i, wx := range weights {
					xx, yy := 2*x-1+i, 2*y-1+j
					if xx < 0 || yy < 0 || xx >= a.w || yy >= a.h {
						continue
					}
					w := wx * wy * a.in[yy*a.w+xx]
					sum, in = sum+w*a.v[yy*a.w+xx], in+w
				}
			}
			if in > 0 {
				b.v[y*b.w+x], b.in[y*b.w+x] = math.Floor(sum/in+0.5), in/64
			}
		}
	}
	return b
}

// smooth is the cubic B-spline of the pixels, as the fit sees an image.
func (a layer) smooth() layer {
	weights := [3]float64{1, 4, 1}
	b := layer{a.w, a.h, make([]float64, len(a.v)), make([]float64, len(a.v))}
	for y := range a.h {
		for x := range a.w {
			sum, in := 0.0, 0.0
			for j, wy := range weights {
				for i, wx := range weights {
					if xx, yy := x-1+i, y-1+j; xx >= 0 && yy >= 0 && xx < a.w && yy < a.h {
						w := wx * wy * a.in[yy*a.w+xx]
						sum, in = sum+w*a.v[yy*a.w+xx], in+w
					}
				}
			}
			if in > 0 {
				b.v[y*a.w+x], b.in[y*a.w+x] = sum/in, in/36
			}
		}
	}
	return b
}

// known is how much of its weights a pixel must have to be compared.
const known = 0.74

// gradient is the difference between the neighbours on either side, if all are known.
func (a layer) gradient(x, y int) (gx, gy float64, ok bool) {
	if x < 1 || y < 1 || x >= a.w-1 || y >= a.h-1 {
		return 0, 0, false
	}
	i := y*a.w + x
	for _, k := range [5]int{i, i - 1, i + 1, i - a.w, i + a.w} {
		if a.in[k] < known {
			return 0, 0, false
		}
	}
	return a.v[i+1] - a.v[i-1], a.v[i+a.w] - a.v[i-a.w], true
}
