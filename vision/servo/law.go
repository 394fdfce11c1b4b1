package servo

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// Config of the control law.
type Config struct {
	K vision.Intrinsics
	// Marker holds the corners in the marker's frame, in metres and in the order in
	// which the finder reports them: clockwise from the top left. The origin is the
	// point that the tool's axis must meet, such as the centre of the cap, and the
	// frame's z is the direction that the axis must take.
	Marker [4][3]float64
	// Desired is the marker's frame in the camera's frame at the goal. At the goal
	// the tool's axis is this frame's z axis. Teach it with SolvePlanar from corners
	// seen with the tool in its place, and the calibration of hand and eye drops out.
	Desired kinematics.Pose
	// Upright tells that the marker's axis and the tool's are held parallel by other
	// means, such as a bottle that stands and an arm that keeps its tool vertical.
	// The law then moves in four directions, along the axes and about the z of
	// Desired, and is spared the tilt, which a small marker shows badly.
	Upright bool
	// Gain of the law in 1/s; 0 means 6.
	Gain float64
	// Damping of the pseudo-inverse: the squared ratio of the corner noise, in
	// normalised coordinates, to the motion (rad, or m per m of depth) that is to be
	// expected. 0 means 1e-6.
	Damping float64
	// Weights of the corners; all zero means all one.
	Weights [4]float64
	// MaxSpeed (m/s) and MaxTurn (rad/s) bound the commanded twist, whose direction
	// is kept; 0 means no bound.
	MaxSpeed, MaxTurn float64
	// Margin in pixels: a corner nearer to the image's rim makes the state Leaving.
	// 0 means 8.
	Margin float64
	// MaxResidual in pixels: corners that fit the marker no better than this, rms,
	// are not those of the marker. 0 means 2.
	MaxResidual float64
}

// Step is what one image says and asks for.
type Step struct {
	// State is Tracking, Leaving, or Lost when the corners cannot be those of the
	// marker; then the rest is zero. A Tracker knows further states.
	State State
	// Twist is the camera's own twist that the law commands: the velocity of the
	// camera's origin along the camera's axes, m/s and rad/s, towards a target at rest.
	Twist kinematics.Twist
	// Target is the marker's frame in the camera's frame as seen, in metres.
	Target kinematics.Pose
	// Error is the seen lateral error in metres: how far the marker's origin is from
	// the tool's axis. Along is the distance along that axis, positive when the tool
	// is too near (for a z that points from the marker to the tool).
	Error, Along float64
	// Angle is the rotation that is still to be made, in radians.
	Angle float64
	// Pixels is the rms distance of the corners from where they must be; Residual
	// that from where the marker, placed at Target, would show them.
	Pixels, Residual float64
	// Depth of the marker's origin along the optical axis, in metres.
	Depth float64
	// Margin is the least distance of a corner from the image's rim, in pixels,
	// negative outside.
	Margin float64
}

// Law is the image-based control law of one camera and marker. It does not change
// after New and may be used concurrently.
type Law struct {
	cfg     Config
	plane   plane
	inverse kinematics.Pose  // of Desired
	goal    [4][2]float64    // the corners at the goal, normalised
	pixels  [4]vision.Point  // and in pixels
	depth   [4]float64       // and their depths
	unit    float64          // from metres to radians: 1 / distance at the goal
	rows    [4][2][6]float64 // interaction at the goal, seen in Desired
}

// New checks a configuration and prepares its law.
func New(cfg Config) (*Law, error) {
	if !(cfg.K.FX > 0 && cfg.K.FY > 0) {
		return nil, fmt.Errorf("servo: focal lengths %g, %g px; both must be positive", cfg.K.FX, cfg.K.FY)
	}
	if err := cfg.Desired.Check(); err != nil {
		return nil, fmt.Errorf("servo: desired pose of the marker in the camera's frame: %w", err)
	}
	for _, v := range []struct {
		name    string
		value   *float64
		nothing float64 // what zero means
	}{
		{"gain", &cfg.Gain, 6}, {"damping", &cfg.Damping, 1e-6}, {"speed limit", &cfg.MaxSpeed, math.Inf(1)},
		{"turn limit", &cfg.MaxTurn, math.Inf(1)}, {"margin", &cfg.Margin, 8}, {"residual limit", &cfg.MaxResidual, 2},
	} {
		if !(*v.value >= 0) {
			return nil, fmt.Errorf("servo: %s is %g; it must be positive, or 0 for the default of %g", v.name, *v.value, v.nothing)
		}
		if *v.value == 0 {
			*v.value = v.nothing
		}
	}
	if cfg.Weights == ([4]float64{}) {
		cfg.Weights = [4]float64{1, 1, 1, 1}
	}
	for i, w := range cfg.Weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("servo: weight of corner %d is %g; it must be positive (four points are the least that fix a pose)", i, w)
		}
	}
	p, err := newPlane(cfg.Marker)
	if err != nil {
		return nil, err
	}
	l := &Law{cfg: cfg, plane: p, inverse: cfg.Desired.Inverse()}
	for i, m := range cfg.Marker {
		c := cfg.Desired.Apply(m)
		px, ok := cfg.K.Project(c[0], c[1], c[2])
		if !ok || rim(&cfg.K, px) < 0 {
			return nil, fmt.Errorf("servo: at the goal, corner %d of the marker is at %.4g m before the camera and at pixel (%.0f, %.0f), outside the image of %d x %d; choose another desired pose or mount",
				i, c[2], px.X, px.Y, cfg.K.W, cfg.K.H)
		}
		l.pixels[i], l.depth[i] = px, c[2]
		l.goal[i] = [2]float64{c[0] / c[2], c[1] / c[2]}
		rx, ry := Interaction(l.goal[i][0], l.goal[i][1], c[2])
		l.rows[i] = [2][6]float64{moved(&rx, &cfg.Desired), moved(&ry, &cfg.Desired)}
		l.unit += 1 / c[2] / 4
	}
	return l, nil
}

