package window

// Event is something that happened to a window: one of the types of this file.
type Event interface{ event() }

// Point is a place in a window, in points, or in an image, in its pixels.
type Point struct{ X, Y float64 }

// Button of a mouse.
type Button int

// Buttons.
const (
	Left Button = iota
	Right
	Middle
)

// Mods are the modifier keys that are held.
type Mods int

// Modifiers; Command of a Mac counts as Ctrl.
const (
	Shift Mods = 1 << iota
	Ctrl
	Alt
)

// Has tells whether all of the given modifiers are held.
func (m Mods) Has(want Mods) bool { return m&want == want }

// Key of the keyboard: a letter or digit by its own lower-case name in the layout in use
// ("a", "1", "-", "="), or one of the names below.
type Key string

// Keys that write nothing.
const (
	Up        Key = "up"
	Down      Key = "down"
	LeftKey   Key = "left"
	RightKey  Key = "right"
	Home      Key = "home"
	End       Key = "end"
	PageUp    Key = "page up"
	PageDown  Key = "page down"
	Enter     Key = "enter"
	Escape    Key = "escape"
	Tab       Key = "tab"
	Space     Key = "space"
	Backspace Key = "backspace"
	Delete    Key = "delete"
	F11       Key = "f11" // fills the screen; a view is not told
)

// Resized tells the size of the window, at first and whenever it changes.
type Resized struct {
	W, H  float64 // points
	Scale float64 // pixels a point
}

// Moved tells where the mouse is now.
type Moved struct{ At Point }

// Pressed tells that a button of the mouse went down. Clicks counts presses that follow
// each other fast at one place: 2 is a double click.
type Pressed struct {
	At     Point
	Button Button
	Mods   Mods
	Clicks int
}

// Released tells that a button of the mouse came up.
type Released struct {
	At     Point
	Button Button
	Mods   Mods
}

// Scrolled tells that the wheel turned, in notches: up and right are positive.
type Scrolled struct {
	At     Point
	DX, DY float64
	Mods   Mods
}

// KeyDown tells that a key went down, or repeats.
type KeyDown struct {
	Key  Key
	Mods Mods
}

// Typed tells a character that was written; a KeyDown of its key came before.
type Typed struct{ Rune rune }

// Woken tells that the function that a view was given by Options.Opened was called:
// work beside the window has come to something.
type Woken struct{}

// CloseAsked tells that somebody wants to close the window.
type CloseAsked struct{}

func (Resized) event()    {}
func (Moved) event()      {}
func (Pressed) event()    {}
func (Released) event()   {}
func (Scrolled) event()   {}
func (KeyDown) event()    {}
func (Typed) event()      {}
func (Woken) event()      {}
func (CloseAsked) event() {}
