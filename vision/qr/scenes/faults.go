package scenes

import "math"

var categories = []Category{
	{Name: "clean", About: "modules of 4 to 8 pixels", Least: 1, render: func(s *stage) {
		s.set(640, 480, s.between(4, 8))
		s.print(30, 220)
		s.Blur(0.6)
		s.expose(2)
	}},
	{Name: "blur", About: "Gaussian, sigma 0.35 to 0.85 modules", Least: 0.45, render: func(s *stage) {
		m := s.between(4, 7)
		s.set(560, 480, m)
		s.print(40, 210)
		s.Blur(m * s.between(0.35, 0.85))
		s.expose(2)
	}},
	{Name: "motion", About: "smeared by 0.8 to 1.9 modules", Least: 0.85, render: func(s *stage) {
		m := s.between(4, 7)
		s.set(560, 480, m)
		s.print(40, 210)
		s.Drag(m*s.between(0.8, 1.9), s.between(0, 3.14))
		s.expose(2)
	}},
	{Name: "noise", About: "sigma 15 to 55 on a contrast of 130", Least: 0.9, render: func(s *stage) {
		s.set(480, 480, s.between(3, 7))
		s.print(60, 190)
		s.Blur(0.7)
		s.expose(s.between(15, 55))
	}},
	{Name: "tilt", About: "17 to 57 degrees about one axis, up to 52 about the other", Least: 0.85, render: func(s *stage) {
		s.set(640, 560, s.between(5, 8))
		s.Tilt, s.Turn = s.either()*s.between(0.3, 1.0), s.either()*s.between(0.3, 0.9)
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(3)
	}},
	{Name: "rotation", About: "any angle", Least: 0.98, render: func(s *stage) {
		s.set(560, 560, s.between(3, 6))
		s.Angle = s.between(0, 6.28)
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(4)
	}},
	{Name: "glare", About: "a spot of 0.1 to 0.3 sides that washes out", Least: 0.65, render: glare},
	{Name: "shadow", About: "stripes of 15 to 40 % of the light", Least: 0.85, render: shadow},
	{Name: "low contrast", About: "6 to 30 grey levels", Least: 0.85, render: func(s *stage) {
		s.set(560, 480, s.between(4, 7))
		ground, c := s.between(40, 180), s.between(6, 30)
		s.Light(func(x, y float64) (float64, float64) { return 0.1, ground })
		s.print(ground, ground+c)
		s.Blur(0.8)
		s.expose(2.5)
	}},
	{Name: "damage", About: "2 to 4 scratches or blots, finders too", Least: 0.7, render: damage},
	{Name: "small", About: "modules of 1.5 to 2.3 pixels", Least: 0.95, render: func(s *stage) {
		s.set(320, 240, s.between(1.5, 2.3))
		s.print(35, 220)
		s.Blur(0.4)
		s.expose(2)
	}},
	{Name: "large", About: "modules of 10 to 20 pixels, out of focus by 2 pixels", Least: 0.98, render: func(s *stage) {
		s.set(1280, 960, s.between(12, 20))
		s.Module = min(s.Module, 600/float64(max(s.N, 1)))
		s.Angle = s.between(0, 6.28)
		s.print(40, 210)
		s.Blur(2)
		s.expose(3)
	}},
	{Name: "curved", About: "around a bottle: sagitta of 8 to 30 % of the side", Least: 0.5, render: func(s *stage) {
		s.set(640, 560, s.between(5, 8))
		s.Bend, s.Turn, s.Tilt = s.between(0.08, 0.3), 0.3*s.rng.NormFloat64(), 0.2*s.rng.NormFloat64()
		s.Angle = s.between(0, 6.28)
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(3)
	}},
	{Name: "high version", About: "versions 12 to 31", Least: 0.9, render: func(s *stage) {
		v := 12 + s.rng.IntN(20)
		s.set(800, 800, 0)
		s.encode(Text(s.rng, Room(v, M)-10), v, M)
		s.Module = s.between(2.6, 3.6) * 130 / float64(max(s.N, 1)) * 1.1
		s.Tilt, s.Turn, s.Angle = 0.2*s.rng.NormFloat64(), 0.2*s.rng.NormFloat64(), s.between(0, 6.28)
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(3)
	}},
	{Name: "several", About: "twelve codes", Least: 0.95, render: several},
	{Name: "inverted", About: "light on dark", Least: 0.98, render: func(s *stage) {
		s.set(560, 480, s.between(4, 7))
		s.Angle = s.between(0, 6.28)
		s.print(210, 40)
		s.Blur(0.8)
		s.expose(3)
	}},
	{Name: "mirrored", About: "seen from behind", Least: 0.98, render: func(s *stage) {
		s.set(560, 480, s.between(4, 7))
		s.Angle, s.Mirrored = s.between(0, 6.28), true
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(3)
	}},
	{Name: "quiet zone", About: "one module wide or none, among dark bars", Least: 0.95, render: crowded},
	{Name: "compressed", About: "JPEG of quality 8 to 25", Least: 0.95, render: func(s *stage) {
		s.set(560, 480, s.between(3, 6))
		s.Angle = s.between(0, 6.28)
		s.print(40, 210)
		s.Blur(0.7)
		s.expose(2)
		img, err := s.out.Image.Compressed(8 + s.rng.IntN(18))
		if err != nil && s.err == nil {
			s.err = err
		}
		s.out.Image = img
	}},
	{Name: "by qrencode", About: "printed by Debian's qrencode; turned, tilted, a little blurred", Least: 0.98, foreign: true, render: func(s *stage) {
		s.set(560, 560, s.between(3, 6))
		s.Angle, s.Tilt, s.Turn = s.between(0, 6.28), 0.25*s.rng.NormFloat64(), 0.25*s.rng.NormFloat64()
		s.print(40, 210)
		s.Blur(0.8)
		s.expose(3)
	}},
}

