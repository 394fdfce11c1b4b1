package cloud

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Plane is the set of points p with Normal p = Offset, as it was found in a cloud.
type Plane struct {
	// Normal has unit length and points to the side of the origin, where the camera is; Offset, in
	// millimetres, is then not positive.
	Normal [3]float64
	Offset float64
	// Inliers is the number of points within the tolerance, and RMS that of their distances in millimetres.
	Inliers int
	RMS     float64
}

// Distance of a point from the plane in millimetres, positive on the side of the normal.
func (p *Plane) Distance(x, y, z float64) float64 {
	return p.Normal[0]*x + p.Normal[1]*y + p.Normal[2]*z - p.Offset
}

// mostTrials bounds the planes that are tried. 1000 find one that holds an eighth of the points with a
// certainty of 86 %, and one that holds a fifth with 99.97 %.
const mostTrials = 1000

// FitPlane finds the plane that the most points are within a tolerance of, in millimetres, by random sample
// consensus, and then fits it to these by least squares of the distances, until their number stays the same. Trials
// are drawn from a generator with a fixed seed, and end when a better plane is less likely than one in a million. Points
// are tried on 2000 of a large cloud, which are spread evenly over it.
//
// It fails when the cloud has fewer than three points, or none that are not on a line. It allocates nothing
// but the generator.
func FitPlane(c *Cloud, tolerance float64) (Plane, error) {
	if err := c.Check(); err != nil {
		return Plane{}, err
	}
	if !(tolerance > 0) || math.IsInf(tolerance, 0) {
		return Plane{}, fmt.Errorf("cloud: a plane with a tolerance of %g mm; a positive one is right", tolerance)
	}
	n := c.Len()
	if n < 3 {
		return Plane{}, fmt.Errorf("cloud: a plane through %d points; three that are not on a line are right", n)
	}
	rng := rand.New(rand.NewPCG(0x706c616e65, 3))
	stride := max(1, n/2000)
	tried := (n + stride - 1) / stride
	var best Plane
	needed := float64(mostTrials)
	for trial := 0; float64(trial) < needed; trial++ {
		p, ok := through(c.at(rng.IntN(n)), c.at(rng.IntN(n)), c.at(rng.IntN(n)))
		if !ok {
			continue
		}
		for i := 0; i < n; i += stride {
			if math.Abs(p.Distance(float64(c.X[i]), float64(c.Y[i]), float64(c.Z[i]))) <= tolerance {
				p.Inliers++
			}
		}
		if p.Inliers > best.Inliers {
			best = p
			share := float64(p.Inliers) / float64(tried)
			needed = min(mostTrials, math.Log(1e-6)/math.Log1p(-min(share*share*share, 1-1e-9)))
		}
	}
	if best.Inliers == 0 {
		return Plane{}, fmt.Errorf("cloud: a plane through %d points that lie on a line", n)
	}
	best.Inliers = 0 // of those that were tried
	for range 20 {
		var s spread
		inliers := best.gather(c, tolerance, &s)
		if inliers == best.Inliers { // they are the same points, and give the same plane
			break
		}
		next, ok := s.plane()
		if !ok {
			return Plane{}, fmt.Errorf("cloud: a plane through %d points that lie on a line", n)
		}
		next.Inliers = inliers
		best = next
	}
	var s spread
	best.Inliers = best.gather(c, tolerance, &s)
	return best, nil
}

// through three points; not ok when they are on a line.
func through(a, b, c [3]float64) (Plane, bool) {
	u, v := minus(b, a), minus(c, a)
	n := cross(u, v)
	l := norm(n)
	if !(l > 1e-9*norm(u)*norm(v)) {
		return Plane{}, false
	}
	n = scaled(n, 1/l)
	return Plane{Normal: n, Offset: dot(n, a)}, true
}

// gather takes the points within the tolerance of p, tells how many they are, and sets the RMS of their
// distances.
func (p *Plane) gather(c *Cloud, tolerance float64, s *spread) int {
	s.origin = scaled(p.Normal, p.Offset)
	n, sum := 0, 0.0
	for i := range c.X {
		x, y, z := float64(c.X[i]), float64(c.Y[i]), float64(c.Z[i])
		if d := p.Distance(x, y, z); math.Abs(d) <= tolerance {
			s.add([3]float64{x, y, z})
			n++
			sum += d * d
		}
	}
	p.RMS = math.Sqrt(sum / float64(max(n, 1)))
	return n
}

// plane is that of least squares of the distances; not ok when the points are on a line.
func (s *spread) plane() (Plane, bool) {
	centre, variances, axes := s.axes()
	if s.n < 3 || !(variances[1] > 1e-12*variances[2]) {
		return Plane{}, false
	}
	p := Plane{Normal: [3]float64(axes[:3])}
	p.Offset = dot(p.Normal, centre)
	if p.Offset > 0 {
		p.Normal, p.Offset = scaled(p.Normal, -1), -p.Offset
	}
	return p, true
}
