package sensor

import (
	"encoding/binary"
	"fmt"
	"math"

	"linetwin.dev/sim/render"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
)

// lens maps pixels of a sensor to a pinhole image that sees all that they see.
type lens struct {
	w, h   int // of the sensor
	camera render.Camera
	// Where each pixel looks in the pinhole image: row and column, 16 bits each, of the pixel
	// whose centre is at its upper left, or unseen; and the way from there, in 1/256 pixels, y
	// and x.
	at   []uint32
	part []uint16
}

// unseen marks a pixel that looks out of the field of view.
const unseen = math.MaxUint32

// margin is how many pixels the pinhole image has around what is seen, for differences.
const margin = 2

// maxPinhole limits the pinhole image: a lens that needs a larger one bends more than
// the model can describe.
const maxPinhole = 8192

// field is the part of the view that is of use: the tangents of its half angles. Where both
// are the same it is round. The zero value is all.
type field struct{ x, y float64 }

func (f field) has(x, y float64) bool {
	switch {
	case f == field{}:
		return true
	case f.x == f.y:
		return x*x+y*y <= f.x*f.x
	}
	return math.Abs(x) <= f.x && math.Abs(y) <= f.y
}

// newLens makes the lens of a sensor. With half set, pixels without distortion look half
// a pinhole pixel beside its centres, so that each lies between four.
func newLens(k vision.Intrinsics, f field, half bool) (*lens, error) {
	real, err := align.Camera(k).Lens()
	if err != nil {
		return nil, fmt.Errorf("sensor: lens: %w", err)
	}
	l := &lens{w: k.W, h: k.H, at: make([]uint32, k.W*k.H), part: make([]uint16, k.W*k.H)}
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	rays, ok := lookAll(k, real)
	for i, r := range rays {
		in := ok[i] && f.has(r[0], r[1])
		if !in && f == (field{}) {
			return nil, fmt.Errorf("sensor: the lens folds the image over before its pixel %d, %d; take smaller coefficients, or a smaller field of view", i%k.W, i/k.W)
		}
		if ok[i] = in; in {
			x0, x1, y0, y1 = min(x0, r[0]), max(x1, r[0]), min(y0, r[1]), max(y1, r[1])
		}
	}
	if !(x1 >= x0) {
		return nil, fmt.Errorf("sensor: no pixel of the lens sees anything of the field of view")
	}
	shift := 0.0
	if half {
		shift = 0.5
	}
	c := &l.camera
	*c = render.Camera{FX: k.FX, FY: k.FY, CX: margin + shift - x0*k.FX, CY: margin + shift - y0*k.FY}
	w, h := math.Ceil((x1-x0)*k.FX)+2*margin+2, math.Ceil((y1-y0)*k.FY)+2*margin+2
	if !(w <= maxPinhole && h <= maxPinhole) {
		return nil, fmt.Errorf("sensor: the lens sees so far around that a flat image of it has %.0fx%.0f pixels; at most %d a side can be had", w, h, maxPinhole)
	}
	c.W, c.H = int(w), int(h)
	for i, r := range rays {
		if !ok[i] {
			l.at[i] = unseen
			continue
		}
		u, v := r[0]*c.FX+c.CX, r[1]*c.FY+c.CY
		// To the nearest step of 1/256.
		iu, iv := int(math.Floor(u*256+0.5)), int(math.Floor(v*256+0.5))
		l.at[i] = uint32(iv>>8)<<16 | uint32(iu>>8)
		l.part[i] = uint16(iv&255)<<8 | uint16(iu&255)
	}
	return l, nil
}

// lookAll tells where each pixel looks, and whether it looks anywhere. A lens that is the
// same all around is worked out for a quarter of the picture.
func lookAll(k vision.Intrinsics, real align.Lens) (rays [][2]float64, ok []bool) {
	rays, ok = make([][2]float64, k.W*k.H), make([]bool, k.W*k.H)
	same := k.P1 == 0 && k.P2 == 0 && k.CX == float64(k.W-1)/2 && k.CY == float64(k.H-1)/2
	rows := func(y0, y1 int) {
		for v := y0; v < y1; v++ {
			for u := range k.W {
				if same && u > (k.W-1)/2 {
					break
				}
				i := v*k.W + u
				x, y, sees := real.Ray(float64(u), float64(v))
				rays[i], ok[i] = [2]float64{x, y}, sees
				if !same {
					continue
				}
				right, below := k.W-1-u, k.H-1-v
				rays[v*k.W+right], ok[v*k.W+right] = [2]float64{-x, y}, sees
				rays[below*k.W+u], ok[below*k.W+u] = [2]float64{x, -y}, sees
				rays[below*k.W+right], ok[below*k.W+right] = [2]float64{-x, -y}, sees
			}
		}
	}
	h := k.H
	if same {
		h = (k.H + 1) / 2
	}
	const piece = 16
	var team render.Team
	team.Do(0, (h+piece-1)/piece, func(_, n int) { rows(n*piece, min((n+1)*piece, h)) })
	return rays, ok
}

