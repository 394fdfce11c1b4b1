//go:build cgo

package window

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"log"
	"math"
	"strings"
	"unsafe"

	"github.com/go-gl/gl/v3.3-core/gl"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// screen is a window of the system.
type screen struct {
	win    *glfw.Window
	view   View
	canvas *Canvas
	stale  bool // what is shown is not what the view would draw
	open   bool

	texture       uint32
	size          image.Point // of the texture
	mouse         Point       // as the events told it: asked now, it may be further on
	presses       clicks
	before        image.Rectangle // the window's place, while it fills a screen
	width, height int             // as the system counts them
	perUnit       float64
}

// clicks counts presses that follow each other fast at one place.
type clicks struct {
	at     Point
	time   float64
	button Button
	count  int
}

// press counts one press, at a time in seconds.
func (k *clicks) press(at Point, b Button, time float64) int {
	near := math.Hypot(at.X-k.at.X, at.Y-k.at.Y) < 4
	if !near || b != k.button || time-k.time > 0.4 {
		k.count = 0
	}
	k.at, k.button, k.time = at, b, time
	k.count++
	return k.count
}

// open shows a view on the main thread until it is closed.
func open(v View, o Options) (err error) {
	// The binding panics with what GLFW complains about later than at the start.
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(*glfw.Error)
			if !ok {
				panic(p)
			}
			err = noDisplay(e)
		}
	}()
	if err := heard(glfw.Init); err != nil {
		return noDisplay(err)
	}
	defer glfw.Terminate()
	s := &screen{view: v, open: true, stale: true}
	if err := s.create(o); err != nil {
		return noDisplay(err)
	}
	defer s.win.Destroy()
	if err := s.prepare(); err != nil {
		return err
	}
	woken := make(chan struct{}, 1)
	if o.Opened != nil {
		defer waker(o.Opened, woken)()
	}
	s.listen()
	s.resized()
	s.win.Show()
	for s.open {
		if s.stale {
			s.draw()
		}
		glfw.WaitEvents()
		select {
		case <-woken:
			s.tell(Woken{})
		default:
		}
	}
	return nil
}

// waker hands out a function that any goroutine may call at any time. Only one goroutine
// of its own calls GLFW, and stop ends it before GLFW does.
func waker(hand func(wake func()), woken chan<- struct{}) (stop func()) {
	signals, closed, done := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	signal := func(c chan<- struct{}) {
		select {
		case c <- struct{}{}:
		default: // one is waiting already
		}
	}
	go func() {
		defer close(done)
		for {
			select {
			case <-closed:
				return
			case <-signals:
				signal(woken)
				glfw.PostEmptyEvent()
			}
		}
	}()
	hand(func() { signal(signals) })
	return func() {
		close(closed)
		<-done
	}
}

// heard calls a function of GLFW's binding, which says what the system has against it to
// the log alone: to log.Default, which is listened to meanwhile.
func heard(call func() error) error {
	var said bytes.Buffer
	before := log.Writer()
	log.SetOutput(&said)
	defer log.SetOutput(before)
	err := call()
	if _, text, ok := strings.Cut(said.String(), "PlatformError: "); ok && err == nil {
		return errors.New(text)
	}
	return err
}

// noDisplay says in one line what is missing.
func noDisplay(err error) error {
	text := err.Error()
	var e *glfw.Error
	if errors.As(err, &e) {
		text = e.Desc
	}
	text = strings.Join(strings.Fields(text), " ")
	hint := ""
	switch {
	case strings.Contains(text, "DISPLAY"), strings.Contains(text, "open display"):
		hint = "; set DISPLAY to a screen, or log in with X forwarded (ssh -X)"
	case strings.Contains(text, "GLX") || strings.Contains(text, "OpenGL") || strings.Contains(text, "FBConfig"):
		hint = "; the display must have OpenGL 3.3 (on Debian without a graphics card: libgl1-mesa-dri)"
	}
	return fmt.Errorf("%w: %s%s", ErrNoDisplay, text, hint)
}

// create opens the window, hidden, in the middle of the first screen.
func (s *screen) create(o Options) error {
	glfw.WindowHint(glfw.ContextVersionMajor, 3)
	glfw.WindowHint(glfw.ContextVersionMinor, 3)
	glfw.WindowHint(glfw.OpenGLProfile, glfw.OpenGLCoreProfile)
	glfw.WindowHint(glfw.OpenGLForwardCompatible, glfw.True)
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHintString(glfw.X11ClassName, "linetwin")
	glfw.WindowHintString(glfw.X11InstanceName, "linetwin")
	w, h := int(o.W), int(o.H)
	x, y, placed := 0, 0, false
	if m := glfw.GetPrimaryMonitor(); m != nil {
		mx, my, mw, mh := m.GetWorkarea()
		if mw <= 0 || mh <= 0 { // no window manager tells it
			mode := m.GetVideoMode()
			mw, mh = mode.Width, mode.Height
		}
		k, _ := m.GetContentScale()
		if unit := screenUnit(float64(k)); unit > 0 {
			w, h = int(o.W*unit), int(o.H*unit)
		}
		w, h = min(w, mw*9/10), min(h, mh*9/10)
		x, y, placed = mx+(mw-w)/2, my+(mh-h)/2, true
	}
	var win *glfw.Window
	if err := heard(func() (err error) {
		win, err = glfw.CreateWindow(w, h, o.Title, nil, nil)
		return err
	}); err != nil {
		return err
	}
	if win == nil {
		return errors.New("GLFW opens no window and says no reason")
	}
	if placed {
		win.SetPos(x, y)
	}
	s.win = win
	return nil
}

