package window

import "image/color"

// Toggle switches something on and off: by a click, Space or Enter.
type Toggle struct {
	Label string
	Get   func() bool
	Set   func(bool)
}

// Height implements Widget.
func (t *Toggle) Height() float64 { return 28 }

// Focusable implements Widget.
func (t *Toggle) Focusable() bool { return true }

// Handle implements Widget.
func (t *Toggle) Handle(e Event, _ Rect) bool {
	switch e := e.(type) {
	case Pressed:
		t.Set(!t.Get())
		return true
	case KeyDown:
		if e.Key == Space || e.Key == Enter {
			t.Set(!t.Get())
			return true
		}
	}
	return false
}

// Draw implements Widget.
func (t *Toggle) Draw(c *Canvas, in Rect, st State) {
	y := in.Mid().Y
	c.Text(Point{in.X0, y}, t.Label, Label, hovered(Faint, st))
	r := Rect{in.X1 - 32, y - 9, in.X1, y + 9}
	ground, x := Edge, r.X0+9
	if t.Get() {
		ground, x = Accent, r.X1-9
	}
	if st.Focused {
		c.Round(r.Inset(-3), 12, Fade(Accent, 0.3))
	}
	c.Round(r, 9, ground)
	c.Dot(Point{x, y}, 6.5, Ink)
}

// Choice picks one of a few: by a click, or by the arrow keys.
type Choice struct {
	Label   string // above; empty: none
	Options []string
	Get     func() int
	Set     func(int)
}

// Height implements Widget.
func (ch *Choice) Height() float64 {
	if ch.Label == "" {
		return 34
	}
	return 54
}

// Focusable implements Widget.
func (ch *Choice) Focusable() bool { return true }

func (ch *Choice) bar(in Rect) Rect { return Rect{in.X0, in.Y1 - 32, in.X1, in.Y1 - 4} }

// Handle implements Widget.
func (ch *Choice) Handle(e Event, in Rect) bool {
	n := len(ch.Options)
	switch e := e.(type) {
	case Pressed:
		if bar := ch.bar(in); bar.Has(e.At) {
			ch.Set(min(int((e.At.X-bar.X0)/bar.W()*float64(n)), n-1))
		}
		return true
	case KeyDown:
		switch e.Key {
		case LeftKey:
			ch.Set((ch.Get() + n - 1) % n)
		case RightKey, Space, Enter:
			ch.Set((ch.Get() + 1) % n)
		default:
			return false
		}
		return true
	}
	return false
}

// Draw implements Widget.
func (ch *Choice) Draw(c *Canvas, in Rect, st State) {
	if ch.Label != "" {
		c.Text(Point{in.X0, in.Y0 + 11}, ch.Label, Label, Faint)
	}
	bar := ch.bar(in)
	if st.Focused {
		c.Round(bar.Inset(-2), 8, Fade(Accent, 0.4))
	}
	c.Round(bar, 6, Ground)
	each := bar.W() / float64(len(ch.Options))
	for i, o := range ch.Options {
		r := Rect{bar.X0 + float64(i)*each, bar.Y0, bar.X0 + float64(i+1)*each, bar.Y1}
		ink := Faint
		if i == ch.Get() {
			c.Round(r.Inset(2), 5, Mix(Raised, Edge, 0.6))
			ink = Ink
		}
		c.TextMid(r.Mid(), c.Shorten(o, Label, each-6), Label, ink)
	}
}

// Push does something: by a click, Space or Enter.
type Push struct {
	Label string
	Hint  string // the key that does it as well
	Main  bool   // what is mostly done next
	Half  bool   // shares its row with the next one that does
	Do    func()
	// Off tells that there is nothing to do; nil: there always is.
	Off func() bool
}

// Height implements Widget.
func (b *Push) Height() float64 { return 36 }

// Focusable implements Widget.
func (b *Push) Focusable() bool { return !b.off() }

func (b *Push) off() bool { return b.Off != nil && b.Off() }

// Handle implements Widget.
func (b *Push) Handle(e Event, in Rect) bool {
	switch e := e.(type) {
	case Released:
		if !b.off() && in.Has(e.At) {
			b.Do()
		}
		return true
	case KeyDown:
		if !b.off() && (e.Key == Space || e.Key == Enter) {
			b.Do()
			return true
		}
	}
	return false
}

// Draw implements Widget.
func (b *Push) Draw(c *Canvas, in Rect, st State) {
	r := Rect{in.X0, in.Y0 + 2, in.X1, in.Y1 - 2}
	ground, ink, faint := Raised, Ink, Faint
	if b.Main {
		ground, ink, faint = Accent, Ground, Mix(Ground, Accent, 0.3)
	}
	switch {
	case b.off():
		ground, ink, faint = Mix(Raised, Surface, 0.5), Fade(Faint, 0.55), Fade(Faint, 0.4)
	case st.Pressed:
		ground = Mix(ground, Ground, 0.2)
	case st.Hovered:
		ground = Mix(ground, Ink, 0.12)
	}
	if st.Focused {
		c.Round(r.Inset(-2), 8, Fade(Accent, 0.4))
	}
	c.Round(r, 6, ground)
	if b.Hint != "" {
		c.TextRight(Point{r.X1 - 10, r.Mid().Y}, b.Hint, Digit, faint)
	}
	mid := r.Mid()
	if b.Half && b.Hint != "" {
		mid.X -= c.TextWidth(b.Hint, Digit) / 2
	}
	c.TextMid(mid, b.Label, Type{13, Medium}, ink)
}

// hovered is a colour, lighter where the mouse is.
func hovered(c color.NRGBA, st State) color.NRGBA {
	if st.Hovered || st.Focused {
		return Mix(c, Ink, 0.6)
	}
	return c
}
