package window_test

import (
	"fmt"

	"linetwin.dev/vision/window"
)

// counter is a view that counts clicks.
type counter struct{ clicks int }

func (v *counter) Handle(e window.Event) bool {
	switch e.(type) {
	case window.Pressed:
		v.clicks++
	case window.CloseAsked:
		return false
	}
	return true
}

func (v *counter) Draw(c *window.Canvas) {
	c.Fill(c.Bounds(), window.Ground)
	c.TextMid(c.Bounds().Mid(), fmt.Sprint(v.clicks), window.Title, window.Ink)
}

// A view is tested without a display. A program shows it by
// window.Run(&counter{}, window.Options{Title: "Clicks"}), within window.Main.
func Example() {
	v := &counter{}
	v.Handle(window.Resized{W: 200, H: 100, Scale: 1})
	v.Handle(window.Pressed{At: window.Point{X: 10, Y: 10}})
	v.Draw(window.NewCanvas(200, 100, 1))
	fmt.Println(v.clicks, v.Handle(window.CloseAsked{}))
	// Output: 1 false
}
