package cloud

import (
	"math"
	"slices"
)

// fit is where a cloud came to lie from one start.
type fit struct {
	at        rigid
	rms       float64
	inliers   float64
	cost      float64 // mean of the squared distances, at most 1 each; 1 where there is no surface
	steps     int
	converged bool
	// The normal equations of the last step: eigenvalues and eigenvectors of a motion (mm along x, y, z, and mm at
	// the distance size for turns about them) about centre.
	values  [6]float64
	vectors [36]float64
	centre  [3]float64
	size    float64
}

// matcher brings clouds onto a template.
type matcher struct {
	t      *Template
	search search
	moved  [][3]float64 // points at the current pose
	near   []int32      // the template point that is nearest to each, -1 where it has none
	above  []float64    // how far it lies above the plane there
	sorted []float64
}

// tukey is the distance, in standard deviations, from which on a point has no weight: 95 % efficient for normal noise.
const tukey = 4.685

// follow brings points step by step from a pose to the template. At first, pairs are up to reach apart; that
// shrinks to the floor, from where on only points above the known surface count.
func (m *matcher) follow(from rigid, points [][3]float64, reach, floor float64, steps int) fit {
	f := fit{at: from}
	m.moved, m.near, m.above = resize(m.moved, len(points)), resize(m.near, len(points)), resize(m.above, len(points))
	for i := range m.near {
		m.near[i] = -1
	}
	widest, sigma, calm := max(reach, floor), 0.0, 0
	for f.steps = 0; ; f.steps++ {
		last := reach <= floor
		m.pair(&f.at, points, max(reach, floor, min(5*sigma, widest)), last)
		var ok bool
		if sigma, ok = m.scale(); !ok {
			f.cost, f.inliers = 1, 0
			return f
		}
		step, turned := m.solve(&f, sigma)
		// A point that flips between two neighbours can keep the pose swinging: steps get smaller as they go on.
		gain := 1.0
		if last {
			gain = 1 / (1 + float64(calm)/8)
			calm++
		}
		step, turned = scaled(step, gain), scaled(turned, gain)
		if f.converged = last && f.size > 0 && norm(step)+norm(turned)*f.size < max(1e-4, 0.2*sigma/math.Sqrt(float64(len(m.sorted)))); f.converged || f.steps == steps {
			break
		}
		f.move(step, turned)
		reach *= 0.75
	}
	m.judge(&f, sigma)
	return f
}

// tiny is a squared distance beyond that of a point that lies on another, in mm^2.
const tiny = 1e-6

// pair finds the template point that is nearest to each point.
func (m *matcher) pair(at *rigid, points [][3]float64, limit float64, surface bool) {
	for i, p := range points {
		x, y, z := at.point(p[0], p[1], p[2])
		m.moved[i] = [3]float64{x, y, z}
		q := [3]float32{float32(x), float32(y), float32(z)}
		most := float32(limit * limit)
		if k := m.near[i]; k >= 0 { // the last neighbour is not far from the next
			m.search.p = q
			most = min(most, m.search.distance(k)*1.0001+tiny)
		}
		m.search.nearest(q, 1, most)
		if m.search.n == 0 {
			m.near[i] = -1
			continue
		}
		k := m.search.at[0]
		above, on := m.t.meet(m.moved[i], k)
		if m.near[i], m.above[i] = k, above; !m.t.flat[k] || surface && !on {
			m.near[i] = -1
		}
	}
}

// scale is the standard deviation of the distances as their median tells it; not ok when there are too few pairs.
func (m *matcher) scale() (float64, bool) {
	m.sorted = m.sorted[:0]
	for i, k := range m.near {
		if k >= 0 {
			m.sorted = append(m.sorted, math.Abs(m.above[i]))
		}
	}
	if len(m.sorted) < 10 {
		return 0, false
	}
	slices.Sort(m.sorted)
	return max(1.4826*m.sorted[len(m.sorted)/2], 0.02*m.t.spacing), true
}

// weight of a distance in standard deviations.
func weight(r float64) float64 {
	if r = r / tukey; r*r < 1 {
		return (1 - r*r) * (1 - r*r)
	}
	return 0
}

