package vision

import (
	"math"
	"slices"
)

// cell is the side of a cell of the face's grid in millimetres. The mean over a
// cell's pixels is what fits and dents are computed from: with four pixels a
// square millimetre, noise of 1 mm a pixel becomes 0.1 mm.
const cell = 4

// grid holds the mean y of the points near the front face, in cells of x and z.
type grid struct {
	x0, z0 float64
	nx, nz int
	n      []int32
	sum    []float64
	sorted []float64
}

// reset empties the grid and lays it over a rectangle of x and z.
func (g *grid) reset(x0, x1, z0, z1 float64) {
	g.x0, g.z0 = x0, z0
	g.nx, g.nz = int(math.Ceil((x1-x0)/cell)), int(math.Ceil((z1-z0)/cell))
	size := g.nx * g.nz
	if cap(g.n) < size {
		g.n, g.sum = make([]int32, size), make([]float64, size)
	}
	g.n, g.sum = g.n[:size], g.sum[:size]
	clear(g.n)
	clear(g.sum)
}

// add a point, if it is over the grid.
func (g *grid) add(x, y, z float32) {
	i, k := int((x-float32(g.x0))*(1.0/cell)), int((z-float32(g.z0))*(1.0/cell))
	if x < float32(g.x0) || z < float32(g.z0) || i >= g.nx || k >= g.nz {
		return
	}
	g.n[k*g.nx+i]++
	g.sum[k*g.nx+i] += float64(y)
}

// cells calls f for each cell whose centre lies in the rectangle and that is at
// least a fifth full.
func (g *grid) cells(x0, x1, z0, z1, full float64, f func(x, y, z float64)) {
	least := int32(max(full/5, 3))
	for k := range g.nz {
		z := g.z0 + (float64(k)+0.5)*cell
		if z < z0 || z > z1 {
			continue
		}
		for i := range g.nx {
			x := g.x0 + (float64(i)+0.5)*cell
			if n := g.n[k*g.nx+i]; x >= x0 && x <= x1 && n >= least {
				f(x, g.sum[k*g.nx+i]/float64(n), z)
			}
		}
	}
}

// fit puts the plane y = a + b x + c z through the cells of a rectangle. It starts
// at the median and reweights by Tukey's biweight, so that a dent does not bend it
// (Huber and Ronchetti, Robust Statistics, 2nd ed., section 7.8). It is false when
// half of the cells are missing, or too few of them lie on one plane.
func (g *grid) fit(p *placing, x0, x1, z0, z1, full float64) bool {
	g.sorted = g.sorted[:0]
	g.cells(x0, x1, z0, z1, full, func(_, y, _ float64) { g.sorted = append(g.sorted, y) })
	if expect := (x1 - x0) * (z1 - z0) / (cell * cell); float64(len(g.sorted)) < max(expect/2, 6) {
		return false
	}
	slices.Sort(g.sorted)
	a, b, c := g.sorted[len(g.sorted)/2], 0.0, 0.0
	mx, mz := (x0+x1)/2, (z0+z1)/2
	for i := range 8 {
		width := max(10-2*float64(i), 3) // millimetres at which a cell counts no more
		var m [3][4]float64
		total := 0.0
		g.cells(x0, x1, z0, z1, full, func(x, y, z float64) {
			x, z = x-mx, z-mz
			r := (y - a - b*x - c*z) / width
			if r *= r; r >= 1 {
				return
			}
			w := (1 - r) * (1 - r)
			total += w
			row := [4]float64{1, x, z, y}
			for i := range 3 {
				for j := range 4 {
					m[i][j] += w * row[i] * row[j]
				}
			}
		})
		if total < float64(len(g.sorted))/4 || !solve3(&m) {
			return false
		}
		a, b, c = m[0][3], m[1][3], m[2][3]
	}
	p.a, p.b, p.c = a-b*mx-c*mz, b, c
	return true
}

// solve3 solves three linear equations in place: the last column becomes the
// solution. It is false for equations that do not determine it.
func solve3(m *[3][4]float64) bool {
	for c := range 3 {
		best := c
		for r := c + 1; r < 3; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[best][c]) {
				best = r
			}
		}
		if !(math.Abs(m[best][c]) > 1e-9) {
			return false
		}
		m[c], m[best] = m[best], m[c]
		for r := range 3 {
			if r == c {
				continue
			}
			f := m[r][c] / m[c][c]
			for k := c; k < 4; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	for i := range 3 {
		m[i][3] /= m[i][i]
	}
	return true
}

// deepest is the patch of two by two cells, inside the rectangle, that lies
// furthest behind the plane: its depth (0 where there is none) and its middle; and
// how much of the rectangle, from 0 to 1, has enough depth to tell.
func (g *grid) deepest(p placing, x0, x1, z0, z1, full float64) (depth, x, z, seen float64) {
	least := int32(max(full*4/5, 3)) // a fifth of four cells
	known, all := 0, 0
	for k := range g.nz - 1 {
		cz := g.z0 + float64(k+1)*cell
		if cz-cell < z0 || cz+cell > z1 {
			continue
		}
		for i := range g.nx - 1 {
			cx := g.x0 + float64(i+1)*cell
			if cx-cell < x0 || cx+cell > x1 {
				continue
			}
			o := k*g.nx + i
			n := g.n[o] + g.n[o+1] + g.n[o+g.nx] + g.n[o+g.nx+1]
			all++
			if n < least {
				continue
			}
			known++
			y := (g.sum[o] + g.sum[o+1] + g.sum[o+g.nx] + g.sum[o+g.nx+1]) / float64(n)
			if d := y - (p.a + p.b*cx + p.c*cz); d > depth {
				depth, x, z = d, cx, cz
			}
		}
	}
	return depth, x, z, float64(known) / float64(max(all, 1))
}
