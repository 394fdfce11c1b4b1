package verdicts

import (
	"fmt"
	"math"
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

// Stress is how much worse things are than the scenario says. The zero value is as it says.
type Stress struct {
	Light    float64 // factor of the lamps' light
	Exposure float64 // factor of the exposure, and so of the motion blur
	Depth    float64 // factor of the noise of depth
}

// Station is an inspection station with a simulated camera.
type Station struct {
	name    string
	camera  specs.Camera
	feeder  specs.Feeder
	jitter  float64 // of a bottle's place along the belt at the exposure, m, either way
	speed   float64
	nominal kinematics.Pose
	kit     *scenery.Kit
	room    *scenery.Room
	inspect *vision.Inspector
	cameras sync.Pool // of *Shot
}

// findings are what a station must say of each defect, one of them.
var findings = map[device.Defect]vision.Reason{
	device.UnreadableQR: vision.NoQR, device.MissingQR: vision.NoQR, device.WrongLabel: vision.WrongLabel,
	device.ShiftedLabel: vision.ShiftedLabel, device.MissingCap: vision.NoCap, device.Dent: vision.Dent,
	device.TornLabel: vision.DamagedLabel, device.SmearedLabel: vision.DamagedLabel | vision.WrongLabel,
	device.RotatedLabel: vision.RotatedLabel, device.CrookedCap: vision.CrookedCap, device.Bulge: vision.Bulge,
}

// shift is how many bottles one camera sees, before another of its kind takes its place: each is off by other amounts
// within its data sheet, and a station must do with any.
const shift = 16

// New puts up a station of a scenario under some stress. The error says what the scenario lacks.
func New(sc *specs.Loaded, inspection string, stress Stress) (*Station, error) {
	fail := func(err error) (*Station, error) {
		return nil, fmt.Errorf("inspection %s: %w", inspection, err)
	}
	in, ok := sc.Inspections[inspection]
	if !ok {
		return fail(fmt.Errorf("the scenario has none of this name"))
	}
	s := &Station{name: inspection, camera: stress.of(sc.Cameras[in.Camera]), nominal: device.Nominal(&sc.Scenario, in.Camera)}
	eye := sc.Photoeyes[s.camera.Trigger]
	belt := sc.Conveyors[eye.Conveyor]
	s.speed = float64(belt.Speed)
	s.jitter = s.speed * eye.Jitter.D().Seconds() / 2
	for _, n := range specs.Names(sc.Feeders) {
		if f := sc.Feeders[n]; f.Conveyor == eye.Conveyor && f.Product == in.Product {
			s.feeder = f
		}
	}
	product := sc.Products[in.Product]
	var err error
	if s.kit, err = scenery.NewKit(product, sc.Dir); err != nil {
		return fail(err)
	}
	if s.room, err = scenery.NewRoom(belt); err != nil {
		return fail(err)
	}
	// What the station knows of its camera does not change under stress.
	if s.inspect, err = device.NewInspector(&sc.Scenario, sc.Dir, inspection); err != nil {
		return fail(err)
	}
	s.cameras.New = func() any { return &Shot{station: s} }
	return s, nil
}

// of is a camera under the stress.
func (s Stress) of(c specs.Camera) specs.Camera {
	times := func(v *specs.Length, by float64) {
		if by != 0 {
			*v = specs.Length(float64(*v) * by)
		}
	}
	if s.Light != 0 {
		c.Sim.Light *= s.Light
	}
	if s.Exposure != 0 {
		c.Exposure = specs.Duration(float64(c.Exposure) * s.Exposure)
	}
	times(&c.Sim.ToF.Sigma, s.Depth)
	times(&c.Sim.DepthSigma, s.Depth)
	times(&c.Sim.DepthFloor, s.Depth)
	return c
}

// Shot is a bottle and the picture of it. It is for one goroutine; Release gives it back.
type Shot struct {
	Part    *scenery.Part
	Defects device.Defect
	Frame   vision.Frame
	station *Station
	sensor  *sensor.Sensor // nil at first
	unit    uint64         // of the sensor
}

// Case is what came of a bottle.
type Case struct {
	Verdict vision.Verdict
	// Escaped: it is bad and was called good. Rejected: it is good and was called bad, or what is
	// harmless was called more than unreadable. Unnamed: a defect was not named, though the bottle
	// was called bad. Misread: its number was read wrongly.
	Escaped, Rejected, Unnamed, Misread bool
}

// Shoot stands a bottle with some defects, as a feeder makes them, before the camera and takes its
// picture.
func (s *Station) Shoot(seed uint64, i int, d device.Defect) (*Shot, error) {
	rnd := rand.New(rand.NewPCG(seed, uint64(i)<<16|uint64(d)))
	return s.shoot(i, s.kit.Part(uint64(i+1), d, rnd), rnd)
}

// ShootFlaw stands a bottle with one flaw, of just this severity, before the camera and takes its
// picture.
func (s *Station) ShootFlaw(seed uint64, i int, f scenery.Flaw) (*Shot, error) {
	rnd := rand.New(rand.NewPCG(seed, uint64(i)<<16|uint64(f.Kind)))
	p, err := s.kit.Spoil(uint64(i+1), rnd, f)
	if err != nil {
		return nil, fmt.Errorf("inspection %s: %w", s.name, err)
	}
	return s.shoot(i, p, rnd)
}

func (s *Station) shoot(i int, p *scenery.Part, rnd *rand.Rand) (*Shot, error) {
	shot := s.cameras.Get().(*Shot)
	if unit := uint64(1 + i/shift); shot.sensor == nil || shot.unit != unit {
		shot.sensor, shot.unit = sensor.NewUnit(s.camera, unit), unit
	}
	shot.Part, shot.Defects = p, p.Defects()
	x := s.nominal.P[0] + s.jitter*(2*rnd.Float64()-1)
	y, yaw := float64(s.feeder.Lateral)*cutNormal(rnd), float64(s.feeder.Yaw)*cutNormal(rnd)
	scene := &scenery.Scene{
		Room: s.room, Belt: rnd.Float64(), Speed: s.speed,
		Parts: []scenery.Placed{scenery.Place(shot.Part, x, y, yaw)},
	}
	// Lamps flicker: a bottle comes at any instant.
	shot.Frame.Exposed = time.Duration(rnd.Uint64N(uint64(10 * time.Minute)))
	if err := shot.sensor.Shoot(scene, device.Pose(s.camera.Pose), rnd.Uint64(), &shot.Frame); err != nil {
		shot.Release()
		return nil, fmt.Errorf("inspection %s: %w", s.name, err)
	}
	return shot, nil
}

// Judge has the station judge the bottle.
func (s *Shot) Judge() Case {
	d := s.Defects &^ device.Harmless
	c := Case{Verdict: s.station.inspect.Inspect(&s.Frame)}
	found := c.Verdict.Reason
	if s.Defects&device.Harmless != 0 {
		found &^= vision.NoQR
	}
	c.Escaped = d != 0 && c.Verdict.Good()
	c.Rejected = d == 0 && found != 0
	for one, finding := range findings {
		c.Unnamed = c.Unnamed || d&one != 0 && !c.Escaped && c.Verdict.Reason&finding == 0
	}
	c.Misread = c.Verdict.Serial != 0 && c.Verdict.Serial != s.Part.Serial()
	return c
}

// Release gives the shot back to its station.
func (s *Shot) Release() { s.station.cameras.Put(s) }

// cutNormal is a standard normal within 2.5, as feeders place parts.
func cutNormal(rnd *rand.Rand) float64 {
	for {
		if v := rnd.NormFloat64(); math.Abs(v) <= 2.5 {
			return v
		}
	}
}
