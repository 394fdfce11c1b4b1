package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// look is how a part looks, made when the first picture is taken of it: most of a
// run's parts are never seen by a camera of fidelity "modelled".
type look struct {
	kit     *scenery.Kit
	draw    uint64 // where defects lie
	serial  uint64
	defects device.Defect
	part    *scenery.Part
}

func (l *look) get() *scenery.Part {
	if l.part == nil {
		l.part = l.kit.Part(l.serial, l.defects, rand.New(rand.NewPCG(l.draw, l.serial)))
	}
	return l.part
}

// studio takes pictures with one camera. Pictures that overlap in time have a sensor
// each, which is kept: its lens takes a while to make.
type studio struct {
	spec specs.Camera
	unit uint64 // what tells this camera from others of its model
	mu   sync.Mutex
	free []*sensor.Sensor
}

func newStudio(s specs.Camera, unit uint64) *studio { return &studio{spec: s, unit: unit} }

// get gives a sensor that nobody uses; put takes it back.
func (st *studio) get() *sensor.Sensor {
	st.mu.Lock()
	defer st.mu.Unlock()
	if n := len(st.free); n > 0 {
		s := st.free[n-1]
		st.free = st.free[:n-1]
		return s
	}
	return sensor.NewUnit(st.spec, st.unit)
}

func (st *studio) put(s *sensor.Sensor) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.free = append(st.free, s)
}

func (st *studio) intrinsics() vision.Intrinsics {
	s := st.get()
	defer st.put(s)
	return s.Intrinsics()
}

// shoot takes a picture into f. A scene that cannot be taken is a mistake in this
// package; the engine reports it with the camera's name.
func (st *studio) shoot(scene *scenery.Scene, at kinematics.Pose, seed uint64, f *vision.Frame) {
	s := st.get()
	defer st.put(s)
	if err := s.Shoot(scene, at, seed, f); err != nil {
		panic(err)
	}
}

// sightRange is how far along the belt parts are put into a picture, in metres.
const sightRange = 1.2

// scene sets s to what stands around the camera now.
func (c *Camera) scene(now time.Duration, at kinematics.Pose, s *scenery.Scene) {
	b := c.belt
	*s = scenery.Scene{Room: c.w.rooms[b.name], Belt: b.at(now), Speed: b.v, Parts: s.Parts[:0]}
	if c.mounted != nil {
		s.Camera = c.mounted.speed(c.pose)
	}
	c.w.near(now, c.centre(at), sightRange, func(p *part, x float64) {
		if p.belt == b {
			s.Parts = append(s.Parts, scenery.Place(p.look.get(), x, p.y, p.yaw))
		}
	})
}
