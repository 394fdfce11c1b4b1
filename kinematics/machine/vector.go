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
func (r *rotary) turn(v [3]float64, s, c float64) [3]float64 {
	w := r.w
	along := scale(w, dot(w, v))
	side, up := sub(v, along), cross(w, v)
	return [3]float64{
		along[0] + c*side[0] + s*up[0],
		along[1] + c*side[1] + s*up[1],
		along[2] + c*side[2] + s*up[2],
	}
}

// swing rotates the point x about the axis through the pivot.
func (r *rotary) swing(x [3]float64, s, c float64) [3]float64 {
	return add(r.pivot, r.turn(sub(x, r.pivot), s, c))
}
