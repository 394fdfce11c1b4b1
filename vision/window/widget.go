package window

// Widget is a part of a panel. A widget keeps no value of its own: it reads and sets
// that of the view.
type Widget interface {
	// Height that it takes, in points.
	Height() float64
	// Draw draws it into a rectangle of that height.
	Draw(c *Canvas, in Rect, s State)
	// Handle reacts to an event of the mouse that concerns it, or of the keyboard while
	// it has the focus; false for what it has no use for.
	Handle(e Event, in Rect) bool
	// Focusable tells whether the keyboard can be given to it.
	Focusable() bool
}

// State is what a widget needs to know of the panel to draw itself.
type State struct {
	Focused bool
	Hovered bool
	Pressed bool
}

// Panel is a column of widgets: it gives them the mouse and, by Tab, the keyboard, and
// scrolls where they do not all fit.
type Panel struct {
	Rect  Rect
	Items []Widget

	offset  float64 // points scrolled down
	focus   Widget
	hover   Widget
	pressed Widget
}

const (
	margin = 16.0 // of a panel, on each side
	gap    = 4.0  // between widgets
)

// Content is the height of all widgets.
func (p *Panel) Content() float64 {
	return p.rows(nil) + 2*margin
}

// rows calls a function with the place of every widget that is shown, until it returns
// false, and returns their height. Two buttons that are Half share a row.
func (p *Panel) rows(do func(w Widget, in Rect) bool) (height float64) {
	x0, x1, top := p.Rect.X0+margin, p.Rect.X1-margin, p.Rect.Y0+margin-p.offset
	y, left := top, 0.0 // left is the height of a left half without a right one yet
	for _, w := range p.Items {
		h := w.Height()
		if h <= 0 {
			continue
		}
		b, ok := w.(*Push)
		half := ok && b.Half
		if !half && left > 0 {
			y, left = y+left+gap, 0
		}
		in := Rect{x0, y, x1, y + h}
		switch mid := (x0 + x1) / 2; {
		case half && left > 0:
			in.X0, left = mid+gap, 0
		case half:
			in.X1, left = mid-gap, h
		}
		if do != nil && !do(w, in) {
			return y - top
		}
		if left == 0 {
			y += h + gap
		}
	}
	if left > 0 {
		y += left + gap
	}
	return y - top
}

// Place sets where the panel is.
func (p *Panel) Place(r Rect) {
	p.Rect = r
	p.offset = max(min(p.offset, p.Content()-r.H()), 0)
}

// Find returns the place of a widget; false if it is not shown.
func (p *Panel) Find(want Widget) (in Rect, ok bool) {
	p.rows(func(w Widget, r Rect) bool {
		in, ok = r, w == want
		return !ok
	})
	return in, ok
}

// Writing tells whether what is typed goes into a line of text.
func (p *Panel) Writing() bool {
	_, ok := p.focus.(*TextLine)
	return ok
}

// Focus gives the keyboard to a widget, or, with nil, back to the view.
func (p *Panel) Focus(w Widget) { p.focus = w }

// Focused tells whether a widget has the keyboard.
func (p *Panel) Focused(w Widget) bool { return p.focus == w }

// Handle gives an event to the widget that it concerns; false if there is none.
func (p *Panel) Handle(e Event) bool {
	switch e := e.(type) {
	case Moved:
		if p.pressed != nil {
			return p.give(p.pressed, e)
		}
		p.hover = p.under(e.At)
		return false
	case Pressed:
		return p.press(e)
	case Released:
		if p.pressed == nil || e.Button != Left {
			return false
		}
		w := p.pressed
		p.give(w, e)
		p.pressed = nil
		return true
	case Scrolled:
		if !p.Rect.Has(e.At) {
			return false
		}
		p.offset -= 48 * e.DY
		p.Place(p.Rect)
		return true
	case KeyDown:
		switch {
		case e.Key == Tab:
			p.next(e.Mods.Has(Shift))
			return true
		case p.focus == nil:
			return false
		case e.Key == Escape && !p.Writing():
			p.focus = nil
			return true
		}
		return p.give(p.focus, e)
	case Typed:
		return p.focus != nil && p.give(p.focus, e)
	}
	return false
}

func (p *Panel) press(e Pressed) bool {
	if !p.Rect.Has(e.At) {
		p.focus = nil
		return false
	}
	w := p.under(e.At)
	p.focus = nil
	if w == nil || e.Button != Left {
		return true
	}
	if w.Focusable() {
		p.focus = w
	}
	p.pressed = w
	p.give(w, e)
	return true
}

func (p *Panel) give(to Widget, e Event) bool {
	in, ok := p.Find(to)
	return ok && to.Handle(e, in)
}

func (p *Panel) under(at Point) (found Widget) {
	if !p.Rect.Has(at) {
		return nil
	}
	p.rows(func(w Widget, in Rect) bool {
		if in.Has(at) {
			found = w
		}
		return found == nil
	})
	return found
}

// next moves the focus on, and scrolls to where it is.
func (p *Panel) next(back bool) {
	var order []Widget
	at := -1
	p.rows(func(w Widget, _ Rect) bool {
		if w.Focusable() {
			if w == p.focus {
				at = len(order)
			}
			order = append(order, w)
		}
		return true
	})
	n := len(order)
	switch {
	case n == 0:
		p.focus = nil
		return
	case back && at < 0:
		at = 0
		fallthrough
	case back:
		p.focus = order[(at+n-1)%n]
	default:
		p.focus = order[(at+1)%n]
	}
	if in, ok := p.Find(p.focus); ok {
		p.offset += max(in.Y1+margin-p.Rect.Y1, 0) - max(p.Rect.Y0+margin-in.Y0, 0)
		p.Place(p.Rect)
	}
}

// Draw draws the panel.
func (p *Panel) Draw(c *Canvas) {
	c.Fill(p.Rect, Surface)
	c.Fill(Rect{p.Rect.X0, p.Rect.Y0, p.Rect.X0 + 1, p.Rect.Y1}, Edge)
	c.Within(p.Rect, func() {
		p.rows(func(w Widget, in Rect) bool {
			if in.Y1 > p.Rect.Y0 && in.Y0 < p.Rect.Y1 {
				w.Draw(c, in, State{Focused: w == p.focus, Hovered: w == p.hover, Pressed: w == p.pressed})
			}
			return true
		})
		if over := p.Content() - p.Rect.H(); over > 0 {
			long := max(p.Rect.H()*p.Rect.H()/p.Content(), 24)
			y := p.Rect.Y0 + p.offset/over*(p.Rect.H()-long)
			c.Round(Rect{p.Rect.X1 - 6, y + 3, p.Rect.X1 - 3, y + long - 3}, 1.5, Edge)
		}
	})
}
