package qrtune

import (
	"fmt"
	"io"
	"math"
	"os"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/window"
)

// View is the window of the tuning. Its methods are called by one goroutine at a time.
type View struct {
	files   []string
	path    string // that the parameters are saved to
	own     bool   // the file at path may be replaced: it was read, or written, here
	params  vision.QRParams
	saved   vision.QRParams
	usual   vision.QRParams
	work    *worker
	beside  bool // the worker has a goroutine
	file    int
	image   vision.Image
	failed  string
	last    result
	current bool        // last is of the parameters as they are
	counts  map[int]int // codes in each file that was read
	message string
	warned  bool
	done    bool

	showing  int // stage that is shown, of those of the region; -1: the picture
	region   int // that is selected; -1: none
	pane     window.Pane
	controls window.Panel
	cascade  window.Panel
	picture  *window.Picture
	w, h     float64
	scale    float64
	mouse    window.Point
	drawing  bool
	from     window.Point
	drawn    specs.Region
}

// New returns a window on image files, with the parameters to begin with, which are saved
// to a file. The error says which file is no image.
func New(files []string, params vision.QRParams, path string) (*View, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("no picture to tune a reader with")
	}
	for _, f := range files {
		if err := vision.CheckImage(f); err != nil {
			return nil, err
		}
	}
	v := &View{
		files: files, path: path, params: params, saved: params, usual: vision.StationQR(),
		scale: 1, region: -1, showing: -1, counts: map[int]int{},
	}
	v.work = newWorker(files, func() {})
	v.build()
	v.open(0)
	return v, nil
}

// Owns tells the view that the file that it saves to is the one that the parameters came
// from, so that it may be replaced.
func (v *View) Owns() { v.own = true }

// Opened is for Options.Opened of the window: from then on, reading happens beside it.
// Without a window it happens when it is asked for.
func (v *View) Opened(wake func()) {
	v.work.wake = wake
	v.beside = true
	go v.work.run()
	v.ask()
}

// Params are the parameters as they are turned now.
func (v *View) Params() vision.QRParams { return v.params }

// Codes are those that the cascade reads in the picture that is shown, once it did.
func (v *View) Codes() []vision.Code { return v.last.codes }

// open shows a file.
func (v *View) open(i int) {
	v.file, v.failed, v.showing, v.last = i, "", -1, result{}
	img, err := vision.LoadImage(v.files[i])
	if err != nil {
		v.failed = err.Error()
		v.pane.Show(nil)
		return
	}
	v.image = img
	v.picture = window.RGBPicture(img.W, img.H, img.Pix)
	v.pane.Show(v.picture)
	v.pane.Fit()
	v.ask()
}

// ask has the picture read with the parameters as they are.
func (v *View) ask() {
	if v.failed != "" {
		return
	}
	v.current = false
	v.counts = map[int]int{}
	v.work.ask(job{v.file, v.params})
	if !v.beside {
		v.work.step()
		v.taken()
	}
}

// taken takes what was read.
func (v *View) taken() {
	done, counts := v.work.take()
	v.counts = counts
	if done == nil || done.job.file != v.file {
		return
	}
	v.last, v.current = *done, same(done.job.params, v.params)
	v.show(v.showing)
}

// same tells whether parameters are equal.
func same(a, b vision.QRParams) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// turn changes the parameters.
func (v *View) turn(change func(p *vision.QRParams)) {
	p := v.params
	p.Regions = append([]specs.Region(nil), p.Regions...)
	change(&p)
	v.params, v.message, v.warned = p, "", false
	v.ask()
}

// stages are those of the selected region; of the first until that is read.
func (v *View) stages() []stage {
	all := v.last.stages
	if len(all) == 0 {
		return nil
	}
	of := func(want vision.Rect) (out []stage) {
		for _, s := range all {
			if s.region == want {
				out = append(out, s)
			}
		}
		return out
	}
	if v.region >= 0 && v.region < len(v.params.Regions) {
		r := v.params.Regions[v.region]
		if out := of(vision.Rect{X0: r.X, Y0: r.Y, X1: r.X + r.W, Y1: r.Y + r.H}.Clip(v.image.W, v.image.H)); len(out) > 0 {
			return out
		}
	}
	return of(all[0].region)
}

// show shows what a stage made of the picture; -1: the picture.
func (v *View) show(i int) {
	all := v.stages()
	v.showing = min(max(i, -1), len(all)-1)
	if v.showing < 0 {
		v.pane.Show(v.picture)
		return
	}
	g := all[v.showing].image
	v.pane.Show(window.GrayPicture(g.W, g.H, g.Stride, g.Pix))
}

// Handle implements window.View.
func (v *View) Handle(e window.Event) bool {
	v.handle(e)
	if v.done {
		v.work.end()
	}
	return !v.done
}

