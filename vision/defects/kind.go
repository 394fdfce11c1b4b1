package defects

import (
	"image"
	"math"
)

// Kind says how a region differs.
type Kind string

// The kinds of a region. The first two are told by how much structure it has, the next two by a structure that
// is still there.
const (
	Missing  Kind = "missing"  // the good picture shows something here, this one its surroundings
	Extra    Kind = "extra"    // the other way round
	Darker   Kind = "darker"   // as the good one, but darker
	Brighter Kind = "brighter" // as the good one, but brighter
	Changed  Kind = "changed"  // something else
)

// kind tells a region's by the pixels of its box and a little around.
func (c *comparison) kind(box image.Rectangle) Kind {
	w, h := c.want[0].w, c.want[0].h
	margin := max(2, min(box.Dx(), box.Dy())/4)
	r := box.Inset(-margin).Intersect(image.Rect(0, 0, w, h))
	var n, sa, sb, saa, sbb, sab float64
	for y := r.Min.Y; y < r.Max.Y; y++ {
		got, d, class := c.got[0].row(y), c.diff[0].row(y), c.class[y*w:][:w]
		for x := r.Min.X; x < r.Max.X; x++ {
			if class[x] == outside {
				continue
			}
			a, b := float64(got[x]), float64(got[x]-d[x])
			n, sa, sb = n+1, sa+a, sb+b
			saa, sbb, sab = saa+a*a, sbb+b*b, sab+a*b
		}
	}
	if n == 0 {
		return Changed
	}
	noise := sq(c.residual)
	va, vb := max(saa/n-sq(sa/n)-noise, 0.5), max(sbb/n-sq(sb/n)-noise, 0.5)
	alike := (sab/n - sa/n*sb/n) / math.Sqrt(va*vb)
	switch {
	case vb > 9 && alike > 0.75 && sa < sb:
		return Darker
	case vb > 9 && alike > 0.75:
		return Brighter
	case va < 0.4*vb:
		return Missing
	case vb < 0.4*va:
		return Extra
	}
	return Changed
}
