package scenes

import (
	"math"
	"math/rand/v2"
)

// Scene is a labelled inspection: what should be there, frames of what is, and how they differ.
type Scene struct {
	Camera Camera
	// Want is the expected depth, of the table too, without noise.
	Want Map
	// Mask is 255 on the part, border pixels left out, and Table on the table.
	Mask, Table []byte
	// Tolerance in mm, either way.
	Tolerance float64
	Frames    []Map // one after the other; nothing moves
	// Truth is what is really there, 0 where the camera sees nothing.
	Truth Map

	// What is true: regions out of tolerance, in reading order of their first pixels; pixels of
	// the part without depth; the angle in radians by which the part is tilted; the camera's bias in mm.
	Regions []Region
	Missing int
	Tilt    float64
	Bias    float64
}

// Good tells whether nothing is wrong with the part.
func (s *Scene) Good() bool { return len(s.Regions) == 0 && s.Missing == 0 }

// Category is a kind of part and defect.
type Category struct {
	Name  string
	About string
	// Least is the share of the defects that a good inspection finds, or, where there are none,
	// of the parts of which it says so, from 0 to 1.
	Least float64
	make  func(*maker)
}

// Categories are all kinds, in the order of the reports.
func Categories() []Category { return append([]Category(nil), categories...) }

// Frames of each scene.
const Frames = 8

// tolerance of all scenes, in mm.
const tolerance = 1.0

// margin is how many pixels at the part's border are not compared.
const margin = 3

// Scene renders scene i of a seed.
func (c *Category) Scene(seed uint64, i int) Scene {
	rng := rand.New(rand.NewPCG(uint64(i), seed^0xDE97))
	m := maker{rng: rng, camera: Standard(), bias: 3 * rng.NormFloat64()}
	m.flat()
	c.make(&m)
	return m.shoot()
}

// maker puts a scene together.
type maker struct {
	part
	camera Camera
	bias   float64
	rng    *rand.Rand
}

func (m *maker) between(lo, hi float64) float64 { return lo + (hi-lo)*m.rng.Float64() }

func (m *maker) either() float64 { return float64(2*m.rng.IntN(2) - 1) }

// flat is a plate 30 to 60 mm above the table.
func (m *maker) flat() {
	near := m.between(520, 640)
	m.part = part{near: near, slopeX: m.between(-0.06, 0.06), slopeY: m.between(-0.06, 0.06),
		halfW: m.between(80, 125), halfH: m.between(70, 100), table: near + m.between(40, 70)}
}

// round is a cylinder that lies along x.
func (m *maker) round() {
	near := m.between(520, 620)
	r := m.between(60, 140)
	m.part = part{near: near, radius: r, halfW: m.between(80, 125), halfH: 0.7 * r, table: near + 1.6*r}
}

// spots adds n dents (height above 0) or bumps, of so many tolerances, that do not touch.
func (m *maker) spots(n int, r0, r1, h0, h1, sign float64) {
	for range n {
		for range 200 {
			r := m.between(r0, r1)
			s := spot{radius: r, height: sign * tolerance * m.between(h0, h1)}
			if sign == 0 {
				s.height = m.either() * tolerance * m.between(h0, h1)
			}
			// Within the part and clear of the border that is not compared.
			s.x = m.between(-1, 1) * (m.halfW - r - 8)
			s.y = m.between(-1, 1) * (m.halfH - r - 8)
			clear := true
			for _, o := range m.dents {
				clear = clear && math.Hypot(s.x-o.x, s.y-o.y) > s.radius+o.radius+6
			}
			if clear {
				m.dents = append(m.dents, s)
				break
			}
		}
	}
}

// shoot renders what is expected, what is there, and the frames.
func (m *maker) shoot() Scene {
	c := m.camera
	n := c.W * c.H
	s := Scene{Camera: c, Want: newMap(c.W, c.H), Tolerance: tolerance, Bias: m.bias, Tilt: math.Atan(math.Hypot(m.tiltX, m.tiltY))}
	s.Truth = newMap(c.W, c.H)
	onPart, onTable := make([]byte, n), make([]byte, n)
	dev := make([]float64, n)
	lost := make([]bool, n)
	for y := range c.H {
		for x := range c.W {
			i := y*c.W + x
			rx, ry := (float64(x)-c.CX)/c.FX, (float64(y)-c.CY)/c.FY
			z, ok := m.expected(rx, ry)
			if !ok {
				s.Want.Z[i], s.Truth.Z[i] = float32(m.table), float32(m.table)
				onTable[i] = 255
				continue
			}
			onPart[i] = 255
			s.Want.Z[i] = float32(z)
			dev[i], lost[i] = m.deviation(rx*z, ry*z, z)
			if !lost[i] {
				s.Truth.Z[i] = float32(z + dev[i])
			}
		}
	}
	s.Mask, s.Table = eroded(onPart, c.W, c.H, margin), eroded(onTable, c.W, c.H, margin)
	for i := range lost {
		if lost[i] && s.Mask[i] != 0 {
			s.Missing++
		}
	}
	s.Regions = regions(dev, s.Want, s.Mask, tolerance, c.FX, c.FY)
	for range Frames {
		s.Frames = append(s.Frames, c.expose(s.Truth, m.bias, m.rng))
	}
	return s
}
