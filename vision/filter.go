package vision

import (
	"encoding/binary"
	"math"
)

// filters makes images of images. What it returns is overwritten by its next call; it
// allocates only for an image larger than any before.
type filters struct {
	out, mid []byte
	sum      []uint32
	wide     []float32
	tables   [][256]byte
	kernel   []uint32
}

// blurred is g smoothed by a Gaussian of sigma pixels. The border repeats.
func (f *filters) blurred(g Gray, sigma float64) Gray {
	reach := int(math.Ceil(3 * sigma))
	f.kernel = gaussian(f.kernel[:0], sigma, reach)
	mid, out := newGray(g.W, g.H, f.mid), newGray(g.W, g.H, f.out)
	f.mid, f.out = mid.Pix, out.Pix
	for y := range g.H {
		src, dst := g.row(y), mid.row(y)
		for x := range dst {
			s := uint32(1 << 15)
			if x >= reach && x+reach < g.W {
				for i, k := range f.kernel {
					s += k * uint32(src[x-reach+i])
				}
			} else {
				for i, k := range f.kernel {
					s += k * uint32(src[min(max(x-reach+i, 0), g.W-1)])
				}
			}
			dst[x] = byte(s >> 16)
		}
	}
	if cap(f.sum) < g.W {
		f.sum = make([]uint32, g.W)
	}
	sum := f.sum[:g.W]
	for y := range g.H {
		for x := range sum {
			sum[x] = 1 << 15
		}
		for i, k := range f.kernel {
			for x, v := range mid.row(min(max(y-reach+i, 0), g.H-1)) {
				sum[x] += k * uint32(v)
			}
		}
		dst := out.row(y)
		for x, s := range sum {
			dst[x] = byte(s >> 16)
		}
	}
	return out
}

// gaussian appends the weights of a smoothing in 1/65536, which add up to 1.
func gaussian(k []uint32, sigma float64, reach int) []uint32 {
	total := 0.0
	weight := func(i int) float64 { d := float64(i-reach) / sigma; return math.Exp(-d * d / 2) }
	for i := range 2*reach + 1 {
		total += weight(i)
	}
	left := uint32(1 << 16)
	for i := range 2*reach + 1 {
		w := uint32(weight(i)/total*(1<<16) + 0.5)
		k = append(k, w)
		left -= w // wraps where rounding gave too much, and comes out right
	}
	k[reach] += left
	return k
}

// thresholded is g in black and white: see Gray.AdaptiveThreshold.
func (f *filters) thresholded(g Gray, side, offset int) Gray {
	out := newGray(g.W, g.H, f.out)
	f.out = out.Pix
	f.sum = threshold(out, g, side, offset, f.sum)
	return out
}

// closed is g with light gaps of up to 2 radius pixels in what is dark closed, opened g with
// dark bridges over what is light opened.
func (f *filters) closed(g Gray, radius int) Gray { return f.morph(g, radius, false) }
func (f *filters) opened(g Gray, radius int) Gray { return f.morph(g, radius, true) }

// morph takes the darkest of a square around each pixel and then the lightest, or the other way.
func (f *filters) morph(g Gray, radius int, lightFirst bool) Gray {
	mid, out := newGray(g.W, g.H, f.mid), newGray(g.W, g.H, f.out)
	f.mid, f.out = mid.Pix, out.Pix
	extreme(out, mid, g, radius, lightFirst)
	extreme(out, mid, out, radius, !lightFirst)
	return out
}

// extreme sets dst to the lightest or darkest of the square around each pixel of src; dst and
// src may be one image.
func extreme(dst, mid, src Gray, radius int, lightest bool) {
	for y := range src.H {
		in, out := src.row(y), mid.row(y)
		copy(out, in)
		for d := 1; d <= min(radius, len(in)-1); d++ {
			towards(out[d:], in[:len(in)-d], lightest)
			towards(out[:len(in)-d], in[d:], lightest)
		}
	}
	for y := range src.H {
		out := dst.row(y)
		copy(out, mid.row(y))
		for k := max(y-radius, 0); k < min(y+radius+1, src.H); k++ {
			if k != y {
				towards(out, mid.row(k), lightest)
			}
		}
	}
}

// towards sets each of a to the greater, or to the lesser, of itself and that of b: eight at once, which
// take about as long as one.
func towards(a, b []byte, greater bool) {
	n := len(a) &^ 7
	var turn uint64 // the lesser is the greater of the complements
	if !greater {
		turn = ^uint64(0)
	}
	for i := 0; i < n; i += 8 {
		x, y := binary.LittleEndian.Uint64(a[i:])^turn, binary.LittleEndian.Uint64(b[i:])^turn
		const top = 0x8080808080808080
		// The top bit of each byte tells whether x is at least y: of the other seven bits by a
		// difference that borrows from nobody, and then of all eight.
		rest := (x | top) - y&^top
		is := (x&^y | ^(x^y)&rest) & top
		mask := is | (is - is>>7)
		binary.LittleEndian.PutUint64(a[i:], (x&mask|y&^mask)^turn)
	}
	for i := n; i < len(a); i++ {
		if greater {
			a[i] = max(a[i], b[i])
		} else {
			a[i] = min(a[i], b[i])
		}
	}
}

