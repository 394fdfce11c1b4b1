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
	noise noise
	lens  *lens // nil without distortion

	mu       sync.Mutex
	renderer render.Renderer
	scene    render.Scene
	target   render.Target
	seed     uint64
	finish   func(y0, y1 int)
	part     int      // sub-exposure in hand
	parts    int      // how many there are
	sum      []uint16 // of the sub-exposures
}

// New makes a sensor after a camera's specification. A specification that no camera can
// have is reported by Shoot.
func New(spec specs.Camera) *Sensor {
	s := &Sensor{spec: spec, mono: spec.Model == "tool-mono", renderer: new(render.Raster)}
	s.k = device.Intrinsics(spec)
	s.noise.init(&spec.Sim, s.k.FX)
	s.finish = s.finishRows
	return s
}

// Use makes the sensor render with r, which must not be used by anybody else.
func (s *Sensor) Use(r render.Renderer) { s.renderer = r }

// Intrinsics of the sensor: square pixels, the optical axis in the image's middle.
func (s *Sensor) Intrinsics() vision.Intrinsics { return s.k }

// Shoot takes a picture of the scene from the pose (of the camera in the line's frame,
// looking along +z, x to the image's right, y down). It fills Color, Depth and K of the
// frame, and leaves the rest of it alone; buffers of the right size are reused, and
// then next to nothing is allocated. Equal seeds give equal noise.
//
// What moves is blurred over the exposure, of which the scene shows the middle; depth is
// sharp, as in the middle, or less than a pixel's motion from it.
//
// The scene must not change until Shoot returns.
func (s *Sensor) Shoot(scene *scenery.Scene, pose kinematics.Pose, seed uint64, frame *vision.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, h := s.spec.Width, s.spec.Height
	if w < 1 || h < 1 || !(s.spec.FOV > 0 && float64(s.spec.FOV) < math.Pi) {
		return fmt.Errorf("sensor: camera of %dx%d pixels with a field of view of %.4g deg; sides must be above 0, the field of view between 0 and 180 deg",
			w, h, float64(s.spec.FOV)*180/math.Pi)
	}
	if err := pose.Check(); err != nil {
		return fmt.Errorf("sensor: pose of the camera: %w", err)
	}
	frame.K = s.k
	frame.Color.W, frame.Color.H = w, h
	frame.Color.Pix = sized(frame.Color.Pix, 3*w*h)
	frame.Depth = vision.Depth{Z: frame.Depth.Z}
	if s.spec.Depth {
		frame.Depth.W, frame.Depth.H = w, h
		frame.Depth.Z = sized(frame.Depth.Z, w*h)
		frame.DepthK, frame.DepthInColor = s.k, kinematics.Identity()
	} else {
		frame.Depth.Z = nil
	}
	s.seed = seed
	if s.bent() && s.lens == nil {
		var err error
		if s.lens, err = newLens(s.k, s.spec.Depth); err != nil {
			return err
		}
	}
	s.parts = s.subExposures(scene, &pose)
	if s.parts > 1 {
		s.sum = sized(s.sum, 3*w*h)
		clear(s.sum)
	}
	defer func() { s.target = render.Target{} }() // the frame is the caller's
	open := s.spec.Exposure.D().Seconds()
	for s.part = range s.parts {
		dt := ((float64(s.part)+0.5)/float64(s.parts) - 0.5) * open
		scene.Compose(&s.scene, dt)
		at := pose
		for i, v := range scene.Camera {
			at.P[i] += v * dt
		}
		s.target = render.Target{W: w, H: h, Color: frame.Color.Pix, Finish: s.finish}
		if s.part == (s.parts-1)/2 {
			s.target.Depth = frame.Depth.Z
		}
		if err := s.expose(at, scene.Camera, open/float64(s.parts)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sensor) bent() bool { return s.k.K1 != 0 || s.k.K2 != 0 }

// expose renders one picture, and hands its rows to finish.
func (s *Sensor) expose(pose kinematics.Pose, velocity [3]float64, open float64) error {
	c := render.Camera{W: s.k.W, H: s.k.H, FX: s.k.FX, FY: s.k.FY, CX: s.k.CX, CY: s.k.CY}
	if s.bent() {
		c = s.lens.camera
	}
	c.Pose, c.Velocity, c.Exposure = pose, velocity, open
	if s.bent() {
		return s.lens.expose(s.renderer, &s.scene, c, &s.target)
	}
	return s.renderer.Render(&s.scene, c, &s.target)
}

const (
	// blurStep is the motion in pixels that a renderer blurs by itself.
	blurStep = 1.5
	// maxParts limits what a long exposure costs.
	maxParts = 8
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

// finishRows makes what was rendered into what a sensor gives.
func (s *Sensor) finishRows(y0, y1 int) {
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
		if last {
			s.noise.colorRow(px, s.seed, y, s.mono)
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
