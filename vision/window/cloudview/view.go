package cloudview

import (
	"fmt"
	"math"

	"linetwin.dev/vision/window"
)

// Coloring is what the colour of a point tells.
type Coloring int

// Colourings.
const (
	ByDepth     Coloring = iota // along z: from the camera, or the height where z is up
	ByRGB                       // as the camera saw it
	ByDeviation                 // from a template
)

// pickReach is how far from the mouse a point is picked, in points of the window.
const pickReach = 8

// View shows a cloud; window.Run shows the view. Its methods are called by one goroutine
// at a time.
type View struct {
	cloud    Cloud
	all      box // of every point
	bulk     box // of nearly every
	none     bool
	clip     box
	clipping bool
	camera   camera
	splat    splatter
	proj     projection // of the last picture

	coloring  Coloring
	choices   []Coloring // that the cloud has
	span      [2]float64 // of z, in colours
	deviation float64    // that has the strongest colour
	size      float64    // of points, in points of the window
	lit, grid bool

	picked  []int // at most two points, between which it is measured
	hovered int   // the point under the mouse; -1: none

	w, h, scale float64
	scene       window.Rect // of the picture
	panel       window.Panel
	drag        window.Button
	dragging    bool
	panning     bool
	travel      float64 // that the mouse went since it was pressed
	from        window.Point
}

// New returns a view of a cloud, all of it in sight from the camera's side, a little from
// above. The error says what does not fit together in the cloud.
func New(c Cloud) (*View, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	v := &View{cloud: c, size: 2, lit: true, grid: true, hovered: -1}
	all, some := c.bounds()
	v.all, v.none = all, !some
	if v.none {
		v.all = box{vec{-500, -500, -500}, vec{500, 500, 500}}
	}
	v.bulk = c.bulk(v.all)
	v.clip = v.all
	v.camera.zUp = c.ZUp
	v.span[0], v.span[1] = v.bulk.lo[2], v.bulk.hi[2]
	v.choices = []Coloring{ByDepth}
	if c.RGB != nil {
		v.choices = append(v.choices, ByRGB)
		v.coloring = ByRGB
	}
	if c.Deviation != nil {
		v.choices = append(v.choices, ByDeviation)
		v.coloring = ByDeviation
		lo, hi := most(c.Len(), 0.02, func(i int) float32 { return c.Deviation[i] })
		v.deviation = 1
		if !math.IsNaN(lo) {
			v.deviation = max(niceUp(max(-lo, hi)), 0.1)
		}
	}
	v.build()
	v.look(25*math.Pi/180, 20*math.Pi/180)
	return v, nil
}

// Color sets what colours tell; false where the cloud does not have it.
func (v *View) Color(by Coloring) bool {
	for _, c := range v.choices {
		if c == by {
			v.coloring = by
			return true
		}
	}
	return false
}

// Measured is the distance between the two points that were picked last, in millimetres;
// false while there are not two.
func (v *View) Measured() (mm float64, ok bool) {
	if len(v.picked) < 2 {
		return 0, false
	}
	return v.cloud.at(v.picked[1]).sub(v.cloud.at(v.picked[0])).norm(), true
}

// look turns the camera and fits the cloud in.
func (v *View) look(yaw, pitch float64) {
	v.camera.yaw, v.camera.pitch = yaw, pitch
	v.fit()
}

// fit brings all that is not clipped away into sight.
func (v *View) fit() {
	b := v.bulk
	if v.clipping {
		for k := range 3 {
			b.lo[k], b.hi[k] = max(b.lo[k], v.clip.lo[k]), min(b.hi[k], v.clip.hi[k])
			if b.lo[k] > b.hi[k] {
				b.lo[k], b.hi[k] = v.clip.lo[k], v.clip.hi[k]
			}
		}
	}
	v.camera.target = b.lo.mix(b.hi, 0.5)
	v.camera.distance = max(b.hi.sub(b.lo).norm()/2/math.Sin(opening), v.least())
}

// least and most are how near the eye comes to its target and how far it goes.
func (v *View) least() float64 { return max(v.extent()*1e-4, 0.01) }
func (v *View) most() float64  { return max(v.extent()*50, 100) }

func (v *View) extent() float64 { return v.all.hi.sub(v.all.lo).norm() }

// Handle implements window.View.
func (v *View) Handle(e window.Event) bool {
	switch e := e.(type) {
	case window.Resized:
		v.w, v.h, v.scale = e.W, e.H, e.Scale
		v.layout()
		return true
	case window.CloseAsked:
		return false
	}
	if !v.dragging && v.panel.Handle(e) {
		return true
	}
	switch e := e.(type) {
	case window.Pressed:
		if v.scene.Has(e.At) {
			v.dragging, v.drag, v.from, v.travel = true, e.Button, e.At, 0
			v.panning = e.Button != window.Left || e.Mods.Has(window.Shift)
		}
	case window.Moved:
		v.moved(e.At)
	case window.Released:
		if v.dragging && e.Button == v.drag {
			v.dragging = false
			if e.Button == window.Left && v.travel < 4 {
				v.pick(e.At)
			}
		}
	case window.Scrolled:
		if v.scene.Has(e.At) {
			v.camera.zoom(v.under(e.At), math.Pow(0.87, e.DY), v.least(), v.most())
		}
	case window.KeyDown:
		return v.key(e)
	}
	return true
}

