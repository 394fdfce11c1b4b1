package machine

import "math"

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func add(a, b [3]float64) [3]float64 { return [3]float64{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func scale(a [3]float64, s float64) [3]float64 { return [3]float64{a[0] * s, a[1] * s, a[2] * s} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func norm(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }

// unit scales v to length 1; false if v has no direction.
func unit(v [3]float64) ([3]float64, bool) {
	n := norm(v)
	if !(n > 0) || math.IsInf(n, 0) {
		return v, false
	}
	return [3]float64{v[0] / n, v[1] / n, v[2] / n}, true
}

func finite(v [3]float64) bool { return v[0]-v[0]+v[1]-v[1]+v[2]-v[2] == 0 }

// across is the part of v at a right angle to the unit vector w.
func across(v, w [3]float64) [3]float64 { return sub(v, scale(w, dot(v, w))) }

// turn rotates the vector v about the axis by the angle with sine s and cosine c.
func (r *rotary) turn(v *[3]float64, s, c float64) {
	x, y, z := v[0], v[1], v[2]
	switch r.main {
	case 1:
		s *= r.w[0]
		v[1], v[2] = c*y-s*z, c*z+s*y
	case 2:
		s *= r.w[1]
		v[2], v[0] = c*z-s*x, c*x+s*z
	case 3:
		s *= r.w[2]
		v[0], v[1] = c*x-s*y, c*y+s*x
	default:
		// Rodrigues, with the part along the axis kept as it is
		a, b, d := r.w[0], r.w[1], r.w[2]
		along := a*x + b*y + d*z
		v[0] = along*a + c*(x-along*a) + s*(b*z-d*y)
		v[1] = along*b + c*(y-along*b) + s*(d*x-a*z)
		v[2] = along*d + c*(z-along*d) + s*(a*y-b*x)
	}
}

// swing rotates the point x about the axis through the pivot.
func (r *rotary) swing(x *[3]float64, s, c float64) {
	x[0] -= r.pivot[0]
	x[1] -= r.pivot[1]
	x[2] -= r.pivot[2]
	r.turn(x, s, c)
	x[0] += r.pivot[0]
	x[1] += r.pivot[1]
	x[2] += r.pivot[2]
}

// mainAxis is 1, 2 or 3 if w is along x, y or z, and else 0.
func mainAxis(w [3]float64) uint8 {
	for i, v := range w {
		if math.Abs(v) == 1 {
			return uint8(i + 1)
		}
	}
	return 0
}
