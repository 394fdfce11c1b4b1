package sensor

import (
	"fmt"
	"math"
	"sync"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// Sensor is a simulated camera. Shoot may be called from several goroutines, and then
// takes turns.
type Sensor struct {
	spec  specs.Camera
	k     vision.Intrinsics
	near  float64 // range of depth, metres
	far   float64
	mono  bool
	noise noise
	lens  *lens // nil without distortion

	mu       sync.Mutex
	renderer render.Renderer
	scene    render.Scene
	target   render.Target
	seed     uint64
	finish   func(y0, y1 int)
}

// The range of the Femto Bolt's depth in its mode with the wide field of view.
const (
	boltNear = 0.25
	boltFar  = 2.88
)

// New makes a sensor after a camera's specification. A specification that no camera can
// have is reported by Shoot.
func New(spec specs.Camera) *Sensor {
	s := &Sensor{spec: spec, near: boltNear, far: boltFar, mono: spec.Model == "tool-mono", renderer: new(render.Raster)}
	s.k = vision.Pinhole(spec.Width, spec.Height, float64(spec.FOV))
	s.k.K1, s.k.K2 = spec.Sim.K1, spec.Sim.K2
	s.noise.init(&spec.Sim)
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
	} else {
		frame.Depth.Z = nil
	}
	s.seed = seed
	scene.Compose(&s.scene)
	if s.k.K1 != 0 || s.k.K2 != 0 {
		return s.shootThroughLens(pose, frame)
	}
	s.target = render.Target{W: w, H: h, Color: frame.Color.Pix, Depth: frame.Depth.Z, Finish: s.finish}
	err := s.renderer.Render(&s.scene, s.camera(pose), &s.target)
	s.target = render.Target{} // the frame is the caller's
	return err
}

func (s *Sensor) camera(pose kinematics.Pose) render.Camera {
	return render.Camera{W: s.k.W, H: s.k.H, FX: s.k.FX, FY: s.k.FY, CX: s.k.CX, CY: s.k.CY, Pose: pose}
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
	for y := y0; y < y1; y++ {
		var z []float32
		if t.Depth != nil {
			z = t.Depth[y*t.W : (y+1)*t.W]
			s.limit(z)
		}
		s.noise.row(t.Color[3*y*t.W:3*(y+1)*t.W], z, s.seed, y, s.mono)
	}
}

// edgeOn is the tangent of the angle of incidence from which on a surface returns no
// light to speak of.
const edgeOn = 8

// limit drops depth out of range, and where it changes from pixel to pixel as only a
// surface seen edge-on, or the gap behind an edge, does.
func (s *Sensor) limit(z []float32) {
	near, far := float32(s.near*1000), float32(s.far*1000)
	steep := float32(edgeOn / s.k.FX)
	prev := z[0]
	for i, v := range z {
		next := v
		if i+1 < len(z) {
			next = z[i+1]
		}
		d := next - prev
		prev = v
		if d < 0 {
			d = -d
		}
		if v < near || v > far || d > 2*steep*v {
			z[i] = 0
		}
	}
}