func (v *View) layout() {
	side, rest := window.Rect{X1: v.w, Y1: v.h - window.StatusHeight}.CutRight(min(300, v.w*0.45))
	v.panel.Place(side)
	v.scene = rest
}

func (v *View) moved(to window.Point) {
	if !v.dragging {
		v.hovered = -1
		if v.scene.Has(to) {
			if i, ok := v.nearest(to); ok {
				v.hovered = i
			}
		}
		return
	}
	dx, dy := to.X-v.from.X, to.Y-v.from.Y
	v.travel += math.Abs(dx) + math.Abs(dy)
	v.from = to
	if v.panning {
		right, down, _ := v.camera.basis()
		k := v.camera.distance * 2 * math.Tan(opening) / max(min(v.scene.W(), v.scene.H()), 1)
		v.camera.target = v.camera.target.sub(right.times(dx * k)).sub(down.times(dy * k))
		return
	}
	v.camera.turn(dx, dy)
}

// pixel of the picture at a place of the window.
func (v *View) pixel(at window.Point) (x, y float64) {
	return (at.X - v.scene.X0) * v.scale, (at.Y - v.scene.Y0) * v.scale
}

// nearest is the visible point that is picked at a place.
func (v *View) nearest(at window.Point) (int, bool) {
	x, y := v.pixel(at)
	return v.splat.near(v.cloud.XYZ, &v.proj, x, y, pickReach*v.scale)
}

// under is what is seen at a place: a point, or the plane of the target.
func (v *View) under(at window.Point) vec {
	if i, ok := v.nearest(at); ok {
		return v.cloud.at(i)
	}
	x, y := v.pixel(at)
	p := v.camera.project(v.pixels())
	return p.place(x, y, v.camera.distance)
}

// pixels is the size of the picture.
func (v *View) pixels() (w, h int) {
	return max(int(v.scene.W()*v.scale), 1), max(int(v.scene.H()*v.scale), 1)
}

// pick takes a point to measure: the third begins anew.
func (v *View) pick(at window.Point) {
	i, ok := v.nearest(at)
	switch {
	case !ok:
	case len(v.picked) == 2:
		v.picked = []int{i}
	default:
		v.picked = append(v.picked, i)
	}
}

func (v *View) key(e window.KeyDown) bool {
	if e.Mods.Has(window.Ctrl) {
		return e.Key != "q" && e.Key != "w"
	}
	const step = 16.0 // points that an arrow turns as the mouse would
	switch e.Key {
	case "f":
		v.fit()
	case "1":
		v.look(0, 0)
	case "2":
		v.look(0, steepest)
	case "3":
		v.look(-math.Pi/2, 0)
	case "c":
		v.next()
	case "b":
		v.clipping = !v.clipping
	case "g":
		v.grid = !v.grid
	case "l":
		v.lit = !v.lit
	case "[":
		v.size = max(v.size-1, 1)
	case "]":
		v.size = min(v.size+1, mostSize)
	case "=", "+":
		v.camera.zoom(v.camera.target, 0.8, v.least(), v.most())
	case "-":
		v.camera.zoom(v.camera.target, 1.25, v.least(), v.most())
	case window.LeftKey:
		v.camera.turn(step, 0)
	case window.RightKey:
		v.camera.turn(-step, 0)
	case window.Up:
		v.camera.turn(0, step)
	case window.Down:
		v.camera.turn(0, -step)
	case window.Escape:
		v.picked = nil
	}
	return true
}

// next goes on to the next colouring.
func (v *View) next() {
	for i, c := range v.choices {
		if c == v.coloring {
			v.coloring = v.choices[(i+1)%len(v.choices)]
			return
		}
	}
}

// status says what is under the mouse.
func (v *View) status() string {
	if v.none {
		return "no points"
	}
	if i := v.hovered; i >= 0 {
		p := v.cloud.at(i)
		text := fmt.Sprintf("x %.2f   y %.2f   z %.2f mm", p[0], p[1], p[2])
		if v.cloud.Deviation != nil {
			text += fmt.Sprintf("   deviation %+.2f mm", v.cloud.Deviation[i])
		}
		return text
	}
	return fmt.Sprintf("%s points", grouped(v.cloud.Len()))
}

// grouped writes a number with thin gaps between thousands.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// niceUp is the next 1, 2 or 5 times a power of ten.
func niceUp(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, k := range []float64{1, 2, 5} {
		if k*p >= x*(1-1e-9) {
			return k * p
		}
	}
	return 10 * p
}
