package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/cloud"
	"linetwin.dev/vision/qr/scenes"
	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/windowtest"
)

func writePNG(t *testing.T, path string, m image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// colored counts the pixels of a colour in a part of a picture.
func colored(m *image.RGBA, c color.NRGBA, in image.Rectangle) (n int) {
	in = in.Intersect(m.Rect)
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if m.RGBAAt(x, y) == color.RGBA(c) {
				n++
			}
		}
	}
	return n
}

func TestATemplateIsCutOutInARealWindow(t *testing.T) {
	d := windowtest.New(t, 1400, 900)
	dir := t.TempDir()
	m := image.NewNRGBA(image.Rect(0, 0, 800, 600))
	for y := range 600 {
		for x := range 800 {
			v := 120 + 60*math.Sin(float64(x)/9)*math.Sin(float64(y)/11)
			m.SetNRGBA(x, y, color.NRGBA{byte(v), byte(x), byte(y), 255})
		}
	}
	writePNG(t, filepath.Join(dir, "part.png"), m)
	cmd := exec.Command("linetwin", "vision", "tune", "template", "part.png", "-o", "templates")
	cmd.Dir = dir
	d.Run(cmd)
	d.Until("the picture", func(m *image.RGBA) bool {
		c := m.RGBAAt(400, 400)
		return c != color.RGBA(window.Ground) && c.A == 255 && c != (color.RGBA{A: 255})
	})
	selected := func(x int) func(m *image.RGBA) bool {
		return func(m *image.RGBA) bool { return colored(m, window.Accent, image.Rect(x-6, 330, x+6, 390)) > 60 }
	}
	d.Drag(window.Point{X: 300, Y: 300}, window.Point{X: 500, Y: 420})
	d.Until("the region", selected(300))
	d.Drag(window.Point{X: 600, Y: 300}, window.Point{X: 700, Y: 420})
	d.Until("another region", selected(600))
	d.Keys("ctrl+z")
	d.Until("the first region alone", func(m *image.RGBA) bool { return selected(300)(m) && !selected(600)(m) })
	d.Keys("Return", "ctrl+BackSpace")
	d.Type("cap_1")
	d.Keys("Return")
	d.Keep("template-window")
	d.Keys("ctrl+s")
	if code := d.Ended(); code != 0 {
		t.Fatalf("exit code %d: %s", code, d.Said())
	}
	got, err := vision.LoadImage(filepath.Join(dir, "templates", "cap_1.png"))
	if err != nil {
		t.Fatal(err)
	}
	// Red, green and blue of the first pixel tell where it was cut out.
	x0, y0 := int(got.Pix[1]), int(got.Pix[2])
	for y := range got.H {
		for x := range got.W {
			p, q := got.Pix[3*(y*got.W+x):][:3], m.NRGBAAt(x0+x, y0+y)
			if p[0] != q.R || p[1] != q.G || p[2] != q.B {
				t.Fatalf("pixel %d, %d is %v, in the picture %v", x, y, p, q)
			}
		}
	}
	// The picture is fitted into what the panel leaves of 1260 points.
	if zoom := (1260 - 312 - 32.0) / 800; math.Abs(float64(got.W)-200/zoom) > 2 || math.Abs(float64(got.H)-120/zoom) > 2 {
		t.Errorf("200 x 120 points at %.3f are %d x %d pixels", zoom, got.W, got.H)
	}
	if !strings.HasPrefix(d.Said(), "templates: {\n\tcap_1: {file: \"templates/cap_1.png\", region: {x: ") {
		t.Errorf("it says %s", d.Said())
	}
}

func TestAnAbandonedWindowWritesNothing(t *testing.T) {
	d := windowtest.New(t, 1000, 700)
	dir := t.TempDir()
	writePNG(t, filepath.Join(dir, "part.png"), image.NewGray(image.Rect(0, 0, 640, 480)))
	cmd := exec.Command("linetwin", "vision", "tune", "template", "part.png", "-o", "templates")
	cmd.Dir = dir
	d.Run(cmd)
	d.Drag(window.Point{X: 200, Y: 200}, window.Point{X: 300, Y: 320})
	d.Until("the region", func(m *image.RGBA) bool { return colored(m, window.Accent, image.Rect(190, 230, 210, 290)) > 60 })
	d.Keys("ctrl+q", "ctrl+q")
	if code := d.Ended(); code != exitBroken || d.Said() != "closed without saving; nothing is written\n" {
		t.Errorf("exit code %d: %s", code, d.Said())
	}
	if _, err := os.Stat(filepath.Join(dir, "templates")); err == nil {
		t.Error("a folder is there")
	}
}