func (v *View) handle(e window.Event) {
	switch e := e.(type) {
	case window.Resized:
		v.w, v.h, v.scale = e.W, e.H, e.Scale
		v.layout()
		return
	case window.Woken:
		v.taken()
		return
	case window.CloseAsked:
		v.close()
		return
	case window.Moved:
		v.mouse = e.At
	case window.KeyDown:
		if e.Mods.Has(window.Ctrl) {
			v.command(e.Key)
			return
		}
	}
	if !v.drawing && (v.controls.Handle(e) || v.cascade.Handle(e)) || v.draw(e) || v.pane.Handle(e) {
		return
	}
	if k, ok := e.(window.KeyDown); ok {
		v.key(k.Key)
	}
}

func (v *View) layout() {
	all := window.Rect{X1: v.w, Y1: v.h - window.StatusHeight}
	right, rest := all.CutRight(min(300, v.w*0.3))
	middle, left := rest.CutRight(max(rest.W()-min(240, v.w*0.25), 0))
	v.controls.Place(right)
	v.cascade.Place(left)
	v.pane.Place(middle, v.scale)
}

func (v *View) command(k window.Key) {
	switch k {
	case "s":
		v.save()
	case "q", "w":
		v.close()
	}
}

func (v *View) key(k window.Key) {
	switch k {
	case "n", window.PageDown:
		v.open(min(v.file+1, len(v.files)-1))
	case "p", window.PageUp:
		v.open(max(v.file-1, 0))
	case "j":
		v.show(v.showing + 1)
	case "k":
		v.show(v.showing - 1)
	case window.Delete, window.Backspace:
		v.remove()
	case window.Escape:
		v.region = -1
		v.show(-1)
	}
}

// draw picks regions on the picture by the left button; false for other events.
func (v *View) draw(e window.Event) bool {
	switch e := e.(type) {
	case window.Pressed:
		if e.Button != window.Left || v.failed != "" || !v.pane.Rect.Has(e.At) {
			return false
		}
		v.message = ""
		if v.showing >= 0 { // regions are those of the picture
			v.message = "Esc shows the picture, on which regions are drawn"
			return true
		}
		v.drawing, v.from, v.drawn = true, e.At, v.between(e.At, e.At)
		return true
	case window.Moved:
		if v.drawing {
			v.drawn = v.between(v.from, e.At)
		}
		return v.drawing
	case window.Released:
		if !v.drawing || e.Button != window.Left {
			return false
		}
		v.drawing = false
		v.add(v.between(v.from, e.At), e.At)
		return true
	case window.KeyDown:
		if v.drawing && e.Key == window.Escape {
			v.drawing = false
			return true
		}
	}
	return false
}

// leastSide is the least side of a region in pixels: what is smaller was a click.
const leastSide = 8

// add adds a region that was drawn, or selects the one that was clicked on.
func (v *View) add(r specs.Region, at window.Point) {
	if r.W >= leastSide && r.H >= leastSide {
		v.region = len(v.params.Regions)
		v.turn(func(p *vision.QRParams) { p.Regions = append(p.Regions, r) })
		return
	}
	v.region = -1
	p := v.pane.ToImage(at)
	for i, r := range v.params.Regions {
		if p.X >= float64(r.X)-0.5 && p.Y >= float64(r.Y)-0.5 && p.X < float64(r.X+r.W)-0.5 && p.Y < float64(r.Y+r.H)-0.5 {
			v.region = i
		}
	}
}

// between is the region of the pixels between two places, both included.
func (v *View) between(a, b window.Point) specs.Region {
	p, q := v.pane.ToImage(a), v.pane.ToImage(b)
	in := func(x float64, n int) int { return int(min(max(math.Floor(x+0.5), 0), float64(n-1))) }
	x0, x1 := in(min(p.X, q.X), v.image.W), in(max(p.X, q.X), v.image.W)
	y0, y1 := in(min(p.Y, q.Y), v.image.H), in(max(p.Y, q.Y), v.image.H)
	return specs.Region{X: x0, Y: y0, W: x1 - x0 + 1, H: y1 - y0 + 1}
}

// remove takes the selected region away.
func (v *View) remove() {
	if i := v.region; i >= 0 && i < len(v.params.Regions) {
		v.region = -1
		v.turn(func(p *vision.QRParams) { p.Regions = append(p.Regions[:i], p.Regions[i+1:]...) })
	}
}

// save writes the parameters: all of the file, or it stays as it was. Another's file is
// replaced only when it is asked a second time.
func (v *View) save() {
	if _, err := os.Lstat(v.path); err == nil && !v.own {
		v.own = true
		v.message = v.path + " is there already; Ctrl S again replaces it"
		return
	}
	text, err := specs.FormatQR(v.params)
	if err == nil {
		err = capture.WriteFile(v.path, func(w io.Writer) error { _, err := w.Write(text); return err })
	}
	if err != nil {
		v.message = fmt.Sprintf("not saved: %v", err)
		return
	}
	v.own, v.saved, v.warned = true, v.params, false
	v.message = "saved to " + v.path
}

// close closes the window: at once where all is saved, and otherwise when it is asked a
// second time.
func (v *View) close() {
	if same(v.params, v.saved) || v.warned {
		v.done = true
		return
	}
	v.warned = true
	v.message = "not saved: Ctrl Q again closes, Ctrl S saves to " + v.path
}
