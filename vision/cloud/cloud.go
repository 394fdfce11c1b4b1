package cloud

import (
	"fmt"
	"math"
	"slices"

	"linetwin.dev/kinematics"
)

// Cloud is a set of points. Point i lies at X[i], Y[i], Z[i], in millimetres; coordinates are finite.
type Cloud struct {
	X, Y, Z []float32
	// NX, NY, NZ are unit normals, 0 0 0 where none is known. They are nil, or have one for each point.
	NX, NY, NZ []float32
	// Color is red, green, blue of each point; nil when there is none.
	Color []byte
	// Deviation from a template in millimetres; nil when there is none. See Template.Deviations.
	Deviation []float32
}

// MostPoints is the largest cloud that is read: a capture of the largest depth image has a quarter.
const MostPoints = 64 << 20

// Len is the number of points.
func (c *Cloud) Len() int { return len(c.X) }

// HasNormals tells whether there are normals.
func (c *Cloud) HasNormals() bool { return c.NX != nil }

// Check says what is wrong with c, if anything.
func (c *Cloud) Check() error {
	n := len(c.X)
	for _, s := range []struct {
		name    string
		n, each int
		needed  bool
	}{
		{"Y", len(c.Y), 1, true}, {"Z", len(c.Z), 1, true},
		{"NX", len(c.NX), 1, c.HasNormals()}, {"NY", len(c.NY), 1, c.HasNormals()}, {"NZ", len(c.NZ), 1, c.HasNormals()},
		{"Color", len(c.Color), 3, c.Color != nil}, {"Deviation", len(c.Deviation), 1, c.Deviation != nil},
	} {
		if s.needed && s.n != s.each*n || !s.needed && s.n != 0 {
			return fmt.Errorf("cloud: %d values of %s for %d points", s.n, s.name, n)
		}
	}
	for i := range c.X {
		if s := c.X[i] - c.X[i] + c.Y[i] - c.Y[i] + c.Z[i] - c.Z[i]; s != 0 { // NaN of what is not finite
			return fmt.Errorf("cloud: point %d is (%g, %g, %g); coordinates are finite", i, c.X[i], c.Y[i], c.Z[i])
		}
	}
	return nil
}

// shape gives c room for n points with these attributes, keeping its memory.
func (c *Cloud) shape(n int, normals, color, deviation bool) {
	for _, s := range []*[]float32{&c.X, &c.Y, &c.Z} {
		*s = resize(*s, n)
	}
	for _, s := range []*[]float32{&c.NX, &c.NY, &c.NZ} {
		*s = resizeIf(*s, n, normals)
	}
	c.Color, c.Deviation = resizeIf(c.Color, 3*n, color), resizeIf(c.Deviation, n, deviation)
}

// cut leaves the first n points.
func (c *Cloud) cut(n int) {
	c.X, c.Y, c.Z = c.X[:n], c.Y[:n], c.Z[:n]
	if c.HasNormals() {
		c.NX, c.NY, c.NZ = c.NX[:n], c.NY[:n], c.NZ[:n]
	}
	if c.Color != nil {
		c.Color = c.Color[:3*n]
	}
	if c.Deviation != nil {
		c.Deviation = c.Deviation[:n]
	}
}

// resize gives a slice of n values, whatever they are, never nil.
func resize[T any](s []T, n int) []T {
	if s == nil {
		return make([]T, n)
	}
	return slices.Grow(s[:0], n)[:n]
}

func resizeIf[T any](s []T, n int, wanted bool) []T {
	if !wanted {
		return nil
	}
	return resize(s, n)
}

// Move brings c, in place, from the placed frame of a pose to its outer frame.
func (c *Cloud) Move(p kinematics.Pose) {
	m := rigidOf(p)
	for i := range c.X {
		x, y, z := m.point(float64(c.X[i]), float64(c.Y[i]), float64(c.Z[i]))
		c.X[i], c.Y[i], c.Z[i] = float32(x), float32(y), float32(z)
	}
	for i := range c.NX {
		n := p.Rotate([3]float64{float64(c.NX[i]), float64(c.NY[i]), float64(c.NZ[i])})
		c.NX[i], c.NY[i], c.NZ[i] = float32(n[0]), float32(n[1]), float32(n[2])
	}
}

// Bounds are the smallest and the largest coordinates, in millimetres; 0 for an empty cloud.
func (c *Cloud) Bounds() (low, high [3]float32) {
	for d, s := range [3][]float32{c.X, c.Y, c.Z} {
		if len(s) > 0 {
			low[d], high[d] = slices.Min(s), slices.Max(s)
		}
	}
	return low, high
}

// centroid of all points.
func (c *Cloud) centroid() (m [3]float64) {
	for d, s := range [3][]float32{c.X, c.Y, c.Z} {
		for _, v := range s {
			m[d] += float64(v)
		}
		m[d] /= float64(max(len(s), 1))
	}
	return m
}

// rigid is a pose in millimetres.
type rigid struct {
	r [9]float64
	t [3]float64
}

func rigidOf(p kinematics.Pose) rigid {
	return rigid{p.R, [3]float64{1000 * p.P[0], 1000 * p.P[1], 1000 * p.P[2]}}
}

func (m *rigid) pose() kinematics.Pose {
	return kinematics.Pose{R: m.r, P: [3]float64{m.t[0] / 1000, m.t[1] / 1000, m.t[2] / 1000}}
}

func (m *rigid) point(x, y, z float64) (float64, float64, float64) {
	r := &m.r
	return r[0]*x + r[1]*y + r[2]*z + m.t[0], r[3]*x + r[4]*y + r[5]*z + m.t[1], r[6]*x + r[7]*y + r[8]*z + m.t[2]
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func norm(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }

func scaled(a [3]float64, f float64) [3]float64 { return [3]float64{a[0] * f, a[1] * f, a[2] * f} }

func plus(a, b [3]float64) [3]float64 { return [3]float64{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

func minus(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

// at is point i.
func (c *Cloud) at(i int) [3]float64 {
	return [3]float64{float64(c.X[i]), float64(c.Y[i]), float64(c.Z[i])}
}
