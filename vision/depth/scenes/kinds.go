package scenes

import "math"

var categories = []Category{
	{"flat", "a good plate", 0.95, func(m *maker) {}},
	{"curved", "a good cylinder", 0.95, func(m *maker) { m.round() }},
	{"edges", "a good plate with slots: flying pixels everywhere", 0.95, func(m *maker) { m.slots() }},
	{"within tolerance", "dents and bumps of 0.3 to 0.7 tolerances: good", 0.95, func(m *maker) {
		m.spots(1+m.rng.IntN(3), 10, 25, 0.3, 0.7, 0)
	}},
	{"slight", "a dent or bump of 1.3 to 1.7 tolerances", 0.9, func(m *maker) { m.spots(1, 12, 25, 1.3, 1.7, 0) }},
	{"dent", "2 to 6 tolerances", 0.98, func(m *maker) { m.spots(1, 8, 25, 2, 6, 1) }},
	{"bump", "2 to 6 tolerances", 0.98, func(m *maker) { m.spots(1, 8, 25, 2, 6, -1) }},
	{"curved dent", "2 to 6 tolerances, on a cylinder", 0.98, func(m *maker) {
		m.round()
		m.spots(1, 8, 18, 2, 6, 1)
	}},
	{"several", "3 to 5 dents and bumps of 2 to 5 tolerances", 0.98, func(m *maker) { m.spots(3+m.rng.IntN(3), 8, 18, 2, 5, 0) }},
	{"small", "10 to 14 mm wide, 4 to 8 tolerances", 0.9, func(m *maker) { m.spots(1, 5, 7, 4, 8, 0) }},
	{"missing piece", "8 to 40 mm wide: the table is seen", 0.98, func(m *maker) {
		m.gone = append(m.gone, cut{m.between(-0.6, 0.6) * m.halfW, m.between(-0.6, 0.6) * m.halfH, m.between(4, 20), m.between(4, 20)})
	}},
	{"tilt", "0.8 to 2 degrees", 0.98, func(m *maker) {
		a, dir := math.Tan(m.between(0.8, 2)*math.Pi/180), m.between(0, 2*math.Pi)
		m.tiltX, m.tiltY = a*math.Cos(dir), a*math.Sin(dir)
	}},
	{"missing depth", "a spot of 10 to 30 mm that the camera cannot see", 0.98, func(m *maker) {
		r := m.between(5, 15)
		m.dark = append(m.dark, spot{x: m.between(-1, 1) * (m.halfW - 20), y: m.between(-1, 1) * (m.halfH - 20), radius: r})
	}},
	{"bias", "6 to 12 mm either way, with a dent of 2 to 5 tolerances", 0.98, func(m *maker) {
		m.bias = m.either() * m.between(6, 12)
		m.spots(1, 8, 25, 2, 5, 1)
	}},
	{"noisy", "three times the noise, with a dent of 3 to 6 tolerances", 0.9, func(m *maker) {
		m.camera.Floor, m.camera.Slope = 3*m.camera.Floor, 3*m.camera.Slope
		m.spots(1, 12, 25, 3, 6, 1)
	}},
}

// slots cuts the plate in two to four places.
func (m *maker) slots() {
	n := 2 + m.rng.IntN(3)
	for k := range n {
		x := (2*(float64(k)+0.5)/float64(n) - 1) * m.halfW
		m.cut = append(m.cut, cut{x, m.between(-0.2, 0.2) * m.halfH, m.between(4, 10), m.between(0.3, 0.6) * m.halfH})
	}
}
