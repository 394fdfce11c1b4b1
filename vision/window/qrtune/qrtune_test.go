package qrtune

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/qr/scenes"
	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/windowtest"
)

// scene writes picture i of a category into a file, and tells the truth of it.
func scene(t *testing.T, category string, i int) (path string, s scenes.Scene) {
	t.Helper()
	c, ok := scenes.Find(category)
	if !ok {
		t.Fatalf("there is no category %q", category)
	}
	s, err := c.Scene(1, i)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), category+".png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, s.Image.Gray()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path, s
}

// params are those for a whole picture of these sizes.
func params() vision.QRParams {
	p := vision.FileQR()
	p.Budget /= 10
	return p
}

// desk is a window of 1440 x 900 without a display.
func desk(t *testing.T, p vision.QRParams, files ...string) *View {
	t.Helper()
	v, err := New(files, p, filepath.Join(t.TempDir(), "qr.cue"))
	if err != nil {
		t.Fatal(err)
	}
	v.Handle(window.Resized{W: 1440, H: 900, Scale: 1})
	return v
}

func (v *View) dragPixels(x0, y0, x1, y1 float64) {
	a, b := v.pane.ToWindow(window.Point{X: x0, Y: y0}), v.pane.ToWindow(window.Point{X: x1, Y: y1})
	v.Handle(window.Pressed{At: a, Clicks: 1})
	v.Handle(window.Moved{At: b})
	v.Handle(window.Released{At: b})
}

func (v *View) press(keys ...window.Key) (open bool) {
	open = true
	for _, k := range keys {
		name, ctrl := strings.CutPrefix(string(k), "ctrl+")
		e := window.KeyDown{Key: window.Key(name)}
		if ctrl {
			e.Mods = window.Ctrl
		}
		open = v.Handle(e)
	}
	return open
}

func (v *View) slider(t *testing.T, label string) *window.Slider {
	t.Helper()
	for _, w := range v.controls.Items {
		if s, ok := w.(*window.Slider); ok && s.Label == label {
			return s
		}
	}
	t.Fatalf("there is no slider %q", label)
	return nil
}

func names(all []stage) (out []string) {
	for _, s := range all {
		out = append(out, s.name)
	}
	return out
}

func TestEveryStageIsShownWithWhatItReads(t *testing.T) {
	path, truth := scene(t, "tilt", 1)
	v := desk(t, params(), path)
	if len(v.Codes()) != 1 || v.Codes()[0].Text != truth.Codes[0].Text {
		t.Fatalf("read: %+v", v.Codes())
	}
	all := v.stages()
	if got := names(all); !slices.Contains(got, "blur") || !slices.Contains(got, "threshold") || !slices.Contains(got, "half") || len(got) < 8 {
		t.Errorf("the stages are %v", got)
	}
	used, would := 0, 0
	for _, s := range all {
		if s.image.W == 0 || s.cost <= 0 {
			t.Errorf("stage %s has %d x %d pixels and costs %v", s.name, s.image.W, s.image.H, s.cost)
		}
		if s.used {
			used++
		}
		if slices.Contains(s.texts, truth.Codes[0].Text) {
			would++
		}
	}
	if used != 1 || would < 2 {
		t.Errorf("%d stages end the cascade, %d read", used, would)
	}
	c := window.NewCanvas(1440, 900, 1)
	v.Draw(c)
	// A corner of the code has the colour of what is read.
	k := truth.Codes[0].Corners[0]
	p := v.pane.ToWindow(window.Point{X: k.X, Y: k.Y})
	if got := c.Image.RGBAAt(int(p.X), int(p.Y)); got != color.RGBA(window.Good) {
		t.Errorf("the code's corner is drawn in %v", got)
	}
	windowtest.Keep(t, "qr-tune", c.Image)
	for i, s := range all {
		if s.name == "threshold" {
			v.show(i)
		}
	}
	v.Draw(c)
	dark, light := 0, 0
	for y := 300; y < 600; y++ {
		for x := 400; x < 900; x++ {
			switch c.Image.RGBAAt(x, y).G {
			case 0:
				dark++
			case 255:
				light++
			}
		}
	}
	if dark < 10_000 || light < 10_000 || dark+light < 100_000 {
		t.Errorf("after the threshold %d pixels are black and %d white", dark, light)
	}
	windowtest.Keep(t, "qr-tune-threshold", c.Image)
}

