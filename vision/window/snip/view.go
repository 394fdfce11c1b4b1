package snip

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

// View is the window of the capture tool. It writes nothing until all is saved. Its
// methods are called by one goroutine at a time.
type View struct {
	sources []Source
	dir     string
	history
	source  int
	shot    Shot
	failed  string // why the source cannot be shown
	onDepth bool   // the depth is shown
	saved   []Saved
	message string // what came of the last command
	warned  bool   // that closing abandons what was drawn
	done    bool   // the window closes

	pane    window.Pane
	panel   window.Panel
	name    *window.TextLine
	preview *window.Picture // of what is shown
	w, h    float64
	scale   float64
	mouse   window.Point
	drag    drag
}

// leastSide is the least side of a region, in pixels: what is smaller was a click.
const leastSide = 4

// New returns a window on sources, whose templates are saved into a folder.
func New(sources []Source, dir string) (*View, error) {
	if len(sources) == 0 {
		return nil, fmt.Errorf("no picture to cut templates out of")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file; templates are saved into a folder", dir)
	}
	v := &View{sources: sources, dir: dir, scale: 1}
	v.now.selected = -1
	v.build()
	v.open(0)
	return v, nil
}

// Saved are the templates that were saved; none if the window was closed without.
func (v *View) Saved() []Saved { return v.saved }

// Regions are those that are drawn now.
func (v *View) Regions() []Region { return v.now.clone().regions }

// open shows a source.
func (v *View) open(i int) {
	v.source, v.failed, v.drag = i, "", drag{}
	v.shot = Shot{}
	shot, err := v.sources[i].Load()
	if err != nil {
		v.failed = err.Error()
		v.pane.Show(nil)
		return
	}
	v.shot = shot
	v.onDepth = !shot.colored()
	v.present()
	v.pane.Fit()
}

// present makes the picture of the layer that is shown.
func (v *View) present() {
	if !v.onDepth {
		v.preview = window.RGBPicture(v.shot.Color.W, v.shot.Color.H, v.shot.Color.Pix)
	} else {
		d := &v.shot.Capture.Depth
		lo, hi := span(d.Z)
		v.preview = window.DepthPicture(d.W, d.H, d.Z, lo, hi)
	}
	v.pane.Show(v.preview)
}

// span is the range of the depths, without the 1 % at each end.
func span(z []float32) (lo, hi float32) {
	var count [4096]int // of 4 mm each
	n := 0
	for _, v := range z {
		if v > 0 {
			count[min(int(v/4), len(count)-1)]++
			n++
		}
	}
	below, first := 0, true
	for i, c := range count {
		below += c
		if first && 100*below > n {
			lo, first = float32(4*i), false
		}
		if 100*below >= 99*n {
			return lo, float32(4*i + 4)
		}
	}
	return lo, lo + 4
}

// Handle implements window.View.
func (v *View) Handle(e window.Event) bool {
	v.handle(e)
	return !v.done
}

func (v *View) handle(e window.Event) {
	switch e := e.(type) {
	case window.Resized:
		v.w, v.h, v.scale = e.W, e.H, e.Scale
		v.layout()
		return
	case window.CloseAsked:
		v.abandon()
		return
	case window.KeyDown:
		switch {
		case v.panel.Writing() && (e.Key == window.Enter || e.Key == window.Escape):
			v.panel.Focus(nil)
			return
		case e.Mods.Has(window.Ctrl):
			if v.drag.kind == none && (!v.panel.Writing() || !v.panel.Handle(e)) {
				v.command(e)
			}
			return
		}
	case window.Moved:
		v.mouse = e.At
	}
	if v.drag.kind == none && v.panel.Handle(e) || v.handleDrag(e) || v.regionKey(e) || v.pane.Handle(e) {
		return
	}
	if k, ok := e.(window.KeyDown); ok {
		v.key(k.Key)
	}
}

func (v *View) layout() {
	side, rest := window.Rect{X1: v.w, Y1: v.h - window.StatusHeight}.CutRight(min(312, v.w*0.45))
	v.panel.Place(side)
	v.pane.Place(rest, v.scale)
}

// command obeys a key with Ctrl.
func (v *View) command(e window.KeyDown) {
	switch e.Key {
	case "z":
		if e.Mods.Has(window.Shift) {
			v.again()
		} else {
			v.back()
		}
	case "y":
		v.again()
	case "s":
		v.saveAll()
	case "q", "w":
		v.abandon()
	}
}

func (v *View) key(k window.Key) {
	switch k {
	case "n", window.PageDown:
		v.skip(1)
	case "p", window.PageUp:
		v.skip(-1)
	case "d":
		v.toggleDepth()
	case "r":
		v.redraw()
	case window.Delete, window.Backspace:
		v.remove()
	case window.Enter:
		if v.now.selected >= 0 {
			v.rename()
		}
	case window.Escape:
		if v.drag.again {
			v.drag, v.message = drag{}, ""
		} else {
			v.now.selected = -1
		}
	}
}

// regionKey moves the selected region by the arrow keys, with Shift by ten pixels.
func (v *View) regionKey(e window.Event) bool {
	k, ok := e.(window.KeyDown)
	i := v.now.selected
	if !ok || i < 0 || !v.shown(v.now.regions[i]) {
		return false
	}
	step := 1
	if k.Mods.Has(window.Shift) {
		step = 10
	}
	by, ok := map[window.Key][2]int{window.LeftKey: {-1, 0}, window.RightKey: {1, 0}, window.Up: {0, -1}, window.Down: {0, 1}}[k.Key]
	if !ok {
		return false
	}
	r := v.shift(v.now.regions[i].Rect, by[0]*step, by[1]*step)
	v.do(fmt.Sprint("nudge ", i), func(d *document) { d.regions[i].Rect = r })
	return true
}

