package sensor

import (
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// tof is a time-of-flight camera: it lights the scene itself, and measures the way of the
// light and how much of it comes back.
type tof struct {
	spec specs.ToFSim
	mode specs.DepthMode
	k    vision.Intrinsics
	lens *lens
	flat render.Target // reflectance and 1/z, before the lens
	// Of the flat image's columns and rows: the tangent of where they look.
	tanX, tanY []float32
	slant      []float32 // depth over range of a pixel
	fixed      []float32 // constant part of the systematic error of a pixel, mm
	multi      multipath
	edges      bool    // pixels over edges mix near and far
	sharp      float32 // over the side of what a pixel sees
	loss       uint64  // of them are lost, of quantileCount

	meter meter

	team  render.Team
	frame *vision.Frame
	seed  uint64
	rows  func(worker, piece int)
	// sights are the workers' own.
	sights []*sight
}

// tofPiece is how many rows are worked on at a time.
const tofPiece = 16

func newToF(c specs.Camera, unit uint64) (*tof, error) {
	t := &tof{spec: c.Sim.ToF, mode: c.Mode(), k: device.DepthIntrinsics(c)}
	var f field
	if m := t.mode; m.HFOV > 0 {
		f = field{math.Tan(float64(m.HFOV) / 2), math.Tan(float64(m.VFOV) / 2)}
	}
	var err error
	if t.lens, err = newLens(t.k, f, true); err != nil {
		return nil, err
	}
	p := &t.lens.camera
	t.flat = render.Target{W: p.W, H: p.H, Color: make([]byte, 3*p.W*p.H), Inverse: make([]float32, p.W*p.H), Facing: make([]float32, p.W*p.H), Reflectance: true}
	t.tanX, t.tanY = make([]float32, p.W), make([]float32, p.H)
	for x := range t.tanX {
		t.tanX[x] = float32((float64(x) - p.CX) / p.FX)
	}
	for y := range t.tanY {
		t.tanY[y] = float32((float64(y) - p.CY) / p.FY)
	}
	t.slant = make([]float32, t.k.W*t.k.H)
	for i, a := range t.lens.at {
		if a != unseen {
			u, v := float64(a&0xffff)+float64(t.lens.part[i]&255)/256, float64(a>>16)+float64(t.lens.part[i]>>8)/256
			t.slant[i] = float32(1 / math.Sqrt(1+math.Pow((u-p.CX)/p.FX, 2)+math.Pow((v-p.CY)/p.FY, 2)))
		}
	}
	s := &t.spec
	t.edges = s.Flying > 0
	if t.edges {
		t.sharp = float32(1 / s.Flying)
	}
	t.loss = uint64(float64(s.EdgeLoss) * quantileCount)
	t.meter.init(s, t.mode)
	t.drawSystematic(unit)
	t.multi.init(t)
	if s.Multipath > 0 {
		t.meter.multi = &t.multi
	}
	t.rows = t.finish
	t.sights = make([]*sight, (t.k.H+tofPiece-1)/tofPiece) // no more workers than pieces
	return t, nil
}

// shoot fills depth and confidence of a frame, from the depth camera's pose.
func (t *tof) shoot(r render.Renderer, scene *render.Scene, pose kinematics.Pose, seed uint64, frame *vision.Frame) error {
	c := t.lens.camera
	c.Pose = pose
	if err := r.Render(scene, c, &t.flat); err != nil {
		return err
	}
	t.frame, t.seed = frame, seed
	defer func() { t.frame = nil }()
	if t.meter.multi != nil {
		t.multi.gather(t)
	}
	t.team.Do(0, len(t.sights), t.rows)
	return nil
}

func (t *tof) finish(worker, piece int) {
	if t.sights[worker] == nil {
		t.sights[worker] = newSight(t)
	}
	s := t.sights[worker]
	for y := piece * tofPiece; y < min((piece+1)*tofPiece, t.k.H); y++ {
		s.begin(t, y)
		s.look(t)
		t.meter.measure(s)
	}
}

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }
