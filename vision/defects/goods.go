package defects

import (
	"fmt"
	"image"
	"math"
	"slices"
)

// blend makes of several good pictures their mean, and how far each pixel may lie off it. Each is registered
// to the first and given its light.
func (in *Inspector) blend(good []Image) error {
	var first colour
	first.load(good[0], in.t)
	planes := [3]*plane{&first.y[0], &first.u[0], &first.v[0]}
	var sum, lowest, highest [3][]float32
	var count [3][]float32
	for k, p := range planes {
		sum[k] = append([]float32(nil), p.pix...)
		lowest[k] = append([]float32(nil), p.pix...)
		highest[k] = append([]float32(nil), p.pix...)
		count[k] = make([]float32, len(p.pix))
		for i := range count[k] {
			count[k][i] = 1
		}
	}
	// The first is seen as the picture, the further one as the good one, so that the result lies on the first.
	for n, m := range good[1:] {
		var other standard
		other.load(m, in.t)
		other.prepare(in.t)
		f := in.reg.find(&first, &other)
		c := comparison{t: in.t, coloured: !first.grey && !other.grey}
		c.got = [3]plane{first.y[0], first.u[0], first.v[0]}
		_, ob := offsets(f.m, good[0].W, good[0].H)
		c.place(f, &other, 0, min(ob, len(other.u)-1), in.t)
		if c.coloured {
			coarsen(c.half, c.class, good[0].W, good[0].H, c.want[1].w, c.want[1].h)
		}
		c.relight()
		if f.seen >= 6 && f.alike < 0.35 && c.unlike() {
			return fmt.Errorf("good picture %d does not show what the first does: their blocks correlate with %.2f", n+2, f.alike)
		}
		for k := range c.channels() {
			class := c.class
			if k > 0 {
				class = c.half
			}
			for i, d := range c.diff[k].pix {
				if class[i] == outside {
					continue
				}
				v := c.got[k].pix[i] - d // the further one in the light of the first
				sum[k][i] += v
				count[k][i]++
				lowest[k][i], highest[k][i] = min(lowest[k][i], v), max(highest[k][i], v)
			}
		}
	}
	for k, p := range planes {
		if k > 0 && first.grey {
			break
		}
		in.good.slack[k] = make([]byte, len(p.pix))
		for i := range p.pix {
			p.pix[i] = sum[k][i] / count[k][i]
			reach := max(highest[k][i]-p.pix[i], p.pix[i]-lowest[k][i])
			in.good.slack[k][i] = byte(min(math.Round(float64(reach)), mostSlack))
		}
	}
	for l := 1; l < len(first.y); l++ {
		halve(&first.y[l], &first.y[l-1], in.t)
	}
	for l := 1; l < len(first.u) && !first.grey; l++ {
		halve(&first.u[l], &first.u[l-1], in.t)
		halve(&first.v[l], &first.v[l-1], in.t)
	}
	in.good.colour = first
	in.good.prepare(in.t)
	// What is excused in one makes the noise of all look smaller: each is looked at until none has anything.
	for again, n := true, 0; again && n < excuses; n++ {
		again = false
		for _, m := range good {
			for range excuses {
				if !in.excuse(m) {
					break
				}
				again = true
			}
		}
	}
	return nil
}

// mostSlack is more than any picture can lie off.
const mostSlack = 254

// excuses is how often what is found in a good picture is excused: to excuse the clearest lets fainter things stand out.
const excuses = 6

// excuse inspects a good picture, and adds what is found there to what pixels may lie off. The mean does not see a
// picture as an inspection does: that takes up its light and its sharpness, and moves the edges that it has alone by
// a part of a pixel. It reports whether anything was found.
func (in *Inspector) excuse(m Image) bool {
	in.seen.load(m, in.t)
	f := in.reg.find(&in.seen, &in.good)
	whole := image.Rect(0, 0, m.W, m.H)
	if in.strange(f, in.compare(f, whole)) != "" || len(in.work.locate(in.o.Sensitivity)) == 0 {
		return false
	}
	c := &in.work
	up, down := offsets(f.m, m.W, m.H)
	if down > 0 {
		return false // what is seen that small has no slack
	}
	for k := range c.channels() {
		half := min(k, 1)
		d, slack := &c.diff[k], in.good.slack[k]
		had := slices.Clone(c.slack[k]) // which may be that of the good picture itself
		gw, gh := in.good.y[0].w, in.good.y[0].h
		if k > 0 {
			gw, gh = in.good.u[0].w, in.good.u[0].h
		}
		at := places{m: f.m.halved(up+half, half), bend: f.bent, up: float64(int(1) << half)}
		for y := range d.h {
			at.row(y, d.w)
			for x, e := range d.row(y) {
				add := int(math.Ceil(math.Abs(float64(e))))
				if add == 0 || c.found[y<<half*c.want[0].w+x<<half] == 0 {
					continue
				}
				// All four pixels around its place: as an inspection takes the nearest, from whichever side.
				u, v := int(math.Floor(float64(at.u[x]))), int(math.Floor(float64(at.v[x])))
				for j := max(v, 0); j <= min(v+1, gh-1); j++ {
					for i := max(u, 0); i <= min(u+1, gw-1); i++ {
						s := &slack[j*gw+i]
						*s = byte(min(max(int(*s), add+int(had[y*d.w+x])), mostSlack))
					}
				}
			}
		}
	}
	return true
}
