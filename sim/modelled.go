package sim

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// model is what a station would have made of the picture.
func (c *Camera) model(now time.Duration, at kinematics.Pose) vision.Modelled {
	m := vision.Modelled{Verdict: vision.Verdict{Reason: vision.NotJudged}}
	p, x := c.subject(now, at)
	if p == nil {
		return m
	}
	m.Verdict = c.judge(p, p.faces(x, at))
	if c.mounted != nil && p.truth.Defects&device.MissingCap == 0 {
		m.Corners, m.Seen = c.corners(p, x, at)
	}
	return m
}

var reasonOf = [...]struct {
	is device.Defect
	as vision.Reason
}{
	{device.UnreadableQR, vision.NoQR},
	{device.MissingQR, vision.NoQR},
	{device.WrongLabel, vision.WrongLabel},
	{device.ShiftedLabel, vision.ShiftedLabel},
	{device.MissingCap, vision.NoCap},
	{device.Dent, vision.Dent},
	{device.TornLabel, vision.DamagedLabel},
	{device.SmearedLabel, vision.DamagedLabel},
	{device.RotatedLabel, vision.RotatedLabel},
	{device.ScratchedQR, vision.NoQR},
	{device.FaintQR, vision.NoQR},
	{device.CrookedCap, vision.CrookedCap},
	{device.Bulge, vision.Bulge},
}

// faces tells whether the part's front, which bears label and code, is turned to the camera.
func (p *part) faces(x float64, at kinematics.Pose) bool {
	sin, cos := math.Sincos(p.yaw)
	return sin*(at.P[0]-x)-cos*(at.P[1]-p.y) > 0
}

// onBack are the findings that are on a part's back, too.
const onBack = vision.NoCap | vision.CrookedCap

// judge draws a verdict. Both draws are made for every part, so that one rate does
// not change what another one meets. A back has no print, and none of the front's flaws.
func (c *Camera) judge(p *part, front bool) vision.Verdict {
	miss, falsely := c.errors.Float64() < c.missRate, c.errors.Float64() < c.falseRejectRate
	var v vision.Verdict
	for _, r := range reasonOf {
		if p.truth.Defects&r.is != 0 {
			v.Reason |= r.as
		}
	}
	if !front {
		if v.Reason &= onBack; miss {
			v.Reason = 0
		}
		v.Reason |= vision.NoQR | vision.WrongLabel
		return v
	}
	switch {
	case v.Reason != 0 && miss:
		v.Reason = 0
	case v.Reason == 0 && falsely:
		v.Reason = vision.NoQR
	}
	if v.Reason&vision.NoQR == 0 {
		v.Serial = p.truth.Serial
		v.Text = fmt.Sprintf("%s%08d", p.product.QR.Prefix, v.Serial)
	}
	return v
}

// corners of the cap's marker in the image, with the noise of a detector.
func (c *Camera) corners(p *part, x float64, at kinematics.Pose) (corners [4]vision.Point, seen bool) {
	inCamera := at.Inverse().Mul(p.pose(x))
	for i, m := range p.look.kit.MarkerCorners() {
		q := inCamera.Apply(m)
		if q[2] <= 0.01 {
			return corners, false
		}
		u := vision.Point{X: c.k.FX*q[0]/q[2] + c.k.CX, Y: c.k.FY*q[1]/q[2] + c.k.CY}
		if u.X < 0 || u.Y < 0 || u.X > float64(c.k.W-1) || u.Y > float64(c.k.H-1) {
			return corners, false
		}
		u.X += c.errors.NormFloat64() * c.spec.Sim.PixelNoise
		u.Y += c.errors.NormFloat64() * c.spec.Sim.PixelNoise
		corners[i] = u
	}
	return corners, true
}