// tilesAcross is into how many tiles the longer side is cut for the local contrast, and
// leastTile the side that a tile has at least.
const (
	tilesAcross = 8
	leastTile   = 24
)

// tiles of an image of w x h.
func tiles(w, h int) (across, down int) {
	side := max((max(w, h)+tilesAcross-1)/tilesAcross, leastTile)
	return max((w+side/2)/side, 1), max((h+side/2)/side, 1)
}

// equalized is g with its local contrast raised: contrast-limited adaptive histogram
// equalisation (Zuiderveld, Graphics Gems IV, 1994). clip is the most that the histogram may
// be steeper than that of an even distribution.
func (f *filters) equalized(g Gray, clip float64) Gray {
	across, down := tiles(g.W, g.H)
	if cap(f.tables) < across*down {
		f.tables = make([][256]byte, across*down)
	}
	f.tables = f.tables[:across*down]
	for j := range down {
		for i := range across {
			tile := g.Crop(Rect{g.W * i / across, g.H * j / down, g.W * (i + 1) / across, g.H * (j + 1) / down})
			equalize(&f.tables[j*across+i], tile, clip)
		}
	}
	out := newGray(g.W, g.H, f.out)
	f.out = out.Pix
	// Between the middles of four tiles their tables are mixed, in 1/256.
	place := func(p, n, tiles int) (first, second, part int) {
		at := (2*p+1)*tiles*128/n - 128
		first = at >> 8
		return max(first, 0), min(first+1, tiles-1), at & 255
	}
	for y := range g.H {
		t0, t1, fy := place(y, g.H, down)
		src, dst := g.row(y), out.row(y)
		for x, v := range src {
			s0, s1, fx := place(x, g.W, across)
			a, b := int(f.tables[t0*across+s0][v]), int(f.tables[t0*across+s1][v])
			c, d := int(f.tables[t1*across+s0][v]), int(f.tables[t1*across+s1][v])
			top, bottom := a<<8+(b-a)*fx, c<<8+(d-c)*fx
			dst[x] = byte((top<<8 + (bottom-top)*fy + 1<<15) >> 16)
		}
	}
	return out
}

// equalize makes the table of one tile.
func equalize(t *[256]byte, tile Gray, clip float64) {
	var h [256]int
	for y := range tile.H {
		for _, v := range tile.row(y) {
			h[v]++
		}
	}
	n := tile.W * tile.H
	limit := max(int(clip*float64(n)/256), 1)
	excess := 0
	for i, c := range h {
		if c > limit {
			excess += c - limit
			h[i] = limit
		}
	}
	each, rest := excess/256, excess%256
	sum := 0
	for i, c := range h {
		sum += c + each
		if i < rest {
			sum++
		}
		t[i] = byte((sum*255 + n/2) / n)
	}
}

// resized is Gray.Resize.
func (f *filters) resized(g Gray, w, h int) Gray {
	out := newGray(w, h, f.out)
	f.out = out.Pix
	f.wide = resize(out, g, f.wide)
	return out
}

// rotated is g turned by an angle in radians about its middle, clockwise as seen, on a canvas
// that holds all of it; the ground is mid grey. back takes pixels of the turned image to those of g.
func (f *filters) rotated(g Gray, angle float64) (Gray, affine) {
	s, c := math.Sincos(angle)
	w, h := rotatedSize(g.W, g.H, angle)
	mx, my := float64(g.W-1)/2, float64(g.H-1)/2
	nx, ny := float64(w-1)/2, float64(h-1)/2
	back := affine{c, s, mx - c*nx - s*ny, -s, c, my + s*nx - c*ny}
	out := newGray(w, h, f.out)
	f.out = out.Pix
	for y := range h {
		dst := out.row(y)
		for x := range dst {
			p := back.apply(Point{float64(x), float64(y)})
			if p.X < 0 || p.Y < 0 || p.X > float64(g.W-1) || p.Y > float64(g.H-1) {
				dst[x] = 128
				continue
			}
			dst[x] = byte(g.bilinear(p.X, p.Y) + 0.5)
		}
	}
	return out, back
}

// rotatedSize is that of an image of w x h that was rotated.
func rotatedSize(w, h int, angle float64) (int, int) {
	s, c := math.Sincos(angle)
	s, c = math.Abs(s), math.Abs(c)
	return int(math.Ceil(c*float64(w) + s*float64(h))), int(math.Ceil(s*float64(w) + c*float64(h)))
}
