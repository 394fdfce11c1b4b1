package cloudview

import (
	"image"
	"math"
	"runtime"
	"sync"
)

// nothing is a pixel that no point covers.
const nothing = math.MaxUint64

// splatter draws points into a buffer of depths. Every worker has a buffer of its own,
// in which a pixel has the depth of the nearest point in its upper half and the number
// of the point in the lower one: their minimum is the same however the points were
// shared out.
type splatter struct {
	w, h    int
	buffers [][]uint64 // the first has the result
}

// all calls a function on every worker and waits.
func (s *splatter) all(do func(worker, of int)) {
	var wait sync.WaitGroup
	n := len(s.buffers)
	for i := 1; i < n; i++ {
		wait.Go(func() { do(i, n) })
	}
	do(0, n)
	wait.Wait()
}

func (s *splatter) resize(w, h int) {
	if w == s.w && h == s.h {
		return
	}
	s.w, s.h = w, h
	s.buffers = make([][]uint64, min(runtime.GOMAXPROCS(0), 8))
	for i := range s.buffers {
		s.buffers[i] = make([]uint64, w*h)
	}
}

// draw finds for every pixel the nearest point within a box whose square of size pixels
// covers it.
func (s *splatter) draw(xyz []float32, p *projection, clip box, size int) {
	s.resize(p.w, p.h)
	n := len(xyz) / 3
	s.all(func(worker, of int) {
		out := s.buffers[worker]
		for i := range out {
			out[i] = nothing
		}
		splat(out, xyz, n*worker/of, n*(worker+1)/of, p, clip, size)
	})
	if len(s.buffers) == 1 {
		return
	}
	s.all(func(worker, of int) {
		from, to := len(s.buffers[0])*worker/of, len(s.buffers[0])*(worker+1)/of
		out := s.buffers[0][from:to]
		for _, other := range s.buffers[1:] {
			for i, v := range other[from:to] {
				out[i] = min(out[i], v)
			}
		}
	})
}

// splat draws the points from one number to another.
func splat(out []uint64, xyz []float32, from, to int, p *projection, clip box, size int) {
	var lo, hi [3]float32
	for k := range 3 {
		lo[k], hi[k] = float32(clip.lo[k]), float32(clip.hi[k])
	}
	ex, ey, ez := float32(p.eye[0]), float32(p.eye[1]), float32(p.eye[2])
	f := float32(p.focal)
	rx, ry, rz := f*float32(p.right[0]), f*float32(p.right[1]), f*float32(p.right[2])
	dx, dy, dz := f*float32(p.down[0]), f*float32(p.down[1]), f*float32(p.down[2])
	ix, iy, iz := float32(p.into[0]), float32(p.into[1]), float32(p.into[2])
	w, h := p.w, p.h
	half := float32(size-1) / 2
	cx, cy := float32(p.cx)-half, float32(p.cy)-half
	right, bottom := float32(w), float32(h)
	left := float32(-size)
	for i := from; i < to; i++ {
		at := xyz[3*i : 3*i+3 : 3*i+3]
		x, y, z := at[0], at[1], at[2]
		if !(x >= lo[0] && x <= hi[0] && y >= lo[1] && y <= hi[1] && z >= lo[2] && z <= hi[2]) {
			continue
		}
		x, y, z = x-ex, y-ey, z-ez
		depth := ix*x + iy*y + iz*z
		if !(depth > nearest) {
			continue
		}
		inv := 1 / depth
		u := cx + (rx*x+ry*y+rz*z)*inv
		v := cy + (dx*x+dy*y+dz*z)*inv
		if !(u >= left && u < right && v >= left && v < bottom) {
			continue
		}
		key := uint64(math.Float32bits(depth))<<32 | uint64(uint32(i))
		px, py := int(u+64)-64, int(v+64)-64 // rounded down, also left of the picture
		if size == 1 {
			if px >= 0 && py >= 0 {
				if o := &out[py*w+px]; key < *o {
					*o = key
				}
			}
			continue
		}
		for yy := max(py, 0); yy < min(py+size, h); yy++ {
			row := out[yy*w+max(px, 0) : yy*w+min(px+size, w)]
			for k := range row {
				if key < row[k] {
					row[k] = key
				}
			}
		}
	}
}

// depth of what is seen at a pixel.
func depthOf(key uint64) float32 { return math.Float32frombits(uint32(key >> 32)) }

// shade writes the colours of the points into an image at a place, darker where
// neighbours are nearer, if lit. Pixels without a point are left alone.
func (s *splatter) shade(m *image.RGBA, at image.Point, colour func(i uint32) [3]byte, lit bool) {
	buf := s.buffers[0]
	reach := 2
	s.all(func(worker, of int) {
		for y := s.h * worker / of; y < s.h*(worker+1)/of; y++ {
			if at.Y+y < m.Rect.Min.Y || at.Y+y >= m.Rect.Max.Y {
				continue
			}
			for x := range s.w {
				key := buf[y*s.w+x]
				if key == nothing || at.X+x < m.Rect.Min.X || at.X+x >= m.Rect.Max.X {
					continue
				}
				c := colour(uint32(key))
				if lit {
					k := s.light(x, y, reach, depthOf(key))
					for j, v := range c {
						c[j] = byte(float32(v) * k)
					}
				}
				px := m.Pix[m.PixOffset(at.X+x, at.Y+y):][:4]
				px[0], px[1], px[2], px[3] = c[0], c[1], c[2], 255
			}
		}
	})
}

// light is how much light a pixel gets, 0 to 1.
func (s *splatter) light(x, y, reach int, depth float32) float32 {
	buf := s.buffers[0]
	var shadow float32
	ask := func(i int) {
		if n := buf[i]; n != nothing {
			if d := depthOf(n); d < depth {
				shadow += depth/d - 1
			}
		}
	}
	i := y*s.w + x
	if x >= reach {
		ask(i - reach)
	}
	if x+reach < s.w {
		ask(i + reach)
	}
	if y >= reach {
		ask(i - reach*s.w)
	}
	if y+reach < s.h {
		ask(i + reach*s.w)
	}
	return 0.25 + 0.75/(1+40*shadow)
}

// near is the visible point whose projection is nearest to a pixel, within a number of
// pixels; false if there is none.
func (s *splatter) near(xyz []float32, p *projection, x, y, within float64) (best int, ok bool) {
	if len(s.buffers) == 0 || s.w != p.w || s.h != p.h {
		return 0, false
	}
	least := within * within
	// A square reaches further than its point by half its size; the points are compared.
	r := int(within) + 8
	for yy := max(int(y)-r, 0); yy <= min(int(y)+r, s.h-1); yy++ {
		for xx := max(int(x)-r, 0); xx <= min(int(x)+r, s.w-1); xx++ {
			key := s.buffers[0][yy*s.w+xx]
			if key == nothing {
				continue
			}
			i := int(uint32(key))
			px, py, _ := p.pixel(vec{float64(xyz[3*i]), float64(xyz[3*i+1]), float64(xyz[3*i+2])})
			d := (px-x)*(px-x) + (py-y)*(py-y)
			if d < least || d == least && ok && i < best {
				least, best, ok = d, i, true
			}
		}
	}
	return best, ok
}
