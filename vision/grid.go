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
		width := max(10-2*float64(i), 2) // millimetres at which a cell counts no more
		var m [12]float64
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
					m[4*i+j] += w * row[i] * row[j]
				}
			}
		})
		if total < float64(len(g.sorted))/4 || !solve(m[:], 3) {
			return false
		}
		a, b, c = m[3], m[7], m[11]
	}
	p.a, p.b, p.c = a-b*mx-c*mz, b, c
	return true
}

// sway is how a face seems to bend, in terms of the second order over its middle: a depth camera is off by amounts
// that change slowly over its picture.
type sway struct {
	mx, mz, rx, rz float64 // middle and half sizes of the rectangle
	c              [6]float64
}

// at is how far the face seems to be bent backwards, in millimetres.
func (s *sway) at(x, z float64) float64 {
	x, z = (x-s.mx)/s.rx, (z-s.mz)/s.rz
	return s.c[0] + s.c[1]*x + s.c[2]*z + s.c[3]*x*x + s.c[4]*x*z + s.c[5]*z*z
}

// mostSway bounds each term of the second order, in millimetres: what bends more is no error of a camera. A face that
// is swollen by as much as that as a whole is not told from one.
const mostSway = 1.0

// bend fits how the cells of a rectangle lie off the plane, with the weights of fit, so that a dent is no part of it.
// It is none where the cells do not tell.
func (g *grid) bend(p placing, x0, x1, z0, z1, full float64) sway {
	none := sway{mx: (x0 + x1) / 2, mz: (z0 + z1) / 2, rx: (x1 - x0) / 2, rz: (z1 - z0) / 2}
	s := none
	for range 5 {
		var m [42]float64
		g.cells(x0, x1, z0, z1, full, func(x, y, z float64) {
			y -= p.a + p.b*x + p.c*z
			r := (y - s.at(x, z)) / 2
			if r *= r; r >= 1 {
				return
			}
			w := (1 - r) * (1 - r)
			x, z = (x-s.mx)/s.rx, (z-s.mz)/s.rz
			row := [7]float64{1, x, z, x * x, x * z, z * z, y}
			for i := range 6 {
				for j := range 7 {
					m[7*i+j] += w * row[i] * row[j]
				}
			}
		})
		if !solve(m[:], 6) {
			return none
		}
		for i := range s.c {
			s.c[i] = m[7*i+6]
		}
	}
	for _, k := range [3]int{3, 4, 5} {
		s.c[k] = min(max(s.c[k], -mostSway), mostSway)
	}
	return s
}

// spotSide is the side of the patches that dents and bulges are looked for with, in cells. Larger
// ones are calmer, but a knock fills them less: with three its depth stands out half as well.
const spotSide = 2

// spot is a patch of the face: how far it is off the plane (0 where nothing is), and its middle.
type spot struct{ by, x, z float64 }

// extremes are the patches, inside the rectangle, that lie furthest behind the plane, as it seems to bend, and furthest
// before it; and how much of the rectangle, from 0 to 1, has enough depth to tell.
func (g *grid) extremes(p placing, w sway, x0, x1, z0, z1, full float64) (behind, before spot, seen float64) {
	const half = spotSide * cell / 2.
	least := int32(max(full*spotSide*spotSide/5, 3)) // a fifth of the patch
	known, all := 0, 0
	for k := range g.nz - spotSide + 1 {
		cz := g.z0 + float64(k)*cell + half
		if cz-half < z0 || cz+half > z1 {
			continue
		}
		for i := range g.nx - spotSide + 1 {
			cx := g.x0 + float64(i)*cell + half
			if cx-half < x0 || cx+half > x1 {
				continue
			}
			n, y := int32(0), 0.0
			for o := k*g.nx + i; o < (k+spotSide)*g.nx; o += g.nx {
				for c := o; c < o+spotSide; c++ {
					n += g.n[c]
					y += g.sum[c]
				}
			}
			all++
			if n < least {
				continue
			}
			known++
			d := y/float64(n) - (p.a + p.b*cx + p.c*cz) - w.at(cx, cz)
			if d > behind.by {
				behind = spot{d, cx, cz}
			}
			if -d > before.by {
				before = spot{-d, cx, cz}
			}
		}
	}
	return behind, before, float64(known) / float64(max(all, 1))
}
