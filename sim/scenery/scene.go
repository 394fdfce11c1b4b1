package scenery

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/specs"
)

// Scene is what a camera may see at one instant: the room with its conveyor, and the
// parts on it. The zero value is an empty world.
type Scene struct {
	Room *Room
	// Belt is how far the belt has run, in metres: its surface moves with it.
	Belt  float64
	Parts []Placed
	// Speed of the belt and the parts along x, and velocity of the camera in the line's
	// frame, m/s: what moves while the shutter is open is blurred.
	Speed  float64
	Camera [3]float64
	// Extra is anything else, in the line's frame.
	Extra []render.Item
}

// Placed is a part at the pose of its frame in the line's frame.
type Placed struct {
	Part *Part
	Pose kinematics.Pose
}

// Place of a part on the belt: x along the line and y across it in metres, turned by
// yaw in radians.
func Place(p *Part, x, y, yaw float64) Placed {
	return Placed{p, kinematics.FromRPY([3]float64{x, y, 0}, [3]float64{0, 0, yaw})}
}

// Compose lists everything for a renderer as it is dt seconds from now. It reuses the
// items of dst, and allocates nothing once there is room.
func (s *Scene) Compose(dst *render.Scene, dt float64) {
	dst.Light = lamp
	dst.Sky = render.RGB{R: 150, G: 156, B: 160}
	dst.Items = dst.Items[:0]
	// The near things first: what they hide need not be written.
	for i := range s.Parts {
		pose := s.Parts[i].Pose
		pose.P[0] += s.Speed * dt
		dst.Items = s.Parts[i].Part.appendItems(dst.Items, pose)
	}
	for i := range dst.Items {
		dst.Items[i].Velocity[0] = s.Speed
	}
	dst.Items = append(dst.Items, s.Extra...)
	if s.Room != nil {
		dst.Items = s.Room.appendItems(dst.Items, s.Belt+s.Speed*dt, s.Speed)
	}
}

// lamp is a soft light from above and from the camera's side of the line.
var lamp = render.Light{Toward: unit3(-0.35, -0.72, 0.60), Lamp: 0.62, Ambient: 0.52}

func unit3(x, y, z float64) [3]float64 {
	l := math.Sqrt(x*x + y*y + z*z)
	return [3]float64{x / l, y / l, z / l}
}

// Room is a conveyor with its frame and rails in a hall. It is immutable.
type Room struct {
	belt, steel, hall *render.Mesh
	beltLook          []*render.Material
	steelLook         []*render.Material
	hallLook          []*render.Material
}

const (
	// beltTile is the length of the belt's pattern, which repeats along it.
	beltTile = 0.25
	// Where the hall ends: behind the line and below it.
	wallAt, floorAt = 0.75, -0.85
)

