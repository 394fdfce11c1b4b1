package servo

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// TrackerConfig of a servo on a target that a belt carries.
type TrackerConfig struct {
	Config
	// Belt is the direction of travel in the line's frame, a unit vector; zero means x.
	Belt [3]float64
	// Memory is the share that each new image has in the estimate once many were
	// seen, between 0 and 1: small for a calm estimate, large for one that follows
	// quickly. The first images weigh more, as a least-squares fit would have it.
	// 0 means 0.4.
	Memory float64
	// MaxSlip bounds the difference of the target's travel from the belt's, per
	// metre: scale of the encoder, slip, and errors of the arm's model. 0 means 0.05.
	MaxSlip float64
	// Jump in metres: an image that puts the target farther from where it must be,
	// after the first two images, is taken for a false one. 0 means 0.02.
	Jump float64
	// Tolerance of the seen lateral error in metres, to be held for Confirm images
	// to be Settled. 0 means 0.2 mm, and 3.
	Tolerance float64
	Confirm   int
	// Misses is how many images in a row may fail to show the target before it
	// counts as Lost. 0 means 5.
	Misses int
}

// Tracker joins images, which come late and thirty times a second, into a goal for
// the machine at any moment. It holds where the target is in the line's frame, as
// the machine's own model has it, and moves that with the belt.
//
// The line's frame here need not be true: an error of the arm's model or of the
// camera's mount shifts where the target seems to be, by the same amount by which it
// misplaces the camera, and the two cancel where the seen error is zero.
//
// A Tracker serves one goroutine at a time, and does not allocate after NewTracker.
type Tracker struct {
	law   *Law
	cfg   TrackerConfig
	theta float64 // of the fading memory

	begun  bool
	state  State
	target kinematics.Pose // in the line's frame, at belt position at
	at     float64
	slip   [3]float64 // travel per metre of belt, beyond the belt's own
	images int        // that were used since Begin
	misses int        // in a row
	good   int        // in a row, within the tolerance
	worse  int        // in a row, beyond the divergence bound
	first  float64    // largest error of the first two images
}

// NewTracker checks a configuration.
func NewTracker(cfg TrackerConfig) (*Tracker, error) {
	law, err := New(cfg.Config)
	if err != nil {
		return nil, err
	}
	cfg.Config = law.Config()
	if cfg.Belt == ([3]float64{}) {
		cfg.Belt[0] = 1
	}
	if l := norm(cfg.Belt); !(math.Abs(l-1) < 1e-6) {
		return nil, fmt.Errorf("servo: belt direction %v has length %g; give a unit vector", cfg.Belt, l)
	}
	for _, v := range []struct {
		name             string
		value            *float64
		nothing, largest float64
	}{
		{"memory", &cfg.Memory, 0.4, 1}, {"slip limit", &cfg.MaxSlip, 0.05, 1},
		{"jump", &cfg.Jump, 0.02, math.MaxFloat64}, {"tolerance", &cfg.Tolerance, 0.2e-3, math.MaxFloat64},
	} {
		if !(*v.value >= 0 && *v.value <= v.largest) {
			return nil, fmt.Errorf("servo: %s is %g; it must be between 0 (the default of %g) and %g", v.name, *v.value, v.nothing, v.largest)
		}
		if *v.value == 0 {
			*v.value = v.nothing
		}
	}
	for _, v := range []struct {
		name    string
		value   *int
		nothing int
	}{{"confirm", &cfg.Confirm, 3}, {"misses", &cfg.Misses, 5}} {
		if *v.value < 0 {
			return nil, fmt.Errorf("servo: %s is %d images; it must be positive, or 0 for the default of %d", v.name, *v.value, v.nothing)
		}
		if *v.value == 0 {
			*v.value = v.nothing
		}
	}
	return &Tracker{law: law, cfg: cfg, theta: math.Sqrt(1 - cfg.Memory), target: kinematics.Identity()}, nil
}

// Law that the tracker judges images by.
func (t *Tracker) Law() *Law { return t.law }

