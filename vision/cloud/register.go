package cloud

import (
	"fmt"
	"math"
	"slices"

	"linetwin.dev/kinematics"
)

// Start says where a cloud is looked for. The zero value starts where the cloud is, and with its centroid on the
// template's.
type Start struct {
	// Poses of the cloud in the template's frame to start from, in metres; nil stands for the identity.
	Poses []kinematics.Pose
	// Turns starts in addition with the centroids on each other and the cloud turned by 1/Turns, 2/Turns ... of a
	// whole turn about Axis through them; the zero Axis is the optical one. 0 stands for 1: not turned.
	Turns int
	Axis  [3]float64
	// Reach is how far off a point of the template may be at first, in millimetres; 0 stands for half of the
	// template's size (the RMS distance of its points from their centroid).
	Reach float64
	// Points is how many points of the cloud are used, chosen by a hash of their coordinates; 0 stands for 5000.
	Points int
}

// Registration is where a cloud was found in a template.
type Registration struct {
	// Pose of the cloud's frame in that of the template, in metres: Cloud.Move(Pose) lays it on the template.
	Pose kinematics.Pose
	// Inliers is the share of the cloud's points that lie on the template, from 0 to 1, and RMS that of their distances
	// from its surface, in millimetres. A point lies on it when it is not further off than 4.7 standard
	// deviations, as the median tells these.
	Inliers float64
	RMS     float64
	Steps   int
	// Converged tells whether the last step was of no importance: below 1/10,000 mm, or a fifth of the standard
	// deviation of a mean of so many points.
	Converged bool
	// Free are the motions that the shape does not fix. The pose is as the start had it in their directions.
	Free []Freedom
	// Rivals are other poses at which the cloud lies on the template as well, or nearly so. They are looked for
	// among the starts.
	Rivals []kinematics.Pose
}

// Ambiguous tells whether another pose would do as well: the shape slides or turns on itself, or looks the same
// in another place.
func (r *Registration) Ambiguous() bool { return len(r.Free) > 0 || len(r.Rivals) > 0 }

// Freedom is a motion that leaves a surface within itself, in the template's frame.
type Freedom struct {
	// Turn tells whether it turns about an axis through a point, in millimetres; else it slides along it.
	Turn    bool
	Axis    [3]float64
	Through [3]float64
	// Stiffness is by how many millimetres the points move off the surface, RMS, when they are moved by one:
	// for a turn, at the points' mean distance from their centroid.
	Stiffness float64
}

// String says what moves, for people.
func (f Freedom) String() string {
	if f.Turn {
		return fmt.Sprintf("turns about (%.2f, %.2f, %.2f) through (%.1f, %.1f, %.1f) mm", f.Axis[0], f.Axis[1], f.Axis[2], f.Through[0], f.Through[1], f.Through[2])
	}
	return fmt.Sprintf("slides along (%.2f, %.2f, %.2f)", f.Axis[0], f.Axis[1], f.Axis[2])
}

const (
	coarsePoints = 500
	coarseSteps  = 25
	fineSteps    = 100
	mostFine     = 6   // starts that are followed to the end
	mostStarts   = 500 // Poses and Turns
)

// Register finds the pose at which a cloud lies on the template: from each start with few points, and from the best ones with
// many, it brings points to the planes of their nearest neighbours, with weights that leave out what lies off the
// rest. It fails when the cloud has fewer than 30 points, or the start is none; that nothing was found is told
// by Inliers and Converged. It allocates its work.
func (t *Template) Register(c *Cloud, s Start) (Registration, error) {
	if err := c.Check(); err != nil {
		return Registration{}, err
	}
	starts, err := t.starts(c, &s)
	if err != nil {
		return Registration{}, err
	}
	m := matcher{t: t, search: search{t: t.tree}}
	few, many := sample(c, coarsePoints), sample(c, s.Points)
	rough := make([]fit, len(starts))
	for i, from := range starts {
		rough[i] = m.follow(from, few, s.Reach, 4*t.spacing, coarseSteps)
	}
	rough = m.best(rough, few)
	for i := range rough {
		rough[i] = m.follow(rough[i].at, few, 6*t.spacing, 2*t.spacing, fineSteps)
	}
	rough = m.best(rough, few)
	var found []fit
	for i := range rough {
		if rough[i].cost <= 1.5*rough[0].cost+0.02 { // else it is neither the best nor its rival
			found = append(found, m.follow(rough[i].at, many, 6*t.spacing, 2*t.spacing, fineSteps))
		}
	}
	slices.SortStableFunc(found, byCost)
	best := &found[0]
	r := Registration{Pose: best.at.pose(), Inliers: best.inliers, RMS: best.rms, Steps: best.steps, Converged: best.converged, Free: best.free(t)}
	for i := range found[1:] {
		f := &found[1+i]
		if len(r.Free) == 0 && f.cost <= 1.2*best.cost+0.002 && apart(&f.at, &best.at, few) > 4*t.spacing+3*best.rms {
			r.Rivals = append(r.Rivals, f.at.pose())
		}
	}
	return r, nil
}

