package scenes

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"linetwin.dev/vision/match"
)

// Category is what makes a scene hard.
type Category string

// The categories. Where nothing else is said, a template of 40 to 120 pixels is somewhere between
// the pixels, upright and in its size, with noise of 2 grey levels.
const (
	Clean   Category = "clean"   // nothing
	Noise   Category = "noise"   // noise of 5 to 20 grey levels
	Blur    Category = "blur"    // blurred with a sigma of 0.7 to 2 pixels
	Light   Category = "light"   // gain 0.4 to 1.4, offset, and a slope across the image
	Covered Category = "covered" // 10 to 50 % are covered
	Turned  Category = "turned"  // by any angle
	Scaled  Category = "scaled"  // by 0.8 to 1.25
	Mixed   Category = "mixed"   // turned, scaled, up to 30 % covered, noise, light and blur
	Decoys  Category = "decoys"  // beside four that look alike in part
	Small   Category = "small"   // 14 to 24 pixels
	Large   Category = "large"   // 200 to 300 pixels
	Several Category = "several" // three to six of the same
	Absent  Category = "absent"  // it is not there
)

// Categories are all of them.
func Categories() []Category {
	return []Category{Clean, Noise, Blur, Light, Covered, Turned, Scaled, Mixed, Decoys, Small, Large, Several, Absent}
}

// Truth is where a template is, as in match.Match.
type Truth struct {
	Template           int
	X, Y, Angle, Scale float64
	Covered            float64 // share of its area
}

// Scene is a picture with its truth.
type Scene struct {
	Category       Category
	Seed           uint64
	Image          match.Image
	Templates      []match.Image
	Angles, Scales match.Range // over which the templates are to be looked for
	Truth          []Truth
}

// maker draws a scene.
type maker struct {
	rng  *rand.Rand
	w, h int
	v    []float32
}

// Make draws the scene of a category and a seed. It panics at a category that there is none of.
func Make(category Category, seed uint64) Scene {
	i := slices.Index(Categories(), category)
	if i < 0 {
		panic(fmt.Sprintf("scenes: there is no category %q", category))
	}
	m := &maker{rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), w: 480, h: 360}
	low, high := 40, 120
	switch category {
	case Small:
		low, high = 14, 24
	case Large:
		low, high, m.w, m.h = 200, 300, 640, 480
	case Several, Decoys:
		low, high = 40, 70
	}
	w, h := low+m.rng.IntN(high-low+1), low+m.rng.IntN(high-low+1)
	kind := m.rng.IntN(kinds)
	if category == Small {
		kind = m.rng.IntN(print) // signs would not fit
	}
	pattern := draw(m.rng, kind, w, h, fine)
	s := Scene{Category: category, Seed: seed, Scales: match.Range{Low: 1, High: 1}}
	s.Templates = []match.Image{render(pattern)}
	background := draw(m.rng, m.rng.IntN(grain), m.w, m.h, 1)
	m.v = background.v

	if category == Turned || category == Mixed {
		s.Angles = match.Range{Low: -180, High: 180}
	}
	if category == Scaled || category == Mixed {
		s.Scales = match.Range{Low: 0.8, High: 1.25}
	}
	switch category {
	case Absent:
	case Decoys:
		spots := m.spots(5, w, h)
		for _, at := range spots[1:] {
			m.paste(m.altered(kind, pattern), Truth{X: at[0], Y: at[1], Scale: 1})
		}
		s.Truth = append(s.Truth, Truth{X: spots[0][0], Y: spots[0][1], Scale: 1})
	case Several:
		for _, at := range m.spots(3+m.rng.IntN(4), w, h) {
			s.Truth = append(s.Truth, Truth{X: at[0], Y: at[1], Scale: 1})
		}
	default:
		s.Truth = append(s.Truth, m.pose(s, w, h))
	}
	for i := range s.Truth {
		m.paste(pattern, s.Truth[i])
		m.cover(category, w, h, &s.Truth[i])
	}
	m.disturb(category)
	s.Image = m.quantize()
	return s
}

// pose is a random place, turn and scale at which a template is wholly in the picture.
func (m *maker) pose(s Scene, w, h int) Truth {
	t := Truth{Scale: 1}
	if s.Angles.High > s.Angles.Low {
		t.Angle = -180 + 360*m.rng.Float64()
	}
	if s.Scales.High > s.Scales.Low {
		t.Scale = s.Scales.Low + (s.Scales.High-s.Scales.Low)*m.rng.Float64()
	}
	sin, cos := math.Sincos(t.Angle * math.Pi / 180)
	rx := t.Scale*(math.Abs(cos)*float64(w)+math.Abs(sin)*float64(h))/2 + 1
	ry := t.Scale*(math.Abs(sin)*float64(w)+math.Abs(cos)*float64(h))/2 + 1
	t.X, t.Y = rx+(float64(m.w)-2*rx)*m.rng.Float64(), ry+(float64(m.h)-2*ry)*m.rng.Float64()
	return t
}

// spots are centres of n upright templates that do not touch.
func (m *maker) spots(n, w, h int) (at [][2]float64) {
	for try := 0; len(at) < n && try < 10000; try++ {
		x := float64(w)/2 + 1 + (float64(m.w-w)-2)*m.rng.Float64()
		y := float64(h)/2 + 1 + (float64(m.h-h)-2)*m.rng.Float64()
		if !slices.ContainsFunc(at, func(o [2]float64) bool {
			return math.Abs(o[0]-x) < float64(w)+2 && math.Abs(o[1]-y) < float64(h)+2
		}) {
			at = append(at, [2]float64{x, y})
		}
	}
	return at
}