// shift moves a region within the image.
func (v *View) shift(r vision.Rect, dx, dy int) vision.Rect {
	w, h := v.shot.size(v.onDepth)
	dx = min(max(dx, -r.X0), w-r.X1)
	dy = min(max(dy, -r.Y0), h-r.Y1)
	return vision.Rect{X0: r.X0 + dx, Y0: r.Y0 + dy, X1: r.X1 + dx, Y1: r.Y1 + dy}
}

// shown tells whether a region is one of the layer that is shown.
func (v *View) shown(r Region) bool {
	return v.failed == "" && r.Source == v.source && (r.Depth == v.onDepth || v.shot.aligned())
}

// skip goes on to another source.
func (v *View) skip(by int) {
	next := v.source + by
	if next < 0 || next >= len(v.sources) {
		v.message = "there is no other picture"
		return
	}
	v.now.selected, v.message = -1, ""
	v.open(next)
}

// canToggle tells whether the source has colour and depth to choose from.
func (v *View) canToggle() bool { return v.shot.Capture != nil && v.shot.colored() }

func (v *View) toggleDepth() {
	if !v.canToggle() {
		v.message = "this picture has no other layer"
		return
	}
	v.onDepth = !v.onDepth
	v.present()
}

// redraw lets the next drag draw the selected region anew.
func (v *View) redraw() {
	if v.now.selected >= 0 {
		v.drag = drag{again: true}
		v.message = "draw " + v.now.regions[v.now.selected].Name + " again"
	}
}

func (v *View) remove() {
	i := v.now.selected
	if i < 0 {
		return
	}
	v.message = v.now.regions[i].Name + " is deleted"
	v.do("", func(d *document) {
		d.regions = append(d.regions[:i:i], d.regions[i+1:]...)
		d.selected = -1
	})
}

func (v *View) back() {
	v.message = "nothing to take back"
	if v.undo() {
		v.message = "taken back"
		v.follow()
	}
}

func (v *View) again() {
	v.message = "nothing was taken back"
	if v.redo() {
		v.message = "done again"
		v.follow()
	}
}

// follow shows the source of the selected region.
func (v *View) follow() {
	v.drag = drag{}
	if i := v.now.selected; i >= 0 && v.now.regions[i].Source != v.source {
		v.open(v.now.regions[i].Source)
	}
}

// rename gives the keyboard to the name of the selected region.
func (v *View) rename() {
	v.name.ToEnd()
	v.panel.Focus(v.name)
}

func (v *View) taken(name string) bool { return taken(v.dir, name) }

// wrong says what keeps the regions from being saved; empty: nothing.
func (v *View) wrong() string {
	if len(v.now.regions) == 0 {
		return "draw a region first"
	}
	for i := range v.now.regions {
		if w := wrongName(&v.now, i, v.taken); w != "" {
			return fmt.Sprintf("%q: %s", v.now.regions[i].Name, w)
		}
	}
	return ""
}

// saveAll writes all templates and closes the window, or says why it does not.
func (v *View) saveAll() {
	if v.message = v.wrong(); v.message != "" {
		return
	}
	saved, err := save(v.dir, v.now.regions, v.sources)
	if err != nil {
		v.message = "nothing is saved: " + err.Error()
		return
	}
	v.saved, v.done = saved, true
}

// abandon closes the window without saving: at once where nothing was drawn, and
// otherwise when it is asked a second time.
func (v *View) abandon() {
	if len(v.now.regions) == 0 || v.warned {
		v.done = true
		return
	}
	v.warned = true
	v.message = "not saved: Ctrl Q again abandons all, Ctrl S saves"
}

// do takes a step that can be taken back.
func (v *View) do(step string, change func(d *document)) {
	v.history.do(step, change)
	v.warned = false
}

// status says what is under the mouse, or what came of the last command.
func (v *View) status() string {
	if v.failed != "" {
		return v.failed
	}
	text := v.message
	if text != "" {
		text += "   "
	}
	at := v.pane.ToImage(v.mouse)
	x, y := int(math.Floor(at.X+0.5)), int(math.Floor(at.Y+0.5))
	w, h := v.shot.size(v.onDepth)
	if !v.pane.Rect.Has(v.mouse) || x < 0 || y < 0 || x >= w || y >= h {
		return text + fmt.Sprintf("%s   %d x %d   to %s", v.sources[v.source].Name, w, h, filepath.Clean(v.dir))
	}
	text += fmt.Sprintf("x %.2f   y %.2f", at.X, at.Y)
	if v.shot.hasColor(v.onDepth) {
		px := v.shot.Color.Pix[3*(y*v.shot.Color.W+x):]
		text += fmt.Sprintf("   rgb %d %d %d", px[0], px[1], px[2])
	}
	if v.shot.hasDepth(v.onDepth) {
		text += fmt.Sprintf("   z %.1f mm", v.shot.Capture.Depth.Z[y*w+x])
	}
	return text + fmt.Sprintf("   %.0f %%", 100*v.pane.Zoom())
}
