package device

import (
	"fmt"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// Pose is a pose of the specification as kinematics has it.
func Pose(p specs.Pose) kinematics.Pose {
	var xyz, rpy [3]float64
	for i := range 3 {
		xyz[i], rpy[i] = float64(p.XYZ[i]), float64(p.RPY[i])
	}
	return kinematics.FromRPY(xyz, rpy)
}

// Chain is the kinematic chain of a machine, from the line's frame to its tool.
func Chain(m specs.Machine) (*kinematics.Chain, error) {
	links := make([]kinematics.Link, len(m.Joints))
	for i, j := range m.Joints {
		links[i] = kinematics.Link{
			A: float64(j.A), Alpha: float64(j.Alpha), D: float64(j.D), Theta: float64(j.Theta),
			Kind: kinematics.Revolute, Min: float64(j.Min), Max: float64(j.Max),
		}
	}
	c, err := kinematics.NewChain(Pose(m.Base), links, Pose(m.Tool))
	if err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	return c, nil
}

// Limits of a machine's joints.
func Limits(m specs.Machine) kinematics.JointLimits {
	var l kinematics.JointLimits
	for _, j := range m.Joints {
		l.Min = append(l.Min, float64(j.Min))
		l.Max = append(l.Max, float64(j.Max))
		l.Speed = append(l.Speed, float64(j.Speed))
		l.Accel = append(l.Accel, float64(j.Accel))
	}
	return l
}

// Intrinsics of a camera as the specification has it: a pinhole and its lens.
func Intrinsics(c specs.Camera) vision.Intrinsics {
	k, s := vision.Pinhole(c.Width, c.Height, float64(c.FOV)), &c.Sim
	k.K1, k.K2, k.K3, k.K4, k.K5, k.K6, k.P1, k.P2 = s.K1, s.K2, s.K3, s.K4, s.K5, s.K6, s.P1, s.P2
	return k
}

// DepthIntrinsics of a camera: those of its depth mode, or the colour camera's where
// depth is aligned.
func DepthIntrinsics(c specs.Camera) vision.Intrinsics {
	m, s := c.Mode(), &c.Sim.ToF
	if m.Focal == 0 {
		return Intrinsics(c)
	}
	return vision.Intrinsics{
		W: m.W, H: m.H, FX: m.Focal, FY: m.Focal, CX: float64(m.W-1) / 2, CY: float64(m.H-1) / 2,
		K1: s.K1, K2: s.K2, K3: s.K3, K4: s.K4, K5: s.K5, K6: s.K6, P1: s.P1, P2: s.P2,
	}
}

// DepthInColor is the pose of a camera's depth camera in the frame of its colour camera:
// the identity where depth is aligned.
func DepthInColor(c specs.Camera) kinematics.Pose {
	if c.Mode().Focal == 0 {
		return kinematics.Identity()
	}
	return Pose(specs.Pose(c.DepthPose))
}

// Nominal is the pose of a part's frame (origin on the belt under the part's
// centre) in the line's frame at the middle of an exposure that eye has triggered,
// for a part that stands in the middle of the belt.
func Nominal(s *specs.Scenario, camera string) kinematics.Pose {
	c := s.Cameras[camera]
	e := s.Photoeyes[c.Trigger]
	var width specs.Length
	for _, n := range specs.Names(s.Inspections) {
		if in := s.Inspections[n]; in.Camera == camera {
			width = s.Products[in.Product].Body.Width
		}
	}
	delay := e.Response.D() + e.Jitter.D()/2 + c.Delay.D() + c.Exposure.D()/2
	x := float64(e.At) - float64(width)/2 + float64(s.Conveyors[e.Conveyor].Speed)*delay.Seconds()
	return kinematics.Translation(x, 0, 0)
}

// Middle of an exposure that begins at t.
func Middle(c specs.Camera, t time.Duration) time.Duration { return t + c.Exposure.D()/2 }
