package cloudview

import (
	"bytes"
	"image/color"
	"math"
	"runtime"
	"strings"
	"testing"

	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/windowtest"
)

// open shows a cloud in a window of 1280 x 800 without a display.
func open(t *testing.T, c Cloud, scale float64) (*View, *window.Canvas) {
	t.Helper()
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	canvas := window.NewCanvas(1280, 800, scale)
	v.Handle(window.Resized{W: 1280, H: 800, Scale: scale})
	v.Draw(canvas)
	return v, canvas
}

func (v *View) clickOn(t *testing.T, at vec) {
	t.Helper()
	p, ok := v.onWindow(at)
	if !ok || !v.scene.Has(p) {
		t.Fatalf("%v is not in sight", at)
	}
	v.Handle(window.Moved{At: p})
	v.Handle(window.Pressed{At: p, Button: window.Left, Clicks: 1})
	v.Handle(window.Released{At: p, Button: window.Left})
}

// grid is a flat cloud of points that are 10 mm apart, at z = 1000.
func grid() Cloud {
	var c Cloud
	for y := -100; y <= 100; y += 10 {
		for x := -150; x <= 150; x += 10 {
			c.XYZ = append(c.XYZ, float32(x), float32(y), 1000)
			c.RGB = append(c.RGB, 200, 40, 40)
		}
	}
	return c
}

func TestTwoPickedPointsAreMeasuredInMillimetres(t *testing.T) {
	for _, scale := range []float64{1, 1.5, 2} {
		v, canvas := open(t, grid(), scale)
		v.clickOn(t, vec{-100, -50, 1000})
		if _, ok := v.Measured(); ok {
			t.Error("one point has a distance")
		}
		v.clickOn(t, vec{20, 40, 1000})
		if d, ok := v.Measured(); !ok || math.Abs(d-150) > 1e-4 {
			t.Errorf("at scale %g the distance is %v, %v, want 150", scale, d, ok)
		}
		v.Draw(canvas)
		p, _ := v.onWindow(vec{20, 40, 1000})
		if got := canvas.Image.RGBAAt(int(p.X*scale), int(p.Y*scale)); got != color.RGBA(mark) {
			t.Errorf("the picked point is drawn in %v, want %v", got, mark)
		}
		v.clickOn(t, vec{0, 0, 1000})
		if len(v.picked) != 1 {
			t.Errorf("a third click leaves %d points picked, want 1", len(v.picked))
		}
		v.Handle(window.KeyDown{Key: window.Escape})
		if len(v.picked) != 0 {
			t.Error("Escape leaves a point picked")
		}
	}
}

func TestThePointThatIsNearestWithinEightPixelsIsPicked(t *testing.T) {
	v, _ := open(t, grid(), 1)
	a, _ := v.onWindow(vec{0, 0, 1000})
	for _, c := range []struct {
		dx, dy float64
		picked bool
	}{{0, 0, true}, {5, 5, true}, {-7, 1, true}} {
		i, ok := v.nearest(window.Point{X: a.X + c.dx, Y: a.Y + c.dy})
		if ok != c.picked || ok && v.cloud.at(i) != (vec{0, 0, 1000}) {
			t.Errorf("%v beside the point, %v is picked: %v", c, v.cloud.at(i), ok)
		}
	}
	corner, _ := v.onWindow(vec{-150, -100, 1000})
	if i, ok := v.nearest(window.Point{X: corner.X - 9, Y: corner.Y - 1}); ok {
		t.Errorf("9 px off, %v is picked", v.cloud.at(i))
	}
}

func TestZoomKeepsWhatIsUnderTheMouse(t *testing.T) {
	v, canvas := open(t, scene(60_000), 1)
	at := window.Point{X: 400, Y: 420}
	i, ok := v.nearest(at)
	if !ok {
		t.Fatal("there is no point under the mouse")
	}
	before, _ := v.onWindow(v.cloud.at(i))
	far := v.camera.distance
	for range 6 {
		v.Handle(window.Scrolled{At: before, DY: 1})
		v.Draw(canvas)
	}
	after, _ := v.onWindow(v.cloud.at(i))
	if math.Hypot(after.X-before.X, after.Y-before.Y) > 0.01 {
		t.Errorf("the point went from %v to %v", before, after)
	}
	if v.camera.distance > 0.5*far {
		t.Errorf("six notches bring the camera from %g to %g mm", far, v.camera.distance)
	}
}