func TestAReaderIsTunedInARealWindow(t *testing.T) {
	d := windowtest.New(t, 1500, 1000)
	category, _ := scenes.Find("clean")
	s, err := category.Scene(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writePNG(t, filepath.Join(dir, "code.png"), s.Image.Gray())
	linetwin := func(args ...string) *exec.Cmd {
		cmd := exec.Command("linetwin", args...)
		cmd.Dir = dir
		return cmd
	}
	d.Run(linetwin("vision", "qr", "--tune", "code.png"))
	pane := image.Rect(260, 20, 1030, 850)
	d.Until("the picture", func(m *image.RGBA) bool { return colored(m, window.Ground, pane) < pane.Dx()*pane.Dy()*3/4 })
	// A station's budget is too small for all of the picture: more of it, by the keyboard.
	d.Keys("Tab", "Tab", "Page_Up", "Page_Up", "Page_Up", "Page_Up", "Page_Up")
	d.Until("the outline of the code", func(m *image.RGBA) bool { return colored(m, window.Good, pane) > 300 })
	d.Keep("qr-tune-window")
	d.Drag(window.Point{X: 265, Y: 200}, window.Point{X: 1020, Y: 760})
	d.Until("the region", func(m *image.RGBA) bool {
		return colored(m, window.Accent, pane) > 300 && colored(m, window.Good, pane) > 300
	})
	d.Keys("ctrl+s")
	d.UntilFile(filepath.Join(dir, "qr.cue"))
	d.Keep("qr-tune-region")
	d.Keys("ctrl+q")
	if code := d.Ended(); code != 0 {
		t.Fatalf("exit code %d: %s", code, d.Said())
	}
	p, err := specs.LoadQR(filepath.Join(dir, "qr.cue"))
	if err != nil || len(p.Regions) != 1 || p.Budget.Seconds() < 0.05 {
		t.Errorf("the parameters are %+v, %v", p, err)
	}
	out, err := linetwin("vision", "qr", "--params", "qr.cue", "code.png").CombinedOutput()
	if want := fmt.Sprintf("code.png: %q at ", s.Codes[0].Text); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("with them it is read: %s%v", out, err)
	}
}

func TestACloudIsShownInARealWindow(t *testing.T) {
	d := windowtest.New(t, 1400, 900)
	dir := t.TempDir()
	var c cloud.Cloud
	for i := range 300 * 200 {
		x, y := float32(i%300)-150, float32(i/300)-100
		c.X, c.Y, c.Z = append(c.X, x), append(c.Y, y), append(c.Z, 800+x/4)
		c.Color = append(c.Color, 20, 200, byte(100+i%2))
	}
	if err := cloud.SavePLY(filepath.Join(dir, "part.ply"), &c, cloud.Binary); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("linetwin", "vision", "cloud", "part.ply", "--view")
	cmd.Dir = dir
	d.Run(cmd)
	scene := image.Rect(0, 0, 950, 760)
	d.Keys("l") // without shading, so that colours are those of the file
	d.Until("the points in their colours", func(m *image.RGBA) bool {
		return colored(m, color.NRGBA{20, 200, 100, 255}, scene)+colored(m, color.NRGBA{20, 200, 101, 255}, scene) > 50_000
	})
	d.Keep("cloud-command")
	d.Keys("c", "1")
	d.Until("depth from near to far", func(m *image.RGBA) bool {
		near, far := m.RGBAAt(250, 385), m.RGBAAt(700, 385)
		return near.R > 120 && near.G > 180 && far.B > 80 && far.R < 90 && far.G < 80
	})
	d.Keys("ctrl+q")
	if code := d.Ended(); code != 0 || !strings.HasPrefix(d.Said(), "part.ply: 60000 points from ") {
		t.Errorf("exit code %d: %s", code, d.Said())
	}
}
