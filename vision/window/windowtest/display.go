package windowtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linetwin.dev/vision/window"
)

// patience is how long something that must happen is waited for.
const patience = 60 * time.Second

// Display is an X display without a screen.
type Display struct {
	t      testing.TB
	name   string // as DISPLAY has it
	memory string // the file with the picture
	run    *running
	// Origin is where the window is on the display; its points are pixels.
	Origin image.Point
	size   image.Point // of the window
}

// running is the program whose window is tested.
type running struct {
	said bytes.Buffer
	done chan struct{}
	err  error
}

// New starts a display of w by h pixels, which the end of the test stops. The test is
// skipped where Xvfb or xdotool is not installed; .ci/need test installs them.
func New(t testing.TB, w, h int) *Display {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, so windows are not tested; .ci/need test installs it", tool)
		}
	}
	dir := t.TempDir()
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", w, h),
		"-fbdir", dir, "-nolisten", "tcp", "-noreset", "+extension", "GLX")
	cmd.ExtraFiles = []*os.File{wr}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	wr.Close()
	line, err := bufio.NewReader(r).ReadString('\n') // once it takes connections
	if err != nil {
		t.Fatalf("Xvfb did not start: %v\n%s", err, said.String())
	}
	return &Display{t: t, name: ":" + strings.TrimSpace(line), memory: filepath.Join(dir, "Xvfb_screen0")}
}

// Run starts a program on the display and waits for its window, whose place is then
// Origin.
func (d *Display) Run(cmd *exec.Cmd) {
	d.t.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "DISPLAY="+d.name, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY=")
	r := &running{done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &r.said, &r.said
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.run = r
	go func() { r.err = cmd.Wait(); close(r.done) }()
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-r.done
	})
	d.wait("a window", func() bool {
		out, err := d.xdotool("search", "--onlyvisible", "--class", "linetwin", "getwindowgeometry", "--shell")
		if err != nil {
			return false
		}
		at := map[string]int{}
		for l := range strings.Lines(out) {
			name, value, _ := strings.Cut(strings.TrimSpace(l), "=")
			if n, err := strconv.Atoi(value); err == nil {
				at[name] = n
			}
		}
		d.Origin, d.size = image.Pt(at["X"], at["Y"]), image.Pt(at["WIDTH"], at["HEIGHT"])
		return at["WIDTH"] > 0
	})
}

// Ended waits until the program has ended by itself and returns its exit code.
func (d *Display) Ended() int {
	d.t.Helper()
	select {
	case <-d.run.done:
	case <-time.After(patience):
		d.Keep("failed-" + d.t.Name())
		d.t.Fatalf("the window is still open after %v", patience)
	}
	var exit *exec.ExitError
	if d.run.err != nil && !errors.As(d.run.err, &exit) {
		d.t.Fatal(d.run.err)
	}
	if exit != nil {
		return exit.ExitCode()
	}
	return 0
}

// Said is what the program printed; it is called after Ended.
func (d *Display) Said() string { return d.run.said.String() }

// Move moves the mouse to a place of the window.
func (d *Display) Move(to window.Point) {
	d.t.Helper()
	d.do("mousemove", d.x(to), d.y(to))
}

// Click presses and releases a button of the mouse: 1 left, 2 middle, 3 right; 4 and 5
// turn the wheel up and down.
func (d *Display) Click(at window.Point, button int) {
	d.t.Helper()
	d.do("mousemove", d.x(at), d.y(at), "click", strconv.Itoa(button))
}

// Drag moves the mouse from one place to another with its left button held.
func (d *Display) Drag(from, to window.Point) {
	d.t.Helper()
	mid := window.Point{X: (from.X + to.X) / 2, Y: (from.Y + to.Y) / 2}
	d.do("mousemove", d.x(from), d.y(from), "mousedown", "1", "mousemove", d.x(mid), d.y(mid), "mousemove", d.x(to), d.y(to), "mouseup", "1")
}

// Keys presses keys by X's names, as "ctrl+z", "Return" or "f".
func (d *Display) Keys(names ...string) {
	d.t.Helper()
	d.do(append([]string{"key", "--clearmodifiers"}, names...)...)
}

// Type writes a text.
func (d *Display) Type(text string) {
	d.t.Helper()
	d.do("type", "--clearmodifiers", text)
}

func (d *Display) x(p window.Point) string { return strconv.Itoa(d.Origin.X + int(p.X)) }
func (d *Display) y(p window.Point) string { return strconv.Itoa(d.Origin.Y + int(p.Y)) }

func (d *Display) do(args ...string) {
	d.t.Helper()
	if out, err := d.xdotool(args...); err != nil {
		d.t.Fatalf("xdotool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (d *Display) xdotool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.name)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Until waits until the window shows what a function looks for; the picture begins at
// the window's corner.
func (d *Display) Until(what string, shows func(m *image.RGBA) bool) {
	d.t.Helper()
	d.wait(what, func() bool {
		m, err := d.picture()
		return err == nil && shows(m)
	})
}

// UntilFile waits until a file is there.
func (d *Display) UntilFile(path string) {
	d.t.Helper()
	d.wait("the file "+path, func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

func (d *Display) wait(what string, met func() bool) {
	d.t.Helper()
	for end := time.Now().Add(patience); !met(); {
		select {
		case <-d.run.done:
			d.t.Fatalf("the program ended (%v) before there was %s:\n%s", d.run.err, what, d.run.said.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			d.Keep("failed-" + d.t.Name())
			d.t.Fatalf("%v went by without %s", patience, what)
		}
	}
}

// Keep writes what the window shows as a PNG file into the folder that the environment's
// LINETWIN_PICTURES names, or else into the test's artifacts.
func (d *Display) Keep(name string) {
	d.t.Helper()
	m, err := d.picture()
	if err != nil {
		d.t.Fatal(err)
	}
	Keep(d.t, name, m)
}

// Keep writes a picture where Display.Keep does.
func Keep(t testing.TB, name string, m image.Image) {
	t.Helper()
	dir := os.Getenv("LINETWIN_PICTURES")
	if dir == "" {
		dir = t.ArtifactDir()
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// picture reads the screen, from the window's corner on.
func (d *Display) picture() (*image.RGBA, error) {
	data, err := os.ReadFile(d.memory)
	if err != nil {
		return nil, err
	}
	const fields = 25
	if len(data) < 4*fields {
		return nil, fmt.Errorf("%s has %d bytes", d.memory, len(data))
	}
	head := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	w, h, bits, stride := head(4), head(5), head(11), head(12)
	from := head(0) + 12*head(19)
	if bits != 32 || len(data) < from+h*stride {
		return nil, fmt.Errorf("%s has %d bits a pixel and %d bytes", d.memory, bits, len(data))
	}
	m := image.NewRGBA(image.Rectangle{Max: d.size}.Intersect(image.Rect(0, 0, w-d.Origin.X, h-d.Origin.Y)))
	for y := range m.Rect.Dy() {
		row := data[from+(y+d.Origin.Y)*stride+4*d.Origin.X:]
		for x := range m.Rect.Dx() {
			px := m.Pix[m.PixOffset(x, y):][:4]
			px[0], px[1], px[2], px[3] = row[4*x+2], row[4*x+1], row[4*x], 255
		}
	}
	return m, nil
}