func TestDraggingOrbitsAndTheOtherButtonPans(t *testing.T) {
	v, canvas := open(t, grid(), 1)
	yaw, target := v.camera.yaw, v.camera.target
	drag := func(b window.Button, m window.Mods) {
		v.Handle(window.Pressed{At: window.Point{X: 400, Y: 400}, Button: b, Mods: m, Clicks: 1})
		v.Handle(window.Moved{At: window.Point{X: 500, Y: 400}})
		v.Handle(window.Released{At: window.Point{X: 500, Y: 400}, Button: b})
		v.Draw(canvas)
	}
	drag(window.Left, 0)
	if d := yaw - v.camera.yaw; math.Abs(d-40*math.Pi/180) > 1e-9 {
		t.Errorf("100 points turn by %g rad, want 40 degrees", d)
	}
	if v.camera.target != target || len(v.picked) != 0 {
		t.Error("orbiting moves the target or picks a point")
	}
	centre, _ := v.onWindow(target)
	drag(window.Right, 0)
	moved, _ := v.onWindow(target)
	if math.Abs(moved.X-centre.X-100) > 0.01 || math.Abs(moved.Y-centre.Y) > 0.01 {
		t.Errorf("panning by 100 points moves the target's plane by (%g, %g)", moved.X-centre.X, moved.Y-centre.Y)
	}
}

func TestTheClipBoxHidesWhatIsOutside(t *testing.T) {
	v, canvas := open(t, grid(), 1)
	in, out := vec{100, 0, 1000}, vec{-100, 0, 1000}
	seen := func(at vec) bool {
		p, _ := v.onWindow(at)
		i, ok := v.splat.near(v.cloud.XYZ, &v.proj, p.X-v.scene.X0, p.Y-v.scene.Y0, 2)
		return ok && v.cloud.at(i) == at
	}
	if !seen(in) || !seen(out) {
		t.Fatal("not all points are seen without a clip box")
	}
	v.Handle(window.KeyDown{Key: "b"})
	var face *window.Slider
	for _, w := range v.panel.Items {
		if s, ok := w.(*window.Slider); ok && s.Label == "x from" {
			face = s
		}
	}
	face.Set(0)
	v.Draw(canvas)
	if !seen(in) || seen(out) {
		t.Errorf("with x from 0 the point at 100 is seen: %v, that at -100: %v", seen(in), seen(out))
	}
	face.Set(1e6)
	if v.clip.lo[0] > v.clip.hi[0] {
		t.Error("a face goes through the one across")
	}
}

func TestColoursTellWhatTheyAreSaidTo(t *testing.T) {
	c := Cloud{
		XYZ:       []float32{-40, 0, 900, 0, 0, 1000, 40, 0, 1100},
		RGB:       []byte{10, 200, 30, 10, 200, 30, 10, 200, 30},
		Deviation: []float32{-5, 0, float32(math.NaN())},
	}
	v, canvas := open(t, c, 1)
	v.lit, v.grid = false, false
	at := func(i int) color.RGBA {
		p, _ := v.onWindow(v.cloud.at(i))
		return canvas.Image.RGBAAt(int(p.X), int(p.Y))
	}
	v.look(0, 0)
	v.Draw(canvas)
	if v.coloring != ByDeviation || at(0) != color.RGBA(window.Diverging(-1)) {
		t.Errorf("a deviation of -5 is drawn in %v, want %v", at(0), window.Diverging(-1))
	}
	if at(2) != (color.RGBA{0x58, 0x5d, 0x64, 255}) {
		t.Errorf("no deviation is drawn in %v", at(2))
	}
	v.Handle(window.KeyDown{Key: "c"}) // back to the first
	v.Draw(canvas)
	if v.coloring != ByDepth || at(0) != color.RGBA(window.Viridis(1)) || at(2) != color.RGBA(window.Viridis(0)) {
		t.Errorf("near and far are drawn in %v and %v", at(0), at(2))
	}
	v.Color(ByRGB)
	v.Draw(canvas)
	if at(1) != (color.RGBA{10, 200, 30, 255}) {
		t.Errorf("RGB is drawn as %v", at(1))
	}
}

