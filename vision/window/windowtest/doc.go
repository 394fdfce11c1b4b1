// Package windowtest shows windows to tests on a display of their own, Xvfb, with a real
// mouse and keyboard in front of it (XTEST, through xdotool).
//
// Its main type is [Display]: it runs a program, moves the mouse, presses keys, waits
// until the screen shows something, and keeps the pictures.
//
//	d := windowtest.New(t, 1280, 800)
//	d.Run(exec.Command("linetwin", "vision", "tune", "template", "part.png", "-o", dir))
//	d.Drag(window.Point{X: 200, Y: 200}, window.Point{X: 300, Y: 260})
//	d.Until("a region", func(m *image.RGBA) bool { return m.RGBAAt(200, 230) == accent })
//	d.Keep("template")
//
// The picture is read from the memory that Xvfb shares, in the format of X's xwd (X11's
// XWDFile.h): what is looked at is what a person would see, whatever OpenGL made of it.
package windowtest