// Config returns the configuration with its defaults filled in.
func (l *Law) Config() Config { return l.cfg }

// rim is how far a pixel is inside the image.
func rim(k *vision.Intrinsics, p vision.Point) float64 {
	return min(p.X, p.Y, float64(k.W-1)-p.X, float64(k.H-1)-p.Y)
}

// Step judges the corners of one image, in pixels and in the marker's order. It
// does not allocate.
//
// The twist is v = -gain (L'WL + damping)^-1 L'W (s - s*), where L is the mean of
// the interaction matrices here and at the goal, which makes the law exact to
// second order (Malis 2004), and the depths in it are those of the seen pose. It
// is solved for the twist of the marker's frame at the goal, where the directions
// are least alike, and handed out as the camera's.
func (l *Law) Step(corners [4]vision.Point) Step {
	cfg := &l.cfg
	s := Step{Margin: math.Inf(1)}
	for i, c := range corners {
		s.Margin = min(s.Margin, rim(&cfg.K, c))
		dx, dy := c.X-l.pixels[i].X, c.Y-l.pixels[i].Y
		s.Pixels += (dx*dx + dy*dy) / 4
	}
	seen := rays(&cfg.K, &corners)
	pose, sum, ok := l.plane.solve(&cfg.Marker, &seen, false)
	s.Residual = math.Sqrt(sum/4) * math.Sqrt(cfg.K.FX*cfg.K.FY)
	if !ok || !(s.Residual <= cfg.MaxResidual) || math.IsInf(s.Pixels, 0) {
		return Step{State: Lost}
	}
	s.Pixels = math.Sqrt(s.Pixels)
	if cfg.Upright {
		pose = l.upright(pose, &seen)
	}
	s.Target = pose
	s.Depth = pose.P[2]
	away := l.inverse.Mul(pose)
	s.Error = math.Hypot(away.P[0], away.P[1])
	s.Along = away.P[2]
	s.Angle = norm(kinematics.LogSO3(away.R))

	twist, ok := l.twist(&seen, &pose)
	if !ok {
		return Step{State: Lost}
	}
	s.Twist = twist
	s.State = Tracking
	if s.Margin < cfg.Margin {
		s.State = Leaving
	}
	return s
}

// twist solves the law.
func (l *Law) twist(seen *[4][2]float64, pose *kinematics.Pose) (kinematics.Twist, bool) {
	cfg := &l.cfg
	var n normal
	for i := range seen {
		z := pose.Apply(cfg.Marker[i])[2]
		if !(z > 0) {
			return kinematics.Twist{}, false
		}
		rx, ry := Interaction(seen[i][0], seen[i][1], z)
		rx, ry = moved(&rx, &cfg.Desired), moved(&ry, &cfg.Desired)
		for j := range 6 {
			rx[j] = (rx[j] + l.rows[i][0][j]) / 2
			ry[j] = (ry[j] + l.rows[i][1][j]) / 2
		}
		n.add(&rx, l.goal[i][0]-seen[i][0], cfg.Weights[i])
		n.add(&ry, l.goal[i][1]-seen[i][1], cfg.Weights[i])
	}
	l.damp(&n)
	v, ok := n.solve()
	if !ok {
		return kinematics.Twist{}, false
	}
	out := cfg.Desired.Adjoint(kinematics.Twist(v)).Scale(cfg.Gain)
	return limited(out, cfg.MaxSpeed, cfg.MaxTurn), true
}

// damp adds the damping, and fixes the directions in which the law does not move.
func (l *Law) damp(n *normal) {
	for i := range 3 {
		n.a[i][i] += l.cfg.Damping * l.unit * l.unit
		n.a[3+i][3+i] += l.cfg.Damping
	}
	if l.cfg.Upright {
		n.hold(3)
		n.hold(4)
	}
}

// upright is the pose, parallel to the desired one in z, that shows the corners
// best: Gauss-Newton steps in four directions from a full pose.
func (l *Law) upright(pose kinematics.Pose, seen *[4][2]float64) kinematics.Pose {
	cfg := &l.cfg
	away := l.inverse.Mul(pose)
	yaw := math.Atan2(away.R[3]-away.R[1], away.R[0]+away.R[4])
	t := cfg.Desired.Mul(kinematics.FromRPY(away.P, [3]float64{0, 0, yaw}))
	for range 4 {
		var n normal
		for i := range seen {
			c := t.Apply(cfg.Marker[i])
			if !(c[2] > 0) {
				return t
			}
			x, y := c[0]/c[2], c[1]/c[2]
			rx, ry := Interaction(x, y, c[2])
			rx, ry = moved(&rx, &t), moved(&ry, &t)
			n.add(&rx, x-seen[i][0], cfg.Weights[i])
			n.add(&ry, y-seen[i][1], cfg.Weights[i])
		}
		n.hold(3)
		n.hold(4)
		step, ok := n.solve()
		if !ok {
			return t
		}
		t = t.Mul(kinematics.Exp(kinematics.Twist(step)))
		if math.Abs(step[0])+math.Abs(step[1])+math.Abs(step[2]) < 1e-9 && math.Abs(step[5]) < 1e-8 {
			break
		}
	}
	return t
}

// limited scales a twist down, as a whole, until both of its parts keep their
// bounds.
func limited(t kinematics.Twist, speed, turn float64) kinematics.Twist {
	scale := 1.0
	if v := norm(t.Linear()); v > speed {
		scale = speed / v
	}
	if w := norm(t.Angular()); w*scale > turn {
		scale = turn / w
	}
	return t.Scale(scale)
}
