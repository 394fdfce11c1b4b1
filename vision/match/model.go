package match

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// A model is a template at one level of the pyramid as a few points with the direction of the
// gradient there. Its score at a place is the mean product of these directions with those in the
// image: a part that is covered takes away its points and no more (Steger, Occlusion, clutter, and
// illumination invariant object recognition, 2002).
type model struct {
	points []modelPoint
	norm   float64 // the score of the template on itself
	spread float64 // mean distance from the centre, quadratic, in pixels of the level
	reach  float64 // largest distance
}

// modelPoint is relative to the template's centre, in pixels of its level.
type modelPoint struct{ x, y, dx, dy float64 }

const (
	mostPoints  = 128 // of a model: sums of products of two directions fit into 16 bits
	leastPoints = 10
	richPoints  = 36
	weakest     = 4 // length of a direction that is worth a point
	buckets     = 6 // along each side, from which points are taken by turns
)

func newModel(a layer, level, w, h int) model {
	var points [buckets * buckets][]modelPoint
	size := float64(int(1) << level)
	for y := range a.h {
		for x := range a.w {
			gx, gy, ok := a.gradient(x, y)
			length := unit / math.Sqrt(gx*gx+gy*gy+soft*soft)
			if gx, gy = gx*length, gy*length; !ok || math.Hypot(gx, gy) < weakest {
				continue
			}
			b := y*buckets/a.h*buckets + x*buckets/a.w
			points[b] = append(points[b], modelPoint{
				float64(x) + 0.5 - float64(w)/2/size, float64(y) + 0.5 - float64(h)/2/size, gx, gy,
			})
		}
	}
	for _, p := range points {
		slices.SortStableFunc(p, func(a, b modelPoint) int {
			return cmp.Compare(math.Hypot(b.dx, b.dy), math.Hypot(a.dx, a.dy))
		})
	}
	var m model
	for turn, more := 0, true; more && len(m.points) < mostPoints; turn++ {
		more = false
		for _, p := range points {
			if turn < len(p) && len(m.points) < mostPoints {
				m.points, more = append(m.points, p[turn]), true
			}
		}
	}
	for _, p := range m.points {
		m.norm += unit * math.Hypot(p.dx, p.dy)
		m.spread += p.x*p.x + p.y*p.y
		m.reach = max(m.reach, math.Hypot(p.x, p.y))
	}
	m.spread = math.Sqrt(m.spread / max(float64(len(m.points)), 1))
	return m
}

// rich tells whether a model has enough to be told from anything else.
func (m *model) rich() bool { return len(m.points) >= richPoints }

// placed is a model turned and scaled to the grid of a field.
type placed struct {
	points     []feature
	bias       int16
	low, high  int     // of what features add to a place, in bytes
	dx, dy     float64 // the centre is so far from the place that stands for it
	perScore   float64 // what one of the kernel's units counts
	pointSpace [mostPoints]feature
}

// place turns and scales a model for a field with rows of stride bytes.
func (p *placed) place(m *model, angle, scale float64, stride int) {
	sin, cos := math.Sincos(angle)
	p.points = p.pointSpace[:len(m.points)]
	p.low, p.high, p.dx, p.dy = 0, 0, 0, 0
	sum := 0
	for i := range m.points {
		q := &m.points[i]
		x, y := scale*(cos*q.x-sin*q.y), scale*(sin*q.x+cos*q.y)
		ix, iy := math.Floor(x+0.5), math.Floor(y+0.5)
		p.dx, p.dy = p.dx+ix-x, p.dy+iy-y
		at := int(iy)*stride + 2*int(ix)
		dx, dy := int8(cos*q.dx-sin*q.dy), int8(sin*q.dx+cos*q.dy)
		p.points[i] = feature{at: int32(at), dx: dx, dy: dy}
		p.low, p.high = min(p.low, at), max(p.high, at)
		sum += int(dx) + int(dy)
	}
	p.dx /= float64(len(m.points))
	p.dy /= float64(len(m.points))
	p.bias = int16(centre * sum)
	p.perScore = 1 / m.norm
}

// poses keeps models that were placed. Candidates have few different turns and scales, and placing a
// model at one takes as long as scoring it.
type poses struct{ kept [posesKept]keptPose }

// posesKept is a power of two.
const posesKept = 64

type keptPose struct {
	of           *model
	angle, scale float64
	stride       int
	placed       placed
}

// place is placed.place. What it returns is the keeper's, until the next call.
func (p *poses) place(m *model, angle, scale float64, stride int) *placed {
	h := (math.Float64bits(angle)*31 + math.Float64bits(scale)) * 0x9e3779b97f4a7c15
	k := &p.kept[h>>(64-bits.Len(posesKept-1))]
	if k.of != m || k.angle != angle || k.scale != scale || k.stride != stride {
		k.placed.place(m, angle, scale, stride)
		k.of, k.angle, k.scale, k.stride = m, angle, scale, stride
	}
	return &k.placed
}
