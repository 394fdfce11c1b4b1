package sensor

import "math"

// multipath is the light that comes to a surface by way of another one, and back from there:
// its way is longer, so that what faces something else seems farther than it is, except at the
// very corner. It is worked out on a coarse grid over the flat image: each cell lights every
// other one after Lambert's law. What stands between two cells is left out, and more than
// one bounce.
type multipath struct {
	w, h  int
	step  float32 // pixels of the flat image in a cell
	cell1 float32 // and cells in a pixel
	cells []cell
	bias  []float32 // of the depth of a cell, mm
	z     []float32 // depth of a cell, mm; 0 for none
	even  []float32 // the same where the cells to its right and below are at about one depth with it, else uneven
	turn  float64   // phase of a metre of range, in steps of the table
	grid  func(worker, y int)
}

// cell is a piece of surface, in metres.
type cell struct {
	none   bool // nothing is there
	p, n   [3]float32
	range1 float32 // from the camera
	slant  float32 // range over depth
	light  float32 // that falls on it, of a lamp of 1
	white  float32 // share that it gives back
	area   float32
}

// uneven is no depth, and far from any.
const uneven = -1e9

// multiCells is the number of cells along the longer side of the image.
const multiCells = 20

// sines is a wave in 1024 steps.
var sines = func() (s [sineSteps]float32) {
	for i := range s {
		s[i] = float32(math.Sin(2 * math.Pi * float64(i) / sineSteps))
	}
	return s
}()

const sineSteps = 1024

func (m *multipath) init(t *tof) {
	w, h := t.flat.W, t.flat.H
	m.step = float32(max(w, h)) / multiCells
	m.cell1 = 1 / m.step
	m.w, m.h = int(math.Ceil(float64(float32(w)/m.step)))+1, int(math.Ceil(float64(float32(h)/m.step)))+1
	n := m.w * m.h
	m.cells, m.bias, m.z, m.even = make([]cell, n), make([]float32, n), make([]float32, n), make([]float32, n)
	if t.spec.WigglePeriod > 0 {
		m.turn = sineSteps / (4 * float64(t.spec.WigglePeriod))
	}
	m.grid = func(_, y int) { m.light(t, y) }
}

// gather works out the bias of every cell. Cells are at whole steps of the flat image.
func (m *multipath) gather(t *tof) {
	c := &t.lens.camera
	fx, fy := float32(c.FX), float32(c.FY)
	for v := range m.h {
		for u := range m.w {
			x := min(max(int(float32(u)*m.step), 1), t.flat.W-2)
			y := min(max(int(float32(v)*m.step), 1), t.flat.H-2)
			n := y*t.flat.W + x
			e := &m.cells[v*m.w+u]
			*e = cell{none: true}
			m.z[v*m.w+u] = 0
			iz := t.flat.Inverse[n]
			if iz <= 0 {
				continue
			}
			tx, ty := t.tanX[x], t.tanY[y]
			in, w := t.flat.Inverse, t.flat.W
			nx := fx * lesser(in[n+1]-iz, iz-in[n-1])
			ny := fy * lesser(in[n+w]-iz, iz-in[n-w])
			nz := iz - tx*nx - ty*ny
			l := sqrt(nx*nx + ny*ny + nz*nz)
			z := 1 / iz
			m.z[v*m.w+u] = 1000 * z
			slant := sqrt(1 + tx*tx + ty*ty)
			cos := max(iz/(l*slant), 0.05) // beyond, a cell's size is anybody's guess
			*e = cell{
				p: [3]float32{tx * z, ty * z, z}, n: [3]float32{-nx / l, -ny / l, -nz / l},
				range1: z * slant, slant: slant,
				white: float32(t.flat.Color[3*n]) * (1.0 / 255),
			}
			e.light = cos / (e.range1 * e.range1)
			// The cell's solid angle, (step/f)^2 / slant^3, on the surface.
			e.area = e.range1 * e.range1 * m.step * m.step / (fx * fy * slant * slant * slant * cos)
		}
	}
	for i := range m.even[:len(m.even)-m.w-1] {
		z := [4]float32{m.z[i], m.z[i+1], m.z[i+m.w], m.z[i+m.w+1]}
		lo, hi := min(z[0], z[1], z[2], z[3]), max(z[0], z[1], z[2], z[3])
		if m.even[i] = uneven; lo > 0 && hi-lo < lo*sameDepth {
			m.even[i] = z[0]
		}
	}
	t.team.Do(0, m.h, m.grid)
}

