package cloudview

import (
	"fmt"
	"image/color"
	"math"

	"linetwin.dev/vision/window"
)

// Colours of what is drawn over the points.
var (
	mark = color.NRGBA{0xff, 0xd1, 0x4a, 255}
	axes = [3]color.NRGBA{{0xf2, 0x6d, 0x6d, 255}, {0x6f, 0xcf, 0x7c, 255}, {0x5a, 0xa9, 0xff, 255}}
)

var keys = []window.KeyHint{
	{Key: "drag", Does: "orbit"}, {Key: "right", Does: "pan"}, {Key: "wheel", Does: "zoom"}, {Key: "click", Does: "measure"},
	{Key: "F", Does: "fit"}, {Key: "C", Does: "colour"}, {Key: "B", Does: "clip"}, {Key: "1 2 3", Does: "sides"}, {Key: "Ctrl Q", Does: "close"},
}

// Draw implements window.View: the grid of the floor, the points with their shading, what
// is measured, the clip box, the axes, the panel and the status line. It allocates
// nothing that grows with the points once the size of the window stays.
func (v *View) Draw(c *window.Canvas) {
	if v.scale != c.Scale {
		return // before the first Resized
	}
	v.layout()
	top := window.Mix(window.Ground, window.Raised, 0.35)
	const bands = 24
	for i := range bands {
		y0 := v.scene.Y0 + v.scene.H()*float64(i)/bands
		c.Fill(window.Rect{X0: v.scene.X0, Y0: y0, X1: v.scene.X1, Y1: y0 + v.scene.H()/bands + 1}, window.Mix(top, window.Ground, float64(i)/bands))
	}
	v.proj = v.camera.project(v.pixels())
	c.Within(v.scene, func() {
		if v.grid {
			v.floor(c)
		}
		v.points(c)
		if v.clipping {
			v.cage(c)
		}
		v.measured(c)
		if v.grid {
			v.compass(c)
		}
	})
	v.panel.Draw(c)
	_, line := window.Rect{X1: v.w, Y1: v.h}.CutTop(v.h - window.StatusHeight)
	window.Status(c, line, v.status(), window.Ink, keys)
}

func (v *View) points(c *window.Canvas) {
	clip := v.all
	if v.clipping {
		clip = v.clip
	} else { // what rounding to float32 may cut off
		pad := vec{1, 1, 1}.times(1e-3 * (1 + v.extent()))
		clip.lo, clip.hi = clip.lo.sub(pad), clip.hi.add(pad)
	}
	v.splat.draw(v.cloud.XYZ, &v.proj, clip, max(int(math.Round(v.size*c.Scale)), 1))
	v.splat.shade(c.Image, c.Pixels(v.scene).Min, v.colour(), v.lit)
}

// colour is a function that tells the colour of a point.
func (v *View) colour() func(i uint32) [3]byte {
	if v.coloring == ByRGB {
		return func(i uint32) [3]byte { return [3]byte(v.cloud.RGB[3*i : 3*i+3]) }
	}
	var table [256][3]byte
	for i := range table {
		t := float64(i) / 255
		col := window.Viridis(t)
		if v.coloring == ByDeviation {
			col = window.Diverging(2*t - 1)
		} else if !v.cloud.ZUp {
			col = window.Viridis(1 - t) // what is near is bright
		}
		table[i] = [3]byte{col.R, col.G, col.B}
	}
	if v.coloring == ByDeviation {
		k := float32(127.5 / v.deviation)
		return func(i uint32) [3]byte {
			d := v.cloud.Deviation[i]
			if d != d {
				return [3]byte{0x58, 0x5d, 0x64}
			}
			return table[int(min(max(d*k+127.5, 0), 255))]
		}
	}
	lo, k := float32(v.span[0]), float32(255/max(v.span[1]-v.span[0], 1e-6))
	return func(i uint32) [3]byte { return table[int(min(max((v.cloud.XYZ[3*i+2]-lo)*k, 0), 255))] }
}

// onWindow is where a place is seen in the window.
func (v *View) onWindow(at vec) (window.Point, bool) {
	x, y, ok := v.proj.pixel(at)
	return window.Point{X: v.scene.X0 + x/v.scale, Y: v.scene.Y0 + y/v.scale}, ok
}

// line draws a line between two places, up to the plane of the eye.
func (v *View) line(c *window.Canvas, a, b vec, width float64, col color.NRGBA) {
	za, zb := v.proj.into.dot(a.sub(v.proj.eye)), v.proj.into.dot(b.sub(v.proj.eye))
	front := max(v.camera.distance*1e-3, 2*nearest)
	if za < front && zb < front {
		return
	}
	if za < front {
		a = a.mix(b, (front-za)/(zb-za))
	} else if zb < front {
		b = b.mix(a, (front-zb)/(za-zb))
	}
	p, okA := v.onWindow(a)
	q, okB := v.onWindow(b)
	if okA && okB {
		c.Line(p, q, width, col)
	}
}