// pixels is how many bytes a pinhole image of colour needs: two more than it has, since
// two pixels are read at once.
func (l *lens) pixels() int { return 3*l.camera.W*l.camera.H + 2 }

// color resamples a row of the pinhole image, bilinearly, and gives it its light.
func (l *lens) color(out, src []byte, y int, v level) {
	at, part := l.at[y*l.w:(y+1)*l.w], l.part[y*l.w:(y+1)*l.w]
	down := 3 * uint(l.camera.W)
	part = part[:len(at)]
	out = out[:3*len(at)]
	first := 0
	// The last group writes a pixel and a bit beyond its own.
	if n := (len(at) - 2) / 8; vector && n > 0 && v.light < fullLight {
		_, _ = src[l.pixels()-1], v.less[len(at)-1]
		bendGroups(&out[0], &src[0], &at[0], &part[0], &v.less[0], int(down), n, v.whole, v.light)
		first = 8 * n
	}
	for x := first; x < len(at); x++ {
		fx, fy := uint64(part[x]&255), uint64(part[x]>>8)
		j := uint(at[x]>>16)*down + 3*uint(at[x]&0xffff)
		a := binary.LittleEndian.Uint64(src[j:])
		b := binary.LittleEndian.Uint64(src[j+down:])
		w11 := fx * fy >> 8
		w10, w01 := fx-w11, fy-w11
		// Three lanes of 16 bits.
		c := lanes(a)*(256-fx-w01) + lanes(a>>24)*w10 + lanes(b)*w01 + lanes(b>>24)*w11 + 128<<32 + 128<<16 + 128
		p := out[3*x : 3*x+3 : 3*x+3]
		p[0], p[1], p[2] = byte(c>>8), byte(c>>24), byte(c>>40)
	}
	v.apply(out, first)
}

// lanes spreads the low three bytes over lanes of 16 bits.
func lanes(v uint64) uint64 { return v&0xff | v<<8&0xff0000 | v<<16&0xff00000000 }

// depth resamples a row of the pinhole's 1/z into depth in mm: linearly in 1/z on one surface,
// from the nearest pixel across an edge.
func (l *lens) depth(out, inverse []float32, y int) {
	w := l.camera.W
	at, part := l.at[y*l.w:(y+1)*l.w], l.part[y*l.w:(y+1)*l.w]
	out, part = out[:len(at)], part[:len(at)]
	for x, a := range at {
		j, f := int(a>>16)*w+int(a&0xffff), part[x]
		up, down := inverse[j:j+2:j+2], inverse[j+w:j+w+2:j+w+2]
		out[x] = 0
		if z := between(up[0], up[1], down[0], down[1], float32(f&255)*(1.0/256), float32(f>>8)*(1.0/256)); z > 0 {
			out[x] = 1000 / z
		}
	}
}

// apart is the ratio of two depths next to each other that makes an edge.
const apart = 1.02

// areApart tells whether there is an edge, or nothing at all, among four inverse depths.
func areApart(a, b, c, d float32) bool {
	// Numbers that are not negative are in the order of their bits.
	i, j, k, l := math.Float32bits(a), math.Float32bits(b), math.Float32bits(c), math.Float32bits(d)
	lo, hi := math.Float32frombits(min(i, j, k, l)), math.Float32frombits(max(i, j, k, l))
	return lo <= 0 || hi > lo*apart
}

// between four inverse depths: on one surface linear, else the nearest pixel's.
func between(a, b, c, d, fx, fy float32) float32 {
	if areApart(a, b, c, d) {
		if fy >= 0.5 {
			a, b = c, d
		}
		if fx >= 0.5 {
			return b
		}
		return a
	}
	top, bottom := a+(b-a)*fx, c+(d-c)*fx
	return top + (bottom-top)*fy
}
