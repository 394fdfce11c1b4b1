package qr

import "math"

// finder is what may be a finder pattern: three dark and light squares in each other.
type finder struct {
	id     int     // no other finder of the image has it
	c      Point   // its middle, in the image
	module float64 // about how large a module is there, in the image's pixels
	rays   int     // of the 16 directions in which it was looked at, how many show rings
	hits   int     // how often it was found
	used   bool    // it belongs to a code that was read
	frame  frame
	framed bool       // frame holds
	failed int        // how often a frame was tried in vain
	tried  directions // in which a frame was fitted
}

const maxFinders = 480

// finderSearch finds finder patterns in bitmaps and keeps them for one image.
type finderSearch struct {
	list  []finder
	edges []int32 // of a row: where its runs begin; even ones are light
	ids   int
	flat  float64 // contrast that noise alone may have
	runs  []run
	blobs []blob
}

// goodRays are how many of 16 directions must show the rings.
// With sureRays of them the place is not looked at again.
const (
	rayCount = 16
	goodRays = 9
	sureRays = 14
)

// rayStep are steps in 16 directions, 1/64 pixel; the larger part of each is a pixel.
var rayStep = [rayCount / 2][2]int{{64, 0}, {64, 27}, {64, 64}, {27, 64}, {0, 64}, {-27, 64}, {-64, 64}, {-64, 27}}

// rayLength are the lengths of those steps in pixels.
var rayLength = [rayCount / 2]float64{1, 1.0853, math.Sqrt2, 1.0853, 1, 1.0853, math.Sqrt2, 1.0853}

// ratioHolds compares five runs with 1:1:3:1:1. Sums of neighbours are compared, as these do
// not change when all that is dark is a little fatter or thinner.
func ratioHolds(r *[5]int) bool {
	m := r[0] + r[1] + r[2] + r[3] + r[4] // 7 modules: lengths are compared times 7
	if m < 8 || 20*min(r[0], r[1], r[3], r[4]) < m {
		return false
	}
	within := func(sum, modules, slack int) bool { return abs(14*sum-2*modules*m) <= slack*m+14 }
	return within(r[0]+r[1], 2, 2) && within(r[3]+r[4], 2, 2) &&
		within(r[1]+r[2], 4, 3) && within(r[2]+r[3], 4, 3) && 14*r[2] >= 3*m
}

// scanRows looks for finder patterns along every step-th row of a bitmap.
func (s *finderSearch) scanRows(b *bitmap, p *plane, step int, w *work) {
	w.spend(b.w * b.h / step)
	for y := step / 2; y < b.h && !w.spent(); y += step {
		row := b.pix[y*b.w:][:b.w]
		edges := s.edges[:0]
		dark := byte(0)
		for x, v := range row {
			if v != dark {
				edges = append(edges, int32(x))
				dark = v
			}
		}
		edges = append(edges, int32(b.w))
		s.edges = edges
		for i := 0; i+5 < len(edges); i += 2 {
			var r [5]int
			for j := range r {
				r[j] = int(edges[i+j+1] - edges[i+j])
			}
			if !ratioHolds(&r) {
				continue
			}
			x := int(edges[i+2]+edges[i+3]) / 2
			s.crossCheck(b, p, x, y, r[0]+r[1]+r[2]+r[3]+r[4], w)
		}
	}
}

// crossCheck looks at a place up and down, left and right, and then around.
func (s *finderSearch) crossCheck(b *bitmap, p *plane, x, y, total int, w *work) {
	if s.known(p.up(Point{float64(x), float64(y)}), float64(total)*p.scale/7, sureRays, w) {
		return
	}
	w.spend(4 * total)
	mid, length, ok := b.across(x, y, 0, 1, 4*total)
	if !ok || length > 4*total || 4*length < total {
		return
	}
	y = mid
	mid, again, ok := b.across(x, y, 1, 0, 3*total)
	if !ok || again > 2*total || 2*again < total {
		return
	}
	s.lookAround(b, p, Point{float64(mid), float64(y)}, float64(length+again)/14, w)
}

// across follows the five runs through a dark place in a direction and its opposite; mid is
// the coordinate of the middle one's centre along the direction.
func (b *bitmap) across(x, y, dx, dy, limit int) (mid, length int, ok bool) {
	var r [5]int
	if !b.follow(x, y, -dx, -dy, limit, [3]*int{&r[2], &r[1], &r[0]}) {
		return 0, 0, false
	}
	first := x*dx + y*dy - r[2] + 1
	r[2]-- // the place itself is counted twice
	if !b.follow(x, y, dx, dy, limit, [3]*int{&r[2], &r[3], &r[4]}) || !ratioHolds(&r) {
		return 0, 0, false
	}
	return first + (r[2]-1)/2, r[0] + r[1] + r[2] + r[3] + r[4], true
}

// follow adds up dark, light and dark pixels until the next light one or the border.
func (b *bitmap) follow(x, y, dx, dy, limit int, out [3]*int) bool {
	state, want := 0, byte(1)
	for ; x >= 0 && y >= 0 && x < b.w && y < b.h; x, y = x+dx, y+dy {
		if b.pix[y*b.w+x] != want {
			if state == 2 {
				return true
			}
			state++
			want ^= 1
		}
		*out[state]++
		if limit--; limit < 0 {
			return false
		}
	}
	return state == 2
}

