package cloudview

import (
	"fmt"
	"math"
	"slices"
)

// Cloud is a set of points. Its slices are not copied and must not change while the
// cloud is shown.
type Cloud struct {
	Name string
	// XYZ has three values for each point, in millimetres. Points with a NaN or an
	// infinity are not shown.
	XYZ []float32
	// RGB has three bytes for each point, or is nil.
	RGB []byte
	// Deviation of each point from a template, in millimetres, NaN where it has none; or
	// nil.
	Deviation []float32
	// ZUp tells that z is up; it is the way into the picture otherwise, as in the frame of
	// a camera, and -y is up.
	ZUp bool
}

// Len is the number of points.
func (c *Cloud) Len() int { return len(c.XYZ) / 3 }

func (c *Cloud) check() error {
	n := c.Len()
	switch {
	case len(c.XYZ)%3 != 0:
		return fmt.Errorf("a cloud with %d coordinates; want three for each point", len(c.XYZ))
	case n >= math.MaxUint32:
		return fmt.Errorf("a cloud of %d points; at most %d are shown", n, uint32(math.MaxUint32))
	case c.RGB != nil && len(c.RGB) != 3*n:
		return fmt.Errorf("a cloud of %d points with %d bytes of colour; want three for each point", n, len(c.RGB))
	case c.Deviation != nil && len(c.Deviation) != n:
		return fmt.Errorf("a cloud of %d points with %d deviations", n, len(c.Deviation))
	}
	return nil
}

// at is a point.
func (c *Cloud) at(i int) vec {
	return vec{float64(c.XYZ[3*i]), float64(c.XYZ[3*i+1]), float64(c.XYZ[3*i+2])}
}

// box is a part of space, its faces included.
type box struct{ lo, hi vec }

// bounds of all finite points; false if there is none.
func (c *Cloud) bounds() (b box, ok bool) {
	inf := math.Inf(1)
	b = box{vec{inf, inf, inf}, vec{-inf, -inf, -inf}}
	for i := range c.Len() {
		p := c.at(i)
		if !p.finite() {
			continue
		}
		ok = true
		for k := range 3 {
			b.lo[k], b.hi[k] = min(b.lo[k], p[k]), max(b.hi[k], p[k])
		}
	}
	return b, ok
}

// bulk is where nearly all points are: what a few stray ones do to bounds is left out.
func (c *Cloud) bulk(all box) box {
	var b box
	for k := range 3 {
		b.lo[k], b.hi[k] = most(c.Len(), 0.005, func(i int) float32 {
			if !c.at(i).finite() {
				return float32(math.NaN())
			}
			return c.XYZ[3*i+k]
		})
		if math.IsNaN(b.lo[k]) {
			b.lo[k], b.hi[k] = all.lo[k], all.hi[k]
		}
	}
	return b
}

// most are the bounds of all but a part of the values at each end, of at most 50,000 of
// them; NaN where there is none.
func most(n int, part float64, value func(i int) float32) (lo, hi float64) {
	step := max(n/50_000, 1)
	var v []float32
	for i := 0; i < n; i += step {
		if x := value(i); !math.IsNaN(float64(x)) {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(v)
	cut := int(part * float64(len(v)))
	return float64(v[cut]), float64(v[len(v)-1-cut])
}