// NewRoom builds the surroundings of a conveyor.
func NewRoom(c specs.Conveyor) (*Room, error) {
	if !(c.Length > 0 && c.Width > 0) || c.Length > 1000 || c.Width > 1000 {
		return nil, fmt.Errorf("scenery: conveyor of %gm by %gm; length and width must be above 0 and at most 1000m", float64(c.Length), float64(c.Width))
	}
	length, half := float64(c.Length), float64(c.Width)/2
	r := &Room{}
	var err error
	var b builder
	b.group(0)
	b.rect([3]float64{0, half, 0}, [3]float64{length, half, 0}, [3]float64{length, -half, 0}, [3]float64{0, -half, 0}, length/beltTile, 1)
	const thick = 0.012
	b.rect([3]float64{0, -half, 0}, [3]float64{length, -half, 0}, [3]float64{length, -half, -thick}, [3]float64{0, -half, -thick}, length/beltTile, thick/2/half)
	if r.belt, err = b.mesh(); err != nil {
		return nil, err
	}
	tex, err := beltTexture()
	if err != nil {
		return nil, err
	}
	r.beltLook = []*render.Material{{Texture: tex}}

	b = builder{}
	b.group(0) // frame
	const gap, beam = 0.002, 0.04
	for _, y := range [2]float64{-half - gap - beam, half + gap} {
		b.box([3]float64{0, y, -0.09}, [3]float64{length, y + beam, -0.006})
	}
	for x := 0.3; x < length; x += 1.2 {
		for _, y := range [2]float64{-half - gap - beam, half + gap} {
			b.box([3]float64{x, y, floorAt}, [3]float64{x + beam, y + beam, -0.09})
		}
	}
	b.group(1) // guide rails, the front one low, so that it hides nothing of the print
	b.box([3]float64{0, -half - 0.012, 0.006}, [3]float64{length, -half - 0.006, 0.014})
	b.box([3]float64{0, half + 0.006, 0.040}, [3]float64{length, half + 0.012, 0.055})
	for x := 0.15; x < length; x += 0.6 {
		b.box([3]float64{x, half + 0.012, -0.006}, [3]float64{x + 0.012, half + 0.024, 0.050})
		b.box([3]float64{x, -half - 0.024, -0.006}, [3]float64{x + 0.012, -half - 0.012, 0.012})
	}
	if r.steel, err = b.mesh(); err != nil {
		return nil, err
	}
	r.steelLook = []*render.Material{
		{Color: render.RGB{R: 118, G: 124, B: 130}},
		{Color: render.RGB{R: 186, G: 190, B: 194}, Gloss: 0.3, Shine: 20},
	}

	b = builder{}
	const beyond = 6
	x0, x1 := -beyond+0.0, length+beyond
	b.group(0) // the floor
	b.rect([3]float64{x0, wallAt, floorAt}, [3]float64{x1, wallAt, floorAt}, [3]float64{x1, -beyond, floorAt}, [3]float64{x0, -beyond, floorAt}, 1, 1)
	b.group(1) // the wall: a dado, and above it paint
	const dado = 0.02
	b.rect([3]float64{x0, wallAt, dado}, [3]float64{x1, wallAt, dado}, [3]float64{x1, wallAt, floorAt}, [3]float64{x0, wallAt, floorAt}, 1, 1)
	b.group(2)
	b.rect([3]float64{x0, wallAt, 3.5}, [3]float64{x1, wallAt, 3.5}, [3]float64{x1, wallAt, dado}, [3]float64{x0, wallAt, dado}, 1, 1)
	if r.hall, err = b.mesh(); err != nil {
		return nil, err
	}
	r.hallLook = []*render.Material{
		{Color: render.RGB{R: 132, G: 130, B: 124}},
		{Color: render.RGB{R: 92, G: 110, B: 120}},
		{Color: render.RGB{R: 172, G: 178, B: 176}},
	}
	return r, nil
}

func (r *Room) appendItems(items []render.Item, belt, speed float64) []render.Item {
	id := kinematics.Identity()
	// The pattern moves with the belt, so what is at x now was at x - belt at first.
	shift := math.Mod(-belt/beltTile, 1)
	return append(items,
		render.Item{Mesh: r.belt, Pose: id, Materials: r.beltLook, UV: [2]float64{shift, 0}, Slide: [2]float64{-speed / beltTile, 0}, Velocity: [3]float64{speed, 0, 0}},
		render.Item{Mesh: r.steel, Pose: id, Materials: r.steelLook},
		render.Item{Mesh: r.hall, Pose: id, Materials: r.hallLook})
}

// beltTexture is dark green rubber: a fine weave, some wear, and a lighter line across
// at every tile.
func beltTexture() (*render.Texture, error) {
	const w, h = 512, 256
	p := newCanvas(w, h, render.RGB{})
	for y := range h {
		for x := range w {
			weave := 5.0
			if (x/4+y/4)&1 == 0 {
				weave = -5
			}
			v := weave + 14*(grain(x, y, 0)-0.5) + 10*(grain(x>>5, y>>4, 1)-0.5)
			c := [3]float64{52 + v, 66 + v, 60 + v}
			if x < 5 {
				c = [3]float64{92 + v, 104 + v, 96 + v}
			}
			p.set(y*w+x, render.RGB{R: round8(float32(c[0])), G: round8(float32(c[1])), B: round8(float32(c[2]))})
		}
	}
	return render.NewTexture(w, h, p.pix, true)
}