func TestNearerPointsHideFurtherOnes(t *testing.T) {
	c := Cloud{XYZ: []float32{0, 0, 2000, 0, 0, 1000, 500, 300, 1500}, RGB: []byte{0, 0, 255, 255, 0, 0, 0, 255, 0}}
	v, canvas := open(t, c, 1)
	v.lit = false
	v.look(0, 0)
	v.camera.target = vec{0, 0, 1500}
	v.Draw(canvas)
	p, _ := v.onWindow(vec{0, 0, 1000})
	if got := canvas.Image.RGBAAt(int(p.X), int(p.Y)); got != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the pixel is %v, want the nearer point's red", got)
	}
}

func TestThePictureIsTheSameOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []byte
	for _, n := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(n)
		_, canvas := open(t, scene(40_000), 1)
		if first == nil {
			first = canvas.Image.Pix
		} else if !bytes.Equal(first, canvas.Image.Pix) {
			t.Errorf("with %d cores the picture is another one", n)
		}
	}
}

func TestCloudsThatDoNotFitTogetherAreRefused(t *testing.T) {
	for want, c := range map[string]Cloud{
		"coordinates": {XYZ: make([]float32, 4)},
		"colour":      {XYZ: make([]float32, 6), RGB: make([]byte, 3)},
		"deviations":  {XYZ: make([]float32, 6), Deviation: make([]float32, 1)},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one about %s", err, want)
		}
	}
}

func TestCloudsOfAnyNumbersAreShown(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, xyz := range map[string][]float32{
		"none": nil, "one": {1, 2, 3}, "equal": {1, 1, 1, 1, 1, 1},
		"not finite": {nan, 0, 0, 0, inf, 0, 0, 0, -inf}, "huge": {-3e38, 0, 0, 3e38, 0, 0, 0, 0, 1000},
		"tiny": {0, 0, 0, 1e-30, 0, 0},
	} {
		v, canvas := open(t, Cloud{XYZ: xyz}, 1)
		for _, e := range []window.Event{
			window.Moved{At: window.Point{X: 300, Y: 300}}, window.Scrolled{At: window.Point{X: 300, Y: 300}, DY: 30},
			window.Pressed{At: window.Point{X: 300, Y: 300}, Clicks: 1}, window.Released{At: window.Point{X: 300, Y: 300}},
			window.KeyDown{Key: "b"}, window.KeyDown{Key: "f"}, window.KeyDown{Key: "2"},
			window.Scrolled{At: window.Point{X: 300, Y: 300}, DY: -300},
		} {
			v.Handle(e)
			v.Draw(canvas)
		}
		t.Log(name)
	}
}

func TestWindowsOfAnySizeAreDrawn(t *testing.T) {
	v, _ := open(t, scene(10_000), 1)
	for _, size := range [][2]float64{{1, 1}, {40, 30}, {300, 900}, {3000, 200}} {
		c := window.NewCanvas(size[0], size[1], 1)
		v.Handle(window.Resized{W: size[0], H: size[1], Scale: 1})
		v.Draw(c)
	}
}

func TestPicturesOfTheViewerAreKept(t *testing.T) {
	v, canvas := open(t, scene(300_000), 1)
	windowtest.Keep(t, "cloud-deviation", canvas.Image)
	v.Color(ByDepth)
	v.camera.turn(60, 10)
	v.Draw(canvas)
	windowtest.Keep(t, "cloud-depth", canvas.Image)
}
