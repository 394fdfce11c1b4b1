package align

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
)

// bolt is much like a Femto Bolt: published figures of one camera, with its tilt. The colour
// camera has k times 640 x 360 pixels.
func bolt(w, h, k int) Config {
	f := float64(k) * 373.9
	return Config{
		Depth: Camera{W: w, H: h, FX: 505.28, FY: 505.28, CX: float64(w-1) / 2, CY: float64(h-1) / 2,
			K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056, P1: 1e-4, P2: -5e-5},
		Color: Camera{W: 640 * k, H: 360 * k, FX: f, FY: f, CX: float64(640*k-1) / 2, CY: float64(360*k-1) / 2,
			K1: 0.0784, K2: -0.1104, K3: 0.0465},
		DepthInColor: kinematics.FromRPY([3]float64{-0.0325, -0.001, 0.0019}, [3]float64{-6.4 * math.Pi / 180, 0, 0.002}),
	}
}

type vec = [3]float64

func dot(a, b vec) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// solid is a surface in the depth camera's frame, in millimetres.
type solid interface {
	// meet gives how far along the ray the surface is met first, 0 where it is not.
	meet(from, along vec) float64
}

type sphere struct {
	c vec
	r float64
}

func (s sphere) meet(o, d vec) float64 {
	p := vec{o[0] - s.c[0], o[1] - s.c[1], o[2] - s.c[2]}
	a, b, c := dot(d, d), dot(p, d), dot(p, p)-s.r*s.r
	q := b*b - a*c
	if q < 0 {
		return 0
	}
	return max((-b-math.Sqrt(q))/a, 0)
}

// plate is the part of the plane n p = d that lies within |x - c0| <= half0, |y - c1| <= half1.
type plate struct {
	n       vec
	d       float64
	c, half [2]float64
}

func wall(n vec, d float64) plate { return plate{n, d, [2]float64{}, [2]float64{1e9, 1e9}} }

func (s plate) meet(o, d vec) float64 {
	t := (s.d - dot(s.n, o)) / dot(s.n, d)
	x, y := o[0]+t*d[0]-s.c[0], o[1]+t*d[1]-s.c[1]
	if !(t > 0) || math.Abs(x) > s.half[0] || math.Abs(y) > s.half[1] {
		return 0
	}
	return t
}

type scene []solid

// first is what a ray meets first: how far on, and which surface, -1 for none.
func (s scene) first(o, d vec) (t float64, which int) {
	which = -1
	for i, b := range s {
		if m := b.meet(o, d); m > 0 && (which < 0 || m < t) {
			t, which = m, i
		}
	}
	return t, which
}

// depthImage is what an ideal depth camera measures.
func (s scene) depthImage(c Camera) Depth {
	d := Depth{c.W, c.H, make([]float32, c.W*c.H)}
	lens, _ := c.Lens()
	for y := range c.H {
		for x := range c.W {
			if rx, ry, ok := lens.Ray(float64(x), float64(y)); ok {
				t, _ := s.first(vec{}, vec{rx, ry, 1})
				d.Z[y*c.W+x] = float32(t)
			}
		}
	}
	return d
}

// view is what is true of a colour pixel.
type view struct {
	z     float64 // in the colour frame; 0 where nothing is seen
	which int     // the surface
	both  bool    // whether the depth camera sees the same point
	out   bool    // whether it lies out of the depth image
}

// truth of all colour pixels. Only pixels between the centres of the outermost depth pixels count as
// within the depth image.
func (s scene) truth(cfg Config) []view {
	c, d := cfg.Color, cfg.Depth
	inDepth := cfg.DepthInColor.Inverse()
	o := vec{1000 * inDepth.P[0], 1000 * inDepth.P[1], 1000 * inDepth.P[2]}
	all := make([]view, c.W*c.H)
	color, _ := c.Lens()
	depth, _ := d.Lens()
	for y := range c.H {
		for x := range c.W {
			rx, ry, ok := color.Ray(float64(x), float64(y))
			if !ok {
				continue
			}
			along := inDepth.Rotate(vec{rx, ry, 1})
			t, which := s.first(o, along)
			if which < 0 {
				continue
			}
			v := &all[y*c.W+x]
			v.z, v.which = t, which
			p := vec{o[0] + t*along[0], o[1] + t*along[1], o[2] + t*along[2]}
			u, w, ok := depth.Project(p[0], p[1], p[2])
			if !ok {
				v.out = true
				continue
			}
			v.out = u < 0 || w < 0 || u > float64(d.W-1) || w > float64(d.H-1)
			hit, same := s.first(vec{}, vec{p[0] / p[2], p[1] / p[2], 1})
			v.both = same == which && math.Abs(hit-p[2]) < 1e-6*p[2]
		}
	}
	return all
}

func aligned(w, h int) Aligned {
	return Aligned{Depth{w, h, make([]float32, w*h)}, make([]Mark, w*h)}
}

func mustNew(tb testing.TB, cfg Config) *Aligner {
	tb.Helper()
	a, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func mustAlign(tb testing.TB, a *Aligner, src Depth) Aligned {
	tb.Helper()
	out := aligned(a.cw, a.ch)
	if err := a.ToColor(out, src); err != nil {
		tb.Fatal(err)
	}
	return out
}

// measured is a table with boxes as a depth camera might see it: ripples of noise, and pixels without depth.
func measured(cfg Config) Depth {
	s := scene{wall(vec{0, 0.3, 1}, 900)}
	for i := range 12 {
		x, y := float64(i%4)*160-240, float64(i/4)*150-150
		s = append(s, plate{vec{0, 0.05, 1}, 620 + 20*float64(i%3), [2]float64{x, y}, [2]float64{50, 45}})
	}
	d := s.depthImage(cfg.Depth)
	for i := range d.Z {
		d.Z[i] += float32(2 * math.Sin(float64(i)*1.7) * math.Cos(float64(i)*0.013))
		if i%211 == 0 {
			d.Z[i] = 0
		}
	}
	return d
}
