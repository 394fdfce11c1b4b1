package snip

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/windowtest"
)

// picture is one whose pixels tell where they are, with marks on it.
func picture(w, h int) vision.Image {
	m := vision.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	for y := range h {
		for x := range w {
			v := 90 + 40*math.Sin(float64(x)/17)*math.Cos(float64(y)/23)
			if d := math.Hypot(float64(x-w/3), float64(y-h/3)); d < 60 && int(d/12)%2 == 0 {
				v = 230
			}
			copy(m.Pix[3*(y*w+x):], []byte{byte(v), byte(v * 0.9), byte(x*7 + y*13)})
		}
	}
	return m
}

// withDepth is a capture of the picture, whose depth is a ramp with a hole.
func withDepth(m vision.Image) *capture.Capture {
	k := align.Camera{W: m.W, H: m.H, FX: 600, FY: 600, CX: float64(m.W) / 2, CY: float64(m.H) / 2}
	c := &capture.Capture{
		Depth: align.Depth{W: m.W, H: m.H, Z: make([]float32, m.W*m.H)}, DepthK: k,
		Color: align.Image(m), ColorK: k,
		DepthInColor: kinematics.Identity(), Pose: kinematics.Identity(), Posed: true,
		Meta: capture.Meta{Camera: "top", Exposure: 0.004},
	}
	c.Pose.P = [3]float64{0.1, 0.2, 0.9}
	for i := range c.Depth.Z {
		if x, y := i%m.W, i/m.W; x < 300 || x > 320 || y > 200 {
			c.Depth.Z[i] = 800 + float32(x)/10
		}
	}
	return c
}

func sourceOf(name string, s Shot) Source {
	return Source{name, func() (Shot, error) { return s, nil }}
}

// desk is a window of 1200 x 800 without a display.
func desk(t testing.TB, dir string, sources ...Source) *View {
	t.Helper()
	v, err := New(sources, dir)
	if err != nil {
		t.Fatal(err)
	}
	v.Handle(window.Resized{W: 1200, H: 800, Scale: 1})
	return v
}

// drag draws with the left button from the middle of one pixel to that of another.
func (v *View) dragPixels(x0, y0, x1, y1 float64) {
	a, b := v.pane.ToWindow(window.Point{X: x0, Y: y0}), v.pane.ToWindow(window.Point{X: x1, Y: y1})
	v.Handle(window.Moved{At: a})
	v.Handle(window.Pressed{At: a, Clicks: 1})
	v.Handle(window.Moved{At: window.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2}})
	v.Handle(window.Moved{At: b})
	v.Handle(window.Released{At: b})
}

func (v *View) press(keys ...window.Key) (open bool) {
	open = true
	for _, k := range keys {
		name, mods := k, window.Mods(0)
		for prefix, m := range map[string]window.Mods{"ctrl+": window.Ctrl, "shift+": window.Shift} {
			if rest, ok := strings.CutPrefix(string(name), prefix); ok {
				name, mods = window.Key(rest), mods|m
			}
		}
		open = v.Handle(window.KeyDown{Key: name, Mods: mods})
	}
	return open
}

func (v *View) write(text string) {
	for _, r := range text {
		v.Handle(window.KeyDown{Key: window.Key(r)})
		v.Handle(window.Typed{Rune: r})
	}
}

// named draws nothing; it gives the selected region a name.
func (v *View) named(text string) {
	v.press(window.Enter, "ctrl+backspace")
	v.write(text)
	v.press(window.Enter)
}

func rect(x0, y0, x1, y1 int) vision.Rect { return vision.Rect{X0: x0, Y0: y0, X1: x1, Y1: y1} }

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && p != dir {
			names = append(names, filepath.Base(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestARegionIsTheSamePixelsAtAnyZoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, err := New([]Source{sourceOf("p", Shot{Color: vision.Image{W: 4000, H: 300, Pix: shared}})}, "nowhere")
		if err != nil {
			t.Fatal(err)
		}
		scale := rapid.SampledFrom([]float64{1, 1.5, 2}).Draw(t, "scale")
		v.Handle(window.Resized{W: 1200, H: 800, Scale: scale})
		x0, y0 := rapid.IntRange(0, 3900).Draw(t, "x"), rapid.IntRange(0, 200).Draw(t, "y")
		w, h := rapid.IntRange(leastSide, 99).Draw(t, "w"), rapid.IntRange(leastSide, 99).Draw(t, "h")
		v.pane.Look(float64(x0)-5, float64(y0)-5, float64(x0+w)+5, float64(y0+h)+5)
		v.pane.ZoomTo(v.pane.Rect.Mid(), v.pane.Zoom()*rapid.Float64Range(0.3, 1).Draw(t, "zoom"))
		v.dragPixels(float64(x0), float64(y0), float64(x0+w-1), float64(y0+h-1))
		if len(v.now.regions) != 1 || v.now.regions[0].Rect != rect(x0, y0, x0+w, y0+h) {
			t.Fatalf("drawn at %d, %d, %d x %d px; the regions are %+v", x0, y0, w, h, v.now.regions)
		}
	})
}