// known tells whether a place is near to a finder that was found before with at least so many
// rays, and counts it.
func (s *finderSearch) known(c Point, module float64, rays int, w *work) bool {
	w.spend(len(s.list))
	if i := s.nearest(c, module); i >= 0 && s.list[i].rays >= rays {
		s.list[i].hits++
		return true
	}
	return false
}

// nearest is the finder that a place and size are most likely the same as, or -1.
func (s *finderSearch) nearest(c Point, module float64) int {
	best := -1
	for i := range s.list {
		f := &s.list[i]
		if reach := 2 * min(f.module, 1.5*module); math.Abs(f.c.X-c.X) < reach && math.Abs(f.c.Y-c.Y) < reach &&
			module < 2*f.module && f.module < 2.5*module && (best < 0 || f.rays > s.list[best].rays) {
			best = i
		}
	}
	return best
}

// lookAround goes from a place in 16 directions until three edges are crossed, which must
// stand as those of a finder do: 3, 5 and 7 half modules away. Enough of them make a finder.
func (s *finderSearch) lookAround(b *bitmap, p *plane, c Point, module float64, w *work) {
	limit := int(module*3.5*1.42*1.8) + 4
	w.spend(18 * limit)
	good, reach := 0, 0.0
	dark, light := 0, 0
	var far [rayCount]float64
	for i := range rayCount {
		if i == 10 && good < 3 {
			return
		}
		step, length := rayStep[i%8], rayLength[i%8]
		dx, dy := step[0], step[1]
		if i >= 8 {
			dx, dy = -dx, -dy
		}
		in, ring, out, ok := b.ray(int(c.X*64)+32, int(c.Y*64)+32, dx, dy, limit)
		if !ok {
			continue
		}
		inner, outer := float64(in+ring), float64(ring+out)
		if q := inner / outer; q < 0.52 || q > 0.82 || out-ring < 1 || ring-in < 1 ||
			float64(out-ring) < 0.13*float64(out) || float64(ring-in) < 0.1*float64(out) {
			continue
		}
		good++
		dark += p.pixel(c, dx*in/2, dy*in/2)
		light += p.pixel(c, dx*(in+ring)/2, dy*(in+ring)/2)
		far[i] = float64(out) * length
		reach += far[i]
	}
	if good < goodRays || float64(light-dark) < s.flat*float64(good) {
		return
	}
	reach /= float64(good)
	// Over all directions a square of half side h is 1.122 h away in the mean.
	module = reach / (3.5 * 1.122) * p.scale
	// Opposite edges tell how far the middle is off.
	shift, pairs := Point{}, 0
	for i := range rayCount / 2 {
		if far[i] > 0 && far[i+8] > 0 {
			d := (far[i] - far[i+8]) / 2 / rayLength[i] / 64
			shift = shift.add(Point{d * float64(rayStep[i][0]), d * float64(rayStep[i][1])}.mul(1 / rayLength[i]))
			pairs++
		}
	}
	if pairs >= 5 {
		c = c.add(shift.mul(2 / float64(pairs) * 0.5))
	}
	at := p.up(c)
	if s.known(at, module, good, w) {
		return
	}
	s.ids++
	s.keep(finder{id: s.ids, c: at, module: module, rays: good, hits: 1})
}

// keep adds a finder, where there are too many in place of one that shows less well.
func (s *finderSearch) keep(f finder) {
	if len(s.list) < maxFinders {
		s.list = append(s.list, f)
		return
	}
	worst := 0
	for i := range s.list {
		if s.list[i].used {
			worst = i
			break
		}
		if s.list[i].rays < s.list[worst].rays {
			worst = i
		}
	}
	if s.list[worst].used || s.list[worst].rays < f.rays {
		s.list[worst] = f
	}
}

// pixel is the grey value at a place of the plane, moved by steps of 1/64 pixel.
func (p *plane) pixel(c Point, dx, dy int) int {
	x, y := (int(c.X*64)+32+dx)>>6, (int(c.Y*64)+32+dy)>>6
	return int(p.Pix[clampInt(y, p.H-1)*p.Stride+clampInt(x, p.W-1)])
}

// ray counts steps to the first, second and third change of colour.
func (b *bitmap) ray(x, y, dx, dy, limit int) (in, ring, out int, ok bool) {
	want := byte(1)
	for n := 0; n < limit; n++ {
		px, py := x>>6, y>>6
		if px < 0 || py < 0 || px >= b.w || py >= b.h {
			// The border ends the outermost ring.
			return in, ring, n, ring > 0
		}
		if b.pix[py*b.w+px] != want {
			switch {
			case n == 0:
				return 0, 0, 0, false
			case in == 0:
				in = n
			case ring == 0:
				ring = n
			default:
				return in, ring, n, true
			}
			want ^= 1
		}
		x, y = x+dx, y+dy
	}
	return 0, 0, 0, false
}
