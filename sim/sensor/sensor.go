package sensor

import (
	"fmt"
	"math"
	"sync"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// Sensor is a simulated camera. Shoot may be called from several goroutines, and then
// takes turns.
type Sensor struct {
	spec  specs.Camera
	k     vision.Intrinsics
	mono  bool
	unit  uint64
	noise noise
	light light
	delay func(x, y float64) float64
	lens  *lens // nil without distortion
	tof   *tof  // nil without a depth camera of its own

	mu       sync.Mutex
	renderer render.Renderer
	scene    render.Scene
	target   render.Target // what is rendered now
	team     render.Team
	pinhole  render.Target // buffers of the image before the lens
	frame    *vision.Frame
	seed     uint64
	part     int      // sub-exposure in hand
	parts    int      // how many there are
	sum      []uint16 // of the sub-exposures
	// Made once, so that a frame allocates nothing.
	rendered func(y0, y1 int)
	bend     func(worker, piece int)
}

// New makes a sensor after a camera's specification, the unit 0 of its model. A
// specification that no camera can have is reported by Shoot.
func New(spec specs.Camera) *Sensor { return NewUnit(spec, 0) }

// NewUnit makes a sensor with what differs from one camera to the next of its model: the
// systematic error of its depth, within the stated bounds.
func NewUnit(spec specs.Camera, unit uint64) *Sensor {
	s := &Sensor{spec: spec, mono: spec.Model == "tool-mono", unit: unit, renderer: new(render.Raster)}
	s.k = device.Intrinsics(spec)
	s.light.init(&s.spec, s.k)
	s.noise.init(&s.spec, s.light.gain, s.k.FX)
	if s.light.row > 0 {
		s.delay = s.rowDelay
	}
	s.rendered, s.bend = s.finishRendered, s.bendRows
	return s
}

// Use makes the sensor render with r, which must not be used by anybody else.
func (s *Sensor) Use(r render.Renderer) { s.renderer = r }

// Intrinsics of the colour sensor: square pixels, the optical axis in the image's middle.
func (s *Sensor) Intrinsics() vision.Intrinsics { return s.k }

// Shoot takes a picture of the scene from the pose (of the camera in the line's frame,
// looking along +z, x to the image's right, y down). It fills Color, Depth, Confidence, K,
// DepthK and DepthInColor of the frame, takes the instant from its Exposed, which tells the
// lamps' phase, and leaves the rest of it alone; buffers of the right size are reused, and
// then nothing is allocated. Equal seeds give equal noise.
//
// The scene shows the middle of the exposure of the middle row. What moves is blurred over
// the exposure; depth is sharp, as in the middle, or less than a pixel's motion from it.
//
// The scene must not change until Shoot returns.
func (s *Sensor) Shoot(scene *scenery.Scene, pose kinematics.Pose, seed uint64, frame *vision.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	if err := pose.Check(); err != nil {
		return fmt.Errorf("sensor: pose of the camera: %w", err)
	}
	s.outfit(frame)
	s.seed, s.frame = seed, frame
	defer func() { s.target, s.frame = render.Target{}, nil }() // the frame is the caller's
	if err := s.shootColor(scene, pose); err != nil {
		return err
	}
	if s.tof == nil {
		return nil
	}
	scene.Compose(&s.scene, 0)
	return s.tof.shoot(s.renderer, &s.scene, pose.Mul(frame.DepthInColor), seed, frame)
}

// ready checks the specification, and makes what a first picture needs.
func (s *Sensor) ready() (err error) {
	w, h := s.spec.Width, s.spec.Height
	if w < 1 || h < 1 || !(s.spec.FOV > 0 && float64(s.spec.FOV) < math.Pi) {
		return fmt.Errorf("sensor: camera of %dx%d pixels with a field of view of %.4g deg; sides must be above 0, the field of view between 0 and 180 deg",
			w, h, float64(s.spec.FOV)*180/math.Pi)
	}
	if s.bent() && s.lens == nil {
		if s.lens, err = newLens(s.k, field{}, false); err != nil {
			return err
		}
		c := &s.lens.camera
		s.pinhole = render.Target{W: c.W, H: c.H, Color: make([]byte, s.lens.pixels())}
		if s.spec.Depth && s.spec.Mode().Name == specs.Aligned {
			s.pinhole.Inverse = make([]float32, c.W*c.H)
		}
	}
	if s.spec.Depth && s.spec.Mode().Name != specs.Aligned && s.tof == nil {
		s.tof, err = newToF(s.spec, s.unit)
	}
	return err
}

// outfit gives the frame its calibration, and buffers of the right size.
func (s *Sensor) outfit(frame *vision.Frame) {
	w, h := s.k.W, s.k.H
	frame.K = s.k
	frame.Color.W, frame.Color.H = w, h
	frame.Color.Pix = sized(frame.Color.Pix, 3*w*h)
	frame.Depth = vision.Depth{Z: frame.Depth.Z}
	if !s.spec.Depth {
		frame.Depth.Z, frame.Confidence = nil, nil
		frame.DepthK, frame.DepthInColor = vision.Intrinsics{}, kinematics.Pose{}
		return
	}
	frame.DepthK, frame.DepthInColor = device.DepthIntrinsics(s.spec), device.DepthInColor(s.spec)
	frame.Depth.W, frame.Depth.H = frame.DepthK.W, frame.DepthK.H
	frame.Depth.Z = sized(frame.Depth.Z, frame.Depth.W*frame.Depth.H)
	if s.tof == nil {
		frame.Confidence = nil
		return
	}
	frame.Confidence = sized(frame.Confidence, frame.Depth.W*frame.Depth.H)
}

func (s *Sensor) bent() bool {
	k := &s.k
	return k.K1 != 0 || k.K2 != 0 || k.K3 != 0 || k.K4 != 0 || k.K5 != 0 || k.K6 != 0 || k.P1 != 0 || k.P2 != 0
}

// rowDelay is how long after the frame's instant a direction is exposed. What is far out of
// the picture is given the row of a pinhole, since a lens' model does not hold there.
func (s *Sensor) rowDelay(x, y float64) float64 {
	const beyond = 20 // pictures, from where on nothing can come into this one
	h := float64(s.k.H)
	row := s.k.FY*y + s.k.CY
	if s.lens != nil && row > -h/2 && row < h*1.5 {
		if p, ok := s.k.Project(x, y, 1); ok {
			row = p.Y
		}
	}
	return s.light.row * min(max(row-s.light.middle, -beyond*h), beyond*h)
}

// shootColor takes the colour picture, and aligned depth with it.
func (s *Sensor) shootColor(scene *scenery.Scene, pose kinematics.Pose) error {
	f := s.frame
	s.parts = s.subExposures(scene, &pose)
	open := s.spec.Exposure.D().Seconds()
	for s.part = range s.parts {
		dt := ((float64(s.part)+0.5)/float64(s.parts) - 0.5) * open
		scene.Compose(&s.scene, dt)
		c := render.Camera{W: s.k.W, H: s.k.H, FX: s.k.FX, FY: s.k.FY, CX: s.k.CX, CY: s.k.CY}
		s.target = render.Target{W: c.W, H: c.H, Color: f.Color.Pix}
		middle := s.part == (s.parts-1)/2 && s.spec.Depth && s.tof == nil
		if s.lens != nil {
			c, s.target = s.lens.camera, s.pinhole
			s.target.Color, s.target.Inverse = s.target.Color[:3*c.W*c.H], nil
			if middle {
				s.target.Inverse = s.pinhole.Inverse
			}
		} else if middle {
			s.target.Depth = f.Depth.Z
		}
		if s.parts > 1 && s.part == 0 {
			s.sum = sized(s.sum, len(s.target.Color))
			clear(s.sum)
		}
		s.target.Finish = s.rendered
		c.Pose, c.Velocity, c.Exposure, c.Delay = pose, scene.Camera, open/float64(s.parts), s.delay
		for i, v := range scene.Camera {
			c.Pose.P[i] += v * dt
		}
		if err := s.renderer.Render(&s.scene, c, &s.target); err != nil {
			return err
		}
	}
	if s.lens != nil {
		s.team.Do(0, (s.k.H+bendPiece-1)/bendPiece, s.bend)
	}
	return nil
}

const (
	// blurStep is the motion in pixels that a renderer blurs by itself.
	blurStep = 1.5
	// maxParts limits what a long exposure costs.
	maxParts = 8
	// bendPiece is how many rows go through the lens at a time.
	bendPiece = 16
)

// subExposures is the number of pictures whose mean makes the frame: as many as the
// fastest part in view needs.
func (s *Sensor) subExposures(scene *scenery.Scene, pose *kinematics.Pose) int {
	v := pose.Inverse().Rotate([3]float64{scene.Speed - scene.Camera[0], -scene.Camera[1], -scene.Camera[2]})
	open := s.spec.Exposure.D().Seconds()
	if open <= 0 || v == ([3]float64{}) {
		return 1
	}
	toCamera := pose.Inverse()
	longest := 0.0
	for i := range scene.Parts {
		p := scene.Parts[i].Pose
		for _, c := range scene.Parts[i].Part.Corners() {
			q := toCamera.Apply(p.Apply(c))
			if q[2] < 0.05 {
				continue
			}
			x, y := q[0]/q[2], q[1]/q[2]
			if math.Abs(x)*s.k.FX > float64(s.k.W)*0.6 || math.Abs(y)*s.k.FY > float64(s.k.H)*0.6 {
				continue
			}
			longest = max(longest, math.Hypot(v[0]-x*v[2], v[1]-y*v[2])*s.k.FX/q[2]*open)
		}
	}
	return min(max(int(math.Ceil(longest/blurStep)), 1), maxParts)
}

func sized[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}

// finishRendered takes rows that have been rendered: it sums up sub-exposures, and where
// there is no lens makes what the sensor gives.
func (s *Sensor) finishRendered(y0, y1 int) {
	t := &s.target
	last := s.part == s.parts-1
	for y := y0; y < y1; y++ {
		if t.Depth != nil {
			s.noise.depthRow(t.Depth[y*t.W:(y+1)*t.W], s.seed, y)
		}
		px := t.Color[3*y*t.W : 3*(y+1)*t.W]
		if s.parts > 1 {
			sum := s.sum[3*y*t.W : 3*(y+1)*t.W]
			accumulate(sum, px)
			if last {
				mean(px, sum, s.parts)
			}
		}
		if last && s.lens == nil {
			v := s.light.level(y, s.frame.Exposed)
			v.apply(px, 0)
			s.noise.colorRow(px, s.seed, y, s.mono)
		}
	}
}

// bendRows takes a piece of the pinhole image through the lens.
func (s *Sensor) bendRows(_, piece int) {
	f := s.frame
	for y := piece * bendPiece; y < min((piece+1)*bendPiece, s.k.H); y++ {
		px := f.Color.Pix[3*y*s.k.W : 3*(y+1)*s.k.W]
		s.lens.color(px, s.pinhole.Color, y, s.light.level(y, f.Exposed))
		s.noise.colorRow(px, s.seed, y, s.mono)
		if s.pinhole.Inverse != nil {
			z := f.Depth.Z[y*s.k.W : (y+1)*s.k.W]
			s.lens.depth(z, s.pinhole.Inverse, y)
			s.noise.depthRow(z, s.seed, y)
		}
	}
}

func accumulate(sum []uint16, px []byte) {
	sum = sum[:len(px)]
	for i, v := range px {
		sum[i] += uint16(v)
	}
}

func mean(px []byte, sum []uint16, n int) {
	sum = sum[:len(px)]
	share := uint32(1 << 16 / n)
	for i := range px {
		px[i] = byte((uint32(sum[i])*share + 1<<15) >> 16)
	}
}
