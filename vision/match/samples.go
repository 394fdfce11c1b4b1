package match

import "math"

// samples are the pixels of a template at full or half size that are compared grey level by grey
// level, cell by cell: where they are, what they are, and how that changes when the template is
// shifted along x and y, turned and scaled.
type samples struct {
	x, y, t []float32
	j       [4][]float32
	cells   []cell
	sigma   float64 // standard deviation of t
}

// cell is a part of a template, with the sums over its samples that no image changes.
type cell struct {
	from, to       int     // samples
	x0, y0, x1, y1 float32 // what they cover
	s              fixedSums
}

// fixedSums are sums over grey levels t and their changes j.
type fixedSums struct {
	n, t, tt float64
	j, jt    [4]float64
	jj       [4][4]float64
}

func (s *fixedSums) add(o *fixedSums, w float64) {
	s.n, s.t, s.tt = s.n+w*o.n, s.t+w*o.t, s.tt+w*o.tt
	for a := range s.j {
		s.j[a] += w * o.j[a]
		s.jt[a] += w * o.jt[a]
		for b := range s.j {
			s.jj[a][b] += w * o.jj[a][b]
		}
	}
}

// mostCells is how many cells a template can have.
const mostCells = 64

// cellsAlong is into how many cells a side is cut.
func cellsAlong(side int) int { return min(max((side+6)/12, 1), 8) }

// take chooses the samples of a level: a grid of at most about most of them.
func (t *Template) take(a layer, level, most int) samples {
	step := 1
	for a.w*a.h/(step*step) > most {
		step++
	}
	size := float64(int(1) << level)
	var s samples
	s.cells = make([]cell, t.nx*t.ny)
	for c := range s.cells {
		s.cells[c].from = len(s.t)
		cx, cy := c%t.nx, c/t.nx
		x0, x1 := (cx*a.w+t.nx-1)/t.nx, ((cx+1)*a.w+t.nx-1)/t.nx
		y0, y1 := (cy*a.h+t.ny-1)/t.ny, ((cy+1)*a.h+t.ny-1)/t.ny
		for y := (y0 + step - 1) / step * step; y < y1; y += step {
			for x := (x0 + step - 1) / step * step; x < x1; x += step {
				if gx, gy, ok := a.gradient(x, y); ok {
					s.add(&s.cells[c], float64(x)+0.5-float64(t.w)/2/size, float64(y)+0.5-float64(t.h)/2/size,
						a.v[y*a.w+x], gx/2, gy/2)
				}
			}
		}
		s.cells[c].to = len(s.t)
	}
	s.sigma = s.contrast()
	return s
}

func (s *samples) add(c *cell, x, y, v, gx, gy float64) {
	if fx, fy := float32(x), float32(y); len(s.t) == c.from {
		c.x0, c.y0, c.x1, c.y1 = fx, fy, fx, fy
	} else {
		c.x0, c.y0, c.x1, c.y1 = min(c.x0, fx), min(c.y0, fy), max(c.x1, fx), max(c.y1, fy)
	}
	s.x, s.y, s.t = append(s.x, float32(x)), append(s.y, float32(y)), append(s.t, float32(v))
	j := [4]float64{gx, gy, x*gy - y*gx, x*gx + y*gy}
	for a := range j {
		j[a] = float64(float32(j[a]))
		s.j[a] = append(s.j[a], float32(j[a]))
	}
	one := fixedSums{n: 1, t: v, tt: v * v, j: j}
	for a := range j {
		one.jt[a] = j[a] * v
		for b := range j {
			one.jj[a][b] = j[a] * j[b]
		}
	}
	c.s.add(&one, 1)
}

// contrast is the standard deviation of the grey levels.
func (s *samples) contrast() float64 {
	var sum fixedSums
	for i := range s.cells {
		sum.add(&s.cells[i].s, 1)
	}
	if sum.n < 16 {
		return 0
	}
	return math.Sqrt(max(sum.tt/sum.n-sum.t*sum.t/(sum.n*sum.n), 0))
}