// Begin forgets the last target and expects a new one: its marker's frame in the
// line's frame (metres) when the belt is at position belt (metres). It must be
// near enough for the camera, sent to Goal, to see the marker. With Upright its z
// axis is the one that the tool keeps.
func (t *Tracker) Begin(target kinematics.Pose, belt float64) error {
	if err := target.Check(); err != nil {
		return fmt.Errorf("servo: predicted pose of the target: %w", err)
	}
	if math.IsNaN(belt) || math.IsInf(belt, 0) {
		return fmt.Errorf("servo: predicted pose of the target: belt position %g is not finite", belt)
	}
	*t = Tracker{law: t.law, cfg: t.cfg, theta: t.theta, begun: true, target: target, at: belt}
	return nil
}

// State of the servo after the last image.
func (t *Tracker) State() State { return t.state }

// Slip is the target's travel per metre of belt beyond the belt's own, as estimated,
// along the axes of the line's frame.
func (t *Tracker) Slip() [3]float64 { return t.slip }

// Target is where the target's marker frame is in the line's frame when the belt is
// at position belt.
func (t *Tracker) Target(belt float64) kinematics.Pose {
	p := t.target
	for i := range p.P {
		p.P[i] += (t.cfg.Belt[i] + t.slip[i]) * (belt - t.at)
	}
	return p
}

// Goal is where the camera must be in the line's frame when the belt is at position
// belt, for the marker to be where Desired wants it. It does not know the machine:
// one that follows a moving setpoint late is to be asked for the belt position of
// that much later, or to be driven by Command.
func (t *Tracker) Goal(belt float64) kinematics.Pose { return t.Target(belt).Mul(t.law.inverse) }

// Velocity is the goal's, in m/s along the axes of the line's frame, when the belt
// runs at the given speed in m/s: the feed-forward for a machine that is sent to Goal.
func (t *Tracker) Velocity(speed float64) kinematics.Twist {
	var v kinematics.Twist
	for i := range t.slip {
		v[i] = (t.cfg.Belt[i] + t.slip[i]) * speed
	}
	return v
}

// Command is the camera's own twist (m/s, rad/s; as in Step.Twist) that takes it
// from where it is in the line's frame to the goal and along with it: the goal's
// velocity plus gain times what is missing. What is missing is taken at the tool's
// axis, so that turning does not move it sideways, and is bounded by MaxSpeed and
// MaxTurn before the velocity of the belt is added.
//
// Call it every cycle of the machine with its measured pose. It closes the loop on
// the machine's own sensors between images, so a machine that follows its setpoint
// late still arrives; gain may be high, as the camera's delay is not in this loop.
func (t *Tracker) Command(camera kinematics.Pose, belt, speed float64) kinematics.Twist {
	tip := camera.Mul(t.law.cfg.Desired)
	missing := tip.Inverse().Mul(t.Target(belt))
	w := kinematics.LogSO3(missing.R)
	v := limited(kinematics.Twist{missing.P[0], missing.P[1], missing.P[2], w[0], w[1], w[2]}.Scale(t.law.cfg.Gain),
		t.law.cfg.MaxSpeed, t.law.cfg.MaxTurn)
	along := tip.Inverse().RotateTwist(t.Velocity(speed))
	for i := range 3 {
		v[i] += along[i]
	}
	return t.law.cfg.Desired.Adjoint(v)
}

// Region of the image in which to look for the marker, when the camera was at the
// given pose in the line's frame at the exposure and the belt at position belt:
// where the target must be, with a margin. It is false when the marker cannot be in
// the image; then, or while Waiting, search all of it.
func (t *Tracker) Region(camera kinematics.Pose, belt float64) (vision.Rect, bool) {
	k := &t.law.cfg.K
	pose := camera.Inverse().Mul(t.Target(belt))
	var corners [4]vision.Point
	for i, m := range t.law.cfg.Marker {
		c := pose.Apply(m)
		p, ok := k.Project(c[0], c[1], c[2])
		if !ok {
			return vision.Rect{}, false
		}
		corners[i] = p
	}
	r := vision.Around(corners[:]...)
	r = r.Grow(8+max(r.X1-r.X0, r.Y1-r.Y0)/5).Clip(k.W, k.H)
	return r, t.begun && !r.Empty()
}

