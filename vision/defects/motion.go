package defects

import "math"

// motion takes a position in the picture to one in the good picture: a homography, row-major.
type motion [9]float64

var still = motion{1, 0, 0, 0, 1, 0, 0, 0, 1}

func (m motion) at(x, y float64) (u, v float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

// after is the motion that does n first.
func (m motion) after(n motion) motion {
	var r motion
	for i := range 3 {
		for j := range 3 {
			r[3*i+j] = m[3*i]*n[j] + m[3*i+1]*n[3+j] + m[3*i+2]*n[6+j]
		}
	}
	return r.normal()
}

func (m motion) normal() motion {
	for i := range 8 {
		m[i] /= m[8]
	}
	m[8] = 1
	return m
}

func (m motion) inverse() motion {
	r := motion{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
	return r.normal()
}

// halved is the motion between planes that were halved a and b times: a the picture, b the good one.
func (m motion) halved(a, b int) motion {
	s, t := float64(int(1)<<a), float64(int(1)<<b)
	up := motion{s, 0, (s - 1) / 2, 0, s, (s - 1) / 2, 0, 0, 1}
	down := motion{1 / t, 0, (1/t - 1) / 2, 0, 1 / t, (1/t - 1) / 2, 0, 0, 1}
	return down.after(m.after(up))
}

// scale is how many pixels of the good picture one of the picture's covers, at (x, y).
func (m motion) scale(x, y float64) float64 {
	u0, v0 := m.at(x-0.5, y)
	u1, v1 := m.at(x+0.5, y)
	p0, q0 := m.at(x, y-0.5)
	p1, q1 := m.at(x, y+0.5)
	return math.Sqrt(math.Abs((u1-u0)*(q1-q0) - (v1-v0)*(p1-p0)))
}

// apart is by how many pixels two motions differ at most at the corners of a picture.
func (m motion) apart(n motion, w, h int) float64 {
	far := 0.0
	for _, c := range [4][2]float64{{0, 0}, {float64(w), 0}, {0, float64(h)}, {float64(w), float64(h)}} {
		a, b := m.at(c[0], c[1])
		u, v := n.at(c[0], c[1])
		d := math.Hypot(a-u, b-v)
		if !(d <= far) {
			far = d
		}
	}
	return far
}

// sane tells whether a motion is one that a camera may have seen: no mirror, no view along the surface.
func (m motion) sane(w, h int) bool {
	cx, cy := float64(w)/2, float64(h)/2
	s := m.scale(cx, cy)
	if !(s > 0.2 && s < 5) {
		return false
	}
	for _, c := range [4][2]float64{{0, 0}, {2 * cx, 0}, {0, 2 * cy}, {2 * cx, 2 * cy}} {
		if m[6]*c[0]+m[7]*c[1]+m[8] < 0.3 || m[6]*c[0]+m[7]*c[1]+m[8] > 3 {
			return false
		}
		if k := m.scale(c[0], c[1]) / s; !(k > 0.6 && k < 1.6) {
			return false
		}
	}
	return m[0]*m[4]-m[1]*m[3] > 0
}

// unknowns is the most that solve solves for.
const unknowns = 12

// solve gives x of A x = b in b for a symmetric positive matrix of n rows, of which the lower half is
// read, by Cholesky; false if it is singular. A is overwritten.
func solve(a *[unknowns * unknowns]float64, b *[unknowns]float64, n int) bool {
	for i := range n {
		for j := 0; j <= i; j++ {
			s := a[unknowns*i+j]
			for k := range j {
				s -= a[unknowns*i+k] * a[unknowns*j+k]
			}
			if i > j {
				a[unknowns*i+j] = s / a[unknowns*j+j]
				continue
			}
			if !(s > 1e-12) {
				return false
			}
			a[unknowns*i+i] = math.Sqrt(s)
		}
	}
	for i := range n {
		for k := range i {
			b[i] -= a[unknowns*i+k] * b[k]
		}
		b[i] /= a[unknowns*i+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[unknowns*k+i] * b[k]
		}
		b[i] /= a[unknowns*i+i]
	}
	return true
}
