package gcode

import "math"

// Programs count passes and steps by powers and logarithms: the eighth pass must not come
// or go with the last digit of one. These give mostly the nearest number, by computing
// with twice the digits (Dekker, A Floating-Point Technique for Extending the Available
// Precision, 1971).

// long is an unevaluated sum: low is what high does not hold.
type long struct{ high, low float64 }

func longSum(a, b float64) long {
	s := a + b
	t := s - a
	return long{s, (a - (s - t)) + (b - t)}
}

func longProduct(a, b float64) long {
	p := a * b
	return long{p, math.FMA(a, b, -p)}
}

func (a long) add(b long) long {
	s := longSum(a.high, b.high)
	return longSum(s.high, s.low+a.low+b.low)
}

func (a long) times(b long) long {
	p := longProduct(a.high, b.high)
	return longSum(p.high, p.low+a.high*b.low+a.low*b.high)
}

func (a long) over(b long) long {
	q := a.high / b.high
	p := longProduct(q, b.high)
	rest := (a.high - p.high) - p.low + a.low - q*b.low
	return longSum(q, rest/b.high)
}

// ln2 is the natural logarithm of 2.
var ln2 = long{math.Ln2, 2.3190468138462996e-17}

// longLog is the natural logarithm of a number above 0: k ln 2 + 2 artanh((m-1)/(m+1)).
func longLog(x float64) long {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	s := long{m - 1, 0}.over(longSum(m, 1))
	square := s.times(s)
	sum := long{}
	for i := 37; i > 0; i -= 2 {
		sum = sum.times(square).add(long{1, 0}.over(long{float64(i), 0}))
	}
	sum = sum.times(s)
	return long{2 * sum.high, 2 * sum.low}.add(ln2.times(long{float64(k), 0}))
}

// longExp is e to a power, rounded.
func longExp(x long) float64 {
	if math.Abs(x.high) > 700 {
		return math.Exp(x.high)
	}
	k := math.RoundToEven(x.high / math.Ln2)
	r := x.add(ln2.times(long{-k, 0}))
	sum := long{1, 0}
	for i := 24; i > 0; i-- {
		sum = sum.times(r).over(long{float64(i), 0}).add(long{1, 0})
	}
	return math.Ldexp(sum.high+sum.low, int(k))
}

func logarithm(x float64) float64 {
	l := longLog(x)
	return l.high + l.low
}

func exponential(x float64) float64 { return longExp(long{x, 0}) }

func power(x, y float64) float64 {
	l := long{}
	if x > 0 {
		l = longLog(x).times(long{y, 0})
	}
	if !(x > 0) || math.IsInf(x, 0) || math.Abs(l.high) > 700 {
		return math.Pow(x, y)
	}
	return longExp(l)
}
