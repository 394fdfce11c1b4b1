package servo

import (
	"math"
	"math/rand/v2"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// The station of the tests: a camera beside the tool, tilted towards its axis, that
// sees a marker of 20 mm on a cap from 0.15 m.
const deg = math.Pi / 180

func square(size float64) [4][3]float64 {
	h := size / 2
	return [4][3]float64{{-h, h, 0}, {h, h, 0}, {h, -h, 0}, {-h, -h, 0}}
}

func station() Config {
	return Config{
		K:      vision.Pinhole(640, 480, 60*deg),
		Marker: square(0.020),
		// The marker's z looks back at the camera.
		Desired: kinematics.FromRPY([3]float64{0.012, -0.02, 0.15}, [3]float64{math.Pi - 0.15, 0.05, 0.1}),
	}
}

// corners of the marker at a pose in the camera's frame, with noise of sigma px.
func corners(cfg *Config, k vision.Intrinsics, pose kinematics.Pose, sigma float64, rng *rand.Rand) (c [4]vision.Point) {
	for i, m := range cfg.Marker {
		p := pose.Apply(m)
		c[i], _ = k.Project(p[0], p[1], p[2])
		if sigma > 0 {
			c[i].X += sigma * rng.NormFloat64()
			c[i].Y += sigma * rng.NormFloat64()
		}
	}
	return c
}

func random(rng *rand.Rand, metres, radians float64) kinematics.Pose {
	dir := func(l float64) (v [3]float64) {
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		n := norm(v)
		for i := range v {
			v[i] *= l / n
		}
		return v
	}
	return kinematics.Pose{R: kinematics.ExpSO3(dir(radians)), P: dir(metres)}
}

// world is a line with a belt, a machine and a camera, none of which are what their
// models say.
type world struct {
	k        vision.Intrinsics // the true camera
	base     kinematics.Pose   // the machine's true base in the line's frame
	scale    float64           // of the machine's links
	mount    kinematics.Pose   // the true camera in the believed one's frame
	start    kinematics.Pose   // true target at time zero
	speed    float64           // of the belt by its encoder, m/s
	slip     float64           // true travel over the encoder's, less one
	arm      [6]float64        // believed camera: position, rotation vector on upright
	rate     [6]float64
	setpoint [6]float64
	upright  [9]float64
}

func (w *world) belt(t float64) float64 { return 1.7 + w.speed*t }

func (w *world) target(t float64) kinematics.Pose {
	p := w.start
	p.P[0] += w.speed * (1 + w.slip) * t
	return p
}

// believed is the camera's pose by the machine's sensors.
func (w *world) believed() kinematics.Pose { return place(w.upright, &w.arm) }

// seen is the marker in the true camera's frame.
func (w *world) seen(t float64) kinematics.Pose {
	c := w.believed()
	for i := range c.P {
		c.P[i] *= w.scale
	}
	return w.base.Mul(c).Mul(w.mount).Inverse().Mul(w.target(t))
}

func place(r [9]float64, q *[6]float64) kinematics.Pose {
	return kinematics.Pose{P: [3]float64{q[0], q[1], q[2]},
		R: kinematics.Pose{R: r}.Mul(kinematics.Pose{R: kinematics.ExpSO3([3]float64{q[3], q[4], q[5]})}).R}
}

// drive moves the machine: a position loop of second order on each coordinate.
func (w *world) drive(dt float64) {
	const omega, zeta = 2 * math.Pi * 20, 0.8
	for i := range w.arm {
		a := omega*omega*(w.setpoint[i]-w.arm[i]) - 2*zeta*omega*w.rate[i]
		w.rate[i] += a * dt
		w.arm[i] += w.rate[i] * dt
	}
}

// follow sets the setpoint to a pose.
func (w *world) follow(p kinematics.Pose) {
	r := kinematics.LogSO3(kinematics.Pose{R: w.upright}.Inverse().Mul(kinematics.Pose{R: p.R}).R)
	w.setpoint = [6]float64{p.P[0], p.P[1], p.P[2], r[0], r[1], r[2]}
}

// move advances the setpoint by a twist of the camera's own.
func (w *world) move(v kinematics.Twist, dt float64) {
	w.follow(place(w.upright, &w.setpoint).Mul(kinematics.Exp(v.Scale(dt))))
}
