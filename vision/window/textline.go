package window

import (
	"unicode"
	"unicode/utf8"
)

// TextLine edits a line of text. Enter and Escape are the view's.
type TextLine struct {
	Label string
	Empty string // shown faintly while there is none
	Get   func() string
	Set   func(string)
	// Wrong says what is wrong with the text; nil, or empty: nothing.
	Wrong func() string

	caret int // bytes before it; more than there are: at the end
}

// mostText is how many bytes a line takes.
const mostText = 200

// Height implements Widget.
func (t *TextLine) Height() float64 {
	if t.Wrong != nil && t.Wrong() != "" {
		return 74
	}
	return 56
}

// Focusable implements Widget.
func (t *TextLine) Focusable() bool { return true }

// ToEnd puts the caret behind the text.
func (t *TextLine) ToEnd() { t.caret = mostText + 1 }

// Handle implements Widget.
func (t *TextLine) Handle(e Event, _ Rect) bool {
	s := t.Get()
	at := min(t.caret, len(s))
	switch e := e.(type) {
	case Pressed:
		t.ToEnd()
		return true
	case Typed:
		if !unicode.IsPrint(e.Rune) || len(s)+utf8.RuneLen(e.Rune) > mostText {
			return true
		}
		t.caret = at + utf8.RuneLen(e.Rune)
		t.Set(s[:at] + string(e.Rune) + s[at:])
		return true
	case KeyDown:
		_, before := utf8.DecodeLastRuneInString(s[:at])
		_, after := utf8.DecodeRuneInString(s[at:])
		switch e.Key {
		case LeftKey:
			t.caret = at - before
		case RightKey:
			t.caret = at + after
		case Home:
			t.caret = 0
		case End:
			t.ToEnd()
		case Backspace:
			t.caret = at - before
			if e.Mods.Has(Ctrl) {
				t.caret, before = 0, at
			}
			t.Set(s[:at-before] + s[at:])
		case Delete:
			t.Set(s[:at] + s[at+after:])
		default:
			// A letter comes as Typed; with Ctrl it is a command of the view.
			return e.Mods&(Ctrl|Alt) == 0 && (utf8.RuneCountInString(string(e.Key)) == 1 || e.Key == Space)
		}
		return true
	}
	return false
}

// Draw implements Widget.
func (t *TextLine) Draw(c *Canvas, in Rect, st State) {
	c.Text(Point{in.X0, in.Y0 + 11}, t.Label, Label, Faint)
	r := Rect{in.X0, in.Y0 + 22, in.X1, in.Y0 + 52}
	wrong := ""
	if t.Wrong != nil {
		wrong = t.Wrong()
	}
	edge := Edge
	switch {
	case wrong != "":
		edge = Bad
	case st.Focused:
		edge = Accent
	}
	c.Round(r, 6, Ground)
	c.Frame(r, 6, 1, edge)
	s := t.Get()
	at := min(t.caret, len(s))
	c.Within(r.Inset(4), func() {
		x, y := r.X0+10, r.Mid().Y
		if s == "" && t.Empty != "" {
			c.Text(Point{x, y}, t.Empty, Body, Fade(Faint, 0.6))
		}
		before := c.TextWidth(s[:at], Body)
		x -= max(before-(r.W()-24), 0)
		c.Text(Point{x, y}, s, Body, Ink)
		if st.Focused {
			c.Fill(Rect{x + before, y - 8, x + before + 1.5, y + 8}, Accent)
		}
	})
	if wrong != "" {
		c.Text(Point{in.X0, in.Y0 + 63}, c.Shorten(wrong, Label, in.W()), Label, Bad)
	}
}
