package specs

import (
	"math"
	"testing"
)

type vec [3]float64

// frame maps a point of a child frame to its parent: p + R v.
type frame struct {
	r [3]vec // rows
	p vec
}

func (f frame) point(v vec) vec {
	var out vec
	for i := range out {
		out[i] = f.p[i] + f.r[i][0]*v[0] + f.r[i][1]*v[1] + f.r[i][2]*v[2]
	}
	return out
}

func (f frame) back(v vec) vec {
	var out vec
	for i := range v {
		v[i] -= f.p[i]
	}
	for i := range out {
		out[i] = f.r[0][i]*v[0] + f.r[1][i]*v[1] + f.r[2][i]*v[2]
	}
	return out
}

// then is the frame g, given in f, in f's parent.
func (f frame) then(g frame) frame {
	out := frame{p: f.point(g.p)}
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				out.r[i][j] += f.r[i][k] * g.r[k][j]
			}
		}
	}
	return out
}

// of is the pose as Rz(yaw) Ry(pitch) Rx(roll), written out.
func of(p Pose) frame {
	sr, cr := math.Sincos(float64(p.RPY[0]))
	sp, cp := math.Sincos(float64(p.RPY[1]))
	sy, cy := math.Sincos(float64(p.RPY[2]))
	return frame{[3]vec{
		{cy * cp, cy*sp*sr - sy*cr, cy*sp*cr + sy*sr},
		{sy * cp, sy*sp*sr + cy*cr, sy*sp*cr - cy*sr},
		{-sp, cp * sr, cp * cr},
	}, vec{float64(p.XYZ[0]), float64(p.XYZ[1]), float64(p.XYZ[2])}}
}

// dh is a joint at an angle: Rz(theta) Tz(d) Tx(a) Rx(alpha).
func dh(j Joint, q Angle) frame {
	s, c := math.Sincos(float64(j.Theta + q))
	sa, ca := math.Sincos(float64(j.Alpha))
	a, d := float64(j.A), float64(j.D)
	return frame{[3]vec{{c, -s * ca, s * sa}, {s, c * ca, -c * sa}, {0, sa, ca}}, vec{a * c, a * s, d}}
}

// pixel is where a camera at f sees a point; inside tells whether it does so with a
// margin of 2 % of the image's width.
func pixel(c Camera, f frame, at vec) (u, v float64, inside bool) {
	w, h := float64(c.Width), float64(c.Height)
	focal := w / 2 / math.Tan(float64(c.FOV)/2)
	p := f.back(at)
	u, v = w/2+focal*p[0]/p[2], h/2+focal*p[1]/p[2]
	m := 0.02 * w
	return u, v, p[2] > 0 && u >= m && u <= w-m && v >= m && v <= h-m
}

func TestTheBottlingCameraSeesAllOfABottleThatBreaksTheBeam(t *testing.T) {
	s, err := Load("../scenarios/bottling")
	if err != nil {
		t.Fatal(err)
	}
	n := s.Inspections["inspect"]
	c, b := s.Cameras[n.Camera], s.Products[n.Product]
	lead := float64(s.Photoeyes[c.Trigger].At)
	f := of(c.Pose)
	w, front, h := float64(b.Body.Width), -float64(b.Body.Depth)/2, float64(b.Body.Height)
	top, r := h+float64(b.Cap.Height), float64(b.Cap.Radius)
	for what, p := range map[string]vec{
		"front, at the foot, leading":  {lead, front, 0},
		"front, at the foot, trailing": {lead - w, front, 0},
		"front, above, leading":        {lead, front, h},
		"front, above, trailing":       {lead - w, front, h},
		"cap, near":                    {lead - w/2, -r, top},
		"cap, far":                     {lead - w/2, r, top},
		"cap, leading":                 {lead - w/2 + r, 0, top},
	} {
		if u, v, ok := pixel(c, f, p); !ok {
			t.Errorf("%s is at (%.0f, %.0f) in an image of %d x %d", what, u, v, c.Width, c.Height)
		}
	}
	// Upright, and not mirrored: leading (+x) is on the right, up is up.
	ul, vl, _ := pixel(c, f, vec{lead - w, front, h})
	ur, vr, _ := pixel(c, f, vec{lead, front, 0})
	if ul >= ur || vl >= vr {
		t.Errorf("top left at (%.0f, %.0f), bottom right at (%.0f, %.0f)", ul, vl, ur, vr)
	}
	// From above: the cap's top is seen, far edge above near edge.
	_, far, _ := pixel(c, f, vec{lead - w/2, r, top})
	_, near, _ := pixel(c, f, vec{lead - w/2, -r, top})
	if far >= near {
		t.Errorf("the cap's top is not seen: far edge at row %.0f, near edge at row %.0f", far, near)
	}
	// A QR module of 21 is at least 2 pixels.
	ql, _, _ := pixel(c, f, vec{lead - w/2, front, float64(b.QR.At)})
	qr, _, _ := pixel(c, f, vec{lead - w/2 + float64(b.QR.Size), front, float64(b.QR.At)})
	if module := (qr - ql) / 29; module < 2 {
		t.Errorf("a module of the QR code, quiet zone counted, has %.2f pixels", module)
	}
}

func TestTheBottlingToolIsAtHomeOverTheBeltAndItsCameraSeesTheMarker(t *testing.T) {
	s, err := Load("../scenarios/bottling")
	if err != nil {
		t.Fatal(err)
	}
	station := s.Servos["capping"]
	m, c, b := s.Machines[station.Machine], s.Cameras[station.Camera], s.Products[station.Product]
	tool := of(m.Base)
	for _, j := range m.Joints {
		tool = tool.then(dh(j, j.Home))
	}
	tool = tool.then(of(m.Tool))
	if z := tool.r[2][2]; z > -0.999 {
		t.Errorf("the tool's axis is %.1f deg from straight down", math.Acos(-z)*180/math.Pi)
	}
	cap := float64(b.Body.Height + b.Cap.Height)
	if x, y, z := tool.p[0], tool.p[1], tool.p[2]; x < float64(station.From) || x > float64(station.To) ||
		math.Abs(y) > 0.01 || z < cap+float64(station.Standoff) || z > cap+0.3 {
		t.Errorf("home is at (%.3f, %.3f, %.3f), caps are %.3f high", x, y, z, cap)
	}
	f, half := of(c.Pose), float64(b.Cap.Marker.Size)/2
	for _, above := range []float64{0, float64(station.Standoff)} {
		for _, p := range []vec{{half, half, above}, {half, -half, above}, {-half, half, above}, {-half, -half, above}} {
			if u, v, ok := pixel(c, f, p); !ok {
				t.Errorf("%.0f mm above the cap a corner of the marker is at (%.0f, %.0f)", above*1e3, u, v)
			}
		}
	}
}
