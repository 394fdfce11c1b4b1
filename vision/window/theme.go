package window

import "image/color"

// Colours of the windows: dark and neutral, so that pictures are judged by their own.
var (
	Ground  = color.NRGBA{0x14, 0x16, 0x19, 255} // behind pictures
	Surface = color.NRGBA{0x1d, 0x20, 0x24, 255} // of panels
	Raised  = color.NRGBA{0x2a, 0x2e, 0x34, 255} // of what can be pressed
	Edge    = color.NRGBA{0x38, 0x3d, 0x45, 255}
	Ink     = color.NRGBA{0xe9, 0xec, 0xef, 255}
	Faint   = color.NRGBA{0x9a, 0xa3, 0xad, 255}
	Accent  = color.NRGBA{0x5a, 0xa9, 0xff, 255}
	Good    = color.NRGBA{0x58, 0xc9, 0x8b, 255}
	Warn    = color.NRGBA{0xf0, 0xb4, 0x4c, 255}
	Bad     = color.NRGBA{0xf2, 0x6d, 0x6d, 255}
)

// Fade returns a colour with a part of its opacity, 0 to 1.
func Fade(c color.NRGBA, part float64) color.NRGBA {
	c.A = byte(float64(c.A)*min(max(part, 0), 1) + 0.5)
	return c
}

// Mix returns the colour at t from one to another, 0 to 1.
func Mix(a, b color.NRGBA, t float64) color.NRGBA {
	t = min(max(t, 0), 1)
	m := func(p, q byte) byte { return byte(float64(p) + t*(float64(q)-float64(p)) + 0.5) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), m(a.A, b.A)}
}

var viridis = [...]color.NRGBA{
	{0x44, 0x01, 0x54, 255}, {0x47, 0x2d, 0x7b, 255}, {0x3b, 0x52, 0x8b, 255},
	{0x2c, 0x72, 0x8e, 255}, {0x21, 0x91, 0x8c, 255}, {0x28, 0xae, 0x80, 255},
	{0x5e, 0xc9, 0x62, 255}, {0xad, 0xdc, 0x30, 255}, {0xfd, 0xe7, 0x25, 255},
}

// Viridis is a colour for a value from 0 to 1: from dark violet over green to yellow,
// with the lightness growing evenly.
func Viridis(t float64) color.NRGBA {
	t = min(max(t, 0), 1) * float64(len(viridis)-1)
	i := min(int(t), len(viridis)-2)
	return Mix(viridis[i], viridis[i+1], t-float64(i))
}

// Diverging is a colour for a value from -1 to 1: blue below, light grey at 0, red above.
func Diverging(t float64) color.NRGBA {
	middle := color.NRGBA{0xde, 0xde, 0xde, 255}
	if t < 0 {
		return Mix(middle, color.NRGBA{0x2b, 0x6c, 0xe0, 255}, -t)
	}
	return Mix(middle, color.NRGBA{0xe0, 0x45, 0x3a, 255}, t)
}
