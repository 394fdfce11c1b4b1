package cloud

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
)

// Template is a surface, given by its points, in which clouds are looked for. It is immutable; any number of goroutines
// may use one.
type Template struct {
	tree       *tree
	nx, ny, nz []float32
	radius     []float32 // squared distance up to which the surface is known around a point
	flat       []bool    // whether the neighbours make a plane: the normal can be relied upon
	spacing    float64   // mean distance from point to point, mm
	size       float64   // RMS distance of the points from their centroid, mm
	centre     [3]float64
	slope      float64 // how far normals are off, RMS in radians, by what the points scatter about their planes
}

// mostNeighbours bounds what a normal is made of.
const mostNeighbours = 200

// NewTemplate prepares a surface. Normals are those of the planes through each point and its neighbours, of which it takes
// the given number, and more suit a noisy surface: 0 stands for 16, 32, 64 or 128, the first by which half of the points
// have a plane. They point as those of c do, where it has any,
// and to the origin, where the camera is, elsewhere.
func NewTemplate(c *Cloud, neighbours int) (*Template, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if neighbours != 0 {
		return newTemplate(c, neighbours)
	}
	for k := 16; ; k *= 2 {
		t, err := newTemplate(c, k)
		if err != nil || 2*count(t.flat) >= c.Len() || 2*k > mostNeighbours || c.Len() < 3*2*k {
			return t, err
		}
	}
}

func newTemplate(c *Cloud, neighbours int) (*Template, error) {
	n := c.Len()
	switch {
	case neighbours < 5 || neighbours > mostNeighbours:
		return nil, fmt.Errorf("cloud: a template with %d neighbours of each point; from 5 to %d are right", neighbours, mostNeighbours)
	case n < 3*neighbours:
		return nil, fmt.Errorf("cloud: a template of %d points; %d or more are right", n, 3*neighbours)
	}
	t := &Template{tree: newTree(c), nx: make([]float32, n), ny: make([]float32, n), nz: make([]float32, n),
		radius: make([]float32, n), flat: make([]bool, n), centre: c.centroid()}
	s := search{t: t.tree}
	for i := range n {
		p := [3]float32{t.tree.x[i], t.tree.y[i], t.tree.z[i]}
		s.nearest(p, neighbours, float32(math.Inf(1)))
		t.orient(i, &s, c)
		d := minus([3]float64{float64(p[0]), float64(p[1]), float64(p[2])}, t.centre)
		t.size += dot(d, d)
	}
	t.size = math.Sqrt(t.size / float64(n))
	t.spacing /= float64(n)
	if !(t.spacing > 0) {
		return nil, fmt.Errorf("cloud: a template whose %d points lie on each other", n)
	}
	t.slope = math.Sqrt(t.slope / float64(n))
	return t, nil
}

// count is how many are true.
func count(all []bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

// orient gives point i the normal of its neighbours.
func (t *Template) orient(i int, s *search, c *Cloud) {
	p := [3]float64{float64(s.p[0]), float64(s.p[1]), float64(s.p[2])}
	k := float64(s.n)
	around := spread{origin: p}
	for _, j := range s.at[:s.n] {
		around.add([3]float64{float64(t.tree.x[j]), float64(t.tree.y[j]), float64(t.tree.z[j])})
	}
	_, variances, axes := around.axes()
	v := [3]float64(axes[:3])
	t.radius[i] = s.squared[s.n-1]
	// k points within a circle of that radius: each has pi r^2 / k of the surface.
	t.spacing += math.Sqrt(math.Pi * float64(t.radius[i]) / k)
	if t.flat[i] = variances[1] > 0 && variances[0] < 0.25*variances[1]; t.flat[i] {
		t.slope += max(variances[0], 0) * (1/variances[1] + 1/variances[2]) / (k - 3)
	}
	towards := scaled(p, -1)
	if from := t.tree.from[i]; c.HasNormals() && (c.NX[from] != 0 || c.NY[from] != 0 || c.NZ[from] != 0) {
		towards = [3]float64{float64(c.NX[from]), float64(c.NY[from]), float64(c.NZ[from])}
	}
	if dot(v, towards) < 0 {
		v = scaled(v, -1)
	}
	t.nx[i], t.ny[i], t.nz[i] = float32(v[0]), float32(v[1]), float32(v[2])
}

// Spacing is the mean distance from point to point on the surface, in millimetres.
func (t *Template) Spacing() float64 { return t.spacing }

// normal of point i, and the point.
func (t *Template) at(i int32) (p, n [3]float64) {
	return [3]float64{float64(t.tree.x[i]), float64(t.tree.y[i]), float64(t.tree.z[i])},
		[3]float64{float64(t.nx[i]), float64(t.ny[i]), float64(t.nz[i])}
}

// meet tells where a point stands to the surface at template point i: how far above the plane there, and
// whether the surface is known so far to the side.
func (t *Template) meet(p [3]float64, i int32) (above float64, on bool) {
	q, n := t.at(i)
	d := minus(p, q)
	above = dot(d, n)
	return above, dot(d, d)-above*above <= float64(t.radius[i])
}

// Deviations sets c.Deviation to the distance of each point from the surface in millimetres: positive on the side to
// which the normals point, towards the camera. at is the pose of the cloud in the template's frame, as
// Registration.Pose. Beside the surface, and where there is none near, it is the distance from the nearest point of
// the template. It allocates only for c.Deviation, when that is too short.
func (t *Template) Deviations(c *Cloud, at kinematics.Pose) error {
	if err := at.Check(); err != nil {
		return fmt.Errorf("cloud: the pose to take deviations at: %w", err)
	}
	m := rigidOf(at)
	c.Deviation = resize(c.Deviation, c.Len())
	s := search{t: t.tree}
	for i := range c.X {
		x, y, z := m.point(float64(c.X[i]), float64(c.Y[i]), float64(c.Z[i]))
		s.nearest([3]float32{float32(x), float32(y), float32(z)}, 1, float32(math.Inf(1)))
		if s.n == 0 { // so far away that its square is infinite
			c.Deviation[i] = math.MaxFloat32
			continue
		}
		above, on := t.meet([3]float64{x, y, z}, s.at[0])
		if !on {
			above = math.Copysign(math.Sqrt(float64(s.squared[0])), above)
		}
		c.Deviation[i] = float32(above)
	}
	return nil
}
