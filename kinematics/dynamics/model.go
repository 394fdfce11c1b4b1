package dynamics

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
)

// Wrench is a force, in N, at the origin of a frame and a moment, in N m, about it,
// along the frame's axes.
type Wrench struct{ Force, Moment [3]float64 }

// Along gives w along the outer axes of p, the point that it acts at unchanged. With p
// the pose of the tool it turns a wrench along the tool's axes into one along the axes
// of the chain's parent frame; with p.Inverse() back.
func (w Wrench) Along(p kinematics.Pose) Wrench {
	return Wrench{p.Rotate(w.Force), p.Rotate(w.Moment)}
}

// Model is a serial machine with masses. It is immutable; any number of goroutines may
// use one. Methods that fill a slice do not allocate. Slices of joint values have one
// element per joint, first joint first, in rad, rad/s, rad/s2 and N m, or m, m/s, m/s2
// and N for a prismatic joint; methods panic when a length is wrong.
//
// In M(q) qdd + h(q, qd) = tau, the equation of motion, tau is what the drives give.
type Model struct {
	chain *kinematics.Chain
	n     int
	links [kinematics.MaxJoints]link
	drive [kinematics.MaxJoints]Drive
	// up is the acceleration of a base that replaces gravity, along the base's axes.
	up      vec
	gravity [3]float64
	// tool's pose in the last link's frame.
	tool kinematics.Pose
}

// link is a joint and its link as the recursions need them.
type link struct {
	body      inertia
	prismatic bool
	theta, d  float64
	a         float64
	s, c      float64 // of theta
	sa, ca    float64 // of alpha
}

// New makes a model of a chain, with the body behind each joint, the drive of each joint
// (nil for drives without friction and inertia) and the acceleration of gravity in m/s2
// in the chain's parent frame, usually (0, 0, -9.81). Errors name the joint, counted
// from 1, and say what would be right.
func New(chain *kinematics.Chain, bodies []Body, drives []Drive, gravity [3]float64) (*Model, error) {
	n := chain.Joints()
	if len(bodies) != n {
		return nil, fmt.Errorf("dynamics: %d bodies for a chain of %d joints; each joint moves one", len(bodies), n)
	}
	if drives != nil && len(drives) != n {
		return nil, fmt.Errorf("dynamics: %d drives for a chain of %d joints; give one for each, or nil", len(drives), n)
	}
	for _, g := range gravity {
		if g-g != 0 {
			return nil, fmt.Errorf("dynamics: gravity %v is not finite", gravity)
		}
	}
	m := &Model{chain: chain, n: n, gravity: gravity, tool: chain.Tool()}
	m.up = vecOf(chain.Base().Inverse().Rotate(gravity)).scale(-1)
	for i, b := range bodies {
		if err := b.Check(); err != nil {
			return nil, fmt.Errorf("dynamics: body of joint %d: %w", i+1, err)
		}
		spec := chain.Link(i)
		l := link{body: b.inertia(), prismatic: spec.Kind == kinematics.Prismatic, theta: spec.Theta, d: spec.D, a: spec.A}
		l.s, l.c = exactSincos(spec.Theta)
		l.sa, l.ca = exactSincos(spec.Alpha)
		m.links[i] = l
	}
	for i, d := range drives {
		if err := d.Check(); err != nil {
			return nil, fmt.Errorf("dynamics: drive of joint %d: %w", i+1, err)
		}
		m.drive[i] = d
	}
	return m, nil
}

// WithPayload is the same machine with one more body, fixed to the tool: its centre of
// mass and inertia are in the tool's frame. Payloads add up.
func (m *Model) WithPayload(b Body) (*Model, error) {
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("dynamics: payload: %w", err)
	}
	r := *m
	in := b.inertia()
	in = in.placed(m.tool)
	r.links[m.n-1].body.add(&in)
	return &r, nil
}

// Chain that the model was made for.
func (m *Model) Chain() *kinematics.Chain { return m.chain }

// Joints is the number of joints.
func (m *Model) Joints() int { return m.n }

// Gravity is its acceleration in m/s2 in the chain's parent frame.
func (m *Model) Gravity() [3]float64 { return m.gravity }

// checkMatrix panics unless a slice holds a matrix for the chain.
func (m *Model) checkMatrix(n int) {
	if n != m.n*m.n {
		panic(fmt.Sprintf("dynamics: a slice of %d for the matrix of a machine of %d joints, which has %d elements", n, m.n, m.n*m.n))
	}
}

// check panics unless all slices fit the chain: a wrong length is a mistake in the
// program, never in its data.
func (m *Model) check(lengths ...int) {
	for _, n := range lengths {
		if n != m.n {
			panic(fmt.Sprintf("dynamics: %d values for a machine of %d joints", n, m.n))
		}
	}
}

// exactSincos is Sincos with the quarter turns exact, which most links have.
func exactSincos(x float64) (sin, cos float64) {
	quarters := math.Round(x / (math.Pi / 2))
	if x != quarters*(math.Pi/2) || math.Abs(quarters) > 4 {
		return math.Sincos(x)
	}
	turned := [4][2]float64{{0, 1}, {1, 0}, {0, -1}, {-1, 0}}[int(quarters+4)%4]
	return turned[0], turned[1]
}