// See takes the corners found in one image, with the pose of the camera in the
// line's frame and the position of the belt at the middle of its exposure, both as
// the machine's own sensors had them then. Images are given in the order of their
// exposures; how late does not matter. It returns what the law says of the image,
// with the servo's state.
func (t *Tracker) See(corners [4]vision.Point, camera kinematics.Pose, belt float64) Step {
	step := t.law.Step(corners)
	if step.State == Lost || !t.begun {
		step.State = t.Miss()
		return step
	}
	seen := camera.Mul(step.Target)
	now := t.Target(belt)
	var miss [3]float64
	for i := range miss {
		miss[i] = seen.P[i] - now.P[i]
	}
	jump := norm(miss)
	if !(jump < math.MaxFloat64) || t.images >= 2 && jump > t.cfg.Jump {
		step.State = t.Miss()
		return step
	}
	t.correct(seen, now, miss, belt)
	t.judge(&step)
	return step
}

// Miss takes an image in which the marker was not found, and returns the state.
func (t *Tracker) Miss() State {
	t.good = 0
	t.misses++
	if t.begun && t.misses >= t.cfg.Misses {
		t.state = Lost
	} else if t.state == Settled {
		t.state = Tracking
	}
	return t.state
}

// correct the estimate. The variable of the filter is the belt's position, not time:
// a target that rides on a belt at rest is at rest. The gains are those of the
// expanding-memory polynomial filter of first order, a least-squares line through
// all images, until they fall to those of the fading-memory filter (Brookner,
// Tracking and Kalman Filtering Made Easy, 1998, sections 1.2.10 and 1.2.6).
func (t *Tracker) correct(seen, now kinematics.Pose, miss [3]float64, belt float64) {
	n := float64(t.images)
	place := max(2*(2*n+1)/((n+1)*(n+2)), t.cfg.Memory)
	drift := max(6/((n+1)*(n+2)), (1-t.theta)*(1-t.theta))

	travel := belt - t.at
	for i := range miss {
		now.P[i] += place * miss[i]
		if t.images > 0 && math.Abs(travel) > leastTravel {
			t.slip[i] += drift * miss[i] / travel
		}
	}
	if s := norm(t.slip); s > t.cfg.MaxSlip {
		for i := range t.slip {
			t.slip[i] *= t.cfg.MaxSlip / s
		}
	}
	turn := kinematics.LogSO3(kinematics.Pose{R: now.R}.Inverse().Mul(kinematics.Pose{R: seen.R}).R)
	if t.cfg.Upright {
		turn[0], turn[1] = 0, 0 // the target's axis is known, the camera's tilt is not its
	}
	for i := range turn {
		turn[i] *= place
	}
	now.R = kinematics.Pose{R: now.R}.Mul(kinematics.Pose{R: kinematics.ExpSO3(turn)}).R
	t.target, t.at = now, belt
	t.images++
}

// leastTravel of the belt between two images, in metres, that tells anything of slip.
const leastTravel = 1e-3

// judge the servo by its seen error.
func (t *Tracker) judge(step *Step) {
	t.misses = 0
	if t.images <= 2 {
		t.first = max(t.first, step.Error)
	}
	if step.Error > max(1.5*t.first, 10*t.cfg.Tolerance) {
		t.worse++
	} else {
		t.worse = 0
	}
	if step.Error <= t.cfg.Tolerance {
		t.good++
	} else {
		t.good = 0
	}
	switch {
	case t.state == Diverging || t.worse >= 3:
		t.state = Diverging
	case step.State == Leaving:
		t.state = Leaving
	case t.good >= t.cfg.Confirm:
		t.state = Settled
	default:
		t.state = Tracking
	}
	step.State = t.state
}