// solve gives the motion about f.centre that brings the pairs together: how far, and by which angle vector. What the
// shape does not fix is not moved.
func (m *matcher) solve(f *fit, sigma float64) (step, turned [3]float64) {
	f.centre, f.size = [3]float64{}, 0
	var total float64
	for i, k := range m.near {
		if k >= 0 {
			w := weight(m.above[i] / sigma)
			f.centre = plus(f.centre, scaled(m.moved[i], w))
			total += w
		}
	}
	if !(total > 0) {
		return step, turned
	}
	f.centre = scaled(f.centre, 1/total)
	for i, k := range m.near {
		if k >= 0 {
			d := minus(m.moved[i], f.centre)
			f.size += weight(m.above[i]/sigma) * dot(d, d)
		}
	}
	if f.size = math.Sqrt(f.size / total); !(f.size > 0) {
		return step, turned
	}
	var a [36]float64
	var b, x [6]float64
	for i, k := range m.near {
		if k < 0 {
			continue
		}
		w := weight(m.above[i]/sigma) / total
		_, n := m.t.at(k)
		arm := scaled(cross(minus(m.moved[i], f.centre), n), 1/f.size)
		j := [6]float64{n[0], n[1], n[2], arm[0], arm[1], arm[2]}
		for r := range 6 {
			for c := range 6 {
				a[6*r+c] += w * j[r] * j[c]
			}
			b[r] -= w * j[r] * m.above[i]
		}
	}
	eigen(6, a[:], f.values[:], f.vectors[:])
	for e, value := range f.values {
		if value <= m.t.soft() {
			continue
		}
		v := f.vectors[6*e : 6*e+6]
		along := 0.0
		for r := range 6 {
			along += v[r] * b[r]
		}
		for r := range 6 {
			x[r] += along / value * v[r]
		}
	}
	step, turned = [3]float64(x[:3]), scaled([3]float64(x[3:]), 1/f.size)
	if angle := norm(turned); angle > mostAngle {
		step, turned = scaled(step, mostAngle/angle), scaled(turned, mostAngle/angle)
	}
	return step, turned
}

// mostAngle is the largest turn of a step, rad: the equations hold for small ones.
const mostAngle = 0.3

// soft is the squared stiffness below which a motion counts as free: 0.03 is that of a plane whose normals are 1.7
// degrees off, and noise in the normals looks like more.
func (t *Template) soft() float64 { return 0.03*0.03 + 2*t.slope*t.slope }

// move moves the pose by a step and a turn about the centre.
func (f *fit) move(step, turned [3]float64) {
	d := rigid{r: turn(turned)}
	x, y, z := d.point(f.centre[0], f.centre[1], f.centre[2])
	d.t = plus(minus(f.centre, [3]float64{x, y, z}), step)
	var out rigid
	for r := range 3 {
		for c := range 3 {
			out.r[3*r+c] = d.r[3*r]*f.at.r[c] + d.r[3*r+1]*f.at.r[3+c] + d.r[3*r+2]*f.at.r[6+c]
		}
	}
	out.t[0], out.t[1], out.t[2] = d.point(f.at.t[0], f.at.t[1], f.at.t[2])
	f.at = out
}

// judge tells how well the points of the last step lie on the template.
func (m *matcher) judge(f *fit, sigma float64) {
	most := 2 * m.t.spacing
	on, squares := 0, 0.0
	f.cost = 0
	for i, k := range m.near {
		cost := 1.0
		if k >= 0 {
			r := m.above[i]
			cost = min(r*r/(most*most), 1)
			if math.Abs(r) < tukey*sigma {
				on++
				squares += r * r
			}
		}
		f.cost += cost
	}
	n := float64(len(m.near))
	f.cost /= n
	f.inliers = float64(on) / n
	f.rms = math.Sqrt(squares / float64(max(on, 1)))
}

// free tells the motions that the shape leaves free, slides first.
func (f *fit) free(t *Template) []Freedom {
	n := 0
	for n < 6 && f.values[n] <= t.soft() {
		n++
	}
	if n == 0 {
		return nil
	}
	// Among the free motions, those that turn least come first: find them by how much they turn.
	var turns, modes [36]float64
	var turning [6]float64
	for a := range n {
		for b := range n {
			turns[n*a+b] = dot([3]float64(f.vectors[6*a+3:]), [3]float64(f.vectors[6*b+3:]))
		}
	}
	eigen(n, turns[:n*n], turning[:n], modes[:n*n])
	free := make([]Freedom, n)
	for i := range n {
		var v [6]float64
		squared := 0.0
		for k := range n {
			m := modes[n*i+k]
			squared += m * m * f.values[k]
			for r := range 6 {
				v[r] += m * f.vectors[6*k+r]
			}
		}
		slide, axis := [3]float64(v[:3]), [3]float64(v[3:])
		free[i] = Freedom{Stiffness: math.Sqrt(max(squared, 0))}
		if w := dot(axis, axis); w > 0.02 {
			// A motion whose slide is s and whose turn is w leaves the line through c + w x s / w^2 in itself.
			w3 := scaled(axis, 1/f.size)
			free[i].Turn, free[i].Axis = true, upright(axis)
			free[i].Through = plus(f.centre, scaled(cross(w3, slide), 1/dot(w3, w3)))
		} else {
			free[i].Axis = upright(slide)
		}
	}
	return free
}

// upright is a direction of unit length, of the two opposite ones that whose largest part is positive.
func upright(v [3]float64) [3]float64 {
	v = scaled(v, 1/norm(v))
	largest := v[0]
	for _, x := range v[1:] {
		if math.Abs(x) > math.Abs(largest)+1e-9 {
			largest = x
		}
	}
	if largest < 0 {
		return scaled(v, -1)
	}
	return v
}