var shared = make([]byte, 3*4000*300)

func TestRegionsAreDrawnNamedMovedResizedAndDrawnAgain(t *testing.T) {
	v := desk(t, t.TempDir(), sourceOf("part.png", Shot{Color: picture(900, 600)}))
	v.dragPixels(100, 100, 199, 149)
	if v.now.regions[0] != (Region{"region_1", 0, false, rect(100, 100, 200, 150)}) {
		t.Errorf("drawn: %+v", v.now.regions[0])
	}
	v.named("cap")
	v.dragPixels(150, 120, 160, 140) // held in its midst
	if got := v.now.regions[0]; got.Rect != rect(110, 120, 210, 170) || got.Name != "cap" {
		t.Errorf("moved: %+v", got)
	}
	v.dragPixels(209.5, 169.5, 229.5, 179.5) // held at its lower right corner
	if got := v.now.regions[0].Rect; got != rect(110, 120, 230, 180) {
		t.Errorf("resized: %+v", got)
	}
	v.press(window.RightKey, "shift+down")
	if got := v.now.regions[0].Rect; got != rect(111, 130, 231, 190) {
		t.Errorf("moved by the keys: %+v", got)
	}
	v.press("r")
	v.dragPixels(400, 300, 449, 349)
	if got := v.now.regions; len(got) != 1 || got[0].Rect != rect(400, 300, 450, 350) || got[0].Name != "cap" {
		t.Errorf("drawn again: %+v", got)
	}
	v.dragPixels(880, 580, 2000, 2000) // beyond the picture
	if got := v.now.regions[1].Rect; got != rect(880, 580, 900, 600) {
		t.Errorf("drawn beyond the picture: %+v", got)
	}
	v.press(window.Delete)
	if len(v.now.regions) != 1 {
		t.Errorf("after a deletion: %+v", v.now.regions)
	}
}

func TestADragThatIsAbandonedLeavesNothing(t *testing.T) {
	v := desk(t, t.TempDir(), sourceOf("part.png", Shot{Color: picture(900, 600)}))
	a := v.pane.ToWindow(window.Point{X: 50, Y: 50})
	v.Handle(window.Pressed{At: a, Clicks: 1})
	v.Handle(window.Moved{At: window.Point{X: a.X + 100, Y: a.Y + 100}})
	v.press(window.Escape)
	v.Handle(window.Released{At: window.Point{X: a.X + 100, Y: a.Y + 100}})
	if len(v.now.regions) != 0 || len(v.past) != 0 {
		t.Errorf("the regions are %+v", v.now.regions)
	}
	v.dragPixels(50, 50, 51, 51) // a click
	if len(v.now.regions) != 0 {
		t.Errorf("a click draws %+v", v.now.regions)
	}
}

func TestEveryStepCanBeTakenBackAndDoneAgain(t *testing.T) {
	sources := []Source{sourceOf("a", Shot{Color: picture(300, 200)}), sourceOf("b", Shot{Color: picture(200, 300)})}
	rapid.Check(t, func(t *rapid.T) {
		v, err := New(sources, "nowhere")
		if err != nil {
			t.Fatal(err)
		}
		v.Handle(window.Resized{W: 1000, H: 700, Scale: 1})
		states := []document{v.now.clone()}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			n := len(v.past)
			at := func(name string) float64 { return rapid.Float64Range(-10, 210).Draw(t, name) }
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				v.dragPixels(at("x0"), at("y0"), at("x1"), at("y1"))
			case 2:
				v.press(window.Delete)
			case 3:
				v.press("r")
			case 4:
				v.press(rapid.SampledFrom([]window.Key{"n", "p"}).Draw(t, "key"))
			case 5:
				v.press(window.LeftKey)
			}
			switch {
			case len(v.past) > n:
				states = append(states, v.now.clone())
			case v.step != "":
				states[len(states)-1] = v.now.clone() // nudges are taken back together
			}
		}
		last := v.now.clone()
		for i := len(states) - 2; i >= 0; i-- {
			v.press("ctrl+z")
			if !slices.Equal(v.now.regions, states[i].regions) {
				t.Fatalf("taken back to %d: %+v, want %+v", i, v.now.regions, states[i].regions)
			}
		}
		for len(v.next) > 0 {
			v.press("ctrl+y")
		}
		if !slices.Equal(v.now.regions, last.regions) {
			t.Fatalf("done again: %+v, want %+v", v.now.regions, last.regions)
		}
	})
}

