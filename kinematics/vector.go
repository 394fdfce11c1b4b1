package kinematics

import "math"

// Small fixed-size linear algebra. Matrices are row-major.

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// unit scales v to length 1; false if v has no direction.
func unit(v [3]float64) ([3]float64, bool) {
	n := math.Sqrt(dot(v, v))
	if !(n > 0) || math.IsInf(n, 0) {
		return v, false
	}
	return [3]float64{v[0] / n, v[1] / n, v[2] / n}, true
}

func mulVec(m *[9]float64, v *[3]float64) [3]float64 {
	return [3]float64{
		m[0]*v[0] + m[1]*v[1] + m[2]*v[2],
		m[3]*v[0] + m[4]*v[1] + m[5]*v[2],
		m[6]*v[0] + m[7]*v[1] + m[8]*v[2],
	}
}

// mulMat sets dst to a b; dst must be neither of them.
func mulMat(dst, a, b *[9]float64) {
	for r := 0; r < 9; r += 3 {
		x, y, z := a[r], a[r+1], a[r+2]
		dst[r] = x*b[0] + y*b[3] + z*b[6]
		dst[r+1] = x*b[1] + y*b[4] + z*b[7]
		dst[r+2] = x*b[2] + y*b[5] + z*b[8]
	}
}

func transpose(m *[9]float64) [9]float64 {
	return [9]float64{m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]}
}

// clamp v to [lo, hi]; NaN stays NaN.
func clamp(v, lo, hi float64) float64 {
	if v < lo {
		return lo
	}
	if v > hi {
		return hi
	}
	return v
}

func finite(v float64) bool { return v-v == 0 }

func allFinite(v []float64) bool {
	for _, x := range v {
		if !finite(x) {
			return false
		}
	}
	return true
}
