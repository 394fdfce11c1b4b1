package kinematics

import (
	"fmt"
	"math"
)

// Pose is a rigid transform, an element of SE(3): the placement of one frame in
// another. R is the rotation, row-major, and P the translation in metres, so that
// a point x of the placed frame lies at R x + P in the other one.
//
// The zero Pose is not a transform; start from Identity. Poses are plain values:
// no method changes its receiver, none allocates, and all may run concurrently.
type Pose struct {
	R [9]float64
	P [3]float64
}

// Identity is the pose of a frame in itself.
func Identity() Pose { return Pose{R: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}} }

// Translation is the pose of a frame moved by (x, y, z) metres, not turned.
func Translation(x, y, z float64) Pose {
	p := Identity()
	p.P = [3]float64{x, y, z}
	return p
}

// FromRPY is the pose at xyz (metres) with fixed-axis roll, pitch and yaw
// (radians): R = Rz(yaw) Ry(pitch) Rx(roll).
func FromRPY(xyz, rpy [3]float64) Pose {
	sr, cr := math.Sincos(rpy[0])
	sp, cp := math.Sincos(rpy[1])
	sy, cy := math.Sincos(rpy[2])
	return Pose{
		R: [9]float64{
			cy * cp, cy*sp*sr - sy*cr, cy*sp*cr + sy*sr,
			sy * cp, sy*sp*sr + cy*cr, sy*sp*cr - cy*sr,
			-sp, cp * sr, cp * cr,
		},
		P: xyz,
	}
}

// RPY gives roll, pitch and yaw in radians, with pitch in [-pi/2, pi/2], such that
// FromRPY(p.P, p.RPY()) is p. At a pitch of +-pi/2, where only the sum or the
// difference of roll and yaw is defined, the result is one of the valid triples.
func (p Pose) RPY() [3]float64 {
	yaw := math.Atan2(p.R[3], p.R[0])
	sy, cy := math.Sincos(yaw)
	// With the yaw taken off, what is left is Ry(pitch) Rx(roll). Reading roll and
	// pitch from that product, not from R, keeps them consistent with the yaw even
	// where R[0] and R[3] are both nothing but rounding.
	pitch := math.Atan2(-p.R[6], cy*p.R[0]+sy*p.R[3])
	roll := math.Atan2(sy*p.R[2]-cy*p.R[5], cy*p.R[4]-sy*p.R[1])
	return [3]float64{roll, pitch, yaw}
}

// LookAt is the pose of a camera at eye (metres) that looks at target along its z,
// with x to the image's right and y down, such that up points upwards in the image.
// Where up is parallel to the view, y of the outer frame takes its place, and z
// where that is parallel too. If eye and target are one point the camera keeps the
// outer frame's axes.
func LookAt(eye, target, up [3]float64) Pose {
	p := Translation(eye[0], eye[1], eye[2])
	z, ok := unit(sub(target, eye))
	if !ok {
		return p
	}
	for _, u := range [3][3]float64{up, {0, 1, 0}, {0, 0, 1}} {
		u, ok = unit(u)
		x := cross(z, u)
		if !ok || dot(x, x) < 1e-18 {
			continue
		}
		x, _ = unit(x)
		y := cross(z, x)
		p.R = [9]float64{x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]}
		return p
	}
	return p
}

// Mul is the pose of c in a, where p is the pose of b in a and o that of c in b.
func (p Pose) Mul(o Pose) Pose {
	var r Pose
	mulMat(&r.R, &p.R, &o.R)
	r.P = p.Apply(o.P)
	return r
}

// Inverse is the pose of the outer frame in the placed one.
func (p Pose) Inverse() Pose {
	r := Pose{R: transpose(&p.R)}
	v := r.Rotate(p.P)
	r.P = [3]float64{-v[0], -v[1], -v[2]}
	return r
}

// Apply gives the coordinates in the outer frame of a point of the placed frame.
func (p Pose) Apply(point [3]float64) [3]float64 {
	v := mulVec(&p.R, &point)
	return [3]float64{v[0] + p.P[0], v[1] + p.P[1], v[2] + p.P[2]}
}

// Rotate gives the coordinates in the outer frame of a direction of the placed frame.
func (p Pose) Rotate(vec [3]float64) [3]float64 { return mulVec(&p.R, &vec) }

// Distance between the origins of a and b in metres, and the angle of the rotation
// that turns one into the other in radians, from 0 to pi.
func Distance(a, b Pose) (metres, radians float64) {
	d := sub(a.P, b.P)
	at := transpose(&a.R)
	var r [9]float64
	mulMat(&r, &at, &b.R)
	w := LogSO3(r)
	return math.Sqrt(dot(d, d)), math.Sqrt(dot(w, w))
}

// rigidTolerance is how far R transposed times R may be from the unit matrix, element
// by element, in a pose that a caller hands in: far above rounding, also that of angles
// written with seven digits, and far below any error that matters.
const rigidTolerance = 1e-6

// Check reports why p is not a rigid transform: a number that is not finite, or a
// rotation that stretches or mirrors. The result is nil for a good pose.
func (p Pose) Check() error {
	for _, v := range p.P {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("translation %v is not finite", p.P)
		}
	}
	if p.R == ([9]float64{}) {
		return fmt.Errorf("rotation is all zero; start from kinematics.Identity()")
	}
	if !p.rigid() {
		return fmt.Errorf("rotation %v is not orthonormal and right-handed", p.R)
	}
	return nil
}

// rigid tells what Check explains, without allocating.
func (p *Pose) rigid() bool {
	r := &p.R
	x, y, z := [3]float64{r[0], r[3], r[6]}, [3]float64{r[1], r[4], r[7]}, [3]float64{r[2], r[5], r[8]}
	worst := math.Abs(dot(x, y)) + math.Abs(dot(y, z)) + math.Abs(dot(z, x)) +
		math.Abs(dot(x, x)-1) + math.Abs(dot(y, y)-1) + math.Abs(dot(z, z)-1) +
		math.Abs(dot(cross(x, y), z)-1)
	finite := p.P[0] - p.P[0] + p.P[1] - p.P[1] + p.P[2] - p.P[2] // NaN for NaN and infinity
	return worst+finite < rigidTolerance                          // false for NaN
}