// light sums up what comes to the cells of row y by way of all others.
func (m *multipath) light(t *tof, y int) {
	share := float32(t.spec.Multipath) / math.Pi
	for i := y * m.w; i < (y+1)*m.w; i++ {
		a := &m.cells[i]
		m.bias[i] = 0
		if a.none {
			continue
		}
		var re, im float32 = 0, 0
		for j := range m.cells {
			b := &m.cells[j]
			dx, dy, dz := b.p[0]-a.p[0], b.p[1]-a.p[1], b.p[2]-a.p[2]
			ca := dx*a.n[0] + dy*a.n[1] + dz*a.n[2]
			cb := -(dx*b.n[0] + dy*b.n[1] + dz*b.n[2])
			if b.none || ca <= 0 || cb <= 0 {
				continue
			}
			r2 := dx*dx + dy*dy + dz*dz
			r := sqrt(r2)
			// A disc of the cell's area, seen from its axis, gives pi r^2 + area.
			q := share * b.light * b.white * b.area * ca * cb / (r2 * (r2 + b.area/math.Pi))
			turn := int32(float32(m.turn) * 0.5 * (b.range1 + r - a.range1))
			re += q * sines[(turn+sineSteps/4)&(sineSteps-1)]
			im += q * sines[turn&(sineSteps-1)]
		}
		if m.turn > 0 {
			angle := math.Atan2(float64(im), float64(a.light+re))
			m.bias[i] = float32(1000 * angle / (2 * math.Pi) * sineSteps / m.turn / float64(a.slant))
		}
	}
}

// sameDepth is how much of the depth two places of one surface may differ by.
const sameDepth = 0.05

// at is the bias at a flat pixel of depth z: between the cells around it, of which those at
// another depth count little.
func (m *multipath) at(u, v int, z float32) float32 {
	fx, fy := float32(u)*m.cell1, float32(v)*m.cell1
	x, y := int(fx), int(fy)
	fx -= float32(x)
	fy -= float32(y)
	i := y*m.w + x
	b := [4]float32{m.bias[i], m.bias[i+1], m.bias[i+m.w], m.bias[i+m.w+1]}
	near := z * sameDepth
	if d := m.even[i] - z; d < near && d > -near {
		top, bottom := b[0]+(b[1]-b[0])*fx, b[2]+(b[3]-b[2])*fx
		return top + (bottom-top)*fy
	}
	w0 := weight((1-fx)*(1-fy), m.z[i]-z, near)
	w1 := weight(fx*(1-fy), m.z[i+1]-z, near)
	w2 := weight((1-fx)*fy, m.z[i+m.w]-z, near)
	w3 := weight(fx*fy, m.z[i+m.w+1]-z, near)
	sum := w0 + w1 + w2 + w3
	if sum <= 0 {
		return 0
	}
	return (w0*b[0] + w1*b[1] + w2*b[2] + w3*b[3]) / sum
}

func weight(area, off, near float32) float32 {
	if off < 0 {
		off = -off
	}
	if off > near {
		area *= near * near / (off * off) * 0.1
	}
	return area
}

// lesser is the one that is nearer to 0.
func lesser(a, b float32) float32 {
	x, y := a, b
	if x < 0 {
		x = -x
	}
	if y < 0 {
		y = -y
	}
	if x < y {
		return a
	}
	return b
}
