package scenes

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// Scene is a labelled picture.
type Scene struct {
	Image Image
	Codes []Code
}

// Code is the truth of one code in a picture.
type Code struct {
	Text string
	// Corners without the quiet zone: the top left, then clockwise as printed.
	Corners            [4]Point
	Mirrored, Inverted bool
}

// Category is a kind of fault. Some pictures of each are beyond any reader.
type Category struct {
	Name  string
	About string // how strong the fault is
	// Least is the share of the codes that a good reader reads, from 0 to 1.
	Least   float64
	foreign bool // printed by qrencode
	render  func(*stage)
}

// Categories are all kinds of faults, in the order of the reports.
func Categories() []Category { return append([]Category(nil), categories...) }

// Find gives the category of a name.
func Find(name string) (Category, bool) {
	for _, c := range categories {
		if c.Name == name {
			return c, true
		}
	}
	return Category{}, false
}

// Stream is the random numbers of picture i of a seed.
func Stream(seed uint64, i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(i), seed)) }

// Available says why the category cannot be rendered on this machine: its error wraps
// ErrNotInstalled.
func (c *Category) Available() error {
	if !c.foreign {
		return nil
	}
	_, err := FindQrencode()
	return err
}

// Scene renders picture i of a seed. It fails where the category is not available.
func (c *Category) Scene(seed uint64, i int) (Scene, error) { return c.Render(Stream(seed, i)) }

// Render renders a picture by a stream of random numbers.
func (c *Category) Render(rng *rand.Rand) (Scene, error) {
	s := stage{rng: rng, printer: Gozxing{}}
	if c.foreign {
		p, err := FindQrencode()
		if err != nil {
			return Scene{}, fmt.Errorf("pictures of category %q: %w", c.Name, err)
		}
		p.Args = []string{"-8"}
		s.printer = p
	}
	c.render(&s)
	if s.err != nil {
		return Scene{}, fmt.Errorf("picture of category %q: %w", c.Name, s.err)
	}
	return s.out, nil
}

// stage is one code in the middle of a picture, or several, being drawn. The first error
// stays, and what is drawn after it does not count.
type stage struct {
	Canvas
	Symbol
	Pose
	rng     *rand.Rand
	printer Printer
	out     Scene
	err     error
}

// set prints a code and prepares uneven ground and a pose, which may be adjusted; it draws nothing yet.
func (s *stage) set(w, h int, module float64) {
	rng := s.rng
	level := Level(rng.IntN(4))
	s.encode(Text(rng, 15+rng.IntN(60)), 0, level)
	s.Canvas = *NewCanvas(w, h, 0)
	base := 120 + 90*rng.Float64()
	tilt, dir := 40*rng.Float64(), 6.28*rng.Float64()
	for y := range h {
		for x := range w {
			d := math.Cos(dir)*float64(x)/float64(w) + math.Sin(dir)*float64(y)/float64(h)
			s.V[y*w+x] = float32(base + tilt*d + 12*math.Sin(float64(x)*0.21+float64(y)*0.13))
		}
	}
	s.Pose = Pose{
		Center: Point{float64(w)/2 + 10*rng.NormFloat64(), float64(h)/2 + 10*rng.NormFloat64()},
		Module: module, Angle: 0.15 * rng.NormFloat64(), Tilt: 0.1 * rng.NormFloat64(), Turn: 0.1 * rng.NormFloat64(),
	}
}

func (s *stage) encode(text string, version int, level Level) {
	sym, err := s.printer.Print(text, version, level)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.Symbol = sym
}

// print draws the code in its pose.
func (s *stage) print(dark, light float64) { s.printWithin(QuietZone, dark, light) }

// printWithin draws it with a quiet zone of so many modules.
func (s *stage) printWithin(quiet int, dark, light float64) {
	if s.err != nil {
		return
	}
	s.Draw(&s.Symbol, &s.Pose, quiet, dark, light)
	s.out.Codes = append(s.out.Codes, Code{s.Text, s.Corners(s.N), s.Mirrored, dark > light})
}

// expose ends the picture.
func (s *stage) expose(noise float64) { s.out.Image = s.Image(noise, s.rng) }

// between draws evenly from an interval.
func (s *stage) between(lo, hi float64) float64 { return lo + (hi-lo)*s.rng.Float64() }

// either draws -1 or 1.
func (s *stage) either() float64 { return float64(2*s.rng.IntN(2) - 1) }

// Text is one of n characters or a few more, that differs from draw to draw.
func Text(rng *rand.Rand, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "LT-%04d ", rng.IntN(10000))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789/.:-"
	for b.Len() < n {
		b.WriteByte(letters[rng.IntN(len(letters))])
	}
	return b.String()
}