func TestTurningAParameterReadsAgain(t *testing.T) {
	path, _ := scene(t, "tilt", 1)
	v := desk(t, params(), path)
	blur := v.slider(t, "Blur")
	before := v.last.stages
	in, _ := v.controls.Find(blur)
	at := window.Point{X: in.X0 + 0.9*in.W(), Y: in.Y0 + 32}
	v.Handle(window.Pressed{At: at, Clicks: 1})
	v.Handle(window.Released{At: at})
	if v.params.Blur < 8 || !v.current {
		t.Errorf("the blur is %g, read: %v", v.params.Blur, v.current)
	}
	image := func(all []stage) []byte {
		i := slices.Index(names(all), "blur")
		return all[i].image.Pix
	}
	if slices.Equal(image(before), image(v.last.stages)) {
		t.Error("the image of the stage stays as it was")
	}
	blur.Set(0)
	if slices.Contains(names(v.stages()), "blur") {
		t.Error("the stage runs although it is off")
	}
}

func TestWhatIsBeyondTheBudgetIsToldApart(t *testing.T) {
	path, _ := scene(t, "tilt", 1)
	p := params()
	p.Budget = specs.Duration(time.Microsecond)
	v := desk(t, p, path)
	if len(v.Codes()) != 0 {
		t.Fatalf("read within a microsecond: %+v", v.Codes())
	}
	would := 0
	for _, s := range v.stages() {
		if s.used {
			t.Errorf("stage %s ends the cascade", s.name)
		}
		if len(s.texts) > 0 {
			would++
		}
	}
	if would == 0 {
		t.Error("no stage would read it")
	}
	v.slider(t, "Budget").Set(600)
	if len(v.Codes()) != 1 {
		t.Errorf("with 600 ms there are %d codes", len(v.Codes()))
	}
}

func TestRegionsArePickedOnThePictureInItsPixels(t *testing.T) {
	path, truth := scene(t, "tilt", 1)
	v := desk(t, params(), path)
	v.dragPixels(4, 5, 43, 34)
	want := specs.Region{X: 4, Y: 5, W: 40, H: 30}
	if got := v.Params().Regions; len(got) != 1 || got[0] != want {
		t.Fatalf("the regions are %+v", got)
	}
	if len(v.Codes()) != 0 {
		t.Error("a code is read outside the region")
	}
	var xs, ys []float64
	for _, k := range truth.Codes[0].Corners {
		xs, ys = append(xs, k.X), append(ys, k.Y)
	}
	v.dragPixels(slices.Min(xs)-20, slices.Min(ys)-20, slices.Max(xs)+20, slices.Max(ys)+20)
	if len(v.Params().Regions) != 2 || len(v.Codes()) != 1 {
		t.Errorf("%d regions, %d codes; want 2 and 1", len(v.Params().Regions), len(v.Codes()))
	}
	if s := v.stages(); len(s) == 0 || s[0].image.W != v.params.Regions[1].W {
		t.Error("the stages shown are not those of the region that was drawn last")
	}
	v.dragPixels(20, 20, 21, 21) // a click
	v.press(window.Delete)
	if got := v.Params().Regions; len(got) != 1 || got[0] == want {
		t.Errorf("after a deletion the regions are %+v", got)
	}
	v.press(window.Escape)
	v.Handle(window.Pressed{At: v.pane.ToWindow(window.Point{X: 50, Y: 50}), Clicks: 1})
	v.press(window.Escape)
	v.Handle(window.Released{At: v.pane.ToWindow(window.Point{X: 200, Y: 200})})
	if len(v.Params().Regions) != 1 {
		t.Error("a drag that was abandoned leaves a region")
	}
}