func TestTemplatesAreSavedPixelByPixelWithTheirDepth(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "templates")
	m := picture(640, 480)
	c := withDepth(m)
	v := desk(t, dir, sourceOf("a.npz", Shot{Color: m, Capture: c}), sourceOf("b.png", Shot{Color: m}))
	v.dragPixels(280, 100, 339, 149)
	v.named("cap")
	v.press("n")
	v.dragPixels(10, 20, 29, 39)
	v.named("label_2")
	if v.press("ctrl+s") {
		t.Fatalf("the window is open after saving: %s", v.message)
	}
	if got, want := files(t, dir), []string{"cap.npz", "cap.png", "label_2.png"}; !slices.Equal(got, want) {
		t.Fatalf("the folder has %v, want %v", got, want)
	}
	if s := v.Saved(); len(s) != 2 || s[0].Region != rect(280, 100, 340, 150) || len(s[0].Files) != 2 || s[1].Source != "b.png" {
		t.Errorf("saved: %+v", s)
	}
	got, err := vision.LoadImage(filepath.Join(dir, "cap.png"))
	if err != nil || got.W != 60 || got.H != 50 {
		t.Fatalf("cap.png is %d x %d: %v", got.W, got.H, err)
	}
	for y := range 50 {
		if !bytes.Equal(got.Pix[3*60*y:][:3*60], m.Pix[3*((100+y)*640+280):][:3*60]) {
			t.Fatalf("row %d of cap.png is not the image's", y)
		}
	}
	d, err := capture.Load(filepath.Join(dir, "cap.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Depth.Z, c.Depth.Z) || d.DepthK != c.DepthK || d.Pose != c.Pose || !d.Posed || d.Meta != c.Meta {
		t.Error("the template's depth, lens, pose or conditions are not the capture's")
	}
	count := 0
	for i, on := range d.Mask {
		x, y := i%640, i/640
		if want := x >= 280 && x < 340 && y >= 100 && y < 150 && (x < 300 || x > 320); want != (on != 0) {
			t.Fatalf("the mask at %d, %d is %d", x, y, on)
		}
		count += int(on & 1)
	}
	if count != 50*(60-21) {
		t.Errorf("the mask has %d pixels", count)
	}
}

func TestNothingIsWrittenThatWasNotSaved(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "templates")
	v := desk(t, dir, sourceOf("a.png", Shot{Color: picture(640, 480)}))
	v.dragPixels(280, 100, 339, 149)
	if !v.Handle(window.CloseAsked{}) {
		t.Error("the window closes at once although a region is drawn")
	}
	if v.press("ctrl+q") || len(v.Saved()) != 0 {
		t.Error("the window is open although it was closed twice")
	}
	if got := files(t, parent); got != nil {
		t.Errorf("there are %v", got)
	}
}

func TestATemplateThatCannotBeSavedLeavesNone(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "templates")
	calls := 0
	broken := Source{"b.png", func() (Shot, error) {
		if calls++; calls > 1 {
			return Shot{}, errors.New("image b.png: there is no such file")
		}
		return Shot{Color: picture(100, 100)}, nil
	}}
	v := desk(t, dir, sourceOf("a.png", Shot{Color: picture(640, 480)}), broken)
	v.dragPixels(280, 100, 339, 149)
	v.press("n")
	v.dragPixels(10, 10, 50, 50)
	if !v.press("ctrl+s") || !strings.Contains(v.status(), "nothing is saved: image b.png: there is no such file") {
		t.Errorf("the status is %q", v.status())
	}
	if got := files(t, parent); got != nil {
		t.Errorf("there are %v", got)
	}
}

func TestNamesAreThoseOfAScenarioAndTakeNoFilesPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cap.png"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := desk(t, dir, sourceOf("a.png", Shot{Color: picture(640, 480)}))
	v.dragPixels(280, 100, 339, 149)
	for name, want := range map[string]string{"": "give it a name", "Cap": "a letter, then", "a b": "a letter, then", "../x": "a letter, then", "cap": "a file has this name already"} {
		v.named(name)
		if !v.press("ctrl+s") || !strings.Contains(v.message, want) {
			t.Errorf("the name %q: %q, want %q", name, v.message, want)
		}
	}
	v.named("one")
	v.dragPixels(20, 20, 60, 60)
	v.named("one")
	if !v.press("ctrl+s") || !strings.Contains(v.message, "another region has this name") {
		t.Errorf("two of a name: %q", v.message)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "cap.png")); err != nil || string(data) != "mine" {
		t.Errorf("the file that was there is %q, %v", data, err)
	}
}