// prepare sets OpenGL up: the picture is a texture that is copied to the window.
func (s *screen) prepare() error {
	s.win.MakeContextCurrent()
	if err := gl.Init(); err != nil {
		return fmt.Errorf("%w: %v", ErrNoDisplay, err)
	}
	glfw.SwapInterval(1)
	var frame uint32
	gl.GenTextures(1, &s.texture)
	gl.GenFramebuffers(1, &frame)
	gl.BindTexture(gl.TEXTURE_2D, s.texture)
	gl.TexParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST)
	gl.TexParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST)
	gl.BindFramebuffer(gl.READ_FRAMEBUFFER, frame)
	return nil
}

// resized measures the window anew.
func (s *screen) resized() {
	w, h := s.win.GetFramebufferSize()
	s.width, s.height = s.win.GetSize()
	if w <= 0 || h <= 0 || s.width <= 0 {
		return // hidden
	}
	k, _ := s.win.GetContentScale()
	scale := float64(k)
	if !(scale >= 0.5 && scale <= 8) { // a screen that tells no size of its own
		scale = 1
	}
	s.perUnit = float64(w) / float64(s.width) / scale
	if s.canvas == nil {
		s.canvas = NewCanvas(float64(w)/scale, float64(h)/scale, scale)
	} else {
		s.canvas.Resize(float64(w)/scale, float64(h)/scale, scale)
	}
	s.tell(Resized{float64(w) / scale, float64(h) / scale, scale})
}

// tell gives the view an event.
func (s *screen) tell(e Event) {
	if s.open && !s.view.Handle(e) {
		s.open = false
	}
	s.stale = true
}

func (s *screen) draw() {
	s.stale = false
	if s.canvas == nil {
		return
	}
	s.view.Draw(s.canvas)
	m := s.canvas.Image
	w, h := int32(m.Rect.Dx()), int32(m.Rect.Dy())
	if s.size != m.Rect.Max {
		s.size = m.Rect.Max
		gl.TexImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, w, h, 0, gl.RGBA, gl.UNSIGNED_BYTE, unsafe.Pointer(&m.Pix[0]))
		gl.FramebufferTexture2D(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, s.texture, 0)
	} else {
		gl.TexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, unsafe.Pointer(&m.Pix[0]))
	}
	gl.Viewport(0, 0, w, h)
	gl.BlitFramebuffer(0, 0, w, h, 0, h, w, 0, gl.COLOR_BUFFER_BIT, gl.NEAREST)
	s.win.SwapBuffers()
}

// fill makes the window fill the screen that it is on, or takes it back.
func (s *screen) fill() {
	if s.win.GetMonitor() != nil {
		b := s.before
		s.win.SetMonitor(nil, b.Min.X, b.Min.Y, b.Dx(), b.Dy(), 0)
		return
	}
	x, y := s.win.GetPos()
	w, h := s.win.GetSize()
	s.before = image.Rect(x, y, x+w, y+h)
	mid := s.before.Min.Add(s.before.Max).Div(2)
	for _, m := range glfw.GetMonitors() {
		mx, my := m.GetPos()
		mode := m.GetVideoMode()
		if mid.In(image.Rect(mx, my, mx+mode.Width, my+mode.Height)) {
			s.win.SetMonitor(m, 0, 0, mode.Width, mode.Height, mode.RefreshRate)
			return
		}
	}
}

// listen has GLFW's events told to the view.
func (s *screen) listen() {
	s.win.SetFramebufferSizeCallback(func(*glfw.Window, int, int) { s.resized() })
	s.win.SetContentScaleCallback(func(*glfw.Window, float32, float32) { s.resized() })
	s.win.SetRefreshCallback(func(*glfw.Window) { s.stale = true })
	s.win.SetCloseCallback(func(w *glfw.Window) { s.tell(CloseAsked{}) })
	s.win.SetCursorPosCallback(func(_ *glfw.Window, x, y float64) {
		s.mouse = Point{x * s.perUnit, y * s.perUnit}
		s.tell(Moved{s.mouse})
	})
	s.win.SetMouseButtonCallback(func(_ *glfw.Window, b glfw.MouseButton, a glfw.Action, m glfw.ModifierKey) {
		button, ok := buttons[b]
		if !ok {
			return
		}
		if a == glfw.Release {
			s.tell(Released{s.mouse, button, mods(m)})
			return
		}
		s.tell(Pressed{s.mouse, button, mods(m), s.presses.press(s.mouse, button, glfw.GetTime())})
	})
	s.win.SetScrollCallback(func(_ *glfw.Window, dx, dy float64) {
		s.tell(Scrolled{s.mouse, dx, dy, held(s.win)})
	})
	s.win.SetKeyCallback(func(_ *glfw.Window, k glfw.Key, code int, a glfw.Action, m glfw.ModifierKey) {
		switch name := keyName(k, code); {
		case name == "" || a == glfw.Release:
		case name == F11 && a == glfw.Press:
			s.fill()
		default:
			s.tell(KeyDown{name, mods(m)})
		}
	})
	s.win.SetCharCallback(func(_ *glfw.Window, r rune) { s.tell(Typed{r}) })
}
