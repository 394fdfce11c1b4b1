package kinematics

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics/numeric"
)

// MaxJoints is the largest number of joints in a chain.
const MaxJoints = 16

// Kind of a joint.
type Kind uint8

// The kinds.
const (
	Revolute  Kind = iota // the joint variable is added to Theta, in radians
	Prismatic             // the joint variable is added to D, in metres
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case Revolute:
		return "revolute"
	case Prismatic:
		return "prismatic"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Link is a joint and the body behind it in the standard (distal) convention of
// Denavit and Hartenberg: the link's frame lies in the one before it at
//
//	Rz(Theta) Tz(D) Tx(A) Rx(Alpha)
//
// in metres and radians. The joint turns about, or slides along, z of the frame
// before it. Min and Max bound the joint variable, in rad or m; a revolute joint
// that may turn for ever has -Inf and +Inf.
type Link struct {
	A, Alpha, D, Theta float64
	Kind               Kind
	Min, Max           float64
}

// Chain is a serial machine: a base, one to MaxJoints links and a tool. It is
// immutable; any number of goroutines may use one chain. Its methods are pure
// functions of their arguments and, but for errors, do not allocate.
//
// A slice of joint variables q has one element per joint, in rad or m, first joint
// first; methods panic when its length is wrong.
type Chain struct {
	n          int
	base, tool Pose
	straight   bool // the tool is not turned against the last link
	links      [MaxJoints]dhLink
	min, max   [MaxJoints]float64
	// reach in metres is an upper bound of the distance from the base to the tool,
	// or 1 where that is 0. It is the length that makes metres and radians comparable.
	reach float64
	spec  [MaxJoints]Link
	structure
}

// dhLink is a Link with what does not depend on the joint variable worked out.
type dhLink struct {
	a, d, theta float64
	sa, ca      float64 // sine and cosine of alpha
	st, ct      float64 // of theta, for a prismatic joint
	prismatic   bool
	twist       twist
}

// twist is what alpha does to the axes; the turns by which most machines are built
// need no arithmetic.
type twist uint8

const (
	skew  twist = iota // any alpha
	none               // 0
	left               // +90 degrees: y becomes z, z becomes -y
	right              // -90 degrees
)

// twistOf is the kind of turn with this sine and cosine.
func twistOf(s, c float64) twist {
	switch {
	case s == 0 && c == 1:
		return none
	case s == 1:
		return left
	case s == -1:
		return right
	}
	return skew
}

// NewChain makes a chain whose base frame (that of the first joint's axis) lies at
// base in the frame that Forward answers in, and whose tool lies at tool in the last
// link's frame. Errors name the joint, counted from 1, and say what would be right.
func NewChain(base Pose, links []Link, tool Pose) (*Chain, error) {
	if len(links) < 1 || len(links) > MaxJoints {
		return nil, fmt.Errorf("kinematics: chain has %d joints; it needs 1 to %d", len(links), MaxJoints)
	}
	if err := base.Check(); err != nil {
		return nil, fmt.Errorf("kinematics: base: %w", err)
	}
	if err := tool.Check(); err != nil {
		return nil, fmt.Errorf("kinematics: tool: %w", err)
	}
	c := &Chain{n: len(links), base: base, tool: tool, straight: tool.R == Identity().R}
	c.reach = math.Sqrt(dot(tool.P, tool.P))
	for i, l := range links {
		if err := l.check(); err != nil {
			return nil, fmt.Errorf("kinematics: joint %d: %w", i+1, err)
		}
		h := dhLink{a: l.A, d: l.D, theta: l.Theta, prismatic: l.Kind == Prismatic}
		h.sa, h.ca = sincosExact(l.Alpha)
		h.st, h.ct = sincosExact(l.Theta)
		h.twist = twistOf(h.sa, h.ca)
		c.links[i], c.spec[i], c.min[i], c.max[i] = h, l, l.Min, l.Max
		d := math.Abs(l.D)
		if h.prismatic {
			d = max(math.Abs(l.D+l.Min), math.Abs(l.D+l.Max))
		}
		c.reach += math.Hypot(l.A, d)
	}
	if c.reach == 0 {
		c.reach = 1
	}
	c.classify()
	return c, nil
}

func (l Link) check() error {
	if !finite(l.A) || !finite(l.Alpha) || !finite(l.D) || !finite(l.Theta) {
		return fmt.Errorf("link has A %v, Alpha %v, D %v, Theta %v: all must be finite", l.A, l.Alpha, l.D, l.Theta)
	}
	if l.Kind > Prismatic {
		return fmt.Errorf("%v is neither Revolute nor Prismatic", l.Kind)
	}
	if !(l.Min < l.Max) {
		return fmt.Errorf("limits are empty: Min %v must be below Max %v", l.Min, l.Max)
	}
	if l.Kind == Prismatic && (math.IsInf(l.Min, 0) || math.IsInf(l.Max, 0)) {
		return errors.New("a prismatic joint needs a finite Min and Max")
	}
	return nil
}

// sincosExact is Sincos with the quarter turns exact: DH tables are full of them, and
// a cosine of 6e-17 in place of 0 would tilt every frame behind it.
func sincosExact(x float64) (s, c float64) {
	if q := math.Round(x / (math.Pi / 2)); x == q*(math.Pi/2) && math.Abs(q) <= 4 {
		switch (int(q) + 4) % 4 {
		case 0:
			return 0, 1
		case 1:
			return 1, 0
		case 2:
			return 0, -1
		default:
			return -1, 0
		}
	}
	return numeric.Sincos(x)
}

// Joints is the number of joints.
func (c *Chain) Joints() int { return c.n }

// Link i, counted from 0, as it was given to NewChain.
func (c *Chain) Link(i int) Link { return c.spec[:c.n][i] }

// Base is the pose of the base in the frame that Forward answers in.
func (c *Chain) Base() Pose { return c.base }

// Tool is the pose of the tool in the last link's frame.
func (c *Chain) Tool() Pose { return c.tool }

// Reach is an upper bound, in metres, of the tool's distance from the base.
func (c *Chain) Reach() float64 { return c.reach }

// Forward is the pose of the tool at joint variables q, in the frame in which the base
// was given. Limits play no part.
func (c *Chain) Forward(q []float64) (tool Pose) {
	c.checkLen(len(q))
	tool = c.base
	for i, v := range q {
		tool.advance(&c.links[i], v)
	}
	c.addTool(&tool)
	return tool
}

// addTool takes p from the last link's frame to the tool.
func (c *Chain) addTool(p *Pose) {
	if !c.straight {
		*p = p.Mul(c.tool)
		return
	}
	t := &c.tool.P
	if *t == ([3]float64{}) {
		return
	}
	r := &p.R
	p.P[0] = r[0]*t[0] + r[1]*t[1] + r[2]*t[2] + p.P[0]
	p.P[1] = r[3]*t[0] + r[4]*t[1] + r[5]*t[2] + p.P[1]
	p.P[2] = r[6]*t[0] + r[7]*t[1] + r[8]*t[2] + p.P[2]
}

// Frames sets dst[i] to the pose of link i at joint variables q, in the frame in which
// the base was given; dst has one element per joint. The tool lies at
// dst[len(dst)-1].Mul(c.Tool()).
func (c *Chain) Frames(q []float64, dst []Pose) {
	c.checkLen(len(q))
	c.checkLen(len(dst))
	p := c.base
	for i, v := range q {
		p.advance(&c.links[i], v)
		dst[i] = p
	}
}

// advance moves p by the link's Rz(theta) Tz(d) Tx(a) Rx(alpha) at joint variable q.
func (p *Pose) advance(l *dhLink, q float64) {
	d, st, ct := l.d, l.st, l.ct
	if l.prismatic {
		d += q
	} else {
		st, ct = numeric.Sincos(l.theta + q)
	}
	r := &p.R
	z0, z1, z2 := r[2], r[5], r[8]
	x0, x1, x2 := r[0]*ct+r[1]*st, r[3]*ct+r[4]*st, r[6]*ct+r[7]*st
	y0, y1, y2 := r[1]*ct-r[0]*st, r[4]*ct-r[3]*st, r[7]*ct-r[6]*st
	p.P[0] += l.a*x0 + d*z0
	p.P[1] += l.a*x1 + d*z1
	p.P[2] += l.a*x2 + d*z2
	r[0], r[3], r[6] = x0, x1, x2
	switch l.twist {
	case none:
		r[1], r[4], r[7] = y0, y1, y2
	case left:
		r[1], r[4], r[7] = z0, z1, z2
		r[2], r[5], r[8] = -y0, -y1, -y2
	case right:
		r[1], r[4], r[7] = -z0, -z1, -z2
		r[2], r[5], r[8] = y0, y1, y2
	default:
		sa, ca := l.sa, l.ca
		r[1], r[2] = y0*ca+z0*sa, z0*ca-y0*sa
		r[4], r[5] = y1*ca+z1*sa, z1*ca-y1*sa
		r[7], r[8] = y2*ca+z2*sa, z2*ca-y2*sa
	}
}

// checkLen panics unless a slice of n joint values fits the chain: a wrong length is a
// mistake in the program, never in its data.
func (c *Chain) checkLen(n int) {
	if n != c.n {
		panic(fmt.Sprintf("kinematics: %d joint values for a chain of %d joints", n, c.n))
	}
}