// gridStep is how far the lines of the grid are apart, in millimetres.
func (v *View) gridStep() float64 { return niceUp(v.camera.distance / 14) }

// floor draws a grid at the bottom of the cloud, with its axes.
func (v *View) floor(c *window.Canvas) {
	axis, sign := v.camera.up()
	level := v.bulk.lo[axis]
	if sign < 0 {
		level = v.bulk.hi[axis]
	}
	one, two := (axis+1)%3, (axis+2)%3
	step := v.gridStep()
	const lines = 12 // to each side
	middle := func(k int) float64 { return math.Round((v.bulk.lo[k]+v.bulk.hi[k])/2/step) * step }
	reach := step * min(lines, max(4, math.Ceil(v.bulk.hi.sub(v.bulk.lo).norm()/2/step)+1))
	for _, k := range [2][2]int{{one, two}, {two, one}} {
		along, across := k[0], k[1]
		mid := middle(across)
		for d := -reach; d <= reach+step/2; d += step {
			var a, b vec
			a[axis], b[axis] = level, level
			a[across], b[across] = mid+d, mid+d
			a[along], b[along] = middle(along)-reach, middle(along)+reach
			strong := 0.5
			if n := math.Round((mid + d) / step); math.Mod(n, 5) == 0 {
				strong = 0.95
			}
			v.line(c, a, b, 1, window.Fade(window.Edge, strong))
		}
	}
}

// cage draws the clip box.
func (v *View) cage(c *window.Canvas) {
	corner := func(i int) (p vec) {
		for k := range 3 {
			p[k] = v.clip.lo[k]
			if i>>k&1 == 1 {
				p[k] = v.clip.hi[k]
			}
		}
		return p
	}
	for i := range 8 {
		for k := range 3 {
			if i>>k&1 == 0 {
				v.line(c, corner(i), corner(i|1<<k), 1.2, window.Fade(window.Accent, 0.8))
			}
		}
	}
}

// measured draws the points that were picked and the distance.
func (v *View) measured(c *window.Canvas) {
	if v.hovered >= 0 && v.hovered < v.cloud.Len() {
		if p, ok := v.onWindow(v.cloud.at(v.hovered)); ok {
			c.Ring(p, 5, 1.5, window.Ink)
		}
	}
	var at []window.Point
	for _, i := range v.picked {
		p, ok := v.onWindow(v.cloud.at(i))
		if !ok {
			return
		}
		at = append(at, p)
	}
	if len(at) == 2 {
		c.Line(at[0], at[1], 4, window.Fade(window.Ground, 0.6))
		c.Line(at[0], at[1], 2, mark)
	}
	for _, p := range at {
		c.Dot(p, 6, window.Fade(window.Ground, 0.7))
		c.Dot(p, 4.5, mark)
	}
	if d, ok := v.Measured(); ok {
		c.Tag(window.Point{X: (at[0].X+at[1].X)/2 - 36, Y: (at[0].Y+at[1].Y)/2 - 34}, fmt.Sprintf("%.2f mm", d), mark, v.scene)
	}
}

// compass shows the axes' directions, and how wide the grid is.
func (v *View) compass(c *window.Canvas) {
	o := window.Point{X: v.scene.X0 + 52, Y: v.scene.Y1 - 52}
	c.Dot(o, 40, window.Fade(window.Surface, 0.6))
	type arm struct {
		to    window.Point
		depth float64
		k     int
	}
	var arms []arm
	for k := range 3 {
		var e vec
		e[k] = 1
		arms = append(arms, arm{window.Point{X: o.X + 28*v.proj.right.dot(e), Y: o.Y + 28*v.proj.down.dot(e)}, v.proj.into.dot(e), k})
	}
	for range 3 { // what is furthest is drawn first
		far := 0
		for i := range arms {
			if arms[i].depth > arms[far].depth {
				far = i
			}
		}
		a := arms[far]
		arms = append(arms[:far], arms[far+1:]...)
		c.Line(o, a.to, 2, axes[a.k])
		c.Dot(a.to, 7, axes[a.k])
		c.TextMid(a.to, string(rune('x'+a.k)), window.Type{Size: 10, Weight: window.Medium}, window.Ground)
	}
	c.Text(window.Point{X: o.X + 50, Y: v.scene.Y1 - 20}, fmt.Sprintf("grid %g mm", v.gridStep()), window.Digit, window.Faint)
}