// render is a template: each pixel the mean over its area.
func render(p pattern) match.Image {
	m := match.Image{W: p.w / fine, H: p.h / fine, Stride: p.w / fine}
	m.Pix = make([]byte, m.W*m.H)
	for y := range m.H {
		for x := range m.W {
			sum := 0.0
			for j := range fine {
				for i := range fine {
					sum += float64(p.v[(y*fine+j)*p.w+x*fine+i])
				}
			}
			m.Pix[y*m.W+x] = byte(sum/(fine*fine) + 0.5)
		}
	}
	return m
}

// paste puts a pattern into the picture.
func (m *maker) paste(p pattern, t Truth) {
	m.over(p.w/fine, p.h/fine, t, func(u, v float64) (float64, bool) {
		return p.at(u*fine-0.5, v*fine-0.5), true
	})
}

// over paints a template's place: grey gives the level at u, v in pixels from the template's upper
// left corner, and whether it is painted at all.
func (m *maker) over(w, h int, t Truth, grey func(u, v float64) (float64, bool)) {
	sin, cos := math.Sincos(t.Angle * math.Pi / 180)
	reach := t.Scale*math.Hypot(float64(w), float64(h))/2 + 2
	for y := max(int(t.Y-reach), 0); y < min(int(t.Y+reach)+2, m.h); y++ {
		for x := max(int(t.X-reach), 0); x < min(int(t.X+reach)+2, m.w); x++ {
			sum, n := 0.0, 0
			for j := range fine {
				for i := range fine {
					dx := float64(x) + (float64(i)+0.5)/fine - 0.5 - t.X
					dy := float64(y) + (float64(j)+0.5)/fine - 0.5 - t.Y
					u, v := (cos*dx+sin*dy)/t.Scale+float64(w)/2, (cos*dy-sin*dx)/t.Scale+float64(h)/2
					if u < 0 || v < 0 || u >= float64(w) || v >= float64(h) {
						continue
					}
					if g, in := grey(u, v); in {
						sum, n = sum+g, n+1
					}
				}
			}
			if n > 0 {
				at := &m.v[y*m.w+x]
				*at = (float32(sum) + *at*float32(fine*fine-n)) / (fine * fine)
			}
		}
	}
}

// altered is a pattern of which a third or more is another.
func (m *maker) altered(kind int, p pattern) pattern {
	q := draw(m.rng, kind, p.w/fine, p.h/fine, fine)
	part := 0.35 + 0.3*m.rng.Float64()
	sin, cos := math.Sincos(2 * math.Pi * m.rng.Float64())
	limit := cutAt(p.w, p.h, sin, cos, part)
	for y := range p.h {
		for x := range p.w {
			if cos*float64(x)+sin*float64(y) < limit {
				q.v[y*p.w+x] = p.v[y*p.w+x]
			}
		}
	}
	return q
}

// cover puts something else over a part of a template.
func (m *maker) cover(category Category, w, h int, t *Truth) {
	switch category {
	case Covered:
		t.Covered = 0.1 + 0.4*m.rng.Float64()
	case Mixed:
		t.Covered = 0.3 * m.rng.Float64()
	default:
		return
	}
	p := draw(m.rng, m.rng.IntN(grain), w, h, fine)
	sin, cos := math.Sincos(2 * math.Pi * m.rng.Float64())
	limit := cutAt(w, h, sin, cos, t.Covered)
	m.over(w, h, *t, func(u, v float64) (float64, bool) {
		return p.at(u*fine-0.5, v*fine-0.5), cos*u+sin*v >= limit
	})
}

// cutAt is where a straight cut across w x h leaves a part beyond it.
func cutAt(w, h int, sin, cos, part float64) float64 {
	var d []float64
	for y := range h {
		for x := range w {
			d = append(d, cos*(float64(x)+0.5)+sin*(float64(y)+0.5))
		}
	}
	slices.Sort(d)
	return d[min(int((1-part)*float64(len(d))), len(d)-1)]
}

// Ten is the category of Board.
const Ten Category = "ten"

// Board draws a picture of 1920 x 1080 with ten different templates of 64 to 200 pixels, upright,
// between the pixels, and noise of 3 grey levels. Beside each of them are two others of its kind and
// size, of which one has a part in common with it.
func Board(seed uint64) Scene {
	m := &maker{rng: rand.New(rand.NewPCG(seed, 0)), w: 1920, h: 1080}
	m.v = draw(m.rng, m.rng.IntN(grain), m.w, m.h, 1).v
	s := Scene{Category: Ten, Seed: seed, Scales: match.Range{Low: 1, High: 1}}
	const n, across, pitch = 10, 9, 213
	spots := m.rng.Perm(across * 5)
	for i := range n {
		w, h := 64+m.rng.IntN(137), 64+m.rng.IntN(137)
		kind := i % kinds
		p := draw(m.rng, kind, w, h, fine)
		s.Templates = append(s.Templates, render(p))
		for k, q := range []pattern{p, m.altered(kind, p), draw(m.rng, kind, w, h, fine)} {
			at := spots[3*i+k]
			t := Truth{
				Template: i, Scale: 1,
				X: (float64(at%across)+0.5)*pitch + (m.rng.Float64()-0.5)*(pitch-float64(w)),
				Y: (float64(at/across)+0.5)*pitch + (m.rng.Float64()-0.5)*(pitch-float64(h)),
			}
			m.paste(q, t)
			if k == 0 {
				s.Truth = append(s.Truth, t)
			}
		}
	}
	for i := range m.v {
		m.v[i] += float32(3 * m.rng.NormFloat64())
	}
	s.Image = m.quantize()
	return s
}
