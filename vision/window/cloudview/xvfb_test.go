package cloudview

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"os/exec"
	"testing"

	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/windowtest"
)

// TestMain lets the test binary be a program with a window.
func TestMain(m *testing.M) {
	if os.Getenv("LINETWIN_TEST_WINDOW") == "" {
		os.Exit(m.Run())
	}
	os.Exit(window.Main(func() int {
		v, err := New(scene(100_000))
		if err == nil {
			err = window.Run(v, window.Options{Title: "Cloud"})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		fmt.Printf("yaw %.1f picked %d\n", v.camera.yaw*180/math.Pi, len(v.picked))
		return 0
	}))
}

func TestTheViewerTurnsAndMeasuresInARealWindow(t *testing.T) {
	d := windowtest.New(t, 1400, 900)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LINETWIN_TEST_WINDOW=1")
	d.Run(cmd)
	// The same, without a display.
	v, err := New(scene(100_000))
	if err != nil {
		t.Fatal(err)
	}
	c := window.NewCanvas(1260, 800, 1)
	is := func() {
		t.Helper()
		v.Draw(c)
		d.Until("the picture that is drawn without a display", func(m *image.RGBA) bool {
			for y := range 800 {
				for x := range 1260 {
					if m.RGBAAt(x, y) != c.Image.RGBAAt(x, y) {
						return false
					}
				}
			}
			return true
		})
	}
	v.Handle(window.Resized{W: 1260, H: 800, Scale: 1})
	v.Draw(c)
	start := v.scene.Mid()
	d.Move(start)
	v.Handle(window.Moved{At: start})
	is()
	ball, _ := v.onWindow(v.cloud.at(100_000 / 2))
	for _, p := range []window.Point{{X: math.Floor(ball.X), Y: math.Floor(ball.Y)}, {X: math.Floor(ball.X) + 120, Y: math.Floor(ball.Y)}} {
		d.Click(p, 1)
		v.Handle(window.Moved{At: p})
		v.Handle(window.Pressed{At: p, Clicks: 1})
		v.Handle(window.Released{At: p})
		is()
	}
	if _, ok := v.Measured(); !ok {
		t.Error("nothing was measured")
	}
	d.Keep("cloud-measured")
	d.Keys("c")
	v.Handle(window.KeyDown{Key: "c"})
	is()
	d.Until("shades of depth", func(m *image.RGBA) bool {
		seen := map[color.RGBA]bool{}
		for x := 200; x < 900; x++ {
			seen[m.RGBAAt(x, 400)] = true
		}
		return len(seen) > 20
	})
	d.Keep("cloud-window")
	d.Keys("ctrl+q")
	if code := d.Ended(); code != 0 || d.Said() != "yaw 25.0 picked 2\n" {
		t.Errorf("the viewer ends with %d and says %q", code, d.Said())
	}
}
