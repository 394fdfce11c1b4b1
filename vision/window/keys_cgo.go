//go:build cgo

package window

import (
	"runtime"
	"strings"

	"github.com/go-gl/glfw/v3.3/glfw"
)

var buttons = map[glfw.MouseButton]Button{
	glfw.MouseButtonLeft: Left, glfw.MouseButtonRight: Right, glfw.MouseButtonMiddle: Middle,
}

var keys = map[glfw.Key]Key{
	glfw.KeyUp: Up, glfw.KeyDown: Down, glfw.KeyLeft: LeftKey, glfw.KeyRight: RightKey,
	glfw.KeyHome: Home, glfw.KeyEnd: End, glfw.KeyPageUp: PageUp, glfw.KeyPageDown: PageDown,
	glfw.KeyEnter: Enter, glfw.KeyKPEnter: Enter, glfw.KeyEscape: Escape, glfw.KeyTab: Tab,
	glfw.KeySpace: Space, glfw.KeyBackspace: Backspace, glfw.KeyDelete: Delete,
	glfw.KeyF11: F11, glfw.KeyKPAdd: "+", glfw.KeyKPSubtract: "-",
}

// keyName is the name of a key in the layout in use; empty for those that have none.
func keyName(k glfw.Key, code int) Key {
	if name, ok := keys[k]; ok {
		return name
	}
	if name := glfw.GetKeyName(k, code); name != "" {
		return Key(strings.ToLower(name))
	}
	if k >= glfw.KeyA && k <= glfw.KeyZ { // a layout that names no key
		return Key(rune('a' + k - glfw.KeyA))
	}
	return ""
}

func mods(m glfw.ModifierKey) (out Mods) {
	if m&glfw.ModShift != 0 {
		out |= Shift
	}
	if m&(glfw.ModControl|glfw.ModSuper) != 0 {
		out |= Ctrl
	}
	if m&glfw.ModAlt != 0 {
		out |= Alt
	}
	return out
}

// held are the modifiers that are held now; the wheel does not tell them.
func held(w *glfw.Window) (out Mods) {
	for _, k := range []struct {
		key glfw.Key
		mod Mods
	}{
		{glfw.KeyLeftShift, Shift}, {glfw.KeyRightShift, Shift},
		{glfw.KeyLeftControl, Ctrl}, {glfw.KeyRightControl, Ctrl},
		{glfw.KeyLeftAlt, Alt}, {glfw.KeyRightAlt, Alt},
	} {
		if w.GetKey(k.key) == glfw.Press {
			out |= k.mod
		}
	}
	return out
}

// screenUnit is how many of the system's units a point of the screen has: where these
// are pixels it is the screen's scale, and on a Mac they are points themselves.
func screenUnit(scale float64) float64 {
	if runtime.GOOS == "darwin" || !(scale >= 0.5 && scale <= 8) {
		return 1
	}
	return scale
}