// best gives the best fits that are apart from each other, the best first.
func (m *matcher) best(all []fit, points [][3]float64) (few []fit) {
	slices.SortStableFunc(all, byCost)
	for i := range all {
		if !slices.ContainsFunc(few, func(o fit) bool { return apart(&o.at, &all[i].at, points) < 2*m.t.spacing }) {
			few = append(few, all[i])
		}
		if len(few) == mostFine {
			break
		}
	}
	return few
}

func byCost(a, b fit) int {
	switch {
	case a.cost < b.cost:
		return -1
	case a.cost > b.cost:
		return 1
	}
	return 0
}

// starts checks s, fills in what is 0, and gives the poses to start from.
func (t *Template) starts(c *Cloud, s *Start) ([]rigid, error) {
	if s.Turns == 0 {
		s.Turns = 1
	}
	if s.Reach == 0 {
		s.Reach = t.size / 2
	}
	if s.Points == 0 {
		s.Points = 5000
	}
	if s.Axis == ([3]float64{}) {
		s.Axis = [3]float64{0, 0, 1}
	}
	axis := norm(s.Axis)
	switch {
	case c.Len() < 30:
		return nil, fmt.Errorf("cloud: %d points to find in a template; 30 or more are right", c.Len())
	case s.Turns < 1 || s.Turns+len(s.Poses) > mostStarts:
		return nil, fmt.Errorf("cloud: %d turns and %d poses to start from; from 1 to %d are right", s.Turns, len(s.Poses), mostStarts)
	case !(s.Reach > 0) || math.IsInf(s.Reach, 0) || s.Points < 30 || !(axis > 0) || math.IsInf(axis, 0):
		return nil, fmt.Errorf("cloud: a start with a reach of %g mm, %d points, and the axis %v; a positive reach, 30 points or more and a direction are right", s.Reach, s.Points, s.Axis)
	}
	poses := s.Poses
	if poses == nil {
		poses = []kinematics.Pose{kinematics.Identity()}
	}
	var all []rigid
	for i, p := range poses {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("cloud: pose %d to start from: %w", i, err)
		}
		all = append(all, rigidOf(p))
	}
	centre := c.centroid()
	for k := range s.Turns {
		m := rigid{r: turn(scaled(s.Axis, 2*math.Pi*float64(k)/float64(s.Turns)/axis))}
		x, y, z := m.point(centre[0], centre[1], centre[2])
		m.t = minus(t.centre, [3]float64{x, y, z})
		all = append(all, m)
	}
	return all, nil
}

// turn is the rotation by a vector's length about its direction.
func turn(w [3]float64) [9]float64 {
	return kinematics.Exp(kinematics.Twist{3: w[0], 4: w[1], 5: w[2]}).R
}

// sample takes about n points of a cloud, all when it has no more. Which ones follows from their coordinates alone, so it
// is the same whatever their order.
func sample(c *Cloud, n int) [][3]float64 {
	all := c.Len()
	points := make([][3]float64, 0, min(all, n+n/4))
	limit := uint64(math.MaxUint32)
	if n < all {
		limit = uint64(n) << 32 / uint64(all)
	}
	for i := range all {
		h := uint64(math.Float32bits(c.X[i]))*0x9e3779b97f4a7c15 ^ uint64(math.Float32bits(c.Y[i]))*0xc2b2ae3d27d4eb4f ^ uint64(math.Float32bits(c.Z[i]))*0x165667b19e3779f9
		h ^= h >> 29
		h *= 0xbf58476d1ce4e5b9
		if h>>32 <= limit {
			points = append(points, c.at(i))
		}
	}
	return points
}

// apart is the RMS distance between where two poses bring points.
func apart(a, b *rigid, points [][3]float64) float64 {
	sum := 0.0
	for _, p := range points {
		ax, ay, az := a.point(p[0], p[1], p[2])
		bx, by, bz := b.point(p[0], p[1], p[2])
		d := [3]float64{ax - bx, ay - by, az - bz}
		sum += dot(d, d)
	}
	return math.Sqrt(sum / float64(max(len(points), 1)))
}