func TestDepthAloneAndColourAloneAreLayers(t *testing.T) {
	m := picture(640, 480)
	c := withDepth(picture(320, 240))
	c.Color, c.ColorK = align.Image(m), align.Camera{W: 640, H: 480, FX: 900, FY: 900, CX: 320, CY: 240}
	dir := t.TempDir()
	v := desk(t, dir, sourceOf("a.npz", Shot{Color: m, Capture: c}))
	v.dragPixels(400, 300, 449, 349) // outside the depth image
	v.named("color")
	v.press("d")
	if v.pane.Image.W != 320 {
		t.Fatal("the depth is not shown")
	}
	v.dragPixels(40, 30, 59, 49)
	v.named("relief")
	if v.press("ctrl+s") {
		t.Fatalf("not saved: %s", v.message)
	}
	if got, want := files(t, dir), []string{"color.png", "relief.npz"}; !slices.Equal(got, want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
}

func TestTheRegionIsShownLiveAndMeasured(t *testing.T) {
	m := picture(640, 480)
	v := desk(t, t.TempDir(), sourceOf("a.npz", Shot{Color: m, Capture: withDepth(m)}))
	c := window.NewCanvas(1200, 800, 1)
	a, b := v.pane.ToWindow(window.Point{X: 280, Y: 100}), v.pane.ToWindow(window.Point{X: 339, Y: 149})
	v.Handle(window.Pressed{At: a, Clicks: 1})
	v.Handle(window.Moved{At: b})
	v.Draw(c) // while the button is held
	figure, _ := v.panel.Find(v.panel.Items[1])
	mid := figure.Mid()
	got := c.Image.RGBAAt(int(mid.X), int(mid.Y)-3)
	x, y := 310, 125
	if want := m.Pix[3*(y*640+x):][:3]; math.Abs(float64(got.B)-float64(want[2])) > 30 {
		t.Errorf("the midst of the magnified region is %v, the image's %v", got, want)
	}
	rows := map[string]string{}
	for _, r := range v.rows() {
		rows[r.Name] = r.Value
	}
	for name, want := range map[string]string{"size": "60 x 50 px", "from": "280, 100", "with depth": "65.0 %", "from / to": "828.0 / 833.9 mm"} {
		if rows[name] != want {
			t.Errorf("%s is %q, want %q", name, rows[name], want)
		}
	}
	v.Handle(window.Moved{At: b})
	if s := v.status(); !strings.Contains(s, "x 339.00   y 149.00") || !strings.Contains(s, "z 833.9 mm") {
		t.Errorf("the status is %q", s)
	}
}

func TestWindowsOfAnySizeAreDrawn(t *testing.T) {
	v := desk(t, t.TempDir(), sourceOf("a.png", Shot{Color: picture(640, 480)}))
	v.dragPixels(10, 10, 100, 100)
	for _, size := range [][2]float64{{1, 1}, {60, 40}, {300, 900}, {2500, 200}} {
		v.Handle(window.Resized{W: size[0], H: size[1], Scale: 1})
		v.Draw(window.NewCanvas(size[0], size[1], 1))
	}
}

func TestFilesThatAreNoPicturesAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"a.png": "no picture", "b.npz": "no capture"} {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Files([]string{p}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPicturesOfTheToolAreKept(t *testing.T) {
	m := picture(1280, 960)
	v := desk(t, "templates", sourceOf("bottle.npz", Shot{Color: m, Capture: withDepth(m)}), sourceOf("cap.png", Shot{Color: m}))
	v.dragPixels(360, 250, 489, 389)
	v.named("cap")
	v.dragPixels(700, 500, 899, 579)
	c := window.NewCanvas(1200, 800, 1)
	v.Handle(window.Moved{At: window.Point{X: 300, Y: 300}})
	v.Draw(c)
	windowtest.Keep(t, "template", c.Image)
	v.press("d")
	v.Draw(c)
	windowtest.Keep(t, "template-depth", c.Image)
	v.press("d")
	v.pane.Look(390, 290, 450, 330)
	v.Draw(c)
	windowtest.Keep(t, "template-zoomed", c.Image)
}
