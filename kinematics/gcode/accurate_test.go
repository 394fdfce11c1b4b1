package gcode

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// digits are those of the judge.
const digits = 200

func big64(x float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(x) }

// bigExp sums the series of e to a power, after halving it.
func bigExp(x *big.Float) *big.Float {
	const halvings = 12
	y := new(big.Float).SetPrec(digits).SetMantExp(x, -halvings)
	sum, term := big64(1), big64(1)
	for i := 1; i < 60; i++ {
		term.Mul(term, y)
		term.Quo(term, big64(float64(i)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog finds the logarithm by Newton's method.
func bigLog(x float64) *big.Float {
	y := big64(math.Log(x))
	for range 4 {
		e := bigExp(new(big.Float).SetPrec(digits).Neg(y))
		e.Mul(e, big64(x))
		e.Sub(e, big64(1))
		y.Add(y, e) // y + x exp(-y) - 1
	}
	return y
}

// bigSine sums the series of the sine of an angle in degrees, and further ones.
func bigSine(x, further float64) *big.Float {
	pi, _, err := big.ParseFloat("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899", 10, digits, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	y := big64(math.Remainder(x, 360))
	y.Add(y, big64(further))
	y.Mul(y, pi)
	y.Quo(y, big64(180))
	square := new(big.Float).SetPrec(digits).Mul(y, y)
	sum, term := new(big.Float).SetPrec(digits).Set(y), new(big.Float).SetPrec(digits).Set(y)
	for i := 2; i < 80; i += 2 {
		term.Mul(term, square)
		term.Quo(term, big64(-float64(i)*float64(i+1)))
		sum.Add(sum, term)
	}
	return sum
}

// off is by how many units of the last place a number is off.
func off(got float64, want *big.Float) float64 {
	d := new(big.Float).SetPrec(digits).Sub(big64(got), want)
	f, _ := d.Float64()
	near, _ := want.Float64()
	ulp := math.Nextafter(math.Abs(near), math.Inf(1)) - math.Abs(near)
	return math.Abs(f) / ulp
}

func TestFunctionsGiveMostlyTheNearestNumber(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	worst := map[string]float64{}
	judge := func(name string, x, got float64, want *big.Float) {
		d := off(got, want)
		if worst[name] = max(worst[name], d); d > 0.505 && name != "sin" && name != "cos" || d > 0.7 {
			t.Errorf("%s of %v is %v, %.3f ulp off", name, x, got, d)
		}
	}
	for range 1000 {
		x := rnd.Float64()*40 - 20
		judge("exp", x, exponential(x), bigExp(big64(x)))
		y := math.Exp(x)
		judge("ln", y, logarithm(y), bigLog(y))
		p := rnd.Float64() * 3
		l := bigLog(y)
		judge("power", y, power(y, p), bigExp(l.Mul(l, big64(p))))
		a := rnd.Float64()*2000 - 1000
		sin, cos := sincosDegrees(a)
		judge("sin", a, sin, bigSine(a, 0))
		judge("cos", a, cos, bigSine(a, 90))
	}
	t.Log("worst, in ulp:", worst)
}

func TestWholePowersAndQuarterTurnsAreExact(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{power(2, 10), 1024}, {power(8, 2.0/3), 3.9999999999999996}, {power(27, 1.0/3), 3}, {power(10, -2), 0.01}, {power(9, 0.5), 3}, {power(-2, 3), -8}, {power(0, 2), 0},
		{logarithm(1), 0}, {exponential(0), 1},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	for quarter := -8; quarter <= 8; quarter++ {
		sin, cos := sincosDegrees(float64(quarter) * 90)
		if sin != math.Round(math.Sin(float64(quarter)*math.Pi/2)) || cos != math.Round(math.Cos(float64(quarter)*math.Pi/2)) {
			t.Errorf("%d quarters: %v, %v", quarter, sin, cos)
		}
	}
	if s, _ := sincosDegrees(30); s != 0.5 {
		t.Errorf("sin 30 is %v", s)
	}
	if _, c := sincosDegrees(60); c != 0.5 {
		t.Errorf("cos 60 is %v", c)
	}
}
