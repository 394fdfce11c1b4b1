package numeric

import "math"

const (
	// SincosError bounds the error of Sincos: neither value is off by more.
	SincosError = 3e-16
	// SincosLinearError bounds the error of SincosLinear.
	SincosLinearError = 4.8e-6
	// SincosRange in radians, 65,536 turns, is how far from 0 the table serves; beyond
	// it both functions do what math.Sincos does.
	SincosRange = 2 * math.Pi * 65536
)

// nodes of the table in one turn, a power of two.
const nodes = 1024

// The distance between nodes is node1 + node2: the first part has 27 bits, so that its
// product with a node's number, of 26 bits within SincosRange, is exact (Cody, Waite).
const (
	step     = 2 * math.Pi / nodes
	perStep  = nodes / (2 * math.Pi)
	node1    = 0x1.921fb54p-8
	node2    = step - node1
	roundBit = 0x1.8p52 // added and taken away again, it rounds to an integer
)

// point of the unit circle.
type point struct{ sin, cos float64 }

// circle is the table: node k is at k turns / nodes.
var circle = drawCircle()

// drawCircle computes one eighth of the circle; the others are its mirror images, so
// that sines and cosines agree to the bit where they should.
func drawCircle() (c [nodes]point) {
	const quarter = nodes / 4
	for k := range quarter/2 + 1 {
		s, co := math.Sincos(float64(k) * step)
		if k == quarter/2 {
			s, co = math.Sqrt2/2, math.Sqrt2/2
		}
		p, mirror := point{s, co}, point{co, s}
		for q := range 4 {
			c[(q*quarter+k)%nodes], c[((q+1)*quarter-k)%nodes] = p, mirror
			p, mirror = point{p.cos, 0 - p.sin}, point{mirror.cos, 0 - mirror.sin}
		}
	}
	return c
}

// Sincos returns the sine and the cosine of x, in radians, each to within SincosError:
// it looks up the nearest of 1,024 angles and turns it by the rest, of at most 0.0031
// rad, by a Taylor series. For NaN and infinities the results are NaN.
func Sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) <= SincosRange) {
		return math.Sincos(x)
	}
	t := x*perStep + roundBit
	k := t - roundBit
	d := (x - k*node1) - k*node2
	p := &circle[math.Float64bits(t)%nodes]
	d2 := d * d
	// sin d, and cos d - 1, which has no 1 in it that would round its digits away.
	s := d + d*d2*(d2*(1.0/120)-1.0/6)
	c := d2 * (d2*(1.0/24) - 0.5)
	return p.sin + (p.cos*s + p.sin*c), p.cos + (p.cos*c - p.sin*s)
}

// SincosLinear returns the sine and the cosine of x, in radians, each to within
// SincosLinearError, by straight lines between 1,024 points of the circle: what a
// drive with little arithmetic does. For NaN and infinities the results are NaN.
func SincosLinear(x float64) (sin, cos float64) {
	if !(math.Abs(x) <= SincosRange) {
		return math.Sincos(x)
	}
	u := x * perStep
	k := math.Floor(u)
	f := u - k
	i := uint(int64(k))
	a, b := &circle[i%nodes], &circle[(i+1)%nodes]
	return a.sin + f*(b.sin-a.sin), a.cos + f*(b.cos-a.cos)
}