func TestParametersAreSavedAsAStationTakesThem(t *testing.T) {
	path, _ := scene(t, "tilt", 1)
	v := desk(t, vision.StationQR(), path)
	v.slider(t, "Blur").Set(2.5)
	v.slider(t, "Rotate").Set(45)
	v.dragPixels(10, 20, 109, 69)
	if !v.Handle(window.CloseAsked{}) {
		t.Error("the window closes at once although nothing is saved")
	}
	if _, err := os.Stat(v.path); err == nil {
		t.Error("a file is there although nothing was saved")
	}
	v.press("ctrl+s")
	got, err := specs.LoadQR(v.path)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, v.Params()) || got.Blur != 2.5 || got.Regions[0] != (specs.Region{X: 10, Y: 20, W: 100, H: 50}) {
		t.Errorf("saved: %+v\nwant: %+v", got, v.Params())
	}
	if text, err := os.ReadFile(v.path); err != nil || !strings.Contains(string(text), `rotation: "45deg"`) {
		t.Errorf("45 degrees are saved as %s (%v)", text, err)
	}
	if v.press("ctrl+q") {
		t.Error("the window is open although all is saved")
	}
}

func TestAFileOfSomebodyElseIsReplacedOnlyWhenAskedTwice(t *testing.T) {
	path, _ := scene(t, "tilt", 1)
	v := desk(t, vision.StationQR(), path)
	if err := os.WriteFile(v.path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	v.press("ctrl+s")
	if data, err := os.ReadFile(v.path); err != nil || string(data) != "mine" || !strings.Contains(v.status(), "is there already") {
		t.Errorf("the file is %q, %v; the status %q", data, err, v.status())
	}
	v.press("ctrl+s")
	if _, err := specs.LoadQR(v.path); err != nil {
		t.Error(err)
	}
}

func TestFilesAreCountedWithTheSameParameters(t *testing.T) {
	a, _ := scene(t, "tilt", 1)
	b, truth := scene(t, "rotation", 0)
	v := desk(t, params(), a, b)
	if len(v.counts) != 2 || v.counts[0] != 1 || v.counts[1] != 1 {
		t.Errorf("the counts are %v", v.counts)
	}
	v.press("n")
	if v.file != 1 || len(v.Codes()) != 1 || v.Codes()[0].Text != truth.Codes[0].Text {
		t.Errorf("file %d has %+v", v.file, v.Codes())
	}
	v.dragPixels(1, 1, 20, 20)
	if v.counts[0] != 0 || v.counts[1] != 0 {
		t.Errorf("in a corner there are %v", v.counts)
	}
}

func TestReadingBesideTheWindowEndsInTheSame(t *testing.T) {
	a, _ := scene(t, "tilt", 1)
	b, _ := scene(t, "rotation", 0)
	want := desk(t, params(), a, b)
	v := desk(t, params(), a, b)
	woken := make(chan struct{}, 1)
	v.Opened(func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	for _, x := range []float64{1, 2, 3} { // faster than it is read
		v.slider(t, "Blur").Set(x)
	}
	want.slider(t, "Blur").Set(3)
	for !v.current || len(v.counts) < 2 {
		<-woken
		v.Handle(window.Woken{})
	}
	if v.last.cost != want.last.cost || len(v.Codes()) != len(want.Codes()) || v.Codes()[0] != want.Codes()[0] {
		t.Errorf("read beside: %v, %+v\nread at once: %v, %+v", v.last.cost, v.Codes(), want.last.cost, want.Codes())
	}
	v.params = v.saved
	if v.press("ctrl+q") || !v.work.stale() {
		t.Error("the worker goes on after the window")
	}
}

func TestWindowsOfAnySizeAreDrawn(t *testing.T) {
	path, _ := scene(t, "tilt", 1)
	v := desk(t, vision.StationQR(), path)
	for _, size := range [][2]float64{{1, 1}, {60, 40}, {300, 900}, {2500, 200}} {
		v.Handle(window.Resized{W: size[0], H: size[1], Scale: 1})
		v.Draw(window.NewCanvas(size[0], size[1], 1))
	}
}

func TestFilesThatAreNoPicturesAreRefused(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(p, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := New([]string{p}, vision.StationQR(), "qr.cue"); err == nil || !strings.Contains(err.Error(), "a.png") {
		t.Errorf("the error is %v", err)
	}
}