func glare(s *stage) {
	m := s.between(4, 7)
	s.set(560, 480, m)
	s.print(40, 190)
	size := m * float64(s.N)
	x, y := s.Center.X+size*0.35*s.rng.NormFloat64(), s.Center.Y+size*0.35*s.rng.NormFloat64()
	r, power := size*s.between(0.1, 0.3), s.between(200, 500)
	s.Light(func(px, py float64) (float64, float64) {
		d := ((px-x)*(px-x) + (py-y)*(py-y)) / (2 * r * r)
		return 1, power * math.Exp(-d)
	})
	s.Blur(0.8)
	s.expose(2)
}

func shadow(s *stage) {
	m := s.between(4, 7)
	s.set(560, 480, m)
	s.print(35, 220)
	a, off, deep := s.between(0, 6.28), m*float64(s.N)*0.25*s.rng.NormFloat64(), s.between(0.15, 0.4)
	period := s.between(40, 160)
	s.Light(func(px, py float64) (float64, float64) {
		d := (px-s.Center.X)*math.Cos(a) + (py-s.Center.Y)*math.Sin(a) - off
		if math.Sin(d/period*3.14) > 0 {
			return deep, 0
		}
		return 1, 0
	})
	s.Blur(0.9)
	s.expose(2)
}

func damage(s *stage) {
	m := s.between(4, 7)
	s.set(560, 480, m)
	s.print(35, 220)
	for range 2 + s.rng.IntN(3) {
		v := float32(s.between(0, 255))
		n := float64(s.N)
		u0, v0, a := n*s.rng.Float64(), n*s.rng.Float64(), s.between(0, 6.28)
		length, wide := n*s.between(0.1, 0.6), s.between(0.5, 2)
		for i := range int(length * m * 2) {
			for j := range int(wide*m*2) + 1 {
				d, e := float64(i)/m/2, float64(j)/m/2
				q := s.ToImage(s.N, u0+d*math.Cos(a)-e*math.Sin(a), v0+d*math.Sin(a)+e*math.Cos(a))
				if x, y := int(q.X), int(q.Y); x >= 0 && y >= 0 && x < s.W && y < s.H {
					s.V[y*s.W+x] = v
				}
			}
		}
	}
	s.Blur(0.8)
	s.expose(2)
}

func several(s *stage) {
	s.set(900, 700, 4)
	for i := range 12 {
		text := Text(s.rng, 18)
		s.encode(text, 0, Level(s.rng.IntN(4)))
		s.Pose = Pose{
			Center: Point{120 + 215*float64(i%4), 120 + 225*float64(i/4)}, Module: s.between(3, 4.5),
			Angle: s.between(0, 6.28), Tilt: 0.25 * s.rng.NormFloat64(), Turn: 0.25 * s.rng.NormFloat64(),
		}
		s.print(40, 210)
	}
	s.Blur(0.7)
	s.expose(3)
}

// crowded leaves the code a narrow quiet zone, and puts dark print beside all of its sides.
func crowded(s *stage) {
	m := s.between(4, 7)
	s.set(560, 480, m)
	s.Angle = s.between(0, 6.28)
	quiet := s.rng.IntN(2)
	bars := Symbol{N: s.N + 2*quiet + 8, Text: s.Text}
	bars.Dark = make([]bool, bars.N*bars.N)
	wide := 1 + s.rng.IntN(3)
	for i := range bars.Dark {
		r, c := i/bars.N, i%bars.N
		bars.Dark[i] = (r/wide+c/(3*wide))%2 == 0
	}
	if s.err == nil {
		s.Draw(&bars, &s.Pose, 0, 40, 210)
	}
	s.printWithin(quiet, 40, 210)
	s.Blur(0.7)
	s.expose(3)
}
