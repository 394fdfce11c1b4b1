package window

import (
	"math"
	"strconv"
)

// Slider sets a number between two bounds: by dragging, by the arrow keys in steps (with
// Shift, or page up and down, in ten), by Home and End, and back to the usual value by a
// double click.
type Slider struct {
	Label, Unit    string
	Min, Max, Step float64
	Usual          float64
	Get            func() float64
	Set            func(float64)
	// Say writes the value; nil: as a number with its unit.
	Say func(float64) string
	// Hidden takes it out of the panel; nil: it is shown.
	Hidden func() bool
}

// Height implements Widget.
func (s *Slider) Height() float64 {
	if s.Hidden != nil && s.Hidden() {
		return 0
	}
	return 44
}

// Focusable implements Widget.
func (s *Slider) Focusable() bool { return true }

func (s *Slider) say(v float64) string {
	if s.Say != nil {
		return s.Say(v)
	}
	digits := 0
	for step := s.Step; digits < 6 && math.Abs(step-math.Round(step)) > 1e-9; digits++ {
		step *= 10
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if s.Unit != "" {
		text += " " + s.Unit
	}
	return text
}

// snap is the nearest step within the bounds.
func (s *Slider) snap(v float64) float64 {
	if math.IsNaN(v) {
		return s.Get()
	}
	v = min(max(v, s.Min), s.Max)
	if s.Step <= 0 {
		return v
	}
	v = s.Min + math.Round((v-s.Min)/s.Step)*s.Step
	if v > s.Max { // the last step is not a whole one
		v -= s.Step
	}
	// So that 0.1 + 0.2 is 0.3: what is shown is what is saved.
	return math.Round(v*1e6) / 1e6
}

func (s *Slider) put(v float64) {
	if v = s.snap(v); v != s.Get() {
		s.Set(v)
	}
}

// track is where the knob moves.
func (s *Slider) track(in Rect) (x0, x1, y float64) { return in.X0 + 7, in.X1 - 7, in.Y0 + 32 }

// Handle implements Widget.
func (s *Slider) Handle(e Event, in Rect) bool {
	x0, x1, _ := s.track(in)
	slide := func(at Point) { s.put(s.Min + (at.X-x0)/(x1-x0)*(s.Max-s.Min)) }
	switch e := e.(type) {
	case Pressed:
		if e.Clicks == 2 {
			s.put(s.Usual)
		} else if e.At.Y > in.Y0+20 {
			slide(e.At)
		}
		return true
	case Moved:
		slide(e.At)
		return true
	case KeyDown:
		step := s.Step
		if e.Mods.Has(Shift) {
			step *= 10
		}
		switch e.Key {
		case LeftKey, Down:
			s.put(s.Get() - step)
		case RightKey, Up:
			s.put(s.Get() + step)
		case PageDown:
			s.put(s.Get() - 10*s.Step)
		case PageUp:
			s.put(s.Get() + 10*s.Step)
		case Home:
			s.put(s.Min)
		case End:
			s.put(s.Max)
		default:
			return false
		}
		return true
	}
	return false
}

// Draw implements Widget.
func (s *Slider) Draw(c *Canvas, in Rect, st State) {
	v := s.Get()
	c.Text(Point{in.X0, in.Y0 + 11}, s.Label, Label, Faint)
	ink := Ink
	if v == s.Usual {
		ink = Mix(Ink, Faint, 0.5)
	}
	c.TextRight(Point{in.X1, in.Y0 + 11}, s.say(v), Digit, ink)
	x0, x1, y := s.track(in)
	t := 0.0
	if s.Max > s.Min {
		t = min(max((v-s.Min)/(s.Max-s.Min), 0), 1)
	}
	x := x0 + t*(x1-x0)
	c.Round(Rect{x0, y - 2, x1, y + 2}, 2, Edge)
	c.Round(Rect{x0, y - 2, max(x, x0+4), y + 2}, 2, Accent)
	if u := x0 + min(max((s.Usual-s.Min)/(s.Max-s.Min), 0), 1)*(x1-x0); v != s.Usual {
		c.Fill(Rect{u - 0.5, y + 5, u + 0.5, y + 9}, Faint)
	}
	if st.Focused {
		c.Dot(Point{x, y}, 11, Fade(Accent, 0.3))
	}
	knob := Ink
	if !st.Hovered && !st.Pressed && !st.Focused {
		knob = Mix(Ink, Surface, 0.12)
	}
	c.Dot(Point{x, y}, 6.5, knob)
}
