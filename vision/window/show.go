package window

import "image/color"

// Heading opens a group of widgets.
type Heading struct{ Text string }

// Height implements Widget.
func (h *Heading) Height() float64 { return 34 }

// Focusable implements Widget.
func (h *Heading) Focusable() bool { return false }

// Handle implements Widget.
func (h *Heading) Handle(Event, Rect) bool { return false }

// Draw implements Widget.
func (h *Heading) Draw(c *Canvas, in Rect, _ State) {
	w := c.Text(Point{in.X0, in.Y1 - 13}, h.Text, Head, Ink)
	c.Fill(Rect{in.X0 + w + 10, in.Y1 - 13, in.X1, in.Y1 - 12}, Edge)
}

// Row is a line of a table: what it is, and its value.
type Row struct {
	Name, Value string
	Color       color.NRGBA // of the value; the zero value: as text
}

// Table shows rows. It takes the height of those that there are.
type Table struct{ Rows func() []Row }

// Height implements Widget.
func (t *Table) Height() float64 { return 20 * float64(len(t.Rows())) }

// Focusable implements Widget.
func (t *Table) Focusable() bool { return false }

// Handle implements Widget.
func (t *Table) Handle(Event, Rect) bool { return false }

// Draw implements Widget.
func (t *Table) Draw(c *Canvas, in Rect, _ State) {
	for i, r := range t.Rows() {
		y := in.Y0 + 20*float64(i) + 10
		w := c.Text(Point{in.X0, y}, r.Name, Label, Faint)
		col := r.Color
		if col == (color.NRGBA{}) {
			col = Ink
		}
		c.TextRight(Point{in.X1, y}, c.Shorten(r.Value, Digit, in.W()-w-12), Digit, col)
	}
}

// Figure is a place in a panel that the view draws itself.
type Figure struct {
	High func() float64
	Show func(c *Canvas, in Rect)
	// Click is told of presses within it; nil: none.
	Click func(at Point, in Rect)
}

// Height implements Widget.
func (f *Figure) Height() float64 { return f.High() }

// Focusable implements Widget.
func (f *Figure) Focusable() bool { return false }

// Handle implements Widget.
func (f *Figure) Handle(e Event, in Rect) bool {
	if p, ok := e.(Pressed); ok && f.Click != nil {
		f.Click(p.At, in)
		return true
	}
	return false
}

// Draw implements Widget.
func (f *Figure) Draw(c *Canvas, in Rect, _ State) { c.Within(in, func() { f.Show(c, in) }) }

// KeyHint is a key and what it does, for the status line.
type KeyHint struct{ Key, Does string }

// StatusHeight is the height of the status line.
const StatusHeight = 30.0

// Status draws the line at the bottom of a window: what is the case at the left, the
// keys at the right, as many as there is room for.
func Status(c *Canvas, in Rect, text string, col color.NRGBA, keys []KeyHint) {
	c.Fill(in, Surface)
	c.Fill(Rect{in.X0, in.Y0, in.X1, in.Y0 + 1}, Edge)
	y := in.Mid().Y + 0.5
	text = c.Shorten(text, Label, in.W()-2*margin)
	room := in.W() - 3*margin - c.TextWidth(text, Label)
	c.Text(Point{in.X0 + margin, y}, text, Label, col)
	var w float64
	n := 0
	for ; n < len(keys); n++ {
		next := c.TextWidth(keys[n].Key, Digit) + c.TextWidth(keys[n].Does, Label) + 32
		if w+next > room {
			break
		}
		w += next
	}
	x := in.X1 - margin - w + 14
	for _, k := range keys[:n] {
		kw := c.TextWidth(k.Key, Digit) + 12
		c.Round(Rect{x, y - 9, x + kw, y + 9}, 4, Raised)
		c.Text(Point{x + 6, y}, k.Key, Digit, Ink)
		x += kw + 6
		x += c.Text(Point{x, y}, k.Does, Label, Faint) + 14
	}
}
