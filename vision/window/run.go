package window

import (
	"errors"
	"runtime"
)

// View is what a window shows and how it reacts: all of it that can be tested without a
// display. It is called by one goroutine.
type View interface {
	// Handle reacts to an event; false closes the window. The first event is Resized.
	Handle(e Event) bool
	// Draw draws the whole window.
	Draw(c *Canvas)
}

// Options of a window.
type Options struct {
	Title string
	// W and H are the size that is wished for, in points; the window is not larger than
	// the screen. 0: 1280 x 800.
	W, H float64
	// Opened is called once before the first event. Any goroutine may call wake, also
	// after the window is closed: the view is given Woken, and drawn again.
	Opened func(wake func())
}

// ErrNoDisplay says that no window can be opened here; the error that wraps it says why.
var ErrNoDisplay = errors.New("no window can be opened")

// requests are windows that Main's thread is to open.
var requests = make(chan request)

type request struct {
	view    View
	options Options
	done    chan error
}

// Main runs a program that may open windows: it keeps the main thread for them, as
// systems demand, and runs the program beside it, on an ordinary goroutine. It is called
// by main and returns what the program returns.
func Main(program func() int) int {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ended := make(chan int, 1)
	go func() { ended <- program() }()
	for {
		select {
		case code := <-ended:
			return code
		case r := <-requests:
			r.done <- open(r.view, r.options)
		}
	}
}

// Run opens a window and returns when it is closed. It is called within Main, by one
// goroutine at a time. The error wraps ErrNoDisplay where there is no display or the
// program was built without windows.
func Run(v View, o Options) error {
	if o.W <= 0 || o.H <= 0 {
		o.W, o.H = 1280, 800
	}
	r := request{v, o, make(chan error, 1)}
	requests <- r
	return <-r.done
}
